import type { Api } from '../api.ts'
import { MAX_EVENT_LENGTH, type TooLong } from '../framing/event-reader.ts'
import { PRELUDE_BYTES, readPrelude } from '../framing/event-stream.ts'
import { asObject, asText, parseJson } from '../../json.ts'
import { escapeForTerminal } from '../../text.ts'
import { readErrorMessage, readRefusal } from '../refusal.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'

/** Why a 200 answer failed, and what to say about it. */
export interface Failure {
  readonly failure: FailureClass
  readonly failureMessage: string
}

/** The facts of a streamed answer that decide about its success. */
interface StreamEnd {
  readonly api: Api
  /** What was expected: "a stream", "JSON lines". */
  readonly wanted: string
  /** Whether the first bytes are of such a stream; null when they do not tell. */
  readonly isStream: boolean | null
  /** The beginning of the body. */
  readonly head: { bytes(): Uint8Array }
  /** The server's own error. */
  readonly error: string | null
  readonly tooLong: TooLong | null
  /** What is wrong with the framing. */
  readonly broken: string | null
  /** What is wrong with an event that is broken JSON. */
  readonly unreadable: string | null
  /** Events without tokens, besides `tokenEvents`. */
  readonly otherEvents: number
  readonly unknownEvents: number
  /** Whether at least one event was of the API. */
  readonly known: boolean
  readonly tokenEvents: number
  /** The member with a text that Plateau does not read; null without such events. */
  readonly unreadMember: string | null
  readonly finishReason: string | null
  /** Whether `[DONE]` came. */
  readonly done: boolean
  /** Whether a typed last event came. */
  readonly terminal: boolean
  /** Whether only `[DONE]` ends this answer. */
  readonly endsAtDone: boolean
  /** Whether the server counted the output tokens. */
  readonly counted: boolean
  /** Whether the bytes ended inside an event. */
  readonly cut: boolean
}

/** How many events have come. */
export function countEvents({ tokenEvents, otherEvents }: Pick<StreamEnd, 'tokenEvents' | 'otherEvents'>): number {
  return tokenEvents + otherEvents
}

/**
 * Why a streamed answer failed, or null. By priority: the server's own error, then what could not be read, then how
 * it ended, then that it was empty.
 */
