import type { ConnectionOptions } from './connection.ts'
import { openConnection } from './connection.ts'

/** The answer of a GET: status and at most 1 MiB of text. */
export interface TextAnswer {
  readonly status: number
  readonly text: string
}

const MOST_BYTES = 1_048_576
const TIMEOUT_MS = 10_000

/** Reads one page next to the endpoint (its models, its version). Null when there is no answer. Redirects are not followed. */
export async function getText(
  url: URL,
  headers: Readonly<Record<string, string>>,
  connection: Omit<ConnectionOptions, 'origin'>,
  signal: AbortSignal,
): Promise<TextAnswer | null> {
  const { dispatcher, destroy } = openConnection({ ...connection, origin: url.origin })
  const ended = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  // A request that waits for its connection does not see the signal before the connection is there.
  ended.addEventListener('abort', () => void destroy(), { once: true })
  try {
    const { statusCode, body } = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: { ...headers, accept: 'application/json, text/plain' },
      signal: ended,
    })
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > MOST_BYTES) break
      parts.push(part)
    }
    return { status: statusCode, text: Buffer.concat(parts).toString('utf8') }
  } catch {
    return null
  } finally {
    await destroy()
  }
}
