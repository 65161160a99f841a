import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { ReportLimit } from '../report/run-report.ts'
import { findSeriesDifferences } from '../report/series.ts'
import { loadOf } from '../vocabulary/levels.ts'
import { VERDICT_SCHEMA, VERDICT_WORDS } from '../report/verdict.ts'
import type { BaselineSummary, Comparison, ContextChange, Verdict, VerdictWord } from '../report/verdict.ts'
import { selectAttempts, summarizeAttempts } from './past.ts'
import { acceptComparisons, pickAcceptances, conclude, pickPolicy } from './conclude.ts'
import type { OverallState, VerdictParts } from './conclude.ts'
import { describeCompared, describeMissed, estimateThresholdAlarmRate, outlookOf } from './describe.ts'
import { judgeMetrics } from './judge.ts'
import { judgeLimitsBySpread, judgeLimitsOverAttempts } from './limits.ts'
import { computeUpperBound } from './stand.ts'
import type { DecideInput } from './policy.ts'
import { countLooks, takeFirstLook, takeSecondLook, findFailures, openTrial } from './look.ts'
import type { Trial, ScreenInput } from './look.ts'
import { findSlowDrift } from './main-moves.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { LoadKind } from '../vocabulary/levels.ts'

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
function describeRun(input: DecideInput, trial: Trial | null, recorded: readonly HistoryEntry[]): VerdictParts {
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
    control: summarizeControl(input, trial),
    ...summarizeAttempts(input),
    drift: baseline?.release === undefined ? null : findSlowDrift(recorded, baseline.release, series, policy),
  }
}

/** Where there is nothing that can be compared with: the first run, or one that asks for something else. */
function decideAlone(
  { candidates, baseline, policy }: DecideInput,
  recorded: readonly HistoryEntry[],
  uncompared: VerdictParts,
): Verdict {
  const parts = { ...uncompared, outlook: baseline === null ? [] : outlookOf(candidates, policy) }
  const newest = recorded.at(-1)
  if (newest !== undefined) {
    const differences = findSeriesDifferences(newest.row.series, candidates[0]!.series)
    const notComparable = { runs: recorded.length, differences }
    return conclude({ ...parts, notComparable }, { word: 'not-comparable', reason: null })
  }
  if (parts.baseline.lost !== null) return conclude(parts, { word: 'not-comparable', reason: 'history-lost' })
  // Not a first run: it should have been compared with a control.
  if ((parts.control?.troubles.length ?? 0) > 0)
    return conclude(parts, { word: 'not-comparable', reason: 'control-lost' })
  return conclude(parts, { word: 'no-baseline', reason: null })
}

/** Where there is a history, or a control beside the run. */
function decideAgainst(
  trial: Trial,
  recorded: readonly HistoryEntry[],
  input: DecideInput,
  uncompared: VerdictParts,
): Verdict {
  const { candidates, policy, secondLook } = input
  const fresh = typeof secondLook === 'string' ? null : secondLook
  const now = candidates[0]!
  const first = takeFirstLook(trial, policy)
  const { compared, missed } = fresh === null ? first : takeSecondLook(first, trial, { fresh, policy })
  const judged = judgeMetrics(compared, policy, { looksTwice: secondLook !== 'none', looks: countLooks(input) })
  const comparisons = [
    ...missed.map((each) => describeMissed(each, policy, now)),
    ...judged.map((each) => describeCompared(each, policy, now)),
  ]
  const accepted = pickAcceptances(input.accepted, recorded, now.startedAt)
  const { screening } = first
  const screened = screening.metrics.length + screening.levels.length > 0
  const parts: VerdictParts = {
    ...uncompared,
    comparisons: acceptComparisons(comparisons, accepted, policy.gate).toSorted(compareSeverity),
    ...findFailures(trial, secondLook, policy),
    whatElseChanged: findChanges(trial, now),
    confirmation: screened ? { ...screening, passes: countFreshPasses(fresh?.row ?? null) } : null,
    falseAlarmRate:
      policy.decision === 'threshold' ? estimateThresholdAlarmRate(compared, policy) : policy.falseAlarmRate,
  }
  const levelsMissing = missed.some((each) => each.levelsMissing.length > 0)
  return conclude(parts, null, levelsMissing)
}

