import { request as httpRequest } from 'node:http'

/** What a plain node:http client saw. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly bytes: Buffer
  /** False when the connection was cut before the end of the answer. */
  readonly complete: boolean
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Leaves as soon as this many bytes have come. */
  readonly leaveAfterBytes?: number
}

/** A request on its way. */
export interface OpenRequest {
  /** Whether the head of the answer has come. */
  hasHead(): boolean
  /** The body so far. */
  bytes(): Buffer
  /** Cuts the connection. */
  leave(): void
  /** Resolves however the answer ended, rejects only without an answer. */
  readonly answer: Promise<RawAnswer>
}

/** For `expect.poll`: it looks often. */
export const PATIENT = { interval: 1 }

/** Sends one request, whose answer can be looked at while it comes. */
export function openRequest(
  url: string,
  { method, headers = {}, body, leaveAfterBytes = Infinity }: RawRequest = {},
): OpenRequest {
  const parts: Buffer[] = []
  let size = 0
  let hasHead = false
  let leave = (): void => {}
  const answer = new Promise<RawAnswer>((resolve, reject) => {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    const message = httpRequest(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    })
    leave = () => void message.destroy()
    message.on('error', reject)
    message.on('response', (response) => {
      hasHead = true
      response.on('data', (bytes: Buffer) => {
        parts.push(bytes)
        size += bytes.length
        if (size >= leaveAfterBytes) response.destroy()
      })
      response.on('error', () => {})
      response.on('close', () => {
        const { statusCode: status = 0, headers, complete } = response
        const bytes = Buffer.concat(parts)
        resolve({ status, headers, bytes, body: bytes.toString(), complete })
      })
    })
    message.end(text)
  })
  return { hasHead: () => hasHead, bytes: () => Buffer.concat(parts), leave: () => leave(), answer }
}

/** Sends one request and waits for its answer. */
export async function rawRequest(url: string, request: RawRequest = {}): Promise<RawAnswer> {
  return openRequest(url, request).answer
}

/** The data of each event of a stream. */
export function eventsOf(body: string): readonly string[] {
  return body
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''))
}

/** How many tokens there are in a body. */
export function tokensIn(body: string | Buffer): number {
  return body.toString().split(' token').length - 1
}

/** Any parsed JSON: tests look at it by path. */
export type Json = ReturnType<typeof JSON.parse>

/** The JSON events of a stream, without `[DONE]`. */
export function jsonEventsOf(body: string): readonly Json[] {
  return eventsOf(body)
    .filter((event) => event !== '[DONE]')
    .map((event) => JSON.parse(event))
}
