import type { ServerResponse } from 'node:http'
import type { SimulatorClock } from './clock.ts'
import type { TokenEvent } from './engine/engine.ts'
import { readFaultDurationMs } from './faults.ts'
import type { Fault } from './faults.ts'
import { createOutlet, applyFault, writeEndlessly } from './outlet.ts'
import type { Disturbance } from './outlet.ts'
import type { AnswerWriter, FinishReason, Said, Timing } from './wires/wire.ts'

/**
 * What the simulated server really did with one request, to compare with a client's figures. Times are milliseconds
 * on the machine's monotonic clock (`process.hrtime`), taken right before the bytes were written.
 */
export interface SentRequest {
  /** Number of the request, from 1. */
  readonly id: number
  /** The client's `x-request-id` header. */
  readonly requestId: string | null
  /** The first 32 characters of the prompt, which hold a client's nonce. */
  readonly prompt: string
  readonly path: string
  readonly stream: boolean
  readonly status: number
  /** When the whole request had arrived. */
  readonly receivedAtMs: number
  readonly firstTokenAtMs: number | null
  readonly lastTokenAtMs: number | null
  /** When the last byte was written or the connection was closed. */
  readonly endedAtMs: number
  readonly inputTokens: number
  readonly cachedTokens: number
  /** Tokens written. */
  readonly outputTokens: number
  /** Events with tokens written; 1 for an answer that does not stream. */
  readonly tokenEvents: number
  /** `cancelled`: the client left. `broken`: a fault cut it. `refused`: the model did not answer. */
  readonly outcome: 'ok' | 'refused' | 'broken' | 'cancelled'
  readonly fault: string | null
  /** When each event with tokens was written; kept only if asked for. */
  readonly tokenAtMs: readonly number[] | null
}

/** Keeps the newest requests, in the order in which they end. */
export interface SendLog {
  add(request: SentRequest): void
  all(): readonly SentRequest[]
  clear(): void
}

/** A log of at most `limit` requests. */
export function createSendLog(limit: number): SendLog {
  let kept: SentRequest[] = []
  return {
    add(request) {
      kept.push(request)
      // Cut in large pieces: `shift` would move the whole list for every request.
      if (kept.length >= 2 * limit) kept = kept.slice(-limit)
    },
    all: () => kept.slice(-limit),
    clear() {
      kept = []
    },
  }
}

/** One answer to write as the engine produces it. */
interface AnswerOptions {
  readonly clock: SimulatorClock
  readonly writer: AnswerWriter
  readonly stream: boolean
  /** When the request was received. */
  readonly receivedAtMs: number
  /** Tokens that the engine will produce. */
  readonly outputTokens: number
  /** How many of them, from the first, are reasoning, and whether these are sent. */
  readonly reasoning: { readonly tokens: number; readonly hidden: boolean }
  readonly finishReason: FinishReason
  readonly fault: Fault | null
  /** Makes the reply that says that a whole answer failed. */
  readonly error: (message: string) => Said
  /** Whether to keep the time of every event with tokens. */
  readonly keepStamps: boolean
  /** Called once at the end, however it ends. */
  readonly onEnd: (sent: Sent) => void
}

/** What was written; times are taken right before the write. */
type Sent = Pick<
  SentRequest,
  'firstTokenAtMs' | 'lastTokenAtMs' | 'endedAtMs' | 'outputTokens' | 'tokenEvents' | 'tokenAtMs'
> & { readonly outcome: Exclude<SentRequest['outcome'], 'refused'> }

/** Begins an answer; the function it returns takes the engine's events of this request. */
export function startAnswer(response: ServerResponse, options: AnswerOptions): (event: TokenEvent) => void {
  const { fault, clock } = options
  const answer = createAnswer(response, options)
  response.on('close', () => finishAnswer(answer, 'cancelled'))
  // Writing to a client that has just left is not a failure of the server.
  response.on('error', () => finishAnswer(answer, 'cancelled'))

  if (fault?.kind === 'slow-headers') holdAnswer(answer, readFaultDurationMs(fault))
  if (fault?.kind === 'buffer') answer.held = []
  performAction(answer, () => writeHead(answer))
  if (fault?.kind === 'slow-start' && answer.stream) {
    performAction(answer, () => writeOpening(answer))
    holdAnswer(answer, readFaultDurationMs(fault))
  }
  return (event) => {
    if (answer.stream) {
      performAction(answer, () => writeEvent(answer, event))
    } else {
      answer.beganAtMs ??= clock.now()
      if (event.last) performAction(answer, () => writeWhole(answer, event))
    }
    if (fault?.kind === 'buffer' && event.last) answer.disturbance.outlet.writeAsOne(() => releaseAnswer(answer))
  }
}

