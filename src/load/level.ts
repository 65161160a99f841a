import { EndpointError } from '../errors.ts'
import type { LevelRun, OpenRun } from '../metrics/level/level-run.ts'
import { createBoard } from './level/board.ts'
import type { Board, SharedLevel, LevelSpec } from './level/board.ts'
import { joinShares } from './level/level-tally.ts'
import type { LevelFrame } from './level/level-tally.ts'
import { findLastMs } from '../plan/arrivals.ts'
import type { OpenLoad } from '../plan/arrivals.ts'
import { listWorkers } from '../plan/shares.ts'
import type { Clock } from './ports.ts'
import { beginReadings } from './server-readings.ts'
import type { LevelReadings, ServerMetrics } from './server-readings.ts'
import { Share } from './level/share.ts'
import type { ShareFacts, ShareLink, SharePorts } from './level/share.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'

/** What the decisions about a level need. */
export interface SharedLevelPorts extends Pick<SharedLevel, 'budget' | 'sweepStartAt' | 'target'> {
  readonly clock: Clock
  /** Cancels the run. */
  readonly signal: AbortSignal
  /** Reads the server's metrics before the level, under its load, and after it; null: not at all. */
  readonly serverMetrics: ServerMetrics | null
  /** How a shard measures it together with others; absent or null when alone. */
  readonly steer?: Steer | null
}

/** Also what this thread needs to carry all of its load. */
export interface LevelPorts extends SharedLevelPorts, SharePorts {}

/** Signals between those who carry the load of a level and those who decide about it. */
export interface LevelLink extends ShareLink {
  /** Every worker can begin. Resolves when they may, to whether the window opens with that; rejects when they never may. */
  onReady(): Promise<boolean>
  /** Aborts when others have opened the window, to tell every share. */
  readonly opened: AbortSignal
}

/** What a shard reports of a level that has ended. */
export interface LevelEnd {
  /** Whether higher levels are still tried. */
  readonly held: boolean
  /** Whether there is no budget for another one. */
  readonly isLast: boolean
}

/** A level while this shard carries its share of it. */
export interface SteeredLevel {
  readonly spec: LevelSpec
  readonly board: Board
  /** Aborts when the load has ended here. */
  readonly stopping: AbortSignal
  /** The window has opened. */
  onOpened(): void
  /** The last counted request of all shards has ended. */
  onOver(): void
  /** The load must end: the board says why. */
  onStopped(): void
}

/**
 * Agrees with the run's other shards, so that all measure the same levels at the same moments. Every method waits for
 * the others, and rejects with an EndpointError when one of them is gone.
 */
export interface Steer {
  readonly shard: Shard
  /** The same in all shards of this run, and in no other run. */
  readonly runId: string
  /** The start of the sweep on the clock of this process: the same moment in all. */
  readonly startAt: number
  /** Waits until all are ready for a level; returns when its load begins, on the clock of this process, which is a little later. */
  begin(): Promise<number>
  /** Opens and ends the window of a level with the others, until its load may end. */
  steerLevel(level: SteeredLevel): Promise<void>
  /** Combines what all shards report of a level. */
  agreeOnEnd(end: LevelEnd): Promise<LevelEnd>
  /** Keeps what this process carried of a level for its part. */
  keep(frame: LevelFrame, shares: readonly ShareFacts[]): void
}

/** Carries the load of a level until it ends: in this thread, or in several with a share of the workers each. */
export type CarryLoad = (level: SharedLevel, link: LevelLink) => Promise<readonly ShareFacts[]>

/** Measures one level in this thread; else like `measureSharedLevel`. */
export async function measureLevel(spec: LevelSpec, ports: LevelPorts): Promise<LevelRun> {
  return measureSharedLevel(spec, ports, async (level, link) => {
    const tellOpened = (): void => {
      share.noteOpened()
      link.onOpened()
    }
    const share = new Share(level, listWorkers(spec), ports, { ...link, onOpened: tellOpened })
    link.opened.addEventListener('abort', () => share.noteOpened(), { once: true })
    if (await link.onReady()) tellOpened()
    return [await share.run()]
  })
}

/**
 * Measures one level: `concurrency` workers in a closed loop, each sending its next request when the last one has
 * ended; or an open loop, whose requests are sent when they are due.
 *
 * The workers enter one after another, in spread phases. The window opens when all are in and the first of them have finished their warm-up.
 * Requests that start in it are counted, and the load goes on until the last counted one has ended, because a
 * decreasing load would improve every latency. Then requests in flight are cancelled. The server's metrics are read
 * now and then under full load, and once more before anything is cancelled.
 *
 * @throws EndpointError when the endpoint refuses the key or redirects, so that further requests are pointless.
 */
export async function measureSharedLevel(
  spec: LevelSpec,
  ports: SharedLevelPorts,
  carryLoad: CarryLoad,
): Promise<LevelRun> {
  const level = await beginLevel(spec, ports)
  const shares = await carryLevel(level, carryLoad)
  const fatal = shares.find((share) => share.fatal !== null)?.fatal
  if (fatal != null) throw fatal instanceof EndpointError ? fatal : new EndpointError(fatal.what, fatal)
  const frame = await endLevel(level)
  ports.steer?.keep(frame, shares)
  return { ...joinShares(frame, shares), madeInLevel: level.board.values.madeInLevel }
}

