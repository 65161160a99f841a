import type { HistoryEntry } from '../report/history.ts'
import type { VerdictWord, Comparison } from '../report/verdict.ts'
import type { Doubt } from '../report/reasons.ts'
import { computeChanceOverLooks, computeLevelOfLook, rejectByHolm, studentTTail } from '../stats/chance.ts'
import type { RepeatedTest } from '../stats/chance.ts'
import { metricOf, toleranceOf } from '../vocabulary/metrics.ts'
import type { RawComparison } from './compare/compare.ts'
import { METRICS_SHARE } from '../report/verdict.ts'
import type { DecisionPolicy, DecideInput, ScreenInput } from './look.ts'
import { isLearnt, compareWithTimes } from './history/spread.ts'
import { computeUpperBound, isUnprovenLately } from './compare/stand.ts'
import { findDoubt, findSlowRun } from './doubts.ts'
import { findFailures } from './compare/failures.ts'
import { changeOfY } from './history/observe.ts'
import { isScreened, SCREEN_P, takeFirstLook } from './look.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { Spread } from './history/spread.ts'
import type { MetricHistory } from './history/segments.ts'

/** `gate: release` trusts a bound from this many groups on, when no part of the spread is assumed. */
export const GROUPS_FOR_PROOF = 8

/** Or from this many fresh sessions on. */
export const SESSIONS_FOR_PROOF = 3

/** How often a proof may be wrong. */
const PROOF_LEVEL = 0.05

/** A metric with its word, and what led to it. */
export interface JudgedMetric {
  readonly raw: RawComparison
  readonly verdict: VerdictWord
  /** What may explain it although the code is no slower. */
  readonly doubt: Doubt | null
  /** With the doubt `seen-once`: the recorded run that was as bad. */
  readonly slowRun: HistoryEntry | null
  /** Of being worse by chance, over all looks; and what it may be at most where it is the only metric that is worse. */
  readonly p: number
  readonly alpha: number
  /** Whether nothing of the spread is assumed any more, as a proof for a release needs. */
  readonly isEnough: boolean
  /** Whether main may just have become faster, so that its newest runs prove nothing. */
  readonly isQuicker: boolean
  /** Whether it is proven but for a spread so small that it is not trusted to last. */
  readonly isTooCalm: boolean
}

/** How often a run is looked at. */
interface TestRules {
  /** Whether there was a second look, or one was tried. */
  readonly looksTwice: boolean
  /** How often the run is looked at while it grows. */
  readonly looks: LookCount
  /** Whether another session may follow, so that nothing has to be decided yet. */
  readonly mayGoOn: boolean
}

/** How many looks there are at most, and which of them this is. */
type LookCount = Pick<RepeatedTest, 'most' | 'look'>

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

/** Whether the spread of a metric is partly assumed, and otherwise shown by the run's own sessions. */
function isSpreadAssumed({ history }: RawComparison): boolean {
  return !isLearnt(history.groups)
}

/**
 * How the test of a metric is repeated: the first sessions get little of α and the last ones most. The first know little,
 * and where little is recorded hardly more of the spread than what is assumed; the last have measured it, and find what
 * is to be found where runs spread much.
 */
function repeatTest(looks: LookCount): RepeatedTest {
  return { ...looks, bound: 'falling' }
}

/** The level of a proof, over all looks. */
function computeLevelOfProof(looks: LookCount): number {
  return computeLevelOfLook(PROOF_LEVEL, { ...looks, bound: 'constant' })
}

/** The decisions that involve all metrics. */
interface TestedMetrics {
  /** Those that are significantly worse. */
  readonly worse: ReadonlyMap<RawComparison, Worse>
  readonly improved: ReadonlySet<RawComparison>
}

/** `not-measured`: it would be red if there had been usable fresh passes. With a doubt it is `suspect` instead. */
interface Worse {
  readonly word: 'regressed' | 'not-measured'
  readonly doubt: Doubt | null
}

/**
 * Judges every metric. It is regressed when it is significantly worse (Holm over all compared metrics) and beyond its
 * tolerance, both in all passes and in the fresh ones alone, with the same standard error. The first look can only
 * acquit, so metrics that were not screened have p = 1.
 *
 * Where a second look was impossible (`looksTwice` is false), the first one decides. Where its passes could not be
 * used for a metric (client saturated, rate limit), or it was interrupted, what the first look would have called red
 * is `not-measured`, for which `on-unmeasured` counts and which opens a segment on main; anything less is `suspect`.
 *
 * A significant change with another possible explanation than the code (DOUBTS) is `suspect`, too.
 *
 * `improved` needs no second look: it makes nothing red, and the next run closes a segment opened by mistake. The
 * calibration includes such openings.
 */
