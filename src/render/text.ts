import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { IN_FOUR_OF_FIVE } from '../words/metric-words.ts'
import { makeFigureColumn, say, makeWordColumn } from '../words/sentences.ts'
import type { Sentence, Table, TitledTable } from '../words/sentences.ts'
import { createStyle, joinSections, layStyledTable, wrap, writePlain } from '../words/terminal.ts'
import type { Style } from '../words/terminal.ts'
import { viewReport, viewVerdict } from './view.ts'
import type { ReportView, VerdictView } from './view.ts'
import type { Chart } from './view/chart.ts'
import type { LimitView } from './view/report.ts'
import { rankTitles, viewTitle, viewTitleOfAll } from './view/title.ts'
import type { Judged } from './view/title.ts'

/** Texts for a terminal and a log: 80 columns, with a line break at the end. */

interface TextOptions {
  /** True to use ANSI colours. Default false. */
  readonly colour?: boolean
}

/** A report, and below it its verdict where there is one. */
export function renderText(
  report: RunReport,
  { verdict = null, colour = false }: TextOptions & { readonly verdict?: Verdict | null } = {},
): string {
  const style = createStyle(colour)
  return joinSections([
    ...reportSections(viewReport(report, verdict), style),
    ...(verdict === null ? [] : layVerdict(viewVerdict({ report, verdict, subject: 'run' }), style, [])),
  ])
}

/** Only a verdict; `report` is used to say why a run could not be measured. */
export function renderVerdictText(
  verdict: Verdict,
  { colour = false, report = null }: TextOptions & { readonly report?: RunReport | null } = {},
): string {
  const style = createStyle(colour)
  const view = viewVerdict({ report, verdict, subject: 'run' })
  return joinSections(layVerdict(view, style, layLimits(view.limits.rows, style)))
}

/**
 * The verdict in one sentence of plain text, for a log, an annotation or a terminal. With the report, it says why a
 * run could not be measured.
 */
export function renderTitle(verdict: Verdict, report: RunReport | null = null): string {
  return writePlain(viewTitle(verdict, report).signed)
}

/** The headline of several names tells the worst; of one alone it is its title. */
export function renderHeadline(judged: readonly Judged[]): string {
  return writePlain(viewTitleOfAll(rankTitles(judged)))
}

/** Several verdicts in a line each, the worst first, under their headline. */
export function renderTitles(judged: readonly Judged[]): string {
  return [
    ...wrap(renderHeadline(judged), { indent: 3 }),
    ...rankTitles(judged).flatMap(({ title }) => wrap(`  ${writePlain(title.signed)}`, { indent: 5 })),
    '',
  ].join('\n')
}

function reportSections(
  { run, levels, conversations, mix, server, crossCheck, charts, limits }: ReportView,
  style: Style,
): string[][] {
  return [
    [...layParagraphs([run.endpoint]).map(style.bold), ...layParagraphs([run.work]).map(style.dim)],
    run.invalid === null ? [] : [style.bad(run.invalid)],
    layLevels(levels, style),
    conversations === null ? [] : layConversations(conversations, style),
    layTitled(mix, style),
    server === null ? [] : laySection(say`${server.heading} (${server.source})`, server.table, server.note, style),
    layTitled(crossCheck, style),
    charts.filter(({ id }) => id === 'throughput').flatMap((chart) => drawBars(chart, style)),
    layParagraphs([levels.plateau, levels.within, levels.capacity, levels.goodput, levels.price]),
    layLimits(limits.rows, style),
    layFindings(run.findings, style),
    [
      ...layParagraphs([run.imported, run.serverVersion, run.build === null ? null : writeBuild(run.build)]),
      ...layParagraphs([run.provisioned, run.unsent, run.proof, run.shards]),
    ].map(style.dim),
  ]
}

function writeBuild({ sentence, advice }: NonNullable<ReportView['run']['build']>): Sentence {
  return advice === null ? say`${sentence}.` : say`${sentence}; ${advice}.`
}

function layLevels({ table, isValid, ...notes }: ReportView['levels'], style: Style): string[] {
  if (table.rows.length === 0) return [notes.none]
  return [
    ...layStyledTable(table, style, (row, i) => (isValid[i]! ? row : style.warn(row))),
    ...layParagraphs([notes.reasoning, notes.missing, notes.schedule, notes.standIns]).map(style.dim),
  ]
}

function layConversations(
  { what, levels, turns, turnsHeading, note }: NonNullable<ReportView['conversations']>,
  style: Style,
): string[] {
  return [...laySection(what, levels, note, style), style.bold(turnsHeading), ...layStyledTable(turns, style)]
}

function layTitled(titled: TitledTable | null, style: Style): string[] {
  return titled === null ? [] : laySection(titled.heading, titled.table, titled.note, style)
}

/** A table with a heading above it and what to know about it below. */
function laySection(heading: Sentence, table: Table, note: Sentence | null, style: Style): string[] {
  return [style.bold(writePlain(heading)), ...layStyledTable(table, style), ...layParagraphs([note]).map(style.dim)]
}

