import type { ServerReadings } from '../metrics/level-run.ts'
import type { ServerSample } from '../protocol/servers/server-metrics.ts'
import type { Clock } from './ports.ts'

/** The metrics that a server has about itself. */
export interface ServerMetrics {
  /** One reading, within about a second; null when there was none. Never rejects. */
  read(signal: AbortSignal): Promise<ServerSample | null>
}

/**
 * The readings of one level, taken one after another and never while a counted request is in flight: before it, with its load on
 * after the last counted answer, and when it has ended. What they say is the mean over all requests of the level.
 */
export interface LevelReadings {
  /**
   * Reads while the load is still on, then ends it by `stopping`, at the latest when the reading fails. Further calls change
   * nothing.
   */
  readLoaded(stopping: AbortController): void
  /** Reads when the level has ended and the requests that were cancelled have left the server; null when that fails. */
  end(): Promise<ServerReadings | null>
}

/** How long requests that were cancelled are waited for, and how often it is looked whether they have left. */
const LEAVE_MS = 1_000
const LOOK_AGAIN_MS = 100

/** Begins with a reading before the level's first connection. Null when there is nothing to read. */
export async function beginReadings(
  metrics: ServerMetrics,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<LevelReadings | null> {
  const before = await metrics.read(signal)
  if (before === null) return null
  let loaded: ServerSample | null = null
  let reading: Promise<void> | null = null
  return {
    readLoaded(stopping) {
      reading ??= metrics.read(signal).then((sample) => {
        // What was read while the load went away says nothing about either.
        if (!stopping.signal.aborted) loaded = sample
        stopping.abort()
      })
    },
    async end() {
      await reading
      const after = await readIdle(metrics, countRequestsIn(before), clock, signal)
      return after === null ? null : { before, loaded, after }
    },
  }
}

/** Reads until no more requests are in the server than before the level, or waiting for that has lasted long enough. */
async function readIdle(
  metrics: ServerMetrics,
  idle: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ServerSample | null> {
  const from = clock.now()
  for (;;) {
    const sample = await metrics.read(signal)
    if (sample === null || countRequestsIn(sample) <= idle) return sample
    if (signal.aborted || clock.now() - from >= LEAVE_MS) return sample
    await clock.sleep(LOOK_AGAIN_MS, signal)
  }
}

function countRequestsIn({ running, waiting }: ServerSample): number {
  return (running ?? 0) + (waiting ?? 0)
}
