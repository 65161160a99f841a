import { EndpointError } from '../errors.ts'
import type { RequestSpec } from '../protocol/api.ts'
import { createLogHistogram } from '../stats/histogram.ts'
import type { LevelRun, Records } from '../metrics/level-run.ts'
import type { Phase } from '../vocabulary/request-facts.ts'
import type { Budget } from './budget.ts'
import type { HealthProbe } from './client-health.ts'
import { fatalRefusal } from './fatal-refusal.ts'
import { createGatewayCounter } from './gateway-count.ts'
import { meanInFlight } from './in-flight.ts'
import type { Interval } from './in-flight.ts'
import type { Clock, Exchange, Transport } from './ports.ts'
import { createRecordStore, toRecord } from './record.ts'
import type { ServerMetrics } from './server-metrics.ts'
import { beginReadings } from './server-metrics.ts'
import { createWindow, windowTokens } from './window.ts'

/** What one level in one pass is to do. */
export interface LevelTask {
  readonly concurrency: number
  /** 1-based. */
  readonly pass: number
  readonly durationMs: number
  /** Counted requests needed at least, beside one a worker: a gated percentile sets it. */
  readonly minRequests: number
  /** Counted requests that end the level; null for none. */
  readonly maxRequests: number | null
  /** Warm-up requests a worker. */
  readonly warmupRequests: number
}

/** Says what each request asks for. */
export interface LevelWorkload {
  /**
   * The next request of `worker`. `spread` is null, or, for a worker's first warm-up request, the share of the full
   * output length that puts the workers into different phases of their answers.
   */
  next(worker: number, spread: number | null): RequestSpec
  /** The shares of the workers' first requests, (i + ½)/c in a random order. */
  readonly spread: readonly number[]
}

export interface LevelPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly workload: LevelWorkload
  readonly health: HealthProbe
  readonly budget: Budget
  /** The start of the sweep on `clock`: record times count from here. */
  readonly sweepStartAt: number
  /** Cancels the run. */
  readonly signal: AbortSignal
  /** The URL that is measured, for messages. */
  readonly target: string
  /** Read before the level, under its load, and after it; null: not at all. */
  readonly serverMetrics: ServerMetrics | null
}

/** A failing worker pauses this long, doubled with every failure in a row, so that a dead server is not hammered. */
const BACKOFF_MS = 50
const BACKOFF_MAX_MS = 2_000
/** A level that refuses or fails this many requests, and this share of all, is given up. */
const GIVE_UP_REFUSED = 3
const GIVE_UP_REFUSED_SHARE = 0.01
const GIVE_UP_FAILED = 10
const GIVE_UP_FAILED_SHARE = 0.5

/**
 * Measures one level: `concurrency` workers in a closed loop, each sending its next request when its last has ended.
 *
 * The workers enter in spread phases; the window opens when all have finished their warm-up; requests that start inside
 * it are counted; the load is kept on until the last counted one has ended, because letting it drain flatters every
 * latency. Then what is in flight is cancelled. The server's own metrics are read only while nothing that counts is there.
 *
 * @throws EndpointError when the endpoint refuses the key or redirects: no further request is worth sending.
 */
