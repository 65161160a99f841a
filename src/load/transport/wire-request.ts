/** What all requests of a transport have in common, as written. */
export interface WireHead {
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Its lines; an error if it holds something that HTTP cannot carry. */
  readonly lines: string | Error
}

/** A request as it is sent. */
export interface WireRequest {
  readonly head: WireHead
  /** Its own headers; where the head has one of these names, that of the head is sent. */
  readonly headers: Readonly<Record<string, string>>
  /** All of it as written; where it has a problem, its body alone. */
  readonly bytes: Buffer
  /** Where in them its body begins. */
  readonly bodyAt: number
  /** That it holds something that HTTP cannot carry. */
  readonly problem: Error | null
}

/** An error with undici's code for it, so that one table covers both, because undici carries requests through a proxy. */
export function createWireError(code: `UND_ERR_${string}`, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Prepares the head of all requests to a URL, once: nothing of it is written again for each. */
export function prepareHead({ host, pathname, search }: URL, headers: Readonly<Record<string, string>>): WireHead {
  const path = pathname + search
  const lines = writeHeaders(headers)
  const first = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  return { path, headers, lines: typeof lines === 'string' ? first + lines : lines }
}

/** A request as written, with headers of its own. */
export function encodeRequest(head: WireHead, headers: WireRequest['headers'], body: string): WireRequest {
  const own = writeHeaders(headers, head.headers)
  const problem = typeof own !== 'string' ? own : typeof head.lines !== 'string' ? head.lines : null
  const bodyBytes = Buffer.byteLength(body)
  const lines = problem === null ? `${head.lines as string}${own as string}content-length: ${bodyBytes}\r\n\r\n` : ''
  const bytes = Buffer.from(lines + body)
  return { head, headers, bytes, bodyAt: bytes.length - bodyBytes, problem }
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const UNSENDABLE = /[^\t\x20-\x7E\x80-\xFF]/

/** The lines of headers, without those of the same name in `others`. */
function writeHeaders(
  headers: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): string | Error {
  let lines = ''
  for (const name in headers) {
    if (name in others) continue
    const value = headers[name]!
    if (!NAME.test(name)) return createWireError('UND_ERR_INVALID_ARG', `invalid header name ${name}`)
    if (UNSENDABLE.test(value)) return createWireError('UND_ERR_INVALID_ARG', `invalid ${name} header`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}
