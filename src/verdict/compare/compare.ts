import type { HistoryRow, RowLevel } from '../../report/history.ts'
import type { FreshPasses } from '../../report/looks.ts'
import { mean } from 'simple-statistics'
import { assumeSpread, isLearnt, poolSpread } from '../history/spread.ts'
import { nameLevel, spellLevels, loadOf } from '../../vocabulary/load.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import {
  addRegression,
  isOutsideSeen,
  moveGroup,
  moveRun,
  regressOnControl,
  squareAssumed,
  AS_DEPLOYED,
} from './control.ts'
import type { Beside, Regression, UsedControl } from './control.ts'
import type { Past, MetricHistory } from '../history/past.ts'
import type { Settings } from '../../settings.ts'
import { isMissingByServer } from './failures.ts'
import {
  explainDifference,
  narrowTo,
  WHOLE_RUN,
  observeBeside,
  listLeftOut,
  chooseLevelSet,
} from '../history/observe.ts'
import {
  averageFigure,
  findCommonLevels,
  poolFigures,
  allowForUnlikeness,
  findUnlikeness,
  rateStrainOfFall,
  computeStand,
} from './stand.ts'
import type { MetricChoice, RunY } from '../history/observe.ts'
import type { JointFigure, SeenRow, Stand, Unlikeness } from './stand.ts'
import { completeLike, seeGroups, buildHistory, findSegments, findStandingStep } from '../history/past.ts'
import type { Spread } from '../history/spread.ts'
import type { StepOfMain } from '../../report/verdict.ts'

/** A metric that could not be compared. */
export interface MissedMetric {
  readonly kind: 'missed'
  readonly metric: GatedMetric
  readonly verdict: 'not-measured' | 'not-comparable'
  /** Half a sentence. */
  readonly note: string
  /** Levels missing for reasons other than the server, where these are too many; else none. */
  readonly levelsMissing: readonly number[]
}

/** One metric of a run beside its history, on the scale of y. */
export interface RawComparison {
  readonly kind: 'compared'
  readonly metric: GatedMetric
  readonly levels: readonly number[]
  readonly ofPlateau: boolean | null
  readonly history: MetricHistory
  readonly spread: Spread
  /** Recorded runs that are not used for this metric. */
  readonly leftOut: number
  /**
   * The run itself; the fresh passes of the second look, if it measured this metric; and all passes together. Each
   * includes earlier attempts.
   */
  readonly first: Stand
  readonly fresh: Stand | null
  readonly all: Stand
  /** The run without earlier attempts; null where there were none. */
  readonly own: Stand | null
  /**
   * Set where the run was made at another hour or day than the recorded ones: which, and all passes with the
   * allowance for it.
   */
  readonly unlike: { readonly what: Unlikeness['what']; readonly spread: Spread; readonly all: Stand } | null
  /** y at each level, of all passes together. */
  readonly byLevel: ReadonlyMap<number, number>
  readonly aside: readonly AsideLevel[]
  /** A step of main that should still be mentioned. */
  readonly step: StepOfMain | null
  /**
   * With a control that no recorded run was measured beside: all passes against the runs recorded without it. Null
   * where there are too few.
   */
  readonly inHistory: Stand | null
  /** How the control was used; null where only the history was. */
  readonly control: UsedControl | null
}

/** y at a level that both sides have but that is not compared: throughput below the plateau, TTFT above the knee. */
export interface AsideLevel {
  readonly concurrency: number
  readonly before: number
  readonly now: number
}

/** What earlier attempts contribute to one comparison. */
export interface Before {
  /** Their runs, each with its control; null where the comparison has none. */
  readonly runs: readonly FreshPasses[]
  /** The fresh passes of their second looks. */
  readonly fresh: readonly FreshPasses[]
}

/** What a look needs. */
export interface CompareInput {
  readonly past: Past
  /** At least one; they count as one run. */
  readonly candidates: readonly HistoryRow[]
  readonly fresh: FreshPasses | null
  /** Earlier attempts that count together with them. */
  readonly before: Before
  /** Their controls; null: only the history judges. With controls, `past` holds pairs, or the control itself. */
  readonly beside: Beside | null
  readonly policy: Pick<Settings, 'metrics' | 'decision' | 'expectedSpread'>
  /** The factor on the assumed variance of differences from a control (`rateAssumed`). */
  readonly beyond: number
}

