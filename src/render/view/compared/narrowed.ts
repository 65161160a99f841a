import type { RunReport } from '../../../report/run-report.ts'
import { loadOfVerdict } from '../../../report/verdict.ts'
import type { Comparison, Verdict } from '../../../report/verdict.ts'
import { spellLevels } from '../../../vocabulary/load.ts'
import { FIGURES_OF_LEVEL, metricOf } from '../../../vocabulary/metrics.ts'
import { formatLevel } from '../../format.ts'
import { joinShortList } from '../../metric-words.ts'
import { findComparison, readCurve, readLevels } from '../sides.ts'

/** Levels of a run that a comparison does without. */

/** Whether it lacks a level, apart from those that the metric never uses: TTFT above its highest level, throughput below its lowest. */
export function lacksLevel({ metric, better, levels }: Comparison, concurrency: number): boolean {
  if (levels.includes(concurrency)) return false
  if (metricOf(metric).stopsAtKnee) return concurrency < Math.max(...levels)
  return better === 'lower' || concurrency > Math.min(...levels)
}

/** Whether any metric was compared with the control, so that hour, network and machine are the same on both sides. */
export function isJudgedByControl({ comparisons }: Pick<Verdict, 'comparisons'>): boolean {
  return comparisons.some(({ control }) => control !== null)
}

/** At which levels the run has usable figures that are not compared, and on whose side these are lacking; null where there are none. */
export function describeNarrowed(
  verdict: Verdict,
  report: Pick<RunReport, 'levels' | 'plateau'> | null,
): string | null {
  if (report === null) return null
  const narrowed = FIGURES_OF_LEVEL.flatMap((name) => {
    const comparison = findComparison(verdict.comparisons, name)
    if (comparison === undefined || comparison.change === null || comparison.levels.length === 0) return []
    const { control } = verdict.sides ?? {}
    const beside = comparison.control === null || control === undefined ? null : readCurve(name, control)
    return readLevels(report.levels, name, report.plateau.metric)
      .filter(({ isUsable, concurrency }) => isUsable && lacksLevel(comparison, concurrency))
      .map(({ concurrency }) => ({ concurrency, isLost: beside?.every((level) => level.concurrency !== concurrency) }))
  })
  const load = loadOfVerdict(verdict)
  const nameLevels = (found: typeof narrowed): string => {
    const levels = [...new Set(found.map(({ concurrency }) => concurrency))].sort((a, b) => a - b)
    return spellLevels(load, joinShortList(levels.map((level) => formatLevel(load, level))))
  }
  const [held, lost] = [narrowed.filter(({ isLost }) => isLost !== true), narrowed.filter(({ isLost }) => isLost)]
  // Recorded ones, or others of this one: which, the verdict does not tell.
  const runs = isJudgedByControl(verdict) ? 'runs beside the control' : 'runs'
  // What a second look lacks is not compared either, and its levels are not in the verdict.
  const lacks =
    (verdict.confirmation?.passes ?? 0) > 0 ? `the second look or some ${runs} lack` : `too few ${runs} have`
  const causes = [
    ...(held.length === 0 ? [] : [`${lacks} usable figures at ${nameLevels(held)}`]),
    ...(lost.length === 0 ? [] : [`the control lacks usable figures at ${nameLevels(lost)}`]),
  ]
  return causes.length === 0 ? null : `Not everything is compared at every level: ${causes.join(', and ')}.`
}
