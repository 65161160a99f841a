import { monotonicMs } from './monotonic.ts'
import { createPreciseTimer, type PreciseTimer } from './precise-timer.ts'

/** The time that a simulated endpoint lives in. */
export interface SimulatorClock {
  /** Milliseconds that only ever grow. */
  now(): number
  /** Milliseconds since 1970, for what bears a date. */
  date(): number
  /** Creates the timer of the engine: it fires at times of `now`. */
  createTimer(fire: () => void): Promise<PreciseTimer>
  /** Calls `act` once after `ms`, unless the function that it returns is called before. */
  after(ms: number, act: () => void): () => void
}

/** The clock of the machine. */
export const MACHINE_CLOCK: SimulatorClock = {
  now: monotonicMs,
  date: () => Date.now(),
  createTimer: createPreciseTimer,
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}