/**
 * Whether another session could still change the verdict. Red at the bound that accounts for all sessions; green when
 * no metric can be worse by twice its tolerance (one-sided 95 % bound), or, with `gate: release`, when all are
 * proven; else open. What stays open after the last session is `no-change-seen`.
 *
 * Without fresh sessions nothing is open: measuring the same deployments again does not show how deployments differ.
 */
export function isDecided(input: ScreenInput): 'red' | 'green' | 'open' {
  const { candidates, policy, baseline, trouble } = input
  const looks = countLooks(input)
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  if (trial === null) return 'green'
  const { compared, missed } = takeFirstLook(trial, policy)
  const judged = judgeMetrics(compared, policy, { looksTwice: false, looks })
  const { lostLevels, errorRate } = findFailures(trial, 'none', policy)
  const words = [...judged, ...lostLevels].map(({ verdict }) => verdict)
  // Like a lost level, a rise of the error rate must be repeated before it counts.
  if (words.includes('regressed') || (errorRate?.verdict === 'regressed' && candidates.length > 1)) return 'red'
  if (looks === 1) return 'green'
  const unsettled =
    missed.some(({ verdict }) => verdict === 'not-measured') ||
    lostLevels.length > 0 ||
    (errorRate !== null && errorRate.verdict !== 'no-change-seen')
  const isNarrow = judged.every(({ raw, verdict }) =>
    policy.gate === 'release'
      ? verdict === 'proven' || verdict === 'improved'
      : computeUpperBound(raw.all, raw.spread) < Math.log1p(2 * toleranceOf(policy, raw.metric)),
  )
  return isNarrow && !unsettled ? 'green' : 'open'
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

/** Summarises the control, if one was wanted. */
function summarizeControl(
  { candidates, controls, controlTroubles = [], sessions }: DecideInput,
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

/** What else changed since the newest recorded run; without one, how the control differs, apart from its host. */
function findChanges({ past, control }: Trial, now: HistoryRow): ContextChange[] {
  if (past !== null) return findContextChanges(past.entries.at(-1)!.row, now)
  return findContextChanges(control!.beside.controls[0]!, now).filter(({ what }) => what !== 'host')
}

function countFreshPasses(fresh: HistoryRow | null): number {
  return Math.max(0, ...(fresh?.levels.map((level) => level.passes.length) ?? []))
}

/** Orders by the word, then by how much worse a metric is. */
function compareSeverity(a: Comparison, b: Comparison): number {
  const rank = ({ verdict }: Comparison) => VERDICT_WORDS.indexOf(verdict)
  return rank(a) - rank(b) || (b.worsening ?? 0) - (a.worsening ?? 0)
}

function summaryOf(baseline: Baseline | null, trial: Trial | null, recorded: readonly HistoryEntry[]): BaselineSummary {
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

/** The context that is compared, in the reader's words. Undefined and null: not known. */
const CONTEXT: readonly (readonly [string, (row: HistoryRow) => string | number | null | undefined])[] = [
  ['model', ({ context }) => context.model],
  ['served model', ({ context }) => context.servedModel],
  ['server version', ({ context }) => context.serverVersion],
  ['build', ({ context }) => context.build],
  ['provisioned capacity', ({ context }) => context.provisioned],
  ['region', ({ context }) => context.region],
  ['host', ({ context }) => context.host],
  ['tokens of a request', ({ context }) => context.requestTokens],
  ['load tool', ({ context }) => context.loadTool],
  ['runner', ({ context }) => context.runner.environment],
  ['runner system', ({ context }) => context.runner.os],
  ['runner architecture', ({ context }) => context.runner.arch],
  ['runner CPUs', ({ context }) => context.runner.cpuCount],
  ['Node', ({ context }) => context.node],
  ['token counts from', ({ traits }) => traits.tokenSource],
  ['answers', ({ traits }) => (traits.buffered ? 'in one piece' : 'streamed')],
  ['reasoning', ({ traits }) => (traits.reasoning ? 'yes' : 'no')],
]

/** What differs from an earlier run, where both are known. Never a reason not to compare. */
function findContextChanges(before: HistoryRow, now: HistoryRow): ContextChange[] {
  return CONTEXT.flatMap(([what, pick]) => {
    const old = pick(before) ?? null
    const current = pick(now) ?? null
    if (old === null || current === null || old === current) return []
    return [{ what, before: String(old), now: String(current) }]
  })
}