/** A level that is being measured. */
interface RunningLevel {
  readonly spec: LevelSpec
  readonly ports: SharedLevelPorts
  readonly board: Board
  /** Ends the load. */
  readonly stopping: AbortController
  /** Aborted when the shards have opened the window together. */
  readonly opened: AbortController
  readonly readings: LevelReadings | null
  /** When its load began; until shards have agreed on that, when it was made ready. */
  startedAt: number
  /** Pending until the shards have agreed that its load may end; null before this one is ready, and without shards. */
  steering: Promise<void> | null
}

/** Makes a level ready. */
async function beginLevel(spec: LevelSpec, ports: SharedLevelPorts): Promise<RunningLevel> {
  const { clock, serverMetrics } = ports
  const stopping = new AbortController()
  const readings = serverMetrics === null ? null : await beginReadings(serverMetrics, { ...ports, stopping })
  return {
    spec,
    ports,
    board: createBoard(spec),
    stopping,
    opened: new AbortController(),
    readings,
    startedAt: clock.now(),
    steering: null,
  }
}

/** Waits until its load has ended everywhere. */
async function carryLevel(level: RunningLevel, carryLoad: CarryLoad): Promise<readonly ShareFacts[]> {
  const { spec, board, stopping } = level
  const { budget, sweepStartAt, signal, target } = level.ports
  const cancel = (): void => {
    board.stop(budget.exhausted() ? 'budget' : 'cancelled')
    stopping.abort()
  }
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const carrying = carryLoad({ spec, board, budget, sweepStartAt, target }, linkTo(level))
  const [carried] = await Promise.allSettled([carrying])
  signal.removeEventListener('abort', cancel)
  if (carried.status === 'rejected') {
    stopping.abort()
    await Promise.allSettled([level.steering])
    throw carried.reason
  }
  await level.steering
  return carried.value
}

/**
 * The signals for those who carry the load. With shards, all of them decide together when the window opens and the
 * load ends.
 */
function linkTo(level: RunningLevel): LevelLink {
  const { spec, board, stopping, opened, ports } = level
  const { clock, steer = null } = ports
  return {
    stopping: stopping.signal,
    opened: opened.signal,
    async onReady() {
      if (steer !== null) {
        const begun = beginTogether(level, steer)
        level.steering = begun.then(async () => steerLevel(level, steer))
        // Its result is checked when the load has ended.
        level.steering.catch(() => {})
        await begun
        return false
      }
      if (spec.warmupRequests > 0) return false
      board.window.open(clock.now())
      return true
    },
    onOpened: () => watchServer(level),
    onOver: () => (steer === null ? endLoad(level) : undefined),
    onStopped: () => stopping.abort(),
  }
}

/**
 * Agrees with the other shards, when each has its requests and its threads, on when the load begins, and waits for that. The schedule of an open loop only
 * counts from that moment, so that its first requests are ready before it.
 */
async function beginTogether(level: RunningLevel, steer: Steer): Promise<void> {
  const { spec, board, stopping, ports } = level
  const { clock } = ports
  const beginAt = await steer.begin()
  level.startedAt = beginAt
  if (spec.open == null) await clock.sleep(Math.max(0, beginAt - clock.now()), stopping.signal)
  else board.values.scheduleAt = beginAt
}

async function steerLevel(level: RunningLevel, steer: Steer): Promise<void> {
  const { spec, board, stopping, opened } = level
  const steered = steer.steerLevel({
    spec,
    board,
    stopping: stopping.signal,
    onOpened() {
      opened.abort()
      watchServer(level)
    },
    onOver: () => endLoad(level),
    onStopped: () => stopping.abort(),
  })
  await steered.finally(() => stopping.abort())
}

function watchServer({ readings, spec }: RunningLevel): void {
  readings?.watch(spec.durationMs)
}

/** Ends the load: at once, or after reading the server's metrics under it. */
function endLoad({ readings, stopping }: RunningLevel): void {
  if (readings === null) stopping.abort()
  else readings.readLast()
}

/** The facts of a level whose load has ended, besides its requests. */
async function endLevel({ spec, board, readings, startedAt, ports }: RunningLevel): Promise<LevelFrame> {
  const { sweepStartAt } = ports
  const { startAt, endAt } = board.window
  // If a budget ended the window just as it opened, there is none.
  const hasWindow = startAt !== null && endAt !== null && endAt !== startAt
  return {
    concurrency: spec.concurrency,
    pass: spec.pass,
    startedAtSeconds: (startedAt - sweepStartAt) / 1000,
    window: hasWindow ? { startMs: startAt - sweepStartAt, endMs: endAt - sweepStartAt } : null,
    server: readings === null ? null : await readings.end(),
    stopped: board.stopped ?? (board.values.cutByBudget === 1 ? 'budget' : null),
    ...(spec.open != null && { open: readSchedule(board, spec.open, sweepStartAt) }),
  }
}

/** What became of the schedule of an open loop. */
function readSchedule({ values }: Board, open: OpenLoad, sweepStartAt: number): OpenRun {
  const { peakInFlight, waited, dropped, outstandingBefore, outstandingAfter } = values
  const queue = Number.isNaN(outstandingAfter) ? null : { before: outstandingBefore, after: outstandingAfter }
  const lastMs = findLastMs(open)
  return {
    maxInFlight: open.maxInFlight,
    peakInFlight,
    waited,
    dropped,
    queue,
    ...(lastMs !== null && { trace: { startMs: values.scheduleAt - sweepStartAt, lastMs } }),
  }
}
