import type { RunReport } from '../../report/run-report.ts'
import { compareBadness, loadOfVerdict, looksGood, REASONS } from '../../report/verdict.ts'
import type { Comparison, LostLevel, Verdict } from '../../report/verdict.ts'
import { findMetric, GATED_METRICS } from '../../vocabulary/metrics.ts'
import { spellLevels } from '../../vocabulary/load.ts'
import {
  capitalise,
  decapitalise,
  formatChange,
  formatFailedShare,
  formatLevel,
  formatRange,
  formatShare,
  nameAll,
  joinList,
} from '../../words/format.ts'
import { IN_FOUR_OF_FIVE, joinShortList, nameOf, nameVisible } from '../../words/metric-words.ts'
import { joinSentences, quote, quoteProse, say } from '../../words/sentences.ts'
import type { Sentence } from '../../words/sentences.ts'
import { describeLimit, formatLimitValue } from './report.ts'
import { findObstacle } from './compared/uncompared.ts'
import { hasBufferedAnswers } from './levels.ts'

/** The verdict in one sentence, and its mood; `report` is the run's, where there is one. */
export function viewTitle(verdict: Verdict, report: RunReport | null) {
  const name = quote(verdict.name)
  const buffered = report === null || NOTHING_SENT.has(verdict.verdict) ? '' : describeBuffered(report)
  const outcome = say`${describeOutcome(verdict, report)}${buffered}`
  // A run without the times of its streams is never good news.
  const mood = buffered !== '' && chooseMood(verdict) === 'good' ? 'neutral' : chooseMood(verdict)
  return {
    mood,
    /** The mood as an icon, always followed by words. */
    icon: ICONS[mood],
    name,
    /** What follows the name. */
    outcome,
    sentence: say`${name}: ${outcome}`,
    /** The sentence after its icon. */
    signed: say`${ICONS[mood]} ${name}: ${outcome}`,
    /** True when there is nothing to do. */
    isGreen: buffered === '' && verdict.check === 'pass' && looksGood(verdict.verdict),
  }
}

/** A name with what came of it. */
export interface Judged {
  readonly verdict: Verdict
  /** Null when nothing was measured. */
  readonly report: RunReport | null
}

/** Names with their titles, the worst first. */
export function rankTitles<Name extends Judged>(judged: readonly Name[]) {
  const ranked = judged.toSorted((a, b) => compareBadness(a.verdict, b.verdict))
  return ranked.map((one) => ({ ...one, title: viewTitle(one.verdict, one.report) }))
}

/** One sentence for all of these names, as they are ranked, after its icon. */
export function viewTitleOfAll(
  ranked: readonly { readonly verdict: Verdict; readonly title: ReturnType<typeof viewTitle> }[],
): Sentence {
  const [worst] = ranked
  if (worst === undefined) return `${ICONS.neutral} No measuring job left a result.`
  const { title } = worst
  const count = ranked.length
  if (count === 1) return title.signed
  if (ranked.every((each) => each.title.isGreen))
    return `${ICONS.good} Nothing got worse that could be seen, in ${nameAll(count)}`
  const { check } = worst.verdict
  const same = ranked.filter(({ verdict }) => verdict.check === check).length
  const how = {
    fail: `${same} of ${count} failed, first`,
    warn: `${same} of ${count} to look at, first`,
    pass: `${capitalise(nameAll(count))} pass;`,
  }
  return say`${title.icon} ${how[check]} ${title.sentence}`
}

/** How good or bad the news is, for an icon, a colour, a class. */
type Mood = 'good' | 'bad' | 'warn' | 'neutral'

const ICONS: Readonly<Record<Mood, string>> = { bad: '❌', warn: '⚠️', good: '✅', neutral: 'ℹ️' }

/** By what the check does, and, where it passes, by the verdict. */
function chooseMood({ check, verdict }: Pick<Verdict, 'check' | 'verdict'>): Mood {
  if (check === 'fail') return 'bad'
  if (check === 'warn' || verdict === 'suspect') return 'warn'
  return looksGood(verdict) || verdict === 'accepted' ? 'good' : 'neutral'
}

/** The verdict in one sentence that follows its name. */
function describeOutcome(verdict: Verdict, report: RunReport | null): Sentence {
  switch (verdict.verdict) {
    case 'cancelled':
      return 'cancelled before it was measured, so nothing was decided'
    case 'regressed':
      return describeRegressed(verdict)
    case 'not-measured':
      return describeNotMeasured(verdict, report)
    case 'suspect':
      return describeSuspect(verdict)
    case 'not-comparable':
    case 'no-baseline':
      return describeUncompared(verdict)
    case 'skipped':
      return say`skipped, nothing was sent: ${describeReasons(verdict)}`
    case 'accepted':
      return describeAccepted(verdict)
    case 'no-change-seen':
      return verdict.reasons.includes('not-proven') ? describeNotProven(verdict) : describeNoChangeSeen(verdict)
    case 'proven':
      return describeProven(verdict)
    case 'improved':
      return nameParts('better', pickComparisons(verdict, 'improved').map(describeChange))
  }
}

