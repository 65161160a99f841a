import type { SegmentMark } from '../report/history.ts'
import { mean } from '../stats/mean.ts'

/** A group as one metric sees it. */
export interface Point {
  readonly y: number
  readonly mark: SegmentMark | null
}

/** Stretches of a history, each about a mean of its own; oldest first, and none of them empty. */
export interface Segments<P extends Point> {
  readonly definite: readonly (readonly P[])[]
  /** A step of which is not yet known whether it stays; null when there is none. */
  readonly provisional: readonly P[] | null
}

/** So many groups after the first must agree before a step is believed. */
const AGREEING_GROUPS = 2

/**
 * Replays what was said when runs were recorded. A run that was judged regressed or improved opens a provisional segment.
 * The next two groups must each be closer to it than to the segment before; the first that is not makes all of it part
 * of that one again. A change that somebody accepted is believed at once.
 */
export function replaySegments<P extends Point>(points: readonly P[]): Segments<P> {
  const definite: P[][] = []
  let current: P[] = []
  let provisional: P[] | null = null
  const begin = (segment: P[]) => {
    if (current.length > 0) definite.push(current)
    current = segment
    provisional = null
  }
  for (const point of points) {
    const open: P[] | null = provisional
    const agrees = open !== null && isCloser(point, open, current)
    if (point.mark === 'accepted') {
      // What was accepted may be the step that is already open.
      if (open !== null && !agrees) current.push(...open)
      begin(agrees ? [...open, point] : [point])
    } else if (open !== null) {
      if (agrees) open.push(point)
      else {
        current.push(...open, point)
        provisional = null
      }
      if (agrees && open.length > AGREEING_GROUPS) begin(open)
    } else if (point.mark === 'opens' && current.length > 0) {
      provisional = [point]
    } else {
      current.push(point)
    }
  }
  if (current.length > 0) definite.push(current)
  return { definite, provisional }
}

/** Closer on the log scale to the mean of one segment than to that of the other. */
function isCloser(point: Point, to: readonly Point[], than: readonly Point[]): boolean {
  return Math.abs(point.y - meanY(to)) < Math.abs(point.y - meanY(than))
}

/** The mean of a segment. */
function meanY(points: readonly Point[]): number {
  return mean(points.map((point) => point.y))
}
