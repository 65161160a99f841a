import { EndpointError } from '../../errors.ts'
import type { EndpointTrouble } from '../../errors.ts'
import { countUsual, listArrivals } from '../../plan/arrivals.ts'
import type { ArrivalShare, OpenLoad } from '../../plan/arrivals.ts'
import { shareArrivals } from '../../plan/shares.ts'
import type { AfterAnswer } from '../../plan/conversations.ts'
import type { Workload } from '../../plan/workload.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import type { Phase } from '../../vocabulary/request-facts.ts'
import { countAnswer, isWarm } from './board.ts'
import type { SharedLevel } from './board.ts'
import { keepLayouts } from '../runtime.ts'
import type { HealthProbe } from '../runtime.ts'
import { findFatalRefusal } from '../explain.ts'
import { Entrance, countAwaited } from './entrance.ts'
import type { Entry } from './entrance.ts'
import { createTally } from './level-tally.ts'
import type { LevelShare, LevelTally } from './level-tally.ts'
import { watchQueue } from './overload.ts'
import { stockRequests } from './request-stock.ts'
import type { RequestStock } from './request-stock.ts'
import { sendOnSchedule } from './send-on-schedule.ts'
import type { Clock, Exchange, Transport } from '../ports.ts'

/** What carrying a share needs from outside, exclusively. */
export interface SharePorts {
  readonly transport: Transport
  /** Shared by all threads. */
  readonly clock: Clock
  readonly workload: Workload
  readonly health: HealthProbe
  /** Called when its requests are made, before the first of them is sent, and before many of them are cancelled at its end. */
  readonly collectGarbage: () => void
}

/** Signals between a share and those who decide about the whole level. */
export interface ShareLink {
  /** Ends the load: nothing more is sent, and requests in flight are cancelled. */
  readonly stopping: AbortSignal
  /** Called when the window has opened, to tell every share. */
  onOpened(): void
  /** Called when the last counted request of all shares has ended, so that the load may end. */
  onOver(): void
  /** Called when the load must end; the board says why. */
  onStopped(): void
}

/** The result of a share. */
export interface ShareFacts extends LevelShare {
  /** Why further requests are pointless; null when they are not. */
  readonly fatal: EndpointTrouble | null
}

/** A request that was sent, and what follows its answer. */
interface Sent {
  readonly worker: number
  readonly phase: Phase
  readonly request: RequestSpec
  readonly after: AfterAnswer
}

/** From so many workers on, what the ends of their requests in flight need is worth a collection. */
const MANY_WORKERS = 256
/** How many shares carry their load in this thread: of one level there is one, of endpoint and control together there are two. */
let sharesUnderWay = 0
/** The place of a request outside conversations. */
const ALONE = { conversation: null, turn: null, turns: null, thinkMs: null }

/**
 * Some workers of a level, each in a closed loop, or the requests of an open one: all of them, or those of one thread. The board counts over all of
 * them, so that the window opens and ends for all at the same moment and no budget is spent twice.
 */
export class Share {
  readonly #level: SharedLevel
  readonly #workers: readonly number[]
  readonly #ports: SharePorts
  readonly #link: ShareLink
  readonly #arrivals: ArrivalShare
  readonly #stock: RequestStock
  readonly #tally: LevelTally
  readonly #entrance: Entrance
  #fatal: EndpointError | null = null
  /** The client's health in the window; null until that has ended. */
  #health: ShareFacts['health'] = null

