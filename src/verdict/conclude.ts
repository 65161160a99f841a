import { VERDICT_WORDS } from '../report/verdict.ts'
import type { Verdict, VerdictPolicy, VerdictWord, Comparison, LevelChange } from '../report/verdict.ts'
import type { Consequence } from '../settings.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import type { HistoryEntry, HistoryRow } from '../report/history.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import { figureOfY, boundOf, changeOfY } from './observe/observe.ts'
import { mean } from '../stats/mean.ts'
import type { RawComparison, MissedMetric, AsideLevel } from './compare/raw-comparison.ts'
import { SESSIONS_FOR_PROOF, GROUPS_FOR_PROOF } from './judge.ts'
import type { JudgedMetric } from './judge.ts'
import type { DecisionPolicy } from './policy.ts'
import { DOUBTS } from '../report/reasons.ts'
import { findSmallestVisible, boundChange } from './compare/stand.ts'
import { metricOf, toleranceOf, unitOf } from '../vocabulary/metrics.ts'

/** A verdict without its conclusion. */
export type OpenVerdict = Omit<Verdict, 'verdict' | 'reasons' | 'check'>

/** What holds for the run as a whole, regardless of its grounds. */
export interface OverallState {
  readonly word: VerdictWord
  /** A code of REASONS; null where the word says enough. */
  readonly reason: string | null
}

/** One ground, with its reason where it decides the verdict. */
interface NamedGround extends Ground {
  readonly reason: string | null
}

/** Words without a reason, because no single ground decides. */
const UNEXPLAINED: readonly VerdictWord[] = ['no-change-seen', 'proven']

/**
 * The word of a run is the worst of its grounds; its reasons are the grounds with that word, and what holds for the whole
 * run.
 *
 * @param levelsMissing whether a metric could not be measured because too many levels are missing.
 */
export function conclude(open: OpenVerdict, whole: OverallState | null, levelsMissing = false): Verdict {
  const named = listGrounds(open, whole)
  const verdict = named.map((ground) => ground.word).reduce(pickWorse, 'improved')
  const check = checkOf(named, open.policy)
  const hanging = UNEXPLAINED.includes(verdict) ? [] : named.filter((ground) => ground.word === verdict)
  const reasons = new Set(hanging.flatMap((ground) => ground.reason ?? []))
  if (whole?.reason != null) reasons.add(whole.reason)
  // Kept beside worse reasons, because an acceptance may leave only this one.
  if (levelsMissing) reasons.add('levels-missing')
  if (open.policy.gate === 'release' && check === 'fail' && isUnproven(verdict)) reasons.add('not-proven')
  return { ...open, verdict, reasons: [...reasons], check }
}

/** Words that fail a release although nothing bad was found. */
function isUnproven(word: VerdictWord): boolean {
  return word !== 'regressed' && word !== 'not-measured' && word !== 'cancelled' && word !== 'skipped'
}

function listGrounds(
  { comparisons, lostLevels, errorRate, limits }: OpenVerdict,
  whole: OverallState | null,
): NamedGround[] {
  const grounds: NamedGround[] = comparisons.map(({ metric, verdict, accepted }) => ({
    word: verdict,
    byFile: accepted !== null && accepted.by === null,
    reason: metric,
  }))
  const add = (word: VerdictWord, reason: string | null) => grounds.push({ word, byFile: false, reason })
  for (const { verdict } of lostLevels) if (verdict !== 'not-measured') add(verdict, 'level-lost')
  if (errorRate !== null && errorRate.verdict !== 'no-change-seen') add(errorRate.verdict, 'error-rate')
  for (const { outcome } of limits) {
    if (outcome === 'fail') add('regressed', 'limit')
    if (outcome === 'not-measured') add('not-measured', 'limit-not-measured')
  }
  if (whole !== null) add(whole.word, whole.reason)
  return grounds
}

/** The consequences of a word. */
interface WordRule {
  /** What the check does, or the setting that decides it. */
  readonly check: Consequence | 'onNotComparable' | 'onUnmeasured' | 'onSkip'
  /** What the check does with `gate: release`, where only proof passes, and an acceptance only from a reviewed file. */
  readonly release: Consequence | 'by-file'
}

