import { toleranceOf } from '../settings/tolerance.ts'
import { studentTTail } from '../stats/student-t.ts'
import type { Look } from './look.ts'
import type { DecisionPolicy } from './policy.ts'

/** From so many groups on their own spread tells how often a plain threshold is wrong. */
const FEWEST_GROUPS = 3
/** With so many degrees of freedom Student's distribution is the normal one, to six digits. */
const NORMAL = 1e6

/**
 * About how often `decision: threshold` would call unchanged code worse: for each metric P(Z > ln(1 + δ) / SE), with the
 * spread that the history shows (nothing assumed) and, for a median of k runs, SE = S √(1 + π / (2k + 1)); metrics taken
 * as independent, which overstates it. Student's distribution would answer how far the next run may lie when S is not
 * known, and says three times too much of a short history. Null while it is too short to say.
 */
export function thresholdAlarmRate(looks: readonly Look[], policy: DecisionPolicy): number | null {
  let quiet = 1
  for (const { metric, history, spread } of looks) {
    const k = history.newest.points.length
    if (history.groups < FEWEST_GROUPS || spread.observed === null) return null
    const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1))
    const threshold = Math.log1p(toleranceOf(policy, metric))
    quiet *= se === 0 ? 1 : 1 - studentTTail(threshold / se, NORMAL)
  }
  return looks.length === 0 ? null : 1 - quiet
}
