import type { HistoryEntry, HistoryRow, RunSource, SegmentMark } from '../report/history.ts'
import type { Comparison, Verdict } from '../report/verdict.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'

/** Reasons for which the figures of a run must not be recorded. */
const UNUSABLE = ['cancelled', 'run-invalid', 'endpoint']

/**
 * What the history keeps of a run, whatever its verdict: a history that took only green runs would drift. None when the
 * run was interrupted or is not valid as a whole.
 *
 * @param rows the run, or those of `runs: n`.
 */
export function entriesOf(verdict: Verdict, rows: readonly HistoryRow[], source: RunSource): HistoryEntry[] {
  if (verdict.reasons.some((reason) => UNUSABLE.includes(reason))) return []
  const segments: Partial<Record<GatedMetric, SegmentMark>> = {}
  for (const comparison of verdict.comparisons) {
    const mark = markOf(comparison)
    if (mark !== null) segments[comparison.metric] = mark
  }
  return rows.map((row) => ({ row, source, verdict: verdict.verdict, segments }))
}

/**
 * A metric that moved opens a segment, also where it looks far worse and nothing could confirm it: the runs that follow
 * decide, and without the mark their innocent changes would be red. What somebody wanted is a segment at once.
 */
function markOf({ verdict, worsening }: Comparison): SegmentMark | null {
  if (verdict === 'accepted') return 'accepted'
  const unconfirmed = verdict === 'not-measured' && worsening !== null
  return verdict === 'regressed' || verdict === 'improved' || unconfirmed ? 'opens' : null
}