const MIDDLE_FAULTS = ['stall', 'close', 'error-event', 'long-line'] as const

/** The state of an answer. */
interface AnswerUnderWay {
  readonly response: ServerResponse
  readonly options: AnswerOptions
  readonly stream: boolean
  readonly disturbance: Disturbance
  /** The fault in the middle of it; null when there is none or it has happened. */
  trouble: (typeof MIDDLE_FAULTS)[number] | null
  /** Whether what precedes the first token has been written. */
  isOpen: boolean
  /** Tokens written. */
  written: number
  tokenEvents: number
  firstTokenAtMs: number | null
  lastTokenAtMs: number | null
  readonly stamps: number[] | null
  /** When a whole answer had its first token; it is written at the end. */
  beganAtMs: number | null
  hasEnded: boolean
  /** Actions that wait while the answer is held back; null while it is not. */
  held: (() => void)[] | null
  stopWaiting: () => void
}

function createAnswer(response: ServerResponse, options: AnswerOptions): AnswerUnderWay {
  const { writer, fault, clock } = options
  const stream = options.stream && fault?.kind !== 'json'
  const isEvents = stream && writer.streamType.startsWith('text/event-stream')
  return {
    response,
    options,
    stream,
    disturbance: applyFault(createOutlet(response, fault?.kind === 'gzip'), fault, isEvents, clock),
    trouble: MIDDLE_FAULTS.find((kind) => kind === fault?.kind) ?? null,
    isOpen: false,
    written: 0,
    tokenEvents: 0,
    firstTokenAtMs: null,
    lastTokenAtMs: null,
    stamps: options.keepStamps ? [] : null,
    beganAtMs: null,
    hasEnded: false,
    held: null,
    stopWaiting() {},
  }
}

/** Writes the head. */
function writeHead({ response, options, stream, disturbance }: AnswerUnderWay): void {
  const { writer, fault } = options
  const type = !stream || fault?.kind === 'content-type' ? 'application/json' : writer.streamType
  if (fault?.kind === 'gzip') response.setHeader('content-encoding', 'gzip')
  response.writeHead(200, { ...writer.headers, 'content-type': type })
  // Real servers send the head of a stream at once, but that of a whole answer together with its body.
  if (stream && !disturbance.holdsHead) response.flushHeaders()
  disturbance.onBegin()
}

/** Writes what precedes the first token, once. */
function writeOpening(answer: AnswerUnderWay): void {
  const { opening } = answer.options.writer
  if (opening !== null && !answer.isOpen) answer.disturbance.outlet.write(opening)
  answer.isOpen = true
}

function writeEvent(answer: AnswerUnderWay, event: TokenEvent): void {
  const { writer, fault, finishReason, outputTokens } = answer.options
  writeOpening(answer)
  if (fault?.kind === 'empty') return endAnswer(answer, writer.closing('stop', 0, readTimeSoFar(answer)))
  const bytes = writeTokens(answer, event)
  answer.written = event.tokens
  if (bytes !== null) {
    stampTokens(answer)
    answer.disturbance.outlet.write(bytes)
  }
  const isInMiddle = event.tokens >= Math.ceil(outputTokens / 2) || event.last
  if (isInMiddle) makeTrouble(answer, () => writer.error(FAILURE))
  if (!event.last) return
  if (fault?.kind === 'late-usage') performAction(answer, () => holdAnswer(answer, readFaultDurationMs(fault)))
  performAction(answer, () => endAnswer(answer, writer.closing(finishReason, event.tokens, readTimeSoFar(answer))))
}