function layFindings(findings: ReportView['run']['findings'], style: Style): string[] {
  if (findings.length === 0) return []
  const lines = findings.flatMap(({ sentence, remedy }) => [
    ...wrap(`  ! ${writePlain(sentence)}`, { indent: 4 }).map(style.warn),
    ...(remedy === null ? [] : wrap(`    → ${writePlain(remedy)}`, { indent: 6 })),
  ])
  return [style.bold('Findings'), ...lines]
}

/** Words that can be searched for in a log. */
const OUTCOMES = { pass: '✓ pass', fail: '✗ FAIL', 'not-measured': '? not measured' } as const

function layLimits(limits: readonly LimitView[], style: Style): string[] {
  if (limits.length === 0) return []
  const colours = { pass: style.good, fail: style.bad, 'not-measured': style.warn }
  const lines = limits.flatMap(({ outcome, limit, found }) => {
    const line = `  ${OUTCOMES[outcome]}  ${writePlain(limit)}: ${found.map(writePlain).join(', ')}`
    return wrap(line, { indent: 4 }).map(colours[outcome])
  })
  return [style.bold('Limits'), ...lines]
}

const WIDTH = 40
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A chart over concurrency as a bar a level; nothing for fewer than two. */
function drawBars({ title, x: load, y: axis, lines, words }: Chart, style: Style): string[] {
  const bars = lines.find(({ kind }) => kind === 'candidate')?.points ?? []
  if (bars.length < 2) return []
  const highest = Math.max(...bars.map(({ y }) => y))
  const numbers = bars.map(({ y }) => axis.format(y))
  const wide = Math.max(...numbers.map((text) => text.length))
  const drawn = bars.map(({ x, y }, i) => {
    const length = Math.round((y / highest) * WIDTH * 8)
    const bar = '█'.repeat(length >> 3) + EIGHTHS[length & 7]!
    const mark = words.find((word) => word.x === x)?.words ?? ''
    return `${`${x}${load.unit}`.padStart(5)}  ${numbers[i]!.padStart(wide)}  ${bar.padEnd(WIDTH)}  ${mark}`.trimEnd()
  })
  return [style.bold(title), ...drawn]
}

function layVerdict(
  { title, comparisons, moves, part, owner, baseline, uncompared, attempts, chance, fineness }: VerdictView,
  style: Style,
  limits: string[],
): string[][] {
  const { changes } = baseline
  const moods = { ...style, neutral: (text: string) => text }
  return [
    wrap(writePlain(title.signed), { indent: 3 }).map((line) => style.bold(moods[title.mood](line))),
    limits,
    layComparisons(comparisons, style),
    layParagraphs([...comparisons.lost, ...comparisons.unused, comparisons.errors], 2),
    layParagraphs([...moves, part, owner], 2),
    layParagraphs([baseline.slowDrift], 2),
    uncompared.recordedRuns === null ? [] : layChanges(uncompared.recordedRuns, uncompared.differences),
    layStyledTable(baseline.outlook, style),
    changes.table.rows.length === 0 ? [] : layChanges(style.bold(changes.heading), changes.table),
    [
      ...layParagraphs([
        baseline.origin === null
          ? null
          : say`${baseline.origin}; ${baseline.tolerances}.${chance === null ? '' : ` ${chance}`}`,
        attempts,
        ...(baseline.origin === null ? [] : [baseline.narrowed, baseline.control, fineness]),
      ]),
      ...baseline.passedOver.flatMap((sentence) => layParagraphs([say`Passed over: ${sentence}`])),
      ...layParagraphs([uncompared.warning]),
    ].map(style.dim),
  ]
}

/** Short names: the line has 80 columns. */
function layComparisons({ rows, notes, before }: VerdictView['comparisons'], style: Style): string[] {
  if (rows.length === 0) return []
  const table = {
    columns: [
      makeWordColumn('metric'),
      makeFigureColumn(before),
      makeFigureColumn('now'),
      makeFigureColumn('change'),
      makeWordColumn(''),
      makeFigureColumn('finds'),
      makeWordColumn('verdict'),
    ],
    rows: rows.map(({ short, change, interval, visible }) => [
      short.metric,
      short.baseline,
      short.candidate,
      change,
      interval ?? '',
      visible,
      short.verdict,
    ]),
  }
  return [
    ...layStyledTable(table, style, (line, i) => (rows[i]!.isRegressed ? style.bad(line) : line)),
    ...[...notes, LEGEND].flatMap((note) => wrap(`  ${writePlain(note)}`, { indent: 4 }).map(style.dim)),
  ]
}

const LEGEND = `In brackets the likely range; finds: the worsening found ${IN_FOUR_OF_FIVE} runs.`

/** What differs, a line each, below a heading. */
function layChanges(heading: string, { rows }: Table): string[] {
  const lines = rows.flatMap((row) => {
    const [what, before, now] = row.map(writePlain)
    return wrap(`  ${what!}: ${before!} → ${now!}`, { indent: 4 })
  })
  return [heading, ...lines]
}

function layParagraphs(sentences: readonly (Sentence | null)[], indent = 0): string[] {
  return sentences.flatMap((sentence) => (sentence === null ? [] : wrap(writePlain(sentence), { indent })))
}
