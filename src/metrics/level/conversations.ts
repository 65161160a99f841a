import type { RequestRecord } from '../../vocabulary/request-facts.ts'
import { countWhere, selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'
import { percentile } from '../../stats/percentile.ts'

/** What conversations came to at a level, over its passes. */
export interface ConversationFigures {
  /** In order; the last row may hold all later turns, too. */
  readonly turns: readonly TurnFigures[]
  /** Conversations whose turns were all counted and succeeded; the times are theirs. */
  readonly whole: number
  /** Median of what their answers took together, and of the time from the first request to the last token, think-time included; null without any. */
  readonly latencyMs: number | null
  readonly spanMs: number | null
  /** Conversations that could not go on after a turn: it failed, or its answer had no text. */
  readonly endedEarly: number
}

/** One turn of all conversations. */
export interface TurnFigures {
  readonly turn: number
  /** It stands for all later turns as well. Absent: it does not. */
  readonly andLater?: true
  readonly requests: { readonly ok: number; readonly failed: number }
  /** Of the requests that succeeded: the mean, and the share of it that came from a prefix cache; null where the server does not state them. */
  readonly inputTokens: number | null
  readonly cachedShare: number | null
  /** Medians over all requests, failed ones included; null where these have none. */
  readonly ttftMs: number | null
  readonly latencyMs: number | null
}

/** From this turn on all are one row. */
const MOST_TURNS = 10

/** Sums up the conversations of a level; null where its requests stand alone. */
export function sumUpConversations(runs: readonly LevelRun[]): ConversationFigures | null {
  const turns = new Map<number, TurnSums>()
  for (const record of selectCountedRecords(runs)) {
    if (record.turn === null) continue
    const turn = Math.min(record.turn, MOST_TURNS)
    const sums = turns.get(turn) ?? beginTurn()
    turns.set(turn, sums)
    addTurn(sums, record)
  }
  if (turns.size === 0) return null
  const latest = Math.max(...runs.flatMap((run) => listLongest(run)))
  const talks = runs.flatMap((run) => followConversations(run))
  const whole = talks.filter(isWhole)
  return {
    turns: [...turns].sort(([a], [b]) => a - b).map(([turn, sums]) => describeTurn(turn, sums, latest)),
    whole: whole.length,
    latencyMs: findMedian(whole.map(({ latencyMs }) => latencyMs)),
    spanMs: findMedian(whole.map(({ startMs, endMs }) => endMs - startMs)),
    endedEarly: countWhere(runs, ({ cutShort }) => cutShort),
  }
}

/** The mean number of workers that wait between an answer and the next turn, over the windows. */
export function averageThinking(runs: readonly LevelRun[]): number {
  let thoughtMs = 0
  let windowMs = 0
  for (const run of runs) {
    if (run.window === null) continue
    windowMs += run.window.endMs - run.window.startMs
    for (const { phase, thinkMs } of run.records) if (phase === 'counted') thoughtMs += thinkMs ?? 0
  }
  return windowMs === 0 ? 0 : thoughtMs / windowMs
}

type TurnSums = ReturnType<typeof beginTurn>

function beginTurn() {
  const times = { ttfts: [] as number[], latencies: [] as number[] }
  return { ok: 0, failed: 0, inputTokens: 0, counted: 0, cached: 0, cacheable: 0, ...times }
}

function addTurn(sums: TurnSums, record: RequestRecord): void {
  if (record.outcome !== 'ok') {
    sums.failed++
    return
  }
  sums.ok++
  const { inputTokens, cachedTokens, ttftMs, lastTokenMs, buffered } = record
  if (inputTokens !== null) {
    sums.counted++
    sums.inputTokens += inputTokens
    if (cachedTokens !== null) {
      sums.cached += cachedTokens
      sums.cacheable += inputTokens
    }
  }
  if (ttftMs !== null && !buffered) sums.ttfts.push(ttftMs)
  if (lastTokenMs !== null) sums.latencies.push(lastTokenMs)
}

function describeTurn(turn: number, sums: TurnSums, latest: number): TurnFigures {
  const { ok, failed, counted, cacheable } = sums
  return {
    turn,
    ...(turn === MOST_TURNS && latest > MOST_TURNS && { andLater: true }),
    requests: { ok, failed },
    inputTokens: counted === 0 ? null : sums.inputTokens / counted,
    cachedShare: cacheable === 0 ? null : sums.cached / cacheable,
    ttftMs: findMedian(sums.ttfts, failed),
    latencyMs: findMedian(sums.latencies, failed),
  }
}

function listLongest({ records }: LevelRun): number[] {
  let longest = 0
  for (const { turns } of records) longest = Math.max(longest, turns ?? 0)
  return [longest]
}

/** One conversation, as far as its requests have ended. */
interface Talk {
  readonly turns: number
  /** Turns that were counted and succeeded. */
  good: number
  startMs: number
  endMs: number
  latencyMs: number
}

function isWhole({ good, turns }: Talk): boolean {
  return good === turns
}

/** The conversations of a pass; the records of each come in the order of its turns. Each worker numbers its own conversations from 1; an open loop numbers all of them together. */
function followConversations({ records, open }: LevelRun): Talk[] {
  const talks = new Map<string, Talk>()
  for (const { worker, conversation, turn, turns, phase, outcome, startMs, lastTokenMs } of records) {
    if (conversation === null || turn === null || turns === null) continue
    const key = open === undefined ? `${worker}/${conversation}` : `${conversation}`
    const talk = talks.get(key) ?? { turns, good: 0, startMs, endMs: startMs, latencyMs: 0 }
    talks.set(key, talk)
    if (phase !== 'counted' || outcome !== 'ok' || lastTokenMs === null) continue
    talk.good++
    talk.endMs = startMs + lastTokenMs
    talk.latencyMs += lastTokenMs
  }
  return [...talks.values()]
}

/** The median, in which each failed one counts as infinitely long. */
function findMedian(values: readonly number[], failed = 0): number | null {
  return percentile(Float64Array.from(values).sort(), 'p50', failed)
}
