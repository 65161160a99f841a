import { figureOf, figureOfPart } from '../metrics/figures.ts'
import type { LevelFigures } from '../metrics/level-metrics.ts'
import type { LevelPart } from '../metrics/parts.ts'
import { loadOf } from '../vocabulary/levels.ts'
import type { RunReport } from '../report/run-report.ts'
import { METRICS } from '../vocabulary/metrics.ts'
import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { escapeForTerminal } from '../text.ts'

/** Figures and records as comma-separated values (RFC 4180): a line of names, then a line for each. An empty cell is no figure. */

type Cell = string | number | boolean | null

/** The metrics that a level has, in the order of docs. */
const LEVEL_METRICS = METRICS.filter(({ scope }) => scope !== 'run').map(({ name }) => name)

/**
 * A line for each level and pass, and one with `all` for the passes of a level together, of a mix one for each part as well: times in
 * milliseconds, rates per second, the error rate as a share.
 */
export function* encodeLevelsCsv({ series, startedAt, levels }: RunReport): Generator<string> {
  const counts = ['windowSeconds', 'ok', 'failed', 'short', 'inFlight']
  yield toLine(['name', 'startedAt', loadOf(series), 'pass', 'state', ...counts, ...LEVEL_METRICS, 'part'])
  for (const { concurrency, state, passes, parts = [], ...pooled } of levels) {
    const place = (pass: Cell): Cell[] => [series.name, startedAt, concurrency, pass, state]
    const rows: readonly (readonly [Cell, LevelFigures])[] = [
      ...passes.map((one) => [one.pass, one] as const),
      ['all', pooled],
    ]
    for (const [pass, figures] of rows) yield toLine([...place(pass), ...listFigures(figures), null])
    for (const part of parts) yield toLine([...place('all'), ...listPartFigures(part), part.name])
  }
}

function listFigures(figures: LevelFigures): Cell[] {
  const { windowSeconds, requests, inFlight } = figures
  return [
    windowSeconds,
    requests.ok,
    requests.failed,
    requests.short,
    inFlight.mean,
    ...LEVEL_METRICS.map((metric) => figureOf(figures, metric)),
  ]
}

/** As those of a level; a part has no window of its own. */
function listPartFigures(part: LevelPart): Cell[] {
  const { ok, failed } = part.requests
  return [null, ok, failed, null, null, ...LEVEL_METRICS.map((metric) => figureOfPart(part, metric))]
}

/** A line for each request, with its facts by their names in the records file; times in milliseconds. */
export function* encodeRequestsCsv(records: Iterable<RequestRecord>): Generator<string> {
  yield toLine(FACTS_IN_ORDER.map(({ name }) => name))
  for (const record of records) yield toLine(FACTS_IN_ORDER.map(({ name }) => record[name]))
}

function toLine(cells: readonly Cell[]): string {
  return `${cells.map(writeCell).join(',')}\r\n`
}

function writeCell(cell: Cell): string {
  if (cell === null) return ''
  // Microseconds are as fine as the clock.
  if (typeof cell === 'number') return String(Number.isInteger(cell) ? cell : Number(cell.toPrecision(9)))
  if (typeof cell === 'boolean') return String(cell)
  const text = escapeForTerminal(cell, 1_000)
  // A spreadsheet would execute a text of others that begins like a formula.
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
