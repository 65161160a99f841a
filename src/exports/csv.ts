import type { TurnFigures } from '../metrics/level/conversations.ts'
import { figureOf, figureOfScenario, figureOfTurn } from '../metrics/level/level-metrics.ts'
import type { LevelFigures, LevelMetrics, ScenarioFigures } from '../metrics/level/level-metrics.ts'
import type { RunReport } from '../report/run-report.ts'
import { escapeForTerminal } from '../text.ts'
import { loadOf } from '../vocabulary/load.ts'
import { METRICS } from '../vocabulary/metrics.ts'
import type { MetricName } from '../vocabulary/metrics.ts'
import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/** Figures and records as comma-separated values (RFC 4180): a line of names, then a line for each. An empty cell is no figure. */

type Cell = string | number | boolean | null

/** The metrics that a level has, in the order of docs. */
const LEVEL_METRICS = METRICS.filter(({ scope }) => scope !== 'run').map(({ name }) => name)

/** A line for each row of each level: times in milliseconds, rates per second, the error rate as a share. */
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

/** The figures of one stretch or one kind of a level's requests. */
export interface LevelRow {
  readonly pass: number | 'all'
  /** Of a mix: the scenario whose requests these are. Null: those of all. */
  readonly part: string | null
  /** Of conversations: the turn whose requests these are, `10+` where all later ones are with it. Null: those of all. */
  readonly turn: string | null
  readonly counts: RowCounts
  /** As `figureOf`; null also for what is not known of parts and turns. */
  figure(metric: MetricName): number | null
}

/** What a row has besides the metrics; null: not known. A part and a turn have no window of their own. */
interface RowCounts {
  readonly windowSeconds: number | null
  readonly ok: number
  readonly failed: number
  readonly short: number | null
  readonly inFlight: number | null
  /** Mean input tokens of a request that succeeded, as the server counts them. */
  readonly inputTokens: number | null
  /** The share of them that a prefix cache held. */
  readonly cachedShare: number | null
}

/** Of each pass, of all passes together, and of these each part of a mix and each turn of conversations. */
export function listLevelRows({ passes, parts = [], conversations, ...pooled }: LevelMetrics): LevelRow[] {
  return [
    ...passes.map((figures) => rowOfWhole(figures.pass, figures)),
    rowOfWhole('all', pooled),
    ...parts.map(rowOfPart),
    ...(conversations?.turns.map(rowOfTurn) ?? []),
  ]
}

function rowOfWhole(pass: LevelRow['pass'], figures: LevelFigures): LevelRow {
  const { windowSeconds, requests, inFlight, cachedShare } = figures
  return {
    pass,
    part: null,
    turn: null,
    counts: { windowSeconds, ...requests, inFlight: inFlight.mean, inputTokens: null, cachedShare },
    figure: (metric) => figureOf(figures, metric),
  }
}

const NO_WINDOW = { windowSeconds: null, short: null, inFlight: null } as const

function rowOfPart(part: ScenarioFigures): LevelRow {
  const { name, requests, inputTokens } = part
  return {
    pass: 'all',
    part: name,
    turn: null,
    counts: {
      ...NO_WINDOW,
      ...requests,
      inputTokens: requests.ok === 0 ? null : inputTokens / requests.ok,
      cachedShare: null,
    },
    figure: (metric) => figureOfScenario(part, metric),
  }
}

function rowOfTurn(figures: TurnFigures): LevelRow {
  const { turn, andLater, requests, inputTokens, cachedShare } = figures
  return {
    pass: 'all',
    part: null,
    turn: `${turn}${andLater === true ? '+' : ''}`,
    counts: { ...NO_WINDOW, ...requests, inputTokens, cachedShare },
    figure: (metric) => figureOfTurn(figures, metric),
  }
}
