import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import type { Workload } from '../plan/workload.ts'
import type { Phase } from '../vocabulary/request-facts.ts'
import type { Budget } from './budget.ts'
import type { HealthProbe } from './client-health.ts'
import { findFatalRefusal } from './explain.ts'
import { createTally } from './level-tally.ts'
import type { LevelTally } from './level-tally.ts'
import type { Clock, Exchange, Transport } from './ports.ts'
import { beginReadings } from './server-readings.ts'
import type { LevelReadings, ServerMetrics } from './server-readings.ts'
import { createWindow } from './window.ts'
import type { LevelWindow } from './window.ts'

/** What one level in one pass is to do. */
export interface LevelSpec {
  readonly concurrency: number
  /** From 1; 0 for what is no pass of a sweep: the soak, the sentinel, the cross-check. */
  readonly pass: number
  readonly durationMs: number
  /** Counted requests needed at least, beside one a worker: a gated percentile sets it. */
  readonly minRequests: number
  /** Counted requests that end the level; null for none. */
  readonly maxRequests: number | null
  /** Warm-up requests a worker. */
  readonly warmupRequests: number
}

export interface LevelPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly workload: Workload
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

/**
 * A failing worker pauses this long, doubled with every failure in a row, so that a closed loop does not hammer a dead server. A
 * `Retry-After` delays the next level and not the worker: one 429 in thousands must not leave a level short of load.
 */
const BACKOFF_MS = 50
const BACKOFF_MAX_MS = 2_000
/** A level that refuses or fails this many requests, and this share of all, is given up: one 429 among the first fifty says nothing. */
const GIVE_UP_REFUSED = 3
const GIVE_UP_REFUSED_SHARE = 0.01
const GIVE_UP_FAILED = 10
const GIVE_UP_FAILED_SHARE = 0.5

/**
 * Measures one level: `concurrency` workers in a closed loop, each sending its next request when its last has ended.
 *
 * The workers enter in spread phases; the window opens when all have finished their warm-up; requests that start inside
 * it are counted; the load is kept on until the last counted one has ended, because letting it drain flatters every
 * latency. Then what is in flight is cancelled. The server's own metrics are read now and then while the load is full, and once more
 * before anything is cancelled.
 *
 * @throws EndpointError when the endpoint refuses the key or redirects: no further request is worth sending.
 */
export async function measureLevel(spec: LevelSpec, ports: LevelPorts): Promise<LevelRun> {
  const stopping = new AbortController()
  const readings =
    ports.serverMetrics === null ? null : await beginReadings(ports.serverMetrics, { ...ports, stopping })
  const level = new Level(spec, ports, readings, stopping)
  const cancel = (): void => level.stop(ports.budget.exhausted() ? 'budget' : 'cancelled')
  ports.signal.addEventListener('abort', cancel, { once: true })
  if (ports.signal.aborted) level.stop('cancelled')
  if (spec.warmupRequests === 0) level.openWindow()
  await Promise.all(Array.from({ length: spec.concurrency }, async (_, worker) => level.work(worker)))
  ports.signal.removeEventListener('abort', cancel)
  return level.end()
}

/** A level while it is measured. */
class Level {
  readonly #spec: LevelSpec
  readonly #ports: LevelPorts
  readonly #readings: LevelReadings | null
  readonly #startedAt: number
  readonly #window: LevelWindow
  readonly #tally: LevelTally
  /** Ends the load: nothing more is sent, and what is in flight is cancelled. */
  readonly #stopping: AbortController
  #stopped: LevelRun['stopped'] = null
  #fatal: EndpointError | null = null
  #warmedUp = 0
  /** Counted requests in flight. */
  #countedOpen = 0
  #cutByBudget = false
  /** Of the window; null until it has ended. */
  #health: ReturnType<HealthProbe['read']> | null = null

  constructor(spec: LevelSpec, ports: LevelPorts, readings: LevelReadings | null, stopping: AbortController) {
    this.#spec = spec
    this.#ports = ports
    this.#readings = readings
    this.#stopping = stopping
    this.#startedAt = ports.clock.now()
    this.#window = createWindow(spec)
    this.#tally = createTally(ports.sweepStartAt)
  }

  /** One worker's closed loop, until the load ends or there is nothing more for it to send. */
  async work(worker: number): Promise<void> {
    const { clock, workload, budget, transport } = this.#ports
    const { warmupRequests } = this.#spec
    let failures = 0
    for (let k = 0; !this.#stopping.signal.aborted; k++) {
      if (k > 0 && k === warmupRequests) this.#noteWarmedUp()
      const phase = this.#takeTurn(worker)
      if (phase === null) return

      const spread = k === 0 && warmupRequests > 0 ? workload.spread[worker]! : null
      const request = workload.next(worker, spread)
      budget.spendRequest(request.outputTokens)
      if (phase === 'counted') this.#countedOpen++
      const exchange = await transport.send(worker, request, this.#stopping.signal).catch(this.#endRun)
      if (exchange === null) return
      this.#note(exchange, worker, phase, request.outputTokens)
      if (phase === 'counted') {
        this.#countedOpen--
        if (this.#window.endAt !== null && this.#countedOpen === 0) this.#endLoad()
      }
      failures = exchange.failure === null ? 0 : failures + 1
      if (failures === 0) continue
      await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1)), this.#stopping.signal)
    }
  }

