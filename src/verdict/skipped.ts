import { VERDICT_SCHEMA } from '../report/verdict.ts'
import type { Verdict, VerdictPolicy, VerdictWord } from '../report/verdict.ts'
import { conclude } from './conclude.ts'
import { keptPolicy } from './policy.ts'

/** Why there are no figures at all; the codes are those of REASONS. */
export type SkipReason = 'fork' | 'dependabot' | 'no-key' | 'cancelled' | 'endpoint' | 'leg-missing'

const WORDS: Readonly<Record<SkipReason, VerdictWord>> = {
  fork: 'skipped',
  dependabot: 'skipped',
  'no-key': 'skipped',
  cancelled: 'cancelled',
  endpoint: 'not-measured',
  'leg-missing': 'not-measured',
}

/** The verdict of a run of which there are no figures: nothing was sent, nothing answered, or nothing arrived. */
export function skippedVerdict(name: string, reason: SkipReason, policy: VerdictPolicy): Verdict {
  return conclude(
    {
      schema: VERDICT_SCHEMA,
      name,
      policy: keptPolicy(policy),
      comparisons: [],
      lostLevels: [],
      errorRate: null,
      limits: [],
      whatElseChanged: [],
      baseline: { origin: null, runs: 0, groups: 0, newest: null, ancestor: null, skipped: [], uncomparedInARow: 0 },
      notComparable: null,
      outlook: [],
      confirmation: null,
      falseAlarmRate: null,
      drift: null,
    },
    { word: WORDS[reason], reason },
  )
}
