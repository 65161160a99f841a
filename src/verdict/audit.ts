import type { HistoryEntry, HistoryRow, Release } from '../report/history.ts'
import type { SlowDrift } from '../report/verdict.ts'
import { studentTTail, rejectByHolm, testBinomialGreater } from '../stats/chance.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { splitSpread, FRESH_SESSIONS, listRemedies } from './spread-components.ts'
import type { SpreadComponents, Remedy } from './spread-components.ts'
import {
  averageOver,
  averagePasses,
  chooseMetrics,
  countFewestPasses,
  explainDifference,
  observeRun,
  WHOLE_RUN,
} from './history/observe.ts'
import { pickPast, buildHistory, segmentPast, findSlowDrift, listSteps } from './history/past.ts'
import type { LevelSet } from './history/observe.ts'
import type { Past, RunGroup, GroupPoint, MetricHistory, RecordedSegments, MainStep } from './history/past.ts'
import { METRICS_SHARE } from '../report/verdict.ts'
import type { DecisionPolicy } from './look.ts'
import {
  findInflation,
  isTrimmed,
  estimateSpread,
  groupByDay,
  HOUR_MS,
  isLearnt,
  listYs,
  assumeSpread,
  poolHistorySpread,
  poolSquares,
} from './history/spread.ts'
import { findSmallestVisible, findUnlikeness, computeStand } from './compare/stand.ts'
import type { Spread } from './history/spread.ts'
import { mean } from 'simple-statistics'

/** What a history shows about the gate that uses it. */
export interface Audit {
  readonly name: string
  /** Runs that are comparable with the newest, and the groups that they form. */
  readonly runs: number
  readonly groups: number
  /** Runs judged against all others of their segment, and those that a first look would have called worse. */
  readonly judged: number
  readonly alarms: number
  readonly promisedAlarmRate: number
  readonly metrics: readonly MetricAudit[]
  /** Where main moved, oldest first. */
  readonly steps: readonly MainStep[]
  readonly recordedAt: RecordedAt
  /** The number of sessions that the remedy `sessions` stands for. */
  readonly freshSessions: number
  /** Slow drift, under the name that the JSON of an audit has for it. Null where it was not asked for. */
  readonly drift: SlowDrift | null
}

/** When the points of a history were recorded. */
export interface RecordedAt {
  readonly days: number
  /** Hours of the day, UTC, ascending. */
  readonly hours: readonly number[]
}

/** One metric of the audit. Spreads are standard deviations on the log scale; changes are fractions. */
export interface MetricAudit {
  readonly metric: GatedMetric
  /** Whether throughput is that of a plateau; null for all else. */
  readonly ofPlateau: boolean | null
  readonly levels: readonly number[]
  /** Groups of the newest segment, and all segments. */
  readonly groups: number
  readonly segments: number
  readonly causes: SpreadComponents
  /** The spread of the points before the newest, and that which counts now, where the newest spread more; else null. */
  readonly grown: { readonly before: number; readonly now: number } | null
  readonly smallestVisible: number
  readonly tolerance: number
  /** What would make smaller changes visible. */
  readonly remedies: readonly Remedy[]
}

/** One metric of the history, ready to be tested against itself. */
interface Audited {
  readonly metric: GatedMetric
  readonly levels: readonly number[]
  readonly recorded: RecordedSegments & LevelSet
  readonly history: MetricHistory
  readonly passes: number
}

/**
 * Replays the runs of the newest series: each group, outliers included, is judged against all others of its segment,
 * as if it came last (leave-one-out). Null when nothing was recorded.
 *
 * @param release from which slow drift is counted; null: not at all.
 */
export function auditHistory(
  entries: readonly HistoryEntry[],
  policy: DecisionPolicy,
  release: Release | null = null,
): Audit | null {
  const newest = entries.at(-1)
  const past = newest === undefined ? null : pickPast(entries, newest.row.series)
  if (newest === undefined || past === null) return null
  const audited = chooseMetrics(policy, [newest.row]).flatMap(({ metric }) => selectAuditable(metric, past, policy))
  const judged = past.groups.filter((group) => audited.some((each) => othersOf(group, each, policy) !== null))
  return {
    name: newest.row.series.name,
    runs: past.entries.length,
    groups: past.groups.length,
    judged: judged.length,
    alarms: judged.filter((group) => isAlarm(group, audited, policy)).length,
    promisedAlarmRate: policy.falseAlarmRate,
    metrics: audited.map((each) => auditMetric(each, audited.length, policy)),
    steps: audited
      .flatMap(({ metric, recorded }) => listSteps(metric, recorded, recorded.ofPlateau))
      .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)),
    recordedAt: findTimes(past.groups),
    freshSessions: FRESH_SESSIONS,
    drift: release === null ? null : findSlowDrift(entries, release, newest.row.series, policy),
  }
}

