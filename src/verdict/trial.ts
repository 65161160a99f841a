import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { Looks, EarlierAttempt, FreshPasses } from '../report/looks.ts'
import type { Settings } from '../settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import type { Verdict, BaselineSummary, VerdictWord } from '../report/verdict.ts'
import { listReadable, pastOf } from './history/past.ts'
import type { Past } from './history/past.ts'
import { findSeriesDifferences } from '../report/series.ts'

/** The settings that the verdict depends on. */
export type DecisionPolicy = Pick<
  Settings,
  | 'gate'
  | 'metrics'
  | 'tolerance'
  | 'falseAlarmRate'
  | 'expectedSpread'
  | 'decision'
  | 'onNotComparable'
  | 'onUnmeasured'
  | 'onSkip'
>

/** How the false-alarm rate is shared among metrics, lost levels and the error rate. */
export const METRICS_SHARE = 0.9

export const LOST_LEVELS_SHARE = 0.05

export const ERROR_RATE_SHARE = 0.05

/** Everything that a verdict depends on: what was measured, at least one candidate, and by what it is judged. */
export interface DecideInput extends Looks {
  /** Null for `baseline: none`. */
  readonly baseline: Baseline | null
  readonly policy: DecisionPolicy
  /** Why the run cannot be used, or null. */
  readonly trouble: 'cancelled' | 'endpoint' | 'run-invalid' | null
  readonly accepted: readonly Acceptance[]
  /** The settings behind `policy` and `limits` as they were given, for the record; default none. */
  readonly decidedBy?: readonly DecidingSetting[]
}

/** What is known before a second look. */
export type ScreenInput = Omit<DecideInput, 'secondLook'>

/** The settings that say which metrics are shown, with which tolerance and spread. */
export type TimelinePolicy = Pick<DecisionPolicy, 'gate' | 'metrics' | 'tolerance' | 'expectedSpread' | 'decision'>

/** A run with what it is compared with: the recorded runs, its control, or both. */
export interface Trial {
  readonly candidates: readonly HistoryRow[]
  /** All recorded runs that can be compared with it. */
  readonly past: Past | null
  readonly control: ControlSide | null
  /** Earlier attempts that count together with this one. */
  readonly earlier: readonly EarlierAttempt[]
}

/** The candidates with a control, and the recorded runs measured beside the same one; without any, the control itself. */
interface ControlSide {
  readonly candidates: readonly HistoryRow[]
  readonly past: Past
  readonly beside: Beside
}

/** The controls of a run. */
export interface Beside {
  /** One for each candidate, in order. */
  readonly controls: readonly HistoryRow[]
  /** Whether both sides were deployed anew for each candidate, so that these are independent. */
  readonly isFresh: boolean
  /** No recorded run was measured beside this control, so the control itself is the baseline. */
  readonly alone: boolean
}

/** Opens the trial of a run; null where there is nothing to compare it with. */
export function openTrial(
  input: Pick<DecideInput, 'candidates' | 'controls' | 'sessions' | 'baseline' | 'earlier'>,
): Trial | null {
  const { candidates, controls = [], sessions, baseline } = input
  const earlier = selectAttempts(input)
  const entries = listReadable(baseline)
  const { series } = candidates[0]!
  const past = pastOf(entries, series)
  const paired = candidates.flatMap((row, i) => {
    const control = controls[i] ?? null
    return control === null ? [] : [{ row, control }]
  })
  const rows = paired.map(({ control }) => control)
  if (rows.length === 0) return past === null ? null : { candidates, past, control: null, earlier }
  const pairs = pastOf(selectPairs(entries, rows[0]!), series)
  const own = pairs ?? pastOf(recordControls(rows), series)
  if (past === null && own === null) return null
  const beside = { controls: rows, isFresh: sessions?.fresh ?? false, alone: pairs === null }
  return {
    candidates,
    past,
    control: own === null ? null : { candidates: paired.map(({ row }) => row), past: own, beside },
    earlier,
  }
}

