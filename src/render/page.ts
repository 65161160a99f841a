import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { capitalise, escapeForHtml } from '../text.ts'
import { MISSING } from '../words/format.ts'
import { IN_FOUR_OF_FIVE } from '../words/metric-words.ts'
import { dropAbsent, makeFigureColumn, say, makeWordColumn } from '../words/sentences.ts'
import type { Table, TitledTable } from '../words/sentences.ts'
import { writePlain } from '../words/terminal.ts'
import {
  layHtmlFold,
  layHtmlList,
  layHtmlPage,
  layHtmlParagraph,
  layHtmlSection,
  layHtmlTable,
  writeHtml,
  writeLinkedHtml,
} from './html.ts'
import { renderChart, renderChartFile } from './svg-chart.ts'
import { viewReport, viewVerdict } from './view.ts'
import type { ReportView, VerdictView } from './view.ts'
import type { Chart } from './view/chart.ts'
import type { ViewInput } from './view/input.ts'
import { WITHOUT_VERDICT } from './view/compared/uncompared.ts'

/** What a page is made from. */
export interface PageInput {
  readonly report: RunReport
  readonly verdict: Verdict | null
  /** True for a stored report that is shown alone. Default: whether there is no verdict. */
  readonly withoutVerdict?: boolean
  /** The run and its commits, to link what lies between them and the newest recorded run. Default: not known. */
  readonly origin?: Pick<ViewInput, 'links' | 'commits'>
}

/** The report as one self-contained page, which can be opened from an artifact without a network. */
export function renderPage({ report, verdict, withoutVerdict = verdict === null, origin = {} }: PageInput): string {
  const { run, limits, levels, conversations, mix, server, split, slowest, crossCheck, charts } = viewReport(
    report,
    verdict,
  )
  const view = verdict === null ? null : viewVerdict({ ...origin, report, verdict, subject: 'run', withoutVerdict })
  const title = view === null ? run.endpoint : view.title.signed
  return layHtmlPage({
    title: `${writePlain(title)} · Plateau`,
    body: [
      '<main>',
      `<h1${view === null ? '' : (H1_CLASSES[view.title.mood] ?? '')}>${writeHtml(title)}</h1>`,
      layHtmlParagraph(say`${run.endpoint} · ${run.work}`, 'soft'),
      ...dropAbsent([layHtmlParagraph(run.invalid), withoutVerdict ? layHtmlParagraph(WITHOUT_VERDICT) : '']),
      ...layHtmlSection('The curve', layCharts(charts.filter(isCurve), 'first')),
      ...layHtmlSection('Limits', [layLimits(limits.rows)]),
      ...(view === null ? [] : layVerdict(view)),
      ...layHtmlSection(
        'Charts',
        layCharts(
          charts.filter((chart) => !isCurve(chart)),
          'more',
        ),
      ),
      ...layHtmlSection('Levels', layLevels(levels)),
      ...layTitled(mix),
      ...layHtmlSection(
        'Conversations',
        conversations === null
          ? []
          : [
              layHtmlParagraph(say`${conversations.what}.`),
              layHtmlTable('Conversations by level', conversations.levels),
              layHtmlTable(conversations.turnsHeading, conversations.turns),
              layHtmlParagraph(conversations.note, 'soft'),
            ],
      ),
      ...layTitled(server && { ...server, table: server.beside ?? server.table, note: server.sourced }),
      ...layTitled(split),
      ...layHtmlSection('Slowest requests', [
        layHtmlFold('The ten slowest, with their ids', layTableAndNote(slowest).join('\n')),
      ]),
      ...layTitled(crossCheck),
      ...layHtmlSection('Findings', [layHtmlList(run.findings.map(({ line }) => line))]),
      ...layHtmlSection('Where it ran', [layHtmlTable('Where it ran', run.context)]),
      '</main>',
      `<footer>${[run.imported, run.unsent, run.proof, run.shards, run.origin].map((part) => layHtmlParagraph(part, 'soft')).join('')}</footer>`,
    ],
  })
}

/** The curve of a run, beside what it was compared with, as an SVG file; null where too few levels were measured. */
export function renderCurve({ report, verdict }: PageInput): string | null {
  const curve = viewReport(report, verdict).charts.find(isCurve)
  return curve === undefined ? null : renderChartFile(curve)
}

function isCurve({ id }: Chart): boolean {
  return id === 'curve'
}

