import { loadOfVerdict } from '../../../report/verdict.ts'
import type { Comparison, ProvisionalSegment, StepOfMain, Verdict } from '../../../report/verdict.ts'
import {
  capitalise,
  formatChange,
  formatDay,
  formatInterval,
  formatSha,
  formatSize,
  pluralise,
  quoteForShell,
} from '../../../words/format.ts'
import {
  describeLevels,
  directionOf,
  findMoved,
  isOfFamily,
  joinShortList,
  nameOf,
  toNaturalChange,
} from '../../../words/metric-words.ts'
import type { FamilyOrPlateau } from '../../../words/metric-words.ts'
import { joinSentences, makeList, quote, quoteCode, quoteProse, say } from '../../../words/sentences.ts'
import type { Sentence } from '../../../words/sentences.ts'
import { linkCommits } from '../../../words/commits.ts'
import { nameSide } from '../input.ts'
import type { RunNames, ViewSituation } from '../input.ts'
import { describeChanceAndRemedy, describeFineness, describeRequeueing } from './chance.ts'
import { describeLost } from './comparisons.ts'
import { describeCauses } from './causes.ts'

/** More metrics would make an unreadable sentence. */
const MOST_METRICS = 3

/** More levels are left to the table. */
const MOST_LEVELS = 4

/** The questions that a reader of a verdict has, and their answers. */
export function viewAnswers(input: ViewSituation, names: RunNames) {
  const { verdict } = input
  const told = {
    /** In which levels each metric moved, a sentence each. */
    moves: describeMoves(verdict),
    /** What it looks like; null where nothing points anywhere. */
    part: describeCauses(input, names),
    /** Whose change it is; null where nothing moved. */
    owner: describeOwner(input, names),
    /** How often unchanged code is red; null where that does not matter. */
    chance: describeChanceAndRemedy(input),
  }
  const intended = describeAcceptance(input, names)
  const answers: readonly (readonly [question: string, answer: Sentence | null, yaml?: readonly string[]])[] = [
    ['Where?', describeWhere(verdict, told.moves, told.part)],
    [names.isPullRequest ? `You or ${names.baseline}?` : 'New, or before?', told.owner],
    ['What else changed?', describeChanges(verdict)],
    ['Reproduce:', describeCommand(input)],
    ['Intended?', intended?.how ?? null, intended?.entries ?? []],
    ['What now?', describeNextStep(input, names)],
    ['By chance?', told.chance],
  ]
  return {
    // Each is an answer, or a part of one, and stands alone in other layouts.
    ...told,
    /** Only those with an answer, which may end with lines of YAML to be copied. */
    answers: answers.flatMap(([question, answer, yaml = []]) => (answer === null ? [] : [{ question, answer, yaml }])),
    /** True where the default branch itself has just moved. */
    hasBaselineMoved: verdict.comparisons.some(({ provisional }) => provisional !== null),
    /** How small a change is visible at a noisy endpoint, and whether it has just become noisier; null where neither. */
    fineness: describeFineness(verdict, input.report),
  }
}

function describeMoves(verdict: Verdict): string[] {
  return findMoved(verdict.comparisons).flatMap((comparison) => {
    const levels = describeLevels(comparison, loadOfVerdict(verdict))
    return levels === null ? [] : [`${capitalise(levels)}.`]
  })
}

function describeWhere(verdict: Verdict, moves: readonly Sentence[], part: Sentence | null): Sentence | null {
  const lost = describeLost(verdict)
  const parts = [
    ...(lost.length === 0 ? [] : [makeList(lost, ' ')]),
    ...(moves.length === 0 ? [] : [makeList(moves, ' ', MOST_LEVELS)]),
    ...(part === null ? [] : [part]),
  ]
  return parts.length === 0 ? null : joinSentences(parts, ' ')
}