/** Compares one metric; null when neither the history nor the run has it and nobody asked for it. */
export function compareMetric(
  { metric, optional }: MetricChoice,
  input: CompareInput,
): RawComparison | MissedMetric | null {
  const { past, candidates, policy, beside } = input
  const now = input.fresh === null ? candidates[0]! : narrowToFresh(candidates[0]!, input.fresh.row)
  const { seen, difference } = seeGroups(metric, past.groups, now, beside?.controls[0])
  const runs = seen.flatMap((group) => group.runs)
  const set = chooseLevelSet(metric, runs, past.knee)
  const rows = candidates.map((row, i) => seeRow(metric, { row, control: beside?.controls[i] ?? null }, now))
  if (!runs.some((run) => run.size > 0)) {
    if (rows.some(({ run }) => run.size > 0)) {
      // A user who sets objectives for the first time has nothing to compare with, which is no fault.
      if (policy.metrics === 'auto' && metricOf(metric).automatic === 'objectives' && difference === null) return null
      return missMetric(metric, 'not-comparable', difference ?? 'no recorded run has measured it')
    }
    return optional ? null : missMetric(metric, 'not-measured', 'it could not be measured')
  }
  if (set.levels.length === 0)
    return missMetric(
      metric,
      'not-comparable',
      'recorded runs have no usable level in common: measure the default branch again',
    )
  const common = findCommonLevels(set.levels, rows)
  const missing = findMissing(metric, set.levels, common, rows)
  if (missing !== null) return missing

  const fresh = seeFresh(metric, input, now)
  const before = seeBefore(metric, input, now)
  const confirmable = findCommonLevels(common, fresh)
  const repeats = fresh.length > 0 && 2 * confirmable.length >= common.length
  const levels = repeats ? confirmable : common
  const complete = [...rows, ...before.runs].filter(({ run }) => levels.every((level) => run.has(level)))
  const regression =
    beside === null || complete.length === 0
      ? null
      : regressOnControl(metric, {
          seen,
          controls: complete.flatMap(({ control }) => control ?? []),
          levels,
          alone: beside.alone,
        })
  const move = (row: SeenRow): SeenRow =>
    regression === null || row.control === null ? row : { ...row, run: moveRun(row.run, row.control, regression) }
  const moved = rows.map(move)
  const groups = regression === null ? seen : seen.map((group) => moveGroup(group, regression))
  const recorded = findSegments(metric, groups, levels)
  const kind = { isFresh: beside?.isFresh ?? false, complete: (run: RunY) => completeLike(groups, levels, run) }
  const own = averageFigure(levels, moved, kind)
  const figure = averageFigure(levels, [...moved, ...before.runs.map(move)], kind)
  if (recorded === null || figure === null)
    return missMetric(metric, 'not-comparable', 'no recorded run has all levels: measure the default branch again')
  const plain = buildHistory(recorded, policy)
  const history = regression === null ? plain : addRegression(plain, regression)
  const again = repeats ? averageFigure(levels, [...fresh, ...before.fresh].map(move)) : null
  // Beside a control the strain has moved with it, and stands nowhere.
  const minorFall = regression === null ? metricOf(metric).minorFall : null
  const seenNow = [...rows, ...fresh].map(({ row }) => row)
  return compareWith(history, figure, again, {
    metric,
    own: figure.runs === own?.runs ? null : own,
    regression,
    beyond: input.beyond,
    levels: levels.filter((level) => level !== WHOLE_RUN),
    ofPlateau: set.ofPlateau,
    leftOut: past.entries.length - history.runs,
    aside: findAside(levels, history, moved),
    step: recorded.all.length === 1 ? null : findStandingStep(metric, recorded),
    expectedSpread: policy.expectedSpread,
    now: Date.parse(candidates[0]!.startedAt),
    leastWorse: minorFall === null ? 0 : rateStrainOfFall(history, seenNow, minorFall),
  })
}

/** A run without the levels that its fresh passes left out, unless these are most of them: what is compared then is what both show. */
function narrowToFresh(now: HistoryRow, fresh: HistoryRow): HistoryRow {
  const lacking = listLeftOut(fresh)
  if (lacking.length === 0 || 2 * lacking.length >= now.levels.length) return now
  const leaveOut = (level: RowLevel): RowLevel =>
    lacking.includes(level.concurrency) ? { ...level, valid: false, state: 'invalid' } : level
  return { ...now, levels: now.levels.map(leaveOut) }
}

/** A run in one metric, without the levels that its control lacks. */
function seeRow(metric: GatedMetric, { row, control }: FreshPasses, now: HistoryRow): SeenRow {
  const run = observeBeside(row, metric, now)
  if (control === null) return { row, run, control: null }
  const beside = observeBeside(control, metric, now)
  return { row, run: narrowTo(beside, run), control: beside }
}

/** The fresh passes; with a control, only where it was measured again, too. */
function seeFresh(metric: GatedMetric, { fresh, beside }: CompareInput, now: HistoryRow): SeenRow[] {
  if (fresh === null) return []
  if (beside === null) return [seeRow(metric, { row: fresh.row, control: null }, now)]
  return fresh.control === null ? [] : [seeRow(metric, fresh, now)]
}

/** The runs of earlier attempts, without those whose figures mean something else. */
function seeBefore(metric: GatedMetric, { before }: CompareInput, now: HistoryRow): Record<keyof Before, SeenRow[]> {
  const see = (rows: readonly FreshPasses[]) =>
    rows.filter(({ row }) => explainDifference(metric, row, now) === null).map((passes) => seeRow(metric, passes, now))
  return { runs: see(before.runs), fresh: see(before.fresh) }
}

