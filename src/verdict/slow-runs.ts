import type { HistoryEntry } from '../report/history.ts'
import { mean, sampleStandardDeviation } from '../stats/mean.ts'
import { studentTTail } from '../stats/significance.ts'
import type { RawComparison } from './compare/raw-comparison.ts'

/** A recorded run as all compared metrics show it together. */
interface SeenRun {
  readonly entry: HistoryEntry
  /** By how many standard deviations it is worse than main, on average over the metrics. */
  readonly worse: number
  /** Whether no metric calls it an outlier. */
  readonly isUsual: boolean
}

/** How often runs that are all alike have one that passes for apart from the others. */
const APART_P = 0.05

/** Runs that are alike are no further apart than so many standard deviations, in a metric or on average over all. */
const REACH = 2

/**
 * A recorded run of main that was slow by itself and as this one is: apart from all other runs in what the metrics say
 * together (p < .05/k, by its distance from the others over their own spread), within two standard deviations of this one
 * in this metric, and worse than this one by no more than that on average. What slows a machine
 * slows all metrics, so together they show with one such run what each alone shows with two. Null when there is none.
 */
export function findSlowRun(
  { history, all, spread }: RawComparison,
  compared: readonly RawComparison[],
): HistoryEntry | null {
  const runs = seeRuns(compared)
  const now = mean(compared.map((raw) => measureWorse(raw, raw.all.y)))
  const isAsBad = ({ entry, worse }: SeenRun): boolean =>
    worse <= now + REACH &&
    history.newest.recorded.some(
      (point) => point.entries[0] === entry && Math.abs(point.y - all.y) <= REACH * spread.sd,
    )
  return runs.find((run) => isAsBad(run) && isApart(run, runs))?.entry ?? null
}

/** The runs of the newest segments that all metrics have. */
function seeRuns(compared: readonly RawComparison[]): SeenRun[] {
  const seen = compared.map(
    (raw) =>
      new Map(
        raw.history.newest.recorded.map((point) => [
          point.entries[0]!,
          { worse: measureWorse(raw, point.y), isUsual: raw.history.newest.points.includes(point) },
        ]),
      ),
  )
  return [...seen[0]!.keys()].flatMap((entry) => {
    const figures = seen.flatMap((ofMetric) => ofMetric.get(entry) ?? [])
    if (figures.length < compared.length) return []
    return [{ entry, worse: mean(figures.map(({ worse }) => worse)), isUsual: figures.every(({ isUsual }) => isUsual) }]
  })
}

function measureWorse({ history, spread }: RawComparison, y: number): number {
  return (y - history.newest.centre) / spread.sd
}

/** Whether a run is too far from the others to be one of them: the deleted residual, by Student's distribution. */
function isApart({ entry, worse }: SeenRun, runs: readonly SeenRun[]): boolean {
  const others = runs.flatMap((run) => (run.isUsual && run.entry !== entry ? run.worse : []))
  if (others.length < 2) return false
  const se = sampleStandardDeviation(others) * Math.sqrt(1 + 1 / others.length)
  return studentTTail((worse - mean(others)) / se, others.length - 1) < APART_P / runs.length
}
