import type { HistoryRow, RowLevel } from '../report/history.ts'
import { mean } from '../stats/mean.ts'
import { sumCounts } from './counts.ts'
import { meanOver, passMeans, WHOLE_RUN } from './observe.ts'
import type { RunY } from './observe.ts'

/** A run of now, as one metric sees it. */
export interface SeenRow {
  readonly row: HistoryRow
  readonly run: RunY
}

/** The figure of some runs that count as one. */
export interface Figure {
  readonly y: number
  readonly byLevel: ReadonlyMap<number, number>
  /** All passes behind it. */
  readonly passes: number
  /** Values of one run from which its spread inside can be told. */
  readonly passesOfRun: number
}

/** The levels of a set that the runs have: all when one of the runs is complete, else those that every run has. */
export function commonLevels(set: readonly number[], rows: readonly SeenRow[]): readonly number[] {
  if (rows.some(({ run }) => set.every((level) => run.has(level)))) return set
  return set.filter((level) => rows.every(({ run }) => run.has(level)))
}

/** The mean over the runs that have all levels; null when none has. */
export function figureOver(levels: readonly number[], rows: readonly SeenRow[]): Figure | null {
  const complete = rows.filter(({ run }) => levels.length > 0 && levels.every((level) => run.has(level)))
  if (complete.length === 0) return null
  return {
    y: mean(complete.map(({ run }) => meanOver(run, levels))),
    byLevel: new Map(levels.map((level) => [level, mean(complete.map(({ run }) => run.get(level)!.y))])),
    passes: complete.reduce((sum, { row }) => sum + passCount(row, levels), 0),
    passesOfRun: Math.min(...complete.map(({ run }) => passMeans(run, levels).length)),
  }
}

/** Two figures as one, each with the weight of its passes. */
export function together(a: Figure, b: Figure): Figure {
  const share = a.passes / (a.passes + b.passes)
  const both = (a: number, b: number) => share * a + (1 - share) * b
  return {
    y: both(a.y, b.y),
    byLevel: new Map([...a.byLevel].map(([level, y]) => [level, both(y, b.byLevel.get(level)!)])),
    passes: a.passes + b.passes,
    passesOfRun: a.passesOfRun,
  }
}

/** Whether a level is missing because the server fails it, or fails one below it, so that it was not tried. */
export function isMissingByServer(concurrency: number, rows: readonly SeenRow[]): boolean {
  return rows.some(({ row: { levels } }) => {
    const level = levels.find((level) => level.concurrency === concurrency)
    if (level !== undefined) return level.state === 'lost' || isSpoilt(level)
    return levels.some((lower) => lower.concurrency < concurrency && lower.state === 'lost')
  })
}

/** More requests than a level may lack failed: the error rate judges it. */
const MOST_FAILED = 0.01

function isSpoilt({ state, passes }: RowLevel): boolean {
  const { ok, failed } = sumCounts(passes)
  return state === 'invalid' && failed > MOST_FAILED * (ok + failed)
}

function passCount(row: HistoryRow, levels: readonly number[]): number {
  const counts = row.levels
    .filter(({ concurrency }) => levels.includes(WHOLE_RUN) || levels.includes(concurrency))
    .map((level) => level.passes.length)
  return Math.max(1, Math.min(...counts))
}
