import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { Task } from '../vocabulary/load.ts'
import type { ServerPath } from './servers.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/**
 * Request fields that not every server accepts. Preflight finds out which ones this endpoint takes; a field that is not
 * in `Dialect.fields` is never sent, so a counted request never meets a 400 because of one.
 */
const OPTIONAL_FIELDS = [
  'stream_options',
  'temperature',
  'ignore_eos',
  'min_tokens',
  'cache_salt',
  'cache_prompt',
  'sampling_param_max_tokens',
] as const
export type OptionalField = (typeof OPTIONAL_FIELDS)[number]

/** How an answer is cut into events: server-sent events, JSON lines, AWS binary event stream; `json`: one whole answer. */
export type Framing = 'sse' | 'ndjson' | 'event-stream' | 'json'

/** How an API expects a key where the user does not say (`auth: auto`): as a bearer token, or bare in this header. */
export type KeyPlace = 'bearer' | { readonly header: string }

/** What the conformance table (docs/endpoints.md) says of an API that its code does not: one short phrase each. */
interface ApiFacts {
  /** Servers that speak it. */
  readonly servers: string
  /** How an answer gets the length asked for; `most`: by this field, a prompt that asks for more, and a check. */
  readonly length: string | { readonly most: string }
  /** Where the number of output tokens stands. */
  readonly tokens: string
  /** How the prefix cache is kept out of the measurement. */
  readonly cache: string
  /** The page that shows whether the server is up. */
  readonly health: string
  /** Where server metrics are; "none" where there are none. */
  readonly metrics: string
}

/** How to talk to this endpoint: settled in preflight, then the same for every request. */
export interface Dialect {
  readonly task: Task
  readonly model: string | null
  /** Optional fields the endpoint accepts. */
  readonly fields: ReadonlySet<OptionalField>
  readonly lengthField: 'max_tokens' | 'max_completion_tokens'
  /** The member that holds the documents of rerank, where it is not `documents`, or the texts of score, where it is not `text_2`. */
  readonly documentsField?: 'texts' | 'passages' | 'items'
  /** Extra members that the user adds to every body. */
  readonly extraBody: Readonly<Record<string, unknown>>
}

/** The place of a request in a conversation, in numbers from 1. */
interface TurnPlace {
  /** Among those of its worker, or of the level where each arrives at its own moment. */
  readonly conversation: number
  readonly turn: number
  /** How many the conversation has. */
  readonly turns: number
  /** How long its user thought before this turn, in milliseconds; null where nothing was answered before. */
  readonly thinkMs: number | null
}

/** What one request asks for. */
export interface RequestSpec {
  /** One text for chat and completions, `batch-size` texts where nothing is generated. */
  readonly prompts: readonly string[]
  /** What rerank and score hold the texts against. */
  readonly query?: string
  /** PNG files in base64 beside the text of a chat, only where the API takes images. */
  readonly images?: readonly string[]
  /** Chat messages of a prompts file or a conversation; when given, they replace `prompts[0]`. */
  readonly messages?: readonly Readonly<Record<string, unknown>>[]
  /** What the model may call, where such messages have it; sent only to OpenAI's chat API. */
  readonly tools?: readonly Readonly<Record<string, unknown>>[]
  /** Output tokens asked for; ignored where nothing is generated. */
  readonly outputTokens: number
  /** The id of the request, different in each; sent as `cache_salt`, where the server has that, it keeps the prefix cache out. */
  readonly nonce: string
  /** The `cache_salt` instead of it, equal in requests that may share a cache; absent: each has its own. */
  readonly cacheSalt?: string
  /** Which turn of which conversation it is, so that its answer is kept; absent where it stands alone. */
  readonly turn?: TurnPlace | undefined
  /** In a mix: the part that it belongs to, and the model that this part asks for instead of the dialect's. */
  readonly part?: string | undefined
  readonly model?: string | undefined
  /** `false` asks for one whole answer (the three-point cross-check); everything else is measured on streams. */
  readonly stream?: boolean | undefined
}

