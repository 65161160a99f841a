import { loadOf } from '../vocabulary/load.ts'
import type { RunReport } from '../report/run-report.ts'
import { METRICS } from '../vocabulary/metrics.ts'
import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { escapeForTerminal } from '../text.ts'
import { listLevelRows } from './level-rows.ts'

/** Figures and records as comma-separated values (RFC 4180): a line of names, then a line for each. An empty cell is no figure. */

type Cell = string | number | boolean | null

/** The metrics that a level has, in the order of docs. */
const LEVEL_METRICS = METRICS.filter(({ scope }) => scope !== 'run').map(({ name }) => name)

/**
 * A line for each level and pass, and one with `all` for the passes of a level together, of a mix one for each part as well, and of conversations one for
 * each turn: times in milliseconds, rates per second, the error rate as a share.
 */
export function* encodeLevelsCsv({ series, startedAt, levels }: RunReport): Generator<string> {
  const kinds = ['part', 'turn', 'inputTokens', 'cachedShare']
  const counts = ['windowSeconds', 'ok', 'failed', 'short', 'inFlight']
  yield toLine(['name', 'startedAt', loadOf(series), 'pass', 'state', ...counts, ...LEVEL_METRICS, ...kinds])
  for (const level of levels) {
    for (const { pass, part, turn, counts, figure } of listLevelRows(level)) {
      const { windowSeconds, ok, failed, short, inFlight, inputTokens, cachedShare } = counts
      const place = [series.name, startedAt, level.concurrency, pass, level.state]
      const figures = [windowSeconds, ok, failed, short, inFlight, ...LEVEL_METRICS.map(figure)]
      yield toLine([...place, ...figures, part, turn, inputTokens, cachedShare])
    }
  }
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
