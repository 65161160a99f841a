import { TO_MS } from './aiperf-json.ts'
import { MEASURES_NOTHING, readCount, readPositive, ResultError, SAYS_NOTHING } from './tool-result.ts'
import type { StatedTime, ToolResult } from './tool-result.ts'

/** `profile_export_aiperf.csv`: tables with a blank line between, times first, then single figures; two digits after the point. */

const TIMES = /^Metric,.*\bavg\b/m
const FIGURES = /^Metric,Value\r?$/m

/** Whether a text is one. */
export function isAiperfCsv(text: string): boolean {
  return TIMES.test(text.slice(0, 200)) && FIGURES.test(text) && /^"?Request Latency \(/m.test(text)
}

/** Reads one. @throws ResultError */
export function readAiperfCsv(text: string): ToolResult {
  const rows = text.split(/\r?\n/).map(splitRow)
  const columns = rows.find(([first, second]) => first === 'Metric' && second !== 'Value') ?? []
  const byName = new Map<string, { readonly unit: string; readonly cells: readonly string[] }>()
  for (const [heading = '', ...cells] of rows) {
    const { name, unit } = splitHeading(heading)
    // A name that comes a second time is a figure of the server's machine.
    if (!byName.has(name)) byName.set(name, { unit, cells })
  }
  const figure = (name: string): number | null => readNumber(byName.get(name)?.cells[0])
  const time = (name: string): StatedTime | null => {
    const row = byName.get(name)
    if (row === undefined) return null
    const read = (column: string): number | null => {
      const value = readNumber(row.cells[columns.indexOf(column) - 1])
      return value === null ? null : value * (TO_MS[row.unit] ?? 1)
    }
    const p50 = read('p50')
    if (p50 === null || p50 === 0) return null
    return {
      mean: read('avg'),
      sd: read('std'),
      min: read('min'),
      max: read('max'),
      p50,
      p90: read('p90'),
      p95: read('p95'),
      p99: read('p99'),
    }
  }
  const seconds = readPositive(figure('Benchmark Duration'))
  const ok = readCount(figure('Request Count'))
  if (seconds === null || ok === null) throw new ResultError('states no Benchmark Duration, or no Request Count')
  return {
    ...SAYS_NOTHING,
    tool: 'aiperf',
    levels: [
      {
        ...MEASURES_NOTHING,
        ok,
        failed: readCount(figure('Error Request Count')) ?? 0,
        seconds,
        ttftMs: time('Time to First Token'),
        ttfoMs: time('Time to First Output Token'),
        tpotMs: time('Inter Token Latency'),
        interChunkMs: time('Inter Chunk Latency'),
        latencyMs: time('Request Latency'),
        outputTokensPerSecond: readPositive(figure('Output Token Throughput')),
        inputTokensPerSecond: readPositive(figure('Input Token Throughput')),
        requestsPerSecond: readPositive(figure('Request Throughput')),
        inFlight: readPositive(figure('Effective Concurrency')),
      },
    ],
    notes: ['A CSV of aiperf has two digits after the point, so its times are coarse where they are short.'],
  }
}

/** `Request Latency (ms)` is a name and a unit. */
function splitHeading(heading: string): { readonly name: string; readonly unit: string } {
  const found = /^(.*?)(?: \(([^()]*)\))?$/.exec(heading)
  return { name: found?.[1] ?? heading, unit: found?.[2] ?? '' }
}

/** The cells of a line; a quoted one may hold commas. */
function splitRow(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  )
}

function readNumber(cell: string | undefined): number | null {
  return cell === undefined || cell.trim() === '' || !Number.isFinite(Number(cell)) ? null : Number(cell)
}
