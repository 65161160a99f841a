import { median } from './mean.ts'

/**
 * The Hodges–Lehmann location of a sample: the median of all means of two values, each value with itself included
 * (Walsh averages). Null for no values.
 *
 * Source: J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests, Ann. Math. Statist. 34 (1963).
 */
export function hodgesLehmann(values: readonly number[]): number | null {
  if (values.length === 0) return null
  return median(values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2)))
}

/** The Hodges–Lehmann shift from one sample to another: the median of all differences. Null when one is empty. */
export function hodgesLehmannShift(from: readonly number[], to: readonly number[]): number | null {
  if (from.length === 0 || to.length === 0) return null
  return median(from.flatMap((a) => to.map((b) => b - a)))
}
