import type { Task, ApiName } from '../../vocabulary/endpoint-names.ts'

/** What a path alone says of a request. */
export interface Route {
  /** Null where the body decides. */
  readonly task: Task | null
  /** The model that the path names; null where the body does, or nothing. */
  readonly model: string | null
  /** Null where the body decides. */
  readonly stream: boolean | null
  /** Which of the API's forms it is, where there are several: `azure`, `generate`, `array`. */
  readonly form: string
}

/** A JSON object as it came. */
export type Body = Readonly<Record<string, unknown>>

/** What a body asks for, checked, and how it is answered. */
export interface ModelRequest {
  readonly task: Task
  /** The model asked for; null where the request names none. */
  readonly model: string | null
  readonly stream: boolean
  /** One text for generation, one for each sequence for embeddings. */
  readonly texts: readonly string[]
  readonly maxTokens: number
  readonly minTokens: number
  readonly ignoreEos: boolean
  /** False where the request forbids the prefix cache. */
  readonly usesCache: boolean
  /** Requests of different salts share no cache. */
  readonly cacheSalt: string
  /** Whether reasoning has a place of its own in the answer; otherwise it is text. */
  readonly reasons: boolean
  /** The bytes of the answer. */
  answer(facts: StatedFacts): AnswerWriter
}

export type FinishReason = 'length' | 'stop'

/** What a token is part of. */
export type TokenPart = 'reasoning' | 'text'

/** What an answer says about itself. */
export interface StatedFacts {
  readonly id: number
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  readonly inputTokens: number
  /** Null where the server does not report its cache. */
  readonly cachedTokens: number | null
  /** How many of its tokens are reasoning, the first ones. */
  readonly reasoningTokens: number
  readonly manners: Manners
}

/** How long the answer took so far, in milliseconds. */
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
  /** What precedes the first token; null where the API sends nothing. */
  readonly opening: Buffer | null
  /** `count` more tokens of one kind, `total` so far; `finish` stands with the last ones of the answer. */
  tokens(part: TokenPart, count: number, total: number, finish: FinishReason | null): Buffer
  /** Everything after the last token. */
  closing(finish: FinishReason, total: number, timing: Timing): Buffer
  /** An error that breaks into the stream. */
  error(message: string): Buffer
  /** The whole answer of `total` tokens. */
  whole(finish: FinishReason, total: number, timing: Timing): Buffer
}

/** An answer without the model, in the words of an API. */
export interface Said {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What an API says of a request, and with which status. */
export interface ApiComplaint {
  readonly status: number
  readonly message: string
}

/** What an API says when it refuses; the messages go through `Wire.error`. */
export interface Words {
  /** The status of a body that it cannot take. */
  readonly badBody: number
  unknownField(path: string): string
  wrongType(path: string, expected: string): string
  tooLong(limit: number, inputTokens: number, outputTokens: number): string
  noModel(model: string, route: Route): ApiComplaint
  /** A task that the model is not for. */
  wrongTask(task: Task, model: string): ApiComplaint
}

/** How one API is spoken from the server's side. */
export interface Wire {
  readonly api: ApiName
  /** Path of an endpoint that speaks it; default: the origin says enough. */
  readonly samplePath?: string
  /** Whether the real server always refuses unknown fields. */
  readonly alwaysStrict: boolean
  readonly words: Words
  /** What a POST to this URL asks for; null when the path is not of this API. */
  route(url: URL): Route | null
  /** The fields that the strict check allows. */
  fields(route: Route, task: Task): Fields
  /** What is wrong with the headers, by the strict check; null when nothing is. */
  headerProblem(headers: Readonly<Record<string, unknown>>): string | null
  /** The task of a body whose path leaves it open; throws `Refused`. */
  taskOf(body: Body): Task
  /** Reads a body; throws `Refused`. */
  read(body: Body, route: Route, task: Task): ModelRequest
  /** An error of this status, as the API says it. */
  error(status: number, message: string): Said
}

/** What a value must be; `text|list` allows both. */
export type Kind = 'text' | 'number' | 'whole' | 'flag' | 'list' | 'object' | 'any'
export type Kinds = Kind | `${Kind}|${Kind}`

/** The fields of an object: what each must be, an object of its own, or a list of them. Null passes everywhere. */
export interface Fields {
  readonly [name: string]: Kinds | Fields | readonly [Fields]
}

/** A request that is refused: the message goes through the wire's `error`. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

/** Where a stream of an OpenAI-like API says how many tokens it had. */
export const USAGE_PLACES = ['final-chunk', 'finish-chunk', 'every-chunk', 'none'] as const
export type UsagePlace = (typeof USAGE_PLACES)[number]

/** Under which name OpenAI-like chat streams reasoning; `hidden`: it is counted and never sent, whatever the API. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'hidden'] as const
export type ReasoningField = (typeof REASONING_FIELDS)[number]

/** Chat streams of an API with forms of its own: role and usage in every event, content as a list of parts, deltas of an agent. */
export const CHAT_SHAPES = ['cumulative', 'arrays', 'agent'] as const
export type ChatShape = (typeof CHAT_SHAPES)[number]

/** How the server answers where its API leaves it a choice. */
export interface Manners {
  readonly usage: UsagePlace
  readonly reasoningField: ReasoningField
  readonly chatShape: ChatShape
  readonly embeddingDimensions: number
}
