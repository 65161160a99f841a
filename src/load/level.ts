import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import { createBoard } from './board.ts'
import type { Budget } from './budget.ts'
import { joinShares } from './join-shares.ts'
import type { Clock } from './ports.ts'
import { beginReadings } from './server-readings.ts'
import type { ServerMetrics } from './server-readings.ts'
import { Share } from './share.ts'
import type { LevelSpec, ShareFacts, ShareLink, SharedLevel, SharePorts } from './share.ts'

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
}

/** The same, and what this thread needs to carry all of its load. */
export interface LevelPorts extends SharedLevelPorts, SharePorts {}

/** Between whoever carries the load of a level and whoever decides about it. */
export interface LevelLink extends ShareLink {
  /** Every worker can begin. Says whether the window opens with that. */
  onReady(): boolean
}

/** Carries the load of a level until it ends: in this thread, or in several that each have a share of its workers. */
export type CarryLoad = (level: SharedLevel, link: LevelLink) => Promise<readonly ShareFacts[]>

/** Measures one level in this thread, as `measureSharedLevel`. */
export async function measureLevel(spec: LevelSpec, ports: LevelPorts): Promise<LevelRun> {
  return measureSharedLevel(spec, ports, async (level, link) => {
    const workers = Array.from({ length: spec.concurrency }, (_, worker) => worker)
    const tellOpened = (): void => {
      share.noteOpened()
      link.onOpened()
    }
    const share = new Share(level, workers, ports, { ...link, onOpened: tellOpened })
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
  const { clock, budget, sweepStartAt, signal, target } = ports
  const stopping = new AbortController()
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

  const shares = await carryLoad(
    { spec, board, budget, sweepStartAt, target },
    {
      stopping: stopping.signal,
      onReady() {
        if (spec.warmupRequests > 0) return false
        board.window.open(clock.now())
        return true
      },
      onOpened: () => readings?.watch(spec.durationMs),
      // At once, or after a look at the server under it.
      onOver: () => (readings === null ? stopping.abort() : readings.readLast()),
      onStopped: () => stopping.abort(),
    },
  ).finally(() => signal.removeEventListener('abort', cancel))

  const fatal = shares.find((share) => share.fatal !== null)?.fatal
  if (fatal != null) throw fatal instanceof EndpointError ? fatal : new EndpointError(fatal.what, fatal)
  const { startAt, endAt } = board.window
  // A budget that ended the window just as it opened leaves none.
  const hasWindow = startAt !== null && endAt !== null && endAt !== startAt
  return joinShares(
    {
      concurrency: spec.concurrency,
      pass: spec.pass,
      startedAtSeconds: (startedAt - sweepStartAt) / 1000,
      window: hasWindow ? { startMs: startAt - sweepStartAt, endMs: endAt - sweepStartAt } : null,
      server: readings === null ? null : await readings.end(),
      stopped: board.stopped ?? (board.values.cutByBudget === 1 ? 'budget' : null),
    },
    shares,
  )
}