const NOTHING_SENT: ReadonlySet<Verdict['verdict']> = new Set(['cancelled', 'skipped'])

/** At how many levels the times of streams are missing, as the end of a sentence; empty where none are. */
function describeBuffered({ levels, series, imported }: RunReport): string {
  const answered = levels.filter(({ requests }) => requests.ok > 0)
  const buffered = answered.filter((level) => hasBufferedAnswers(level, series.workload.task)).length
  if (buffered === 0) return ''
  const where = buffered === answered.length ? '' : ` at ${buffered} of ${answered.length} levels`
  return `; no TTFT and TPOT${where}: ${imported === undefined ? 'answers were held back on the way' : 'the results state none'}`
}

function describeRegressed(verdict: Verdict): Sentence {
  const load = loadOfVerdict(verdict)
  const found = pickComparisons(verdict, 'regressed')
  const broken = verdict.limits.filter(({ outcome }) => outcome === 'fail')
  const [limit] = broken
  // Only the first two are named, so absolute failures come first.
  const parts = [
    ...(limit === undefined
      ? []
      : broken.length === 1
        ? [say`limit broken, ${quote(describeLimit(limit, load))} is ${formatLimitValue(limit, load)}`]
        : [`${broken.length} limits broken`]),
    ...describeLostLevels(verdict, 'regressed'),
    ...describeErrors(verdict, 'regressed', 'fail'),
    ...found.map(describeChange),
  ]
  if (parts.length === 0) return describeReasons(verdict)
  const isSoAgain = found.length === parts.length && found.every((comparison) => comparison.confirmed === true)
  return say`${nameFirst(parts)}${isSoAgain ? ', still so in a second look' : ''}`
}

function describeSuspect(verdict: Verdict): Sentence {
  const found = pickComparisons(verdict, 'suspect')
  const parts = [
    ...found.map(describeChange),
    ...describeLostLevels(verdict, 'suspect'),
    ...describeErrors(verdict, 'suspect', 'failed'),
  ]
  const why =
    found.length > 0 && found.every(({ confirmed }) => confirmed === false) ? 'not so in a second look' : 'not proven'
  return say`${nameParts('suspect', parts)}, ${why}`
}

function describeUncompared(verdict: Verdict): Sentence {
  const { notComparable, baseline, control, limits } = verdict
  const obstacle = findObstacle(verdict)
  switch (obstacle) {
    case 'history-lost':
      return say`not compared, ${quoteProse(baseline.lost!)}`
    case 'control-lost': {
      const troubles = (control?.troubles ?? []).map((trouble) => quoteProse(trouble, LONGEST_WHY))
      return nameParts('not compared, the control could not be measured', troubles)
    }
    case 'first':
    case 'unasked':
      // No metric has figures on both sides, and the row of each says why.
      if (verdict.verdict === 'not-comparable') return 'not compared'
      if (obstacle === 'first') return 'nothing to compare yet'
      return limits.length === 0 ? 'not compared, and no limits are set' : 'not compared, only limits decide'
    default:
      return describeDifferences(notComparable?.differences ?? [])
  }
}

function describeDifferences(differences: NonNullable<Verdict['notComparable']>['differences']): Sentence {
  const [first] = differences
  if (first === undefined) return 'not compared'
  const more = differences.length === 1 ? '' : ` and ${differences.length - 1} more`
  return say`not compared, ${quote(first.setting ?? first.field)} changed (${quote(first.before)} → ${quote(first.now)})${more}`
}

/** For a run that is not valid, says why instead of that. */
function describeNotMeasured(verdict: Verdict, report: RunReport | null): Sentence {
  const { unreadable } = verdict.baseline
  // The figures exist, and only the history is missing.
  if (unreadable !== null && verdict.reasons.join() === 'baseline')
    return say`not compared, the history cannot be read: ${quoteProse(unreadable.why, LONGEST_WHY)}`
  const cause = report?.validity.cause
  if (cause === undefined || !verdict.reasons.includes('run-invalid'))
    return say`could not be measured: ${describeReasons(verdict, report)}`
  return say`could not be measured: ${quoteProse(cause, LONGEST_WHY)}`
}

function describeAccepted(verdict: Verdict): Sentence {
  const found = pickComparisons(verdict, 'accepted')
  const by = found.map(({ accepted }) => accepted?.by ?? null).find((login) => login !== null)
  const parts = found.map(describeChange)
  const who = by === undefined ? 'accepted in the settings' : say`accepted by ${quote(`@${by}`)}`
  return parts.length === 0 ? who : say`${nameFirst(parts)}, ${who}`
}

