import { studentTQuantile, studentTTail } from '../stats/student-t.ts'
import type { MetricHistory } from './reference.ts'
import { TRIM_INFLATION } from './outliers.ts'
import type { Spread } from './spread.ts'

/** One comparison with one segment. D = y − m; larger is worse. */
export interface Difference {
  readonly d: number
  readonly se: number
}

/** Where a figure stands: against the newest segment and, while that is provisional, against the one before. */
export interface Stand {
  readonly y: number
  readonly newest: Difference
  readonly before: Difference | null
  /** The smaller and the larger of the differences. */
  readonly least: number
  readonly most: number
  /** One-sided p of being worse and of being better, each of the weaker test. */
  readonly worse: number
  readonly better: number
}

/**
 * The test of one new run against k groups: D = y − m, SE = s √(1 + 1/k), p = 1 − F_t(D / SE; ν), a prediction interval of
 * a normal sample. Where outliers are looked for SE is 10 % wider. While a segment is provisional, worse means worse than
 * both levels of main, and so does better.
 */
export function standOf(y: number, history: MetricHistory, spread: Spread): Stand {
  const difference = (centre: number, groups: number): Difference => ({
    d: y - centre,
    se: spread.sd * Math.sqrt(1 + 1 / groups) * (history.trimmed ? TRIM_INFLATION : 1),
  })
  const newest = difference(history.newest.centre, history.newest.points.length)
  const before = history.before === null ? null : difference(history.before.centre, history.before.points.length)
  const all = before === null ? [newest] : [newest, before]
  return {
    y,
    newest,
    before,
    least: Math.min(...all.map(({ d }) => d)),
    most: Math.max(...all.map(({ d }) => d)),
    worse: Math.max(...all.map(({ d, se }) => studentTTail(d / se, spread.degrees))),
    better: Math.max(...all.map(({ d, se }) => studentTTail(-d / se, spread.degrees))),
  }
}

/** The upper bound of the worsening with 95 % confidence, one-sided; of the larger while two segments count. */
export function upperBound(stand: Stand, { degrees }: Spread): number {
  const t = studentTQuantile(0.95, degrees)
  const bound = ({ d, se }: Difference) => d + t * se
  return stand.before === null ? bound(stand.newest) : Math.max(bound(stand.newest), bound(stand.before))
}

/**
 * The smallest worsening, as a fraction, that would be red in four of five cases, before it is confirmed:
 * max((t₁₋ₐ + t.₈₀) SE, ln(1 + δ) + t.₈₀ SE) with a = the α of the metrics / m.
 */
export function smallestVisible(
  se: number,
  degrees: number,
  { alpha, tolerance }: { readonly alpha: number; readonly tolerance: number },
): number {
  const power = studentTQuantile(0.8, degrees) * se
  const significance = studentTQuantile(1 - alpha, degrees) * se
  return Math.expm1(power + Math.max(significance, Math.log1p(tolerance)))
}
