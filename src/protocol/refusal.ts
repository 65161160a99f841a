import { asObject, asText, findNonNumber, parseJson } from '../json.ts'
import type { ApiName } from '../vocabulary/endpoint-names.ts'

/** Longest message taken from a server, in characters. */
export const LONGEST_MESSAGE = 300

/**
 * The message of an error body as one short line, or null when it is empty. Understands JSON of all common shapes,
 * `CODE: message` and HTML pages. The text is the server's own: escape it before showing.
 */
export function readRefusal(body: string): string | null {
  const text = body.replace(/^\uFEFF/, '').trim()
  if (text === '') return null
  if (text.startsWith('\u001F')) return 'a compressed body without Content-Encoding'
  if (text.startsWith('<')) return readHtmlMessage(text)
  const json = parseJson(text)
  return json === undefined ? shortenToOneLine(text) : readErrorMessage(json)
}

/** What is wrong with `data`, which is not JSON; `what` says what it should be. */
export function describeUnreadable(data: string, what: string): string {
  const number = findNonNumber(data)
  return number === null ? `${what} that is not JSON: ${readRefusal(data)}` : `${what} with ${number}, ${NO_JSON}`
}

/** Said of a number that JSON cannot hold. */
export const NO_JSON = 'which JSON does not have'

/** The message inside an error object of any server, as one short line; the JSON itself when it has none. */
export function readErrorMessage(json: unknown): string | null {
  const found = findMessage(json, 0)
  return found === null ? null : shortenToOneLine(found)
}

/**
 * The error in an event of a 200 answer, in any form that servers use (an `error` member, an `error` event, a typed
 * or coded error object), on one short line. Null when there is none.
 */
export function readStreamError(json: unknown, eventName: string): string | null {
  const event = asObject(json)
  const error = event?.['error'] || asObject(event?.['x_groq'])?.['error']
  if (error) return readErrorMessage(error) ?? NO_MESSAGE
  const isError =
    eventName === 'error' ||
    event?.['object'] === 'error' ||
    event?.['type'] === 'error' ||
    asText(event?.['error_code']) !== null
  return isError ? (readErrorMessage(json) ?? NO_MESSAGE) : null
}

/** The message of an error without one. */
export const NO_MESSAGE = 'an error without a message'

function findMessage(json: unknown, depth: number): string | null {
  if (typeof json === 'string') return asText(json.trim())
  if (depth > 3 || json === null || json === undefined) return null
  if (Array.isArray(json)) return listMessage(json, depth)
  const object = asObject(json)
  if (object === null) return writeJsonText(json)
  const message = findFirstMessage(object, depth)
  if (message === null) return writeJsonText(object)
  const code = asText(object['error_code'])
  return code === null || message.startsWith(code) ? message : `${code}: ${message}`
}

/** Null when it is nested too deeply. */
function writeJsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

function findFirstMessage(object: Record<string, unknown>, depth: number): string | null {
  // An `error` of only a word ("Bad Request") tells less than the message beside it.
  const nested = typeof object['error'] === 'object' ? findMessage(object['error'], depth + 1) : null
  if (nested !== null) return nested
  for (const name of MESSAGE_MEMBERS) {
    const value = object[name]
    if (value === undefined || value === null || value === '' || typeof value === 'boolean') continue
    const message = findMessage(value, depth + 1)
    if (message !== null) return message
  }
  return null
}

const MESSAGE_MEMBERS = [
  'message',
  'error_description',
  'detail',
  'error',
  'errors',
  'msg',
  'title',
  'error_code',
] as const

// FastAPI and others: one entry for each fault, with the path of the field in `loc`.
function listMessage(list: readonly unknown[], depth: number): string | null {
  const messages = list.slice(0, 3).flatMap((item) => {
    const message = findMessage(item, depth + 1)
    const place = asObject(item)?.['loc']
    if (message === null) return []
    return [Array.isArray(place) ? `${place.filter(isStep).join('.')}: ${message}` : message]
  })
  return messages.length === 0 ? null : messages.join('; ')
}

