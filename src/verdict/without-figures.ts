import { pickPolicy, conclude } from './conclude.ts'
import { VERDICT_SCHEMA } from '../report/verdict.ts'
import type { Verdict, VerdictPolicy, VerdictWord } from '../report/verdict.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import { GATE_SETTINGS } from '../settings/lists/gate-settings.ts'

/** The word for each of them. */
const WORDS = {
  fork: 'skipped',
  'foreign-commit': 'skipped',
  dependabot: 'skipped',
  'no-key': 'skipped',
  'no-writer': 'skipped',
  'nothing-to-measure': 'skipped',
  cancelled: 'cancelled',
  endpoint: 'not-measured',
  baseline: 'not-measured',
  'leg-missing': 'not-measured',
} as const satisfies Readonly<Record<string, VerdictWord>>

/** Why there are no figures at all; the codes are those of REASONS. */
export type NoFiguresReason = keyof typeof WORDS

/** The policy where none is known: a job was skipped, or left no result. */
export const DEFAULT_POLICY: VerdictPolicy = pickPolicy(resolveFlags(GATE_SETTINGS, []))

/** The verdict of a run without figures: nothing was sent, nothing answered, or no result arrived. */
export function concludeWithoutFigures(name: string, reason: NoFiguresReason, policy: VerdictPolicy): Verdict {
  return conclude(
    {
      schema: VERDICT_SCHEMA,
      name,
      policy: pickPolicy(policy),
      decidedBy: [],
      comparisons: [],
      lostLevels: [],
      errorRate: null,
      limits: [],
      whatElseChanged: [],
      baseline: {
        origin: null,
        runs: 0,
        groups: 0,
        newest: null,
        ancestor: null,
        skipped: [],
        unreadable: null,
        lost: null,
        uncomparedInARow: 0,
      },
      notComparable: null,
      outlook: [],
      confirmation: null,
      falseAlarmRate: null,
      drift: null,
      control: null,
    },
    { word: WORDS[reason], reason },
  )
}
