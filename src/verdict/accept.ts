import type { HistoryEntry } from '../report/history.ts'
import type { Comparison, Verdict } from '../report/verdict.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import { conclude } from './conclude.ts'

/** A verdict after somebody has said that changes are wanted, concluded again: its word, its reasons, its check. */
export function applyAcceptances(verdict: Verdict, accepted: readonly Acceptance[]): Verdict {
  const comparisons = acceptComparisons(verdict.comparisons, accepted, verdict.policy.gate)
  if (comparisons.every((comparison, i) => comparison === verdict.comparisons[i])) return verdict
  // Where something was compared nothing else holds for the run as a whole.
  return conclude({ ...verdict, comparisons }, null, verdict.reasons.includes('levels-missing'))
}

/** The comparisons with those accepted that are not worse than was agreed. */
export function acceptComparisons(
  comparisons: readonly Comparison[],
  accepted: readonly Acceptance[],
  gate: Verdict['policy']['gate'],
): readonly Comparison[] {
  return comparisons.map((comparison) => {
    const fits = accepted.filter((acceptance) => covers(acceptance, comparison, gate))
    // A reviewed line says more than a label: a release honours nothing else.
    const best = fits.find(({ form }) => form === 'file') ?? fits[0]
    if (best === undefined) return comparison
    const { by, why } = best
    return {
      ...comparison,
      verdict: 'accepted',
      accepted: { by, at: best.at ?? comparison.worsening!, why },
    }
  })
}

function covers({ metric, at, form }: Acceptance, comparison: Comparison, gate: Verdict['policy']['gate']): boolean {
  const { worsening, tolerance, verdict } = comparison
  if (metric !== comparison.metric || worsening === null) return false
  // For want of proof a release fails where nothing was seen, too; what was agreed covers that.
  const unproven = verdict === 'no-change-seen' && gate === 'release' && form === 'file'
  if (verdict !== 'regressed' && verdict !== 'suspect' && !unproven) return false
  return at === null || worsening <= at + tolerance
}

/**
 * The acceptances that hold for a run: from their day on, and until a run of the history has recorded the change.
 *
 * @param startedAt of the run, ISO 8601.
 */
export function pickAcceptances(
  accepted: readonly Acceptance[],
  entries: readonly HistoryEntry[],
  startedAt: string,
): Acceptance[] {
  return accepted.filter(({ metric, since }) => {
    if (since === null) return true
    const spent = entries.some(({ row, segments }) => segments[metric] === 'accepted' && row.startedAt >= since)
    return startedAt >= since && !spent
  })
}
