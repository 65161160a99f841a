import { ask } from './ask.ts'
import type { ConnectionOptions } from './connection.ts'

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
  const accept = { accept: 'application/json, text/plain' }
  const question = { method: 'GET', url, headers: { ...headers, ...accept }, body: null } as const
  try {
    const { status, text } = await ask(
      { ...question, mostBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS },
      connection,
      signal,
    )
    return { status, text }
  } catch {
    return null
  }
}