/** Whether the change is the candidate's or was on the default branch before. */
function describeOwner(situation: ViewSituation, names: RunNames): Sentence | null {
  const { comparisons, baseline } = situation.verdict
  const since = comparisons
    .flatMap((comparison) =>
      comparison.provisional !== null
        ? [describeSegment(comparison, comparison.provisional, names)]
        : comparison.step === undefined
          ? []
          : [describeStep(comparison, comparison.step, names)],
    )
    .slice(0, MOST_METRICS)
  const own = findMoved(comparisons).filter(
    ({ verdict, provisional }) => verdict !== 'accepted' && provisional === null,
  )
  if (own.length === 0) return since.length === 0 ? null : joinSentences(since, ' ')
  const newer =
    names.intoBranch !== null
      ? say` But the recorded runs are those of ${names.baseline}, and this pull request goes into ${quoteCode(names.intoBranch)}: what differs between the two could explain it.`
      : baseline.ancestor === false
        ? ' But the newest recorded run is newer than this branch, which could explain it: update the branch to be sure.'
        : ''
  // A doubt about one metric concerns the hour, the machine or main, which all metrics share.
  const isSure = own.some(({ verdict }) => verdict === 'regressed') && comparisons.every(({ doubt }) => doubt === null)
  const what = since.length === 0 ? 'it' : `what is worse in ${joinShortList(own.map(nameOf))}`
  const who = isSure
    ? `${what} comes from ${names.candidate}, as far as can be seen`
    : `if it is real, ${what} comes from ${names.candidate}`
  const steadiness = own.every(({ control }) => control !== null)
    ? 'the control, measured with it, does not show it'
    : describeSteadiness(own, baseline, nameSide(names.baseline))
  const steady = say`${capitalise(who)}: ${steadiness}.${newer}`
  return joinSentences([...since, steady, ...linkCommits(baseline, situation.commits, situation.links.run)], ' ')
}

/** Since when the baseline has not moved in these metrics; a single run cannot show it. */
function describeSteadiness(
  own: readonly Comparison[],
  { runs, groups }: Verdict['baseline'],
  baseline: string,
): string {
  if (groups < 2) return `one recorded run cannot show whether ${baseline} has moved`
  const shortest = own.reduce((a, b) => (b.groups < a.groups ? b : a))
  if (shortest.segments < 2) return `${baseline} has not moved within the ${pluralise(runs, 'run')} compared with`
  const since = pluralise(shortest.groups, groups === runs ? 'run' : 'point')
  return shortest.groups < 2
    ? `${baseline} moved with its newest run, which alone is compared with`
    : `${baseline} has not moved within the ${since} since its last step`
}

function describeSegment(comparison: Comparison, segment: ProvisionalSegment, names: RunNames): Sentence {
  const { change, interval, verdict } = comparison
  const since = segment.sha === null ? formatDay(segment.startedAt) : formatSha(segment.sha)
  const measured = `${formatChange(change)}${interval === null ? '' : ` ${formatInterval(interval)}`}`
  const own =
    verdict === 'regressed'
      ? `${names.candidate} is worse than both (${measured} against now, ${formatChange(segment.changeFromBefore)} against before)`
      : verdict === 'suspect'
        ? `whether ${names.candidate} adds to it is not certain (${measured})`
        : `${names.candidate} adds nothing that can be seen (${measured})`
  return say`${describeMove(comparison, segment, names)} since ${quote(since, 20)} (${pluralise(segment.runs, 'run')}, not accepted); ${own}.`
}

/** For example `Main has been 12 % slower in TPOT`, at the beginning of a sentence. */
function describeMove(
  comparison: Comparison,
  { mainChange }: Pick<StepOfMain, 'mainChange'>,
  { baseline }: RunNames,
): string {
  const size = `${formatSize(mainChange)} ${directionOf(comparison, mainChange)}`
  return `${capitalise(nameSide(baseline))} has been ${size} in ${nameOf(comparison)}`
}

/** A lasting step: the run is compared with the level since, so the step is not the candidate's. */
function describeStep(comparison: Comparison, step: StepOfMain, names: RunNames): Sentence {
  const day = formatDay(step.startedAt)
  const range =
    step.sha === null
      ? null
      : quote(step.after === null ? formatSha(step.sha) : `${formatSha(step.after)}…${formatSha(step.sha)}`, 40)
  const since = range === null ? day : say`${range} (${day})`
  return say`${describeMove(comparison, step, names)} since ${since}, ${pluralise(step.points, 'point')} and not accepted; the level since then is the baseline.`
}

