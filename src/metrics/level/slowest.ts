import { countRecords, selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'

/** A request that took much longer than others of its level, with what finds it in the server's log. */
export interface SlowRequest {
  /** What it was sent with as `x-request-id`; absent where `headers` or `auth` took the place of ours. */
  readonly id?: string
  /** What the server calls it, by a header of its answer; absent where it states nothing but ours. */
  readonly serverId?: string
  /** Number of the level, and its pass. */
  readonly level: number
  readonly pass: number
  /** When it was sent, in seconds after the start of the sweep. */
  readonly startSeconds: number
  /** Its latency over the median one of its level. */
  readonly timesMedian: number
  readonly ttftMs: number | null
  readonly tpotMs: number | null
  readonly latencyMs: number
  readonly inputTokens: number | null
  readonly outputTokens: number
}

/** How many are kept of a run. */
export const MOST_SLOW = 10

/** The slowest requests of a level, by how many times the median latency each of them took. */
export function findSlowest(runs: readonly LevelRun[]): SlowRequest[] {
  const latencies = new Float64Array(countRecords(runs))
  let slow: RequestRecord[] = []
  let n = 0
  for (const record of selectCountedRecords(runs)) {
    const { outcome, lastTokenMs } = record
    if (outcome !== 'ok' || lastTokenMs === null) continue
    latencies[n++] = lastTokenMs
    if (slow.length === MOST_SLOW && lastTokenMs <= slow[0]!.lastTokenMs!) continue
    slow = [...slow, record].sort((a, b) => a.lastTokenMs! - b.lastTokenMs!).slice(-MOST_SLOW)
  }
  const median = latencies.subarray(0, n).sort()[Math.floor(n / 2)] ?? 0
  if (median <= 0) return []
  return slow.reverse().map((record) => ({
    ...(record.requestId !== null && { id: record.requestId }),
    ...(record.serverRequestId !== null && { serverId: record.serverRequestId }),
    level: record.level,
    pass: record.pass,
    startSeconds: record.startMs / 1000,
    timesMedian: record.lastTokenMs! / median,
    ttftMs: record.ttftMs,
    tpotMs: record.tpotMs,
    latencyMs: record.lastTokenMs!,
    inputTokens: record.inputTokens,
    outputTokens: record.outputTokens,
  }))
}

/** The slowest of all levels together. */
export function pickSlowest(levels: readonly { readonly slowest: readonly SlowRequest[] }[]): SlowRequest[] {
  return levels
    .flatMap(({ slowest }) => slowest)
    .sort((a, b) => b.timesMedian - a.timesMedian || b.latencyMs - a.latencyMs)
    .slice(0, MOST_SLOW)
}
