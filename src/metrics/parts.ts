import { summarise } from '../stats/percentile.ts'
import type { Summary } from '../stats/percentile.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import type { Task } from '../vocabulary/load.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { hasTokenTimes, selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'

/** What one part of a mix came to in a level: its counted requests in all passes. Those of all parts are those of the level. */
export interface LevelPart {
  /** The scenario that it is. */
  readonly name: string
  readonly requests: { readonly ok: number; readonly failed: number }
  /** Of its requests, as the server counts them. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Null where no request of it has that time, and for those of tokens where answers do not stream. */
  readonly ttftMs: PartTime | null
  readonly tpotMs: PartTime | null
  readonly latencyMs: PartTime | null
}

/** Milliseconds; a percentile that too few requests show is null. */
export type PartTime = Pick<Summary, 'p50' | 'p95'>

/** The parts of a level by their names; none where its requests are all alike. */
export function partsOf(runs: readonly LevelRun[], task: Task): readonly LevelPart[] {
  const byPart = new Map<string, RequestRecord[]>()
  for (const record of selectCountedRecords(runs)) {
    if (record.part === null) continue
    const own = byPart.get(record.part)
    if (own === undefined) byPart.set(record.part, [record])
    else own.push(record)
  }
  const streams = generatesTokens(task) && hasTokenTimes(runs)
  const sorted = [...byPart].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, records]) => sumUpPart(name, records, streams))
}

function sumUpPart(name: string, records: readonly RequestRecord[], streams: boolean): LevelPart {
  const ok = records.filter(({ outcome }) => outcome === 'ok')
  const failed = records.length - ok.length
  const summariseTime = (pick: (record: RequestRecord) => number | null): PartTime | null => {
    const sorted = Float64Array.from(ok.flatMap((record) => pick(record) ?? [])).sort()
    const summary = summarise({ sorted, infinite: failed })
    return summary === null ? null : { p50: summary.p50, p95: summary.p95 }
  }
  const summariseStream = (pick: (record: RequestRecord) => number | null): PartTime | null =>
    streams ? summariseTime((record) => (record.buffered ? null : pick(record))) : null
  return {
    name,
    requests: { ok: ok.length, failed },
    inputTokens: ok.reduce((sum, record) => sum + (record.inputTokens ?? 0), 0),
    outputTokens: ok.reduce((sum, record) => sum + record.outputTokens, 0),
    ttftMs: summariseStream((record) => record.ttftMs),
    tpotMs: summariseStream((record) => record.tpotMs),
    latencyMs: summariseTime((record) => record.lastTokenMs),
  }
}
