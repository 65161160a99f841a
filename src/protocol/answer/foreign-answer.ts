import { asObject, parseJson } from '../../json.ts'
import { escapeForTerminal } from '../../text.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'
import { PRELUDE_BYTES, readPrelude } from '../framing/event-stream.ts'
import { NO_MESSAGE, readErrorMessage, readRefusal } from '../refusal.ts'

/** Why a 200 answer failed, and what to say about it. */
export interface Failure {
  readonly failure: FailureClass
  readonly failureMessage: string
}

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
  if (beginsLikeStream(text)) return toParseFailure(`an event stream instead of ${wanted}`)
  return toParseFailure(`plain text instead of ${wanted}: ${readRefusal(text)}`)
}

/** Whether a text begins like an event stream. */
export function beginsLikeStream(text: string): boolean {
  return /^(data|event|id|retry)?:/.test(text)
}

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

/** The failure of an answer that is not in the format that was asked for. */
export function toParseFailure(failureMessage: string): Failure {
  return { failure: 'parse', failureMessage }
}

/** Adds to a sentence which member holds a text that is not read; nothing where none does. */
export function explainUnread(member: string | null): string {
  return member === null ? '' : `; ${escapeForTerminal(member)} holds a text that is not read`
}
