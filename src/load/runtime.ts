import { createHistogram } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import type { ClientHealth } from '../metrics/level/level-run.ts'
import type { Clock, Deadline, TransportClock } from './ports.ts'
import type { Finding } from '../metrics/findings.ts'
import { codeOf } from '../errors.ts'
import { pluralise } from '../text.ts'

// The runtime in which the client measures, which can make a server look slow: its clock and timers, how well this thread keeps up, its heap, the
// memory that its threads share, and the files that it may open.

/**
 * A timer counts whole milliseconds and may fire one too early; a second timer for the rest would be late by about as
 * much. So a wait that is at least this long reads the clock again and again for its rest. That keeps the thread busy for
 * half a millisecond, at most 8 % of the time of a schedule (at 500 requests a second); a shorter wait is not worth it.
 */
const EXACT_FROM_MS = 2

/** The longest wait that a timer of Node counts, 24.8 days; a longer one would fire at once. A slow trace may wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The real clock: `performance.now()`, which is monotonic and resolves to well under a microsecond. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const until = performance.now() + ms
      const look = (): void => {
        const left = until - performance.now()
        if (ms < EXACT_FROM_MS || signal?.aborted === true || left <= 0) finish()
        else if (left > EXACT_FROM_MS) wait(left)
        else setImmediate(look)
      }
      let timer: NodeJS.Timeout
      const wait = (left: number): void => {
        timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MS))
      }
      wait(ms)
      signal?.addEventListener('abort', finish, { once: true })
    }),
}

/**
 * Draws 16 hexadecimal digits that no other request has. They are no secret: so Node's cryptography, which takes 5 ms to load, is not needed
 * for them.
 */
export function drawNonce(): string {
  const drawHalf = (): string =>
    Math.floor(2 ** 32 * Math.random())
      .toString(16)
      .padStart(8, '0')
  return drawHalf() + drawHalf()
}

/** A deadline in real time. */
export const systemDeadline: Deadline = (ms) => AbortSignal.timeout(ms)

/** The real time of a transport, on the same clock. */
export const systemTransportClock: TransportClock = {
  now: systemClock.now,
  wallNow: () => Date.now(),
  lookAfter(ms, look) {
    let timer: NodeJS.Timeout | null = null
    const wait = (nextMs: number): void => {
      timer = setTimeout(() => {
        const again = look()
        if (timer !== null) wait(again)
      }, nextMs).unref()
    }
    wait(ms)
    return () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
    }
  },
}

/** How many readings are taken; the quickest is the most exact. */
const LOOKS = 20

/**
 * Where this thread's clock begins on the machine's clock, in milliseconds. Today's Node counts all threads of a
 * process from one start, but does not promise to.
 */
export function findClockOrigin(): number {
  let origin = 0
  let quickest = Infinity
  for (let look = 0; look < LOOKS; look++) {
    const from = performance.now()
    const at = Number(process.hrtime.bigint()) / 1e6
    const to = performance.now()
    if (to - from >= quickest) continue
    quickest = to - from
    origin = at - (from + to) / 2
  }
  return origin
}

/** The clock of another thread, which begins at `origin`, for use in this thread. */
export function followClock(origin: number): Clock {
  const aheadMs = findClockOrigin() - origin
  return { now: () => performance.now() + aheadMs, sleep: systemClock.sleep }
}

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

/** Event-loop utilisation, delay and stalls of this thread; `now` is the clock of its stamps. */
export function createHealthProbe(now: () => number = () => performance.now()): HealthProbe {
  const delay = createHistogram()
  const stalls = watchStalls(now, (lateMs) => delay.record(1 + Math.max(0, Math.round(1e6 * lateMs))))
  const readLateness = (percentile: number): number =>
    delay.count === 0 ? 0 : (delay.percentile(percentile) - 1) / 1e6
  let since = performance.eventLoopUtilization()
  return {
    start() {
      delay.reset()
      since = performance.eventLoopUtilization()
    },
    read: () => ({
      eventLoopUtilization: performance.eventLoopUtilization(since).utilization,
      delayP90Ms: readLateness(90),
      delayP99Ms: readLateness(99),
    }),
    stallAt: stalls.stallAt,
    stop: stalls.stop,
  }
}

/**
 * How often the thread is checked, and how much later than that a check must be to show a stall, in milliseconds. One timer tells delays and stalls, and no
 * oftener than that: a thread that sleeps between the tokens of a few streams, or of many in step, wakes up for each of its ticks, which then takes
 * .15 ms of a core.
 */
const TICK_MS = 40
const SHORTEST_STALL_MS = 20

