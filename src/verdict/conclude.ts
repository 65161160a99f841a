import type { BaselineSummary, Verdict, VerdictPolicy, VerdictWord, Comparison } from '../report/verdict.ts'
import {
  VERDICT_WORDS,
  VERDICT_SCHEMA,
  METRICS_SHARE,
  ERROR_RATE_SHARE,
  LOST_LEVELS_SHARE,
  DOUBTS,
} from '../report/verdict.ts'
import type { Consequence } from '../settings/lists/gate-settings.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { EarlierAttempt, Looks } from '../report/looks.ts'
import { findSeriesDifferences } from '../report/series.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import { GATE_SETTINGS } from '../settings/lists/gate-settings.ts'
import { normalTail, rejectByHolm } from '../stats/chance.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { Settings } from '../settings.ts'
import type { Trial } from './compare/control.ts'
import type { MetricHistory } from './history/past.ts'
import type { Spread } from './history/spread.ts'

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
export function concludeVerdict(open: OpenVerdict, whole: OverallState | null, levelsMissing = false): Verdict {
  const named = listGrounds(open, whole)
  const verdict = VERDICT_WORDS.find((word) => named.some((ground) => ground.word === word)) ?? 'improved'
  const check = decideCheck(named, open.policy)
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

/** What a verdict rests on, a comparison say: its word, and for an acceptance whether it was reviewed. */
interface Ground {
  readonly word: VerdictWord
  readonly byFile: boolean
}

/** What the check does: the most severe consequence of any ground; `gate: observe` never fails. */
export function decideCheck(grounds: readonly Ground[], policy: VerdictPolicy): Consequence {
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
  return concludeAgain({ ...verdict, comparisons })
}

/** Concludes anew a verdict that compares something, by its parts: nothing else then holds for the run as a whole. */
export function concludeAgain(verdict: Omit<Verdict, 'verdict' | 'check'>): Verdict {
  return concludeVerdict(verdict, null, verdict.reasons.includes('levels-missing'))
}

/** Marks as accepted the comparisons that are not worse than agreed. */
export function acceptComparisons(
  comparisons: readonly Comparison[],
  accepted: readonly Acceptance[],
  gate: Verdict['policy']['gate'],
): readonly Comparison[] {
  return comparisons.map((comparison) => {
    const fits = accepted.filter((acceptance) => coversComparison(acceptance, comparison, gate))
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

function coversComparison(
  { metric, at, form }: Acceptance,
  comparison: Comparison,
  gate: Verdict['policy']['gate'],
): boolean {
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

/**
 * Makes all gates of one pull request share one false-alarm rate, the smallest of theirs: Holm over all their
 * metrics, and for error rates and lost levels their share divided by the number of gates. This can only acquit: what
 * was red but no longer is becomes `suspect`. A plain threshold promises no rate and stays unchanged.
 */
export function shareFalseAlarmRate(verdicts: readonly Verdict[]): readonly Verdict[] {
  const gates = verdicts.filter(
    ({ comparisons, policy }) => comparisons.length > 0 && policy.decision === 'statistical',
  )
  if (gates.length < 2) return verdicts
  const alpha = Math.min(...gates.flatMap(({ falseAlarmRate }) => falseAlarmRate ?? []))
  const tests = gates.flatMap(({ comparisons }) => comparisons.filter(({ p }) => p !== null))
  const rejected = rejectByHolm(
    tests.map(({ p }) => p!),
    METRICS_SHARE * alpha,
  )
  const stands = new Set(tests.filter((_, i) => rejected[i]))
  const isBelow = (p: number | null, share: number): boolean => p === null || p <= (share * alpha) / gates.length
  return verdicts.map((verdict) => (gates.includes(verdict) ? acquitGate(verdict, stands, isBelow) : verdict))
}

function acquitGate(
  verdict: Verdict,
  stands: ReadonlySet<Comparison>,
  isBelow: (p: number | null, share: number) => boolean,
): Verdict {
  const { errorRate } = verdict
  const comparisons = verdict.comparisons.map((comparison): Comparison => {
    const isAcquitted = comparison.verdict === 'regressed' && !stands.has(comparison)
    return isAcquitted
      ? { ...comparison, verdict: 'suspect', doubt: 'many-gates', note: DOUBTS['many-gates'] }
      : comparison
  })
  const lostLevels = verdict.lostLevels.map((level) =>
    level.verdict === 'regressed' && !isBelow(level.p, LOST_LEVELS_SHARE)
      ? ({ ...level, verdict: 'suspect' } as const)
      : level,
  )
  const isRise = errorRate?.verdict === 'regressed' && !isBelow(errorRate.p, ERROR_RATE_SHARE)
  const open = {
    ...verdict,
    comparisons: comparisons.toSorted((a, b) => VERDICT_WORDS.indexOf(a.verdict) - VERDICT_WORDS.indexOf(b.verdict)),
    lostLevels,
    errorRate: isRise ? ({ ...errorRate, verdict: 'suspect' } as const) : errorRate,
  }
  const isSame =
    !isRise &&
    comparisons.every((comparison, i) => comparison === verdict.comparisons[i]) &&
    lostLevels.every((level, i) => level === verdict.lostLevels[i])
  return isSame ? verdict : concludeAgain(open)
}

/** From this many groups on, their spread shows how often a plain threshold is wrong. */
const GROUPS_TO_TELL = 3

/**
 * About how often `decision: threshold` would call unchanged code worse: for each metric P(Z > ln(1 + δ) / SE), with
 * the spread that the history shows (nothing assumed) and, for a median of k runs, SE = S √(1 + π / (2k + 1));
 * metrics taken as independent, which overstates it. Student's distribution would overstate it threefold for a short
 * history (22 % where 7 % was true). Null while the history is too short to tell.
 */
export function estimateThresholdAlarmRate(
  compared: readonly { readonly metric: GatedMetric; readonly history: MetricHistory; readonly spread: Spread }[],
  policy: Pick<Settings, 'gate' | 'tolerance'>,
): number | null {
  let quiet = 1
  for (const { metric, history, spread } of compared) {
    const k = history.newest.points.length
    if (history.groups < GROUPS_TO_TELL || spread.observed === null) return null
    const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1))
    const threshold = Math.log1p(toleranceOf(policy, metric))
    quiet *= se === 0 ? 1 : 1 - normalTail(threshold / se)
  }
  return compared.length === 0 ? null : 1 - quiet
}

/** The word for each of them. */
const WORDS = {
  fork: 'skipped',
  'foreign-commit': 'skipped',
  dependabot: 'skipped',
  'no-key': 'skipped',
  'no-writer': 'skipped',
  'nothing-to-measure': 'skipped',
  cancelled: 'cancelled',
  endpoint: 'not-measured',
  baseline: 'not-measured',
  'leg-missing': 'not-measured',
} as const satisfies Readonly<Record<string, VerdictWord>>

/** Why there are no figures at all; the codes are those of REASONS. */
export type NoFiguresReason = keyof typeof WORDS

/** The policy where none is known: a job was skipped, or left no result. */
export const DEFAULT_POLICY: VerdictPolicy = pickPolicy(resolveFlags(GATE_SETTINGS, []))

/** The verdict of a run without figures: nothing was sent, nothing answered, or no result arrived. */
export function concludeWithoutFigures(name: string, reason: NoFiguresReason, policy: VerdictPolicy): Verdict {
  return concludeVerdict(openVerdict(name, policy), { word: WORDS[reason], reason })
}

/** A verdict on a run that was compared with nothing. */
export function openVerdict(name: string, policy: VerdictPolicy): OpenVerdict {
  return {
    schema: VERDICT_SCHEMA,
    name,
    policy: pickPolicy(policy),
    decidedBy: [],
    comparisons: [],
    lostLevels: [],
    errorRate: null,
    limits: [],
    whatElseChanged: [],
    baseline: summariseBaseline(null, null, []),
    notComparable: null,
    outlook: [],
    confirmation: null,
    falseAlarmRate: null,
    drift: null,
    control: null,
  }
}

/** The earlier attempts as a verdict keeps them: their verdicts, and which of them count. */
export function summariseAttempts(
  earlier: readonly EarlierAttempt[],
  counted: readonly EarlierAttempt[],
): Pick<Verdict, 'earlier'> {
  if (earlier.length === 0) return {}
  return {
    earlier: earlier.map((one) => ({
      attempt: one.attempt,
      ...(one.run !== undefined && { run: one.run }),
      verdict: one.verdict,
      isCounted: counted.includes(one),
    })),
  }
}

/** What a verdict says of the control of a run; null where it had none. */
export function summariseControl(
  { candidates, controls, controlTroubles = [], sessions }: Looks,
  trial: Trial | null,
): Verdict['control'] {
  if (controls === undefined) return null
  const control = trial?.control ?? null
  const isUsable = control !== null || controls.every((each) => each === null)
  return {
    pairs: control === null || control.beside.alone ? 0 : control.past.groups.length,
    sessions: control?.candidates.length ?? 0,
    fresh: sessions?.fresh ?? false,
    troubles: [
      ...controlTroubles,
      ...(isUsable ? [] : [`it was measured in another way (${describeDifferences(candidates, controls)})`]),
    ],
  }
}

function describeDifferences(candidates: readonly HistoryRow[], controls: readonly (HistoryRow | null)[]): string {
  const other = controls.find((each) => each !== null)!
  return findSeriesDifferences(other.series, candidates[0]!.series)
    .map(({ field }) => field)
    .join(', ')
}

/** What a verdict says of the recorded runs that it was reached with. */
export function summariseBaseline(
  baseline: Baseline | null,
  trial: Trial | null,
  recorded: readonly HistoryEntry[],
): BaselineSummary {
  const past = trial?.past ?? null
  const newest = past?.entries.at(-1)
  return {
    origin: baseline?.origin ?? null,
    runs: past?.entries.length ?? 0,
    groups: past?.groups.length ?? 0,
    newest:
      newest === undefined ? null : { sha: newest.source.sha, startedAt: newest.row.startedAt, url: newest.source.url },
    ancestor: baseline?.ancestor ?? null,
    skipped: baseline?.passedOver ?? [],
    unreadable: baseline?.unreadable ?? null,
    lost: baseline?.lost ?? null,
    uncomparedInARow: trial === null && baseline !== null ? 1 + countUncomparedAtEnd(recorded) : 0,
  }
}

/** Words of runs that were measured but compared with nothing. */
const UNCOMPARED: readonly VerdictWord[] = ['no-baseline', 'not-comparable']

function countUncomparedAtEnd(recorded: readonly HistoryEntry[]): number {
  const at = recorded.findLastIndex(({ verdict }) => !UNCOMPARED.includes(verdict))
  return recorded.length - 1 - at
}
