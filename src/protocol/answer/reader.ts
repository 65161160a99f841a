import type { FactsFrom, StampsFrom } from '../../vocabulary/request-facts.ts'
import type { Task } from '../../vocabulary/load.ts'
import type { Api } from '../api.ts'
import type { ShapeMemory } from './event-shape.ts'
import type { AskedLength } from './token-count.ts'
import type { Scratch } from './token-times.ts'

/** What one answer said and when: the facts that a record keeps, and those that only preflight needs. */
export interface AnswerFacts extends FactsFrom<'answer'>, StampsFrom<'answer'> {
  /** What went wrong, partly in the server's own words: escape it before showing. */
  readonly failureMessage: string | null
  /**
   * True when reasoning tokens were counted but no reasoning was streamed: TTFT includes the thinking, and TPOT
   * counts only the visible tokens, or is null when their number is not known.
   */
  readonly hiddenReasoning: boolean
  /** The text of the answer, without reasoning; null unless it was to be kept. */
  readonly text: string | null
  /** Number of comment lines, such as keep-alives. */
  readonly comments: number
  /** Number of events that are not of this API, are not JSON, or hold a text that Plateau does not read. */
  readonly unknownEvents: number
  /** Whether the last event lacked its final blank line but was read. */
  readonly unterminated: boolean
}

/** Reads one answer as it arrives. */
export interface ResponseReader {
  /**
   * Takes one chunk of the body: all of `bytes`, or those from `from` to `to`. All chunks of one socket read have the
   * same time. Returns true once the answer is complete (`[DONE]`, a typed end, an error); after that only a late
   * token count or error matters.
   */
  push(bytes: Buffer, atMs: number, from?: number, to?: number): boolean
  /** Ends the answer, whether it is complete, its connection broke, or we ended it. */
  end(atMs: number): AnswerFacts
  /** Token-bearing events so far. */
  readonly tokenEvents: number
  /** Time of the latest parsed event, NaN before the first. Comments do not count, because a keep-alive is not payload. */
  readonly lastEventAt: number
}

/** What readers write to: of one worker, and of all. */
export interface ReaderMemory {
  readonly scratch: Scratch
  /** What earlier answers of the same endpoint have taught, and this one teaches; absent: nothing. */
  readonly shapes?: ShapeMemory
}

/** The results that an answer must hold: embeddings, documents ranked, pairs scored, one for each text that was sent. */
export interface AskedResults {
  /** Texts that were sent. */
  readonly sent: number
  /** Results that were asked for, at most one each. */
  readonly wanted: number
  /** What each text is called. */
  readonly item: string
}

/** What a reader needs: the API, what was asked for, and memory to write to. */
export interface ReaderOptions extends ReaderMemory {
  readonly api: Api
  readonly task: Task
  /** The requested length; absent when not known. */
  readonly asked?: AskedLength
  /** The results asked for; absent or null where they are not known, or tokens are the answer. */
  readonly askedResults?: AskedResults | null
  /** True to parse every event, even of a known shape, which gives the same figures. Default false. */
  readonly parsesAll?: boolean
  /** True to keep the text of the answer. Default false. */
  readonly keepsText?: boolean
  /** False for a whole answer of an API that also streams. Default true. */
  readonly stream?: boolean
}
