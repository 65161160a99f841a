import type { Verdict, VerdictWord } from '../report/verdict.ts'
import { checkOf, worseWord } from './words.ts'
import type { VerdictPart } from './words.ts'

/** Everything of a verdict but what it comes to. */
export type Findings = Omit<Verdict, 'verdict' | 'reasons' | 'check'>

/** What holds for the run as a whole, whatever its parts say; null when it was compared. */
export interface Whole {
  readonly word: VerdictWord
  /** A code of REASONS; null where the word says it all. */
  readonly reason: string | null
}

/** One part with the reason it gives when the verdict hangs on it. */
interface NamedPart extends VerdictPart {
  readonly reason: string | null
}

/** Words that need no reason: nothing hangs on one part of the run. */
const UNEXPLAINED: readonly VerdictWord[] = ['no-change-seen', 'proven']

/**
 * The word of a run is the worst of its parts; its reasons are the parts that have it, and what holds for the whole run.
 *
 * @param levelsMissing whether a metric could not be measured because too many levels are missing.
 */
export function conclude(findings: Findings, whole: Whole | null, levelsMissing = false): Verdict {
  const parts = partsOf(findings, whole)
  const verdict = parts.map((part) => part.word).reduce(worseWord, 'improved')
  const check = checkOf(parts, findings.policy)
  const hanging = UNEXPLAINED.includes(verdict) ? [] : parts.filter((part) => part.word === verdict)
  const reasons = new Set(hanging.flatMap((part) => part.reason ?? []))
  if (whole?.reason != null) reasons.add(whole.reason)
  // Kept beside worse ones: an acceptance may leave only this.
  if (levelsMissing) reasons.add('levels-missing')
  if (findings.policy.gate === 'release' && check === 'fail' && isUnproven(verdict)) reasons.add('not-proven')
  return { ...findings, verdict, reasons: [...reasons], check }
}

/** Words that fail a release although nothing bad was found. */
function isUnproven(word: VerdictWord): boolean {
  return word !== 'regressed' && word !== 'not-measured' && word !== 'cancelled' && word !== 'skipped'
}

function partsOf({ comparisons, lostLevels, errorRate, limits }: Findings, whole: Whole | null): NamedPart[] {
  const parts: NamedPart[] = comparisons.map(({ metric, verdict, accepted }) => ({
    word: verdict,
    byFile: accepted !== null && accepted.by === null,
    reason: metric,
  }))
  const add = (word: VerdictWord, reason: string | null) => parts.push({ word, byFile: false, reason })
  for (const { verdict } of lostLevels) if (verdict !== 'not-measured') add(verdict, 'level-lost')
  if (errorRate !== null && errorRate.verdict !== 'no-change-seen') add(errorRate.verdict, 'error-rate')
  for (const { outcome } of limits) {
    if (outcome === 'fail') add('regressed', 'limit')
    if (outcome === 'not-measured') add('not-measured', 'limit-not-measured')
  }
  if (whole !== null) add(whole.word, whole.reason)
  return parts
}
