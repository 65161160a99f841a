import type { ClientHealth, GatewayCounts, LevelRun, Records } from '../../metrics/level/level-run.ts'
import { readGateway } from '../../protocol/answer-headers.ts'
import { createLogHistogram } from '../../stats/percentile.ts'
import type { LogHistogram } from '../../stats/percentile.ts'
import type { FactsFrom, RequestRecord } from '../../vocabulary/request-facts.ts'
import { describeFailure } from '../explain.ts'
import { findBacklog } from './overload.ts'
import { keepLayouts } from '../runtime.ts'
import type { Exchange } from '../ports.ts'
import { createRecordStore, joinRecords } from './packed-records.ts'
import type { PackedRecords } from './packed-records.ts'
import type { KnownWindow } from './board.ts'
import { FACTS_IN_ORDER } from '../../vocabulary/request-facts.ts'

/** Sums up the requests that one thread sent in a level, as they end. */
export interface LevelTally {
  /** Adds a finished request, with the window as far as it is known by then. */
  add(exchange: Exchange, place: Omit<FactsFrom<'level'>, 'windowTokens'>, window: KnownWindow): void
  /** The sums so far. */
  readonly share: TallyShare
}

/** A period, in milliseconds after the start of the sweep. */
type Span = NonNullable<LevelRun['window']>

/** The sums as data that can pass between threads. */
interface TallyShare {
  readonly records: PackedRecords
  readonly interChunk: Pick<LogHistogram, 'buckets' | 'count'>
  readonly gateway: GatewayCounts
  readonly failureWords: Readonly<Record<string, string>>
  /** When requests without a record were in flight. */
  readonly cancelled: readonly Span[]
  readonly cancelledWindowEvents: number
  readonly cancelledTtft: LevelRun['cancelledTtft']
  readonly renewed: number
  readonly opened: number
}

/** What a level came to in one thread. */
export interface LevelShare {
  readonly tally: TallyShare
  /** Over the window; null where that did not end. */
  readonly health: Omit<ClientHealth, 'queueP99Ms'> | null
}

/** What is known of a level in one pass besides its requests. */
export type LevelFrame = Pick<
  LevelRun,
  'concurrency' | 'pass' | 'startedAtSeconds' | 'window' | 'server' | 'stopped' | 'open'
>

/** Creates an empty tally, whose times count from `sweepStartAt`. */
export function createTally(sweepStartAt: number): LevelTally {
  const records = createRecordStore()
  const interChunk = createLogHistogram()
  const gateway = createGatewayCounter()
  const failureWords: Record<string, string> = {}
  const cancelled: Span[] = []
  let cancelledWindowEvents = 0
  const cancelledTtft = { n: 0, sumMs: 0 }
  let renewed = 0
  let opened = 0

  return {
    get share() {
      const { buckets, count } = interChunk
      return {
        records: records.pack(),
        interChunk: { buckets, count },
        gateway: gateway.counts,
        failureWords,
        cancelled,
        cancelledWindowEvents,
        cancelledTtft,
        renewed,
        opened,
      }
    },
    add(exchange, place, window) {
      if (exchange.connectMs !== null) opened++
      const inside = countWindowTokens(exchange, window)
      if (exchange.renewed) renewed++
      // A request whose key or token had expired is neither a failure of the server nor an answer.
      if (exchange.cancelled || exchange.renewed) {
        cancelled.push({ startMs: originOf(exchange) - sweepStartAt, endMs: exchange.endAt - sweepStartAt })
        cancelledWindowEvents += inside.events
        if (exchange.firstTokenAt !== null) {
          cancelledTtft.n++
          cancelledTtft.sumMs += exchange.firstTokenAt - exchange.startAt
        }
        return
      }
      gateway.add(exchange)
      const record = toRecord(exchange, { ...place, windowTokens: inside.tokens }, sweepStartAt)
      records.add(record)
      keepLayouts('record', [record, inside])
      if (place.phase === 'counted' && exchange.failure === null) interChunk.addSpans(exchange.tokenAt)
      if (exchange.failure !== null) failureWords[exchange.failure] ??= describeFailure(exchange)
    },
  }
}

/**
 * Output tokens of one request that arrived inside the window: by the cumulative counts where every event states one,
 * else the answer's tokens spread evenly over its token events.
 */
export function countWindowTokens(exchange: Exchange, window: KnownWindow): { tokens: number; events: number } {
  if (window.startAt === null) return { tokens: 0, events: 0 }
  const end = window.endAt ?? Infinity
  const { tokenAt, tokenCountAt } = exchange
  let events = 0
  let before = 0
  let last = 0
  let counted = true
  for (let i = 0; i < tokenAt.length; i++) {
    const at = tokenAt[i]!
    const count = tokenCountAt[i]!
    if (Number.isNaN(count)) counted = false
    if (at < window.startAt) before = count
    else if (at < end) {
      events++
      last = count
    }
  }
  if (events === 0) return { tokens: 0, events: 0 }
  if (counted) return { tokens: last - before, events }
  return { tokens: (exchange.outputTokens * events) / tokenAt.length, events }
}