function selectAuditable(metric: GatedMetric, past: Past, policy: DecisionPolicy): Audited[] {
  const recorded = segmentPast(metric, past, past.entries.at(-1)!.row)
  if (recorded === null) return []
  const { levels } = recorded
  const passes = countFewestPasses(recorded.all.flat(), levels)
  return [{ metric, levels, recorded, history: buildHistory(recorded, policy), passes }]
}

/**
 * The history without a group, with that group's segment as the newest; null when the group is not in it, or alone in
 * its segment.
 */
function othersOf(
  group: RunGroup,
  { recorded }: Audited,
  policy: DecisionPolicy,
): { point: GroupPoint; rest: MetricHistory } | null {
  const own = recorded.all.find((segment) => segment.some((point) => point.entries === group.entries))
  const point = own?.find((point) => point.entries === group.entries)
  if (own === undefined || point === undefined || own.length < 2) return null
  const all = [...recorded.all.filter((segment) => segment !== own), own.filter((other) => other !== point)]
  return { point, rest: buildHistory({ ...recorded, all, provisional: false }, policy) }
}

/** Whether a first look would have called this group worse than the others. */
function isAlarm(group: RunGroup, audited: readonly Audited[], policy: DecisionPolicy): boolean {
  const stands = audited.flatMap((each) => {
    const found = othersOf(group, each, policy)
    if (found === null) return []
    const spread = poolHistorySpread(each.metric, found.rest, each.passes, policy)
    return {
      metric: each.metric,
      stand: computeStand({ y: found.point.y, runs: found.point.ys.length, isFresh: false }, found.rest, spread),
    }
  })
  const over = stands.map(({ metric, stand }) => stand.least >= Math.log1p(toleranceOf(policy, metric)))
  if (policy.decision === 'threshold') return over.includes(true)
  const significant = rejectByHolm(
    stands.map(({ stand }) => stand.worse),
    METRICS_SHARE * policy.falseAlarmRate,
  )
  return significant.some((is, i) => is && over[i]!)
}

function auditMetric(each: Audited, family: number, policy: DecisionPolicy): MetricAudit {
  const { metric, recorded, history, levels, passes } = each
  const { points } = history.newest
  const tolerance = toleranceOf(policy, metric)
  const spread = poolHistorySpread(metric, history, passes, policy)
  const { se } = computeStand({ y: history.newest.centre, runs: 1, isFresh: false }, history, spread).newest
  const causes = splitSpread(metric, history.segments, levels, recorded.within)
  const alpha = policy.decision === 'threshold' ? 0.5 : (METRICS_SHARE * policy.falseAlarmRate) / family
  const isTested = policy.decision === 'statistical'
  const seeWider =
    (wider: number) =>
    (variance: number, degrees: number): number =>
      findSmallestVisible(Math.sqrt(variance) * wider, degrees, { alpha, tolerance, trimmed: isTested && wider > 1 })
  const see = seeWider(history.wider)
  return {
    metric,
    ofPlateau: recorded.ofPlateau,
    levels: levels.filter((level) => level !== WHOLE_RUN),
    groups: points.length,
    segments: history.segments.length,
    causes,
    grown: spread.before === null ? null : { before: spread.before, now: spread.sd },
    smallestVisible: findSmallestVisible(se, spread.degrees, {
      alpha,
      tolerance,
      trimmed: isTested && history.trimmed,
    }),
    tolerance,
    remedies: listRemedies({
      metric,
      spread,
      twice: spreadOfTwice(each, spread, policy),
      causes,
      ofMean: (se / spread.sd / history.wider) ** 2 - 1,
      passes,
      narrow: isLearnt(history.groups) ? findNarrowness(points) : 0,
      see,
      seeTwice: seeWider(Math.max(history.wider, findInflation(isTrimmed([...points, ...points]), false))),
    }),
  }
}

/** The spread if the newest segment had twice as many groups that spread like the others. */
function spreadOfTwice({ metric, history, passes }: Audited, now: Spread, policy: DecisionPolicy): Spread {
  const degrees = poolSquares(history.segments.map(listYs)).degrees + history.newest.points.length
  const variance = (now.observed ?? now.sd) ** 2
  return estimateSpread(
    { squares: variance * degrees, degrees },
    {
      within: history.within,
      passes,
      defaultSd: assumeSpread(metric, history.segments).ofRuns,
      expected: policy.expectedSpread,
    },
  )
}

/** The largest share of the assumed spread that would be added for a run at any hour of a later day. */
function findNarrowness(points: readonly GroupPoint[]): number {
  const starts = points.map(({ at }) => at)
  const last = Math.max(...starts)
  return Math.max(...HOURS.map((hour) => findUnlikeness(starts, last + (24 + hour) * HOUR_MS)?.share ?? 0))
}

