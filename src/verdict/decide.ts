import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { ReportLimit } from '../report/run-report.ts'
import { findSeriesDifferences } from '../report/series.ts'
import { loadOf } from '../vocabulary/load.ts'
import { VERDICT_SCHEMA, VERDICT_WORDS } from '../report/verdict.ts'
import type { Comparison, Verdict } from '../report/verdict.ts'
import { selectAttempts, summariseAttempts, openTrial, summaryOf } from './history/trial.ts'
import { acceptComparisons, pickAcceptances, conclude, pickPolicy } from './conclude.ts'
import type { OverallState, OpenVerdict } from './conclude.ts'
import { judgeMetrics, isSpreadAssumed, levelOfProof } from './judge.ts'
import type { LookCount, JudgedMetric } from './judge.ts'
import { estimateThresholdAlarmRate, outlookOf } from './false-alarms.ts'
import { judgeLimitsBySpread, judgeLimitsOverAttempts } from './limits.ts'
import type { DecideInput, DecisionPolicy, ScreenInput } from './policy.ts'
import { findFailures } from './compare/failures.ts'
import type { Trial } from './history/trial.ts'
import { findSlowDrift } from './history/main-steps.ts'
import type { LoadKind } from '../vocabulary/load.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { computeUpperBound } from './compare/stand.ts'
import { changeOfY } from './observe/observe.ts'
import { takeFirstLook, takeSecondLook } from './looks.ts'
import { describeCompared, describeMissed, summariseControl, findChanges } from './describe.ts'

/** Compares a run with the recorded ones and reaches the verdict. */
export function decide(input: DecideInput): Verdict {
  const { candidates, baseline } = input
  const { series } = candidates[0]!
  const recorded = baseline?.entries.filter(({ row }) => row.series.name === series.name) ?? []
  const trial = openTrial(input)
  const uncompared = describeRun(input, trial, recorded)
  const trouble = findTrouble(input.trouble, baseline)
  if (trouble !== null) return conclude(uncompared, trouble)
  return trial === null ? decideAlone(input, recorded, uncompared) : decideAgainst(trial, recorded, input, uncompared)
}

function describeLoad(load: LoadKind): Pick<Verdict, 'load'> {
  return load === 'concurrency' ? {} : { load }
}

/** What a verdict says of a run whatever it is compared with. */
function describeRun(input: DecideInput, trial: Trial | null, recorded: readonly HistoryEntry[]): OpenVerdict {
  const { candidates, baseline, policy } = input
  const { series } = candidates[0]!
  return {
    schema: VERDICT_SCHEMA,
    name: series.name,
    ...describeLoad(loadOf(series)),
    policy: pickPolicy(policy),
    decidedBy: input.decidedBy ?? [],
    comparisons: [],
    lostLevels: [],
    errorRate: null,
    limits: judgeLimits(input, trial),
    whatElseChanged: [],
    baseline: summaryOf(baseline, trial, recorded),
    notComparable: null,
    outlook: [],
    confirmation: null,
    falseAlarmRate: null,
    control: summariseControl(input, trial),
    ...summariseAttempts(input),
    drift: baseline?.release === undefined ? null : findSlowDrift(recorded, baseline.release, series, policy),
  }
}

/** Where there is nothing to compare with: the first run, or one that asks for something else. */
function decideAlone(
  { candidates, baseline, policy }: DecideInput,
  recorded: readonly HistoryEntry[],
  uncompared: OpenVerdict,
): Verdict {
  const open = { ...uncompared, outlook: baseline === null ? [] : outlookOf(candidates, policy) }
  const newest = recorded.at(-1)
  if (newest !== undefined) {
    const differences = findSeriesDifferences(newest.row.series, candidates[0]!.series)
    const notComparable = { runs: recorded.length, differences }
    return conclude({ ...open, notComparable }, { word: 'not-comparable', reason: null })
  }
  if (open.baseline.lost !== null) return conclude(open, { word: 'not-comparable', reason: 'history-lost' })
  // Not a first run: it should have been compared with a control.
  if ((open.control?.troubles.length ?? 0) > 0)
    return conclude(open, { word: 'not-comparable', reason: 'control-lost' })
  return conclude(open, { word: 'no-baseline', reason: null })
}

