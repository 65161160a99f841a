import { findOutliers } from '../stats/trim.ts'
import type { Point } from './segments.ts'

/** From this many groups on, outliers are left out. */
const TRIMMED_FROM = 20
const TRIM_CUT = 3.5
/** A step begins with the newest: they are never outliers. */
const NEVER_TRIMMED = 3
/** Leaving out what lies far off makes the spread of the rest too small by about this factor. */
export const TRIM_INFLATION = 1.1

/** Whether outliers are looked for in a segment. */
export function isTrimmed(segment: readonly Point[]): boolean {
  return segment.length >= TRIMMED_FROM
}

/** A segment without its outliers. */
export function trimSegment<P extends Point>(segment: readonly P[]): readonly P[] {
  if (!isTrimmed(segment)) return segment
  const outliers = findOutliers(
    segment.map((point) => point.y),
    TRIM_CUT,
  )
  return segment.filter((_, i) => !outliers[i] || i >= segment.length - NEVER_TRIMMED)
}
