import { partOf, pluralise } from '../../text.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import { formatPercent, formatFigure } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { medianOf } from '../../vocabulary/metrics.ts'
import type { LevelRun, ServerReadings } from '../level/level-run.ts'
import { hasRestarted, isCounted, listUnderLoad, meanOfBoth, takeMedian } from '../level/server-side.ts'
import { median } from 'simple-statistics'
import type { Finding } from '../findings.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'

// What the server did meanwhile, as its own metrics, the gateways in front of it and the course of its answers tell: a sentence with
// numbers each, or null when all is well.

/**
 * The client's TTFT may be half as much above the server's, and below it by what slightly different sets of requests
 * differ by: some answers end while the server is read.
 */
const ABOVE = 1.5
const BELOW = 0.8
/** Smaller differences are neither a proxy nor another server. */
const FLOOR_MS = 5

/**
 * Finds other load on the server: in at least two of three readings, before, under and after a pass's load, it has
 * over one request more than we sent. (Without metrics, the sentinel may show it.) A server may count each of the
 * `sequences` of a request (vLLM does for embeddings).
 */
export function findForeignLoad({ runs, options }: Evidence): string | null {
  const { sequences = 1 } = options
  for (const run of runs) {
    const strangers = run.server === null ? [] : countStrangers(run, run.server, sequences)
    if (strangers.length >= 2) {
      return `In ${strangers.length} readings around a pass the server had more requests than this run had sent, up to ${formatFigure(Math.max(...strangers))} more.`
    }
  }
  return null
}

/** How many requests each reading has beyond ours. */
function countStrangers(run: LevelRun, server: ServerReadings, sequences: number): number[] {
  const { before, after } = server
  // Cancelled requests are still ours: a server need not notice at once that a client has gone.
  const cancelled = run.connections.requests - run.records.length
  const underLoad = listUnderLoad(server)
  const loaded = { running: takeMedian(underLoad, 'running'), waiting: takeMedian(underLoad, 'waiting') }
  const readings = [
    { sample: before, ours: 0 },
    { sample: loaded, ours: run.open?.peakInFlight ?? run.concurrency },
    { sample: after, ours: cancelled },
  ]
  return readings.flatMap(({ sample: { running, waiting }, ours }) => {
    const strangers = (running ?? 0) + (waiting ?? 0) - ours * sequences
    return strangers > 1 ? [strangers] : []
  })
}

/**
 * Compares TTFT on both sides: a difference comes from the network or a proxy, or the requests are not the same. This
 * machine's own delay does not count.
 */
export function compareTtft({ runs, level }: Evidence): string | null {
  if (level.server === undefined) return null
  const counted = runs.filter(isCounted)
  const ttft = meanOfBoth(counted, 'ttft')
  if (ttft === null) return null
  const { clientMs, serverMs } = ttft
  if (Math.abs(clientMs - serverMs) <= FLOOR_MS) return null
  if (clientMs >= BELOW * serverMs && clientMs <= ABOVE * serverMs) return null
  if (clientMs > serverMs && clientMs - meanStallMs(counted) <= Math.max(ABOVE * serverMs, serverMs + FLOOR_MS))
    return null
  const both = `TTFT is ${formatFigure(clientMs)} ms on average for the client and ${formatFigure(serverMs)} ms for the server`
  return clientMs > serverMs
    ? `${both}: ${formatFigure(clientMs - serverMs)} ms are spent before its clock starts or after the token has left it.`
    : `${both}: that cannot be the same requests.`
}

/** How much the mean TTFT can be too long because this machine stood still. */
function meanStallMs(runs: readonly LevelRun[]): number {
  let sum = 0
  let n = 0
  for (const { records } of runs) {
    for (const { ttftMs, stallMs } of records) {
      if (ttftMs === null) continue
      sum += stallMs
      n++
    }
  }
  return n === 0 ? 0 : sum / n
}

/** Finds counters that fell, although they can only grow. */
export function findRestarts({ runs }: Pick<Evidence, 'runs'>): string | null {
  const fallen = runs.filter(({ server }) => server !== null && hasRestarted(server)).length
  return fallen === 0
    ? null
    : `Counters of the server fell in ${fallen} of ${pluralise(runs.length, 'pass', 'passes')}.`
}

/** Answers from a cache or a fallback are not the model's: above this share, the gateway is what is measured. */
const MAXIMUM_GATEWAY_SHARE = 0.01

/** Whole answers from a cache; null when they are too few to matter. */
export function findCachedAnswers({ runs }: Pick<Evidence, 'runs'>): string | null {
  const { cached, all, who } = countsOf(runs)
  return cached > MAXIMUM_GATEWAY_SHARE * all ? `${who} answered ${partOf(cached, all, 'request')} from a cache.` : null
}