  openWindow(): void {
    this.#window.open(this.#ports.clock.now())
    this.#ports.health.start()
    this.#readings?.watch(this.#spec.durationMs)
  }

  stop(reason: LevelRun['stopped']): void {
    this.#stopped ??= reason
    this.#stopping.abort()
  }

  /** What was measured. Throws what makes every further request worthless. */
  async end(): Promise<LevelRun> {
    const { health, sweepStartAt } = this.#ports
    health.stop()
    if (this.#fatal !== null) throw this.#fatal
    const { startAt, endAt } = this.#window
    // A budget that ended the window just as it opened leaves none.
    const bounds = startAt === null || endAt === null || endAt === startAt ? null : { startAt, endAt }
    const { queueP99Ms, ...facts } = this.#tally.facts(bounds)
    const client = this.#health ?? { eventLoopUtilization: 0, delayP90Ms: 0, delayP99Ms: 0 }
    return {
      concurrency: this.#spec.concurrency,
      pass: this.#spec.pass,
      startedAtSeconds: (this.#startedAt - sweepStartAt) / 1000,
      window: bounds === null ? null : { startMs: bounds.startAt - sweepStartAt, endMs: bounds.endAt - sweepStartAt },
      ...facts,
      client: { ...client, queueP99Ms },
      server: this.#readings === null ? null : await this.#readings.end(),
      stopped: this.#stopped ?? (this.#cutByBudget ? 'budget' : null),
    }
  }

  /** The window opens when the last worker has finished its warm-up. */
  #noteWarmedUp(): void {
    if (++this.#warmedUp === this.#spec.concurrency) this.openWindow()
  }

  /** In which phase the request is that a worker sends now; null when it has none to send. */
  #takeTurn(worker: number): Phase | null {
    const { clock, budget } = this.#ports
    if (budget.exhausted() && !this.#cutWindow()) return null
    if (budget.spent()) {
      // The last answers of a spent budget end without load behind them.
      if (this.#countedOpen === 0) this.#stopping.abort()
      return null
    }
    const phase = this.#window.phaseOf(worker, clock.now())
    this.#readHealth()
    if (phase === 'tail' && this.#countedOpen === 0) this.#endLoad()
    return this.#stopping.signal.aborted ? null : phase
  }

  /** A budget is used up: ends the window, or the level when there is none. Returns whether there was a window. */
  #cutWindow(): boolean {
    const { clock } = this.#ports
    if (this.#window.startAt === null) {
      this.stop('budget')
      return false
    }
    this.#window.settle(clock.now())
    this.#cutByBudget ||= this.#window.endAt === null
    this.#window.cut(clock.now())
    return true
  }

  /** Reads the client's health once, as soon as the window is known to have ended. */
  #readHealth(): void {
    if (this.#window.endAt !== null) this.#health ??= this.#ports.health.read()
  }

  /** The last counted request has ended, and so does the load: at once, or after a look at the server under it. */
  #endLoad(): void {
    if (this.#readings === null) this.#stopping.abort()
    else this.#readings.readLast()
  }

  /** Takes a finished request into account, and gives the level up where more of them would tell nothing new. */
  #note(exchange: Exchange, worker: number, phase: Phase, requestedTokens: number): void {
    const { concurrency: level, pass } = this.#spec
    this.#window.settle(this.#ports.clock.now())
    this.#readHealth()
    const stallMs = exchange.firstTokenAt === null ? 0 : this.#ports.health.stallAt(exchange.firstTokenAt)
    const endStallMs = this.#ports.health.stallAt(exchange.endAt)
    this.#tally.add(exchange, { level, pass, worker, phase, requestedTokens, stallMs, endStallMs }, this.#window)
    if (exchange.failure === null || exchange.renewed) return
    this.#fatal ??= findFatalRefusal(exchange, this.#ports.target)
    const { refused, failed, records } = this.#tally
    if (this.#fatal !== null) this.stop('failing')
    else if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records.length) this.stop('rate-limited')
    else if (failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records.length) this.stop('failing')
  }

  /** A client that can no longer prove who it is has nothing more to send. */
  readonly #endRun = (error: unknown): null => {
    if (!(error instanceof EndpointError)) throw error
    this.#fatal ??= error
    this.stop('failing')
    return null
  }
}
