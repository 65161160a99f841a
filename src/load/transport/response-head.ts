/** Why an answer is not valid HTTP/1.1. */
export class HttpSyntaxError extends Error {
  /** What came instead, if not even the first line is HTTP. */
  readonly beginning: string | null
  readonly kind: 'syntax' | 'large-headers' | 'two-lengths'

  constructor(
    reason: string,
    { kind = 'syntax', beginning = null }: Partial<Pick<HttpSyntaxError, 'kind' | 'beginning'>> = {},
  ) {
    super(reason)
    this.kind = kind
    this.beginning = beginning
  }
}

/** The bytes that end a line: CR LF. */
export const CR = 13
export const LF = 10

/** The longest head and the longest trailers: gateways add cookies, policies and traces. */
export const MOST_HEADER_BYTES = 65_536

/** Status and headers of an answer, and what they mean for its body and for the connection after it. */
export interface ResponseHead {
  readonly status: number
  readonly headers: Record<string, string>
  /** A length, chunks, everything until the connection ends, or none. */
  readonly body: { readonly bytes: number } | 'chunks' | 'until-close' | 'done'
  /** Whether the connection can carry another request after it. */
  readonly keepsAlive: boolean
  /** How long the server keeps an idle connection; null when it does not say. */
  readonly keepAliveMs: number | null
}

/** The head that was read last: those of answers within one second are often all equal. */
let last: { readonly text: string; readonly head: ResponseHead } | null = null

/**
 * Reads a head up to its blank line, strictly by RFC 9112.
 *
 * @throws HttpSyntaxError when it is not HTTP/1.1.
 */
export function readHead(text: string): ResponseHead {
  if (last?.text !== text) last = { text, head: parseHead(text) }
  return last.head
}

function parseHead(text: string): ResponseHead {
  refuseForeignStart(text)
  if (BARE_LINE_END.test(text)) throw new HttpSyntaxError(BARE_LINE_END_WORDS)
  const status = readStatus(text)
  const headers = readHeaders(text, text.indexOf('\r\n') + 2)
  if (status === 101) throw new HttpSyntaxError('a switch of protocols that nobody asked for')
  // Interim answers have no body, and are followed by another head.
  if (status < 200) return { status, headers, body: 'done', keepsAlive: false, keepAliveMs: null }
  const isKept = readPersistence(headers['connection'] ?? '', text.startsWith('HTTP/1.0'))
  const hint = /(?:^|[,;\s])timeout=(\d+)/i.exec(headers['keep-alive'] ?? '')
  const keepAliveMs = hint === null ? null : Number(hint[1]) * 1000
  const { body, isSound } = readBodyLength(status, headers)
  return { status, headers, body, keepsAlive: isKept && isSound, keepAliveMs }
}

/** How long the body is, and whether its end shows where the next answer begins. */
function readBodyLength(
  status: number,
  { 'transfer-encoding': coding, 'content-length': length }: Record<string, string>,
): Pick<ResponseHead, 'body'> & { readonly isSound: boolean } {
  if (coding !== undefined && length !== undefined) {
    throw new HttpSyntaxError('it has both a Content-Length and a Transfer-Encoding', { kind: 'two-lengths' })
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    const isList = length.includes(',')
    throw new HttpSyntaxError(
      isList ? 'it has several Content-Lengths' : 'its Content-Length is no number',
      isList ? { kind: 'two-lengths' } : {},
    )
  }
  const bytes = Number(length ?? 0)
  // A forbidden body would be read as the next answer.
  if (status === 204 || status === 304) return { body: 'done', isSound: coding === undefined && bytes === 0 }
  if (coding !== undefined && /(?:^|,)[\t ]*chunked[\t ]*$/i.test(coding)) return { body: 'chunks', isSound: true }
  if (length === undefined) return { body: 'until-close', isSound: false }
  return { body: bytes === 0 ? 'done' : { bytes }, isSound: true }
}

/** How much is kept of something that is not HTTP. */
export const KEPT = 64

/** Refuses bytes that do not begin like an answer, as far as they have come. */
export function refuseForeignStart(text: string): void {
  const start = text.replace(/^(?:\r\n)+/, '')
  if (!/^\r?$/.test(start) && !'HTTP/1.'.startsWith(start.slice(0, 7))) {
    throw new HttpSyntaxError('Expected HTTP/', { beginning: start.slice(0, KEPT) })
  }
}

/** Refuses a CR or LF that stands alone, because the blank line would never come. */
export function refuseBareLineEnd(bytes: Buffer, from: number): void {
  for (let at = Math.max(1, from); at < bytes.length; at++) {
    if ((bytes[at] === LF) !== (bytes[at - 1] === CR)) throw new HttpSyntaxError(BARE_LINE_END_WORDS)
  }
}

/** The same in a text. */
const BARE_LINE_END = /[^\r]\n|\r[^\n]/

const BARE_LINE_END_WORDS = 'its lines do not end in CR LF'

function readStatus(text: string): number {
  const found = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n/.exec(text)
  if (found === null || Number(found[1]) < 100) throw new HttpSyntaxError('its first line has no status')
  return Number(found[1])
}

/** A header line. A value must not hold control characters. */
const HEADER = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7E\x80-\xFF]*\r\n/y

/** The headers of a head or of trailers, from `from` on; those with the same name are joined by commas. */
export function readHeaders(text: string, from: number): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (let at = from; at < text.length; at = HEADER.lastIndex) {
    HEADER.lastIndex = at
    if (!HEADER.test(text)) throw new HttpSyntaxError(`a line of its headers has no name and value`)
    const colon = text.indexOf(':', at)
    const name = text.slice(at, colon).toLowerCase()
    const value = trimBlank(text.slice(colon + 1, HEADER.lastIndex - 2))
    headers[name] = name in headers ? `${headers[name]!}, ${value}` : value
  }
  return { ...headers }
}

/** Headers in the form of HTTP clients; those with the same name are joined as HTTP defines. */
export function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

/** Trims white space. A pattern would take quadratic time. */
function trimBlank(value: string): string {
  const isBlank = (at: number): boolean => value[at] === ' ' || value[at] === '\t'
  let [from, to] = [0, value.length]
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return value.slice(from, to)
}

/** Whether the server keeps the connection: by default since HTTP/1.1, before that only if it says so. */
function readPersistence(connection: string, isOld: boolean): boolean {
  return isOld ? hasToken(connection, 'keep-alive') : !hasToken(connection, 'close')
}

function hasToken(list: string, token: string): boolean {
  return list.split(',').some((each) => each.trim().toLowerCase() === token)
}
