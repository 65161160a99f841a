import { EndpointError } from '../errors.ts'
import type { Workload } from '../plan/workload.ts'
import type { Shard } from '../settings/values/shard.ts'
import type { Phase } from '../vocabulary/request-facts.ts'
import type { Board } from './board.ts'
import type { Budget } from './budget.ts'
import type { HealthProbe } from './client-health.ts'
import { findFatalRefusal } from './fatal-refusal.ts'
import { createTally } from './level-tally.ts'
import type { LevelShare, LevelTally } from './level-tally.ts'
import type { Clock, Exchange, Transport } from './ports.ts'

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
  /** The shard that this process is, which has only some of the workers and decides about no window alone; absent or null: it is none. */
  readonly shard?: Shard | null
}

/** A level as everybody sees it who carries load of it. */
export interface SharedLevel {
  readonly spec: LevelSpec
  readonly board: Board
  readonly budget: Budget
  /** The start of the sweep on the clock: record times count from here. */
  readonly sweepStartAt: number
  /** The URL that is measured, for messages. */
  readonly target: string
}

/** What carrying a share needs from outside; nobody else uses it meanwhile. */
export interface SharePorts {
  readonly transport: Transport
  /** One for all threads. */
  readonly clock: Clock
  readonly workload: Workload
  readonly health: HealthProbe
}

/** Between a share and whoever decides about the whole level. */
export interface ShareLink {
  /** Ends the load: nothing more is sent, and what is in flight is cancelled. */
  readonly stopping: AbortSignal
  /** The window has opened: every share is to be told. */
  onOpened(): void
  /** The last counted request of all has ended, and the load may. */
  onOver(): void
  /** The load must end: the board says why. */
  onStopped(): void
}

/** What a share came to. */
export interface ShareFacts extends LevelShare {
  /** Why every further request is worthless; null: it is not. */
  readonly fatal: Pick<EndpointError, 'what' | 'tried' | 'remedy'> | null
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
 * Workers whose warm-up the window waits for: the shorter half of the first requests. All workers are in their phases from the start, so a
 * window need only wait until the burst in which they began is over and requests are about as old as they are later on. Where requests
 * wait for a slot, it waits until each of these has had one.
 */
function countAwaited(concurrency: number): number {
  return Math.floor(concurrency / 2) + 1
}

/**
 * Some workers of a level, each in a closed loop: all of them, or those of one thread. What must be counted over all of them stands on
 * the board, so that the window opens and ends for all at one moment and no budget is spent twice.
 */
export class Share {
  readonly #level: SharedLevel
  readonly #workers: readonly number[]
  readonly #ports: SharePorts
  readonly #link: ShareLink
  readonly #tally: LevelTally
  #fatal: EndpointError | null = null
  /** Of the window; null until it has ended. */
  #health: ShareFacts['health'] = null