/** Requests that went elsewhere; null when they are too few to matter. */
export function findFallbacks({ runs }: Pick<Evidence, 'runs'>): string | null {
  const { fellBack, all, who } = countsOf(runs)
  return fellBack > MAXIMUM_GATEWAY_SHARE * all
    ? `${who} sent ${partOf(fellBack, all, 'request')} to a fallback.`
    : null
}

/** Requests that a gateway repeated: each one hides a failure. */
export function findRetries({ runs }: Pick<Evidence, 'runs'>): string | null {
  const { retried, all, who } = countsOf(runs)
  return retried > 0 ? `${who} repeated ${partOf(retried, all, 'request')}.` : null
}

function countsOf(runs: readonly LevelRun[]) {
  const counts = { retried: 0, cached: 0, fellBack: 0, all: 0 }
  const names = new Set<string>()
  for (const { gateway, records } of runs) {
    counts.retried += gateway.retried
    counts.cached += gateway.cached
    counts.fellBack += gateway.fellBack
    counts.all += records.length
    for (const name of gateway.names) names.add(name)
  }
  return { ...counts, who: names.size === 0 ? 'A gateway or cache' : [...names].join(' and ') }
}

/** Requests that each half of a window needs before drift is looked for. */
const MINIMUM_IN_HALF = 8
/** The change that counts, and how many standard errors it must exceed. */
const CHANGE = Math.log(1.1)
const STANDARD_ERRORS = 4

/** That requests became slower or faster in the course of the window. */
export function findDrift({ runs, options }: Evidence): string | null {
  // What a trace asks for changes from one half to the other.
  if (runs.some(({ open }) => open?.trace !== undefined)) return null
  const { fact, label } = medianOf(generatesTokens(options.task) ? 'tpot' : 'latency')
  const change = measureDrift(runs, fact)
  if (change === null) return null
  return `${label} was ${formatPercent(Math.abs(change))} ${change > 0 ? 'higher' : 'lower'} in the second half of the window.`
}

/**
 * The relative change from the first to the second half of the window, or null when there is none to speak of.
 *
 * Neighbouring requests are correlated, so a plain test of two halves would alarm far too often. Drift needs the
 * medians of the halves to differ in every pass by more than 10 %, all in one direction, and by more than four robust
 * standard errors (1.2533 · 1.4826 · MAD / √n each). Warming up, throttling and autoscaling are larger, and repeat.
 */
function measureDrift(runs: readonly LevelRun[], time: 'tpotMs' | 'lastTokenMs'): number | null {
  const changes = runs.filter((run) => run.window !== null).map((run) => computeChange(run, time))
  const first = changes[0]
  if (first === undefined) return null
  let sum = 0
  for (const change of changes) {
    if (change === null || Math.sign(change) !== Math.sign(first!)) return null
    sum += change
  }
  return Math.expm1(sum / changes.length)
}

/** ln of second half over first half of one pass, or null when it is too small or too uncertain. */
function computeChange(run: LevelRun, time: 'tpotMs' | 'lastTokenMs'): number | null {
  const middle = (run.window!.startMs + run.window!.endMs) / 2
  const halves: [number[], number[]] = [[], []]
  for (const record of run.records) {
    if (record.phase !== 'counted' || record.outcome !== 'ok') continue
    const value = record[time]
    if (value !== null && value > 0) halves[centreOf(record) < middle ? 0 : 1].push(Math.log(value))
  }
  const [first, second] = halves
  if (first.length < MINIMUM_IN_HALF || second.length < MINIMUM_IN_HALF) return null
  const change = median(second) - median(first)
  const error = Math.hypot(errorOfMedian(first), errorOfMedian(second))
  return Math.abs(change) > CHANGE && Math.abs(change) > STANDARD_ERRORS * error ? change : null
}

/** The middle of a request, about which a long one says most. */
function centreOf(record: RequestRecord): number {
  return record.startMs + record.endMs / 2
}

function errorOfMedian(values: number[]): number {
  const centre = median(values)
  const spread = median(values.map((value) => Math.abs(value - centre)))
  return (1.2533 * 1.4826 * spread) / Math.sqrt(values.length)
}

/** The sentinel may move by this share. */
const SENTINEL_DRIFT = 0.15

/**
 * A finding where the same single request became faster or slower during the run; `readings` are its times in
 * milliseconds.
 */
export function findSentinelDrift(readings: readonly number[]): Finding[] {
  if (readings.length < 2) return []
  const low = Math.min(...readings)
  const high = Math.max(...readings)
  if (high <= low * (1 + SENTINEL_DRIFT)) return []
  const shown = readings.map((value) => `${formatFigure(value)} ms`).join(', ')
  return [{ code: 'sentinel-drift', message: `A single request took ${shown} in the course of the run.` }]
}