export async function measureLevel(task: LevelTask, ports: LevelPorts): Promise<LevelRun> {
  const { transport, clock, workload, health, budget, sweepStartAt } = ports
  const readings = ports.serverMetrics === null ? null : await beginReadings(ports.serverMetrics, ports)
  const startedAt = clock.now()
  const window = createWindow(task)
  const stopping = new AbortController()
  const cancel = (): void => stop(budget.exhausted() ? 'budget' : 'cancelled')
  ports.signal.addEventListener('abort', cancel, { once: true })

  const records = createRecordStore()
  const cancelled: Interval[] = []
  const interChunk = createLogHistogram()
  const gateway = createGatewayCounter()
  let stopped: LevelRun['stopped'] = null
  let fatal: EndpointError | null = null
  let warmedUp = 0
  let countedOpen = 0
  let refused = 0
  let failed = 0
  let renewed = 0
  let opened = 0
  let cancelledWindowEvents = 0
  let client = { eventLoopUtilization: 0, delayP90Ms: 0, delayP99Ms: 0 }
  let clientRead = false
  let cutByBudget = false

  function stop(reason: LevelRun['stopped']): void {
    stopped ??= reason
    stopping.abort()
  }

  /** The last counted request has ended, and so does the load: at once, or after a look at the server under it. */
  function endLoad(): void {
    if (readings === null) stopping.abort()
    else readings.readLoaded(stopping)
  }

  function openWindow(): void {
    window.open(clock.now())
    health.start()
  }

  /** Reads the client's health once, as soon as the window is known to have ended. */
  function noteWindowEnd(): void {
    if (window.endAt === null || clientRead) return
    client = health.read()
    clientRead = true
  }

  function note(exchange: Exchange, worker: number, phase: Phase, requestedTokens: number): void {
    window.settle(clock.now())
    noteWindowEnd()
    if (exchange.connectMs !== null) opened++
    const inside = windowTokens(exchange, window)
    if (exchange.renewed) renewed++
    // A token that ended early is neither the server's failure nor an answer of it.
    if (exchange.cancelled || exchange.renewed) {
      cancelled.push({ startAt: exchange.startAt, endAt: exchange.endAt })
      cancelledWindowEvents += inside.events
      return
    }
    gateway.note(exchange)
    const place = {
      level: task.concurrency,
      pass: task.pass,
      worker,
      phase,
      requestedTokens,
      windowTokens: inside.tokens,
    }
    records.add(toRecord(exchange, place, sweepStartAt))
    if (phase === 'counted' && exchange.failure === null) {
      for (let i = 1; i < exchange.tokenAt.length; i++) interChunk.add(exchange.tokenAt[i]! - exchange.tokenAt[i - 1]!)
    }
    if (exchange.failure === null) return
    failed++
    if (exchange.failure === 'http_429') refused++
    fatal ??= fatalRefusal(exchange, ports.target)
    if (fatal !== null) stop('failing')
    else if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records.length) stop('rate-limited')
    else if (failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records.length) stop('failing')
  }

  /** Whoever cannot prove any more who asks has nothing more to send. */
  function endRun(error: unknown): null {
    if (!(error instanceof EndpointError)) throw error
    fatal ??= error
    stop('failing')
    return null
  }

  async function work(worker: number): Promise<void> {
    let failures = 0
    for (let k = 0; !stopping.signal.aborted; k++) {
      if (k > 0 && k === task.warmupRequests && ++warmedUp === task.concurrency) openWindow()
      if (budget.exhausted()) {
        if (window.startAt === null) return stop('budget')
        window.settle(clock.now())
        cutByBudget ||= window.endAt === null
        window.cut(clock.now())
      }
      // The last answers of a spent budget end without load behind them.
      if (budget.spent()) return countedOpen === 0 ? stopping.abort() : undefined
      const phase = window.phaseOf(worker, clock.now())
      noteWindowEnd()
      if (phase === 'tail' && countedOpen === 0) endLoad()
      if (stopping.signal.aborted) return

      const spread = k === 0 && task.warmupRequests > 0 ? workload.spread[worker]! : null
      const spec = workload.next(worker, spread)
      budget.spendRequest(spec.outputTokens)
      if (phase === 'counted') countedOpen++
      const exchange = await transport.send(worker, spec, stopping.signal).catch(endRun)
      if (exchange === null) return
      note(exchange, worker, phase, spec.outputTokens)
      if (phase === 'counted') {
        countedOpen--
        if (window.endAt !== null && countedOpen === 0) endLoad()
      }
      failures = exchange.failure === null ? 0 : failures + 1
      if (failures > 0) await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1)), stopping.signal)
    }
  }

  if (ports.signal.aborted) stop('cancelled')
  if (task.warmupRequests === 0) openWindow()
  await Promise.all(Array.from({ length: task.concurrency }, (_, worker) => work(worker)))
  ports.signal.removeEventListener('abort', cancel)
  health.stop()
  if (fatal !== null) throw fatal as EndpointError

  // A budget that ended the window just as it opened leaves none.
  const bounds =
    window.startAt === null || window.endAt === null || window.endAt === window.startAt
      ? null
      : { startAt: window.startAt, endAt: window.endAt }
  return {
    concurrency: task.concurrency,
    pass: task.pass,
    startedAtSeconds: (startedAt - sweepStartAt) / 1000,
    window: bounds === null ? null : { startMs: bounds.startAt - sweepStartAt, endMs: bounds.endAt - sweepStartAt },
    records,
    interChunk,
    cancelledWindowTokens: cancelledWindowEvents * tokensPerEvent(records),
    inFlight: bounds === null ? 0 : meanInFlight(busy(records, cancelled, sweepStartAt), bounds),
    client: { ...client, queueP99Ms: queueP99(records) },
    server: readings === null ? null : await readings.end(),
    gateway: gateway.counts,
    renewedTokens: renewed,
    connections: { opened, requests: records.length + cancelled.length },
    stopped: stopped ?? (cutByBudget ? 'budget' : null),
  }
}

/** When requests were in flight, on the clock of the level. */
function* busy(records: Records, cancelled: readonly Interval[], sweepStartAt: number): Generator<Interval> {
  for (const { startMs, endMs } of records) {
    yield { startAt: sweepStartAt + startMs, endAt: sweepStartAt + startMs + endMs }
  }
  yield* cancelled
}

/** What a token event of this level carried on average: the answers that ended say it for those that were cancelled. */
function tokensPerEvent(records: Records): number {
  let tokens = 0
  let events = 0
  for (const record of records) {
    if (record.outcome !== 'ok') continue
    tokens += record.outputTokens
    events += record.tokenEvents
  }
  return events === 0 ? 1 : tokens / events
}

/** Of the requests that count: the first ones of a process wait while its code is still cold, and nothing of them is used. */
function queueP99(records: Records): number {
  const all = new Float64Array(records.length)
  let counted = 0
  for (const { queueMs, phase } of records) if (phase === 'counted') all[counted++] = queueMs
  const queue = all.subarray(0, counted).sort()
  return counted === 0 ? 0 : queue[Math.ceil(0.99 * counted) - 1]!
}
