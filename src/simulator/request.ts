import type { Task } from '../protocol/api.ts'

/** Whose manners the simulator has on a path: `databricks` refuses unknown fields and says usage in every chunk. */
export type Style = 'openai' | 'databricks'

/** What a body asks for, checked. */
export interface ModelRequest {
  readonly style: Style
  readonly task: Task
  readonly stream: boolean
  /** One text for chat and completions, one for each sequence for embeddings. */
  readonly texts: readonly string[]
  readonly maxTokens: number
  readonly minTokens: number
  readonly ignoreEos: boolean
  /** `stream_options.include_usage` and `continuous_usage_stats`. */
  readonly includeUsage: boolean
  readonly continuousUsage: boolean
}

/** A body that is refused: 400 with this message. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest'
}

type Body = Readonly<Record<string, unknown>>

const DEFAULT_MAX_TOKENS = 256

const SAMPLING = ['model', 'max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'stream', 'n', 'logprobs', 'seed']
/** The fields that Databricks' strict schema knows. */
const DATABRICKS_FIELDS: Readonly<Record<Task, ReadonlySet<string>>> = {
  chat: new Set([
    ...SAMPLING,
    'messages',
    'tools',
    'tool_choice',
    'response_format',
    'top_logprobs',
    'reasoning_effort',
  ]),
  completions: new Set([...SAMPLING, 'prompt', 'suffix', 'echo', 'error_behavior', 'use_raw_prompt']),
  embeddings: new Set(['model', 'input', 'instruction', 'encoding_format']),
}

/** Reads a body; `task` is null where the body decides. Throws `BadRequest`. */
export function readModelRequest(text: string, style: Style, task: Task | null): ModelRequest {
  const body = parseBody(text)
  const decided = task ?? taskOf(body)
  if (style === 'databricks') {
    const unknown = Object.keys(body).find((field) => !DATABRICKS_FIELDS[decided].has(field))
    if (unknown !== undefined) throw new BadRequest(`Bad request: json: unknown field ${JSON.stringify(unknown)}`)
  }
  const maxTokens =
    readTokens(body, 'max_completion_tokens', 1) ?? readTokens(body, 'max_tokens', 1) ?? DEFAULT_MAX_TOKENS
  const minTokens = readTokens(body, 'min_tokens', 0) ?? 0
  if (minTokens > maxTokens) throw new BadRequest(`min_tokens must be less than or equal to max_tokens=${maxTokens}`)
  const streamOptions = isRecord(body['stream_options']) ? body['stream_options'] : {}
  return {
    style,
    task: decided,
    stream: decided !== 'embeddings' && body['stream'] === true,
    texts: readTexts(body, decided),
    maxTokens: decided === 'embeddings' ? 1 : maxTokens,
    minTokens,
    ignoreEos: body['ignore_eos'] === true,
    includeUsage: streamOptions['include_usage'] === true,
    continuousUsage: streamOptions['continuous_usage_stats'] === true,
  }
}

/** The parsed body; throws `BadRequest` when it is not a JSON object. */
export function parseBody(text: string): Body {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new BadRequest('Bad request: the body is not JSON')
  }
  if (!isRecord(json)) throw new BadRequest('Bad request: the body must be a JSON object')
  return json
}

function taskOf(body: Body): Task {
  if ('messages' in body) return 'chat'
  if ('prompt' in body) return 'completions'
  if ('input' in body) return 'embeddings'
  throw new BadRequest('Bad request: one of messages, prompt or input is required')
}

function readTexts(body: Body, task: Task): readonly string[] {
  if (task === 'chat') {
    const messages = body['messages']
    if (!Array.isArray(messages) || messages.length === 0)
      throw new BadRequest('messages must be a list that is not empty')
    return [messages.map(messageText).join('\n')]
  }
  const field = task === 'completions' ? 'prompt' : 'input'
  const value = body[field]
  const texts = Array.isArray(value) && !isTokens(value) ? value.map(promptText) : [promptText(value)]
  if (texts.length === 0 || texts.includes(null)) throw new BadRequest(`${field} must be a text or a list of texts`)
  if (task === 'completions' && texts.length > 1) throw new BadRequest('prompt must be a single text')
  return texts as string[]
}

/** The text of a message, whose content is a string or a list of parts. */
function messageText(message: unknown): string {
  const content = isRecord(message) ? message['content'] : undefined
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw new BadRequest('every message must have a content')
  return content
    .map((part: unknown) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('\n')
}

/** Token numbers become one word each, so that they count as many tokens. */
function promptText(value: unknown): string | null {
  if (typeof value === 'string') return value
  return Array.isArray(value) && isTokens(value) ? value.join(' ') : null
}

function isTokens(value: readonly unknown[]): boolean {
  return value.length > 0 && value.every((item) => typeof item === 'number')
}

function readTokens(body: Body, field: string, min: number): number | null {
  const value = body[field]
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && Number.isInteger(value) && value >= min) return value
  throw new BadRequest(`${field} must be a whole number of at least ${min}`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