/** Joins the shares of a level, whichever threads and machines carried them. */
export function joinShares(frame: LevelFrame, shares: readonly LevelShare[]): LevelRun {
  const { window } = frame
  const tallies = shares.map(({ tally }) => tally)
  const records = joinRecords(tallies.map((tally) => tally.records))
  const cancelled = tallies
    .flatMap((tally) => tally.cancelled)
    .sort((a, b) => a.endMs - b.endMs || a.startMs - b.startMs)
  const interChunk = createLogHistogram()
  for (const tally of tallies) interChunk.merge(tally.interChunk)
  const sum = (count: (tally: TallyShare) => number): number =>
    tallies.reduce((total, tally) => total + count(tally), 0)
  return {
    ...judgeTrace(frame, records),
    records,
    interChunk,
    cancelledWindowTokens: sum((tally) => tally.cancelledWindowEvents) * averageTokensPerEvent(records),
    cancelledTtft: { n: sum((tally) => tally.cancelledTtft.n), sumMs: sum((tally) => tally.cancelledTtft.sumMs) },
    inFlight: window === null ? 0 : averageInFlight(listTimesInFlight(records, cancelled), window),
    failureWords: Object.assign({}, ...tallies.map((tally) => tally.failureWords)) as Record<string, string>,
    gateway: {
      retried: sum(({ gateway }) => gateway.retried),
      cached: sum(({ gateway }) => gateway.cached),
      fellBack: sum(({ gateway }) => gateway.fellBack),
      names: [...new Set(tallies.flatMap(({ gateway }) => gateway.names))],
    },
    requestsWithEndedToken: sum((tally) => tally.renewed),
    connections: { opened: sum((tally) => tally.opened), requests: records.length + cancelled.length },
    client: { ...pickBusiest(shares), queueP99Ms: findQueueP99(records) },
  }
}

/** Whether the server fell behind a trace shows only when all of it has been sent; if it did, it is overloaded, as at a rate. */
function judgeTrace(frame: LevelFrame, records: Records): LevelFrame {
  const { open, stopped } = frame
  if (open?.trace === undefined || stopped !== null) return frame
  const backlog = findBacklog(records, open.trace)
  if (backlog === null) return frame
  const queue = { before: Math.round(backlog.before), after: Math.round(backlog.after) }
  return { ...frame, stopped: 'overloaded', open: { ...open, queue } }
}

/** The health of the busiest thread. */
function pickBusiest(shares: readonly LevelShare[]): Omit<ClientHealth, 'queueP99Ms'> {
  const pickWorst = (figure: keyof NonNullable<LevelShare['health']>): number =>
    Math.max(0, ...shares.map(({ health }) => health?.[figure] ?? 0))
  return {
    eventLoopUtilization: pickWorst('eventLoopUtilization'),
    delayP90Ms: pickWorst('delayP90Ms'),
    delayP99Ms: pickWorst('delayP99Ms'),
    ...(shares.length > 1 && { threads: shares.length }),
  }
}

/** Counts what gateways in front of the server did with the requests of a level. */
interface GatewayCounter {
  /** Adds one finished request, in any phase. */
  add(exchange: Pick<Exchange, 'headers'>): void
  readonly counts: GatewayCounts
}

/** Creates a counter at zero. */
export function createGatewayCounter(): GatewayCounter {
  const names = new Set<string>()
  const counts = { retried: 0, cached: 0, fellBack: 0 }
  return {
    add({ headers }) {
      const traits = headers === null ? null : readGateway(headers)
      if (traits === null) return
      if (traits.retried) counts.retried++
      if (traits.cached) counts.cached++
      if (traits.fellBack) counts.fellBack++
      if (traits.name !== null) names.add(traits.name)
    },
    get counts() {
      return { ...counts, names: [...names] }
    },
  }
}

/** How many requests were in flight over a window, weighted by time. */
export function averageInFlight(spans: Iterable<Span>, window: Span): number {
  let area = 0
  for (const { startMs, endMs } of spans) {
    area += Math.max(0, Math.min(endMs, window.endMs) - Math.max(startMs, window.startMs))
  }
  return area / (window.endMs - window.startMs)
}

/** When requests were in flight. */
function* listTimesInFlight(records: Records, cancelled: readonly Span[]): Generator<Span> {
  for (const { startMs, endMs } of records) yield { startMs, endMs: startMs + endMs }
  yield* cancelled
}

/** Tokens in an average token event of this level: finished answers stand in for cancelled ones. */
function averageTokensPerEvent(records: Records): number {
  let tokens = 0
  let events = 0
  for (const record of records) {
    if (record.outcome !== 'ok') continue
    tokens += record.outputTokens
    events += record.tokenEvents
  }
  return events === 0 ? 1 : tokens / events
}

/** The 99th percentile over counted requests only: the first ones of a process wait because its code is still cold. */
function findQueueP99(records: Records): number {
  const all = new Float64Array(records.length)
  let counted = 0
  for (const { queueMs, phase } of records) if (phase === 'counted') all[counted++] = queueMs
  const queue = all.subarray(0, counted).sort()
  return counted === 0 ? 0 : queue[Math.ceil(0.99 * counted) - 1]!
}

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
function originOf({ dueAt, startAt }: Pick<Exchange, 'dueAt' | 'startAt'>): number {
  return dueAt ?? startAt
}
