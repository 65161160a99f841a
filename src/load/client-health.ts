import { monitorEventLoopDelay } from 'node:perf_hooks'
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
