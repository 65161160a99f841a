import { createByteStore } from './byte-store.ts'
import type { Delta } from './delta.ts'
import { BEGINS_STREAM, canBeginStream, describeForeignAnswer, type Failure } from './foreign-answer.ts'
import type { Reading, ReaderOptions, ResponseReader, Scratch } from './reader.ts'
import { errorMessage, readRefusal } from './refusal.ts'
import { createSseReader, MAX_EVENT_LENGTH } from './sse.ts'
import { createTokenCounter, isBuffered, tpotMs } from './token-count.ts'

/** As much of the body's beginning as is kept to say what came instead of a stream, in bytes. */
const HEAD_BYTES = 65_536

/** An answer without end must not grow without end. */
const MOST_EVENTS = 1_000_000
/** Names that servers choose are kept this long. */
const LONGEST_NAME = 200

/** Reads a streamed answer: when its tokens came, how many there were, and whether it ended well. */
export function createStreamReader({ api, scratch }: ReaderOptions): ResponseReader {
  const head = createByteStore(HEAD_BYTES)
  const counter = createTokenCounter()
  const sse = createSseReader({ onEvent, onDone, onUnreadable })

  // Whether the body is a stream at all; null until its first byte that tells.
  let isStream: boolean | null = null
  let lastPushAt = NaN
  let reads = 0
  let finished = false
  let ending = false

  let events = 0
  let firstEventAt: number | null = null
  let lastEventAt = NaN
  let unknownEvents = 0
  let known = false
  let unterminated = false

  let tokenEvents = 0
  let firstTextAt: number | null = null
  let reasoningSeen = false
  let finishReason: string | null = null
  let servedModel: string | null = null

  let done = false
  let terminal = false
  let cut = false
  let error: string | null = null
  let unreadable: string | null = null

  function onEvent(json: unknown, eventName: string): void {
    events++
    firstEventAt ??= lastPushAt
    lastEventAt = lastPushAt
    unterminated ||= ending
    const delta = api.read(json, eventName)
    if (delta.unknown) unknownEvents++
    else known = true
    const count = delta.usage === null ? NaN : counter.add(delta.usage)
    if (delta.text || delta.reasoning || delta.tool) onToken(delta, count)
    finishReason = delta.finishReason?.slice(0, LONGEST_NAME) ?? finishReason
    servedModel = delta.servedModel?.slice(0, LONGEST_NAME) ?? servedModel
    if (delta.error !== null) onError(delta.error)
    if (delta.terminal) terminal = finished = true
  }

  function onToken(delta: Delta, count: number): void {
    if (delta.text) firstTextAt ??= lastPushAt
    reasoningSeen ||= delta.reasoning
    if (tokenEvents === MOST_EVENTS) return onError(`more than ${MOST_EVENTS} events in one answer`)
    if (tokenEvents === scratch.tokenAt.length) grow(scratch)
    scratch.tokenAt[tokenEvents] = lastPushAt
    scratch.tokenCountAt[tokenEvents] = count
    tokenEvents++
  }

  function onDone(): void {
    done = finished = true
  }

  function onError(message: string): void {
    error ??= message
    finished = true
  }

  function onUnreadable(data: string, eventName: string): void {
    if (eventName === 'error') return onError(errorMessage(data) ?? 'an error without a message')
    // The end of a stream that was cut inside its last event.
    if (ending) cut = true
    // Words like "ping" do no harm; broken JSON may have held tokens.
    else if (/^\s*[{[]/.test(data)) unreadable ??= readRefusal(data)
    else unknownEvents++
  }

  function pushForeign(bytes: Uint8Array): boolean {
    finished = !head.add(bytes)
    return finished
  }

  return {
    push(bytes, atMs) {
      if (bytes.length === 0) return finished
      if (atMs !== lastPushAt) reads++
      lastPushAt = atMs
      isStream ??= streamBegins(bytes)
      if (isStream === false) return pushForeign(bytes)
      if (events === 0) head.add(bytes)
      sse.push(bytes)
      if (sse.overflow) finished = true
      return finished
    },
    end() {
      ending = true
      if (isStream === true) sse.end()
      return reading()
    },
    get tokenEvents() {
      return tokenEvents
    },
    get lastEventAt() {
      return lastEventAt
    },
  }

  function reading(): Reading {
    const totals = counter.totals()
    const { inputTokens, cachedTokens, reasoningTokens } = totals
    const outputTokens = totals.outputTokens ?? tokenEvents
    const failure = findFailure(totals.outputTokens !== null)
    const buffered = isBuffered(scratch.tokenAt, tokenEvents)
    const hiddenReasoning = totals.outputTokens !== null && (reasoningTokens ?? 0) > 0 && !reasoningSeen
    const firstTokenAt = tokenEvents === 0 ? null : scratch.tokenAt[0]!
    const lastTokenAt = tokenEvents === 0 ? null : scratch.tokenAt[tokenEvents - 1]!
    const measurable = failure === null && !buffered && firstTokenAt !== null && lastTokenAt !== null
    return {
      firstEventAt,
      firstTokenAt,
      firstTextAt,
      lastTokenAt,
      tpotMs: measurable
        ? tpotMs({
            firstTokenAt,
            lastTokenAt,
            tokenEvents,
            outputTokens,
            hiddenTokens: hiddenReasoning ? (reasoningTokens ?? 0) : 0,
            firstCount: scratch.tokenCountAt[0]!,
          })
        : null,
      inputTokens,
      outputTokens,
      cachedTokens,
      reasoningTokens,
      tokenSource: totals.source,
      tokenEvents,
      reads,
      buffered,
      finishReason,
      servedModel,
      failure: failure?.failure ?? null,
      failureMessage: failure?.failureMessage ?? null,
      hiddenReasoning,
      comments: sse.comments,
      unknownEvents,
      unterminated,
    }
  }

  /** In order of weight: the server's own error, then what we could not read, then how it ended, then that it said nothing. */
  function findFailure(counted: boolean): Failure | null {
    if (error !== null) return { failure: 'error_event', failureMessage: error }
    if (isStream === false) return describeForeignAnswer(head.bytes(), 'a stream')
    if (sse.overflow) return parse(`a line or event of more than ${MAX_EVENT_LENGTH >> 20} MiB`)
    if (unreadable !== null) return parse(`an event that is not JSON: ${unreadable}`)
    if (events === 0 && isStream === true && !done && !cut) return noEvents()
    if (events > 0 && !known) return parse(`no event is in the format of ${api.name}`)
    const ended = terminal || (finishReason !== null && (done || !cut)) || (done && counted)
    if (!ended) return { failure: 'incomplete', failureMessage: incompleteMessage() }
    if (tokenEvents > 0) return null
    return {
      failure: 'empty',
      failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? 'not given'})`,
    }
  }

  function noEvents(): Failure {
    const text = new TextDecoder().decode(head.bytes()).trimStart()
    if (unknownEvents > 0) return parse(`no event is JSON: ${readRefusal(text)}`)
    if (!BEGINS_STREAM.test(text)) return describeForeignAnswer(head.bytes(), 'a stream')
    return { failure: 'incomplete', failureMessage: 'the stream ended before its first event' }
  }

  function incompleteMessage(): string {
    if (cut) return 'the stream was cut inside an event'
    if (done) return '[DONE] without a finish_reason or a token count'
    return events === 0 ? 'an empty body' : 'the stream ended without a finish_reason'
  }
}

function parse(failureMessage: string): Failure {
  return { failure: 'parse', failureMessage }
}

function streamBegins(bytes: Uint8Array): boolean | null {
  for (const byte of bytes) {
    const begins = canBeginStream(byte)
    if (begins !== null) return begins
  }
  return null
}

function grow(scratch: Scratch): void {
  scratch.tokenAt = doubled(scratch.tokenAt)
  scratch.tokenCountAt = doubled(scratch.tokenCountAt)
}

function doubled(array: Float64Array): Float64Array {
  const larger = new Float64Array(Math.max(16, 2 * array.length))
  larger.set(array)
  return larger
}
