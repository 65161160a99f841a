import { median } from 'simple-statistics'
import { countWhere, selectCountedRecords } from './level-run.ts'
import type { LevelRun, ServerReadings } from './level-run.ts'
import type { ServerSample } from '../../protocol/server-metrics.ts'

/** The server's own figures of a level, shown beside the client's but never gated. Null where it has none. */
export interface ServerSide {
  /** Where they come from: `vLLM`, say, for its metrics, `answers` for what answers state. */
  readonly source: string
  /** Means over all requests of the level, warm-up and tail included; where answers state it, the median of the counted ones. */
  readonly ttftMs: number | null
  readonly tpotMs: number | null
  /** The client's: TTFT over all that had a first token when the load ended, where the server counts those. */
  readonly clientTtftMs: number | null
  readonly clientTpotMs: number | null
  readonly queueMs: number | null
  /** Median of the readings under load. */
  readonly running: number | null
  readonly waiting: number | null
  /** 0 to 1. */
  readonly kvCacheUsage: number | null
  /** Share of the prompt tokens found in the prefix cache. */
  readonly prefixHitShare: number | null
  /** Preemptions per request, over all requests of the level; absent in older reports. */
  readonly preemptions?: number | null
}

/** One time on both sides of the network, in milliseconds. */
interface BothSides {
  readonly serverMs: number
  readonly clientMs: number
}

/** The histograms whose growth over a level gives a mean. */
type HistogramName = 'ttft' | 'tpot' | 'queue'

/** What the client and the answers call these times, and what the client has of cancelled requests, which count where the server counts them. */
const FIELDS = {
  ttft: { client: 'ttftMs', answer: 'serverTtftMs', unfinished: 'cancelledTtft' },
  tpot: { client: 'tpotMs', answer: 'serverTpotMs', unfinished: null },
} as const
type Time = keyof typeof FIELDS

/** The server's side of some passes of one level; null where there is nothing. */
export function summariseServerSide(runs: readonly LevelRun[]): ServerSide | null {
  const read = runs.flatMap(({ server }) => server ?? [])
  const counted = runs.filter(isCounted)
  const counters = counted.map(({ server }) => server!)
  const underLoad = read.flatMap(listUnderLoad)
  const metrics = {
    queueMs: meanMs(counters, 'queue'),
    running: takeMedian(underLoad, 'running'),
    waiting: takeMedian(underLoad, 'waiting'),
    kvCacheUsage: takeMedian(underLoad, 'kvCacheUsage'),
    prefixHitShare: computePrefixHitShare(counters),
    preemptions: countPreemptions(counted),
  }
  const byMetrics = { ttft: meanOfBoth(counted, 'ttft'), tpot: meanOfBoth(counted, 'tpot') }
  const ttft = byMetrics.ttft ?? readStatedByAnswers(runs, 'ttft')
  const tpot = byMetrics.tpot ?? readStatedByAnswers(runs, 'tpot')
  const sources = [
    ...([...Object.values(metrics), ...Object.values(byMetrics)].some((value) => value !== null)
      ? [read[0]!.before.server]
      : []),
    ...(ttft !== byMetrics.ttft || tpot !== byMetrics.tpot ? ['answers'] : []),
  ]
  if (sources.length === 0) return null
  return {
    source: sources.join(' and '),
    ttftMs: ttft?.serverMs ?? null,
    tpotMs: tpot?.serverMs ?? null,
    clientTtftMs: ttft?.clientMs ?? null,
    clientTpotMs: tpot?.clientMs ?? null,
    ...metrics,
  }
}

/** The mean of a time on both sides, over all requests of passes that are `isCounted`; null where the metrics lack it. */
export function meanOfBoth(counted: readonly LevelRun[], time: Time): BothSides | null {
  const serverMs = meanMs(
    counted.map(({ server }) => server!),
    time,
  )
  let sum = 0
  let n = 0
  for (const run of counted) {
    for (const record of run.records) {
      const value = record[FIELDS[time].client]
      if (value === null) continue
      sum += value
      n++
    }
    const { unfinished } = FIELDS[time]
    if (unfinished !== null && countsUnfinished(run)) {
      sum += run[unfinished].sumMs
      n += run[unfinished].n
    }
  }
  return serverMs === null || n === 0 ? null : { serverMs, clientMs: sum / n }
}

/**
 * Most servers count a TTFT at the first token, some at the end of the answer. Their count shows whether requests
 * cancelled in between are included, which waited longest.
 */
function countsUnfinished(run: LevelRun): boolean {
  const theirs = sumGrowth(run.server!, 'ttft').count
  const finished = countWithTtft(run)
  return Math.abs(theirs - finished - run.cancelledTtft.n) < Math.abs(theirs - finished)
}

function countWithTtft(run: LevelRun): number {
  return countWhere([run], ({ ttftMs }) => ttftMs !== null)
}

