import type { HistoryRow } from '../report/history.ts'
import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'
import type { SidedRun } from './control.ts'
import { averageOver, averagePasses, WHOLE_RUN } from './observe.ts'

/** A run of now, as one metric sees it. */
export interface SeenRow extends SidedRun {
  readonly row: HistoryRow
}

/** The figure of some runs that count as one. */
export interface Figure {
  readonly y: number
  readonly byLevel: ReadonlyMap<number, number>
  /** Runs of one group, or fresh sessions, whose mean it is; and their squares about it. */
  readonly runs: number
  readonly isFresh: boolean
  readonly sessions: SquaresOf
  /** All passes behind it. */
  readonly passes: number
  /** Values of one run from which its spread inside can be told. */
  readonly passesOfRun: number
}

/** The levels of a set that the runs have: all when one of the runs is complete, else those that every run has. */
export function findCommonLevels(set: readonly number[], rows: readonly SeenRow[]): readonly number[] {
  if (rows.some(({ run }) => set.every((level) => run.has(level)))) return set
  return set.filter((level) => rows.every(({ run }) => run.has(level)))
}

/** The mean over the runs that have all levels; null when none has. */
export function averageFigure(levels: readonly number[], rows: readonly SeenRow[], isFresh = false): Figure | null {
  const complete = rows.filter(({ run }) => levels.length > 0 && levels.every((level) => run.has(level)))
  if (complete.length === 0) return null
  const ys = complete.map(({ run }) => averageOver(run, levels))
  const y = mean(ys)
  return {
    y,
    isFresh,
    sessions: { squares: ys.reduce((sum, each) => sum + (each - y) ** 2, 0), degrees: ys.length - 1 },
    byLevel: new Map(levels.map((level) => [level, mean(complete.map(({ run }) => run.get(level)!.y))])),
    runs: complete.length,
    passes: complete.reduce((sum, { row }) => sum + passCount(row, levels), 0),
    passesOfRun: Math.min(...complete.map(({ run }) => averagePasses(run, levels).length)),
  }
}

/** Two figures as one, each with the weight of its passes. */
export function poolFigures(a: Figure, b: Figure): Figure {
  const share = a.passes / (a.passes + b.passes)
  const mix = (a: number, b: number) => share * a + (1 - share) * b
  return {
    ...a,
    y: mix(a.y, b.y),
    byLevel: new Map([...a.byLevel].map(([level, y]) => [level, mix(y, b.byLevel.get(level)!)])),
    passes: a.passes + b.passes,
  }
}

function passCount(row: HistoryRow, levels: readonly number[]): number {
  const counts = row.levels
    .filter(({ concurrency }) => levels.includes(WHOLE_RUN) || levels.includes(concurrency))
    .map((level) => level.passes.length)
  return Math.max(1, Math.min(...counts))
}
