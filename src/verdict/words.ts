import { VERDICT_WORDS } from '../report/verdict.ts'
import type { Verdict, VerdictPolicy, VerdictWord } from '../report/verdict.ts'
import type { Consequence } from '../settings.ts'

/** What a word leads to. */
interface WordRule {
  /** What the check does, or the setting that says it. */
  readonly check: Consequence | 'onNotComparable' | 'onUnmeasured' | 'onSkip'
  /** The same with `gate: release`, where only proof passes; an acceptance passes only from a reviewed file. */
  readonly release: Consequence | 'by-file'
}

/** The verdict table: every word, and what the check does with it. */
export const VERDICT_TABLE: Readonly<Record<VerdictWord, WordRule>> = {
  cancelled: { check: 'fail', release: 'fail' },
  regressed: { check: 'fail', release: 'fail' },
  'not-measured': { check: 'onUnmeasured', release: 'fail' },
  suspect: { check: 'warn', release: 'fail' },
  'not-comparable': { check: 'onNotComparable', release: 'fail' },
  'no-baseline': { check: 'pass', release: 'fail' },
  skipped: { check: 'onSkip', release: 'fail' },
  accepted: { check: 'pass', release: 'by-file' },
  'no-change-seen': { check: 'pass', release: 'fail' },
  proven: { check: 'pass', release: 'pass' },
  improved: { check: 'pass', release: 'pass' },
}

/** The worse of two words. */
export function worseWord(a: VerdictWord, b: VerdictWord): VerdictWord {
  return VERDICT_WORDS.indexOf(a) <= VERDICT_WORDS.indexOf(b) ? a : b
}

/** A part of a verdict: its word, and for an acceptance whether it was reviewed. */
export interface VerdictPart {
  readonly word: VerdictWord
  readonly byFile: boolean
}

/** What the check does: the most severe that a part demands; `gate: observe` never fails. */
export function checkOf(parts: readonly VerdictPart[], policy: VerdictPolicy): Consequence {
  const demanded = parts.map((part) => consequenceOf(part, policy))
  if (demanded.includes('fail')) return policy.gate === 'observe' ? 'warn' : 'fail'
  return demanded.includes('warn') ? 'warn' : 'pass'
}

function consequenceOf({ word, byFile }: VerdictPart, policy: VerdictPolicy): Consequence {
  const rule = VERDICT_TABLE[word]
  if (policy.gate === 'release') return rule.release === 'by-file' ? (byFile ? 'pass' : 'fail') : rule.release
  switch (rule.check) {
    case 'onNotComparable':
    case 'onUnmeasured':
    case 'onSkip':
      return policy[rule.check]
    default:
      return rule.check
  }
}

/** Exit code of the command: 0 pass, 1 regressed or a limit broken, 3 not measured, 4 not proven (`gate: release`). */
export function exitCodeOf({ verdict, check, reasons }: Pick<Verdict, 'verdict' | 'check' | 'reasons'>): 0 | 1 | 3 | 4 {
  if (check !== 'fail') return 0
  if (verdict === 'regressed') return 1
  return reasons.includes('not-proven') ? 4 : 3
}
