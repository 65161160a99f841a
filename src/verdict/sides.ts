import type { HistoryEntry, HistoryRow, RowLevel } from '../report/history.ts'
import type { SideCurve, SideFigure, SideLevel, Sides, Verdict } from '../report/verdict.ts'
import { CLUES } from '../report/clues.ts'
import type { Clues } from '../report/clues.ts'
import { mean } from 'simple-statistics'
import { FIGURES_OF_LEVEL, isKeptFigure, metricOfFigure } from '../vocabulary/metrics.ts'
import type { FigureOfLevel } from '../vocabulary/metrics.ts'
import type { RawComparison } from './compare/compare.ts'
import type { FirstLook, DecideInput } from './look.ts'
import { openTrial } from './look.ts'
import type { Trial } from './compare/control.ts'
import { explainDifference, figureOfY, observeRun } from './history/observe.ts'
import { roundFigure } from '../report/history-row.ts'

/**
 * A verdict with what stood beside its run at each level, as charts draw it: nothing is decided by it.
 *
 * @param first the look that the verdict was reached by.
 */
export function addSides(verdict: Verdict, input: DecideInput, first: FirstLook | null): Verdict {
  const trial = first?.trial ?? openTrial(input)
  const sides = trial === null ? null : drawSides(trial, first?.compared ?? [])
  return sides === null ? verdict : { ...verdict, sides }
}

/** Null where nothing stood there. */
function drawSides({ past, control, candidates }: Trial, compared: readonly RawComparison[]): Sides | null {
  const now = candidates[0]!
  const baseline = past === null ? null : drawCurve(pickUnmoved(past.entries, compared), now)
  const beside = control === null ? null : drawCurve(control.beside.controls, now)
  if (baseline === null && beside === null) return null
  return { ...(baseline !== null && { baseline }), ...(beside !== null && { control: beside }) }
}

/** The recorded runs since the last step of any metric; all where nothing was compared with them. */
function pickUnmoved(entries: readonly HistoryEntry[], compared: readonly RawComparison[]): readonly HistoryRow[] {
  const segments = compared
    .filter(({ control }) => control === null || control.pairs > 0)
    .map(({ history }) => history.newest.points.flatMap((point) => point.entries))
    .filter((segment) => segment.length > 0)
  const [first = entries, ...rest] = segments
  return rest.reduce((least, segment) => (segment.length < least.length ? segment : least), first).map(({ row }) => row)
}

/** The mean of these runs at each level; null where none has a figure that means the same as in `now`. */
function drawCurve(rows: readonly HistoryRow[], now: HistoryRow): SideCurve | null {
  const figures = FIGURES_OF_LEVEL.map((name) => ({ name, at: readFigure(name, rows, now) }))
  const ladder = [...new Set(figures.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => a - b)
  if (ladder.length === 0) return null
  const levels = ladder.map((concurrency): SideLevel => {
    const present = figures.flatMap(({ name, at }) => {
      const values = at.get(concurrency)
      return values === undefined ? [] : [[name, sumUp(name, values)] as const]
    })
    const clues = averageClues(rows.flatMap((row) => row.levels.filter((level) => level.concurrency === concurrency)))
    return { concurrency, figures: Object.fromEntries(present), ...(clues !== null && { clues }) }
  })
  return { runs: rows.length, levels }
}

/** The values of a figure at each level, one of each run that has it. */
function readFigure(
  name: FigureOfLevel,
  rows: readonly HistoryRow[],
  now: HistoryRow,
): ReadonlyMap<number, readonly number[]> {
  const metric = metricOfFigure(name)
  const found = new Map<number, number[]>()
  for (const row of rows) {
    if (explainDifference(metric, row, now) !== null) continue
    for (const [level, value] of readLevels(row, name)) found.set(level, [...(found.get(level) ?? []), value])
  }
  return found
}

function readLevels(row: HistoryRow, name: FigureOfLevel): [number, number][] {
  if (isKeptFigure(name))
    return row.levels.flatMap(({ valid, kept, concurrency }) =>
      valid && kept !== undefined ? [[concurrency, kept[name]]] : [],
    )
  const metric = metricOfFigure(name)
  return [...observeRun(row, metric)].map(([level, { y }]) => [level, figureOfY(metric, y)])
}

/** Times and rates are averaged by their logarithms, as they are compared; a share may be 0 and has none. */
function sumUp(name: FigureOfLevel, values: readonly number[]): SideFigure {
  const value = roundFigure(isKeptFigure(name) ? mean([...values]) : Math.exp(mean(values.map(Math.log))))
  return values.length === 1
    ? { value }
    : { value, low: roundFigure(Math.min(...values)), high: roundFigure(Math.max(...values)) }
}

/** The clues of one level in several runs, each averaged over the runs that know it; null where none knows any. */
function averageClues(levels: readonly RowLevel[]): Clues | null {
  const known = levels.flatMap(({ valid, clues }) => (valid && clues !== undefined ? [clues] : []))
  const averages = CLUES.flatMap((clue) => {
    const values = known.flatMap((clues) => clues[clue] ?? [])
    return values.length === 0 ? [] : [[clue, roundFigure(mean(values))] as const]
  })
  return averages.length === 0 ? null : Object.fromEntries(averages)
}
