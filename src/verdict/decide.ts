import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { ReportLimit } from '../report/run-report.ts'
import { findSeriesDifferences } from '../report/series.ts'
import { loadOf } from '../vocabulary/load.ts'
import { VERDICT_SCHEMA, VERDICT_WORDS } from '../report/verdict.ts'
import type { Comparison, ContextChange, Verdict } from '../report/verdict.ts'
import { selectAttempts, summariseAttempts, openTrial, summaryOf } from './history/past.ts'
import {
  acceptComparisons,
  pickAcceptances,
  conclude,
  pickPolicy,
  describeCompared,
  describeMissed,
} from './conclude.ts'
import type { OverallState, OpenVerdict } from './conclude.ts'
import { judgeMetrics, isScreened } from './judge.ts'
import type { LookCount } from './judge.ts'
import { estimateThresholdAlarmRate, outlookOf } from './false-alarms.ts'
import { judgeLimitsBySpread, judgeLimitsOverAttempts } from './limits/limits-over-runs.ts'
import type { DecideInput, DecisionPolicy } from './policy.ts'
import { findFailures, findLostLevels, levelsOfRise, findLevelsToRepeat, pastOfFailures } from './compare/failures.ts'
import type { Trial } from './history/past.ts'
import { findSlowDrift } from './history/main-steps.ts'
import type { LoadKind } from '../vocabulary/load.ts'
import type { MissedMetric, RawComparison } from './compare/raw-comparison.ts'
import { chooseMetrics } from './observe/observe.ts'
import { ERROR_RATE_SHARE } from './policy.ts'
import { lookAt } from './compare/compare.ts'
import { takeSecondLook, listFillableLevels } from './second-look.ts'

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

/** What a second look must measure; both empty when none is needed. */
interface Screening {
  /** As a comparison names them. */
  readonly metrics: readonly Pick<Comparison, 'metric' | 'ofPlateau'>[]
  readonly levels: readonly number[]
}

/** The first look at a run: every metric, and what needs a second look. */
interface FirstLook {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
  readonly screening: Screening
}

/** What is known before a second look. */
export type ScreenInput = Omit<DecideInput, 'secondLook'>

/** The metrics and levels that look worse, or are missing by accident, and so deserve fresh passes. */
export function screen(input: ScreenInput): Screening {
  const { baseline, policy, trouble } = input
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  return trial === null ? { metrics: [], levels: [] } : takeFirstLook(trial, policy).screening
}

/** Looks at every metric and level once. */
export function takeFirstLook(trial: Trial, policy: DecisionPolicy): FirstLook {
  const { candidates } = trial
  const past = pastOfFailures(trial)
  const compared: RawComparison[] = []
  const missed: MissedMetric[] = []
  for (const choice of chooseMetrics(policy, candidates)) {
    const raw = lookAt(choice, trial, { fresh: null, policy })
    if (raw?.kind === 'compared') compared.push(raw)
    if (raw?.kind === 'missed') missed.push(raw)
  }
  const screened = compared.filter((raw) => isScreened(raw, policy))
  const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)))
  for (const raw of screened) for (const level of levelsOf(raw, candidates)) levels.add(level)
  for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level)
  for (const level of levelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level)
  const screening = {
    metrics: screened.map(({ metric, ofPlateau }) => ({ metric, ofPlateau })),
    levels: [...levels].sort((a, b) => a - b),
  }
  return { compared, missed, screening }
}

/** The levels to repeat for a metric; a figure of the whole run needs all. */
function levelsOf({ levels }: RawComparison, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
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
function summariseControl(
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
