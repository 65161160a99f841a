import { FACTS_IN_ORDER } from '../../vocabulary/request-facts.ts'
import type { FactsFrom, RequestRecord } from '../../vocabulary/request-facts.ts'
import type { Exchange } from '../ports.ts'

/**
 * The record of one finished request: times relative to its t0 (in an open loop to when it was due), and that relative to
 * the start of the sweep. Facts are computed on access, because most records are packed at once and never used again.
 * They are getters, which a spread does not copy.
 */
export function toRecord(exchange: Exchange, place: FactsFrom<'level'>, sweepStartAt: number): RequestRecord {
  const record: unknown = new FreshRecord(exchange, place, sweepStartAt)
  return record as RequestRecord
}

class FreshRecord {
  readonly exchange: Exchange
  readonly place: FactsFrom<'level'>
  readonly sweepStartAt: number

  constructor(exchange: Exchange, place: FactsFrom<'level'>, sweepStartAt: number) {
    this.exchange = exchange
    this.place = place
    this.sweepStartAt = sweepStartAt
  }
}

/** The facts that follow from others. */
const DERIVED: { readonly [Name in keyof FactsFrom<'record'>]: (record: FreshRecord) => RequestRecord[Name] } = {
  startMs: ({ exchange, sweepStartAt }) => originOf(exchange) - sweepStartAt,
  queueMs: ({ exchange }) =>
    Math.max(0, exchange.startAt - (exchange.dueAt ?? exchange.readyAt) - (exchange.connectMs ?? 0)),
  outcome: ({ exchange }) => (exchange.failure === null ? 'ok' : 'failed'),
}

for (const fact of FACTS_IN_ORDER) {
  Object.defineProperty(FreshRecord.prototype, fact.name, {
    get(this: FreshRecord) {
      return takeFact(this, fact)
    },
  })
}

/** A fact as it was stated, but with times relative to t0. */
function takeFact(record: FreshRecord, { name, from, stamp }: (typeof FACTS_IN_ORDER)[number]): unknown {
  if (from === 'record') return DERIVED[name as keyof FactsFrom<'record'>](record)
  if (from === 'level') return record.place[name as keyof FactsFrom<'level'>]
  const { exchange } = record
  const stated = exchange as unknown as Readonly<Record<string, unknown>>
  if (stamp === undefined) return stated[name]
  const at = stated[stamp] as number | null
  return at === null ? null : at - originOf(exchange)
}

/** The moment from which its times count. */
export function originOf({ dueAt, startAt }: Pick<Exchange, 'dueAt' | 'startAt'>): number {
  return dueAt ?? startAt
}