const H1_CLASSES: Readonly<Partial<Record<VerdictView['title']['mood'], string>>> = {
  bad: ' class="fail"',
  good: ' class="good"',
}

function layVerdict(view: VerdictView): string[] {
  const { comparisons, baseline, uncompared, moves, part, owner, attempts, chance, fineness } = view
  const facts = [
    ...comparisons.lost,
    comparisons.errors,
    ...comparisons.unused,
    ...comparisons.notes,
    baseline.slowDrift,
  ]
  return [
    ...layHtmlSection(`Against the ${comparisons.before}`, [
      layHtmlTable('Comparisons', layComparisons(comparisons)),
      layHtmlList(dropAbsent(facts)),
      layHtmlFold(baseline.grounds.heading, layHtmlTable(baseline.grounds.heading, baseline.grounds.table)),
      layHtmlParagraph(
        baseline.origin === null ? null : say`${baseline.origin}.${chance === null ? '' : ` ${chance}`}`,
        'soft',
      ),
      layHtmlParagraph(attempts, 'soft'),
      layHtmlParagraph(baseline.narrowed, 'soft'),
      layHtmlParagraph(baseline.control, 'soft'),
      layHtmlParagraph(fineness, 'soft'),
    ]),
    ...layHtmlSection('Where', [layHtmlList(dropAbsent([...moves, part, owner]), writeLinkedHtml)]),
    ...layHtmlSection('Not compared', [
      layHtmlParagraph(uncompared.recordedRuns),
      layHtmlTable('Differences', uncompared.differences),
    ]),
    ...layHtmlSection('What this gate finds', [
      layHtmlTable(`Smallest change that it finds ${IN_FOUR_OF_FIVE} runs`, baseline.outlook),
    ]),
    ...layHtmlSection(baseline.changes.heading, [layHtmlTable('Changes of the context', baseline.changes.table)]),
  ]
}

/** For narrow screens, metric and verdict come first, then the figures. */
function layComparisons({ rows, before }: VerdictView['comparisons']): Table {
  return {
    columns: [
      makeWordColumn('Metric'),
      makeWordColumn('Verdict'),
      makeFigureColumn(capitalise(before)),
      makeFigureColumn('This run'),
      makeFigureColumn('Change'),
      makeFigureColumn('95 % interval'),
      makeFigureColumn(`Finds ${IN_FOUR_OF_FIVE}`),
    ],
    rows: rows.map(({ metric, verdict, baseline, candidate, change, interval, visible }) => [
      metric,
      verdict,
      baseline,
      candidate,
      change,
      interval ?? MISSING,
      visible,
    ]),
  }
}

function layLimits(limits: ReportView['limits']['rows']): string {
  return layHtmlTable('Limits', {
    columns: [makeWordColumn('Limit'), makeWordColumn('Verdict'), makeFigureColumn('Measured')],
    rows: limits.map(({ limit, verdict, measured }) => [limit, verdict, measured]),
  })
}

function layLevels({ table, none, ...notes }: ReportView['levels']): string[] {
  if (table.rows.length === 0) return [layHtmlParagraph(none)]
  const below = [
    notes.reasoning,
    notes.missing,
    notes.schedule,
    notes.standIns,
    notes.plateau,
    notes.within,
    notes.capacity,
    notes.goodput,
    notes.price,
  ]
  return [layHtmlTable('Levels', table), ...below.map((note) => layHtmlParagraph(note, 'soft'))]
}

function layTitled(titled: TitledTable | null): string[] {
  return titled === null ? [] : layHtmlSection(titled.heading, layTableAndNote(titled))
}

function layTableAndNote(titled: TitledTable | null): string[] {
  return titled === null ? [] : [layHtmlTable(titled.heading, titled.table), layHtmlParagraph(titled.note, 'soft')]
}

/** Each chart with its title above it, and below it how to read it and all that it shows as a table. */
function layCharts(charts: readonly Chart[], kind: 'first' | 'more'): string[] {
  if (charts.length === 0) return []
  const figures = charts.map((chart) =>
    dropAbsent([
      `<figure${kind === 'first' ? ' class="first"' : ''}>`,
      `<figcaption>${escapeForHtml(chart.title)}</figcaption>`,
      renderChart(chart),
      layHtmlParagraph(chart.note, 'soft'),
      layHtmlFold('Figures', layHtmlTable(`Figures: ${chart.title}`, chart.table)),
      '</figure>',
    ]).join('\n'),
  )
  return [`<div class="charts">\n${figures.join('\n')}\n</div>`]
}
