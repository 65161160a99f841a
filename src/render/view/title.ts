import { REASONS } from '../../report/verdict.ts'
import type { Comparison, LostLevel, RequestCounts, Verdict } from '../../report/verdict.ts'
import { findMetric, GATED_METRICS } from '../../vocabulary/metrics.ts'
import { plain } from '../../text.ts'
import { formatChange, formatConcurrency, formatRange, formatShare } from '../format.ts'
import { describeLimit, formatLimitValue } from './limits.ts'
import { formatVisible, nameOf, sentenceList, shortList } from '../metric-words.ts'

/** Shows text of others where the sentence stands. */
export type Escape = (text: string, maximum?: number) => string

/** The verdict in one sentence of plain text: for a log, an annotation, a line of a terminal. */
export function renderTitle(verdict: Verdict): string {
  return `${iconOf(verdict)} ${titleOf(verdict, plain)}`
}

/** What the check does as a sign. A sign alone never says it: the words follow. */
export function iconOf({ check, verdict }: Pick<Verdict, 'check' | 'verdict'>): string {
  if (check === 'fail') return '❌'
  if (check === 'warn' || verdict === 'suspect') return '⚠️'
  return ['no-change-seen', 'proven', 'improved', 'accepted'].includes(verdict) ? '✅' : 'ℹ️'
}

/** Name and sentence, without the sign. */
export function titleOf(verdict: Verdict, escape: Escape): string {
  return `${escape(verdict.name)}: ${sentenceOf(verdict, escape)}`
}

/** The sentence alone. */
export function sentenceOf(verdict: Verdict, escape: Escape): string {
  switch (verdict.verdict) {
    case 'cancelled':
      return 'cancelled before it was measured, so nothing was decided'
    case 'regressed':
      return regressed(verdict, escape)
    case 'not-measured':
      return notMeasured(verdict, escape)
    case 'suspect':
      return suspect(verdict)
    case 'not-comparable':
      return notComparable(verdict, escape)
    case 'no-baseline':
      return verdict.baseline.origin === null ? 'not compared, only limits decide' : 'nothing to compare yet'
    case 'skipped':
      return `skipped, nothing was sent: ${meaningsOf(verdict, escape)}`
    case 'accepted':
      return accepted(verdict, escape)
    case 'no-change-seen':
      return verdict.reasons.includes('not-proven') ? notProven(verdict) : noChangeSeen(verdict)
    case 'proven':
      return proven(verdict)
    case 'improved':
      return withParts('better', having(verdict, 'improved').map(moved))
  }
}

function regressed(verdict: Verdict, escape: Escape): string {
  const found = having(verdict, 'regressed')
  const lost = verdict.lostLevels.filter((level) => level.verdict === 'regressed')
  const broken = verdict.limits.filter(({ outcome }) => outcome === 'fail')
  const errors = verdict.errorRate?.verdict === 'regressed' ? verdict.errorRate : null
  const [limit] = broken
  // Only the first two are named, and what is relative can wait.
  const parts = [
    ...(limit === undefined
      ? []
      : broken.length === 1
        ? [`limit broken, ${escape(describeLimit(limit))} is ${formatLimitValue(limit)}`]
        : [`${broken.length} limits broken`]),
    ...(lost.length === 0 ? [] : [noLongerHolds(lost)]),
    ...(errors === null
      ? []
      : [`${rateOf(errors.candidate)} of the requests fail (${rateOf(errors.baseline)} before)`]),
    ...found.map(moved),
  ]
  if (parts.length === 0) return meaningsOf(verdict, escape)
  const confirmed = found.length === parts.length && found.every((comparison) => comparison.confirmed === true)
  return `${few(parts)}${confirmed ? ', confirmed by a second look' : ''}`
}

function suspect(verdict: Verdict): string {
  const found = having(verdict, 'suspect')
  const lost = verdict.lostLevels.filter((level) => level.verdict === 'suspect')
  const errors = verdict.errorRate?.verdict === 'suspect' ? verdict.errorRate : null
  const parts = [
    ...found.map(moved),
    ...(lost.length === 0 ? [] : [`${concurrencies(lost)} did not hold`]),
    ...(errors === null
      ? []
      : [`${rateOf(errors.candidate)} of the requests failed (${rateOf(errors.baseline)} before)`]),
  ]
  const why =
    found.length > 0 && found.every(({ confirmed }) => confirmed === false)
      ? 'not confirmed by a second look'
      : 'not proven'
  return `${withParts('suspect', parts)}, ${why}`
}

