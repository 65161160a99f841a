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
export type ShareCells<Name extends string> = (memory?: SharedArrayBuffer) => SharedCells<Name>

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