/** Keeps the times at which this thread stood still: it was paused, had no core, or was busy with something long. Tells at each check how late that is. */
function watchStalls(now: () => number, onCheck: (lateMs: number) => void): Pick<HealthProbe, 'stallAt' | 'stop'> {
  const stalls: { readonly fromMs: number; readonly toMs: number }[] = []
  let tickedAt = now()
  const timer = setInterval(() => {
    const at = now()
    const lateMs = at - tickedAt - TICK_MS
    if (lateMs >= SHORTEST_STALL_MS) stalls.push({ fromMs: tickedAt + TICK_MS, toMs: at })
    onCheck(lateMs)
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

/**
 * Keeps the heap small, to be called before the load begins: requests' garbage dies young, and a large young generation would
 * cost a hundred megabytes and longer pauses for nothing. What a request keeps until its answer has ended lives longer; V8 would let
 * that garbage grow to more than the heap holds before it collects it, and here it does at half of it.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
}

/**
 * Returns a function that collects all garbage now. It is called once before each load, because a collection inside a window
 * would look like a pause of the server, and because a long run would keep memory that it no longer needs.
 */
export function createGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as ((options: object) => void) | null
  return () => collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** The last objects of each kind. */
const kept = new Map<string, readonly object[]>()

/**
 * Keeps the last objects of a kind that every request makes, in place of those of the request before. V8 forgets how objects are laid out
 * (their hidden classes) when a collection finds none of them alive, and with that the machine code that it has compiled for them. Because
 * garbage is collected before each load, every level would begin with slow code, and compile it again while it measures.
 */
export function keepLayouts(kind: 'exchange' | 'request' | 'record', objects: readonly object[]): void {
  kept.set(kind, objects)
}

/**
 * A few numbers that several threads share: a level's state, and what a run may still spend. Each thread has its own
 * object over the same memory.
 */
export interface SharedCells<Name extends string> {
  /** Read and written under `hold`, or where no other thread writes. */
  readonly values: Record<Name, number>
  /** What another thread joins by. */
  readonly memory: SharedArrayBuffer
  /** Runs `work` while no other thread runs its own. It must be short; calls may be nested. */
  hold<T>(work: () => T): T
}

const LOCK_BYTES = 8
const FREE = 0
const TAKEN = 1
/** The lock is held for microseconds: a thread that holds it this long has died. */
const LONGEST_HOLD_MS = 10_000

/** Creates cells with their first values; with `memory`, joins those of another thread. */
type ShareCells<Name extends string> = (memory?: SharedArrayBuffer) => SharedCells<Name>

/**
 * Defines a kind of cells, with the names and first values of `initial`. Once for each kind, not for each level: all cells of a kind have one
 * layout, so that what V8 has compiled for those of one level reads those of the next.
 *
 * @throws Error from `hold` when a thread died while it held the lock.
 */
export function defineCells<const Initial extends Readonly<Record<string, number>>>(
  initial: Initial,
): ShareCells<keyof Initial & string> {
  const names = Object.keys(initial)
  class Values {
    readonly cells: Float64Array

    constructor(cells: Float64Array) {
      this.cells = cells
    }
  }
  for (const [at, name] of names.entries()) {
    Object.defineProperty(Values.prototype, name, {
      get(this: Values) {
        return this.cells[at]!
      },
      set(this: Values, value: number) {
        this.cells[at] = value
      },
    })
  }
  return (memory) => {
    const shared = memory ?? new SharedArrayBuffer(LOCK_BYTES + 8 * names.length)
    const cells = new Float64Array(shared, LOCK_BYTES)
    if (memory === undefined) cells.set(Object.values(initial))
    const values: unknown = new Values(cells)
    return { values: values as Record<keyof Initial & string, number>, memory: shared, hold: createHold(shared) }
  }
}

/** Runs work while no other thread that shares this memory runs its own. */
function createHold(shared: SharedArrayBuffer): SharedCells<never>['hold'] {
  const lock = new Int32Array(shared, 0, 1)
  let isHeld = false
  return (work) => {
    if (isHeld) return work()
    takeLock(lock)
    isHeld = true
    try {
      return work()
    } finally {
      isHeld = false
      Atomics.store(lock, 0, FREE)
      Atomics.notify(lock, 0, 1)
    }
  }
}

function takeLock(lock: Int32Array): void {
  for (let waitedMs = 0; Atomics.compareExchange(lock, 0, FREE, TAKEN) !== FREE; waitedMs++) {
    if (waitedMs >= LONGEST_HOLD_MS) throw new Error('a thread of the load died while it held the lock')
    Atomics.wait(lock, 0, TAKEN, 1)
  }
}

/** Reads a time from a cell; NaN stands for none. */
export function readTime(cell: number): number | null {
  return Number.isNaN(cell) ? null : cell
}

/** The files of this process; each connection is one. */
export interface OpenFiles {
  /** The most that it may have open at once. */
  readonly limit: number
  readonly open: number
}

/** Files of a run besides its connections: history, records, the server's metrics, looking up the host. */
const OTHER_FILES = 8
/** What Node opens for a thread. */
const FILES_PER_THREAD = 5

/**
 * A finding where this many connections and further threads exceed the limit of open files, before a level fails
 * because of it.
 */
export function findOpenFiles(files: OpenFiles | null, connections: number, threads: number): Finding[] {
  const needed = connections + OTHER_FILES + FILES_PER_THREAD * threads
  if (files === null || files.open + needed <= files.limit) return []
  const carriers = threads === 0 ? '' : ` in ${pluralise(threads, 'thread')}`
  return [
    {
      code: 'open-files',
      message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; ${pluralise(connections, 'connection')}${carriers} need ${needed} more.`,
    },
  ]
}

/** How many connections this machine may still open, beside this many threads; null where that is not known. */
export function countConnectionsLeft(files: OpenFiles | null, threads: number): number | null {
  return files === null ? null : Math.max(1, files.limit - files.open - OTHER_FILES - FILES_PER_THREAD * threads)
}

/** Reads it on Linux; null elsewhere, because Node does not tell, and a guess could be a false alarm. */
export function readOpenFiles(folder = '/proc/self'): OpenFiles | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(`${folder}/limits`, 'utf8'))?.[1]
    return limit === undefined ? null : { limit: Number(limit), open: readdirSync(`${folder}/fd`).length }
  } catch {
    return null
  }
}

/** Whether this machine cannot open more files at this moment. */
export function isOutOfFiles(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return false
  } catch (error) {
    return /^E[MN]FILE$/.test(codeOf(error) ?? '')
  }
}
