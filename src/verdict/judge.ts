import type { HistoryEntry } from '../report/history.ts'
import type { ComparisonWord, Doubt } from '../report/verdict.ts'
import { METRICS_SHARE } from '../report/verdict.ts'
import { computeChanceOverLooks, computeLevelOfLook, rejectByHolm, studentTTail } from '../stats/chance.ts'
import type { RepeatedTest } from '../stats/chance.ts'
import { metricOf, toleranceOf } from '../vocabulary/metrics.ts'
import type { RawComparison } from './compare/compare.ts'
import type { DecisionPolicy, DecideInput } from './look.ts'
import { averageY, compareWithTimes } from './history/spread.ts'
import { computeUpperBound, isUnprovenLately, NEWEST_OF_MOVE } from './compare/stand.ts'
import type { Difference } from './compare/stand.ts'
import type { GroupPoint } from './history/past.ts'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { isScreened, SCREEN_P } from './look.ts'

/** `gate: release` trusts a bound from this many groups on, when no part of the spread is assumed. */
export const GROUPS_FOR_PROOF = 8

/** Or from this many fresh sessions on. */
export const SESSIONS_FOR_PROOF = 3

/** How often a proof may be wrong. */
const PROOF_LEVEL = 0.05

/** A metric with its word, and what led to it. */
export interface JudgedMetric {
  readonly raw: RawComparison
  readonly verdict: ComparisonWord
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

/**
 * How the test of a metric is repeated: the first sessions get little of α and the last ones most. The first know little,
 * and where little is recorded hardly more of the spread than what is assumed; the last have measured it, and find what
 * is to be found where runs spread much.
 */
function repeatTest(looks: LookCount): RepeatedTest {
  return { ...looks, bound: 'falling' }
}

/** The level of a proof, over all looks. */
export function computeLevelOfProof(looks: LookCount): number {
  return computeLevelOfLook(PROOF_LEVEL, { ...looks, bound: 'constant' })
}

/** What the tests of all metrics together say of one. */
interface TestedMetric {
  /** Null where it is not significantly worse. `not-measured`: it would be red if there had been usable fresh passes. With a doubt it is `suspect` instead. */
  readonly worse: { readonly word: 'regressed' | 'not-measured'; readonly doubt: Doubt | null } | null
  readonly isImproved: boolean
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
  return compared.map((raw, i) => {
    const { worse } = tested[i]!
    const isQuicker = isMainQuicker(raw, looks, policy)
    const verdict = chooseWord(raw, tested[i]!, { looks, policy, isQuicker })
    const doubt = worse?.doubt ?? findDoubtOfAttempts(raw, verdict, { alpha, policy })
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
): TestedMetric[] {
  const alpha = METRICS_SHARE * policy.falseAlarmRate
  const isOver = (raw: RawComparison, d: number) => d >= Math.log1p(toleranceOf(policy, raw.metric))
  if (policy.decision === 'threshold') {
    return compared.map((raw) => ({
      worse: isOver(raw, Math.min(raw.first.least, raw.own?.least ?? Infinity))
        ? { word: 'regressed', doubt: null }
        : null,
      isImproved: isOver(raw, -raw.first.most),
    }))
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
  const wordOfWorse = (raw: RawComparison, i: number) => {
    if (looksTwice && raw.fresh === null) return first[i]! && isOver(raw, raw.first.least) ? 'not-measured' : null
    const isRed = all[i]! && fresh[i]! && isOver(raw, raw.all.least)
    return isRed && (!looksTwice || isOver(raw, raw.fresh!.least)) ? 'regressed' : null
  }
  return compared.map((raw, i) => {
    const word = wordOfWorse(raw, i)
    const doubt = word === null ? null : findDoubt(raw, { anyTime: anyTime[i]!, mayGoOn, compared, screened })
    return {
      worse: word === null ? null : { word, doubt },
      isImproved: better[i]! && isOver(raw, -raw.first.most),
    }
  })
}

/** Where all attempts together would be red but this one alone is not worse, one of them was slow for its own reason. */
function findDoubtOfAttempts(
  raw: RawComparison,
  verdict: ComparisonWord,
  { alpha, policy }: { readonly alpha: number; readonly policy: DecisionPolicy },
): Doubt | null {
  const isOfOthers = raw.own !== null && raw.all.worse <= alpha && !isScreened(raw, policy)
  return verdict === 'suspect' && isOfOthers ? 'attempts-differ' : null
}

function isMainQuicker(raw: RawComparison, looks: LookCount, policy: DecisionPolicy): boolean {
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  return isUnprovenLately(raw.all, raw.spread, { tolerance, level: computeLevelOfProof(looks) })
}

function chooseWord(
  raw: RawComparison,
  { worse, isImproved }: TestedMetric,
  {
    looks,
    policy,
    isQuicker,
  }: { readonly looks: LookCount; readonly policy: DecisionPolicy; readonly isQuicker: boolean },
): ComparisonWord {
  if (worse !== null) return worse.doubt === null ? worse.word : 'suspect'
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  const enough = policy.gate !== 'release' || isEnoughForProof(raw)
  if (policy.decision === 'statistical' && raw.all.least >= tolerance && raw.all.worse < SCREEN_P) return 'suspect'
  if (isImproved && enough) return 'improved'
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

// What else than slower code may explain that a run is worse: main that has moved, another hour or day, or its machine, which was slow as a
// recorded one was, or slow in prefill and decode alike.

/**
 * This many recorded points, outliers included, that were as bad, or better by less than one standard deviation, mean
 * that it is nothing new: a slow node, say, that a tenth of the runs meet.
 */
const SEEN_BEFORE = 2

/**
 * Where outliers are looked for, a single one is enough that was as bad, or worse than the run by at most this many
 * standard deviations: heavy tails (Student's t with three degrees of freedom), or one slow run in fifty, are no
 * change either.
 */
const OUTLIER_REACH = 2

/**
 * When it is sure enough that the run is worse, and not main that has moved: what speaks against a move (`against`), or by
 * how much the run is worse than main's newest points (`beyond`). Further sessions show where the run lies, so red ends
 * them only where slower code is e times as likely, or p below .001; after the last one it must be as likely, or p below .01.
 */
export const SURE_OF_MOVE = { open: { against: 2, beyond: 3.09 }, last: { against: 0, beyond: 2.33 } }

/** What moves main mostly moves several metrics: each that looks worse beside another makes a move e times as likely. */
export const FOR_ANOTHER_METRIC = 2

/**
 * The evidence against a move of main, by the number of newest points, over all metrics that look worse: one in which
 * the newest run of main lay low by chance must not decide alone.
 */
function sumEvidence(raws: readonly RawComparison[]): number[] {
  const sums: number[] = []
  for (const { all } of raws) {
    for (const [i, { against }] of all.moves.entries()) {
      sums[i] = sums[i] === undefined ? against : sums[i] + against - FOR_ANOTHER_METRIC
    }
  }
  return sums
}

/** Whether main has just become worse in a metric, as far as its newest runs tell. */
function hasJustWorsened({ history: { newest, segments } }: RawComparison): boolean {
  const previous = segments.at(-2)
  if (previous === undefined || newest.recorded.length > NEWEST_OF_MOVE) return false
  return newest.centre > averageY(previous)
}

/**
 * What else than slower code may explain a significant difference; null when nothing does.
 *
 * @param anyTime whether it is significant even with the allowance for other hours and days.
 * @param mayGoOn whether another session may follow, so that nothing has to be decided yet.
 * @param screened those of the compared that look worse.
 */
function findDoubt(
  raw: RawComparison,
  {
    anyTime,
    mayGoOn,
    compared,
    screened,
  }: {
    readonly anyTime: boolean
    readonly mayGoOn: boolean
    readonly compared: readonly RawComparison[]
    readonly screened: ReadonlySet<RawComparison>
  },
): Doubt | null {
  const { all, unlike, history, spread, control, inHistory } = raw
  const isLikeOutlier = (point: GroupPoint): boolean =>
    !history.newest.points.includes(point) && point.y < all.y + OUTLIER_REACH * spread.sd
  if (control?.isOutside === true) return 'control-elsewhere'
  if (inHistory !== null && inHistory.worse >= SCREEN_P) return 'history-disagrees'
  const sessions = control?.isFresh === true ? control.sessions : 1
  const sure = SURE_OF_MOVE[mayGoOn ? 'open' : 'last']
  const againstMove = sumEvidence(compared.filter((each) => screened.has(each) || hasJustWorsened(each)))
  if (all.moves.some((move, i) => !move.isNewLevel && move.beyond <= sure.beyond && againstMove[i]! < sure.against))
    return 'main-moved'
  const asBad = history.newest.recorded.filter(({ y }) => y > all.y - spread.sd)
  // Several sessions in a row are unlikely to meet such a slow node.
  if (sessions === 1 && (asBad.length >= SEEN_BEFORE || (history.trimmed && asBad.some(isLikeOutlier))))
    return 'seen-before'
  // Nor do attempts one after another: what is as slow again is what the code is.
  if (sessions === 1 && raw.own === null && findSlowRun(raw, compared) !== null) return 'seen-once'
  if (unlike !== null && !anyTime) return `other-${unlike.what}`
  // A control beside the run meets the same machines.
  return control === null && raw.own === null && isSlowerAlike(raw, compared) ? 'slower-alike' : null
}

/** A recorded run as all compared metrics show it together. */
interface SeenRun {
  readonly entry: HistoryEntry
  /** By how many standard deviations it is worse than main, on average over the metrics. */
  readonly worse: number
  /** Whether no metric calls it an outlier. */
  readonly isUsual: boolean
}

/** How often runs that are all alike have one that passes for apart from the others. */
const APART_P = 0.05

/** Runs that are alike are no further apart than so many standard deviations, in a metric or on average over all. */
const REACH = 2

/**
 * A recorded run of main that was slow by itself and as this one is: apart from all other runs in what the metrics say
 * together (p < .05/k, by its distance from the others over their own spread), within two standard deviations of this one
 * in this metric, and worse than this one by no more than that on average. What slows a machine
 * slows all metrics, so together they show with one such run what each alone shows with two. Null when there is none.
 */
function findSlowRun({ history, all, spread }: RawComparison, compared: readonly RawComparison[]): HistoryEntry | null {
  const runs = seeRuns(compared)
  const now = mean(compared.map((raw) => measureWorse(raw, raw.all.y)))
  const isAsBad = ({ entry, worse }: SeenRun): boolean =>
    worse <= now + REACH &&
    history.newest.recorded.some(
      (point) => point.entries[0] === entry && Math.abs(point.y - all.y) <= REACH * spread.sd,
    )
  return runs.find((run) => isAsBad(run) && isApart(run, runs))?.entry ?? null
}

/** The runs of the newest segments that all metrics have. */
function seeRuns(compared: readonly RawComparison[]): SeenRun[] {
  const seen = compared.map(
    (raw) =>
      new Map(
        raw.history.newest.recorded.map((point) => [
          point.entries[0]!,
          { worse: measureWorse(raw, point.y), isUsual: raw.history.newest.points.includes(point) },
        ]),
      ),
  )
  return [...seen[0]!.keys()].flatMap((entry) => {
    const figures = seen.flatMap((ofMetric) => ofMetric.get(entry) ?? [])
    if (figures.length < compared.length) return []
    return [{ entry, worse: mean(figures.map(({ worse }) => worse)), isUsual: figures.every(({ isUsual }) => isUsual) }]
  })
}

function measureWorse({ history, spread }: RawComparison, y: number): number {
  return (y - history.newest.centre) / spread.sd
}

/** Whether a run is too far from the others to be one of them: the deleted residual, by Student's distribution. */
function isApart({ entry, worse }: SeenRun, runs: readonly SeenRun[]): boolean {
  const others = runs.flatMap((run) => (run.isUsual && run.entry !== entry ? run.worse : []))
  if (others.length < 2) return false
  const se = sampleStandardDeviation(others) * Math.sqrt(1 + 1 / others.length)
  return studentTTail((worse - mean(others)) / se, others.length - 1) < APART_P / runs.length
}

/** Of all runs that something slows now and then, whatever their share q, so many recorded runs leave at most q (1 − q)ᵏ that none of these has met: 1.2 %. */
const RUNS_THAT_MEET = 30

/** What is taken for one factor of prefill and decode. */
export interface AlikeRule {
  /**
   * By more than this no machine is held to be slower than another of its kind. GPUs of one kind in one cluster differ
   * by 8 % on average and by 22 % at most (Sinha et al., SC 2022); each point more takes slowdowns by code.
   */
  readonly most: number
  /** Twice the log likelihood ratio that it takes; 2: e times as likely. */
  readonly sure: number
}

export const ALIKE: AlikeRule = { most: 1.09, sure: 2 }

/** The correlation of two metrics of one run, as the calibration has it. */
const CORRELATION = 0.5

/** A metric goes along with a factor that is no further from it than so many standard errors. */
const GOES_ALONG = 2

/**
 * Whether a run is slower as on a slower machine, while too few runs are recorded for one to have been met: prefill
 * (TTFT) and decode (TPOT) are slower by one factor, and this metric by as much. A machine slows both, code mostly one.
 * False where one of them is not compared.
 */
function isSlowerAlike(raw: RawComparison, compared: readonly RawComparison[]): boolean {
  if (raw.history.newest.recorded.length >= RUNS_THAT_MEET) return false
  const [prefill, decode] = (['prefill', 'decode'] as const).map(
    (phase) => compared.find(({ metric }) => metricOf(metric).phase === phase)?.all.newest,
  )
  if (prefill === undefined || decode === undefined) return false
  const factor = findOneFactor(prefill, decode)
  const { d, se } = raw.all.newest
  return factor !== null && Math.abs(d - factor) <= GOES_ALONG * se
}

/**
 * The log of the one factor by which prefill and decode are slower; null where it is above `most`, or not likely enough: min(D²) / SE² of both, each as far as
 * it is worse, says that neither is unchanged, and the square of their difference over its variance that they have not one factor. The former less the
 * latter is twice the log likelihood ratio.
 */
export function findOneFactor(
  prefill: Difference,
  decode: Difference,
  { most, sure }: AlikeRule = ALIKE,
): number | null {
  const [ofPrefill, ofDecode] = [prefill.se ** -2, decode.se ** -2]
  const factor = (prefill.d * ofPrefill + decode.d * ofDecode) / (ofPrefill + ofDecode)
  const changed = Math.min(...[prefill, decode].map(({ d, se }) => (Math.max(0, d) / se) ** 2))
  const apart = prefill.se ** 2 + decode.se ** 2 - 2 * CORRELATION * prefill.se * decode.se
  const isAlike = changed - (prefill.d - decode.d) ** 2 / apart >= sure
  return isAlike && factor <= Math.log(most) ? factor : null
}
