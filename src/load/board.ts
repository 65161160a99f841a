import type { LevelRun } from '../metrics/level-run.ts'
import { readTime, shareCells } from './shared-cells.ts'
import type { SharedCells } from './shared-cells.ts'
import { createWindow, WINDOW_CELLS } from './window.ts'
import type { LevelWindow, WindowRule } from './window.ts'

type Stopped = NonNullable<LevelRun['stopped']>

const REASONS: readonly Stopped[] = ['rate-limited', 'failing', 'budget', 'cancelled']

/** What a level has come to so far, counted over all threads that carry its load. */
const CELLS = {
  ...WINDOW_CELLS,
  /** Workers whose warm-up the window waits for, and those of them that have finished it. */
  awaited: 0,
  warmedUp: 0,
  /** Counted requests in flight. */
  countedOpen: 0,
  /** Requests that ended as records; among them those that failed, and those that were refused with 429. */
  records: 0,
  failed: 0,
  refused: 0,
  /** 1: a budget ended the window. */
  cutByBudget: 0,
  /** The place in `REASONS`; NaN while it was not stopped. */
  stopped: NaN,
}

/** What everybody who carries load of a level reads and writes: its window, its counts, and why it was stopped. */
export interface Board extends SharedCells<keyof typeof CELLS> {
  readonly window: LevelWindow
  /** The first reason stands. */
  stop(reason: Stopped): void
  readonly stopped: Stopped | null
}

/** The board of a level; with `memory` that of another thread. */
export function createBoard(rule: WindowRule, memory?: SharedArrayBuffer): Board {
  const cells = shareCells(CELLS, memory)
  return {
    ...cells,
    window: createWindow(rule, cells.values),
    stop(reason) {
      cells.hold(() => {
        if (Number.isNaN(cells.values.stopped)) cells.values.stopped = REASONS.indexOf(reason)
      })
    },
    get stopped() {
      const at = readTime(cells.values.stopped)
      return at === null ? null : REASONS[at]!
    },
  }
}
