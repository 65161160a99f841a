import { generatesTokens } from '../vocabulary/endpoint-names.ts'
import type { Task } from '../vocabulary/endpoint-names.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { hasTokenTimes, selectCountedRecords } from './level-run.ts'
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
  /** What of that is the server's queue, by its own mean; null where it does not tell, or its mean is not that of a median request. */
  readonly queueMs: number | null
  /** From the first token to the last. */
  readonly decodeMs: number
  /** From the last token to the end of the answer. */
  readonly drainMs: number
}

/** The share of the requests on each side of the median that speak for it. */
const AROUND = 0.1

/** The mean time to the first token may differ by this share from the median one for the mean queue to be part of it. */
const MEAN_IS_MEDIAN = 0.2

/**
 * Splits the time of a median request; null where answers do not stream or none succeeded.
 *
 * @param queueMs the mean time in the server's queue, as it states it.
 */
export function splitTime(runs: readonly LevelRun[], task: Task, queueMs: number | null): TimeSplit | null {
  if (!generatesTokens(task) || !hasTokenTimes(runs)) return null
  const isOpen = runs[0]!.open !== undefined
  const latencies: number[] = []
  const all = startSums()
  for (const record of selectCountedRecords(runs)) {
    const times = readTimes(record, isOpen)
    if (times === null) continue
    latencies.push(record.lastTokenMs!)
    addTo(all, times)
  }
  if (latencies.length === 0) return null
  const sorted = Float64Array.from(latencies).sort()
  const shortest = sorted[Math.floor((0.5 - AROUND) * (sorted.length - 1))]!
  const longest = sorted[Math.ceil((0.5 + AROUND) * (sorted.length - 1))]!
  const middle = startSums()
  for (const record of selectCountedRecords(runs)) {
    const times = readTimes(record, isOpen)
    if (times !== null && record.lastTokenMs! >= shortest && record.lastTokenMs! <= longest) addTo(middle, times)
  }
  const { n, ...sums } = middle
  const firstTokenMs = sums.firstTokenMs / n
  const isTypical = Math.abs(all.firstTokenMs / all.n - firstTokenMs) <= MEAN_IS_MEDIAN * firstTokenMs
  return {
    lateMs: sums.lateMs / n,
    connectMs: sums.connectMs / n,
    firstTokenMs,
    queueMs: queueMs !== null && isTypical && queueMs <= firstTokenMs ? queueMs : null,
    decodeMs: sums.decodeMs / n,
    drainMs: sums.drainMs / n,
  }
}

type Times = Readonly<Record<'lateMs' | 'connectMs' | 'firstTokenMs' | 'decodeMs' | 'drainMs', number>>
type Sums = { -readonly [Part in keyof Times]: number } & { n: number }

function startSums(): Sums {
  return { n: 0, lateMs: 0, connectMs: 0, firstTokenMs: 0, decodeMs: 0, drainMs: 0 }
}

function addTo(sums: Sums, times: Times): void {
  sums.n++
  for (const part of ['lateMs', 'connectMs', 'firstTokenMs', 'decodeMs', 'drainMs'] as const) sums[part] += times[part]
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