/** The verdict table: every word, and what the check does with it. */
export const VERDICT_TABLE: Readonly<Record<VerdictWord, WordRule>> = {
  cancelled: { check: 'fail', release: 'fail' },
  regressed: { check: 'fail', release: 'fail' },
  'not-measured': { check: 'onUnmeasured', release: 'fail' },
  suspect: { check: 'warn', release: 'fail' },
  'not-comparable': { check: 'onNotComparable', release: 'fail' },
  'no-baseline': { check: 'pass', release: 'fail' },
  skipped: { check: 'onSkip', release: 'fail' },
  accepted: { check: 'pass', release: 'by-file' },
  'no-change-seen': { check: 'pass', release: 'fail' },
  proven: { check: 'pass', release: 'pass' },
  improved: { check: 'pass', release: 'pass' },
}

/** The worse of two words. */
export function pickWorse(a: VerdictWord, b: VerdictWord): VerdictWord {
  return VERDICT_WORDS.indexOf(a) <= VERDICT_WORDS.indexOf(b) ? a : b
}

/** What a verdict rests on, a comparison say: its word, and for an acceptance whether it was reviewed. */
interface Ground {
  readonly word: VerdictWord
  readonly byFile: boolean
}

/** What the check does: the most severe consequence of any ground; `gate: observe` never fails. */
export function checkOf(grounds: readonly Ground[], policy: VerdictPolicy): Consequence {
  const demanded = grounds.map((ground) => consequenceOf(ground, policy))
  if (demanded.includes('fail')) return policy.gate === 'observe' ? 'warn' : 'fail'
  return demanded.includes('warn') ? 'warn' : 'pass'
}

function consequenceOf({ word, byFile }: Ground, policy: VerdictPolicy): Consequence {
  const rule = VERDICT_TABLE[word]
  if (policy.gate === 'release') return rule.release === 'by-file' ? (byFile ? 'pass' : 'fail') : rule.release
  switch (rule.check) {
    case 'onNotComparable':
    case 'onUnmeasured':
    case 'onSkip':
      return policy[rule.check]
    default:
      return rule.check
  }
}

/** Exit code of the command. */
export function exitCodeOf({ verdict, check, reasons }: Pick<Verdict, 'verdict' | 'check' | 'reasons'>): number {
  if (check !== 'fail') return EXIT.passed
  if (verdict === 'regressed') return EXIT.regressed
  return reasons.includes('not-proven') ? EXIT.notProven : EXIT.notMeasured
}

/** The part of the policy that a verdict keeps. */
export function pickPolicy(policy: VerdictPolicy): VerdictPolicy {
  const { gate, decision, onNotComparable, onUnmeasured, onSkip } = policy
  return { gate, decision, onNotComparable, onUnmeasured, onSkip }
}

/** Concludes a verdict again after changes were accepted. */
export function applyAcceptances(verdict: Verdict, accepted: readonly Acceptance[]): Verdict {
  const comparisons = acceptComparisons(verdict.comparisons, accepted, verdict.policy.gate)
  if (comparisons.every((comparison, i) => comparison === verdict.comparisons[i])) return verdict
  // Where something was compared, nothing else holds for the run as a whole.
  return conclude({ ...verdict, comparisons }, null, verdict.reasons.includes('levels-missing'))
}

/** Marks as accepted the comparisons that are not worse than agreed. */
export function acceptComparisons(
  comparisons: readonly Comparison[],
  accepted: readonly Acceptance[],
  gate: Verdict['policy']['gate'],
): readonly Comparison[] {
  return comparisons.map((comparison) => {
    const fits = accepted.filter((acceptance) => covers(acceptance, comparison, gate))
    // A reviewed line outranks a label: a release honours nothing else.
    const best = fits.find(({ form }) => form === 'file') ?? fits[0]
    if (best === undefined) return comparison
    const { by, why } = best
    return {
      ...comparison,
      verdict: 'accepted',
      accepted: { by, at: best.at ?? comparison.worsening!, why },
    }
  })
}

