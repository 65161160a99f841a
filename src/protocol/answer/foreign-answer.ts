import { PRELUDE_BYTES, readPrelude } from '../framing/event-stream.ts'
import { asObject, parseJson } from '../json.ts'
import { errorMessage, readRefusal } from '../refusals/refusal.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'

/** A failure and what to tell about it. */
export interface Failure {
  readonly failure: FailureClass
  readonly failureMessage: string
}

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
    return parse(`an HTML page instead of ${wanted}${said === null || said === 'an HTML page' ? '' : `: ${said}`}`)
  }
  if (text.startsWith('{') || text.startsWith('[')) return describeJson(text, wanted)
  if (BEGINS_STREAM.test(text)) return parse(`an event stream instead of ${wanted}`)
  return parse(`plain text instead of ${wanted}: ${readRefusal(text)}`)
}

/** Whether text begins as an event stream does. */
export const BEGINS_STREAM = /^(data|event|id|retry)?:/

function describeJson(text: string, wanted: string): Failure {
  const whole = parseJson(text)
  const first = whole === undefined ? parseJson(text.split('\n', 1)[0]!) : whole
  const error = asObject(first)?.['error']
  if (error) return { failure: 'error_event', failureMessage: errorMessage(error) ?? 'an error without a message' }
  return parse(
    whole === undefined && first !== undefined
      ? `JSON lines instead of ${wanted}`
      : `a whole JSON answer instead of ${wanted}`,
  )
}

function isAwsEventStream(head: Uint8Array): boolean {
  return head.length >= PRELUDE_BYTES && typeof readPrelude(head) === 'number'
}

function parse(failureMessage: string): Failure {
  return { failure: 'parse', failureMessage }
}
