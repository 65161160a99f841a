import type { LevelRun } from '../metrics/level-run.ts'
import { countWorkers } from '../plan/shard.ts'
import type { SharedConcurrency } from '../plan/shard.ts'
import { readTime, shareCells } from './shared-cells.ts'
import type { SharedCells } from './shared-cells.ts'

/**
 * The measuring window of a level. It opens when the workers are warmed up and lasts the level's duration,
 * but never ends before each worker has started one counted request and the level has as many as it needs; a fixed
 * number of requests ends it earlier, once each worker has started one. It is evaluated lazily, at the turns of the
 * workers: no timer may end it late.
 */
export interface LevelWindow {
  /** When it opened; null before. */
  readonly startAt: number | null
  /** When it ended; null while that is not decided. */
  readonly endAt: number | null
  open(at: number): void
  /** Says in which phase a request that starts now is, and takes it into account. */
  phaseOf(worker: number, at: number): 'warmup' | 'counted' | 'tail'
  /** Ends the window now, whatever it still lacks: a budget is used up. */
  cut(at: number): void
  /** Decides the end if it lies in the past. */
  settle(at: number): void
  /** Whether each worker has started a counted request, and the window has as many as it needs. */
  readonly isSatisfied: boolean
  /** The window may end from then on. That of a shard says so itself of nothing. */
  satisfy(at: number): void
}

/** What of a window is known at a moment. */
export type KnownWindow = Pick<LevelWindow, 'startAt' | 'endAt'>

/** Of a shard: its share of the workers and of the requests. */
export interface WindowRule extends SharedConcurrency {
  readonly durationMs: number
  /** Counted requests that the level needs at least, beside one a worker. */
  readonly minRequests: number
  /** Counted requests that end the level, at least one a worker; null for none. */
  readonly maxRequests: number | null
}

/** What a window keeps: several threads may keep it together. Times are NaN until they are known. */
const WINDOW_CELLS = {
  startAt: NaN,
  endAt: NaN,
  /** When the level had all the requests it needs; the window may end from then on. */
  satisfiedAt: NaN,
  /** Counted requests that have started, and workers that have started one. */
  started: 0,
  workersStarted: 0,
}

type Stopped = NonNullable<LevelRun['stopped']>

const REASONS: readonly Stopped[] = ['rate-limited', 'failing', 'budget', 'cancelled']

/** The state of a level, counted over all threads that carry its load. */
const CELLS = {
  ...WINDOW_CELLS,
  /** Workers whose warm-up the window waits for, and how many of them have finished it. */
  awaited: 0,
  warmedUp: 0,
  /** Counted requests in flight. */
  countedOpen: 0,
  /** Finished requests with a record; the failed ones among them, and those refused with 429. */
  records: 0,
  failed: 0,
  refused: 0,
  /** 1: a budget ended the window. */
  cutByBudget: 0,
  /** The index in `REASONS`; NaN until it is stopped. */
  stopped: NaN,
}

/** What all threads that carry a level's load read and write: its window, its counts, and why it was stopped. */
export interface Board extends SharedCells<keyof typeof CELLS> {
  readonly window: LevelWindow
  /** The first reason is kept. */
  stop(reason: Stopped): void
  readonly stopped: Stopped | null
}

/** Creates the board of a level; with `memory`, joins another thread's. */
export function createBoard(rule: WindowRule, memory?: SharedArrayBuffer): Board {
  const cells = shareCells(CELLS, memory)
  return {
    ...cells,
    window: createWindow(rule, cells.values),
    stop(reason) {
      cells.hold(() => {
        if (Number.isNaN(cells.values.stopped)) cells.values.stopped = REASONS.indexOf(reason)
      })
    },
    get stopped() {
      const at = readTime(cells.values.stopped)
      return at === null ? null : REASONS[at]!
    },
  }
}

/** A window that follows `rule`. Each worker belongs to one thread; whoever shares `cells` takes turns. */
export function createWindow(
  rule: WindowRule,
  cells: Record<keyof typeof WINDOW_CELLS, number> = { ...WINDOW_CELLS },
): LevelWindow {
  const counted = new Uint8Array(rule.concurrency)
  const workers = countWorkers(rule)
  const isShared = rule.shard != null
  const needed = Math.ceil((Math.min(rule.minRequests, rule.maxRequests ?? Infinity) * workers) / rule.concurrency)
  const isSatisfied = (): boolean => cells.workersStarted === workers && cells.started >= needed

  const settle = (at: number): void => {
    if (Number.isNaN(cells.startAt) || !Number.isNaN(cells.endAt) || Number.isNaN(cells.satisfiedAt)) return
    const due = Math.max(cells.startAt + rule.durationMs, cells.satisfiedAt)
    if (at >= due) cells.endAt = due
  }

  return {
    get startAt() {
      return readTime(cells.startAt)
    },
    get endAt() {
      return readTime(cells.endAt)
    },
    open(at) {
      if (Number.isNaN(cells.startAt)) cells.startAt = at
    },
    settle,
    get isSatisfied() {
      return isSatisfied()
    },
    satisfy(at) {
      if (Number.isNaN(cells.satisfiedAt)) cells.satisfiedAt = at
    },
    cut(at) {
      settle(at)
      if (!Number.isNaN(cells.startAt) && Number.isNaN(cells.endAt)) cells.endAt = at
    },
    phaseOf(worker, at) {
      // Shards know before it comes when it opens.
      if (Number.isNaN(cells.startAt) || at < cells.startAt) return 'warmup'
      settle(at)
      if (!Number.isNaN(cells.endAt)) return 'tail'
      // A fixed number of requests: the window ends when the request after the last one would start, so that it holds whole
      // requests, and never before every worker has a counted one.
      if (cells.started >= (rule.maxRequests ?? Infinity) && cells.workersStarted === workers) {
        cells.endAt = at
        return 'tail'
      }
      cells.started++
      if (counted[worker] === 0) cells.workersStarted++
      counted[worker] = 1
      if (!isShared && isSatisfied()) this.satisfy(at)
      return 'counted'
    },
  }
}
