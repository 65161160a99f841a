import { generatesTokens } from '../../vocabulary/load.ts'
import { partOf, pluralise } from '../../text.ts'
import { findClientFailure } from '../../vocabulary/failure-classes.ts'
import type { ClientFailure } from '../../vocabulary/failure-classes.ts'
import { formatPercent, formatFigure, TIMING_FLOOR_MS } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { BUFFERED_SHARE, selectCountedRecords, splitBuffered } from '../level/level-run.ts'

// Rules about this machine, its connections and its token. Each returns a sentence with numbers, or null when all is
// well.

/** Above this utilisation the event loop is too busy. */
export const MAXIMUM_UTILIZATION = 0.7
const MAXIMUM_RECONNECTED = 0.05
const MAXIMUM_CONNECTING = 0.5

/**
 * A single such request is enough: a closed loop keeps its connections, so a worker without one stays without, and
 * the level has fewer requests in flight than it says. Every phase counts, because most of them fail before the
 * window.
 */
export function findClientLimit({ runs }: Evidence): string | null {
  const unsent = new Map<string, number>()
  let all = 0
  for (const run of runs) {
    all += run.records.length
    for (const { failure } of run.records) {
      if (findClientFailure(failure) !== null) unsent.set(failure!, (unsent.get(failure!) ?? 0) + 1)
    }
  }
  if (unsent.size === 0) return null
  const parts = [...unsent].map(
    ([failure, count]) => `${partOf(count, all, 'request')}: ${LIMITS[failure as ClientFailure]}`,
  )
  return `This machine ran into a limit of its own (${parts.join('; ')}).`
}

const LIMITS: Readonly<Record<ClientFailure, string>> = {
  client_files: 'too many open files, EMFILE, see `ulimit -n`',
  client_ports: 'no free local port, EADDRNOTAVAIL',
  client_memory: 'no memory or buffers, ENOMEM or ENOBUFS',
}

/**
 * The client's delay is an error of each time stamp: once in TTFT, twice in the span that TPOT divides by its tokens.
 * It must stay below half of the tolerance; for TTFT, 2 ms are always allowed. The p90 of the delay counts: with nine
 * in ten stamps at most that late, a median cannot be off by more. The p99 would condemn correct medians: on a
 * two-core machine with both cores busy, levels within 1 % of the simulator's truth had a p99 delay of 3 ms.
 *
 * The wait in the client before t0 is in none of a request's times, but takes load off the server: its share of the
 * workers' time must stay below half of the tolerance, too. (A p99 of the wait would not do: one stall that 100
 * streams meet once is that p99, but a small share of the window.)
 *
 * While the client stands still, it does not replace answers that end. Such stalls are too few for a percentile of
 * the delay: what counts is how late the ends of answers were read, as a share of their time.
 */
export function findBusyClient({ runs, level, options, answers }: Evidence): string | null {
  if (level.windowSeconds === 0 || level.client === null) return null
  const { byClient } = splitBuffered(runs)
  if (generatesTokens(options.task) && byClient > BUFFERED_SHARE) {
    return `This machine was too busy: it stood still, and read ${formatPercent(byClient)} of the answers in one piece.`
  }
  const { eventLoopUtilization, delayP90Ms } = level.client
  if (eventLoopUtilization > MAXIMUM_UTILIZATION) {
    return `This machine was too busy: the event loop of the client worked for ${formatPercent(eventLoopUtilization)} of the time.`
  }
  const half = options.tolerance / 2
  const { n, queueMs, openMs, lateMs } = answers
  // In an open loop it is in them, and has a rule of its own.
  if (level.open === undefined && queueMs > half * openMs) {
    return `This machine was too busy: requests waited ${formatFigure(queueMs / n)} ms in the client on average, ${formatPercent(queueMs / openMs)} of their time.`
  }
  if (lateMs > half * openMs) {
    return `This machine was too busy: it stood still, and read the end of answers ${formatFigure(lateMs / n)} ms late on average, ${formatPercent(lateMs / openMs)} of their time.`
  }
  const ttft = level.ttftMs?.p50 ?? null
  if (ttft !== null && delayP90Ms > Math.max(TIMING_FLOOR_MS, half * ttft)) {
    return `This machine was too busy: the client's delay of ${formatFigure(delayP90Ms)} ms (p90) is too large for a TTFT of ${formatFigure(ttft)} ms.`
  }
  const tpot = level.tpotMs?.p50 ?? null
  if (tpot === null) return null
  const tokens = answers.medianTokens
  const error = (2 * delayP90Ms) / Math.max(1, tokens - 1)
  if (error <= half * tpot) return null
  return `This machine was too busy: the client's delay of ${formatFigure(delayP90Ms)} ms (p90) is too large for a TPOT of ${formatFigure(tpot)} ms over ${tokens} tokens.`
}

export function findReconnects({ runs, all }: Evidence): string | null {
  let again = 0
  for (const { reconnected } of selectCountedRecords(runs)) if (reconnected) again++
  return again > MAXIMUM_RECONNECTED * all
    ? `${partOf(again, all, 'request')} met a connection that the server had closed.`
    : null
}

/** Each worker needs one connection, an open loop as many as it had at once; more are extra. */
export function findNewConnections({ runs, concurrency }: Evidence): string | null {
  let extra = 0
  let reusable = 0
  for (const { connections, open } of runs) {
    const owed = open?.peakInFlight ?? concurrency
    extra += Math.max(0, connections.opened - owed)
    reusable += Math.max(0, connections.requests - owed)
  }
  if (extra === 0 || extra <= MAXIMUM_CONNECTING * reusable) return null
  return `${partOf(extra, reusable, 'request')} that could have reused a connection opened one.`
}

export function findRenewedTokens({ runs }: Evidence): string | null {
  const refused = runs.reduce((sum, { requestsWithEndedToken }) => sum + requestsWithEndedToken, 0)
  return refused === 0 ? null : `${pluralise(refused, 'request')} met a token that had expired early.`
}
