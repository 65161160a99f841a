import type { Comparison, ProvisionalSegment, Verdict } from '../../report/verdict.ts'
import type { Sides } from './comparisons.ts'
import { formatChange, formatDay, formatInterval, formatOneIn, formatSha, formatSize, plural } from '../format.ts'
import { capital, directionOf, nameOf, shortList } from '../metric-words.ts'
import type { Escape } from './title.ts'
import { movedOf } from './where.ts'

/** What makes a reader doubt a verdict: was it somebody else, or chance? */

/** Of more metrics than these main has not moved in a way that is worth a sentence each. */
const MOST_METRICS = 3

/** What a sentence calls the runs compared with: `main` or `the baseline`. */
export function nameOfBaseline({ baseline }: Sides): string {
  return baseline === 'main' ? 'main' : 'the baseline'
}

/** Whether the change is the candidate's or was on the default branch before. */
export function whose({ comparisons, baseline }: Verdict, sides: Sides, escape: Escape): string | null {
  const since = comparisons.flatMap((comparison) =>
    comparison.provisional === null ? [] : [sinceWhen(comparison, comparison.provisional, sides, escape)],
  )
  const own = movedOf(comparisons).filter(({ verdict, provisional }) => verdict !== 'accepted' && provisional === null)
  if (own.length === 0) return since.length === 0 ? null : since.slice(0, MOST_METRICS).join(' ')
  const newer =
    baseline.ancestor === false
      ? ' But the newest recorded run is newer than this branch, which could explain it: update the branch to be sure.'
      : ''
  const isSure = own.some(({ verdict }) => verdict === 'regressed')
  const who = isSure ? `${sides.candidate}, as far as can be seen` : `if it is real, ${sides.candidate}`
  const what = since.length === 0 ? '' : `${shortList(own.map(nameOf))}: `
  const steady = `${capital(`${what}${who}`)}: ${nameOfBaseline(sides)} has not moved within the ${plural(baseline.runs, 'run')} compared with.${newer}`
  return [...since.slice(0, MOST_METRICS), steady].join(' ')
}

function sinceWhen(comparison: Comparison, segment: ProvisionalSegment, sides: Sides, escape: Escape): string {
  const { change, interval, verdict } = comparison
  const since = segment.sha === null ? formatDay(segment.startedAt) : formatSha(segment.sha)
  const measured = `${formatChange(change)}${interval === null ? '' : ` ${formatInterval(interval)}`}`
  const main = `${nameOfBaseline(sides)} has been ${formatSize(segment.mainChange)} ${directionOf(comparison, segment.mainChange)} in ${nameOf(comparison)} since ${escape(since)} (${plural(segment.runs, 'run')}, not accepted)`
  const own =
    verdict === 'regressed'
      ? `${sides.candidate} is worse than both (${measured} against now, ${formatChange(segment.changeFromBefore)} against before)`
      : verdict === 'suspect'
        ? `whether ${sides.candidate} adds to it is not certain (${measured})`
        : `${sides.candidate} adds nothing that can be seen (${measured})`
  return `${capital(main)}; ${own}.`
}

/** How often unchanged code is red; null where that is not what decides. */
export function byChance({ falseAlarmRate, policy, verdict, comparisons }: Verdict): string | null {
  if (comparisons.length === 0 || verdict === 'accepted' || policy.gate === 'release') return null
  if (falseAlarmRate === null) {
    return policy.decision === 'threshold'
      ? 'How often unchanged code would be red is not known yet: `decision: threshold` does not look at noise.'
      : null
  }
  if (policy.decision === 'statistical') return `Unchanged code is red in at most ${formatOneIn(falseAlarmRate)} runs.`
  const often = falseAlarmRate > 0.5 ? 'more than half of all' : `about ${formatOneIn(falseAlarmRate)}`
  return `With \`decision: threshold\` unchanged code would be red in ${often} runs.`
}
