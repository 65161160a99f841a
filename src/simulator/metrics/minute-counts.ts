/** How many answers of which kind there were in the last whole minute. */
export interface MinuteCounts {
  answered(status: number, nowMs: number): void
  last(nowMs: number): Counts
}

export interface Counts {
  readonly all: number
  /** Refused with 4xx, failed with 5xx. */
  readonly refused: number
  readonly failed: number
}

const NONE: Counts = { all: 0, refused: 0, failed: 0 }

/** Counts by minutes of the clock that it is given. */
export function createMinuteCounts(): MinuteCounts {
  let minute = NaN
  let current = { ...NONE }
  let previous = NONE

  function turn(nowMs: number): void {
    const now = Math.floor(nowMs / 60_000)
    if (now === minute) return
    previous = now === minute + 1 ? current : NONE
    current = { ...NONE }
    minute = now
  }
  return {
    answered(status, nowMs) {
      turn(nowMs)
      current.all++
      if (status >= 500) current.failed++
      else if (status >= 400) current.refused++
    },
    last(nowMs) {
      turn(nowMs)
      return previous
    },
  }
}
