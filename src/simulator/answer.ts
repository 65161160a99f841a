import type { ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'
import type { TokenEvent } from './engine.ts'
import { faultDurationMs, type Fault } from './faults.ts'
import { monotonicMs } from './monotonic.ts'
import {
  createStreamWire,
  embeddingAnswer,
  errorBody,
  errorEvent,
  wholeAnswer,
  type AnswerFacts,
  type FinishReason,
  type UsagePlace,
} from './wire.ts'

/** One answer to write as the engine produces it. */
export interface AnswerOptions {
  readonly facts: AnswerFacts
  /** Tokens that the engine will produce. */
  readonly outputTokens: number
  readonly finishReason: FinishReason
  readonly usage: UsagePlace
  readonly embeddingDimensions: number
  readonly fault: Fault | null
  /** Keep the time of every event with tokens. */
  readonly keepStamps: boolean
  /** Called once, however it ends. */
  readonly onEnd: (sent: Sent) => void
}

/** What was written; times on the machine's monotonic clock, stamped right before the write. */
export interface Sent {
  readonly outcome: 'ok' | 'broken' | 'cancelled'
  readonly firstTokenAtMs: number | null
  readonly lastTokenAtMs: number | null
  readonly endedAtMs: number
  readonly outputTokens: number
  readonly tokenEvents: number
  readonly tokenAtMs: readonly number[] | null
}

/** Begins an answer; the function it returns takes the engine's events of this request. */
export function startAnswer(response: ServerResponse, options: AnswerOptions): (event: TokenEvent) => void {
  const { facts, fault, finishReason, usage } = options
  const kind = fault?.kind ?? null
  const stream = facts.request.stream && kind !== 'json'
  const wire = createStreamWire(facts, usage)
  const outlet = createOutlet(response, kind === 'gzip')
  const stamps: number[] | null = options.keepStamps ? [] : null
  const middle = Math.ceil(options.outputTokens / 2)
  let trouble = kind === 'stall' || kind === 'close' || kind === 'error-event' ? kind : null
  let roleSent = false
  let written = 0
  let tokenEvents = 0
  let firstTokenAtMs: number | null = null
  let lastTokenAtMs: number | null = null
  let ended = false
  /** What waits while the answer is held back; null while it flows. */
  let held: (() => void)[] | null = null
  let holdTimer: NodeJS.Timeout | undefined

  function perform(action: () => void): void {
    if (ended) return
    if (held === null) action()
    else held.push(action)
  }
  function hold(ms: number): void {
    held ??= []
    holdTimer = setTimeout(release, ms)
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
    clearTimeout(holdTimer)
    const endedAtMs = monotonicMs()
    const sent = { outcome, firstTokenAtMs, lastTokenAtMs, endedAtMs, outputTokens: written, tokenEvents }
    options.onEnd({ ...sent, tokenAtMs: stamps })
  }
  function stamp(tokens: number): void {
    const now = monotonicMs()
    firstTokenAtMs ??= now
    lastTokenAtMs = now
    stamps?.push(now)
    written = tokens
    tokenEvents++
  }
  function end(bytes: Buffer, outcome: Sent['outcome'] = 'ok'): void {
    finish(outcome)
    outlet.end(bytes)
  }

  function begin(): void {
    const type = !stream || kind === 'content-type' ? 'application/json' : 'text/event-stream; charset=utf-8'
    if (kind === 'gzip') response.setHeader('content-encoding', 'gzip')
    response.writeHead(200, { 'content-type': type })
    // Real servers send the head of a stream at once, and that of a whole answer together with it.
    if (stream) response.flushHeaders()
  }
  function sendRole(): void {
    if (wire.role !== null && !roleSent) outlet.write(wire.role)
    roleSent = true
  }

  function writeEvent(event: TokenEvent): void {
    sendRole()
    if (kind === 'empty') return end(wire.closing('stop', 0))
    const bytes = wire.tokens(event.tokens - written, event.tokens)
    stamp(event.tokens)
    outlet.write(bytes)
    if (trouble !== null && (event.tokens >= middle || event.last)) makeTrouble(errorEvent(facts.request.style))
    if (event.last) perform(() => end(wire.closing(finishReason, event.tokens)))
  }

  function writeWhole(event: TokenEvent): void {
    if (trouble !== null)
      makeTrouble(Buffer.from(errorBody(facts.request.style, 500, 'simulated failure of the engine')))
    perform(() => {
      const tokens = kind === 'empty' ? 0 : event.tokens
      const bytes =
        facts.request.task === 'embeddings'
          ? embeddingAnswer(facts, options.embeddingDimensions)
          : wholeAnswer(facts, kind === 'empty' ? 'stop' : finishReason, tokens, usage)
      if (tokens > 0) stamp(tokens)
      end(bytes)
    })
  }

  function makeTrouble(error: Buffer): void {
    const what = trouble
    trouble = null
    if (what === 'stall') return hold(faultDurationMs(fault!))
    if (what === 'error-event') return end(error, 'broken')
    finish('broken')
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
    perform(sendRole)
    hold(faultDurationMs(fault!))
  }

  return (event) => {
    if (stream) perform(() => writeEvent(event))
    else if (event.last) perform(() => writeWhole(event))
    if (kind === 'buffer' && event.last) outlet.together(release)
  }
}

/** Where the bytes of an answer go out. */
interface Outlet {
  write(bytes: Buffer): void
  end(bytes: Buffer): void
  /** What `work` writes leaves in one piece. */
  together(work: () => void): void
}

function createOutlet(response: ServerResponse, compress: boolean): Outlet {
  if (compress) {
    const gzip = createGzip()
    gzip.on('data', (bytes: Buffer) => {
      if (!response.destroyed) response.write(bytes)
    })
    gzip.on('end', () => response.end())
    return {
      write(bytes) {
        gzip.write(bytes)
        gzip.flush()
      },
      end: (bytes) => void gzip.end(bytes),
      together: (work) => work(),
    }
  }
  let apart = true
  return {
    write(bytes) {
      if (bytes.length === 0) return
      response.write(bytes)
      // node:http corks the socket until the next tick, when a whole batch has been written; a stamp is true only when
      // the bytes leave now.
      if (apart) response.socket?.uncork()
    },
    end: (bytes) => void response.end(bytes),
    together(work) {
      apart = false
      work()
      apart = true
    },
  }
}
