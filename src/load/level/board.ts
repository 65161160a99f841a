import type { LevelRun } from '../../metrics/level/level-run.ts'
import { countWorkers, shareOut } from '../../plan/shares.ts'
import type { SharedConcurrency } from '../../plan/shares.ts'
import { defineCells, readTime } from '../runtime.ts'
import type { SharedCells } from '../runtime.ts'
import type { OpenLoad } from '../../plan/arrivals.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'
import type { Budget } from '../budget.ts'

/**
 * The measuring window of a level. It opens when the workers are warmed up and lasts the level's duration, but does
 * not end before each worker has started one counted request and the level has as many as it
 * needs. A fixed number of requests ends it earlier, once each worker has started one. It is evaluated whenever a worker claims a request, so that no
 * timer can end it late.
 */
interface LevelWindow {
  /** When it opened; null before. */
  readonly startAt: number | null
  /** When it ended; null until that is decided. */
  readonly endAt: number | null
  open(at: number): void
  /** Counts a request that starts now, and returns its phase. */
  phaseOf(worker: number, at: number): 'warmup' | 'counted' | 'tail'
  /** Ends the window now, even if it lacks requests, because a budget is used up. */
  cut(at: number): void
  /** Sets the end if it is in the past. */
  settle(at: number): void
  /** Whether each worker has started a counted request, and the window has as many as it needs. */
  readonly isSatisfied: boolean
  /** Whether it is all of a trace, from the first request to the last answer. */
  readonly isWhole: boolean
  /** Allows the window to end from then on. The window of a shard never does so itself. */
  satisfy(at: number): void
}

/** The rule of a window. */
export type KnownWindow = Pick<LevelWindow, 'startAt' | 'endAt'>

/** With shards: its share of the workers and of the requests; one shard does not decide alone. */
export interface WindowRule extends SharedConcurrency {
  readonly durationMs: number
  /** Fewest counted requests of the level, besides one per worker; set by a gated percentile. */
  readonly minRequests: number
  /** Number of counted requests that ends the level, at least one per worker; null for none. */
  readonly maxRequests: number | null
}

/** What to do for one level in one pass. */
export interface LevelSpec extends WindowRule {
  /** From 1; 0 outside the passes of a sweep: soak, sentinel, cross-check. */
  readonly pass: number
  /** Warm-up requests per worker. */
  readonly warmupRequests: number
  /** Requests at their own moments, whatever became of those before; absent or null: a closed loop. */
  readonly open?: OpenLoad | null
  /** About how many requests it will take; so many are made before it begins. Absent: none. */
  readonly expectedRequests?: number
  /** Of a trace: what sets the texts of this pass apart from those of all others, so that no cache holds them already. */
  readonly nonce?: string
}

/** The state of a window, which several threads may share. Times are NaN until known. */
const WINDOW_CELLS = {
  startAt: NaN,
  endAt: NaN,
  /** When the level had enough requests; the window may end from then on. */
  satisfiedAt: NaN,
  /** Number of counted requests that have started, and of workers that have started one. */
  started: 0,
  workersStarted: 0,
}

type Stopped = NonNullable<LevelRun['stopped']>

/** All reasons to stop a level. */
export const STOP_REASONS = [
  'rate-limited',
  'failing',
  'budget',
  'cancelled',
  'overloaded',
] as const satisfies readonly Stopped[]

/** The state of a level, over all threads that carry its load. */
const CELLS = {
  ...WINDOW_CELLS,
  /** Workers that have not entered; the window waits for all of them. */
  outside: 0,
  /** How many workers' warm-ups the window waits for, and how many have finished. */
  awaited: 0,
  warmedUp: 0,
  /** Counted requests in flight. */
  countedOpen: 0,
  /** Number of finished requests with a record, of failed ones among them, and of those refused with 429. */
  records: 0,
  failed: 0,
  refused: 0,
  /** Of an open loop: when its schedule began. */
  scheduleAt: NaN,
  /** Requests that were due and have not ended; those of them that were sent; and the most that were under way at once. */
  outstanding: 0,
  inFlight: 0,
  peakInFlight: 0,
  /** What was outstanding when the window opened, and at its end; NaN until then. */
  outstandingBefore: NaN,
  outstandingAfter: NaN,
  /** In the window, the last moment at which no more was outstanding than when it opened: when, how many, and how many had arrived. */
  shortAt: NaN,
  outstandingShort: NaN,
  arrivedShort: 0,
  /** Counted requests that came by the schedule: not those that follow an answer. */
  arrived: 0,
  /** Counted requests that waited for a connection, and those that were never sent. */
  waited: 0,
  dropped: 0,
  /** Requests that were made when they were to be sent, although they could have been made before. */
  madeInLevel: 0,
  /** 1 when a budget ended the window. */
  cutByBudget: 0,
  /** The index in `STOP_REASONS`; NaN until stopped. */
  stopped: NaN,
}

