/** Undone in reverse order when the tests of a file have ended: also what concurrent tests made. */
const cleanups: (() => unknown)[] = []

/** Undoes all that `atEnd` was told. */
export async function undoAll(): Promise<void> {
  for (let undo = cleanups.pop(); undo !== undefined; undo = cleanups.pop()) await undo()
}

/** Calls `undo` at the end of this file's tests. */
export function atEnd(undo: () => unknown): void {
  cleanups.push(undo)
}

/** Lets so many run at a time; the others wait their turn. */
export function createLimit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running === most) await new Promise<void>((turn) => waiting.push(turn))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
