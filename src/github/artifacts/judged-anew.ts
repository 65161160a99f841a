import type { Verdict } from '../../report/verdict.ts'
import { conclude } from '../../verdict/conclude.ts'

/** Words that only a comparison can come to. */
const COMPARED: ReadonlySet<string> = new Set(['suspect', 'accepted', 'no-change-seen', 'proven', 'improved'])

/** Reasons that follow from parts. */
const OF_PARTS: ReadonlySet<string> = new Set([
  'limit',
  'level-lost',
  'error-rate',
  'limit-not-measured',
  'levels-missing',
  'not-proven',
])

/**
 * A verdict that another job uploaded, with word, reasons and check as they follow from its parts: what it says of itself
 * is not believed.
 *
 * @throws Error when it has no parts from which its word could follow.
 */
export function judgedAnew(verdict: Verdict): Verdict {
  const { verdict: word, reasons, check: _check, ...findings } = verdict
  const { comparisons } = findings
  if (comparisons.length > 0) return conclude(findings, null, reasons.includes('levels-missing'))
  if (COMPARED.has(word)) throw new Error(`its verdict is "${word}", and it compares nothing`)
  const reason = reasons.find((code) => !OF_PARTS.has(code)) ?? null
  return conclude(findings, { word, reason })
}