export function findStreamFailure(end: StreamEnd): Failure | null {
  const { api, wanted, isStream, head, error, done, cut, finishReason } = end
  const events = countEvents(end)
  if (error !== null) return { failure: 'error_event', failureMessage: error }
  if (isStream === false) return describeForeignAnswer(head.bytes(), wanted)
  if (end.tooLong !== null) return toParseFailure(describeTooLong(end.tooLong))
  if (end.broken !== null)
    return isWholeJson(end) ? describeForeignAnswer(head.bytes(), wanted) : toParseFailure(end.broken)
  if (end.unreadable !== null) return toParseFailure(end.unreadable)
  if (events === 0 && isStream === true && !done && !cut) return failWithoutEvents(end)
  if (events > 0 && !end.known) return toParseFailure(`no event is in the format of ${api.name}`)
  const closed = !cut && events > 0 && api.endsByClose === true
  const ended =
    end.terminal || closed || (finishReason !== null && (done || !cut)) || (done && (end.counted || end.endsAtDone))
  if (!ended) return { failure: 'incomplete', failureMessage: describeIncomplete(end) }
  if (end.tokenEvents > 0) return null
  return {
    failure: 'empty',
    failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? 'not given'})${explainUnread(end.unreadMember)}`,
  }
}

/** Adds to a sentence which member holds a text that is not read; nothing where none does. */
export function explainUnread(member: string | null): string {
  return member === null ? '' : `; ${escapeForTerminal(member)} holds a text that is not read`
}

function describeTooLong({ length, whole }: TooLong): string {
  // Rounded up, so that it never looks as if it were within the limit.
  const size = (whole ? Math.ceil : Math.floor)((length / 2 ** 20) * 10) / 10
  return `an event of ${whole ? '' : 'more than '}${size} MiB; at most ${MAX_EVENT_LENGTH >> 20} MiB is read`
}

function failWithoutEvents({ head, wanted, unknownEvents }: StreamEnd): Failure {
  const text = new TextDecoder().decode(head.bytes()).trimStart()
  if (unknownEvents > 0) return toParseFailure(`no event is JSON: ${readRefusal(text)}`)
  if (!BEGINS_STREAM.test(text)) return describeForeignAnswer(head.bytes(), wanted)
  return { failure: 'incomplete', failureMessage: 'the stream ended before its first event' }
}

/** A JSON answer over several lines begins like JSON lines. */
function isWholeJson(end: StreamEnd): boolean {
  return countEvents(end) === 0 && parseJson(new TextDecoder().decode(end.head.bytes())) !== undefined
}

function describeIncomplete(end: StreamEnd): string {
  const { cut, done } = end
  if (cut) return 'the stream was cut inside an event'
  if (done) return '[DONE] without a finish_reason or a token count'
  return countEvents(end) === 0 ? 'an empty body' : 'the stream ended without a finish_reason'
}

/**
 * The error in an event of a 200 answer, in any form that servers use (an `error` member, an `error` event, a typed
 * or coded error object), on one short line. Null when there is none.
 */
export function readStreamError(json: unknown, eventName: string): string | null {
  const event = asObject(json)
  const error = event?.['error'] || asObject(event?.['x_groq'])?.['error']
  if (error) return readErrorMessage(error) ?? NO_MESSAGE
  const isError =
    eventName === 'error' ||
    event?.['object'] === 'error' ||
    event?.['type'] === 'error' ||
    asText(event?.['error_code']) !== null
  return isError ? (readErrorMessage(json) ?? NO_MESSAGE) : null
}

/** The message of an error without one. */
export const NO_MESSAGE = 'an error without a message'

/**
 * Says from its first bytes what a 200 answer is instead of what was asked for (`wanted`: "a stream"). An error
 * inside a JSON answer is the server's error; everything else is the wrong format.
 */
export function describeForeignAnswer(head: Uint8Array, wanted: string): Failure {
  if (head[0] === 0x1f && head[1] === 0x8b) return toParseFailure(`a gzip-compressed body without Content-Encoding`)
  // No message of a stream may be long enough for its length to begin with another byte.
  if (isAwsEventStream(head))
    return toParseFailure(
      head[0] === 0 ? `an AWS event stream instead of ${wanted}` : 'an AWS event of more than 16 MiB',
    )
  const text = new TextDecoder().decode(head).trim()
  if (text === '') return toParseFailure(`an empty body instead of ${wanted}`)
  if (text.startsWith('<')) {
    const said = readRefusal(text)
    const what = /^<\?xml/i.test(text) ? 'XML' : 'an HTML page'
    return toParseFailure(`${what} instead of ${wanted}${said === null || said === 'an HTML page' ? '' : `: ${said}`}`)
  }
  if (text.startsWith('{') || text.startsWith('[')) return describeJson(text, wanted)
  if (BEGINS_STREAM.test(text)) return toParseFailure(`an event stream instead of ${wanted}`)
  return toParseFailure(`plain text instead of ${wanted}: ${readRefusal(text)}`)
}

/** Whether a text begins like an event stream. */
const BEGINS_STREAM = /^(data|event|id|retry)?:/

function describeJson(text: string, wanted: string): Failure {
  const whole = parseJson(text)
  const first = whole === undefined ? parseJson(text.split('\n', 1)[0]!) : whole
  const error = asObject(first)?.['error']
  if (error) return { failure: 'error_event', failureMessage: readErrorMessage(error) ?? NO_MESSAGE }
  if (whole === undefined && first !== undefined) return toParseFailure(`JSON lines instead of ${wanted}`)
  const said = WORDS.some((name) => typeof asObject(whole)?.[name] === 'string') ? `: ${readErrorMessage(whole)}` : ''
  return toParseFailure(`a whole JSON answer instead of ${wanted}${said}`)
}

/** Members in which servers explain why there is no answer. */
const WORDS = ['message', 'detail', 'msg', 'error_description', 'title']

function isAwsEventStream(head: Uint8Array): boolean {
  return head.length >= PRELUDE_BYTES && typeof readPrelude(head) === 'number'
}

function toParseFailure(failureMessage: string): Failure {
  return { failure: 'parse', failureMessage }
}