/** Where there is a history, or a control beside the run. */
function decideAgainst(
  trial: Trial,
  recorded: readonly HistoryEntry[],
  input: DecideInput,
  uncompared: OpenVerdict,
): Verdict {
  const { candidates, policy, secondLook } = input
  const fresh = typeof secondLook === 'string' ? null : secondLook
  const now = candidates[0]!
  const first = takeFirstLook(trial, policy)
  const { compared, missed } = fresh === null ? first : takeSecondLook(first, trial, { fresh, policy })
  const rules = { looksTwice: secondLook !== 'none', looks: countLooks(input), mayGoOn: false }
  const judged = judgeMetrics(compared, policy, rules)
  const comparisons = [
    ...missed.map((each) => describeMissed(each, policy, now)),
    ...judged.map((each) => describeCompared(each, policy, now)),
  ]
  const accepted = pickAcceptances(input.accepted, recorded, now.startedAt)
  const { screening } = first
  const again = { metrics: screening.metrics.map(({ metric }) => metric), levels: screening.levels }
  const screened = again.metrics.length + again.levels.length > 0
  const open: OpenVerdict = {
    ...uncompared,
    comparisons: acceptComparisons(comparisons, accepted, policy.gate).toSorted(compareSeverity),
    ...findFailures(trial, secondLook, policy),
    whatElseChanged: findChanges(trial, now),
    confirmation: screened ? { ...again, passes: countFreshPasses(fresh?.row ?? null) } : null,
    falseAlarmRate:
      policy.decision === 'threshold' ? estimateThresholdAlarmRate(compared, policy) : policy.falseAlarmRate,
  }
  const levelsMissing = missed.some((each) => each.levelsMissing.length > 0)
  return conclude(open, null, levelsMissing)
}

/** How often a growing run is judged at most, and which of these times this is: after each fresh session of each attempt, else once. */
export function countLooks({
  candidates,
  sessions,
  earlier = [],
}: Pick<DecideInput, 'candidates' | 'sessions' | 'earlier'>): LookCount {
  if (sessions?.fresh !== true) return { most: 1, look: 1 }
  const looks = { most: 0, look: 0 }
  for (const attempt of [{ candidates, sessions }, ...earlier]) {
    // The budget may not have held as many in each.
    const most = attempt.sessions?.most ?? 1
    looks.most += most
    looks.look += Math.min(most, attempt.candidates.length)
  }
  return looks
}

/** The limits as other runs let them be judged; most runs have none. */
function judgeLimits(input: DecideInput, trial: Trial | null): readonly ReportLimit[] {
  if (input.limits.length === 0) return []
  const limits = judgeLimitsOverAttempts(input.limits, selectAttempts(input))
  const past = trial?.past ?? null
  return past === null ? limits : judgeLimitsBySpread(limits, past, input.candidates[0]!, input.policy)
}

/** What makes a comparison impossible or meaningless; limits are still judged. */
function findTrouble(trouble: DecideInput['trouble'], baseline: Baseline | null): OverallState | null {
  if (trouble === 'cancelled') return { word: 'cancelled', reason: 'cancelled' }
  if (trouble !== null) return { word: 'not-measured', reason: trouble }
  return baseline?.unreadable == null ? null : { word: 'not-measured', reason: 'baseline' }
}

function countFreshPasses(fresh: HistoryRow | null): number {
  return Math.max(0, ...(fresh?.levels.map((level) => level.passes.length) ?? []))
}

/** Orders by the word, then by how much worse a metric is. */
function compareSeverity(a: Comparison, b: Comparison): number {
  const rank = ({ verdict }: Comparison) => VERDICT_WORDS.indexOf(verdict)
  return rank(a) - rank(b) || (b.worsening ?? 0) - (a.worsening ?? 0)
}

