import type { RowLevel, HistoryRow, HistoryEntry } from '../../report/history.ts'
import { locateCapacity } from '../../metrics/plateau/capacity.ts'
import type { StrainPoint } from '../../metrics/plateau/capacity.ts'
import type { FigureBound } from '../../report/verdict.ts'
import { loadOf, isTooMuch } from '../../vocabulary/load.ts'
import { observeRun, WHOLE_RUN } from './observe.ts'
import type { RunY } from './observe.ts'
import { mean } from '../../stats/mean.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'

/** By how many per cent the load may grow where the times may grow by one: ln load over ln strain between the levels around a capacity; null where none is known. */
export function findSteepness(row: HistoryRow): number | null {
  const seen = seeCapacity(row, row)
  const findStrainAt = (at: number) => row.levels.find(({ concurrency }) => concurrency === at)?.kept?.strain ?? NaN
  if (seen === null) return null
  const steepness = Math.log(seen.above / seen.below) / Math.log(findStrainAt(seen.above) / findStrainAt(seen.below))
  return Number.isFinite(steepness) && steepness > 0 ? steepness : null
}

/** A run without the levels that its fresh passes left out, unless these are most of them: what is compared then is what both show. */
export function narrowToFresh(now: HistoryRow, fresh: HistoryRow): HistoryRow {
  const lacking = listLeftOut(fresh)
  if (lacking.length === 0 || 2 * lacking.length >= now.levels.length) return now
  const leaveOut = (level: RowLevel): RowLevel =>
    lacking.includes(level.concurrency) ? { ...level, valid: false, state: 'invalid' } : level
  return { ...now, levels: now.levels.map(leaveOut) }
}

/** A capacity, and the levels around it: 0 and +∞ where there is none. */
interface SeenCapacity {
  readonly value: number
  readonly lowest: number
  readonly below: number
  readonly above: number
  /** Older histories have no strain: their capacity stands as it was found. */
  readonly isByStrain: boolean
}

/** Whether a level is one of the two around a capacity. */
const isNextTo = (level: number, { below, above }: SeenCapacity): boolean => level === below || level === above

/** The capacity of a run by the levels that `now` did not leave out; null where there is none. */
function seeCapacity({ slo, levels, series }: HistoryRow, now: HistoryRow): SeenCapacity | null {
  const lacking = listLeftOut(now)
  const told = levels.filter((level) => tellsStrain(level) && !lacking.includes(level.concurrency))
  const isByStrain = told.every(({ state, kept }) => isTooMuch(state) || kept?.strain !== undefined)
  const value = isByStrain ? locateCapacity(told.map(toStrainPoint), loadOf(series))?.concurrency : slo?.capacity?.value
  if (value === undefined || slo?.capacity === undefined || told.length === 0) return null
  return {
    value,
    lowest: told[0]!.concurrency,
    below: told.findLast(({ concurrency }) => concurrency <= value)?.concurrency ?? 0,
    above: told.find(({ concurrency }) => concurrency > value)?.concurrency ?? Infinity,
    isByStrain,
  }
}

function toStrainPoint({ concurrency, state, kept }: RowLevel): StrainPoint {
  return { concurrency, strain: isTooMuch(state) ? Infinity : (kept?.strain ?? Infinity) }
}

/** Whether a level shows how the objectives are kept. */
function tellsStrain({ valid, state }: RowLevel): boolean {
  return valid || isTooMuch(state)
}

/** The levels of a run that do not show how the objectives are kept: nobody measured them, or not well enough. */
function listLeftOut({ levels }: HistoryRow): number[] {
  return levels.filter((level) => !tellsStrain(level)).map(({ concurrency }) => concurrency)
}

/**
 * Whether a figure of a run, seen beside `now`, is only a bound: a capacity is one where the highest of the levels that tell keeps the
 * objectives, or the lowest does not. Null where it was found, and for all else.
 */
export function boundOf(row: HistoryRow, metric: GatedMetric, now: HistoryRow): FigureBound | null {
  const seen = metricOf(metric).quantity === 'concurrency' ? seeCapacity(row, now) : null
  if (seen === null) return null
  if (seen.above === Infinity) return 'at-least'
  return seen.value <= seen.lowest ? 'below' : null
}

