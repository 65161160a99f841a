import type { HistoryRow } from '../report/history.ts'
import { DOUBTS } from '../report/verdict.ts'
import type { Comparison, Doubt, LevelChange, VerdictWord } from '../report/verdict.ts'
import { toleranceOf } from '../settings/values/tolerance.ts'
import { chanceOverLooks, levelOfLook, rejectByHolm } from '../stats/several-tests.ts'
import { mean } from '../stats/mean.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { AsideLevel, MissedMetric, RawComparison } from './compare.ts'
import { boundOf, figureOfY, changeOfY, unitOf } from './observe.ts'
import { METRICS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'
import { isScreened, SCREEN_P } from './look.ts'
import type { GroupPoint } from './segments.ts'
import { findSmallestVisible } from './spread.ts'
import { boundChange, computeUpperBound, isUnprovenLately } from './stand.ts'

/** `gate: release` trusts a bound from so many groups on: then nothing of the spread is assumed. */
const GROUPS_FOR_PROOF = 8
/** Or so many fresh sessions. */
const SESSIONS_FOR_PROOF = 3
/** How often a proof may be wrong. */
const PROOF_LEVEL = 0.05

/** What is decided over all metrics together. */
interface TestedMetrics {
  readonly size: number
  /** How often the run is looked at while it grows. */
  readonly looks: number
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
  { looksTwice, looks, now }: { readonly looksTwice: boolean; readonly looks: number; readonly now: HistoryRow },
): Comparison[] {
  const tested = testMetrics(compared, policy, { looksTwice, looks })
  return compared.map((raw) => {
    const surroundings = { tested, policy, now, isQuicker: isMainQuicker(raw, tested, policy) }
    return comparisonOf(raw, wordOf(raw, surroundings), surroundings)
  })
}

function testMetrics(
  compared: readonly RawComparison[],
  policy: DecisionPolicy,
  { looksTwice, looks }: { readonly looksTwice: boolean; readonly looks: number },
): TestedMetrics {
  const alpha = METRICS_SHARE * policy.falseAlarmRate
  const isOver = (raw: RawComparison, d: number) => d >= Math.log1p(toleranceOf(policy, raw.metric))
  const size = compared.length
  if (policy.decision === 'threshold') {
    const over = compared.filter((raw) => isOver(raw, Math.min(raw.first.least, raw.own?.least ?? Infinity)))
    return {
      size,
      looks,
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
    size,
    looks,
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

function isMainQuicker(raw: RawComparison, { looks }: TestedMetrics, policy: DecisionPolicy): boolean {
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  return isUnprovenLately(raw.all, raw.spread, { tolerance, level: levelOfLook(PROOF_LEVEL, looks) })
}

function wordOf(raw: RawComparison, { tested, policy, isQuicker }: WordSurroundings): VerdictWord {
  const worse = tested.worse.get(raw)
  if (worse !== undefined) return worse.doubt === null ? worse.word : 'suspect'
  const tolerance = Math.log1p(toleranceOf(policy, raw.metric))
  const enough = policy.gate !== 'release' || isEnoughForProof(raw)
  if (policy.decision === 'statistical' && raw.all.least >= tolerance && raw.all.worse < SCREEN_P) return 'suspect'
  if (tested.improved.has(raw) && enough) return 'improved'
  if (policy.decision === 'threshold' && policy.gate !== 'release') return 'no-change-seen'
  const level = levelOfLook(PROOF_LEVEL, tested.looks)
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

interface WordSurroundings {
  readonly tested: TestedMetrics
  readonly policy: DecisionPolicy
  readonly now: HistoryRow
  /** Whether main may just have become faster, so that nothing is proven against its newest runs. */
  readonly isQuicker: boolean
}

function comparisonOf(
  raw: RawComparison,
  verdict: VerdictWord,
  { tested, policy, now, isQuicker }: WordSurroundings,
): Comparison {
  const { metric, history, spread, all } = raw
  const statistical = policy.decision === 'statistical'
  const tolerance = toleranceOf(policy, metric)
  const { d, se } = all.newest
  const alpha = levelOfLook((METRICS_SHARE * policy.falseAlarmRate) / tested.size, tested.looks)
  const doubt = tested.worse.get(raw)?.doubt ?? findDoubtOfAttempts(raw, verdict, { alpha, policy })
  return {
    ...headOf(metric, verdict, tolerance),
    unit: unitOf(metric, now),
    ofPlateau: raw.ofPlateau,
    levels: raw.levels,
    baseline: figureOfY(metric, history.newest.centre),
    candidate: figureOfY(metric, all.y),
    ...boundsOf(raw, now),
    change: changeOfY(metric, d),
    interval: boundChange(metric, all.newest, spread),
    worsening: Math.expm1(d),
    p: statistical ? chanceOverLooks(all.worse, tested.looks) : null,
    // A plain threshold asks for no proof: a change as large as the threshold exceeds it in half of all cases.
    smallestVisible: findSmallestVisible(se, spread.degrees, {
      alpha: statistical ? alpha : 0.5,
      tolerance,
      trimmed: statistical && history.trimmed,
    }),
    spread: spread.sd,
    assumedSpread: spread.assumed,
    groups: raw.control?.pairs === 0 ? 0 : history.newest.points.length,
    segments: history.segments.length,
    leftOut: raw.leftOut,
    provisional: provisionalOf(raw),
    ...(raw.step !== null && { step: raw.step }),
    confirmed: raw.fresh === null ? null : verdict === 'regressed',
    byLevel: byLevelOf(raw),
    aside: raw.aside.map((level) => changeAt(metric, level)),
    doubt,
    control: raw.control === null ? null : { theta: raw.control.theta, pairs: raw.control.pairs },
    note: noteOf(raw, { verdict, doubt, isQuicker }, policy),
  }
}

/** Which of the two figures is a bound: of recorded runs one is enough, because their mean is then one, too. */
function boundsOf({ metric, history }: RawComparison, now: HistoryRow): Pick<Comparison, 'bounds'> {
  const rows = history.newest.points.flatMap(({ entries }) => entries.map(({ row }) => row))
  const baseline = rows.flatMap((row) => boundOf(row, metric) ?? [])[0]
  const candidate = boundOf(now, metric)
  if (baseline === undefined && candidate === null) return {}
  return { bounds: { ...(baseline !== undefined && { baseline }), ...(candidate !== null && { candidate }) } }
}

/** The comparison of a metric that could not be compared. */
export function describeMissed(
  { metric, verdict, note }: MissedMetric,
  policy: DecisionPolicy,
  now: HistoryRow,
): Comparison {
  return {
    ...headOf(metric, verdict, toleranceOf(policy, metric)),
    unit: unitOf(metric, now),
    ofPlateau: null,
    levels: [],
    baseline: null,
    candidate: null,
    change: null,
    interval: null,
    worsening: null,
    p: null,
    smallestVisible: null,
    spread: null,
    assumedSpread: false,
    groups: 0,
    segments: 0,
    leftOut: 0,
    provisional: null,
    confirmed: null,
    byLevel: [],
    aside: [],
    doubt: null,
    control: null,
    note,
  }
}

function headOf(metric: Comparison['metric'], verdict: VerdictWord, tolerance: number) {
  return { metric, better: metricOf(metric).better, verdict, tolerance, accepted: null }
}

function provisionalOf({ metric, history, all }: RawComparison): Comparison['provisional'] {
  const first = history.newest.points[0]?.entries[0]
  if (history.before === null || all.before === null || first === undefined) return null
  return {
    sha: first.source.sha,
    startedAt: first.row.startedAt,
    runs: history.newest.points.reduce((sum, point) => sum + point.runs.length, 0),
    mainChange: changeOfY(metric, history.newest.centre - history.before.centre),
    changeFromBefore: changeOfY(metric, all.before.d),
  }
}

function byLevelOf({ metric, levels, history, byLevel }: RawComparison): Comparison['byLevel'] {
  const { points, centre, trust } = history.newest
  // What few pairs say is drawn towards the control at every level alike.
  const shift = trust === 1 ? 0 : centre - mean(points.map(({ y }) => y))
  return levels.map((concurrency) => {
    let before = 0
    for (const { runs } of history.newest.points) {
      let sum = 0
      for (const run of runs) sum += run.get(concurrency)!.y
      before += sum / runs.length / history.newest.points.length
    }
    return changeAt(metric, { concurrency, before: before + shift, now: byLevel.get(concurrency)! })
  })
}

function changeAt(metric: Comparison['metric'], { concurrency, before, now }: AsideLevel): LevelChange {
  return {
    concurrency,
    baseline: figureOfY(metric, before),
    candidate: figureOfY(metric, now),
    change: changeOfY(metric, now - before),
  }
}

function noteOf(
  raw: RawComparison,
  { verdict, doubt, isQuicker }: Pick<Comparison, 'verdict' | 'doubt'> & { readonly isQuicker: boolean },
  policy: DecisionPolicy,
): string | null {
  if (policy.gate === 'release' && verdict === 'no-change-seen' && !isEnoughForProof(raw)) {
    return raw.control === null
      ? `a proof needs ${GROUPS_FOR_PROOF} recorded runs, and has ${raw.history.groups}`
      : `a proof needs ${GROUPS_FOR_PROOF} recorded runs with this control, or ${SESSIONS_FOR_PROOF} sessions in which both sides are deployed anew`
  }
  if (policy.gate === 'release' && verdict === 'no-change-seen' && isQuicker) {
    return 'no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell'
  }
  if (doubt !== null) return DOUBTS[doubt]
  if (verdict === 'not-measured') return 'it looks far worse, but no fresh passes could tell, so nothing confirms it'
  return raw.ofPlateau === false ? 'no plateau was reached' : null
}