function compareWith(
  history: MetricHistory,
  figure: JointFigure,
  again: JointFigure | null,
  {
    expectedSpread,
    now,
    own,
    regression,
    beyond,
    leastWorse,
    ...about
  }: Pick<RawComparison, 'metric' | 'levels' | 'ofPlateau' | 'leftOut' | 'aside' | 'step'> &
    Pick<Settings, 'expectedSpread'> & {
      readonly now: number
      readonly own: JointFigure | null
      readonly regression: Regression | null
      readonly beyond: number
      /** No p of being worse is below it. */
      readonly leastWorse: number
    },
): RawComparison {
  const assumed = assumeSpread(about.metric, history.segments)
  const ofPairs = assumed.ofPairs * (figure.isFresh ? 1 : AS_DEPLOYED)
  const assumedSd = regression === null ? assumed.ofRuns : Math.sqrt(beyond) * ofPairs
  const spread = poolSpread(history.segments, {
    within: history.within,
    passes: figure.passesOfRun,
    defaultSd: assumedSd,
    expected: expectedSpread,
    ...(figure.isFresh && { sessions: figure.sessions }),
    ...(regression !== null && { assumed: squareAssumed(history, assumedSd), cost: regression.cost }),
  })
  const place = (placed: JointFigure, by = spread): Stand => {
    const stand = computeStand(placed, history, by)
    return { ...stand, worse: Math.max(stand.worse, leastWorse) }
  }
  const first = place(figure)
  const all = again === null ? figure : poolFigures(figure, again)
  const unlikeness = isLearnt(history.groups) ? findUnlikeness(listStarts(history), now) : null
  // The control already accounts for part of the differences between hours and days.
  const wide = allowForUnlikeness(spread, (1 - (regression?.theta ?? 0)) * (unlikeness?.share ?? 1) * assumed.ofRuns)
  return {
    kind: 'compared',
    ...about,
    history,
    spread,
    first,
    fresh: again === null ? null : place(again),
    all: again === null ? first : place(all),
    own: own === null ? null : place(own),
    unlike: unlikeness === null ? null : { what: unlikeness.what, spread: wide, all: place(all, wide) },
    byLevel: all.byLevel,
    inHistory: null,
    control:
      regression === null
        ? null
        : {
            theta: regression.theta,
            pairs: regression.alone ? 0 : history.groups,
            sessions: figure.runs,
            isFresh: figure.isFresh,
            isOutside: isOutsideSeen(about.metric, history, regression),
            assumedSd: ofPairs,
          },
  }
}

/** Other levels that both sides have, each as the mean of its runs. */
function findAside(
  levels: readonly number[],
  { newest }: MetricHistory,
  rows: readonly SeenRow[],
): RawComparison['aside'] {
  const recorded = newest.points.flatMap(({ runs }) => runs)
  const others = new Set(rows.flatMap(({ run }) => [...run.keys()]).filter((level) => !levels.includes(level)))
  return [...others]
    .sort((a, b) => a - b)
    .flatMap((concurrency) => {
      const before = recorded.flatMap((run) => run.get(concurrency)?.y ?? [])
      const now = rows.flatMap(({ run }) => run.get(concurrency)?.y ?? [])
      return before.length === 0 ? [] : [{ concurrency, before: mean(before), now: mean(now) }]
    })
}

/** When the runs behind a comparison started. */
function listStarts({ segments }: MetricHistory): number[] {
  return segments.flat().flatMap(({ entries }) => entries.map(({ row }) => Date.parse(row.startedAt)))
}

/** Whether half of the levels or more are missing for reasons other than the server, or nothing is left at all. */
function findMissing(
  metric: GatedMetric,
  set: readonly number[],
  common: readonly number[],
  rows: readonly SeenRow[],
): MissedMetric | null {
  const missing = set.filter((level) => !common.includes(level))
  if (set.includes(WHOLE_RUN)) {
    if (missing.length === 0) return null
    const isUsable = rows.some(({ row }) => row.levels.some(({ valid }) => valid))
    const why = metricOf(metric).needs === 'slo' ? NOT_KEPT : 'no level is inside the latencies'
    return missMetric(metric, 'not-measured', isUsable ? why : 'no usable level')
  }
  const ours = missing.filter(
    (level) =>
      !isMissingByServer(
        level,
        rows.map(({ row }) => row),
      ),
  )
  if (ours.length > 0 && 2 * ours.length >= set.length) {
    return {
      ...missMetric(metric, 'not-measured', `it could not be measured at ${nameLevels(ours, rows)}`),
      levelsMissing: ours,
    }
  }
  if (common.length > 0) return null
  return missMetric(metric, 'not-measured', `the server does not hold ${nameLevels(missing, rows)}`)
}

const NOT_KEPT = 'the answers do not have the times that `slo` is about'

function nameLevels(levels: readonly number[], rows: readonly SeenRow[]): string {
  const load = loadOf(rows[0]!.row.series)
  return spellLevels(load, levels.map((level) => nameLevel(load, level)).join(', '))
}

function missMetric(metric: GatedMetric, verdict: MissedMetric['verdict'], note: string): MissedMetric {
  return { kind: 'missed', metric, verdict, note, levelsMissing: [] }
}
