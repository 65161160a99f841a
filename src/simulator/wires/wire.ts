import type { Task } from '../../vocabulary/load.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { decodePercent } from '../../text.ts'

/** What a path alone says about a request. */
export interface Route {
  /** Null where the body decides. */
  readonly task: Task | null
  /** The model in the path; null when it names none. */
  readonly model: string | null
  /** Null where the body decides. */
  readonly stream: boolean | null
  /** The form of the API, if there are several: `azure`, `generate`, `array`. */
  readonly form: string
}

/** A JSON object, unchecked. */
export type Body = Readonly<Record<string, unknown>>

/** What a body asks for, checked, and how to answer it. */
export interface ModelRequest {
  readonly task: Task
  /** The requested model; null when the request names none. */
  readonly model: string | null
  readonly stream: boolean
  /** One text for generation, else one for each sequence or pair. */
  readonly texts: readonly string[]
  /** In base64, beside the text of a chat. */
  readonly images: readonly string[]
  readonly maxTokens: number
  readonly minTokens: number
  readonly ignoreEos: boolean
  /** False when the request forbids the prefix cache. */
  readonly usesCache: boolean
  /** Requests with different salts share no cache. */
  readonly cacheSalt: string
  /** Whether reasoning has its own place in the answer; otherwise it is text. */
  readonly reasons: boolean
  /** The bytes of the answer. */
  answer(facts: StatedFacts): AnswerWriter
}

export type FinishReason = 'length' | 'stop'

/** Which part of the answer a token belongs to. */
export type TokenKind = 'reasoning' | 'text'

/** What an answer says about itself. */
export interface StatedFacts {
  readonly id: number
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  readonly inputTokens: number
  /** Null when the server does not report its cache. */
  readonly cachedTokens: number | null
  /** How many of its tokens, from the first, are reasoning. */
  readonly reasoningTokens: number
  readonly manners: Manners
}

/** How long the answer has taken so far, in milliseconds. */
export interface Timing {
  /** From the request to the first token. */
  readonly prefillMs: number
  /** From the first token to the last. */
  readonly decodeMs: number
  readonly totalMs: number
}

/** Writes one answer, as a stream event by event or as a whole. */
export interface AnswerWriter {
  /** Content type of the stream. */
  readonly streamType: string
  readonly headers?: Readonly<Record<string, string>>
  /** What comes before the first token; null when the API sends nothing. */
  readonly opening: Buffer | null
  /** `count` more tokens of one part, `total` so far; `finish` comes with the last ones of the answer. */
  tokens(part: TokenKind, count: number, total: number, finish: FinishReason | null): Buffer
  /** Everything after the last token. */
  closing(finish: FinishReason, total: number, timing: Timing): Buffer
  /** An error in the middle of the stream. */
  error(message: string): Buffer
  /** The whole answer of `total` tokens. */
  whole(finish: FinishReason, total: number, timing: Timing): Buffer
}

