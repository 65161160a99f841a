import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import { createBoard } from './board.ts'
import type { Budget } from './budget.ts'
import { joinShares } from './join-shares.ts'
import { listWorkers } from '../plan/shard.ts'
import type { Clock } from './ports.ts'
import { beginReadings } from './server-readings.ts'
import type { ServerMetrics } from './server-readings.ts'
import { Share } from './share.ts'
import type { LevelSpec, ShareFacts, ShareLink, SharedLevel, SharePorts } from './share.ts'
import type { Steer } from './steer.ts'

export type { LevelSpec } from './share.ts'

/** What deciding about a level needs. */
export interface SharedLevelPorts {
  readonly clock: Clock
  readonly budget: Budget
  /** The start of the sweep on `clock`: record times count from here. */
  readonly sweepStartAt: number
  /** Cancels the run. */
  readonly signal: AbortSignal
  /** The URL that is measured, for messages. */
  readonly target: string
  /** Read before the level, under its load, and after it; null: not at all. */
  readonly serverMetrics: ServerMetrics | null
  /** Whom it is measured together with, by a shard; absent or null: alone. */
  readonly steer?: Steer | null
}

/** The same, and what this thread needs to carry all of its load. */
export interface LevelPorts extends SharedLevelPorts, SharePorts {}

/** Between whoever carries the load of a level and whoever decides about it. */
export interface LevelLink extends ShareLink {
  /** Every worker can begin. Says whether the window opens with that. */
  onReady(): boolean
  /** The window has been opened by others: every share is to be told. */
  readonly opened: AbortSignal
}

/** Carries the load of a level until it ends: in this thread, or in several that each have a share of its workers. */
export type CarryLoad = (level: SharedLevel, link: LevelLink) => Promise<readonly ShareFacts[]>

/** Measures one level in this thread, as `measureSharedLevel`. */
export async function measureLevel(spec: LevelSpec, ports: LevelPorts): Promise<LevelRun> {
  return measureSharedLevel(spec, ports, async (level, link) => {
    const tellOpened = (): void => {
      share.noteOpened()
      link.onOpened()
    }
    const share = new Share(level, listWorkers(spec), ports, { ...link, onOpened: tellOpened })
    link.opened.addEventListener('abort', () => share.noteOpened(), { once: true })
    if (link.onReady()) tellOpened()
    return [await share.run()]
  })
}

/**
 * Measures one level: `concurrency` workers in a closed loop, each sending its next request when its last has ended.
 *
 * The workers enter in spread phases; the window opens when the shorter half has finished its warm-up; requests that start inside
 * it are counted; the load is kept on until the last counted one has ended, because letting it drain flatters every
 * latency. Then what is in flight is cancelled. The server's own metrics are read now and then while the load is full, and once more
 * before anything is cancelled.
 *
 * @throws EndpointError when the endpoint refuses the key or redirects: no further request is worth sending.
 */
export async function measureSharedLevel(
  spec: LevelSpec,
  ports: SharedLevelPorts,
  carryLoad: CarryLoad,
): Promise<LevelRun> {
  const { clock, budget, sweepStartAt, signal, target, steer = null } = ports
  await steer?.begin()
  const stopping = new AbortController()
  const opened = new AbortController()
  const readings =
    ports.serverMetrics === null ? null : await beginReadings(ports.serverMetrics, { ...ports, stopping })
  const board = createBoard(spec)
  const startedAt = clock.now()
  const cancel = (): void => {
    board.stop(budget.exhausted() ? 'budget' : 'cancelled')
    stopping.abort()
  }
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()

  // At once, or after a look at the server under it.
  const endLoad = (): void => (readings === null ? stopping.abort() : readings.readLast())
  const abort = (): void => stopping.abort()
  const watchServer = (): void => readings?.watch(spec.durationMs)
  const steering: Promise<void>[] = []
  const steerBy = async (by: Steer): Promise<void> => {
    const level = {
      spec,
      board,
      stopping: stopping.signal,
      onOpened() {
        opened.abort()
        watchServer()
      },
      onOver: endLoad,
      onStopped: abort,
    }
    await by.steerLevel(level).finally(abort)
  }
  const carrying = carryLoad(
    { spec, board, budget, sweepStartAt, target },
    {
      stopping: stopping.signal,
      opened: opened.signal,
      onReady() {
        if (steer !== null) {
          const ended = steerBy(steer)
          // It is looked at when the load has ended.
          ended.catch(() => {})
          steering.push(ended)
          return false
        }
        if (spec.warmupRequests > 0) return false
        board.window.open(clock.now())
        return true
      },
      onOpened: watchServer,
      // Of a shard the others decide it, too.
      onOver: () => (steer === null ? endLoad() : undefined),
      onStopped: abort,
    },
  )
  const [carried] = await Promise.allSettled([carrying])
  signal.removeEventListener('abort', cancel)
  if (carried.status === 'rejected') {
    stopping.abort()
    await Promise.allSettled(steering)
    throw carried.reason
  }
  await Promise.all(steering)
  const shares = carried.value

  const fatal = shares.find((share) => share.fatal !== null)?.fatal
  if (fatal != null) throw fatal instanceof EndpointError ? fatal : new EndpointError(fatal.what, fatal)
  const { startAt, endAt } = board.window
  // A budget that ended the window just as it opened leaves none.
  const hasWindow = startAt !== null && endAt !== null && endAt !== startAt
  const frame = {
    concurrency: spec.concurrency,
    pass: spec.pass,
    startedAtSeconds: (startedAt - sweepStartAt) / 1000,
    window: hasWindow ? { startMs: startAt - sweepStartAt, endMs: endAt - sweepStartAt } : null,
    server: readings === null ? null : await readings.end(),
    stopped: board.stopped ?? (board.values.cutByBudget === 1 ? 'budget' : null),
  }
  steer?.keep(frame, shares)
  return joinShares(frame, shares)
}