function describeNoChangeSeen({ comparisons }: Verdict): string {
  const found = comparisons.filter((comparison) => comparison.smallestVisible !== null).map(nameVisible)
  return found.length === 0
    ? 'no change seen'
    : `no change seen (finds ${joinShortList(found)} ${IN_FOUR_OF_FIVE} runs)`
}

function describeNotProven({ comparisons }: Verdict): Sentence {
  const open = comparisons.filter(({ verdict }) => verdict === 'no-change-seen' || verdict === 'suspect')
  const parts = open.map((comparison) => {
    const range = comparison.interval === null ? '' : ` (measured ${formatRange(comparison.interval)})`
    return `${nameOf(comparison)} is within ${formatShare(comparison.tolerance)}${range}`
  })
  return parts.length === 0 ? 'not proven' : say`not proven that ${nameFirst(parts)}`
}

function describeProven(verdict: Verdict): string {
  const parts = pickComparisons(verdict, 'proven').map(
    (comparison) => `${nameOf(comparison)} ${formatShare(comparison.tolerance)}`,
  )
  return parts.length === 0 ? 'proven within tolerance' : `proven within tolerance: ${joinShortList(parts)}`
}

/** `TPOT +21 % (14 to 29 %)`. */
function describeChange(comparison: Comparison): string {
  const { change, interval } = comparison
  const range = interval === null ? '' : ` (${formatRange(interval)})`
  return `${nameOf(comparison)} ${formatChange(change)}${range}`
}

function nameParts(what: string, parts: readonly Sentence[]): Sentence {
  return parts.length === 0 ? what : say`${what}: ${nameFirst(parts)}`
}

/** The first two, because a title is read on a phone. */
function nameFirst(parts: readonly Sentence[]): Sentence {
  const first = joinSentences(parts.slice(0, 2), ', ')
  return parts.length <= 2 ? first : say`${first} and ${String(parts.length - 2)} more`
}

function pickComparisons({ comparisons }: Verdict, word: Comparison['verdict']): readonly Comparison[] {
  return comparisons.filter(({ verdict }) => verdict === word)
}

/** `concurrency 32 no longer holds`; none where no lost level has that word. */
function describeLostLevels(verdict: Verdict, word: LostLevel['verdict']): string[] {
  const load = loadOfVerdict(verdict)
  const lost = verdict.lostLevels.filter((level) => level.verdict === word)
  if (lost.length === 0) return []
  const levels = joinShortList(lost.map(({ concurrency }) => formatLevel(load, concurrency)))
  const what = word === 'suspect' ? 'did not hold' : `no longer ${lost.length === 1 ? 'holds' : 'hold'}`
  return [`${spellLevels(load, levels)} ${what}`]
}

/** `4.2 % of the requests fail (0.1 % before)`; none where the error rate does not have that word. */
function describeErrors({ errorRate }: Verdict, word: 'regressed' | 'suspect', fail: 'fail' | 'failed'): string[] {
  if (errorRate?.verdict !== word) return []
  const [now, before] = [errorRate.candidate, errorRate.baseline].map(formatFailedShare)
  return [`${now} of the requests ${fail} (${before} before)`]
}

/** A refusal of GitHub with its status and its words. */
const LONGEST_WHY = 240

/** The meanings of the reasons, as half sentences; metrics among them could not be measured. */
function describeReasons(
  { reasons, lostLevels, comparisons }: Pick<Verdict, 'reasons' | 'lostLevels' | 'comparisons'>,
  report: RunReport | null = null,
): Sentence {
  const named = new Set(reasons.map((reason) => findMetric(reason)?.name))
  const metrics = GATED_METRICS.filter((name) => named.has(name))
  // As in the table: where no plateau was reached the throughput has another name.
  const names = metrics.map((metric) =>
    nameOf(comparisons.find((compared) => compared.metric === metric) ?? { metric }),
  )
  const meanings = REASONS.filter(({ code }) => reasons.includes(code)).map(({ meaning }) => decapitalise(meaning))
  const cause = reasons.includes('levels-missing') ? explainMissing(lostLevels, report) : ''
  const parts: Sentence[] = [
    ...(names.length === 0 ? [] : [joinList(names)]),
    ...meanings,
    ...(cause === '' ? [] : [quoteProse(cause, LONGEST_WHY)]),
  ]
  return parts.length === 0 ? quote(reasons.join(', ') || 'no reason is known') : joinSentences(parts, '; ')
}

/** Why levels have no figures: by the report where it has all of them, else by their states. */
function explainMissing(lostLevels: readonly LostLevel[], report: RunReport | null): string {
  const missing = lostLevels.filter(({ verdict }) => verdict === 'not-measured')
  const measured = new Set(report?.levels.map(({ concurrency }) => concurrency))
  const cause = report?.validity.cause
  if (cause !== undefined && missing.every(({ concurrency }) => measured.has(concurrency))) return cause
  const reasons = new Set(missing.map(({ reason }) => reason).filter((reason) => reason !== ''))
  return [...reasons].slice(0, 2).join('; ')
}