function covers({ metric, at, form }: Acceptance, comparison: Comparison, gate: Verdict['policy']['gate']): boolean {
  const { worsening, tolerance, verdict } = comparison
  if (metric !== comparison.metric || worsening === null) return false
  // A release also fails where no change was seen but nothing was proven; an acceptance covers that, too.
  const unproven = verdict === 'no-change-seen' && gate === 'release' && form === 'file'
  if (verdict !== 'regressed' && verdict !== 'suspect' && !unproven) return false
  return at === null || worsening <= at + tolerance
}

/**
 * The acceptances that apply to a run: from their day on, until a recorded run contains the change.
 *
 * @param startedAt of the run, ISO 8601.
 */
export function pickAcceptances(
  accepted: readonly Acceptance[],
  entries: readonly HistoryEntry[],
  startedAt: string,
): Acceptance[] {
  return accepted.filter(({ metric, since }) => {
    if (since === null) return true
    const spent = entries.some(({ row, segments }) => segments[metric] === 'accepted' && row.startedAt >= since)
    return startedAt >= since && !spent
  })
}

/** What a verdict says of a metric that was compared. */
export function describeCompared(judged: JudgedMetric, policy: DecisionPolicy, now: HistoryRow): Comparison {
  const { raw, verdict, doubt, p, alpha } = judged
  const { metric, history, spread, all } = raw
  const statistical = policy.decision === 'statistical'
  const tolerance = toleranceOf(policy, metric)
  const { d, se } = all.newest
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
    p: statistical ? p : null,
    // A plain threshold needs no significance: a change as large as the threshold exceeds it in half of all cases.
    smallestVisible: findSmallestVisible(se, spread.degrees, {
      alpha: statistical ? alpha : 0.5,
      tolerance,
      trimmed: statistical && history.trimmed,
    }),
    spread: spread.sd,
    assumedSpread: spread.assumed,
    ...(spread.assumedShare > 0 && { assumedShare: spread.assumedShare }),
    ...(spread.before !== null && { spreadBefore: spread.before }),
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
    note: noteOf(judged, policy),
  }
}

/** Which of the two figures is a bound: of recorded runs one is enough, because their mean is then one, too. */
function boundsOf({ metric, history }: RawComparison, now: HistoryRow): Pick<Comparison, 'bounds'> {
  const rows = history.newest.points.flatMap(({ entries }) => entries.map(({ row }) => row))
  const baseline = rows.flatMap((row) => boundOf(row, metric, now) ?? [])[0]
  const candidate = boundOf(now, metric, now)
  if (baseline === undefined && candidate === null) return {}
  return { bounds: { ...(baseline !== undefined && { baseline }), ...(candidate !== null && { candidate }) } }
}

/** The same of one that could not be compared. */
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
  // With few pairs, every level is shrunk equally towards the control.
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
  { raw, verdict, doubt, slowRun, isEnough, isQuicker, isTooCalm }: JudgedMetric,
  { gate }: Pick<DecisionPolicy, 'gate'>,
): string | null {
  if (gate === 'release' && verdict === 'no-change-seen' && !isEnough) {
    return raw.control === null
      ? `a proof needs ${GROUPS_FOR_PROOF} recorded runs, and has ${raw.history.groups}`
      : `a proof needs ${GROUPS_FOR_PROOF} recorded runs with this control, or ${SESSIONS_FOR_PROOF} sessions in which both sides are deployed anew`
  }
  if (gate === 'release' && verdict === 'no-change-seen' && isQuicker) {
    return 'no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell'
  }
  if (gate === 'release' && isTooCalm) {
    return 'no proof, because so small a spread as that of the recorded runs is not trusted to last, and by a larger one this may be beyond the tolerance: run it again, or beside a control'
  }
  if (doubt !== null) return `${DOUBTS[doubt]}${slowRun === null ? '' : ` (${nameEntry(slowRun)})`}`
  if (verdict === 'not-measured')
    return 'it looks clearly worse, but only one look at it could be used, so nothing confirms it: run it again, and where it stays so, mend what findings and log name'
  return raw.ofPlateau === false ? 'no plateau was reached' : null
}

/** A recorded run by its commit, as far as that is known, and its day. */
function nameEntry({ source, row }: HistoryEntry): string {
  return `${source.sha === null ? '' : `${source.sha.slice(0, 7)}, `}${row.startedAt.slice(0, 10)}`
}
