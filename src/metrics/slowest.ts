import { selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'

/** A request that took much longer than others of its level, with what finds it in the server's log. */
export interface SlowRequest {
  /** What it was sent with as `x-request-id`. */
  readonly id: string
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

/** Kept of a run. */
export const MOST_SLOW = 10

/** The slowest requests of a level, by how many times the median latency each of them took. */
export function findSlowest(runs: readonly LevelRun[]): SlowRequest[] {
  const latencies: number[] = []
  for (const { outcome, lastTokenMs } of selectCountedRecords(runs)) {
    if (outcome === 'ok' && lastTokenMs !== null) latencies.push(lastTokenMs)
  }
  if (latencies.length === 0) return []
  const sorted = Float64Array.from(latencies).sort()
  const median = sorted[Math.floor(sorted.length / 2)]!
  if (median <= 0) return []
  const least = sorted[Math.max(0, sorted.length - MOST_SLOW)]!
  const slow: SlowRequest[] = []
  for (const record of selectCountedRecords(runs)) {
    const { outcome, lastTokenMs } = record
    if (outcome !== 'ok' || lastTokenMs === null || lastTokenMs < least) continue
    slow.push({
      id: record.requestId,
      level: record.level,
      pass: record.pass,
      startSeconds: record.startMs / 1000,
      timesMedian: lastTokenMs / median,
      ttftMs: record.ttftMs,
      tpotMs: record.tpotMs,
      latencyMs: lastTokenMs,
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
    })
  }
  return takeMostSlow(slow)
}

/** The slowest of all levels together. */
export function pickSlowest(levels: readonly { readonly slowest: readonly SlowRequest[] }[]): SlowRequest[] {
  return takeMostSlow(levels.flatMap(({ slowest }) => slowest))
}

function takeMostSlow(requests: readonly SlowRequest[]): SlowRequest[] {
  return requests.toSorted((a, b) => b.timesMedian - a.timesMedian || b.latencyMs - a.latencyMs).slice(0, MOST_SLOW)
}
