import { summarise } from '../../stats/percentile.ts'
import type { Summary } from '../../stats/percentile.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'
import { hasTokenTimes, selectCountedRecords } from './level-run.ts'
import type { LevelRun } from './level-run.ts'

/** What one scenario of a mix came to in a level: its counted requests in all passes. All scenarios together have the requests of the level. */
export interface ScenarioFigures {
  readonly name: string
  readonly requests: { readonly ok: number; readonly failed: number }
  /** The tokens of its requests, as the server counts them. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Null where no request of it has that time, and for those of tokens where answers do not stream. */
  readonly ttftMs: ScenarioTime | null
  readonly tpotMs: ScenarioTime | null
  readonly latencyMs: ScenarioTime | null
}

/** Milliseconds; a percentile that too few requests show is null. */
type ScenarioTime = Pick<Summary, 'p50' | 'p95'>

/** The scenarios of a level by their names; none where its requests are all alike. */
export function sumUpMix(runs: readonly LevelRun[], task: Task): readonly ScenarioFigures[] {
  const byScenario = new Map<string, RequestRecord[]>()
  for (const record of selectCountedRecords(runs)) {
    if (record.part === null) continue
    const own = byScenario.get(record.part)
    if (own === undefined) byScenario.set(record.part, [record])
    else own.push(record)
  }
  const streams = generatesTokens(task) && hasTokenTimes(runs)
  const sorted = [...byScenario].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, records]) => sumUpScenario(name, records, streams))
}

function sumUpScenario(name: string, records: readonly RequestRecord[], streams: boolean): ScenarioFigures {
  const ok = records.filter(({ outcome }) => outcome === 'ok')
  const failed = records.length - ok.length
  const summariseTime = (pick: (record: RequestRecord) => number | null): ScenarioTime | null => {
    const sorted = Float64Array.from(ok.flatMap((record) => pick(record) ?? [])).sort()
    const summary = summarise({ sorted, infinite: failed })
    return summary === null ? null : { p50: summary.p50, p95: summary.p95 }
  }
  const summariseStream = (pick: (record: RequestRecord) => number | null): ScenarioTime | null =>
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