  constructor(
    level: SharedLevel,
    workers: readonly number[],
    ports: SharePorts,
    link: ShareLink,
    arrivals: ArrivalShare = { first: 0, of: 1 },
  ) {
    this.#level = level
    this.#workers = workers
    this.#ports = ports
    this.#link = link
    this.#arrivals = arrivals
    this.#stock = stockRequests(level, { workers, arrivals }, ports)
    // To make a request leaves more garbage than it keeps.
    ports.collectGarbage()
    this.#tally = createTally(level.sweepStartAt)
    const { values, hold } = level.board
    this.#entrance = new Entrance(workers.length, (more) => hold(() => (values.awaited += more)))
    link.stopping.addEventListener('abort', () => this.#endLoad(), { once: true })
    const { open, warmupRequests } = level.spec
    hold(() => {
      if (open == null) {
        values.awaited += countAwaited(workers.length, 'phased')
        values.outside += warmupRequests > 0 ? workers.length : 0
      } else values.awaited = warmupRequests * (open.conversationsUnderWay ?? countUsual(open))
    })
  }

  /** Notes that the window has opened. */
  noteOpened(): void {
    this.#ports.health.start()
  }

  /**
   * The load is over: nobody enters any more, and next the requests in flight are cancelled. The ends of many need the room that garbage still
   * takes; but where the other side is still measured in this thread, collecting would look like a pause of its server.
   */
  #endLoad(): void {
    this.#entrance.end()
    if (this.#workers.length >= MANY_WORKERS && sharesUnderWay === 1) this.#ports.collectGarbage()
  }

  /** Runs until the load has ended or there is nothing more to send. */
  async run(): Promise<ShareFacts> {
    const { open } = this.#level.spec
    sharesUnderWay++
    try {
      await (open == null ? Promise.all(this.#workers.map(async (worker) => this.#work(worker))) : this.#keepTo(open))
    } finally {
      sharesUnderWay--
    }
    // A trace has ended in this shard; whether it has ended in all of them is not known yet.
    if (this.#level.board.window.isWhole) this.#health ??= this.#ports.health.read()
    this.#readHealth()
    this.#ports.health.stop()
    return { tally: this.#tally.share, health: this.#health, fatal: this.#fatal }
  }

  /** One worker's closed loop. */
  async #work(worker: number): Promise<void> {
    const { clock } = this.#ports
    const { warmupRequests } = this.#level.spec
    const { stopping } = this.#link
    let failures = 0
    for (let k = 0; !stopping.aborted; k++) {
      if (k > 0 && k === warmupRequests) this.#noteWarmth('warmedUp', 1)
      if (k > 0) this.#entrance.noteSent()
      const entry = k === 0 && warmupRequests > 0 ? await this.#entrance.enter() : null
      if (stopping.aborted) return
      const end = await this.#sendNext(worker, entry)
      if (end === null) return
      failures = end.failed ? failures + 1 : 0
      const pauseMs = failures === 0 ? end.thinkMs : chooseBackoffMs(failures)
      if (pauseMs > 0) await clock.sleep(pauseMs, stopping)
    }
  }

  /**
   * Sends the next request of a worker; null when there is none, or its level has ended. It is no part of the loop that calls it: a function
   * that waits keeps what its variables held before, so that each exchange would live as long as the next one, and outlive young garbage.
   */
  async #sendNext(
    worker: number,
    entry: Entry | null,
  ): Promise<{ readonly failed: boolean; readonly thinkMs: number } | null> {
    const spread = this.#chooseSpread(worker, entry)
    const request = this.#stock.take(worker, spread)
    const phase = this.#claimRequest(worker, request.outputTokens)
    if (phase === null) return null
    const isIn = entry === null && !this.#entrance.isOpening
    let exchange: Exchange
    try {
      exchange = await (isIn
        ? this.#ports.transport.send(worker, request, this.#link.stopping)
        : this.#sendWatched(worker, request, entry, spread))
    } catch (error) {
      this.#endRun(error)
      return null
    }
    const after = this.#hear(worker, exchange)
    this.#note(exchange, { worker, phase, request, after })
    return { failed: exchange.failure !== null, thinkMs: typeof after === 'number' ? after : 0 }
  }

  /** Sends a request while workers still enter: its first token may let more of them in. */
  async #sendWatched(
    worker: number,
    request: RequestSpec,
    entry: Entry | null,
    spread: number | null,
  ): Promise<Exchange> {
    const { outputTokens } = request
    // After its first request was taken for warm-up: a shortened answer never counts.
    const onIn = entry === null ? undefined : (): void => this.#noteWarmth('outside', -1)
    const watched = { outputTokens, fullTokens: outputTokens / (spread ?? 1), entry, onIn }
    return this.#entrance.watch(watched, async (onFirstToken) =>
      this.#ports.transport.send(worker, request, this.#link.stopping, onFirstToken),
    )
  }

  /** The share of a full answer that a request asks for with which a worker enters; null for all others. */
  #chooseSpread(worker: number, entry: Entry | null): number | null {
    return entry === null ? null : entry === 'whole' ? 1 : this.#ports.workload.spread[worker]!
  }

  /** The requests of an open loop, each when it is due. */
  async #keepTo(open: OpenLoad): Promise<void> {
    const { clock, transport } = this.#ports
    const { board, spec } = this.#level
    const { values } = board
    const { stopping } = this.#link
    const arrivals = listArrivals(open, shareArrivals(spec.shard ?? null, this.#arrivals))
    const beganAt = board.hold(() => {
      if (Number.isNaN(values.scheduleAt)) values.scheduleAt = clock.now()
      return values.scheduleAt
    })
    const time = { clock, stopping, beganAt }
    const dropped = await sendOnSchedule(arrivals, this.#workers, time, {
      prepare: (number) => ({ number, request: this.#stock.take(number, null) }),
      take: ({ number, request }, dueAt) => {
        const phase = this.#claimRequest(0, request.outputTokens, dueAt)
        if (phase === null) return null
        board.hold(() => {
          values.outstanding++
          if (phase === 'counted' && (request.turn?.turn ?? 1) === 1) values.arrived++
        })
        return { number, request, phase, dueAt }
      },
      onWaiting: ({ phase }) => {
        if (phase === 'counted') board.hold(() => values.waited++)
      },
      send: async (slot, { number, request, phase, dueAt }) => {
        board.hold(() => (values.peakInFlight = Math.max(values.peakInFlight, ++values.inFlight)))
        const exchange = await transport.send(slot, request, stopping).catch((error) => {
          this.#endRun(error)
          return null
        })
        board.hold(() => {
          values.inFlight--
          values.outstanding--
        })
        if (exchange === null) return null
        const after = this.#hear(number, exchange)
        this.#note({ ...exchange, dueAt }, { worker: slot, phase, request, after })
        if (typeof after === 'number') return { number, dueAt: exchange.endAt + after }
        if (phase === 'warmup' && !exchange.cancelled) this.#noteWarmth('warmedUp', 1)
        return null
      },
    })
    board.hold(() => (values.dropped += dropped.filter(({ phase }) => phase === 'counted').length))
  }

  /** What follows an answer to a worker or, in an open loop, to the request of that number. */
  #hear(worker: number, { failure, text }: Exchange): AfterAnswer {
    return this.#ports.workload.hear?.(worker, failure === null ? text : null) ?? 'over'
  }

  /** Opens the window when all are in and the last awaited worker has finished its warm-up. */
  #noteWarmth(cell: 'outside' | 'warmedUp', by: 1 | -1): void {
    const { board, spec } = this.#level
    const isLast = board.hold(() => {
      board.values[cell] += by
      if (!isWarm(board.values) || board.window.startAt !== null || spec.shard != null) return false
      board.window.open(this.#ports.clock.now())
      return true
    })
    if (isLast) this.#link.onOpened()
  }

  /** The phase of the request that a worker sends now, or that is due then; null when it has nothing to send. */
  #claimRequest(worker: number, outputTokens: number, at = this.#ports.clock.now()): Phase | null {
    const { board, budget } = this.#level
    // No other worker may run in between, or the last request of a budget would be sent twice.
    const phase = board.hold(() => budget.hold(() => this.#choosePhase(worker, outputTokens, at)))
    this.#readHealth()
    if (phase === 'stopped') this.#link.onStopped()
    if (phase !== 'over') return phase === 'stopped' ? null : phase
    this.#link.onOver()
    // The server may be read a last time, under load.
    if (this.#link.stopping.aborted) return null
    return budget.hold(() => {
      if (budget.spent()) return null
      budget.spendRequest(outputTokens)
      return 'tail'
    })
  }

  /** `over`: all counted requests have ended. `stopped`: the load must end. */
  #choosePhase(worker: number, outputTokens: number, at: number): Phase | 'over' | 'stopped' | null {
    const { board, budget } = this.#level
    const { values, window } = board
    const { open, shard, concurrency } = this.#level.spec
    if (budget.exhausted()) {
      // A window that ended elsewhere at another moment does not count.
      if (window.startAt === null || shard != null) {
        board.stop('budget')
        return 'stopped'
      }
      window.settle(at)
      if (window.endAt === null) values.cutByBudget = 1
      window.cut(at)
    }
    // The last answers of a spent budget end without full load.
    if (budget.spent()) return values.countedOpen === 0 ? 'stopped' : null
    const phase = window.phaseOf(worker, at)
    if (open != null && watchQueue(board, { at, rate: shard == null ? concurrency : null })) {
      board.stop('overloaded')
      return 'stopped'
    }
    if (phase === 'tail' && values.countedOpen === 0) return 'over'
    budget.spendRequest(outputTokens)
    if (phase === 'counted') values.countedOpen++
    return phase
  }

  /** Reads the client's health once, as soon as the window has ended. */
  #readHealth(): void {
    if (this.#level.board.window.endAt !== null) this.#health ??= this.#ports.health.read()
  }

  /** Counts a finished request, and gives the level up if more of them would tell nothing new. */
  #note(exchange: Exchange, { worker, phase, request, after }: Sent): void {
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
    const { outputTokens: requestedTokens, turn: place = ALONE, part = null } = request
    const cutShort = after === 'cut-short'
    const facts = { level, pass, worker, phase, requestedTokens, stallMs, endStallMs, part, ...place, cutShort }
    keepLayouts('request', [request, facts, known])
    this.#tally.add(exchange, facts, known)
    if (exchange.failure !== null && !exchange.renewed) this.#fatal ??= findFatalRefusal(exchange, target)
    if (this.#fatal !== null) board.stop('failing')
    const isOver = board.hold(() => {
      if (!exchange.cancelled && !exchange.renewed) countAnswer(board, exchange.failure)
      if (phase !== 'counted') return false
      values.countedOpen--
      // Shards agree on when the last answer of all has come.
      if (spec.shard == null && window.isWhole && window.isSatisfied && values.countedOpen === 0)
        window.cut(clock.now())
      return window.endAt !== null && values.countedOpen === 0
    })
    this.#readHealth()
    if (board.stopped !== null) this.#link.onStopped()
    else if (isOver) this.#link.onOver()
  }

  /** A client that can no longer authenticate has nothing more to send. */
  #endRun(error: unknown): void {
    if (!(error instanceof EndpointError)) throw error
    this.#fatal ??= error
    this.#level.board.stop('failing')
    this.#link.onStopped()
  }
}

/**
 * A failing worker pauses this long, doubled with every failure in a row, so that a closed loop does not hammer a
 * dead server. `Retry-After` delays the next level, not the worker: one 429 in thousands must not reduce the load of
 * a level.
 */
const BACKOFF_MS = 50
const BACKOFF_MAX_MS = 2_000

/** The pause after this many failures in a row, at least one. */
function chooseBackoffMs(failures: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1))
}