function describeChanges({ whatElseChanged, baseline, comparisons }: Verdict): Sentence | null {
  if (baseline.newest === null || comparisons.length === 0) return null
  if (whatElseChanged.length === 0) return 'Nothing that is recorded about model, server and runner.'
  const changes = whatElseChanged.map(
    ({ what, before, now }) => say`${quote(what)} ${quoteCode(before)} → ${quoteCode(now)}`,
  )
  return say`${makeList(changes, '; ')}.`
}

/** Names the run by its number: a comment must not show a host or a key. */
function describeCommand({ report, verdict, links, repository }: ViewSituation): Sentence | null {
  const run = links.run === null ? null : /\/actions\/runs\/(\d+)/.exec(links.run)
  if (run === null || repository === null || links.artifact === null || verdict.comparisons.length === 0) return null
  const command = `plateau compare --run ${run[1]!} --repository ${repository} --name ${verdict.name}`
  const settings = [...verdict.decidedBy, ...listAccepted(verdict, report?.startedAt ?? null)]
  const whole = [command, ...settings.map(({ setting, value }) => `--${setting} ${quoteForShell(value)}`)].join(' ')
  if (whole.length <= LONGEST_COMMAND) return quoteCode(whole, LONGEST_COMMAND)
  return say`${quoteCode(command, LONGEST_COMMAND)} with the settings in \`verdict.json\` under \`decidedBy\``
}

/** Longest command that is shown whole. */
const LONGEST_COMMAND = 1500

/** What was accepted by label or line, as a setting that does the same. */
function listAccepted(
  { comparisons }: Verdict,
  startedAt: string | null,
): readonly { setting: string; value: string }[] {
  const entries = comparisons.flatMap(({ metric, better, accepted }) => {
    if (accepted === null || startedAt === null) return []
    const percent = Number((100 * Math.abs(toNaturalChange(better, accepted.at))).toPrecision(6))
    return [`${metric} ${better === 'higher' ? '-' : '+'}${percent}% since ${startedAt}`]
  })
  return entries.length === 0 ? [] : [{ setting: 'accept', value: entries.join('; ') }]
}

/** How to accept what regressed; null where nothing did. */
function describeAcceptance(
  { report, verdict, acceptLabel, queued }: ViewSituation,
  names: RunNames,
): { readonly how: Sentence; readonly entries: readonly string[] } | null {
  const worst = verdict.comparisons.filter((comparison) => comparison.verdict === 'regressed')
  const [first] = worst
  if (first === undefined) return null
  const trade = nameTrade(verdict.comparisons)
  const looks = trade === null ? '' : `It looks like ${trade}. `
  const entries = worst.slice(0, MOST_METRICS).map((comparison) => describeEntry(comparison, report?.startedAt ?? null))
  const file = 'under `accept:` in the config file'
  const merged = names.isPullRequest ? ', which counts after the merge' : ''
  if (verdict.policy.gate === 'release')
    return { how: `${looks}A release takes only an entry ${file}${merged}:`, entries }
  if (acceptLabel === null) return { how: `${looks}Then add ${file}${merged}:`, entries }
  const [all, one] = [quoteCode(acceptLabel), quoteCode(`${acceptLabel}:${first.metric}`)]
  const label =
    worst.length === 1
      ? say`${one} for ${nameOf(first)}, or ${all} for everything`
      : say`${all}, or ${one} for one metric`
  // The failed group is gone, and its branch, too.
  const where =
    queued === null
      ? say`. The check follows without measuring again where the workflow runs on ${quoteCode('labeled')}; else re-run the job`
      : `, to #${queued}, then ${describeRequeueing(queued)}`
  return {
    how: say`${looks}Add the label ${label}${where}. An entry ${file} counts only after the merge:`,
    entries,
  }
}

