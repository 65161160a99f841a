import type { Api } from '../api.ts'
import { MAX_EVENT_LENGTH } from '../framing/event-reader.ts'
import { BEGINS_STREAM, describeForeignAnswer, type Failure } from './foreign-answer.ts'
import { parseJson } from '../json.ts'
import { readRefusal } from '../refusals/refusal.ts'

/** What a streamed answer turned out to be, as far as its success depends on it. */
export interface StreamEnd {
  readonly api: Api
  /** What was expected: "a stream", "JSON lines". */
  readonly wanted: string
  /** Whether the first bytes are of such a stream; null when there were none that tell. */
  readonly isStream: boolean | null
  /** The beginning of the body. */
  readonly head: Uint8Array
  /** The server's own error. */
  readonly error: string | null
  readonly overflow: boolean
  /** What is wrong with the framing. */
  readonly broken: string | null
  /** An event that is broken JSON. */
  readonly unreadable: string | null
  readonly events: number
  readonly unknownEvents: number
  /** At least one event was of the API. */
  readonly known: boolean
  readonly tokenEvents: number
  readonly finishReason: string | null
  /** `[DONE]` came. */
  readonly done: boolean
  /** A typed last event came. */
  readonly terminal: boolean
  /** `[DONE]` is all that this answer ends with. */
  readonly endsAtDone: boolean
  /** The server counted the output tokens. */
  readonly counted: boolean
  /** The bytes ended inside an event. */
  readonly cut: boolean
}

/**
 * Why a streamed answer failed, or null. In order of weight: the server's own error, then what could not be read, then how
 * it ended, then that it said nothing.
 */
export function streamFailure(end: StreamEnd): Failure | null {
  const { api, wanted, isStream, head, error, events, done, cut, finishReason } = end
  if (error !== null) return { failure: 'error_event', failureMessage: error }
  if (isStream === false) return describeForeignAnswer(head, wanted)
  if (end.overflow) return parse(`a line or event of more than ${MAX_EVENT_LENGTH >> 20} MiB`)
  if (end.broken !== null) return isWholeJson(end) ? describeForeignAnswer(head, wanted) : parse(end.broken)
  if (end.unreadable !== null) return parse(`an event that is not JSON: ${end.unreadable}`)
  if (events === 0 && isStream === true && !done && !cut) return noEvents(end)
  if (events > 0 && !end.known) return parse(`no event is in the format of ${api.name}`)
  const closed = !cut && events > 0 && api.endsByClose === true
  const ended =
    end.terminal || closed || (finishReason !== null && (done || !cut)) || (done && (end.counted || end.endsAtDone))
  if (!ended) return { failure: 'incomplete', failureMessage: incompleteMessage(end) }
  if (end.tokenEvents > 0) return null
  return {
    failure: 'empty',
    failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? 'not given'})`,
  }
}

function noEvents({ head, wanted, unknownEvents }: StreamEnd): Failure {
  const text = new TextDecoder().decode(head).trimStart()
  if (unknownEvents > 0) return parse(`no event is JSON: ${readRefusal(text)}`)
  if (!BEGINS_STREAM.test(text)) return describeForeignAnswer(head, wanted)
  return { failure: 'incomplete', failureMessage: 'the stream ended before its first event' }
}

/** A JSON answer over several lines begins as JSON lines do. */
function isWholeJson({ events, head }: StreamEnd): boolean {
  return events === 0 && parseJson(new TextDecoder().decode(head)) !== undefined
}

function incompleteMessage({ cut, done, events }: StreamEnd): string {
  if (cut) return 'the stream was cut inside an event'
  if (done) return '[DONE] without a finish_reason or a token count'
  return events === 0 ? 'an empty body' : 'the stream ended without a finish_reason'
}

function parse(failureMessage: string): Failure {
  return { failure: 'parse', failureMessage }
}