export function judgeMetrics(
  compared: readonly RawComparison[],
  policy: DecisionPolicy,
  rules: TestRules,
): JudgedMetric[] {
  const { looks } = rules
  const tested = testMetrics(compared, policy, rules)
  const test = repeatTest(looks)
  const alpha = computeLevelOfLook((METRICS_SHARE * policy.falseAlarmRate) / compared.length, test)
  return compared.map((raw) => {
    const isQuicker = isMainQuicker(raw, looks, policy)
    const verdict = wordOf(raw, { tested, looks, policy, isQuicker })
    const doubt = tested.worse.get(raw)?.doubt ?? findDoubtOfAttempts(raw, verdict, { alpha, policy })
    const isEnough = isEnoughForProof(raw)
    const isTooCalm = verdict === 'no-change-seen' && isWithin(raw, { looks, policy, leastSd: 0 })
    const slowRun = doubt === 'seen-once' ? findSlowRun(raw, compared) : null
    const p = computeChanceOverLooks(raw.all.worse, test)
    return { raw, verdict, doubt, slowRun, p, alpha, isEnough, isQuicker, isTooCalm }
  })
}

function testMetrics(
  compared: readonly RawComparison[],
  policy: DecisionPolicy,
  { looksTwice, looks, mayGoOn }: TestRules,
): TestedMetrics {
  const alpha = METRICS_SHARE * policy.falseAlarmRate
  const isOver = (raw: RawComparison, d: number) => d >= Math.log1p(toleranceOf(policy, raw.metric))
  if (policy.decision === 'threshold') {
    const over = compared.filter((raw) => isOver(raw, Math.min(raw.first.least, raw.own?.least ?? Infinity)))
    return {
      worse: new Map(over.map((raw) => [raw, { word: 'regressed', doubt: null }])),
      improved: new Set(compared.filter((raw) => isOver(raw, -raw.first.most))),
    }
  }
  const test = repeatTest(looks)
  const screened = new Set(compared.filter((raw) => isScreened(raw, policy)))
  const reject = (pick: (raw: RawComparison) => number | null) =>
    rejectByHolm(
      compared.map((raw) => (screened.has(raw) ? computeChanceOverLooks(pick(raw) ?? 1, test) : 1)),
      alpha,
    )
  const first = reject((raw) => raw.first.worse)
  const all = reject((raw) => raw.all.worse)
  const fresh = looksTwice ? reject((raw) => raw.fresh?.worse ?? null) : all
  const anyTime = reject((raw) => (raw.unlike?.all ?? raw.all).worse)
  const better = rejectByHolm(
    compared.map((raw) => computeChanceOverLooks(raw.first.better, test)),
    alpha,
  )
  const wordOfWorse = (raw: RawComparison, i: number): Worse['word'] | null => {
    if (looksTwice && raw.fresh === null) return first[i]! && isOver(raw, raw.first.least) ? 'not-measured' : null
    const isRed = all[i]! && fresh[i]! && isOver(raw, raw.all.least)
    return isRed && (!looksTwice || isOver(raw, raw.fresh!.least)) ? 'regressed' : null
  }
  const worse = compared.flatMap((raw, i): [RawComparison, Worse][] => {
    const word = wordOfWorse(raw, i)
    if (word === null) return []
    return [[raw, { word, doubt: findDoubt(raw, { anyTime: anyTime[i]!, mayGoOn, compared, screened }) }]]
  })
  return {
    worse: new Map(worse),
    improved: new Set(compared.filter((raw, i) => better[i]! && isOver(raw, -raw.first.most))),
  }
}

/** Where all attempts together would be red but this one alone is not worse, one of them was slow for its own reason. */
function findDoubtOfAttempts(
  raw: RawComparison,
  verdict: VerdictWord,
  { alpha, policy }: { readonly alpha: number; readonly policy: DecisionPolicy },
): Doubt | null {
  const isOfOthers = raw.own !== null && raw.all.worse <= alpha && !isScreened(raw, policy)
  return verdict === 'suspect' && isOfOthers ? 'attempts-differ' : null
}

function isMainQuicker(raw: RawComparison, looks: LookCount, policy: DecisionPolicy): boolean {
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  return isUnprovenLately(raw.all, raw.spread, { tolerance, level: computeLevelOfProof(looks) })
}