function notComparable({ notComparable }: Verdict, escape: Escape): string {
  const differences = notComparable?.differences ?? []
  const [first] = differences
  if (first === undefined) return 'not compared'
  const more = differences.length === 1 ? '' : ` and ${differences.length - 1} more`
  return `not compared, ${escape(first.setting ?? first.field)} changed (${escape(first.before)} → ${escape(first.now)})${more}`
}

function notMeasured(verdict: Verdict, escape: Escape): string {
  return `could not be measured: ${meaningsOf(verdict, escape)}`
}

function accepted(verdict: Verdict, escape: Escape): string {
  const found = having(verdict, 'accepted')
  const by = found.map(({ accepted }) => accepted?.by ?? null).find((login) => login !== null)
  const lost = verdict.lostLevels.filter((level) => level.verdict === 'accepted')
  const parts = [...found.map(moved), ...(lost.length === 0 ? [] : [noLongerHolds(lost)])]
  const who = by === undefined ? 'accepted in the settings' : `accepted by ${escape(`@${by}`)}`
  return parts.length === 0 ? who : `${few(parts)}, ${who}`
}

function noChangeSeen({ comparisons }: Verdict): string {
  const caught = comparisons
    .filter((comparison) => comparison.smallestVisible !== null)
    .map((comparison) => `${nameOf(comparison)} ${formatVisible(comparison)}`)
  return caught.length === 0 ? 'no change seen' : `no change seen (would have caught ${shortList(caught)})`
}

function notProven({ comparisons }: Verdict): string {
  const open = comparisons.filter(({ verdict }) => verdict === 'no-change-seen' || verdict === 'suspect')
  const parts = open.map((comparison) => {
    const range = comparison.interval === null ? '' : ` (measured ${formatRange(comparison.interval)})`
    return `${nameOf(comparison)} is within ${formatShare(comparison.tolerance)}${range}`
  })
  return parts.length === 0 ? 'not proven' : `not proven that ${few(parts)}`
}

function proven(verdict: Verdict): string {
  const parts = having(verdict, 'proven').map(
    (comparison) => `${nameOf(comparison)} ${formatShare(comparison.tolerance)}`,
  )
  return parts.length === 0 ? 'proven within tolerance' : `proven within tolerance: ${shortList(parts)}`
}

/** `TPOT +21 % (14 to 29 %)`. */
function moved(comparison: Comparison): string {
  const { change, interval } = comparison
  const range = interval === null ? '' : ` (${formatRange(interval)})`
  return `${nameOf(comparison)} ${formatChange(change)}${range}`
}

function withParts(what: string, parts: readonly string[]): string {
  return parts.length === 0 ? what : `${what}: ${few(parts)}`
}

/** The first two, because a title is read on a phone. */
function few(parts: readonly string[]): string {
  if (parts.length <= 2) return parts.join(', ')
  return `${parts.slice(0, 2).join(', ')} and ${parts.length - 2} more`
}

function having({ comparisons }: Verdict, word: Comparison['verdict']): readonly Comparison[] {
  return comparisons.filter(({ verdict }) => verdict === word)
}

/** `concurrency 32 no longer holds`. */
function noLongerHolds(lost: readonly LostLevel[]): string {
  return `${concurrencies(lost)} no longer ${lost.length === 1 ? 'holds' : 'hold'}`
}

function concurrencies(lost: readonly LostLevel[]): string {
  return `concurrency ${shortList(lost.map(({ concurrency }) => formatConcurrency(concurrency)))}`
}

/** The share of requests that failed. */
export function rateOf({ ok, failed }: RequestCounts): string {
  return formatShare(ok + failed === 0 ? null : failed / (ok + failed))
}

/** What the reasons mean, as half sentences; a metric as a reason is one that could not be measured. */
export function meaningsOf({ reasons }: Pick<Verdict, 'reasons'>, escape: Escape): string {
  const named = new Set(reasons.map((reason) => findMetric(reason)?.name))
  const metrics = GATED_METRICS.filter((name) => named.has(name))
  const meanings = REASONS.filter(({ code }) => reasons.includes(code)).map(
    ({ meaning }) => meaning.charAt(0).toLowerCase() + meaning.slice(1),
  )
  const parts = [
    ...(metrics.length === 0 ? [] : [sentenceList(metrics.map((metric) => nameOf({ metric })))]),
    ...meanings,
  ]
  return parts.length === 0 ? escape(reasons.join(', ') || 'no reason is known') : parts.join('; ')
}