const shareBoard = defineCells(CELLS)

/** What all threads of a level share: its window, its counts, and why it was stopped. */
export interface Board extends SharedCells<keyof typeof CELLS> {
  readonly window: LevelWindow
  /** Stops the level; the first reason is kept. */
  stop(reason: Stopped): void
  readonly stopped: Stopped | null
}

/** A level as seen by those who carry its load. */
export interface SharedLevel {
  readonly spec: LevelSpec
  readonly board: Board
  readonly budget: Budget
  /** The start of the sweep on the clock, to which times of records are relative. */
  readonly sweepStartAt: number
  /** The URL that is measured, for messages. */
  readonly target: string
}

/** Whether all workers are in the level, and as many as the window waits for are warmed up. */
export function isWarm({
  outside,
  awaited,
  warmedUp,
}: Pick<Board['values'], 'outside' | 'awaited' | 'warmedUp'>): boolean {
  return outside === 0 && warmedUp >= awaited
}

/** Creates the board of a level; with `memory`, joins another thread's. */
export function createBoard(rule: WindowRule, memory?: SharedArrayBuffer): Board {
  const cells = shareBoard(memory)
  return {
    ...cells,
    window: createWindow(rule, cells.values),
    stop(reason) {
      cells.hold(() => {
        if (Number.isNaN(cells.values.stopped)) cells.values.stopped = STOP_REASONS.indexOf(reason)
      })
    },
    get stopped() {
      const at = readTime(cells.values.stopped)
      return at === null ? null : STOP_REASONS[at]!
    },
  }
}

/** A window that follows `rule`. Each worker belongs to one thread; threads that share `cells` hold them one at a time. */
export function createWindow(
  rule: WindowRule,
  cells: Record<keyof typeof WINDOW_CELLS, number> = { ...WINDOW_CELLS },
): LevelWindow {
  // Those of an open loop are connections, of which any may be the next.
  const workers = rule.open == null ? countWorkers(rule) : 0
  const counted = new Uint8Array(rule.open == null ? rule.concurrency : 0)
  const isShared = rule.shard != null
  const all = rule.open?.dueMs?.length ?? null
  const neededOfAll = all ?? Math.min(rule.minRequests, rule.maxRequests ?? Infinity)
  const needed =
    rule.open == null
      ? Math.ceil((neededOfAll * workers) / rule.concurrency)
      : rule.shard == null
        ? neededOfAll
        : shareOut(neededOfAll, rule.shard)
  const isSatisfied = (): boolean => cells.workersStarted === workers && cells.started >= needed

  const settle = (at: number): void => {
    if (all !== null || Number.isNaN(cells.startAt) || !Number.isNaN(cells.endAt) || Number.isNaN(cells.satisfiedAt))
      return
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
    isWhole: all !== null,
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
      // Shards know in advance when it opens.
      if (Number.isNaN(cells.startAt) || at < cells.startAt) return 'warmup'
      settle(at)
      if (!Number.isNaN(cells.endAt)) return 'tail'
      // With a fixed number of requests, the window ends when the next request would start, so that it holds whole
      // requests, and not before every worker has a counted one.
      if (all === null && cells.started >= (rule.maxRequests ?? Infinity) && cells.workersStarted === workers) {
        cells.endAt = at
        return 'tail'
      }
      cells.started++
      if (counted[worker] === 0) {
        cells.workersStarted++
        counted[worker] = 1
      }
      if (!isShared && isSatisfied()) this.satisfy(at)
      return 'counted'
    },
  }
}

/**
 * A level is given up after this many refused or failed requests, if they are also this share of all: one 429 among
 * the first fifty says nothing.
 */
const GIVE_UP_REFUSED = 3
const GIVE_UP_REFUSED_SHARE = 0.01
const GIVE_UP_FAILED = 10
const GIVE_UP_FAILED_SHARE = 0.5

/** Counts an answer, and gives the level up if more of them would tell nothing new. The board must be held. */
export function countAnswer(board: Board, failure: FailureClass | null): void {
  const { values } = board
  values.records++
  if (failure === null) return
  values.failed++
  if (failure === 'http_429') values.refused++
  const reason = findReasonToGiveUp(values)
  if (reason !== null) board.stop(reason)
}

/** Why a level with these finished requests is given up; null where it is not. */
function findReasonToGiveUp({ records, failed, refused }: Board['values']): 'rate-limited' | 'failing' | null {
  if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records) return 'rate-limited'
  return failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records ? 'failing' : null
}
