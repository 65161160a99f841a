import { asObject, asText, findNonNumber, writeJsonText, parseJson } from '../json.ts'

/** Longest message taken from a server, in characters. */
const MAX_MESSAGE_LENGTH = 300

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
    .slice(from, to === -1 ? from + 2 * MAX_MESSAGE_LENGTH : to)
    .replaceAll(/<[^<>]{0,500}>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, entity: string) => ENTITIES[entity]!)
    .trim()
  return asText(text)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }

/**
 * One line of at most `MAX_MESSAGE_LENGTH` characters, never ending in half a character. URLs lose user info and
 * query, because a gateway may name its own server's, key and all.
 */
function shortenToOneLine(text: string): string {
  const line = text
    .slice(0, 20 * MAX_MESSAGE_LENGTH)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/(https?:\/\/)[^\s"'<>?#@/]*@/gi, '$1')
    .replaceAll(/(https?:\/\/[^\s"'<>?#]{0,500}\?)[^\s"'<>]+/gi, '$1…')
    .trim()
  if (line === '') return 'nothing but control characters'
  // A cut is always marked: the text before it may be the beginning of a secret.
  return line.length <= MAX_MESSAGE_LENGTH && text.length <= 20 * MAX_MESSAGE_LENGTH
    ? line
    : `${line.slice(0, MAX_MESSAGE_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/**
 * How long a refused client was asked to wait, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as an
 * HTTP date (which needs the wall clock, `nowEpochMs`), else when the limit that is used up is full again. Null when nothing
 * readable was said. Header names are in lower case.
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, nowEpochMs: number): number | null {
  const milliseconds = asNumber(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const given = headers['retry-after']
  const seconds = asNumber(given)
  if (seconds !== null) return seconds * 1000
  if (given === undefined) return readRateLimitResetMs(headers, nowEpochMs)
  // Only real dates: Date.parse would also accept "-5" and "1.2.3".
  const day = given.search(/[a-z]{3}/i)
  if (day === -1 || !/\d{2}:\d{2}/.test(given.slice(day))) return null
  return countMsUntil(Date.parse(given), nowEpochMs)
}

function asNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null
}

/** Limits that servers count separately, each with headers of its own. */
const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const

/**
 * Milliseconds until a used-up rate limit is full again: the latest of those with nothing remaining, by headers like
 * OpenAI's (`x-ratelimit-reset-requests: 6m0s`) or Anthropic's (a date, which needs the wall clock). Null when none
 * is used up or none tells. Header names are in lower case.
 */
function readRateLimitResetMs(headers: Readonly<Record<string, string>>, nowEpochMs: number): number | null {
  let latest: number | null = null
  for (const limit of LIMITS) {
    const reset =
      headers[`x-ratelimit-remaining-${limit}`] === '0'
        ? readDurationMs(headers[`x-ratelimit-reset-${limit}`])
        : headers[`anthropic-ratelimit-${limit}-remaining`] === '0'
          ? countMsUntil(dateOf(headers[`anthropic-ratelimit-${limit}-reset`]), nowEpochMs)
          : null
    if (reset !== null) latest = Math.max(latest ?? 0, reset)
  }
  return latest
}

/** Milliseconds since 1970; NaN for anything but a date. */
function dateOf(text: string | undefined): number {
  return /^\d{4}-\d{2}-\d{2}T/.test(text ?? '') ? Date.parse(text!) : NaN
}

/** `1h2m3.5s`, `20ms`, or plain seconds. */
function readDurationMs(text: string | undefined): number | null {
  if (text === undefined || text.length > 40) return null
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const [whole, hours, minutes, seconds, milliseconds] =
    /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text) ?? []
  if (!whole) return null
  return (
    Number(hours ?? 0) * 3_600_000 +
    Number(minutes ?? 0) * 60_000 +
    Number(seconds ?? 0) * 1000 +
    Number(milliseconds ?? 0)
  )
}

/** From now to a date, both in milliseconds since 1970; null for no date, 0 for one that has passed. */
function countMsUntil(date: number, nowEpochMs: number): number | null {
  return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs)
}
