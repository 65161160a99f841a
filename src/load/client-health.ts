import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Watches the client itself while it measures: a busy client makes a server look slow. */
export interface HealthProbe {
  /** Begins anew. */
  start(): void
  /** Figures since `start`. */
  read(): { readonly eventLoopUtilization: number; readonly delayP99Ms: number }
  stop(): void
}

/** The timer of the delay histogram, in milliseconds; its values include this, so it is subtracted. */
const RESOLUTION_MS = 1

/** Event-loop utilisation and delay of this process. */
export function createHealthProbe(): HealthProbe {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let since = performance.eventLoopUtilization()
  return {
    start() {
      delay.enable()
      delay.reset()
      since = performance.eventLoopUtilization()
    },
    read: () => ({
      eventLoopUtilization: performance.eventLoopUtilization(since).utilization,
      delayP99Ms: delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
    }),
    stop() {
      delay.disable()
    },
  }
}
