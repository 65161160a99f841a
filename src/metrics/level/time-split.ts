import { generatesTokens } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'
import { countRecords, hasTokenTimes, selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'

/**
 * Where the time of a median request of a level went, in milliseconds: means over the middle fifth of its requests by
 * latency, so that the parts add up to the whole.
 */
export interface TimeSplit {
  /** From when it was due until it was sent or began to connect; 0 in a closed loop, where no request is due. */
  readonly lateMs: number
  /** Opening a connection; 0 for a request that found one open. */
  readonly connectMs: number
  /** From sending it to its first token: network, the server's queue, prefill. */
  readonly firstTokenMs: number
  /** How much of that is the server's queue: all but a mean prefill with the network. Null where the server does not tell. */
  readonly queueMs: number | null
  /** From the first token to the last. */
  readonly decodeMs: number
  /** From the last token to the end of the answer. */
  readonly drainMs: number
}

/** The share of the requests on each side of the median that speak for it. */
const AROUND = 0.1

/** Means over the same requests, in milliseconds: in the server's queue, and until the first token. */
export interface QueueMeans {
  readonly queueMs: number
  readonly firstTokenMs: number | null
}

/**
 * Splits the time of a median request; null where answers do not stream or none succeeded.
 *
 * @param means as the server states them; null where it states no queue. Where it states no time to the first token, the mean over these requests is used.
 */
export function splitTime(runs: readonly LevelRun[], task: Task, means: QueueMeans | null): TimeSplit | null {
  if (!generatesTokens(task) || !hasTokenTimes(runs)) return null
  const most = countRecords(runs)
  const columns = PARTS.map(() => new Float64Array(most))
  const latencies = new Float64Array(most)
  const isOpen = runs[0]!.open !== undefined
  let n = 0
  for (const record of selectCountedRecords(runs)) {
    const times = readTimes(record, isOpen)
    if (times === null) continue
    latencies[n] = record.lastTokenMs!
    for (const [part, name] of PARTS.entries()) columns[part]![n] = times[name]
    n++
  }
  if (n === 0) return null
  const sorted = latencies.slice(0, n).sort()
  const shortest = sorted[Math.floor((0.5 - AROUND) * (n - 1))]!
  const longest = sorted[Math.ceil((0.5 + AROUND) * (n - 1))]!
  const isMiddle = (i: number) => latencies[i]! >= shortest && latencies[i]! <= longest
  const middle = PARTS.map((_, part) => averageOf(columns[part]!, n, isMiddle))
  const [lateMs, connectMs, firstTokenMs, decodeMs, drainMs] = middle as [number, number, number, number, number]
  const meanFirstMs = means?.firstTokenMs ?? averageOf(columns[PARTS.indexOf('firstTokenMs')]!, n, () => true)
  const prefillMs = means === null ? null : meanFirstMs - means.queueMs
  return {
    lateMs,
    connectMs,
    firstTokenMs,
    // Requests differ in their wait far more than in their prefill.
    queueMs: prefillMs === null || prefillMs < 0 ? null : Math.max(0, firstTokenMs - prefillMs),
    decodeMs,
    drainMs,
  }
}

const PARTS = ['lateMs', 'connectMs', 'firstTokenMs', 'decodeMs', 'drainMs'] as const
type Times = Readonly<Record<(typeof PARTS)[number], number>>

/** The mean of the first `n` values of which `isWanted` is true: at least one. */
function averageOf(values: Float64Array, n: number, isWanted: (i: number) => boolean): number {
  let sum = 0
  let wanted = 0
  for (let i = 0; i < n; i++) {
    if (!isWanted(i)) continue
    sum += values[i]!
    wanted++
  }
  return sum / wanted
}

/** The times of a request that succeeded as a stream, else null. In an open loop its times count from when it was due. */
function readTimes(record: RequestRecord, isOpen: boolean): Times | null {
  const { outcome, buffered, ttftMs, lastTokenMs, endMs } = record
  if (outcome !== 'ok' || buffered || ttftMs === null || lastTokenMs === null) return null
  const connectMs = record.connectMs ?? 0
  const lateMs = isOpen ? record.queueMs : 0
  return {
    lateMs,
    connectMs,
    firstTokenMs: Math.max(0, isOpen ? ttftMs - lateMs - connectMs : ttftMs),
    decodeMs: lastTokenMs - ttftMs,
    drainMs: Math.max(0, endMs - lastTokenMs),
  }
}