/** What the change buys, when another metric has become better; null when none has. */
function nameTrade(comparisons: readonly Comparison[]): string | null {
  const isWorse = (what: FamilyOrPlateau) => findMoved(comparisons).some((comparison) => isOfFamily(comparison, what))
  const isImproved = (what: FamilyOrPlateau) =>
    comparisons.some((comparison) => isOfFamily(comparison, what) && isBetter(comparison))
  return TRADES.find(([worse, better]) => isWorse(worse) && isImproved(better))?.[2] ?? null
}

const SMALLER_BATCHES = 'faster requests for less throughput, as smaller batches give'
const TRADES: readonly (readonly [worse: FamilyOrPlateau, better: FamilyOrPlateau, trade: string])[] = [
  ['tpot', 'plateau', 'more throughput for slower tokens, as larger batches give'],
  ['ttft', 'plateau', 'more throughput for a later first token, as larger batches give'],
  ['tpot', 'ttft', 'an earlier first token for slower ones after it, as prefill before decode gives'],
  ['ttft', 'tpot', 'steadier tokens for a later first one, as chunked prefill gives'],
  ['plateau', 'tpot', SMALLER_BATCHES],
  ['plateau', 'ttft', SMALLER_BATCHES],
]

/** The whole interval is on the good side. */
function isBetter({ better, interval }: Comparison): boolean {
  return interval !== null && (better === 'lower' ? interval.high < 0 : interval.low > 0)
}

/** An entry for `accept`: the change shown in the table, in whole percent, rounded up. */
function describeEntry({ metric, better, worsening }: Comparison, startedAt: string | null): string {
  const day = startedAt === null ? '' : formatDay(startedAt)
  const since = /^[\d-]{10}$/.test(day) ? day : 'YYYY-MM-DD'
  const percent = Math.ceil(Math.abs(toNaturalChange(better, worsening ?? 0)) * 100 - 1e-6)
  return `- { metric: ${metric}, at: ${better === 'higher' ? '-' : ''}${percent}%, since: ${since}, why: … }`
}

/** What to do, apart from accepting. */
function describeNextStep({ verdict: judged, report }: ViewSituation, names: RunNames): Sentence | null {
  const { verdict, reasons, comparisons, policy } = judged
  const baseline = nameSide(names.baseline)
  if (reasons.includes('not-proven')) return describeProof(verdict, comparisons, report)
  switch (verdict) {
    case 'suspect':
      return 'A real change of this size shows again: look at the next run, or re-run the job. More recorded runs make it certain.'
    case 'accepted':
      return `Nothing. It stays green up to these figures plus the tolerance${names.intoBranch === null ? '; after the merge the next runs are compared with the new level' : ''}.`
    case 'cancelled':
      return 'Run the job again.'
    case 'not-measured':
      if (reasons.includes('baseline'))
        return say`The figures are measured, only the history could not be read. What helps: ${quoteProse(judged.baseline.unreadable?.remedy ?? 'run the job again')}.`
      return 'Fix what the findings name, then run the job again.'
    case 'regressed': {
      const lost = reasons.includes('level-lost') || reasons.includes('error-rate')
      if (lost) return `Look at the server log of this time: requests failed that ${baseline} answers.`
      return reasons.includes('limit') && policy.gate !== 'observe'
        ? `A limit does not depend on ${baseline}: fix the cause, or move the limit in the settings.`
        : null
    }
    default:
      return null
  }
}

function describeProof(
  verdict: Verdict['verdict'],
  comparisons: readonly Comparison[],
  report: ViewSituation['report'],
): string {
  if (verdict === 'accepted') return 'A release passes by an acceptance only when it stands in the config file.'
  const compared = comparisons.filter(({ change }) => change !== null)
  const groups = Math.min(...compared.map(({ groups }) => groups))
  const more =
    compared.length === 0
      ? 'at least 8 recorded runs'
      : groups < 8
        ? `at least 8 recorded runs (now ${groups})`
        : 'more recorded runs'
  return `A release passes only on proof. What would prove it: ${more}, ${report?.imported === undefined ? 'more `runs` in one go, ' : ''}or a wider \`tolerance\`.`
}