function findTimes(groups: readonly RunGroup[]): RecordedAt {
  const starts = groups.map(({ entries }) => Date.parse(entries[0]!.row.startedAt))
  const days = groupByDay(starts.map((at) => ({ y: 0, at }))).length
  const hours = [...new Set(starts.map((at) => new Date(at).getUTCHours()))].sort((a, b) => a - b)
  return { days, hours }
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

/** How runs of pull requests compare with the recorded runs before them: shown, but never part of a verdict. */
export interface PullRuns {
  /**
   * Runs that were placed, and those that were not: of another series, recorded on main, or too early for a useful
   * history.
   */
  readonly placed: number
  readonly leftOut: { readonly otherSeries: number; readonly ofMain: number; readonly tooEarly: number }
  readonly metrics: readonly PlacedMetric[]
}

/** The distribution of one metric of these runs about main, in standard errors of one run of unchanged code. */
export interface PlacedMetric {
  readonly metric: GatedMetric
  /** Within one standard error, two, three, and beyond: only the last look changed. */
  readonly counts: readonly [number, number, number, number]
  /** Of those that do not look changed, how many are worse than main. */
  readonly worse: number
  /** How they differ from runs of main beyond chance. */
  readonly differs: readonly Unlike[]
}

/** Wider than promised in the middle, or in the tail; worse or better more often than not. */
export type Unlike = 'wider' | 'tails' | 'worse' | 'better'

/** Two-sided p at one, two and three standard errors of a normal variable: what unchanged code promises. */
const PROMISED_BEYOND = [0.3173, 0.0455, 0.0027] as const
/** How often each of the four tests of a metric may be wrong. */
const SURE = 0.005

/** Where one run lies: two-sided p, the side, and how likely chance would put it there. */
interface RunPlace {
  readonly p: number
  readonly worse: boolean
  readonly lean: number
}

/** Places the runs that can be compared with the newest recorded one; `rows` may be in any order. */
export function placeRuns(
  rows: readonly HistoryRow[],
  entries: readonly HistoryEntry[],
  policy: DecisionPolicy,
): PullRuns {
  const series = entries.at(-1)?.row.series.key
  const recorded = new Set(entries.map(({ row }) => row.startedAt))
  const leftOut = { otherSeries: 0, ofMain: 0, tooEarly: 0 }
  const ps = new Map<GatedMetric, RunPlace[]>()
  let placed = 0
  for (const row of rows) {
    if (row.series.key !== series) leftOut.otherSeries++
    else if (recorded.has(row.startedAt)) leftOut.ofMain++
    else {
      const before = entries.filter((entry) => Date.parse(entry.row.startedAt) < Date.parse(row.startedAt))
      const found = placeRun(row, before, policy)
      if (found.length === 0) leftOut.tooEarly++
      else placed++
      for (const { metric, ...place } of found) ps.set(metric, [...(ps.get(metric) ?? []), place])
    }
  }
  return { placed, leftOut, metrics: [...ps].map(([metric, places]) => countPlaces(metric, places)) }
}

/** Where a run lies in each metric whose history is long enough to tell without assumptions. */
function placeRun(row: HistoryRow, before: readonly HistoryEntry[], policy: DecisionPolicy) {
  const past = pickPast(before, row.series)
  if (past === null) return []
  return chooseMetrics(policy, [row]).flatMap(({ metric }) => {
    const recorded = segmentPast(metric, past, row)
    const run = observeRun(row, metric)
    if (recorded === null || recorded.levels.some((level) => !run.has(level))) return []
    if (explainDifference(metric, past.entries.at(-1)!.row, row) !== null) return []
    const history = buildHistory(recorded, policy)
    if (!isLearnt(history.groups)) return []
    const spread = poolHistorySpread(metric, history, averagePasses(run, recorded.levels).length, policy)
    const { d, se } = computeStand({ y: averageOver(run, recorded.levels), runs: 1 }, history, spread).newest
    // The probability of lying above a mean of k points that is itself too low by two of its standard errors.
    const lean = studentTTail(-2 / Math.sqrt(history.newest.points.length), spread.degrees)
    return { metric, p: 2 * studentTTail(Math.abs(d) / se, spread.degrees), worse: d > 0, lean }
  })
}

function countPlaces(metric: GatedMetric, places: readonly RunPlace[]): PlacedMetric {
  const [one, two, three] = PROMISED_BEYOND
  const unchanged = places.filter(({ p }) => p > three)
  const countBeyond = (limit: number): number => unchanged.filter(({ p }) => p <= limit).length
  const n = unchanged.length
  const worse = unchanged.filter((place) => place.worse).length
  const lean = mean(places.map((place) => place.lean))
  // Expected shares beyond one and two standard errors, given that it is within three.
  const isMore = (hits: number, chance: number): boolean => testBinomialGreater({ hits, n }, chance) < SURE
  const differs: (Unlike | null)[] = [
    isMore(countBeyond(one), (one - three) / (1 - three)) ? 'wider' : null,
    isMore(countBeyond(two), (two - three) / (1 - three)) ? 'tails' : null,
    isMore(worse, lean) ? 'worse' : null,
    isMore(n - worse, lean) ? 'better' : null,
  ]
  return {
    metric,
    counts: [n - countBeyond(one), countBeyond(one) - countBeyond(two), countBeyond(two), places.length - n],
    worse,
    differs: differs.filter((each) => each !== null),
  }
}