  constructor(level: SharedLevel, workers: readonly number[], ports: SharePorts, link: ShareLink) {
    this.#level = level
    this.#workers = workers
    this.#ports = ports
    this.#link = link
    this.#tally = createTally(level.sweepStartAt)
    const { values, hold } = level.board
    hold(() => (values.awaited += workers.filter((worker) => this.#isAwaited(worker)).length))
  }

  /** The window has opened. */
  noteOpened(): void {
    this.#ports.health.start()
  }

  /** Until the load has ended, or there is nothing more to send. */
  async run(): Promise<ShareFacts> {
    await Promise.all(this.#workers.map(async (worker) => this.#work(worker)))
    this.#ports.health.stop()
    return { tally: this.#tally.share, health: this.#health, fatal: this.#fatal }
  }

  /** One worker's closed loop. */
  async #work(worker: number): Promise<void> {
    const { clock, workload, transport } = this.#ports
    const { warmupRequests } = this.#level.spec
    const { stopping } = this.#link
    let failures = 0
    for (let k = 0; !stopping.aborted; k++) {
      if (k > 0 && k === warmupRequests && this.#isAwaited(worker)) this.#noteWarmedUp()
      const spread = k === 0 && warmupRequests > 0 ? workload.spread[worker]! : null
      const request = workload.next(worker, spread)
      const phase = this.#takeTurn(worker, request.outputTokens)
      if (phase === null) return

      const exchange = await transport.send(worker, request, stopping).catch(this.#endRun)
      if (exchange === null) return
      this.#note(exchange, worker, phase, request.outputTokens)
      failures = exchange.failure === null ? 0 : failures + 1
      if (failures === 0) continue
      await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1)), stopping)
    }
  }

  /** Whether the warm-up of this worker is one of the shorter half. */
  #isAwaited(worker: number): boolean {
    const { concurrency } = this.#level.spec
    return this.#ports.workload.spread[worker]! * concurrency <= countAwaited(concurrency)
  }

  /** The window opens when the last worker that is awaited has finished its warm-up. */
  #noteWarmedUp(): void {
    const { board, spec } = this.#level
    const isLast = board.hold(() => {
      if (++board.values.warmedUp < board.values.awaited || spec.shard != null) return false
      board.window.open(this.#ports.clock.now())
      return true
    })
    if (isLast) this.#link.onOpened()
  }

  /** In which phase the request is that a worker sends now; null when it has none to send. */
  #takeTurn(worker: number, outputTokens: number): Phase | null {
    const { board, budget } = this.#level
    // Nobody else takes a turn meanwhile, or the last request of a budget would be sent twice.
    const turn = board.hold(() => budget.hold(() => this.#chooseTurn(worker, outputTokens)))
    this.#readHealth()
    if (turn === 'stopped') this.#link.onStopped()
    if (turn !== 'over') return turn === 'stopped' ? null : turn
    this.#link.onOver()
    // There may be a last look at the server, under load.
    if (this.#link.stopping.aborted) return null
    return budget.hold(() => {
      if (budget.spent()) return null
      budget.spendRequest(outputTokens)
      return 'tail'
    })
  }

  /** `over`: all that counts has ended. `stopped`: so must the load. */
  #chooseTurn(worker: number, outputTokens: number): Phase | 'over' | 'stopped' | null {
    const { board, budget } = this.#level
    const { values, window } = board
    const at = this.#ports.clock.now()
    if (budget.exhausted()) {
      // What is left of a window that ended elsewhere at another moment is none.
      if (window.startAt === null || this.#level.spec.shard != null) {
        board.stop('budget')
        return 'stopped'
      }
      window.settle(at)
      if (window.endAt === null) values.cutByBudget = 1
      window.cut(at)
    }
    // The last answers of a spent budget end without load behind them.
    if (budget.spent()) return values.countedOpen === 0 ? 'stopped' : null
    const phase = window.phaseOf(worker, at)
    if (phase === 'tail' && values.countedOpen === 0) return 'over'
    budget.spendRequest(outputTokens)
    if (phase === 'counted') values.countedOpen++
    return phase
  }

  /** Reads the client's health once, as soon as the window is known to have ended. */
  #readHealth(): void {
    if (this.#level.board.window.endAt !== null) this.#health ??= this.#ports.health.read()
  }

  /** Takes a finished request into account, and gives the level up where more of them would tell nothing new. */
  #note(exchange: Exchange, worker: number, phase: Phase, requestedTokens: number): void {
    const { board, spec, target } = this.#level
    const { health, clock } = this.#ports
    const { values, window } = board
    const known = board.hold(() => {
      window.settle(clock.now())
      return { startAt: window.startAt, endAt: window.endAt }
    })
    this.#readHealth()
    const stallMs = exchange.firstTokenAt === null ? 0 : health.stallAt(exchange.firstTokenAt)
    const endStallMs = health.stallAt(exchange.endAt)
    const { concurrency: level, pass } = spec
    this.#tally.add(exchange, { level, pass, worker, phase, requestedTokens, stallMs, endStallMs }, known)
    if (exchange.failure !== null && !exchange.renewed) this.#fatal ??= findFatalRefusal(exchange, target)
    if (this.#fatal !== null) board.stop('failing')
    const isOver = board.hold(() => {
      if (!exchange.cancelled && !exchange.renewed) this.#count(exchange)
      if (phase !== 'counted') return false
      values.countedOpen--
      return window.endAt !== null && values.countedOpen === 0
    })
    if (board.stopped !== null) this.#link.onStopped()
    else if (isOver) this.#link.onOver()
  }

  #count({ failure }: Exchange): void {
    const { board } = this.#level
    const { values } = board
    values.records++
    if (failure === null) return
    values.failed++
    if (failure === 'http_429') values.refused++
    const { records, failed, refused } = values
    if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records) board.stop('rate-limited')
    else if (failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records) board.stop('failing')
  }

  /** A client that can no longer prove who it is has nothing more to send. */
  readonly #endRun = (error: unknown): null => {
    if (!(error instanceof EndpointError)) throw error
    this.#fatal ??= error
    this.#level.board.stop('failing')
    this.#link.onStopped()
    return null
  }
}
