import type { HistoryEntry, HistoryRow } from '../../report/history.ts'
import { testBinomialGreater } from '../../stats/hypothesis-tests.ts'
import { mean } from '../../stats/mean.ts'
import { studentTCdf, studentTTail } from '../../stats/significance.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { averageOver, averagePasses, chooseMetrics, explainDifference, observe } from '../observe/observe.ts'
import { pastOf } from '../history/past.ts'
import type { DecisionPolicy } from '../policy.ts'
import { historyOf, recallSegments } from '../history/segments.ts'
import { isLearnt, spreadOfHistory } from '../history/spread.ts'
import { standOf } from '../compare/stand.ts'

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
  const past = pastOf(before, row.series)
  if (past === null) return []
  return chooseMetrics(policy, [row]).flatMap(({ metric }) => {
    const recorded = recallSegments(metric, past, row)
    const run = observe(row, metric)
    if (recorded === null || recorded.levels.some((level) => !run.has(level))) return []
    if (explainDifference(metric, past.entries.at(-1)!.row, row) !== null) return []
    const history = historyOf(recorded, policy)
    if (!isLearnt(history.groups)) return []
    const spread = spreadOfHistory(metric, history, averagePasses(run, recorded.levels).length, policy)
    const { d, se } = standOf({ y: averageOver(run, recorded.levels), runs: 1 }, history, spread).newest
    // The probability of lying above a mean of k points that is itself too low by two of its standard errors.
    const lean = studentTCdf(2 / Math.sqrt(history.newest.points.length), spread.degrees)
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
