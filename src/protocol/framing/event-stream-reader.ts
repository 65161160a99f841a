import { MAX_EVENT_LENGTH, type EventHandlers, type EventReader } from './event-reader.ts'
import { PRELUDE_BYTES, readMessage, readPrelude, type AwsMessage } from './event-stream.ts'
import { parseJson } from '../json.ts'
import { readRefusal } from '../refusals/refusal.ts'

/**
 * The AWS binary event stream. Both checksums of every message are checked; a message that is wrong breaks the stream, one
 * of more than `MAX_EVENT_LENGTH` bytes (the format allows 16 MiB) ends the reading. Exceptions are the server's errors.
 */
export function createEventStreamReader(handlers: EventHandlers): EventReader {
  /** The message that has not ended yet: its prelude first, then all of it. */
  let message = new Uint8Array(4096)
  let filled = 0
  let needed = PRELUDE_BYTES
  let stopped = false
  let overflow = false

  function completed(): void {
    if (needed > PRELUDE_BYTES) {
      const read = readMessage(message.subarray(0, needed))
      filled = 0
      needed = PRELUDE_BYTES
      return typeof read === 'string' ? breakOff(read) : deliver(read, handlers)
    }
    const length = readPrelude(message)
    if (typeof length === 'string') return breakOff(length)
    if (length > MAX_EVENT_LENGTH) {
      stopped = overflow = true
      return
    }
    needed = length
    if (needed > message.length) message = enlarged(message, needed)
  }

  function breakOff(what: string): void {
    stopped = true
    handlers.onBroken(what)
  }

  return {
    push(bytes) {
      for (let from = 0; from < bytes.length && !stopped;) {
        const taken = bytes.subarray(from, from + needed - filled)
        message.set(taken, filled)
        filled += taken.length
        from += taken.length
        if (filled === needed) completed()
      }
    },
    end() {
      if (filled > 0 && !stopped) handlers.onUnreadable('', '')
    },
    comments: 0,
    get overflow() {
      return overflow
    },
  }
}

function deliver({ headers, payload }: AwsMessage, handlers: EventHandlers): void {
  const text = new TextDecoder().decode(payload)
  const kind = headers.get(':message-type')
  if (kind === 'exception') return handlers.onError(described(headers.get(':exception-type'), readRefusal(text)))
  if (kind === 'error') return handlers.onError(described(headers.get(':error-code'), headers.get(':error-message')))
  const name = headers.get(':event-type')
  const eventName = typeof name === 'string' ? name : ''
  const json = parseJson(text)
  if (json === undefined) handlers.onUnreadable(text, eventName)
  else handlers.onEvent(json, eventName)
}

/** `throttlingException: Too many requests`, or the half of it that is there. */
function described(name: unknown, message: unknown): string | null {
  const parts = [name, message].filter((part) => typeof part === 'string' && part !== '')
  return readRefusal(parts.join(': '))
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length)
  larger.set(bytes)
  return larger
}
