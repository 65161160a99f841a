import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** The clock of a simulated endpoint. */
export interface SimulatorClock {
  /** Monotonic milliseconds. */
  now(): number
  /** Milliseconds since 1970, for dates. */
  date(): number
  /** Creates the timer of the engine: it fires at times of `now`. */
  createTimer(fire: () => void): Promise<PreciseTimer>
  /** Calls `act` once after `ms`, unless the returned function is called first. */
  after(ms: number, act: () => void): () => void
}

/** The clock of the machine. */
export const MACHINE_CLOCK: SimulatorClock = {
  now: readMonotonicMs,
  date: () => Date.now(),
  createTimer: createPreciseTimer,
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}

/** Milliseconds on the machine's monotonic clock (`process.hrtime`), the same in every process and thread. */
export function readMonotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** A timer that fires at a time of the monotonic clock, at most a fraction of a millisecond late, without spinning. */
export interface PreciseTimer {
  /** Sets the time to fire at, or none; a new time replaces the old one. */
  set(at: number | null): void
  close(): Promise<void>
}

/**
 * Waits in a thread. Timers of the event loop count whole milliseconds and fire up to two late, which is a fifth of a
 * decode step; polling would use a core that the measuring client needs.
 */
const WAIT_IN_THREAD = `
const { workerData, parentPort } = require('node:worker_threads')
const round = new Int32Array(workerData.shared, 0, 1)
const due = new Float64Array(workerData.shared, 8, 1)
parentPort.postMessage('ready')
for (;;) {
  const seen = Atomics.load(round, 0)
  if (seen < 0) break
  const left = due[0] - Number(process.hrtime.bigint()) / 1e6
  if (left > 0) {
    Atomics.wait(round, 0, seen, left)
  } else {
    parentPort.postMessage(null)
    Atomics.wait(round, 0, seen)
  }
}`

/** Starts the thread and waits until it runs; `fire` is called in the event loop of the caller. */
export async function createPreciseTimer(fire: () => void): Promise<PreciseTimer> {
  const shared = new SharedArrayBuffer(16)
  const round = new Int32Array(shared, 0, 1)
  const due = new Float64Array(shared, 8, 1).fill(Infinity)
  const thread = new Worker(WAIT_IN_THREAD, { eval: true, workerData: { shared } })
  await once(thread, 'message')
  let current = Infinity
  let closed = false
  thread.on('message', () => {
    // The thread now waits for a new time, even if it is the same one.
    current = Infinity
    fire()
  })

  return {
    set(at) {
      const wanted = at ?? Infinity
      if (closed || wanted === current) return
      current = wanted
      due[0] = wanted
      Atomics.store(round, 0, (Atomics.load(round, 0) + 1) & 0x3fffffff)
      Atomics.notify(round, 0)
    },
    async close() {
      closed = true
      Atomics.store(round, 0, -1)
      Atomics.notify(round, 0)
      await thread.terminate()
    },
  }
}
