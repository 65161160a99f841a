import type { Api } from '../api.ts'
import { MAX_EVENT_LENGTH, type TooLong } from '../framing/event-reader.ts'
import { PRELUDE_BYTES, readPrelude } from '../framing/event-stream.ts'
import { asObject, asText, parseJson } from '../../json.ts'
import { escapeForTerminal } from '../../text.ts'
import { errorMessage, readRefusal } from '../refusals/refusal.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'
import type { ByteStore } from './reader.ts'

/** Why a 200 answer failed, and what to tell about it. */
export interface Failure {
  readonly failure: FailureClass
  readonly failureMessage: string
}

/** What a streamed answer turned out to be, as far as its success depends on it. */
export interface StreamEnd {
  readonly api: Api
  /** What was expected: "a stream", "JSON lines". */
  readonly wanted: string
  /** Whether the first bytes are of such a stream; null when there were none that tell. */
  readonly isStream: boolean | null
  /** The beginning of the body. */
  readonly head: ByteStore
  /** The server's own error. */
  readonly error: string | null
  readonly tooLong: TooLong | null
  /** What is wrong with the framing. */
  readonly broken: string | null
  /** What is wrong with an event that is broken JSON. */
  readonly unreadable: string | null
  readonly events: number
  readonly unknownEvents: number
  /** At least one event was of the API. */
  readonly known: boolean
  readonly tokenEvents: number
  /** The member of events that hold a text which nobody reads; null without such events. */
  readonly unreadMember: string | null
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
export function findStreamFailure(end: StreamEnd): Failure | null {
  const { api, wanted, isStream, head, error, events, done, cut, finishReason } = end
  if (error !== null) return { failure: 'error_event', failureMessage: error }
  if (isStream === false) return describeForeignAnswer(head.bytes(), wanted)
  if (end.tooLong !== null) return parse(describeTooLong(end.tooLong))
  if (end.broken !== null) return isWholeJson(end) ? describeForeignAnswer(head.bytes(), wanted) : parse(end.broken)
  if (end.unreadable !== null) return parse(end.unreadable)
  if (events === 0 && isStream === true && !done && !cut) return failWithoutEvents(end)
  if (events > 0 && !end.known) return parse(`no event is in the format of ${api.name}`)
  const closed = !cut && events > 0 && api.endsByClose === true
  const ended =
    end.terminal || closed || (finishReason !== null && (done || !cut)) || (done && (end.counted || end.endsAtDone))
  if (!ended) return { failure: 'incomplete', failureMessage: describeIncomplete(end) }
  if (end.tokenEvents > 0) return null
  const unread =
    end.unreadMember === null ? '' : `; ${escapeForTerminal(end.unreadMember)} holds a text that is not read`
  return {
    failure: 'empty',
    failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? 'not given'})${unread}`,
  }
}

function describeTooLong({ length, whole }: TooLong): string {
  // Up, so that it never reads as if it were no more than is allowed.
  const size = (whole ? Math.ceil : Math.floor)((length / 2 ** 20) * 10) / 10
  return `an event of ${whole ? '' : 'more than '}${size} MiB; at most ${MAX_EVENT_LENGTH >> 20} MiB is read`
}

function failWithoutEvents({ head, wanted, unknownEvents }: StreamEnd): Failure {
  const text = new TextDecoder().decode(head.bytes()).trimStart()
  if (unknownEvents > 0) return parse(`no event is JSON: ${readRefusal(text)}`)
  if (!BEGINS_STREAM.test(text)) return describeForeignAnswer(head.bytes(), wanted)
  return { failure: 'incomplete', failureMessage: 'the stream ended before its first event' }
}

/** A JSON answer over several lines begins as JSON lines do. */
function isWholeJson({ events, head }: StreamEnd): boolean {
  return events === 0 && parseJson(new TextDecoder().decode(head.bytes())) !== undefined
}

function describeIncomplete({ cut, done, events }: StreamEnd): string {
  if (cut) return 'the stream was cut inside an event'
  if (done) return '[DONE] without a finish_reason or a token count'
  return events === 0 ? 'an empty body' : 'the stream ended without a finish_reason'
}

/**
 * The error that one event of a 200 answer holds, in the shapes that servers give it (an `error` member, an `error` event, a
 * typed or coded error object), as one short line. Null when it holds none.
 */
export function readStreamError(json: unknown, eventName: string): string | null {
  const event = asObject(json)
  const error = event?.['error'] || asObject(event?.['x_groq'])?.['error']
  if (error) return errorMessage(error) ?? NO_MESSAGE
  const isError =
    eventName === 'error' ||
    event?.['object'] === 'error' ||
    event?.['type'] === 'error' ||
    asText(event?.['error_code']) !== null
  return isError ? (errorMessage(json) ?? NO_MESSAGE) : null
}

/** What stands for the words of an error that has none. */
export const NO_MESSAGE = 'an error without a message'

/**
 * What a 200 answer is that is not what was asked for (`wanted`: "a stream"), from its first bytes. An error inside a JSON
 * answer is the server's error, everything else is the wrong format.
 */
export function describeForeignAnswer(head: Uint8Array, wanted: string): Failure {
  if (head[0] === 0x1f && head[1] === 0x8b) return parse(`a gzip-compressed body without Content-Encoding`)
  // No message of a stream may be so long that its length begins otherwise.
  if (isAwsEventStream(head))
    return parse(head[0] === 0 ? `an AWS event stream instead of ${wanted}` : 'an AWS event of more than 16 MiB')
  const text = new TextDecoder().decode(head).trim()
  if (text === '') return parse(`an empty body instead of ${wanted}`)
  if (text.startsWith('<')) {
    const said = readRefusal(text)
    const what = /^<\?xml/i.test(text) ? 'XML' : 'an HTML page'
    return parse(`${what} instead of ${wanted}${said === null || said === 'an HTML page' ? '' : `: ${said}`}`)
  }
  if (text.startsWith('{') || text.startsWith('[')) return describeJson(text, wanted)
  if (BEGINS_STREAM.test(text)) return parse(`an event stream instead of ${wanted}`)
  return parse(`plain text instead of ${wanted}: ${readRefusal(text)}`)
}

/** Whether text begins as an event stream does. */
const BEGINS_STREAM = /^(data|event|id|retry)?:/

function describeJson(text: string, wanted: string): Failure {
  const whole = parseJson(text)
  const first = whole === undefined ? parseJson(text.split('\n', 1)[0]!) : whole
  const error = asObject(first)?.['error']
  if (error) return { failure: 'error_event', failureMessage: errorMessage(error) ?? NO_MESSAGE }
  if (whole === undefined && first !== undefined) return parse(`JSON lines instead of ${wanted}`)
  const said = WORDS.some((name) => typeof asObject(whole)?.[name] === 'string') ? `: ${errorMessage(whole)}` : ''
  return parse(`a whole JSON answer instead of ${wanted}${said}`)
}

/** Members in which a server says to people why there is no answer. */
const WORDS = ['message', 'detail', 'msg', 'error_description', 'title']

function isAwsEventStream(head: Uint8Array): boolean {
  return head.length >= PRELUDE_BYTES && typeof readPrelude(head) === 'number'
}

function parse(failureMessage: string): Failure {
  return { failure: 'parse', failureMessage }
}