/** An answer in an API's words that does not come from the model. */
export interface Said {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What an API complains about, and with which status. */
export interface ApiComplaint {
  readonly status: number
  readonly message: string
}

/** How an API refuses; the messages go through `Wire.error`. */
export interface Words {
  /** The status for an invalid body. */
  readonly badBody: number
  unknownField(path: string): string
  wrongType(path: string, expected: string): string
  tooLong(limit: number, inputTokens: number, outputTokens: number): string
  noModel(model: string, route: Route): ApiComplaint
  /** A task that the model does not serve. */
  wrongTask(task: Task, model: string): ApiComplaint
}

/** The server's side of one API. */
export interface Wire {
  readonly api: ApiName
  /** Path of an endpoint that speaks it; none by default. */
  readonly samplePath?: string
  /** Whether the real server always refuses unknown fields; default false. */
  readonly alwaysStrict?: boolean
  readonly words: Words
  /** The route of a POST to this URL; null when the path is not of this API. */
  route(url: URL): Route | null
  /** The fields that the strict check allows. */
  fields(route: Route, task: Task): Fields
  /** The strict check of the headers; null when nothing is wrong. Absent: none is checked. */
  headerProblem?(headers: Readonly<Record<string, unknown>>): string | null
  /** The task of a body, if the path does not decide it; throws `Refused`. */
  taskOf(body: Body): Task
  /** Reads a body; throws `Refused`. */
  read(body: Body, route: Route, task: Task): ModelRequest
  /** An error with this status, in the API's form. */
  error(status: number, message: string): Said
}

/** What a value must be; `text|list` allows both. */
export type Kind = 'text' | 'number' | 'whole' | 'flag' | 'list' | 'object' | 'any'
export type Kinds = Kind | `${Kind}|${Kind}`

/**
 * The fields of an object: the kind of each, or the fields of an object or of a list of objects. Null is always
 * allowed.
 */
export interface Fields {
  readonly [name: string]: Kinds | Fields | readonly [Fields]
}

/** A refused request; the message goes through the wire's `error`. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

/** Where a stream of an OpenAI-like API states its token counts. */
export const USAGE_PLACES = ['final-chunk', 'finish-chunk', 'every-chunk', 'none'] as const
export type UsagePlace = (typeof USAGE_PLACES)[number]

/** The member in which OpenAI-like chat streams reasoning; `hidden`: counted but never sent, in every API. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'hidden'] as const
export type ReasoningField = (typeof REASONING_FIELDS)[number]

/** Special forms of chat streams: role and usage in every event, content as a list of parts, deltas of an agent. */
export const CHAT_SHAPES = ['cumulative', 'arrays', 'agent'] as const
export type ChatShape = (typeof CHAT_SHAPES)[number]

/** How the server answers where its API allows several ways. */
export interface Manners {
  readonly usage: UsagePlace
  readonly reasoningField: ReasoningField
  readonly chatShape: ChatShape
  readonly embeddingDimensions: number
}

// What all wires write their answers with.

/** A text of this many tokens, one word each, which is easy to count. */
export function writeTokens(count: number): string {
  return ' token'.repeat(count)
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
export const DONE = 'data: [DONE]\n\n'

/** A server-sent event with JSON, and with a name if the API has names. */
export function formatEvent(json: unknown, name?: string): string {
  const data = `data: ${JSON.stringify(json)}\n\n`
  return name === undefined ? data : `event: ${name}\n${data}`
}

/** A JSON answer with this status. */
export function answerJson(status: number, json: unknown, headers?: Said['headers']): Said {
  const said = { status, type: 'application/json', body: JSON.stringify(json) }
  return headers === undefined ? said : { ...said, headers }
}

/** Whether reasoning is sent, not only counted. */
export function showsReasoning({ reasoningTokens, manners }: StatedFacts): boolean {
  return reasoningTokens > 0 && manners.reasoningField !== 'hidden'
}

/** The parts of a whole answer of `total` tokens: its reasoning if that is sent, and its text if there is any. */
export function buildParts<T>(facts: StatedFacts, total: number, build: (part: TokenKind, text: string) => T): T[] {
  const thoughts = Math.min(facts.reasoningTokens, total)
  const thinks = showsReasoning(facts) && thoughts > 0
  return [
    ...(thinks ? [build('reasoning', writeTokens(thoughts))] : []),
    ...(total > thoughts || !thinks ? [build('text', writeTokens(total - thoughts))] : []),
  ]
}

/** Caches by count what depends only on a number of tokens; few numbers occur. */
export function rememberByCount(build: (count: number) => string | Buffer): (count: number) => Buffer {
  const built = new Map<number, Buffer>()
  return (count) => {
    let bytes = built.get(count)
    if (bytes === undefined) {
      const made = build(count)
      bytes = typeof made === 'string' ? Buffer.from(made) : made
      built.set(count, bytes)
    }
    return bytes
  }
}

const NOTHING = Buffer.alloc(0)

/** The writer of an answer that never streams. */
export function createWholeWriter(build: () => unknown): AnswerWriter {
  const writeNothing = () => NOTHING
  return {
    streamType: EVENT_STREAM,
    opening: null,
    tokens: writeNothing,
    closing: writeNothing,
    error: writeNothing,
    whole: () => Buffer.from(JSON.stringify(build())),
  }
}

/** The vector of every embedding. */
export function buildVector(dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, i) => Math.round(1000 * Math.sin(i + 1)) / 1000)
}

/** A number with this many hexadecimal digits, so that ids look like those of the real server. */
export function formatHex(id: number, digits: number): string {
  return id.toString(16).padStart(digits, '0')
}

/** The decoded name of the model in a path. */
export function decodeSegment(segment: string | undefined): string | null {
  return segment === undefined ? null : decodePercent(segment)
}
