import type { VerdictWord } from '../report/verdict.ts'
import type { Doubt } from '../report/reasons.ts'
import { chanceOverLooks, levelOfLook, rejectByHolm } from '../stats/several-tests.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { RawComparison } from './compare.ts'
import { METRICS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'
import { isScreened, SCREEN_P } from './look.ts'
import type { GroupPoint } from './segments.ts'
import { computeUpperBound, isUnprovenLately } from './stand.ts'

/** `gate: release` trusts a bound from so many groups on: then nothing of the spread is assumed. */
export const GROUPS_FOR_PROOF = 8
/** Or so many fresh sessions. */
export const SESSIONS_FOR_PROOF = 3
/** How often a proof may be wrong. */
const PROOF_LEVEL = 0.05

/** A metric with its word, and what led to it. */
export interface JudgedMetric {
  readonly raw: RawComparison
  readonly verdict: VerdictWord
  /** What may explain it although the code is no slower. */
  readonly doubt: Doubt | null
  /** Of being worse by chance, over all looks; and what it may be at most where it is the only metric that is worse. */
  readonly p: number
  readonly alpha: number
  /** Whether nothing of the spread is assumed any more, as a proof for a release needs. */
  readonly isEnough: boolean
  /** Whether main may just have become faster, so that nothing is proven against its newest runs. */
  readonly isQuicker: boolean
}

/** How often it is looked. */
interface TestRules {
  /** Whether there was a second look, or one was tried. */
  readonly looksTwice: boolean
  /** Times that the run is looked at while it grows. */
  readonly looks: number
}

/** What is decided over all metrics together. */
interface TestedMetrics {
  /** Those that are significantly worse. */
  readonly worse: ReadonlyMap<RawComparison, Worse>
  readonly improved: ReadonlySet<RawComparison>
}

/** `not-measured`: would be red, had there been fresh passes that can be used. Whatever is in doubt is `suspect` instead. */
interface Worse {
  readonly word: 'regressed' | 'not-measured'
  readonly doubt: Doubt | null
}

/**
 * Judges every metric. Worse and significant over all tested metrics (Holm), in all passes and in the fresh ones alone, with the
 * same standard error: regressed. An earlier look may only acquit, so metrics that were not screened have p = 1. A red metric
 * exceeds its tolerance twice, too. Tested are the metrics that were compared, not of those that were asked for.
 *
 * Where a second look was impossible (`looksTwice` is false) the first one decides. Where there was one and its passes could
 * not be used for a metric (the client was saturated, a rate limit), or it was interrupted, what the first look would have
 * called red is `not-measured`, which does what `on-unmeasured` says and opens a segment on main; what was less than that is
 * `suspect`.
 *
 * What is significant and has another explanation than the code (DOUBTS) is `suspect`, too.
 *
 * `improved` needs no second look: it makes nothing red, and a segment that it opens by mistake is closed by the next run. The
 * calibration has such openings in it.
 */
export function judgeMetrics(
  compared: readonly RawComparison[],
  policy: DecisionPolicy,
  { looksTwice, looks }: TestRules,
): JudgedMetric[] {
  const tested = testMetrics(compared, policy, { looksTwice, looks })
  const alpha = levelOfLook((METRICS_SHARE * policy.falseAlarmRate) / compared.length, looks)
  return compared.map((raw) => {
    const isQuicker = isMainQuicker(raw, looks, policy)
    const verdict = wordOf(raw, { tested, looks, policy, isQuicker })
    const doubt = tested.worse.get(raw)?.doubt ?? findDoubtOfAttempts(raw, verdict, { alpha, policy })
    const isEnough = isEnoughForProof(raw)
    return { raw, verdict, doubt, p: chanceOverLooks(raw.all.worse, looks), alpha, isEnough, isQuicker }
  })
}

function testMetrics(
  compared: readonly RawComparison[],
  policy: DecisionPolicy,
  { looksTwice, looks }: TestRules,
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
  const screened = compared.map((raw) => isScreened(raw, policy))
  const reject = (pick: (raw: RawComparison) => number | null) =>
    rejectByHolm(
      compared.map((raw, i) => (screened[i] ? chanceOverLooks(pick(raw) ?? 1, looks) : 1)),
      alpha,
    )
  const first = reject((raw) => raw.first.worse)
  const all = reject((raw) => raw.all.worse)
  const fresh = looksTwice ? reject((raw) => raw.fresh?.worse ?? null) : all
  const anyTime = reject((raw) => (raw.unlike?.all ?? raw.all).worse)
  const better = rejectByHolm(
    compared.map((raw) => chanceOverLooks(raw.first.better, looks)),
    alpha,
  )
  const wordOfWorse = (raw: RawComparison, i: number): Worse['word'] | null => {
    if (looksTwice && raw.fresh === null) return first[i]! && isOver(raw, raw.first.least) ? 'not-measured' : null
    const isRed = all[i]! && fresh[i]! && isOver(raw, raw.all.least)
    return isRed && (!looksTwice || isOver(raw, raw.fresh!.least)) ? 'regressed' : null
  }
  const worse = compared.flatMap((raw, i): [RawComparison, Worse][] => {
    const word = wordOfWorse(raw, i)
    return word === null ? [] : [[raw, { word, doubt: findDoubt(raw, anyTime[i]!) }]]
  })
  return {
    worse: new Map(worse),
    improved: new Set(compared.filter((raw, i) => better[i]! && isOver(raw, -raw.first.most))),
  }
}

/**
 * How clearly a run must say that it, and not main, has moved (`weighMove`): a single one by a little, e^½ to 1; one of several fresh sessions
 * hardly, since their control is in most places main itself and moves with it.
 */
const LEAST_AGAINST_MOVE = { run: 1, sessions: -1 }
/** So many recorded points that were as bad, or better by less than one standard deviation, outliers too, make it nothing new: a slow node that a tenth of the runs meet, say. */
const SEEN_BEFORE = 2
/**
 * Where outliers are looked for, one that was as bad and worse by at most so many standard deviations is enough: tails as heavy as
 * those of Student's t with three degrees of freedom, and one slow run in fifty, are no change either.
 */
const OUTLIER_REACH = 2

/**
 * What may explain a significant difference although the code is no slower; null when nothing does.
 *
 * @param anyTime whether it is significant whenever the run was made.
 */
function findDoubt(
  { all, unlike, history, spread, control, inHistory }: RawComparison,
  anyTime: boolean,
): Doubt | null {
  const isLikeOutlier = (point: GroupPoint): boolean =>
    !history.newest.points.includes(point) && point.y < all.y + OUTLIER_REACH * spread.sd
  if (control?.isOutside === true) return 'control-elsewhere'
  if (inHistory !== null && inHistory.worse >= SCREEN_P) return 'history-disagrees'
  const sessions = control?.isFresh === true ? control.sessions : 1
  if (all.againstMove < (sessions > 1 ? LEAST_AGAINST_MOVE.sessions : LEAST_AGAINST_MOVE.run)) return 'main-moved'
  const asBad = history.newest.recorded.filter(({ y }) => y > all.y - spread.sd)
  // A slow node that a tenth of the runs meet does not meet several sessions in a row.
  if (sessions === 1 && (asBad.length >= SEEN_BEFORE || (history.trimmed && asBad.some(isLikeOutlier))))
    return 'seen-before'
  return unlike === null || anyTime ? null : `other-${unlike.what}`
}

/** What attempts together would call red and this one alone does not show: one of them was slow for a reason of its own. */
function findDoubtOfAttempts(
  raw: RawComparison,
  verdict: VerdictWord,
  { alpha, policy }: { readonly alpha: number; readonly policy: DecisionPolicy },
): Doubt | null {
  const isOfOthers = raw.own !== null && raw.all.worse <= alpha && !isScreened(raw, policy)
  return verdict === 'suspect' && isOfOthers ? 'attempts-differ' : null
}

function isMainQuicker(raw: RawComparison, looks: number, policy: DecisionPolicy): boolean {
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  return isUnprovenLately(raw.all, raw.spread, { tolerance, level: levelOfLook(PROOF_LEVEL, looks) })
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
    readonly looks: number
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
  const level = levelOfLook(PROOF_LEVEL, looks)
  return enough &&
    !isQuicker &&
    computeUpperBound(raw.unlike?.all ?? raw.all, raw.unlike?.spread ?? raw.spread, level) < tolerance
    ? 'proven'
    : 'no-change-seen'
}

/** Whether what is known of the spread is not assumed: by recorded runs, or by sessions that repeat everything. */
function isEnoughForProof({ history, control }: RawComparison): boolean {
  return history.groups >= GROUPS_FOR_PROOF || (control?.isFresh === true && control.sessions >= SESSIONS_FOR_PROOF)
}