/** The trial of a run whose figures can be judged; null also for one in trouble, and where the history could not be read. */
export function openUsableTrial(input: ScreenInput): Trial | null {
  return input.trouble !== null || input.baseline?.unreadable != null ? null : openTrial(input)
}

/** The recorded runs measured beside the same control: at the same host and in the same way. */
function selectPairs(entries: readonly HistoryEntry[], control: HistoryRow): HistoryEntry[] {
  return entries.filter((entry) => entry.control !== undefined && isSameControl(entry.control, control))
}

/** Whether two controls were measured in the same way, at the same host, with the same model. */
function isSameControl(a: HistoryRow, b: HistoryRow): boolean {
  const differ = (one: string | null | undefined, other: string | null | undefined) =>
    one != null && other != null && one !== other
  return (
    a.series.key === b.series.key &&
    !differ(a.context.host, b.context.host) &&
    !differ(a.context.model, b.context.model)
  )
}

/** Controls as if they were a recorded run of main, for comparing before there are pairs. */
export function recordControls(controls: readonly HistoryRow[]): HistoryEntry[] {
  const source = { sha: null, ref: null, runId: 'control', attempt: 1, event: 'control', url: null }
  return controls.map((row) => ({ row, control: row, source, verdict: 'no-change-seen', segments: {} }))
}

/** What earlier attempts contribute to one comparison. */
export interface Before {
  /** Their runs, each with its control; null where the comparison has none. */
  readonly runs: readonly FreshPasses[]
  /** The fresh passes of their second looks. */
  readonly fresh: readonly FreshPasses[]
}

/**
 * The earlier attempts that count together with this one: of the same series, not known to be of another build, and
 * equally with or without fresh deployments.
 */
export function selectAttempts({
  candidates,
  sessions,
  earlier = [],
}: Pick<DecideInput, 'candidates' | 'sessions' | 'earlier'>): readonly EarlierAttempt[] {
  const { series, context } = candidates[0]!
  const isFresh = sessions?.fresh === true
  const isSameBuild = (build: string | undefined) =>
    build === undefined || context.build === undefined || build === context.build
  return earlier.filter(
    (attempt) =>
      (attempt.sessions?.fresh === true) === isFresh &&
      attempt.candidates.every((row) => row.series.key === series.key && isSameBuild(row.context.build)),
  )
}

/** The earlier attempts as a verdict keeps them: their verdicts, and which of them count. */
export function summariseAttempts(
  input: Pick<DecideInput, 'candidates' | 'sessions' | 'earlier'>,
): Pick<Verdict, 'earlier'> {
  if (input.earlier === undefined || input.earlier.length === 0) return {}
  const counted = selectAttempts(input)
  return {
    earlier: input.earlier.map((one) => ({
      attempt: one.attempt,
      ...(one.run !== undefined && { run: one.run }),
      verdict: one.verdict,
      isCounted: counted.includes(one),
    })),
  }
}

/**
 * What these attempts contribute to a comparison.
 *
 * @param control of this attempt, where there is one: then only what was measured beside it counts.
 */
export function seeAttempts(attempts: readonly EarlierAttempt[], control: HistoryRow | null): Before {
  const pair = (row: HistoryRow, beside: HistoryRow | null): FreshPasses[] => {
    if (control === null) return [{ row, control: null }]
    return beside !== null && isSameControl(beside, control) ? [{ row, control: beside }] : []
  }
  return {
    runs: attempts.flatMap(({ candidates, controls = [] }) =>
      candidates.flatMap((row, i) => pair(row, controls[i] ?? null)),
    ),
    fresh: attempts.flatMap(({ secondLook }) =>
      typeof secondLook === 'string' ? [] : pair(secondLook.row, secondLook.control),
    ),
  }
}

/** What a verdict says of the control of a run that had one. */
export function summariseControl(
  controls: readonly (HistoryRow | null)[],
  { candidates, controlTroubles = [], sessions }: DecideInput,
  trial: Trial | null,
): Verdict['control'] {
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
export function summaryOf(
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
