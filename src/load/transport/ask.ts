import { USER_AGENT } from '../../version.ts'
import type { ConnectionOptions } from './socket-client.ts'

/** One request that is not measured. */
interface Question {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Null for none. */
  readonly body: string | null
  /** Most bytes of the answer; the rest is not read. */
  readonly mostBytes: number
  /** From the first attempt to connect to the end of the answer. */
  readonly timeoutMs: number
}

/** Its whole answer, as text. */
export interface WholeAnswer {
  readonly status: number
  /** Where a redirect leads, as the server wrote it; it is not followed. */
  readonly location: string | null
  readonly text: string
}

/** Asks over a separate connection. Throws the connection's error when there is no answer. */
export async function askServer(
  { method, url, headers, body, mostBytes, timeoutMs }: Question,
  connection: Omit<ConnectionOptions, 'origin'>,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  const { openDispatcher } = await import('./dispatcher.ts')
  const dispatcher = openDispatcher({ ...connection, origin: url.origin })
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  // A request that waits for its connection does not notice the signal until it is connected.
  ended.addEventListener('abort', () => void dispatcher.destroy(), { once: true })
  try {
    const answer = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { 'user-agent': USER_AGENT, ...headers },
      body,
      signal: ended,
    })
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > mostBytes) break
      parts.push(part)
    }
    const { location } = answer.headers
    return {
      status: answer.statusCode,
      location: typeof location === 'string' ? location : null,
      text: Buffer.concat(parts).toString('utf8'),
    }
  } finally {
    await dispatcher.destroy()
  }
}

/** The answer of a GET: status and at most 1 MiB of text. */
export interface TextAnswer {
  readonly status: number
  readonly text: string
}

const MOST_BYTES = 1_048_576
const TIMEOUT_MS = 10_000

/**
 * Reads one page beside the endpoint (its models, its version). Null when there is no answer. Redirects are not
 * followed.
 */
export async function getText(
  url: URL,
  headers: Readonly<Record<string, string>>,
  connection: Omit<ConnectionOptions, 'origin'>,
  signal: AbortSignal,
): Promise<TextAnswer | null> {
  // Pages are requested uncompressed, even if answers are not.
  const accept = { accept: 'application/json, text/plain', 'accept-encoding': 'identity' }
  const question = { method: 'GET', url, headers: { ...headers, ...accept }, body: null } as const
  try {
    const { status, text } = await askServer(
      { ...question, mostBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS },
      connection,
      signal,
    )
    return { status, text }
  } catch {
    return null
  }
}
