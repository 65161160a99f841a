import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { escapeForHtml } from '../text.ts'
import { MISSING } from './format.ts'
import { htmlFold, htmlList, htmlPage, htmlParagraph, htmlSection, htmlTable, writeHtml } from './html.ts'
import { figureColumn, say, wordColumn } from './parts.ts'
import type { Table } from './parts.ts'
import { renderChart } from './svg-chart.ts'
import { writePlain } from './terminal.ts'
import { viewReport, viewVerdict } from './view.ts'
import type { ReportView, VerdictView } from './view.ts'
import type { Chart } from './view/charts.ts'
import { WITHOUT_VERDICT } from './view/uncompared.ts'

/** What a page is made from. */
export interface PageInput {
  readonly report: RunReport
  readonly verdict: Verdict | null
  /** As in a comment: a stored report that is shown alone. Default: whether there is a verdict. */
  readonly withoutVerdict?: boolean
}

/** The report as one page that holds everything: it can be opened from an artifact, without a network. */
export function renderPage({ report, verdict, withoutVerdict = verdict === null }: PageInput): string {
  const { run, limits, levels, server, crossCheck, charts } = viewReport(report, verdict)
  const view = verdict === null ? null : viewVerdict({ report, verdict, subject: 'run', withoutVerdict })
  const title = view === null ? run.endpoint : say`${view.title.icon} ${view.title.sentence}`
  return htmlPage({
    title: `${writePlain(title)} · Plateau`,
    body: [
      '<main>',
      `<h1${view === null ? '' : (H1_CLASSES[view.title.mood] ?? '')}>${writeHtml(title)}</h1>`,
      htmlParagraph(say`${run.endpoint} · ${run.work}`, 'soft'),
      ...dropAbsent([htmlParagraph(run.invalid), withoutVerdict ? htmlParagraph(WITHOUT_VERDICT) : '']),
      ...htmlSection('Limits', [layLimits(limits.rows)]),
      ...(view === null ? [] : layVerdict(view)),
      ...htmlSection('Charts', chartGrid(charts)),
      ...htmlSection('Levels', layLevels(levels)),
      ...htmlSection(
        'Server side',
        server === null
          ? []
          : [
              htmlTable('Server side', server.table),
              htmlParagraph(say`Source: ${server.source}. ${server.note}`, 'soft'),
            ],
      ),
      ...htmlSection(
        'Cross-check',
        crossCheck === null ? [] : [htmlTable('Cross-check', crossCheck.table), htmlParagraph(crossCheck.note, 'soft')],
      ),
      ...htmlSection('Findings', [htmlList(run.findings.map(({ line }) => line))]),
      ...htmlSection('Where it ran', [htmlTable('Where it ran', run.context)]),
      '</main>',
      `<footer>${htmlParagraph(run.origin, 'soft')}</footer>`,
    ],
  })
}

const H1_CLASSES: Readonly<Partial<Record<VerdictView['title']['mood'], string>>> = {
  bad: ' class="fail"',
  good: ' class="good"',
}

function layVerdict(view: VerdictView): string[] {
  const { comparisons, baseline, uncompared, moves, part, owner, chance } = view
  const facts = [...comparisons.lost, comparisons.errors, ...comparisons.unused, ...comparisons.notes, baseline.drift]
  return [
    ...htmlSection('Against the baseline', [
      htmlTable('Comparisons', layComparisons(comparisons)),
      htmlList(dropAbsent(facts)),
      htmlFold('What this rests on', htmlTable('What this rests on', baseline.grounds)),
      htmlParagraph(
        baseline.origin === null ? null : say`${baseline.origin}.${chance === null ? '' : ` ${chance}`}`,
        'soft',
      ),
    ]),
    ...htmlSection('Where', [htmlList(dropAbsent([...moves, part, owner]))]),
    ...htmlSection('Not compared', [
      htmlParagraph(uncompared.candidates),
      htmlTable('Differences', uncompared.differences),
    ]),
    ...htmlSection('What this gate would catch', [htmlTable('Smallest change that it would catch', baseline.outlook)]),
    ...htmlSection('What else changed', [htmlTable('Changes of the context', baseline.changes)]),
  ]
}

/** On a narrow screen the answer comes first: what it is and its verdict, figures behind them. */
function layComparisons({ rows }: VerdictView['comparisons']): Table {
  return {
    columns: [
      wordColumn('Metric'),
      wordColumn('Verdict'),
      figureColumn('Baseline'),
      figureColumn('This run'),
      figureColumn('Change'),
      figureColumn('95 % interval'),
      figureColumn('Would catch'),
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
  return htmlTable('Limits', {
    columns: [wordColumn('Limit'), wordColumn('Verdict'), figureColumn('Measured')],
    rows: limits.map(({ limit, verdict, measured }) => [limit, verdict, measured]),
  })
}

function layLevels({ table, none, ...notes }: ReportView['levels']): string[] {
  if (table.rows.length === 0) return [htmlParagraph(none)]
  const below = [notes.reasoning, notes.missing, notes.standIns, notes.plateau, notes.within]
  return [htmlTable('Levels', table), ...below.map((note) => htmlParagraph(note, 'soft'))]
}

/** Each chart with its title above it. */
function chartGrid(charts: readonly Chart[]): string[] {
  if (charts.length === 0) return []
  const figures = charts.map(
    (chart) => `<figure>\n<figcaption>${escapeForHtml(chart.title)}</figcaption>\n${renderChart(chart)}\n</figure>`,
  )
  return [`<div class="charts">\n${figures.join('\n')}\n</div>`]
}

/** What is there. */
function dropAbsent<T>(parts: readonly (T | null)[]): T[] {
  return parts.flatMap((part) => (part === null || part === '' ? [] : [part]))
}
