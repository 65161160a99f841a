import { request as httpRequest, type Agent } from 'node:http'

/** What a plain node:http client saw; times on its own monotonic clock. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly bytes: Buffer
  /** When each read of the body came, and what it held. */
  readonly reads: readonly { readonly atMs: number; readonly text: string }[]
  readonly headersAtMs: number
  /** False when the connection was cut before the end of the answer. */
  readonly complete: boolean
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly agent?: Agent
  /** Leaves as soon as this many bytes have come. */
  readonly leaveAfterBytes?: number
}

/** Sends one request; resolves however the answer ended, rejects only without an answer. */
export function rawRequest(url: string, { method, headers = {}, body, agent, leaveAfterBytes }: RawRequest = {}) {
  return new Promise<RawAnswer>((resolve, reject) => {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    const message = httpRequest(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
      ...(agent === undefined ? {} : { agent }),
    })
    message.on('error', reject)
    message.on('response', (response) => {
      const headersAtMs = performance.now()
      const parts: Buffer[] = []
      const reads: { atMs: number; text: string }[] = []
      let size = 0
      response.on('data', (bytes: Buffer) => {
        reads.push({ atMs: performance.now(), text: bytes.toString() })
        parts.push(bytes)
        size += bytes.length
        if (leaveAfterBytes !== undefined && size >= leaveAfterBytes) response.destroy()
      })
      response.on('error', () => {})
      response.on('close', () => {
        const bytes = Buffer.concat(parts)
        const answer = { status: response.statusCode ?? 0, headers: response.headers, bytes, body: bytes.toString() }
        resolve({ ...answer, reads, headersAtMs, complete: response.complete })
      })
    })
    message.end(text)
  })
}

/** The data of each event of a stream. */
export function eventsOf(body: string): readonly string[] {
  return body
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''))
}

/** Any parsed JSON: tests look at it by path. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

/** The JSON events of a stream, without `[DONE]`. */
export function jsonEventsOf(body: string): readonly Json[] {
  return eventsOf(body)
    .filter((event) => event !== '[DONE]')
    .map((event) => JSON.parse(event))
}