/** One step of the path to a field: a name or an index. */
function isStep(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

// A page tells what happened in its title; with some servers in a <pre>, under a title of only "Error".
function readHtmlMessage(html: string): string {
  const parts = [readElementText(html, 'title'), readElementText(html, 'pre')].filter((part) => part !== null)
  return parts.length === 0 ? 'an HTML page' : shortenToOneLine(parts.join(': '))
}

function readElementText(html: string, name: string): string | null {
  const lower = html.toLowerCase()
  const open = lower.search(new RegExp(`<${name}[\\s>]`))
  const from = open === -1 ? -1 : lower.indexOf('>', open) + 1
  if (from <= 0) return null
  const to = lower.indexOf(`</${name}`, from)
  const text = html
    .slice(from, to === -1 ? from + 2 * LONGEST_MESSAGE : to)
    .replaceAll(/<[^<>]{0,500}>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, entity: string) => ENTITIES[entity]!)
    .trim()
  return asText(text)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }

/**
 * One line of at most `LONGEST_MESSAGE` characters, never ending in half a character. URLs lose user info and
 * query, because a gateway may name its own server's, key and all.
 */
function shortenToOneLine(text: string): string {
  const line = text
    .slice(0, 20 * LONGEST_MESSAGE)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/(https?:\/\/)[^\s"'<>?#@/]*@/gi, '$1')
    .replaceAll(/(https?:\/\/[^\s"'<>?#]{0,500}\?)[^\s"'<>]+/gi, '$1…')
    .trim()
  if (line === '') return 'nothing but control characters'
  // A cut is always marked: the text before it may be the beginning of a secret.
  return line.length <= LONGEST_MESSAGE && text.length <= 20 * LONGEST_MESSAGE
    ? line
    : `${line.slice(0, LONGEST_MESSAGE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** What a refusal is about, according to the server's words. */
export type Complaint =
  /** The model that was asked for is not there. */
  | { readonly about: 'model' }
  /** The request must name a model. */
  | { readonly about: 'no-model' }
  /** The model or path is for another task; `api` is the right one, where that is said. */
  | { readonly about: 'task'; readonly api: ApiName | null }
  /** Prompt and answer do not fit the context; tokens, where they are said. */
  | { readonly about: 'context'; readonly limit: number | null }
  /** The account of the key is empty, or its budget is spent. */
  | { readonly about: 'payment' }
  /** The body has too many bytes. */
  | { readonly about: 'size' }
  /** The request holds too many sequences. */
  | { readonly about: 'batch'; readonly limit: number | null }
  /** The key or token was good once. */
  | { readonly about: 'expired' }
  /** The model is not loaded yet. */
  | { readonly about: 'loading' }
  /** Scores are the probabilities of tokens, and the request does not say which tokens. */
  | { readonly about: 'labels' }
  /** No such path, said with a 200. */
  | { readonly about: 'path' }

/** Characters of a server's message in which its words are looked for. */
const MOST_SEARCHED = 1_000

/**
 * Recognises in a refusal what a user can fix, in the words of all known servers; null for anything else. `status` is
 * the answer's, 200 for an error inside a stream.
 */
export function readComplaint(status: number | null, message: string | null): Complaint | null {
  const text = (message ?? '').slice(0, MOST_SEARCHED)
  const wanted = readTaskComplaint(text)
  if (wanted !== null) return wanted
  if (status === 401 || status === 403) return EXPIRED.test(text) ? { about: 'expired' } : null
  if (PAYMENT.test(text)) return { about: 'payment' }
  if (LOADING.test(text) && !FAILED.test(text)) return { about: 'loading' }
  if (BATCH.test(text)) return { about: 'batch', limit: readStatedLimit(text) }
  if (CONTEXT.test(text)) return { about: 'context', limit: readStatedLimit(text) }
  if (status === 413 || SIZE.test(text)) return { about: 'size' }
  if (LABELS.test(text)) return { about: 'labels' }
  if (NO_MODEL.test(text)) return { about: 'no-model' }
  if (MODEL_MISSING.test(text)) return { about: 'model' }
  return status === 200 && PATH.test(text) ? { about: 'path' } : null
}

/** The first of these request fields that the message names as a whole word, or null: the one it is about. */
export function findNamedField<Field extends string>(message: string | null, fields: readonly Field[]): Field | null {
  const text = (message ?? '').slice(0, MOST_SEARCHED)
  let found: Field | null = null
  let at = Infinity
  for (const field of fields) {
    const place = text.search(new RegExp(`(?<![a-z_])${field}(?![a-z_])`, 'i'))
    if (place >= 0 && place < at) [found, at] = [field, place]
  }
  return found
}

const EXPIRED = /\bexpired?\b/i

/** SGLang's. */
const LABELS = /\blabel_token_ids must be provided\b/

const PAYMENT =
  /\binsufficient[_ ](quota|credits?|funds|balance)\b|\bcredit balance is too low\b|\b(budget|spend(ing)? limit) (has been |was )?exceeded\b|\bout of credits?\b|\bexceeded your current quota\b/i

const LOADING =
  /\b(is|are|still|currently|being) (being )?(loading|loaded|starting|initiali[sz]ing|warming)\b|^\W*loading\b|\bloading (the )?model\b|\bwarming[ _-]?up\b|\bstarting[ _-]?up\b|\bwaking up\b|\bnot (yet )?(ready|loaded|initiali[sz]ed)\b|^\W*(starting|initiali[sz]ing)\b|\bapplication loading\b/i
/** What failed to load will not appear later. */
const FAILED = /\b(errors?|fail(s|ed|ure)?|unable|could ?n.t|cannot|can.t|could not)\b/i

/**
 * Whether a whole answer with a 200 says that the model is still loading, as a state (`{"status":"loading"}`) or a
 * page. An answer of a model never does.
 */
export function saysLoading(body: string): boolean {
  const json = asObject(parseJson(body))
  if (json === null) return body.length <= MOST_SEARCHED && readComplaint(200, readRefusal(body))?.about === 'loading'
  if ('choices' in json) return false
  if (Object.entries(json).some(([name, value]) => value === false && NOT_YET.test(name))) return true
  const texts = [readErrorMessage(json['error']), ...Object.values(json)].filter((text) => typeof text === 'string')
  return texts.some((text) => readComplaint(200, text)?.about === 'loading')
}

/** Members that are false while a model is loading. */
const NOT_YET = /^(is_?)?(model_?)?(ready|loaded|initiali[sz]ed|healthy|available)$/i

const BATCH =
  /batch size \d+ ?>|maximum (allowed )?batch size|maximum array length|too many (inputs|texts)|number of (inputs|texts)/i

const CONTEXT = new RegExp(
  [
    'context[ _](length|size|window|limit)',
    'maximum model length',
    'max_(seq|model)_len',
    '(prompt|input|sequence)s?( length| is| tokens?)? too (long|large)',
    'must have less than \\d+ tokens',
    '`?max_new_tokens`? must be <=',
    'input token count .{0,40}exceeds',
    'prompt length .{0,30}exceeds maximum input length',
    'prompt contains \\d+ tokens.{0,60}too large',
    'too many tokens',
    'maximum context',
    '(longer|greater) than the (maximum|model)[^.]{0,30}(length|context)',
    'max(_completion|_output)?_tokens.{0,20} (is )?too large',
    'tokens? (you )?requested exceeds the model limit',
    'reduce the length of',
    'exceed_context_size',
  ].join('|'),
  'i',
)

const SIZE =
  /(request )?entity too large|payload too large|content too large|(request|body|payload)( body)?( size)? (is )?(too (large|big)|exceed)|body.{0,20}length limit exceeded|max_request_size/i

const NO_MODEL =
  /(must|have to) provide (a )?model|model( name| parameter| field)? (is required|is missing|must be (provided|specified|set))|missing (required )?(field|parameter|property|argument):? ?[`'"]?model\b|\bmodel: field required/i

const MODEL_MISSING = new RegExp(
  [
    '\\b(model|deployment)s?\\b.{0,120}?(does not exist|not exist|not found|is not available|not a valid model|could not be found|isn.t available|is not served)',
    '(invalid|unknown|unrecognized|no such) model\\b',
    'model_not_found|ENDPOINT_NOT_FOUND(?!: no api)|RESOURCE_DOES_NOT_EXIST|DeploymentNotFound|find real modelID',
    'not a valid model id',
    'model identifier is invalid',
    'endpoint .{0,80}does not exist',
    // Anthropic's "model: name".
    '^model: \\S+$',
  ].join('|'),
  'i',
)

const PATH = /unexpected endpoint|(unknown|invalid|no such) (endpoint|route|path)/i

/** Each with the API that serves what was meant; the first that matches counts. */
const TASKS: readonly (readonly [RegExp, ApiName | null])[] = [
  [/did you mean to use (the )?[`'"]?v1\/completions/i, 'openai-completions'],
  [/did you mean to use (the )?[`'"]?v1\/chat\/completions/i, 'openai-chat'],
  [/only (supported|available) in [`'"]?v1\/responses/i, 'openai-responses'],
  [/not a chat model/i, 'openai-completions'],
  [/is a chat model/i, 'openai-chat'],
  [/does not support completions\. start it without [`'"]?--embeddings/i, 'openai-embeddings'],
  [/does not support (the )?chat completions|does not support chat\b|not supported by the chat/i, null],
  [/does not support (the )?(completions|generate)\b/i, null],
  [
    /does(n.t| not) support (the )?embed|not (allowed to )?generate embeddings|not appear to be an embedding model|not an embedding model/i,
    'openai-chat',
  ],
  [/does(n.t| not) support (the )?(rerank|scor)|not a re-?rank(er|ing) model|not support rerank/i, null],
  [/(is an|for an?|this) embeddings? (model|endpoint|task)/i, 'openai-embeddings'],
  [
    /\bmessages\b[^.]{0,20}(field required|is required|is missing|missing field)|missing field [`'"]?messages|(missing|required)[^.]{0,30}[`'" ]messages\b/i,
    'openai-chat',
  ],
  [
    /\bprompt\b[^.]{0,20}(field required|is required|is missing)|missing field [`'"]?prompt\b|(missing|required) (required )?(parameter|field|property):? [`'"]?prompt\b/i,
    'openai-completions',
  ],
]

function readTaskComplaint(text: string): Complaint | null {
  for (const [words, api] of TASKS) if (words.test(text)) return { about: 'task', api }
  return null
}

/** How each server states its limit of tokens or sequences. */
const LIMITS: readonly RegExp[] = [
  /maximum context length (?:is|of) (\d+)/i,
  /maximum model length of (\d+)/i,
  /context (?:length|size|window)(?: of)? \(?(\d+) tokens/i,
  /model with (\d+) maximum context/i,
  /less than (\d+) tokens/i,
  /must be <= (\d+)/i,
  /cannot exceed (\d+)/i,
  /> (\d+) maximum/i,
  /context limit: [\d+ ]{1,40}> (\d+)/i,
  /maximum number of tokens allowed \((\d+)\)/i,
  /maximum input length \(?(\d+)/i,
  /limit (?:for this model is|of) (\d+)/i,
  /maximum allowed batch size:? (\d+)/i,
  /maximum (?:array length|batch size):? (?:is |of )?(\d+)/i,
]

function readStatedLimit(text: string): number | null {
  for (const words of LIMITS) {
    const found = words.exec(text)?.[1]
    if (found !== undefined && found.length < 10) return Number(found)
  }
  return null
}
