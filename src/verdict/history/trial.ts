import type { Baseline, HistoryEntry, HistoryRow } from '../../report/history.ts'
import type { EarlierAttempt, FreshPasses } from '../../report/looks.ts'
import type { Verdict, BaselineSummary, VerdictWord } from '../../report/verdict.ts'
import type { DecideInput, ScreenInput } from '../policy.ts'
import { findCurveShape } from '../../metrics/plateau/plateau.ts'
import type { Series } from '../../report/series.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { observeRun, WHOLE_RUN } from './observe.ts'
import type { RunY } from './observe.ts'

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

/** The recorded runs, as far as they could be read. */
export function listReadable(baseline: Baseline | null): readonly HistoryEntry[] {
  return baseline === null || baseline.unreadable !== null ? [] : baseline.entries
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

/** The recorded runs that a run is compared with. */
export interface Past {
  /** Oldest first, at least one. */
  readonly groups: readonly RunGroup[]
  /** Their runs. */
  readonly entries: readonly HistoryEntry[]
  /** The knee of the mean throughput curve; null when it still grows. */
  readonly knee: number | null
}

/** Recorded runs of one workflow run, which share the hour and the machine: one point of the history. */
export interface RunGroup {
  /** At least one, oldest first. */
  readonly entries: readonly HistoryEntry[]
}

/** Older groups add nothing. Counted over all segments together. */
const MOST_GROUPS = 50

/** The recorded runs that can be compared with a series, oldest first. */
export function selectComparableEntries(entries: readonly HistoryEntry[], series: Series): HistoryEntry[] {
  return entries.filter(({ row }) => row.series.key === series.key)
}

/** Keeps the comparable runs, which together with the report give the same comparison again. */
export function narrowBaseline(baseline: Baseline | null, { series }: HistoryRow): Baseline | null {
  const past = pastOf(listReadable(baseline), series)
  return baseline === null || past === null ? null : { ...baseline, entries: past.entries }
}

/** The runs that can be compared with a series, of the newest groups unless all are wanted; null when there are none. */
export function pastOf(recorded: readonly HistoryEntry[], series: Series, most = MOST_GROUPS): Past | null {
  const groups = groupEntries(selectComparableEntries(recorded, series)).slice(-most)
  const entries = groups.flatMap((group) => group.entries)
  const newest = entries.at(-1)
  if (newest === undefined) return null
  // What comes through at a rate is what is sent: where it grows no more the server does not keep up.
  if (isOpenLoop(loadOf(series))) return { groups, entries, knee: null }
  const same = entries.filter(({ row }) => row.throughputMetric === newest.row.throughputMetric)
  return { groups, entries, knee: findHistoryKnee(same.map(({ row }) => observeRun(row, 'plateau-throughput'))) }
}

/** The groups, oldest first, placed by their first run. */
function groupEntries(entries: readonly HistoryEntry[]): RunGroup[] {
  const groups = new Map<string, HistoryEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.source.runId)
    if (group === undefined) groups.set(entry.source.runId, [entry])
    else group.push(entry)
  }
  return [...groups.values()].map((entries) => ({ entries }))
}

/** The levels over which a metric is averaged. */
export interface LevelSet {
  readonly levels: readonly number[]
  /** Whether they form a plateau; null for metrics that have nothing to do with it. */
  readonly ofPlateau: boolean | null
}

/**
 * The knee of the mean throughput curve of recorded runs only, so that no candidate can move it. Null when the curve
 * still grows at its end.
 */
function findHistoryKnee(throughput: readonly RunY[]): number | null {
  const runs = throughput.filter((run) => run.size > 0)
  const levels = pickHeldLevels(runs, listLevels(runs))
  const complete = runs.filter((run) => levels.every((level) => run.has(level)))
  const points = levels.map((concurrency) => {
    // Throughput has s = −1.
    const sum = complete.reduce((sum, run) => sum - run.get(concurrency)!.y, 0)
    return { concurrency, y: sum / complete.length }
  })
  const shape = findCurveShape(points)
  return shape !== null && (shape.reached || shape.falls) ? shape.knee : null
}

/**
 * The levels of a metric. TTFT: up to the knee, above which it is queueing, which throughput shows. Throughput: from
 * the knee on, including collapsed levels, because they matter, too; without a knee, the highest level. All others:
 * all levels.
 */
export function levelSetOf(metric: GatedMetric, runs: readonly RunY[], knee: number | null): LevelSet {
  const { comparedOver, stopsAtKnee } = metricOf(metric)
  if (comparedOver === 'run') return { levels: [WHOLE_RUN], ofPlateau: null }
  const all = listLevels(runs)
  if (comparedOver === 'plateau') {
    const flat =
      knee === null
        ? []
        : pickHeldLevels(
            runs,
            all.filter((level) => level >= knee),
          )
    if (flat.length > 0) return { levels: flat, ofPlateau: true }
    return { levels: pickHeldLevels(runs, all).slice(-1), ofPlateau: false }
  }
  const beforeQueueing = knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all
  return { levels: pickHeldLevels(runs, beforeQueueing), ofPlateau: null }
}

/**
 * Runs that lack a level of the set are left out; where too few would remain, the level that most runs lack is
 * dropped instead. Runs that have none of those that are left say nothing of them: else two runs that have no level in
 * common would leave no level at all.
 */
function pickHeldLevels(all: readonly RunY[], wanted: readonly number[]): number[] {
  const levels = [...wanted]
  const selectSeen = (): RunY[] => all.filter((run) => levels.some((level) => run.has(level)))
  const enough = Math.max(3, selectSeen().length / 2)
  while (levels.length > 0) {
    const runs = selectSeen()
    const complete = runs.filter((run) => levels.every((level) => run.has(level))).length
    if (complete === runs.length || complete >= enough) break
    const lacking = levels.map((level) => runs.filter((run) => !run.has(level)).length)
    levels.splice(lacking.lastIndexOf(Math.max(...lacking)), 1)
  }
  return levels
}

function listLevels(runs: readonly RunY[]): number[] {
  return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b)
}