/** One wire format: what to send, and what one event of the answer says. Pure: no clock, no network, no state. */
export interface Api {
  readonly name: ApiName
  readonly facts: ApiFacts
  /** Whether the URL alone says that this is spoken there, by its path or host. */
  isIts(endpoint: URL): boolean
  /** The tasks that it serves; the first is the usual one. */
  readonly tasks: readonly Task[]
  /** Sent with every request, besides the content type and the key. Names are lower case. Default none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Where a key goes on this endpoint when the user does not say. Absent: it is a bearer token. */
  keyPlace?(endpoint: URL): KeyPlace
  /** How the answer is framed when all is well. */
  framing(task: Task): Framing
  /** A complete answer ends with its bytes: no event marks the end. Default false. */
  readonly endsByClose?: boolean
  /** Optional fields worth trying on this API, in the order to try them. */
  optionalFields(task: Task): readonly OptionalField[]
  /** The URL to post to for `task`, from the user's base URL or full URL. Some paths name the model. */
  url(endpoint: URL, task: Task, model: string | null): URL
  /** The task that the URL shows, or null when preflight has to find out. */
  taskOf(endpoint: URL): Task | null
  /** The model for `Dialect.model`: the user's, or null where the URL names it and the body must not. */
  modelInBody(endpoint: URL, model: string | null): string | null
  /** A full URL of this API with another model in its place; null where it names none. Absent: no URL of this API names one. */
  urlOfModel?(url: URL, model: string): URL | null
  /** Where the server lists its models; null where there is no such page. */
  modelsUrl(endpoint: URL): URL | null
  /** The names in the answer of `modelsUrl`, as requests name them; none when it is not a list. */
  modelNames(json: unknown): readonly string[]
  /** The request body, before JSON encoding. Optional fields are sent only when `dialect.fields` has them. */
  body(dialect: Dialect, spec: RequestSpec): Record<string, unknown>
  /**
   * Reads one parsed event of a stream, or the one JSON answer. `eventName` is the SSE `event:` field or the `:event-type`
   * of an AWS event, '' when absent.
   */
  read(json: unknown, eventName: string): Delta
  /**
   * It works like OpenAI's chat and completions: its events look the same, `stream: false` gives a whole answer, and
   * the length of a chat answer goes by either name of `Dialect.lengthField`. Default false.
   */
  readonly isOpenAiLike?: boolean
  /** Its chat takes images in a message. Default false. */
  readonly takesImages?: boolean
  /** A base URL leaves the task open, so that preflight finds out what the model is made for. Default false. */
  readonly findsTask?: boolean
  /**
   * Optional fields sent without preflight: none that a strict server may refuse, unless most servers need it to
   * count tokens. Default none.
   */
  readonly assumedFields?: readonly OptionalField[]
  /** What to say where neither the URL nor `model` names a model; absent where a request needs none. */
  readonly nameless?: { readonly what: string; readonly remedy: string }
  /** A base URL is not enough, because the path names the model. Default false. */
  readonly needsFullUrl?: boolean
  /** The pages that identify a server of this API; none for hosted services. */
  readonly serverPages?: readonly ServerPath[]
  /** Where the server of the full `url` may have its metrics, the likeliest first. Absent: nowhere. */
  metricsUrls?(url: URL, model: string | null): readonly URL[]
  /**
   * Whether the shape of an event, a whole answer or an error belongs to this API alone, so that an unexpected API is
   * recognised.
   */
  ownsEvent?(json: Readonly<Record<string, unknown>>): boolean
  /** The same for the headers of an answer; names are lower case. */
  ownsHeaders?(headers: Readonly<Record<string, string>>): boolean
}

/** Token counts that one event states; null where it states none. Counts are cumulative wherever servers repeat them. */
export interface Usage {
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly reasoningTokens: number | null
  readonly cachedTokens: number | null
  readonly totalTokens: number | null
  /**
   * Where the count of output tokens comes from, when not from a usual usage object, or when reasoning is already
   * added.
   */
  readonly source?: 'server-final' | 'usage+reasoning'
  /** The count of output tokens is for this event alone, not cumulative: only such counts are summed. */
  readonly perEvent?: boolean
}

