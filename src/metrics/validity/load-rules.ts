import { partOf, pluralise } from '../../text.ts'
import { averageThinking } from '../level/conversations.ts'
import { averageOverWindows, countNeededRequests, countRecords, countWhere } from '../level/level-run.ts'
import { formatFigure, formatPercent, isFailing, listFailures, TIMING_FLOOR_MS } from './evidence.ts'
import type { Evidence } from './evidence.ts'

// Rules about the load of a level: whether it was the one that was asked for, and enough of it was answered. Each returns a sentence with
// numbers, or null when all is well.

/** The bounds of the rules; each is a share unless its name says otherwise. */
const MAXIMUM_RATE_LIMITED = 0.01
const MINIMUM_FULL = 0.95
const LITTLES_LAW_TOLERANCE = 0.1
/** With fewer completions, in total or for each worker, the ends of the window alone can make such a difference. */
const LITTLES_LAW_COMPLETIONS = 30
const LITTLES_LAW_COMPLETIONS_A_WORKER = 10

export function findNoSuccess({ level, runs }: Evidence): string | null {
  if (level.requests.ok > 0) return null
  // What a budget left no room for has not failed.
  if (level.requests.failed === 0 && runs.some(({ stopped }) => stopped === 'budget')) return null
  const sent = countRecords(runs)
  if (sent === 0) return 'No request was finished.'
  const all = level.requests.failed || sent
  return `${all === 1 ? 'The one request failed' : `None of ${pluralise(all, 'request')} succeeded`}${listFailures([level])}.`
}

/** Looks at every phase: a level stops at the first refusals, often before its window. */
export function findRefusals({ runs }: Evidence): string | null {
  const all = countRecords(runs)
  const refused = countWhere(runs, ({ failure }) => failure === 'http_429')
  const stopped = runs.some((run) => run.stopped === 'rate-limited')
  return stopped || refused > MAXIMUM_RATE_LIMITED * all
    ? `${partOf(refused, all, 'request', 'was', 'were')} refused with 429.`
    : null
}

export function findErrors(evidence: Evidence): string | null {
  const { level, all } = evidence
  const { ok, failed } = level.requests
  const others = failed - (level.failures['http_429'] ?? 0)
  if (ok === 0 || !isFailing(level.requests)) return null
  if (others === 0 && findRefusals(evidence) !== null) return null
  return `${partOf(failed, all, 'request')} failed (${formatPercent(failed / all)})${listFailures([level])}.`
}

export function findCancelled({ runs }: Evidence): string | null {
  return runs.some((run) => run.stopped === 'cancelled') ? 'The level was cancelled before it ended.' : null
}

export function findTooFew({ level, runs }: Evidence): string | null {
  const neverOpened = runs.some((run) => run.window === null && run.stopped === 'budget' && run.records.length > 0)
  if (level.open !== undefined && neverOpened)
    return 'The window of a pass never opened: when a budget was used up, fewer requests had ended than this load keeps under way where each takes as long as a lone one. The endpoint or this machine carries less.'
  const needed = countNeededRequests(runs[0]!)
  const counts = level.passes.map((pass) => (pass.windowSeconds === 0 ? 0 : pass.requests.ok + pass.requests.failed))
  const fewest = Math.min(...counts)
  return fewest < needed ? `A pass has ${pluralise(fewest, 'counted request')}; ${needed} are needed.` : null
}

/**
 * 95 % of the workers must be busy on average, not all of them for 95 % of the time: with requests of 60 ms one is
 * nearly always between two, and a level of four would never be valid. A worker whose user thinks is not idle.
 */
export function findIdleWorkers({ runs, concurrency, level }: Evidence): string | null {
  if (level.open !== undefined) return null
  if (runs.every((run) => run.window === null)) return null
  const inFlight = averageOverWindows(runs, (run) => run.inFlight)
  const thinking = averageThinking(runs)
  if (inFlight + thinking >= MINIMUM_FULL * concurrency) return null
  return `On average only ${formatFigure(inFlight)} of ${pluralise(concurrency, 'worker')} were busy.`
}

export function checkLittlesLaw({ level, concurrency }: Evidence): string | null {
  // An open loop begins and ends its window with queues of other lengths.
  if (level.open !== undefined) return null
  const { mean, byLittlesLaw } = level.inFlight
  const needed = Math.max(LITTLES_LAW_COMPLETIONS, LITTLES_LAW_COMPLETIONS_A_WORKER * concurrency)
  if (byLittlesLaw === null || mean === null || mean === 0 || level.requests.ok < needed) return null
  if (Math.abs(byLittlesLaw / mean - 1) <= LITTLES_LAW_TOLERANCE) return null
  return `${formatFigure(mean)} requests were in flight, but rate times time says ${formatFigure(byLittlesLaw)}.`
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
export function findCeiling({ level: { open }, all }: Evidence): string | null {
  if (open === undefined) return null
  const n = all + open.dropped
  if (open.waited <= MOST_WAITED * n) return null
  const dropped = open.dropped === 0 ? '' : `, ${open.dropped} were never sent`
  return `${formatPercent(open.waited / n)} of the requests waited for one of ${open.maxInFlight} in flight (\`max-in-flight\`)${dropped}.`
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
