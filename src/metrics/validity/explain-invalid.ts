import { makeClause, nameAll } from '../../text.ts'
import { invalidates, lookUpFinding } from '../findings.ts'
import type { Finding } from '../findings.ts'
import type { LevelMetrics } from '../level/level-metrics.ts'

/** More causes than these are for the list of findings. */
const MOST_CAUSES = 2

/**
 * What makes a run unusable, or most of its unusable levels, as half a sentence for a headline; null where all of it can be used. What is
 * wrong with the whole run comes before what is wrong with levels, and of that what explains most of them.
 */
export function explainInvalid(
  levels: readonly Pick<LevelMetrics, 'invalidReasons'>[],
  ofRun: readonly Pick<Finding, 'code' | 'level' | 'message'>[],
): string | null {
  const whole = ofRun.find((finding) => finding.level === undefined && invalidates(finding))
  if (whole !== undefined) return makeClause(whole.message)
  const causes: string[] = []
  let left = levels.filter(({ invalidReasons }) => invalidReasons.length > 0)
  while (left.length > 0 && causes.length < MOST_CAUSES) {
    const code = findMostFrequent(left.flatMap(({ invalidReasons }) => invalidReasons))
    const others = left.filter(({ invalidReasons }) => !invalidReasons.includes(code))
    causes.push(`${describeCode(code)} (${describeShare(left.length - others.length, levels.length)})`)
    left = others
  }
  return causes.length === 0 ? null : causes.join('; ')
}

function describeCode(code: string): string {
  const meaning = lookUpFinding(code)?.meaning
  return meaning === undefined ? code : makeClause(meaning)
}

function describeShare(part: number, all: number): string {
  if (part < all) return `${part} of ${all} levels`
  return all === 1 ? 'the only level' : `${nameAll(all)} levels`
}

/** The first of those that come most often; `words` is not empty. */
function findMostFrequent(words: readonly string[]): string {
  const counted = [...Map.groupBy(words, (word) => word).values()]
  return counted.reduce((most, each) => (each.length > most.length ? each : most))[0]!
}
