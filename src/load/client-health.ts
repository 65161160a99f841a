import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ClientHealth } from '../metrics/level/level-run.ts'

/** Watches the client itself while it measures: a busy client makes a server look slow. */
export interface HealthProbe {
  /** Begins anew. */
  start(): void
  /** Figures since `start`. */
  read(): Omit<ClientHealth, 'queueP99Ms'>
  /**
   * How long, in milliseconds, this thread had stood still when it read something at that time of its clock: the
   * reading was late by at most as much. 0 where it had not stood still.
   */
  stallAt(atMs: number): number
  stop(): void
}

/**
 * The timer of the delay histogram, in milliseconds; its values include this, so it is subtracted. A tick each
 * millisecond would show the same percentiles, but cost more than reading the tokens of a few streams.
 */
const RESOLUTION_MS = 5

/** Event-loop utilisation, delay and stalls of this thread; `now` is the clock of its stamps. */
export function createHealthProbe(now: () => number = () => performance.now()): HealthProbe {
  const stalls = watchStalls(now)
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const excess = (percentile: number): number =>
    delay.count === 0 ? 0 : Math.max(0, delay.percentile(percentile) / 1e6 - RESOLUTION_MS)
  let since = performance.eventLoopUtilization()
  return {
    start() {
      delay.enable()
      delay.reset()
      since = performance.eventLoopUtilization()
    },
    read: () => ({
      eventLoopUtilization: performance.eventLoopUtilization(since).utilization,
      delayP90Ms: excess(90),
      delayP99Ms: excess(99),
    }),
    stallAt: stalls.stallAt,
    stop() {
      delay.disable()
      stalls.stop()
    },
  }
}

/** How often the thread is checked, and how much later than that a check must be to show a stall, in milliseconds. */
const TICK_MS = 20
const SHORTEST_STALL_MS = 20

/** Keeps the times at which this thread stood still: it was paused, had no core, or was busy with something long. */
function watchStalls(now: () => number): Pick<HealthProbe, 'stallAt' | 'stop'> {
  const stalls: { readonly fromMs: number; readonly toMs: number }[] = []
  let tickedAt = now()
  const timer = setInterval(() => {
    const at = now()
    if (at - tickedAt >= TICK_MS + SHORTEST_STALL_MS) stalls.push({ fromMs: tickedAt + TICK_MS, toMs: at })
    tickedAt = at
  }, TICK_MS)
  timer.unref()
  return {
    stallAt(atMs) {
      // Data that waited is read just before the next tick, or just after it.
      const stall = stalls.findLast(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + TICK_MS)
      const lateMs = stall === undefined ? atMs - tickedAt - TICK_MS : Math.min(atMs, stall.toMs) - stall.fromMs
      return lateMs >= SHORTEST_STALL_MS ? lateMs : 0
    },
    stop() {
      clearInterval(timer)
    },
  }
}
