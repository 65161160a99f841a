import type { Phase, RequestRecord } from '../metrics/record.ts'
import type { Exchange } from './ports.ts'

/**
 * Output tokens of one request that arrived inside the window. Where every event states a cumulative count, its
 * differences; else the answer's tokens spread evenly over its token events.
 */
export function windowTokens(
  exchange: Exchange,
  window: { readonly startAt: number | null; readonly endAt: number | null },
): { tokens: number; events: number } {
  if (window.startAt === null) return { tokens: 0, events: 0 }
  const end = window.endAt ?? Infinity
  const { tokenAt, tokenCountAt } = exchange
  let events = 0
  let before = 0
  let within = 0
  let counted = true
  for (let i = 0; i < tokenAt.length; i++) {
    const at = tokenAt[i]!
    const count = tokenCountAt[i]!
    if (Number.isNaN(count)) counted = false
    if (at < window.startAt) before = count
    else if (at < end) {
      events++
      within = count
    }
  }
  if (events === 0) return { tokens: 0, events: 0 }
  if (counted) return { tokens: within - before, events }
  return { tokens: (exchange.outputTokens * events) / tokenAt.length, events }
}

/** The record of one finished request, in times relative to its t0. */
export function toRecord(
  exchange: Exchange,
  place: {
    readonly task: { readonly concurrency: number; readonly pass: number }
    readonly worker: number
    readonly phase: Phase
    readonly requestedTokens: number
    readonly sweepStartAt: number
    readonly windowTokens: number
  },
): RequestRecord {
  const since = (at: number | null): number | null => (at === null ? null : at - exchange.startAt)
  const ok = exchange.failure === null
  return {
    requestId: exchange.requestId,
    level: place.task.concurrency,
    pass: place.task.pass,
    worker: place.worker,
    phase: place.phase,
    startMs: exchange.startAt - place.sweepStartAt,
    connectMs: exchange.connectMs,
    queueMs: Math.max(0, exchange.startAt - exchange.turnAt - (exchange.connectMs ?? 0)),
    ttfbMs: since(exchange.headersAt),
    firstEventMs: since(exchange.firstEventAt),
    ttftMs: since(exchange.firstTokenAt),
    ttfoMs: since(exchange.firstTextAt),
    lastTokenMs: since(exchange.lastTokenAt),
    endMs: exchange.endAt - exchange.startAt,
    tpotMs: exchange.tpotMs,
    requestedTokens: place.requestedTokens,
    inputTokens: exchange.inputTokens,
    outputTokens: exchange.outputTokens,
    cachedTokens: exchange.cachedTokens,
    reasoningTokens: exchange.reasoningTokens,
    tokenSource: exchange.tokenSource,
    tokenEvents: exchange.tokenEvents,
    reads: exchange.reads,
    windowTokens: place.windowTokens,
    buffered: exchange.buffered,
    reconnected: exchange.reconnected,
    finishReason: exchange.finishReason,
    servedModel: exchange.servedModel,
    outcome: ok ? 'ok' : 'failed',
    failure: exchange.failure,
    retryAfterMs: exchange.retryAfterMs,
    serverTtftMs: exchange.server?.ttftMs ?? null,
    serverTpotMs: exchange.server?.tpotMs ?? null,
    serverLoadMs: exchange.server?.loadMs ?? null,
  }
}
