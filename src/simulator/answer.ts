import type { ServerResponse } from 'node:http'
import type { SimulatorClock } from './clock.ts'
import { createOutlet, disturb, writeEndlessly } from './outlet.ts'
import type { TokenEvent } from './engine.ts'
import { faultDurationMs, type Fault } from './faults.ts'
import type { AnswerWriter, FinishReason, Said, Timing } from './wires/wire.ts'

/** One answer to write as the engine produces it. */
export interface AnswerOptions {
  readonly clock: SimulatorClock
  readonly writer: AnswerWriter
  readonly stream: boolean
  /** When the request was there. */
  readonly receivedAtMs: number
  /** Tokens that the engine will produce. */
  readonly outputTokens: number
  /** How many of them are reasoning, the first ones, and whether they are sent. */
  readonly reasoning: { readonly tokens: number; readonly hidden: boolean }
  readonly finishReason: FinishReason
  readonly fault: Fault | null
  /** Says that a whole answer failed. */
  readonly error: (message: string) => Said
  /** Keep the time of every event with tokens. */
  readonly keepStamps: boolean
  /** Called once, however it ends. */
  readonly onEnd: (sent: Sent) => void
}

/** What was written; times are stamped right before the write. */
export interface Sent {
  readonly outcome: 'ok' | 'broken' | 'cancelled'
  readonly firstTokenAtMs: number | null
  readonly lastTokenAtMs: number | null
  readonly endedAtMs: number
  readonly outputTokens: number
  readonly tokenEvents: number
  readonly tokenAtMs: readonly number[] | null
}

const FAILURE = 'simulated failure of the engine'

/** Begins an answer; the function it returns takes the engine's events of this request. */
export function startAnswer(response: ServerResponse, options: AnswerOptions): (event: TokenEvent) => void {
  const { clock, writer, fault, finishReason, reasoning } = options
  const kind = fault?.kind ?? null
  const stream = options.stream && kind !== 'json'
  const isEvents = stream && writer.streamType.startsWith('text/event-stream')
  const { outlet, ...disturbance } = disturb(createOutlet(response, kind === 'gzip'), fault, isEvents, clock)
  const stamps: number[] | null = options.keepStamps ? [] : null
  const middle = Math.ceil(options.outputTokens / 2)
  let trouble = kind === 'stall' || kind === 'close' || kind === 'error-event' || kind === 'long-line' ? kind : null
  let opened = false
  let written = 0
  let tokenEvents = 0
  let firstTokenAtMs: number | null = null
  /** When a whole answer, which is written at its end, had its first token. */
  let beganAtMs: number | null = null
  let lastTokenAtMs: number | null = null
  let ended = false
  /** What waits while the answer is held back; null while it flows. */
  let held: (() => void)[] | null = null
  let stopWaiting = (): void => {}

  function perform(action: () => void): void {
    if (ended) return
    if (held === null) action()
    else held.push(action)
  }
  function hold(ms: number): void {
    held ??= []
    stopWaiting = clock.after(ms, release)
  }
  function release(): void {
    const actions = held ?? []
    held = null
    // An action may hold again; then the rest waits once more, in order.
    for (const action of actions) perform(action)
  }
  function finish(outcome: Sent['outcome']): void {
    if (ended) return
    ended = true
    stopWaiting()
    disturbance.onEnd()
    const endedAtMs = clock.now()
    const sent = { outcome, firstTokenAtMs, lastTokenAtMs, endedAtMs, outputTokens: written, tokenEvents }
    options.onEnd({ ...sent, tokenAtMs: stamps })
  }
  function stamp(): void {
    const now = clock.now()
    firstTokenAtMs ??= now
    lastTokenAtMs = now
    stamps?.push(now)
    tokenEvents++
  }
  function end(bytes: Buffer, outcome: Sent['outcome'] = 'ok'): void {
    finish(outcome)
    outlet.end(bytes)
  }
  function timing(): Timing {
    const now = clock.now()
    const first = firstTokenAtMs ?? beganAtMs ?? now
    return {
      prefillMs: first - options.receivedAtMs,
      decodeMs: (lastTokenAtMs ?? now) - first,
      totalMs: now - options.receivedAtMs,
    }
  }

  function begin(): void {
    const type = !stream || kind === 'content-type' ? 'application/json' : writer.streamType
    if (kind === 'gzip') response.setHeader('content-encoding', 'gzip')
    response.writeHead(200, { ...writer.headers, 'content-type': type })
    // Real servers send the head of a stream at once, and that of a whole answer together with it.
    if (stream && !disturbance.holdsHead) response.flushHeaders()
    disturbance.onBegin()
  }
  function open(): void {
    if (writer.opening !== null && !opened) outlet.write(writer.opening)
    opened = true
  }

  /** The bytes of the tokens from `written` on; null where all of them are reasoning that is not sent. */
  function bytesOf({ tokens, last }: TokenEvent): Buffer | null {
    const thoughts = Math.max(0, Math.min(tokens, reasoning.tokens) - written)
    const texts = tokens - written - thoughts
    const finish = last ? finishReason : null
    if (thoughts === 0) return writer.tokens('text', texts, tokens, finish)
    const said = texts === 0 ? null : () => writer.tokens('text', texts, tokens, finish)
    if (reasoning.hidden) return said?.() ?? null
    const thought = writer.tokens('reasoning', thoughts, written + thoughts, said === null ? finish : null)
    return said === null ? thought : Buffer.concat([thought, said()])
  }

  function writeEvent(event: TokenEvent): void {
    open()
    if (kind === 'empty') return end(writer.closing('stop', 0, timing()))
    const bytes = bytesOf(event)
    written = event.tokens
    if (bytes !== null) {
      stamp()
      outlet.write(bytes)
    }
    if (trouble !== null && (event.tokens >= middle || event.last)) makeTrouble(() => writer.error(FAILURE))
    if (!event.last) return
    if (kind === 'late-usage') perform(() => hold(faultDurationMs(fault!)))
    perform(() => end(writer.closing(finishReason, event.tokens, timing())))
  }

  function writeWhole(event: TokenEvent): void {
    if (trouble !== null) makeTrouble(() => Buffer.from(options.error(FAILURE).body))
    perform(() => {
      const empty = kind === 'empty'
      const bytes = writer.whole(empty ? 'stop' : finishReason, empty ? 0 : event.tokens, timing())
      if (!empty) {
        written = event.tokens
        stamp()
      }
      end(bytes)
    })
  }

  function makeTrouble(error: () => Buffer): void {
    const what = trouble
    trouble = null
    if (what === 'stall') return hold(faultDurationMs(fault!))
    if (what === 'error-event') return end(error(), 'broken')
    finish('broken')
    if (what === 'long-line') return writeEndlessly(response)
    // Something must have been sent, or the cut is a connection that never answered.
    outlet.write(Buffer.from(stream ? '' : '{"id":'))
    response.destroy()
  }

  response.on('close', () => finish('cancelled'))
  // Writing to a client that has just left is no failure of the server.
  response.on('error', () => finish('cancelled'))

  if (kind === 'slow-headers') hold(faultDurationMs(fault!))
  if (kind === 'buffer') held = []
  perform(begin)
  if (kind === 'slow-start' && stream) {
    perform(open)
    hold(faultDurationMs(fault!))
  }

  return (event) => {
    if (!stream) beganAtMs ??= clock.now()
    if (stream) perform(() => writeEvent(event))
    else if (event.last) perform(() => writeWhole(event))
    if (kind === 'buffer' && event.last) outlet.writeAsOne(release)
  }
}
