import type { FactsFrom, StampsFrom } from '../../vocabulary/request-facts.ts'
import type { Task } from '../../vocabulary/endpoint-names.ts'
import type { Api } from '../api.ts'
import type { AskedLength } from './token-count.ts'

/**
 * What one answer said and when, as far as its bytes tell: the facts of it that a record keeps, and what only a first look at an
 * endpoint wants to know.
 */
export interface AnswerFacts extends FactsFrom<'answer'>, StampsFrom<'answer'> {
  /** What went wrong, partly in the server's own words: escape before showing. */
  readonly failureMessage: string | null
  /**
   * Reasoning tokens were counted but no reasoning was streamed: TTFT holds the thinking, TPOT counts what shows, and is null
   * where nobody says how much that is.
   */
  readonly hiddenReasoning: boolean
  /** Comment lines, such as keep-alives. */
  readonly comments: number
  /** Events that are not of this API, or not JSON, or hold a text that nobody reads. */
  readonly unknownEvents: number
  /** The last event lacked its final blank line and was read all the same. */
  readonly unterminated: boolean
}

/** Reads one answer as it arrives. */
export interface ResponseReader {
  /**
   * Takes one chunk of the body: all of `bytes`, or those from `from` up to `to`. All chunks of one socket read carry the same stamp.
   * Returns true once the answer is complete (`[DONE]`, a typed end, an error): what may still come adds a late token count or error,
   * and nothing else.
   */
  push(bytes: Uint8Array, atMs: number, from?: number, to?: number): boolean
  /** The answer has ended: by itself, by its connection or by us. */
  end(atMs: number): AnswerFacts
  /** Token-bearing events so far. */
  readonly tokenEvents: number
  /** Stamp of the latest parsed event, NaN before the first. Comments do not move it: a keep-alive is no payload. */
  readonly lastEventAt: number
}

/**
 * Arrival time of each token-bearing event, and the cumulative count of output tokens it stated (NaN when it stated none).
 * Belongs to a worker, which uses it again for its next request.
 */
export interface Scratch {
  tokenAt: Float64Array
  tokenCountAt: Float64Array
}

/** Scratch memory with room for `capacity` token events; it grows when an answer has more. A thousand workers have one each. */
export function createScratch(capacity = 128): Scratch {
  return { tokenAt: new Float64Array(capacity), tokenCountAt: new Float64Array(capacity) }
}

/** Keeps copies of bytes up to a limit, because the memory of a socket read is not ours to keep. */
export interface ByteStore {
  /** Keeps as much of `bytes` as fits. Returns false once something was left out. */
  add(bytes: Uint8Array): boolean
  bytes(): Uint8Array
}

/** A store for at most `limit` bytes. */
export function createByteStore(limit: number): ByteStore {
  // A character a byte: every answer keeps its beginning, and a text costs the heap far less than memory of its own beside it.
  let kept = ''
  let whole = true
  return {
    add(bytes) {
      const fits = Math.min(bytes.length, limit - kept.length)
      const part = Buffer.from(bytes.buffer, bytes.byteOffset, fits).toString('latin1')
      kept += part
      whole &&= part.length === bytes.length
      return whole
    },
    bytes: () => Buffer.from(kept, 'latin1'),
  }
}

/** What a reader needs: who is speaking, what was asked for, and memory to write to. */
export interface ReaderOptions {
  readonly api: Api
  readonly task: Task
  readonly scratch: Scratch
  /** The length that was asked for; absent where nobody knows. */
  readonly asked?: AskedLength
  /** True to parse every event, also those whose shape is known: the figures are the same. Default false. */
  readonly parsesAll?: boolean
  /** False for one whole answer of an API that also streams. Default true. */
  readonly stream?: boolean
}
