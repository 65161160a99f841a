import type { Delta } from './delta.ts'

/** The APIs that this version speaks. */
export const API_NAMES = ['openai-chat', 'openai-completions', 'openai-embeddings', 'databricks'] as const
export type ApiName = (typeof API_NAMES)[number]

/** What a request is for; Databricks serves all three behind one path. */
export type Task = 'chat' | 'completions' | 'embeddings'

/**
 * Request fields that not every server accepts. Preflight finds out which ones this endpoint takes; a field that is not
 * in `Dialect.fields` is never sent, so a counted request never meets a 400 because of one.
 */
export const OPTIONAL_FIELDS = ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt'] as const
export type OptionalField = (typeof OPTIONAL_FIELDS)[number]

/** How to talk to this endpoint: settled in preflight, then the same for every request. */
export interface Dialect {
  readonly task: Task
  readonly model: string | null
  /** Optional fields the endpoint accepts. */
  readonly fields: ReadonlySet<OptionalField>
  readonly lengthField: 'max_tokens' | 'max_completion_tokens'
  /** Extra members that the user adds to every body. */
  readonly extraBody: Readonly<Record<string, unknown>>
}

/** What one request asks for. */
export interface RequestSpec {
  /** One text a sequence: exactly one for chat and completions, `batch-size` of them for embeddings. */
  readonly prompts: readonly string[]
  /** Chat messages taken from a prompts file; when given they stand instead of `prompts[0]`. */
  readonly messages?: readonly Readonly<Record<string, unknown>>[]
  /** Output tokens asked for; ignored by embeddings. */
  readonly outputTokens: number
  /** Different in every request; isolates the prefix cache where the server has `cache_salt`. */
  readonly nonce: string
}

/** One wire format: what to send, and what one event of the answer says. Pure: no clock, no network, no state. */
export interface Api {
  readonly name: ApiName
  /** How the answer is framed when all is well. `json`: one whole answer, no stream. */
  framing(task: Task): 'sse' | 'json'
  /** Optional fields worth trying on this API, in the order to try them. */
  optionalFields(task: Task): readonly OptionalField[]
  /** The path for `task`, from what the user gave (a base URL or a full one). */
  url(endpoint: URL, task: Task): URL
  /** The task that the URL alone says, or null when preflight has to find out. */
  taskOf(endpoint: URL): Task | null
  /** The model for `Dialect.model`: what the user gave, or null where the URL names it and the body must not. */
  modelInBody(endpoint: URL, model: string | null): string | null
  /** The request body, before JSON encoding. Optional fields are sent only when `dialect.fields` has them. */
  body(dialect: Dialect, spec: RequestSpec): Record<string, unknown>
  /** Reads one parsed event of a stream, or the one JSON answer. `eventName` is the SSE `event:` field, '' when absent. */
  read(json: unknown, eventName: string): Delta
}
