import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { FactsFrom, RequestRecord } from '../vocabulary/request-facts.ts'
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

/** The record of one finished request: times relative to its t0, and that relative to the start of the sweep. */
export function toRecord(exchange: Exchange, place: FactsFrom<'level'>, sweepStartAt: number): RequestRecord {
  return {
    ...place,
    ...takeFacts(exchange),
    startMs: exchange.startAt - sweepStartAt,
    queueMs: Math.max(0, exchange.startAt - exchange.turnAt - (exchange.connectMs ?? 0)),
    outcome: exchange.failure === null ? 'ok' : 'failed',
  }
}

const TAKEN = FACTS_IN_ORDER.filter(({ from }) => from === 'answer' || from === 'wire')

type Taken = Omit<RequestRecord, keyof FactsFrom<'level' | 'record'>>

/** What reader and transport state, as they state it, but for the clock of its times. */
function takeFacts(exchange: Exchange): Taken {
  const stated = exchange as unknown as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    TAKEN.map(({ name, stamp }) => [name, stamp === undefined ? stated[name] : since(stated[stamp] as number | null)]),
  ) as unknown as Taken

  function since(at: number | null): number | null {
    return at === null ? null : at - exchange.startAt
  }
}