/**
 * What the server itself measured of this answer, in milliseconds; null where it does not tell. Cross-checks, never
 * gated.
 */
export type ServerTimings = Pick<RequestRecord, 'serverTtftMs' | 'serverTpotMs' | 'serverLoadMs'>

/** For a server that states no times. */
export const NO_SERVER_TIMINGS: ServerTimings = { serverTtftMs: null, serverTpotMs: null, serverLoadMs: null }

/** What an answer says of one of several texts. */
export interface Result {
  /** Which one, from 0; null where it does not say. */
  readonly index: number | null
  /** Whether it has its figures: an embedding, a score. */
  readonly isWhole: boolean
}

/** What one event of an answer says, whatever the API. */
export interface Delta {
  /** Carries answer text. */
  readonly text: boolean
  /** Carries reasoning text. */
  readonly reasoning: boolean
  /** Carries a tool call's name or arguments. */
  readonly tool: boolean
  /** Its answer text; absent or empty where there is none. */
  readonly content?: string
  /** Length of all these together, in characters; absent or 0 where there is none. */
  readonly characters?: number
  /** The member with a text that we do not read, where the event carries nothing else: it may be output. */
  readonly unread?: string | null
  /** Whether it stands for hidden reasoning: its beginning, signature or ciphertext. */
  readonly concealed?: boolean
  /** One for each text that was sent, in the order of the answer; absent where tokens are the answer. */
  readonly results?: readonly Result[]
  readonly usage: Usage | null
  /** Absent where the event states none. */
  readonly server?: ServerTimings
  readonly finishReason: string | null
  readonly servedModel: string | null
  /** An error inside a 200; it overrides everything else in the stream. */
  readonly error: string | null
  /** Only `[DONE]` follows where all is well: this form of answer states neither a finish_reason nor a count. */
  readonly endsAtDone?: boolean
  /** A typed last event (embeddings: the answer itself). `[DONE]` is framing and is handled by the reader. */
  readonly terminal: boolean
  /** The event is not of this API: an answer made only of these is not in the API's format. */
  readonly unknown: boolean
}

/** An event of the API that carries nothing: role-only chunks, pings, progress. */
export const EMPTY_DELTA: Delta = {
  text: false,
  reasoning: false,
  tool: false,
  usage: null,
  finishReason: null,
  servedModel: null,
  error: null,
  terminal: false,
  unknown: false,
}

/** An event that is not of this API. */
export const UNKNOWN_DELTA: Delta = { ...EMPTY_DELTA, unknown: true }

/** An event that carries answer text; an empty one carries nothing. */
export function carryText(content: string | null): Delta {
  return content === null || content === ''
    ? EMPTY_DELTA
    : { ...EMPTY_DELTA, text: true, content, characters: content.length }
}

/** An event that carries reasoning text. */
export function carryReasoning(thought: string | null): Delta {
  return thought === null || thought === ''
    ? EMPTY_DELTA
    : { ...EMPTY_DELTA, reasoning: true, characters: thought.length }
}

/** An event that carries the name of a tool or arguments for it. */
export function carryTool(call: string | null): Delta {
  return call === null || call === '' ? EMPTY_DELTA : { ...EMPTY_DELTA, tool: true, characters: call.length }
}

/** What the parts of a whole answer carry together. `unread` counts only where there is nothing else, as in an event. */
export function joinDeltas(parts: readonly Delta[]): Delta {
  const carries = (what: 'text' | 'reasoning' | 'tool'): boolean => parts.some((part) => part[what])
  const [text, reasoning, tool] = [carries('text'), carries('reasoning'), carries('tool')]
  return {
    ...EMPTY_DELTA,
    text,
    reasoning,
    tool,
    content: parts.map(({ content }) => content ?? '').join(''),
    characters: parts.reduce((sum, { characters }) => sum + (characters ?? 0), 0),
    concealed: parts.some(({ concealed }) => concealed === true),
    unread: text || reasoning || tool ? null : (parts.find(({ unread }) => unread)?.unread ?? null),
  }
}
