import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ClientHealth } from '../metrics/level-run.ts'

/** Watches the client itself while it measures: a busy client makes a server look slow. */
export interface HealthProbe {
  /** Begins anew. */
  start(): void
  /** Figures since `start`. */
  read(): Omit<ClientHealth, 'queueP99Ms'>
  stop(): void
}

/** The timer of the delay histogram, in milliseconds; its values include this, so it is subtracted. */
const RESOLUTION_MS = 1

/** Event-loop utilisation and delay of this process. */
export function createHealthProbe(): HealthProbe {
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
    stop() {
      delay.disable()
    },
  }
}

/**
 * Keeps the young generation of the heap small: the garbage of requests dies young, and a large young generation costs a
 * hundred megabytes and longer pauses for nothing. To be called before the load begins.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Returns a function that collects all garbage now. It is called between levels: a collection that falls into a window is
 * a pause of the client that looks like one of the server (none may fall into a window because of an earlier level), and a long
 * run would hold on to memory it no longer needs.
 */
export function createGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as ((options: object) => void) | null
  return () => collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