function wordOf(
  raw: RawComparison,
  {
    tested,
    looks,
    policy,
    isQuicker,
  }: {
    readonly tested: TestedMetrics
    readonly looks: LookCount
    readonly policy: DecisionPolicy
    readonly isQuicker: boolean
  },
): VerdictWord {
  const worse = tested.worse.get(raw)
  if (worse !== undefined) return worse.doubt === null ? worse.word : 'suspect'
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  const enough = policy.gate !== 'release' || isEnoughForProof(raw)
  if (policy.decision === 'statistical' && raw.all.least >= tolerance && raw.all.worse < SCREEN_P) return 'suspect'
  if (tested.improved.has(raw) && enough) return 'improved'
  if (policy.decision === 'threshold' && policy.gate !== 'release') return 'no-change-seen'
  const leastSd = policy.gate === 'release' ? findTrustedSd(raw) : 0
  return enough && !isQuicker && isWithin(raw, { looks, policy, leastSd }) ? 'proven' : 'no-change-seen'
}

/** Whether a metric is worse by less than its tolerance, by the bound that a proof rests on. */
function isWithin(
  raw: RawComparison,
  { looks, policy, leastSd }: { readonly looks: LookCount; readonly policy: DecisionPolicy; readonly leastSd: number },
): boolean {
  const { all, spread } = raw.unlike ?? raw
  const bound = computeUpperBound(all, spread, { level: computeLevelOfProof(looks), leastSd })
  return bound < Math.log1p(toleranceOf(policy, raw.metric))
}

/**
 * A release trusts no spread below this share of what is assumed of times at first: a spread that has just grown, from
 * 1.5 to 4 % say, shows nowhere yet, and let 20 of 100 slowdowns of 10 % pass. Still less is one trusted that does not
 * explain what is measured: either the code is slower, or runs spread more by now.
 */
const TRUSTED_SHARE = { explained: 0.45, unexplained: 0.65 }

/** What is worse with a p below this is not explained by the spread of the recorded runs. */
const EXPLAINED_P = 0.02

/**
 * The least spread that a release trusts to last. That of a capacity is that of times, times how much load they cost:
 * half of the 10 % that are assumed of it at first would let no release prove its tolerance of 10 %.
 */
function findTrustedSd({ metric, history, control, all }: RawComparison): number {
  const { defaultSpread, defaultPairSpread } = metricOf(metric)
  const ofTimes = all.worse < EXPLAINED_P ? TRUSTED_SHARE.unexplained : TRUSTED_SHARE.explained
  const share = ofTimes * (compareWithTimes(metric, history.segments) ?? 1)
  return share * (control === null ? defaultSpread : defaultPairSpread)
}

/** Whether the spread is known rather than assumed: by recorded runs, or by sessions that repeat everything. */
function isEnoughForProof({ history, control }: RawComparison): boolean {
  return history.groups >= GROUPS_FOR_PROOF || (control?.isFresh === true && control.sessions >= SESSIONS_FOR_PROOF)
}

/** From this many groups on, their spread shows how often a plain threshold is wrong. */
const GROUPS_TO_TELL = 3

/** With this many degrees of freedom, Student's distribution is the normal one to six digits. */
const NORMAL_DEGREES = 1e6

/**
 * About how often `decision: threshold` would call unchanged code worse: for each metric P(Z > ln(1 + δ) / SE), with
 * the spread that the history shows (nothing assumed) and, for a median of k runs, SE = S √(1 + π / (2k + 1));
 * metrics taken as independent, which overstates it. Student's distribution would overstate it threefold for a short
 * history (22 % where 7 % was true). Null while the history is too short to tell.
 */
export function estimateThresholdAlarmRate(
  compared: readonly { readonly metric: GatedMetric; readonly history: MetricHistory; readonly spread: Spread }[],
  policy: DecisionPolicy,
): number | null {
  let quiet = 1
  for (const { metric, history, spread } of compared) {
    const k = history.newest.points.length
    if (history.groups < GROUPS_TO_TELL || spread.observed === null) return null
    const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1))
    const threshold = Math.log1p(toleranceOf(policy, metric))
    quiet *= se === 0 ? 1 : 1 - studentTTail(threshold / se, NORMAL_DEGREES)
  }
  return compared.length === 0 ? null : 1 - quiet
}

/** What the sessions so far come to. */
interface SoFar {
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

type NamedMetric = Pick<Comparison, 'metric' | 'ofPlateau'>

/**
 * Whether another session could still change the verdict. Red at the bound that accounts for all sessions; green when
 * none is suspect and no metric can be worse by twice its tolerance (one-sided 95 % bound; over the looks so far together
 * while the spread is partly assumed), or, with `gate: release`, when all are proven; else open. What stays open after the
 * last session is judged like any run.
 *
 * Without fresh sessions nothing is open: measuring the same deployments again does not show how deployments differ.
 */
export function judgeSoFar(input: ScreenInput): SoFar {
  const { candidates, policy } = input
  const looks = countLooks(input)
  const first = takeFirstLook(input)
  if (first === null) return { word: 'green', open: [] }
  const { trial, compared, missed } = first
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
  const level = isSpreadAssumed(raw) ? { level: computeLevelOfProof({ most: look, look }) } : {}
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