/** What the sessions so far come to. */
export interface SoFar {
  readonly word: 'red' | 'green' | 'open'
  /** Where it is open, what keeps it so. */
  readonly open: readonly OpenGround[]
}

/** Something that another session could still decide. */
export type OpenGround = OpenMetric | MissingMetric | { readonly what: 'levels-lost' | 'errors' }

/** A metric, with changes that a reader sees, positive where it became larger. */
interface OpenMetric extends NamedMetric {
  /** It looks worse; it may be worse by more than `needed`; it is not proven for a release. */
  readonly what: 'suspect' | 'wide' | 'unproven'
  readonly change: number
  /** The worst that cannot be excluded, and what that must not reach. */
  readonly most: number
  readonly needed: number
}

interface MissingMetric extends Pick<NamedMetric, 'metric'> {
  readonly what: 'not-measured'
  /** Half a sentence. */
  readonly why: string
}

interface NamedMetric {
  readonly metric: GatedMetric
  readonly ofPlateau: boolean | null
}

/**
 * Whether another session could still change the verdict. Red at the bound that accounts for all sessions; green when
 * none is suspect and no metric can be worse by twice its tolerance (one-sided 95 % bound; over the looks so far together
 * while the spread is partly assumed), or, with `gate: release`, when all are proven; else open. What stays open after the
 * last session is judged like any run.
 *
 * Without fresh sessions nothing is open: measuring the same deployments again does not show how deployments differ.
 */
export function judgeSoFar(input: ScreenInput): SoFar {
  const { candidates, policy, baseline, trouble } = input
  const looks = countLooks(input)
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  if (trial === null) return { word: 'green', open: [] }
  const { compared, missed } = takeFirstLook(trial, policy)
  const judged = judgeMetrics(compared, policy, { looksTwice: false, looks, mayGoOn: looks.look < looks.most })
  const { lostLevels, errorRate } = findFailures(trial, 'none', policy)
  const words = [...judged, ...lostLevels].map(({ verdict }) => verdict)
  // Like a lost level, a rise of the error rate must be repeated before it counts.
  if (words.includes('regressed') || (errorRate?.verdict === 'regressed' && candidates.length > 1))
    return { word: 'red', open: [] }
  if (looks.most === 1) return { word: 'green', open: [] }
  const open: OpenGround[] = [
    ...judged.flatMap((each) => findOpenMetric(each, looks.look, policy) ?? []),
    ...missed.flatMap(({ metric, verdict, note }): OpenGround[] =>
      verdict === 'not-measured' ? [{ what: 'not-measured', metric, why: note }] : [],
    ),
    ...(lostLevels.length > 0 ? [{ what: 'levels-lost' } as const] : []),
    ...(errorRate !== null && errorRate.verdict !== 'no-change-seen' ? [{ what: 'errors' } as const] : []),
  ]
  return { word: open.length === 0 ? 'green' : 'open', open }
}

/** What is still open of a metric after this many looks; null when nothing is. */
function findOpenMetric({ raw, verdict }: JudgedMetric, look: number, policy: DecisionPolicy): OpenMetric | null {
  const { metric, ofPlateau, all, spread } = raw
  // Green ends them, so looks that would follow say nothing wrong.
  const level = isSpreadAssumed(raw) ? { level: levelOfProof({ most: look, look }) } : {}
  const most = computeUpperBound(all, spread, level)
  const isRelease = policy.gate === 'release'
  const needed = Math.log1p((isRelease ? 1 : 2) * toleranceOf(policy, metric))
  const tell = (what: OpenMetric['what']): OpenMetric => ({
    what,
    metric,
    ofPlateau,
    change: changeOfY(metric, all.newest.d),
    most: changeOfY(metric, most),
    needed: changeOfY(metric, needed),
  })
  // The bound of a metric that spreads little can be below twice the tolerance although it looks worse than the tolerance.
  if (verdict === 'suspect') return tell('suspect')
  if (isRelease) return verdict === 'proven' || verdict === 'improved' ? null : tell('unproven')
  return most < needed ? null : tell('wide')
}
