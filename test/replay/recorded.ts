import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'

/** What a right reader finds in a recorded answer. Events are those with data, counted from 0; null: there is none. */
export interface Expected {
  readonly framing: StreamFraming
  readonly api: ApiName
  /** With the query, where there is one. */
  readonly path: string
  readonly contentType: string
  readonly outcome: 'ok' | 'error'
  readonly events: number
  /** Output tokens; null where the stream states none, and then its token events are counted. */
  readonly n_out: number | null
  readonly first_token: number | null
  readonly first_text: number | null
  readonly last_token: number | null
  readonly text_chunks: number
  readonly reasoning_chunks: number
  readonly tool_chunks: number
  readonly usage: { readonly prompt: number | null } | null
}

export type StreamFraming = 'sse' | 'ndjson' | 'eventstream'

/** A recorded answer: its bytes, and what they say. */
export interface RecordedStream {
  readonly name: string
  readonly body: Buffer
  readonly expected: Expected
}

/** The answers of a folder, as its `expected.json` names them; what is there for reading only (an excerpt, a whole answer) is left out. */
export function readRecorded(folder: string): RecordedStream[] {
  const all = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Expected>
  return Object.entries(all)
    .filter(([, expected]) => isReplayable(expected))
    .map(([name, expected]) => ({ name, body: readFileSync(join(folder, name)), expected }))
}

function isReplayable({ framing, outcome }: Expected): boolean {
  return ['sse', 'ndjson', 'eventstream'].includes(framing) && ['ok', 'error'].includes(outcome)
}
