import { createByteStore } from '../framing/byte-store.ts'
import { NO_SERVER_TIMINGS, type Delta } from '../delta.ts'
import type { Failure } from './foreign-answer.ts'
import { FRAMINGS, type FramingRules, type StreamFraming } from '../framing/framing.ts'
import type { Reading, ReaderOptions, ResponseReader, Scratch } from './reader.ts'
import { cutName } from '../json.ts'
import { errorMessage, readRefusal } from '../refusals/refusal.ts'
import { streamFailure } from './stream-end.ts'
import { createTokenCounter, isBuffered, tpotMs } from './token-count.ts'

/** As much of the body's beginning as is kept to say what came instead of a stream, in bytes. */
const HEAD_BYTES = 65_536

/** An answer without end must not grow without end. */
const MOST_EVENTS = 1_000_000

/** Reads a streamed answer: when its tokens came, how many there were, and whether it ended well. */
export function createStreamReader({ api, scratch }: ReaderOptions, framing: StreamFraming): ResponseReader {
  const rules = FRAMINGS[framing]
  const head = createByteStore(HEAD_BYTES)
  const counter = createTokenCounter()
  const stream = rules.createReader({ onEvent, onDone, onUnreadable, onError, onBroken })

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
  let concealed = false
  let finishReason: string | null = null
  let servedModel: string | null = null
  let server = NO_SERVER_TIMINGS

  let done = false
  let terminal = false
  let endsAtDone = false
  let cut = false
  let error: string | null = null
  let unreadable: string | null = null
  let broken: string | null = null

  function onEvent(json: unknown, eventName: string): void {
    if (finished) return onLate(json, eventName)
    events++
    firstEventAt ??= lastPushAt
    lastEventAt = lastPushAt
    unterminated ||= ending
    const delta = api.read(json, eventName)
    if (delta.unknown) unknownEvents++
    else known = true
    const count = delta.usage === null ? NaN : counter.add(delta.usage)
    if (delta.text || delta.reasoning || delta.tool) onToken(delta, count)
    concealed ||= delta.concealed === true
    if (delta.finishReason !== null) finishReason = cutName(delta.finishReason)
    if (delta.servedModel !== null) servedModel = cutName(delta.servedModel)
    server = delta.server ?? server
    if (delta.error !== null) onError(delta.error)
    if (delta.terminal) terminal = finished = true
    endsAtDone ||= delta.endsAtDone === true
  }

  /** After the end, only a token count or an error still changes anything. */
  function onLate(json: unknown, eventName: string): void {
    const delta = api.read(json, eventName)
    if (delta.usage !== null) counter.add(delta.usage)
    server = delta.server ?? server
    if (delta.error !== null) onError(delta.error)
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

  function onError(message: string | null): void {
    error ??= message ?? 'an error without a message'
    finished = true
  }

  function onBroken(what: string): void {
    broken ??= what
    // A JSON answer over several lines begins as JSON lines do: its rest tells.
    finished = events > 0 || framing !== 'ndjson'
  }

  function onUnreadable(data: string, eventName: string): void {
    if (eventName === 'error') return onError(errorMessage(data))
    if (finished) return
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
      if (!finished && atMs !== lastPushAt) reads++
      lastPushAt = atMs
      isStream ??= begins(rules, bytes)
      if (isStream === false || broken !== null) return pushForeign(bytes)
      if (events === 0) head.add(bytes)
      stream.push(bytes)
      if (stream.overflow) finished = true
      return finished
    },
    end() {
      ending = true
      if (isStream === true) stream.end()
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
    const outputTokens = totals.outputTokens ?? tokenEvents
    const failure = failureOf(totals.outputTokens !== null)
    const buffered = isBuffered(scratch.tokenAt, tokenEvents)
    // NaN where they stand in the count and nobody says how many they are.
    const unseen = reasoningSeen || totals.outputTokens === null ? 0 : (totals.reasoningTokens ?? (concealed ? NaN : 0))
    const hiddenReasoning = unseen !== 0
    const firstTokenAt = tokenEvents === 0 ? null : scratch.tokenAt[0]!
    const lastTokenAt = tokenEvents === 0 ? null : scratch.tokenAt[tokenEvents - 1]!
    const countable = !buffered && !Number.isNaN(unseen)
    const measurable = failure === null && countable && firstTokenAt !== null && lastTokenAt !== null
    return {
      ...totals,
      ...server,
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
            hiddenTokens: unseen,
            firstCount: scratch.tokenCountAt[0]!,
          })
        : null,
      outputTokens,
      tokenEvents,
      reads,
      buffered,
      finishReason,
      servedModel,
      failure: failure?.failure ?? null,
      failureMessage: failure?.failureMessage ?? null,
      hiddenReasoning,
      comments: stream.comments,
      unknownEvents,
      unterminated,
    }
  }

  function failureOf(counted: boolean): Failure | null {
    return streamFailure({
      api,
      wanted: rules.wanted,
      isStream,
      head: head.bytes(),
      error,
      overflow: stream.overflow,
      broken,
      unreadable,
      events,
      unknownEvents,
      known,
      tokenEvents,
      finishReason,
      done,
      terminal,
      endsAtDone,
      counted,
      cut,
    })
  }
}

function begins({ canBegin }: FramingRules, bytes: Uint8Array): boolean | null {
  for (const byte of bytes) {
    const can = canBegin(byte)
    if (can !== null) return can
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
