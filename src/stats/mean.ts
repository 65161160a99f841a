import { mean, sampleStandardDeviation } from 'simple-statistics'
import { studentTQuantile } from './student-t.ts'

export { mean, median } from 'simple-statistics'

/** One-sided bounds of the mean by Student's t, each with the given confidence; null for fewer than two values. */
export function meanBounds(values: readonly number[], confidence = 0.95): { low: number; high: number } | null {
  const n = values.length
  if (n < 2) return null
  const sample = [...values]
  const half = (studentTQuantile(confidence, n - 1) * sampleStandardDeviation(sample)) / Math.sqrt(n)
  return { low: mean(sample) - half, high: mean(sample) + half }
}
