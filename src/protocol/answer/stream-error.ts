import { asObject, asText } from '../json.ts'
import { errorMessage } from '../refusals/refusal.ts'

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

const NO_MESSAGE = 'an error without a message'
