import type { ScenarioFigures } from '../../metrics/level/mixed-scenarios.ts'
import type { RunReport } from '../../report/run-report.ts'
import { loadOf, nameLevel } from '../../vocabulary/load.ts'
import { formatCount, formatMs } from '../format.ts'
import { makeFigureColumn, keepUnit, quote, makeWordColumn } from '../sentences.ts'
import type { Table } from '../sentences.ts'

/** Each part of a mix at each level, above all of them together; null where all requests are alike. */
export function viewMix({ levels, series }: Pick<RunReport, 'levels' | 'series'>): Table | null {
  const load = loadOf(series)
  const rows = levels.flatMap(({ concurrency, requests, ttftMs, tpotMs, latencyMs, parts = [] }) => {
    const add = (pick: (part: ScenarioFigures) => number): number => parts.reduce((sum, part) => sum + pick(part), 0)
    const all = {
      requests,
      inputTokens: add((part) => part.inputTokens),
      outputTokens: add((part) => part.outputTokens),
      ttftMs,
      tpotMs,
      latencyMs,
    }
    const named = [
      ...parts.map((part) => ({ name: quote(part.name), figures: part })),
      ...(parts.length === 0 ? [] : [{ name: 'all', figures: all }]),
    ]
    return named.map(({ name, figures }) => [nameLevel(load, concurrency), name, ...layFigures(figures)])
  })
  if (rows.length === 0) return null
  const columns = [
    makeFigureColumn('level'),
    makeWordColumn('part'),
    ...['ok/failed', 'TTFT p50', 'p95', 'TPOT p50', 'p95', 'lat. p50', 'p95', 'tok in', 'out'].map(makeFigureColumn),
  ]
  return { columns, rows }
}

function layFigures({ requests, inputTokens, outputTokens, ttftMs, tpotMs, latencyMs }: Omit<ScenarioFigures, 'name'>) {
  const times = [ttftMs, tpotMs, latencyMs].flatMap((time) => [time?.p50 ?? null, time?.p95 ?? null])
  return [
    `${formatCount(requests.ok)}/${formatCount(requests.failed)}`,
    ...times.map((time) => keepUnit(formatMs(time))),
    formatCount(inputTokens),
    formatCount(outputTokens),
  ]
}
