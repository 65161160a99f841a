import type { RequestRecord } from '../vocabulary/request-facts.ts'

/** Token counts as one event states them; null where it does not. Counts are cumulative wherever servers repeat them. */
export interface Usage {
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly reasoningTokens: number | null
  readonly cachedTokens: number | null
  readonly totalTokens: number | null
  /** Where the count of output tokens stands, when it is not a usual usage object or has the reasoning added already. */
  readonly source?: 'server-final' | 'usage+reasoning'
  /** The count of output tokens is of this event alone, not cumulative: such counts, and only such, are summed. */
  readonly perEvent?: boolean
}

/** What the server itself measured of this answer, in milliseconds; null where it does not say. Cross-checks, never gated. */
export type ServerTimings = Pick<RequestRecord, 'serverTtftMs' | 'serverTpotMs' | 'serverLoadMs'>

/** Of a server that says nothing. */
export const NO_SERVER_TIMINGS: ServerTimings = { serverTtftMs: null, serverTpotMs: null, serverLoadMs: null }

/** What one event of an answer says, whatever the API. */
export interface Delta {
  /** Carries answer text. */
  readonly text: boolean
  /** Carries reasoning text. */
  readonly reasoning: boolean
  /** Carries a tool call's name or arguments. */
  readonly tool: boolean
  /** The answer text that it carries; absent or empty where there is none. */
  readonly content?: string
  /** How much of all these it carries, in characters; absent or 0 where there is none. */
  readonly characters?: number
  /** The member that holds a text which nobody reads, where the event carries nothing else: it may well be output. */
  readonly unread?: string | null
  /** Stands for reasoning that it does not show: the beginning, a signature or the ciphertext of it. */
  readonly concealed?: boolean
  readonly usage: Usage | null
  /** Absent where the event states none. */
  readonly server?: ServerTimings
  readonly finishReason: string | null
  readonly servedModel: string | null
  /** An error inside a 200; wins over everything else that the stream says. */
  readonly error: string | null
  /** Nothing more than `[DONE]` follows where all is well: this form of answer states neither a finish_reason nor a count. */
  readonly endsAtDone?: boolean
  /** A typed last event (embeddings: the answer itself). `[DONE]` is framing and is handled by the reader. */
  readonly terminal: boolean
  /** The event is not of this API: an answer made only of these is not in the API's format. */
  readonly unknown: boolean
}

/** An event of the API that carries nothing: role-only chunks, pings, progress. */
export const EMPTY_DELTA: Delta = {
  text: false,
  reasoning: false,
  tool: false,
  usage: null,
  finishReason: null,
  servedModel: null,
  error: null,
  terminal: false,
  unknown: false,
}

/** An event that is not of this API. */
export const UNKNOWN_DELTA: Delta = { ...EMPTY_DELTA, unknown: true }

/** An event that carries answer text; an empty one carries nothing. */
export function carryText(content: string | null): Delta {
  return content === null || content === ''
    ? EMPTY_DELTA
    : { ...EMPTY_DELTA, text: true, content, characters: content.length }
}

/** An event that carries reasoning text. */
export function carryReasoning(thought: string | null): Delta {
  return thought === null || thought === ''
    ? EMPTY_DELTA
    : { ...EMPTY_DELTA, reasoning: true, characters: thought.length }
}

/** An event that carries the name of a tool or arguments for it. */
export function carryTool(call: string | null): Delta {
  return call === null || call === '' ? EMPTY_DELTA : { ...EMPTY_DELTA, tool: true, characters: call.length }
}
