import type { SquaresOf } from '../stats/mean.ts'
import { mean } from '../stats/mean.ts'
import { fTail } from '../stats/student-t.ts'

/** So many newest points are held against all before, of which there are as many at least. */
const NEWEST_POINTS = 6
/** One history in fifty that spreads as ever is believed to spread by more. */
const SIGNIFICANT = 0.02

/**
 * The squares of the newest points where these spread significantly more than those before (F test of two variances), so that what
 * was calm for weeks does not make today's noise significant; else null. Deviations are from the mean of their own segment, whose degrees of
 * freedom both parts share by their numbers of points.
 */
export function findGrownSpread(segments: readonly (readonly { readonly y: number }[])[]): SquaresOf | null {
  const squares = segments.flatMap((segment) => {
    const centre = mean(segment.map(({ y }) => y))
    return segment.map(({ y }) => (y - centre) ** 2)
  })
  if (squares.length < 2 * NEWEST_POINTS) return null
  const perPoint = 1 - segments.length / squares.length
  const [before, newest] = [squares.slice(0, -NEWEST_POINTS), squares.slice(-NEWEST_POINTS)].map((part) => ({
    squares: part.reduce((sum, square) => sum + square, 0),
    degrees: part.length * perPoint,
  }))
  if (newest!.squares === 0 || before!.degrees < 1) return null
  const ratio = newest!.squares / newest!.degrees / (before!.squares / before!.degrees)
  return fTail(ratio, newest!.degrees, before!.degrees) < SIGNIFICANT ? newest! : null
}
