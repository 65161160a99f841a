import { pluralise } from '../../text.ts'
import { formatPercent, formatFigure, TIMING_FLOOR_MS } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import type { OpenFigures } from '../level/level-metrics.ts'
import { selectCountedRecords } from '../level/level-run.ts'
import type { LevelRun } from '../level/level-run.ts'

// What became of the schedule of a level of a rate: its figures, and what makes it another load than the one that was asked for.

/** What the schedules of some passes of a level of a rate came to. */
export function openFiguresOf(runs: readonly LevelRun[]): OpenFigures {
  const passes = runs.flatMap(({ open }) => open ?? [])
  const sum = (count: (pass: (typeof passes)[number]) => number): number =>
    passes.reduce((all, one) => all + count(one), 0)
  return {
    maxInFlight: passes[0]?.maxInFlight ?? 0,
    peakInFlight: Math.max(0, ...passes.map(({ peakInFlight }) => peakInFlight)),
    waited: sum(({ waited }) => waited),
    dropped: sum(({ dropped }) => dropped),
    lagMs: findLag(runs),
  }
}

function findLag(runs: readonly LevelRun[]): OpenFigures['lagMs'] {
  const lags: number[] = []
  for (const { queueMs } of selectCountedRecords(runs.filter(({ window }) => window !== null))) lags.push(queueMs)
  const sorted = Float64Array.from(lags).sort()
  const pick = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!
  return sorted.length === 0 ? null : { p50: pick(0.5), p99: pick(0.99) }
}

/** That more requests came than the server ended. */
export function findOverload({ runs }: Evidence): string | null {
  const overloaded = runs.filter(({ stopped }) => stopped === 'overloaded')
  if (overloaded.length === 0) return null
  const queue = overloaded.find(({ open }) => open?.queue != null)?.open?.queue
  const passes = `in ${overloaded.length} of ${pluralise(runs.length, 'pass', 'passes')}`
  return queue == null
    ? `More requests came than the server ended, ${passes}: ten thousand waited for a connection.`
    : `More requests came than the server ended, ${passes}: in its window the queue grew from ${queue.before} to ${queue.after}.`
}

/** This share of a level's requests may wait for the ceiling. */
const MOST_WAITED = 0.01

/** That the ceiling, and not the schedule, decided when requests were sent. */
export function findCeiling({ level, runs }: Evidence): string | null {
  const { open } = level
  if (open === undefined) return null
  const n = countCounted(runs) + open.dropped
  if (open.waited <= MOST_WAITED * n) return null
  const dropped = open.dropped === 0 ? '' : `, ${open.dropped} were never sent`
  return `${formatPercent(open.waited / n)} of the requests waited for one of ${open.maxInFlight} in flight (\`max-in-flight\`)${dropped}.`
}

function countCounted(runs: readonly LevelRun[]): number {
  let counted = 0
  for (const _ of selectCountedRecords(runs)) counted++
  return counted
}

/** Requests may be this late, however short their times are, because a timer is no finer. In milliseconds. */
const LAG_FLOOR = { p50: TIMING_FLOOR_MS, p99: 10 }

/**
 * That this machine sent requests late. Their times are too long by as much, so the median of the lag must be below half of the
 * tolerance of the median TTFT (latency, without a stream), and its p99 below half of the tolerance of the p99 of these times, or of
 * their median where no p99 is known. What waited for the ceiling is late for another reason.
 */
export function findLateness(evidence: Evidence): string | null {
  const { level, options } = evidence
  const lag = level.open?.lagMs ?? null
  if (lag === null || findCeiling(evidence) !== null) return null
  const time = level.ttftMs ?? level.latencyMs
  const half = options.tolerance / 2
  const isLate =
    lag.p50 > Math.max(LAG_FLOOR.p50, half * (time?.p50 ?? 0)) ||
    lag.p99 > Math.max(LAG_FLOOR.p99, half * (time?.p99 ?? time?.p50 ?? 0))
  return isLate
    ? `This machine sent requests ${formatFigure(lag.p50)} ms (p50) and ${formatFigure(lag.p99)} ms (p99) after they were due.`
    : null
}