/** The readings under load; where it was too short for any, the last one, just after an answer ended. */
export function listUnderLoad({ loaded, last }: ServerReadings): readonly ServerSample[] {
  return loaded.length > 0 || last === null ? loaded : [last]
}

/** The median of some readings, without impossible figures. */
export function takeMedian(
  readings: readonly ServerSample[],
  gauge: 'running' | 'waiting' | 'kvCacheUsage',
): number | null {
  const known = readings.flatMap((reading) => reading[gauge] ?? []).filter((value) => value <= MOST_REQUESTS)
  return known.length === 0 ? null : median(known)
}

/** Servers write any number. A time of more than a day, or more requests at once than this, is nonsense. */
const LONGEST_MS = 86_400_000
const MOST_REQUESTS = 1_000_000

/** The medians over counted answers that state the server's own times. */
function readStatedByAnswers(runs: readonly LevelRun[], time: Time): BothSides | null {
  const server: number[] = []
  const client: number[] = []
  for (const record of selectCountedRecords(runs)) {
    const stated = record[FIELDS[time].answer]
    const measured = record[FIELDS[time].client]
    if (record.outcome !== 'ok' || measured === null || stated === null || !(stated >= 0 && stated <= LONGEST_MS))
      continue
    server.push(stated)
    client.push(measured)
  }
  return server.length === 0 ? null : { serverMs: median(server), clientMs: median(client) }
}

/**
 * What a histogram gained from before the level until its requests were cancelled, or until after it where that was
 * not read. A missing histogram counts as 0.
 */
function sumGrowth({ before, last, after }: ServerReadings, name: HistogramName): { sumMs: number; count: number } {
  const end = last ?? after
  return {
    sumMs: 1000 * ((end[name]?.sumSeconds ?? 0) - (before[name]?.sumSeconds ?? 0)),
    count: (end[name]?.count ?? 0) - (before[name]?.count ?? 0),
  }
}

/** Whether a counter fell within the level. */
export function hasRestarted({ before, last, after }: ServerReadings): boolean {
  return hasFallen(before, after) || (last !== null && (hasFallen(before, last) || hasFallen(last, after)))
}

function hasFallen(earlier: ServerSample, later: ServerSample): boolean {
  return (
    (['ttft', 'tpot', 'queue'] as const).some((name) => (later[name]?.count ?? 0) < (earlier[name]?.count ?? 0)) ||
    (later.prefixQueries ?? 0) < (earlier.prefixQueries ?? 0) ||
    (later.preemptions ?? 0) < (earlier.preemptions ?? 0)
  )
}

/** The share by which the requests that the server counted may differ from ours. */
const COUNTS_DIFFER = 0.2

/**
 * Whether the server's counters grew by this level's requests and hardly by others. Cancelled requests may count.
 * With several servers behind one address, the counters may show only part of them.
 */
export function isCounted(run: LevelRun): boolean {
  if (run.server === null || hasRestarted(run.server)) return false
  const byTtft = run.server.after.ttft !== null
  if (!byTtft && run.server.after.queue === null) return true
  const theirs = sumGrowth(run.server, byTtft ? 'ttft' : 'queue').count
  const ours = byTtft ? countWithTtft(run) : run.records.length
  const cancelled = run.connections.requests - run.records.length
  return theirs >= (1 - COUNTS_DIFFER) * ours && theirs <= (1 + COUNTS_DIFFER) * ours + cancelled
}

function meanMs(readings: readonly ServerReadings[], name: HistogramName): number | null {
  let sum = 0
  let n = 0
  for (const reading of readings) {
    const { sumMs, count } = sumGrowth(reading, name)
    sum += sumMs
    n += count
  }
  return n > 0 && sum >= 0 && sum <= n * LONGEST_MS ? sum / n : null
}

function computePrefixHitShare(readings: readonly ServerReadings[]): number | null {
  let hits = 0
  let queries = 0
  for (const { before, after } of readings) {
    if (after.prefixQueries === null || after.prefixHits === null) continue
    queries += after.prefixQueries - (before.prefixQueries ?? 0)
    hits += after.prefixHits - (before.prefixHits ?? 0)
  }
  return queries > 0 ? Math.min(1, Math.max(0, hits / queries)) : null
}

/** Preemptions for each request that was sent; null where no reading has them. */
function countPreemptions(counted: readonly LevelRun[]): number | null {
  let preemptions = 0
  let requests = 0
  for (const { server, connections } of counted) {
    const { before, after } = server!
    if (after.preemptions === null) continue
    preemptions += after.preemptions - (before.preemptions ?? 0)
    requests += connections.requests
  }
  return requests > 0 && preemptions <= requests * MOST_PREEMPTIONS ? preemptions / requests : null
}

/** More preemptions a request than this cannot be true. */
const MOST_PREEMPTIONS = 1_000