/**
 * A run in one metric, as the run that is judged could have seen it: between other levels than its own a capacity comes out differently, so
 * levels that `now` left out are left out of it, too. It has no capacity where it lacks a level next to it that `now` has, nor where it
 * does not tell what it would be without one next to it that `now` lacks.
 */
export function observeBeside(row: HistoryRow, metric: GatedMetric, now: HistoryRow): RunY {
  const run = observeRun(row, metric)
  const own = run.get(WHOLE_RUN)
  if (metricOf(metric).quantity !== 'concurrency' || own === undefined) return run
  const lacking = listLeftOut(now)
  const ownLacking = listLeftOut(row).filter((level) => !lacking.includes(level))
  if (lacking.length + ownLacking.length === 0) return run
  const seen = seeCapacity(row, now)
  if (seen === null || ownLacking.some((level) => level > seen.below && level < seen.above)) return new Map()
  if (!seen.isByStrain && lacking.some((level) => isNextTo(level, seeCapacity(row, row)!))) return new Map()
  const y = -Math.log(seen.value)
  return new Map([[WHOLE_RUN, { y, passes: own.passes.map((pass) => pass + y - own.y) }]])
}

/** How a level keeps the objectives: the share that does, and its strain on the log scale, NaN where older histories lack it. */
interface SeenStrain {
  readonly attainment: number
  readonly strain: number
}

type Groups = readonly { readonly entries: readonly HistoryEntry[] }[]

/** The recorded groups of a metric, as its history has them. */
interface RecordedGroups {
  readonly newest: { readonly recorded: Groups }
  readonly segments: readonly Groups[]
}

/** The strain at a level, on the log scale: of the run that is judged, and of each group of the recorded segments, of which none is left out of the newest. */
export interface SeenStrains {
  readonly now: number
  readonly recorded: readonly (readonly number[])[]
}

/**
 * The strain at the level whose attainment fell most.
 *
 * @param rows of the run that is judged, fresh passes included.
 * @returns null where nothing speaks against the fall: no attainment fell by more than `minorFall`, the strain is unknown, or too many failed for any.
 */
export function seeStrainOfFall(
  { newest, segments }: RecordedGroups,
  rows: readonly HistoryRow[],
  minorFall: number,
): SeenStrains | null {
  const falls = rows[0]!.levels.flatMap(({ concurrency }) => {
    const [now, main] = [
      averageStrain(rows, concurrency),
      averageStrain(
        newest.recorded.flatMap(({ entries }) => entries.map(({ row }) => row)),
        concurrency,
      ),
    ]
    return now === null || main === null ? [] : [{ concurrency, now, fall: main.attainment - now.attainment }]
  })
  const [most] = falls.toSorted((a, b) => b.fall - a.fall)
  if (most === undefined || most.fall <= minorFall || !Number.isFinite(most.now.strain)) return null
  // What is an outlier by its share is none by its times: it is where these are just beyond the objective.
  const recorded = [...segments.slice(0, -1), newest.recorded].map((segment) =>
    segment.flatMap(({ entries }) => {
      const seen = averageStrain(
        entries.map(({ row }) => row),
        most.concurrency,
      )
      return seen === null || !Number.isFinite(seen.strain) ? [] : [seen.strain]
    }),
  )
  return recorded.at(-1)!.length === 0 ? null : { now: most.now.strain, recorded }
}

/** The mean over the runs that tell; null where none does. */
function averageStrain(rows: readonly HistoryRow[], concurrency: number): SeenStrain | null {
  const seen = rows.flatMap((row) => seeStrain(row, concurrency) ?? [])
  if (seen.length === 0) return null
  return { attainment: mean(seen.map((one) => one.attainment)), strain: mean(seen.map((one) => one.strain)) }
}

function seeStrain({ levels }: HistoryRow, concurrency: number): SeenStrain | null {
  const level = levels.find((one) => one.concurrency === concurrency)
  if (level === undefined) return null
  if (isTooMuch(level.state)) return { attainment: 0, strain: Infinity }
  if (!level.valid || level.kept === undefined) return null
  const { attainment, strain } = level.kept
  return { attainment, strain: strain === undefined ? NaN : Math.log(strain ?? Infinity) }
}