/** The bytes of the new tokens; null when all of them are reasoning that is not sent. */
function writeTokens({ options, written }: AnswerUnderWay, { tokens, last }: TokenEvent): Buffer | null {
  const { writer, reasoning } = options
  const thoughts = Math.max(0, Math.min(tokens, reasoning.tokens) - written)
  const texts = tokens - written - thoughts
  const reason = last ? options.finishReason : null
  if (thoughts === 0) return writer.tokens('text', texts, tokens, reason)
  const said = texts === 0 ? null : () => writer.tokens('text', texts, tokens, reason)
  if (reasoning.hidden) return said?.() ?? null
  const thought = writer.tokens('reasoning', thoughts, written + thoughts, said === null ? reason : null)
  return said === null ? thought : Buffer.concat([thought, said()])
}

function writeWhole(answer: AnswerUnderWay, event: TokenEvent): void {
  const { writer, fault, finishReason, error } = answer.options
  makeTrouble(answer, () => Buffer.from(error(FAILURE).body))
  performAction(answer, () => {
    const isEmpty = fault?.kind === 'empty'
    const bytes = writer.whole(isEmpty ? 'stop' : finishReason, isEmpty ? 0 : event.tokens, readTimeSoFar(answer))
    if (!isEmpty) {
      answer.written = event.tokens
      stampTokens(answer)
    }
    endAnswer(answer, bytes)
  })
}

const FAILURE = 'simulated failure of the engine'

/** Makes the fault in the middle happen, once. */
function makeTrouble(answer: AnswerUnderWay, error: () => Buffer): void {
  const { response, trouble, stream, options } = answer
  answer.trouble = null
  switch (trouble) {
    case null:
      return
    case 'stall':
      return holdAnswer(answer, readFaultDurationMs(options.fault!))
    case 'error-event':
      return endAnswer(answer, error(), 'broken')
    case 'long-line':
      finishAnswer(answer, 'broken')
      return writeEndlessly(response)
    case 'close':
      finishAnswer(answer, 'broken')
      // Something must have been sent, or it would look like a connection that never answered.
      answer.disturbance.outlet.write(Buffer.from(stream ? '' : '{"id":'))
      response.destroy()
  }
}

/** Performs an action now, or when the answer is no longer held back; not at all once it has ended. */
function performAction(answer: AnswerUnderWay, action: () => void): void {
  if (answer.hasEnded) return
  if (answer.held === null) action()
  else answer.held.push(action)
}

function holdAnswer(answer: AnswerUnderWay, ms: number): void {
  answer.held ??= []
  answer.stopWaiting = answer.options.clock.after(ms, () => releaseAnswer(answer))
}

function releaseAnswer(answer: AnswerUnderWay): void {
  const actions = answer.held ?? []
  answer.held = null
  // An action may hold the answer again; then the rest keeps waiting, in order.
  for (const action of actions) performAction(answer, action)
}

/** Takes the time; called right before tokens are written. */
function stampTokens(answer: AnswerUnderWay): void {
  const now = answer.options.clock.now()
  answer.firstTokenAtMs ??= now
  answer.lastTokenAtMs = now
  answer.stamps?.push(now)
  answer.tokenEvents++
}

function readTimeSoFar({ options, firstTokenAtMs, beganAtMs, lastTokenAtMs }: AnswerUnderWay): Timing {
  const now = options.clock.now()
  const first = firstTokenAtMs ?? beganAtMs ?? now
  return {
    prefillMs: first - options.receivedAtMs,
    decodeMs: (lastTokenAtMs ?? now) - first,
    totalMs: now - options.receivedAtMs,
  }
}

function endAnswer(answer: AnswerUnderWay, bytes: Buffer, outcome: Sent['outcome'] = 'ok'): void {
  finishAnswer(answer, outcome)
  answer.disturbance.outlet.end(bytes)
}

/** Reports the outcome, once. */
function finishAnswer(answer: AnswerUnderWay, outcome: Sent['outcome']): void {
  if (answer.hasEnded) return
  answer.hasEnded = true
  answer.stopWaiting()
  answer.disturbance.onEnd()
  const { options, firstTokenAtMs, lastTokenAtMs, tokenEvents, written, stamps } = answer
  const endedAtMs = options.clock.now()
  const sent = { outcome, firstTokenAtMs, lastTokenAtMs, endedAtMs, outputTokens: written, tokenEvents }
  options.onEnd({ ...sent, tokenAtMs: stamps })
}
