import type { RunReport } from '../report/run-report.ts'
import type { Comparison, LostLevel, Verdict } from '../report/verdict.ts'
import { html, plain } from '../text.ts'
import { countAs } from './baseline-words.ts'
import { WITHOUT_VERDICT } from './comment-uncompared.ts'
import { crossCheckTable, describeCrossCheck, describeStandIns } from './view/cross-check.ts'
import { byChance, whose } from './view/doubts.ts'
import { driftLines } from './drift.ts'
import { findingLines } from './findings.ts'
import {
  formatChange,
  formatConcurrency,
  formatCount,
  formatDay,
  formatInterval,
  formatSha,
  MISSING,
  plural,
} from './format.ts'
import { groundsTable } from './view/baseline.ts'
import { htmlCharts } from './view/charts.ts'
import { htmlFold, htmlList, htmlPage, htmlParagraph, htmlSection, htmlTable } from './html.ts'
import { describeMissing, describeReasoning, levelTable } from './view/levels.ts'
import { describeLimit, formatLimitValue, LIMIT_OUTCOMES, sortedLimits } from './view/limits.ts'
import { describeUnused } from './lost-levels.ts'
import { capital, describeVerdict, formatFigure, formatVisible, labelOf } from './metric-words.ts'
import { outlookTable } from './outlook.ts'
import { describePlateau, describeWithin } from './plateau.ts'
import { describeRun } from './view/report.ts'
import { serverTable } from './view/server-side.ts'
import type { Column } from './terminal.ts'
import { iconOf, rateOf, renderTitle } from './view/title.ts'
import { causeOf, describeLevels, movedOf } from './view/where.ts'

export interface HtmlInput {
  readonly report: RunReport
  readonly verdict: Verdict | null
  /** As in a comment: a stored report that is shown alone. Default false. */
  readonly withoutVerdict?: boolean
}

/** The report as one page that holds everything: it can be opened from an artifact, without a network. */
export function renderHtml({ report, verdict, withoutVerdict = verdict === null }: HtmlInput): string {
  const [what, work] = describeRun(report)
  const charts = htmlCharts(report, verdict)
  const title = verdict === null ? what : renderTitle(verdict)
  return htmlPage({
    title: `${title} · Plateau`,
    body: [
      '<main>',
      heading(title, verdict),
      htmlParagraph(`${what} · ${work}`, 'soft'),
      ...(report.validity.ok
        ? []
        : [htmlParagraph('This run is not valid: its figures must not be used. The findings say why.')]),
      ...(withoutVerdict ? [htmlParagraph(WITHOUT_VERDICT)] : []),
      ...htmlSection('Limits', [limitsOf(verdict?.limits ?? report.limits ?? [])]),
      ...(verdict === null ? [] : verdictSections(verdict, report)),
      ...htmlSection('Charts', charts.length === 0 ? [] : [`<div class="charts">\n${charts.join('\n')}\n</div>`]),
      ...htmlSection('Levels', levelsOf(report)),
      ...htmlSection('Server side', serverOf(report)),
      ...htmlSection('Cross-check', crossCheckOf(report)),
      ...htmlSection('Findings', [htmlList(findingLines(report.validity.findings, plain))]),
      ...htmlSection('Where it ran', [contextOf(report)]),
      '</main>',
      `<footer>${htmlParagraph(`Measured by ${plain(report.tool.name)} ${plain(report.tool.version)} from ${plain(report.startedAt)} on.`, 'soft')}</footer>`,
    ],
  })
}

function heading(title: string, verdict: Verdict | null): string {
  const icon = verdict === null ? null : iconOf(verdict)
  const kind = icon === '❌' ? ' class="fail"' : icon === '✅' ? ' class="good"' : ''
  return `<h1${kind}>${html(title, 2000)}</h1>`
}

function verdictSections(verdict: Verdict, report: RunReport): string[] {
  const { comparisons, lostLevels, errorRate, notComparable, whatElseChanged } = verdict
  const levels = movedOf(comparisons).flatMap((comparison) => describeLevels(comparison) ?? [])
  const cause = causeOf(comparisons)
  const own = whose(verdict, { baseline: 'baseline', candidate: 'this run' }, plain)
  const lost = lostLevels.map(describeLost)
  const errors =
    errorRate === null || errorRate.verdict === 'no-change-seen'
      ? []
      : [`${rateOf(errorRate.candidate)} of all requests fail, ${rateOf(errorRate.baseline)} in the baseline.`]
  const differences = notComparable?.differences ?? []
  const notes = comparisons.flatMap((comparison) =>
    comparison.note === null ? [] : [`${labelOf(comparison)}: ${plain(comparison.note, 400)}`],
  )
  const grounds = groundsTable(comparisons, report)
  const outlook = outlookTable(verdict.outlook)
  return [
    ...htmlSection('Against the baseline', [
      comparisonsOf(comparisons),
      htmlList([...lost, ...errors, ...notes, ...driftLines(verdict.drift, plain)]),
      htmlFold('What this rests on', htmlTable('What this rests on', grounds.columns, grounds.rows)),
      restsOn(verdict),
    ]),
    ...htmlSection('Where', [
      htmlList([
        ...levels.map((text) => `${capital(text)}.`),
        ...(cause === null ? [] : [`Looks like ${cause}`]),
        ...(own === null ? [] : [own]),
      ]),
    ]),
    ...htmlSection('Not compared', [
      notComparable === null
        ? ''
        : htmlParagraph(`${plural(notComparable.runs, 'recorded run')}, none with these settings:`),
      htmlTable(
        'Differences',
        sides('Setting'),
        differences.map(({ field, setting, before, now }) => [setting ?? field, before, now]),
      ),
    ]),
    ...htmlSection('What this gate would catch', [
      htmlTable('Smallest change that it would catch', outlook.columns, outlook.rows),
    ]),
    ...htmlSection('What else changed', [
      htmlTable(
        'Changes of the context',
        sides('What'),
        whatElseChanged.map(({ what, before, now }) => [what, before, now]),
      ),
    ]),
  ]
}

function describeLost(level: LostLevel): string {
  const { concurrency, verdict, candidate, baseline, reason } = level
  if (verdict === 'not-measured') return describeUnused(level, plain)
  return `Concurrency ${formatConcurrency(concurrency)}: ${rateOf(candidate)} of the requests failed, ${rateOf(baseline)} in the baseline${reason === '' ? '' : ` (${plain(reason, 200)})`}.`
}

function comparisonsOf(comparisons: readonly Comparison[]): string {
  const columns = [
    left('Metric'),
    left('Verdict'),
    right('Baseline'),
    right('This run'),
    right('Change'),
    right('95 % interval'),
    right('Would catch'),
  ]
  const rows = comparisons.map((comparison) => {
    const { baseline, candidate, change, interval, verdict, tolerance } = comparison
    return [
      labelOf(comparison),
      describeVerdict(verdict, tolerance),
      formatFigure(comparison, baseline),
      formatFigure(comparison, candidate),
      formatChange(change),
      interval === null ? MISSING : formatInterval(interval),
      formatVisible(comparison),
    ]
  })
  return htmlTable('Comparisons', columns, rows)
}

function restsOn(verdict: Verdict): string {
  const { baseline, comparisons } = verdict
  const { newest, runs, origin } = baseline
  if (comparisons.length === 0 || newest === null) return ''
  const commit = newest.sha === null ? '' : `${formatSha(newest.sha)} `
  const chance = byChance(verdict)?.replaceAll('`', '') ?? ''
  return htmlParagraph(
    `Compared with ${plural(runs, 'run')}${origin === null ? '' : ` (${plain(origin)})`}${countAs(baseline)}, the newest ${commit}of ${plain(formatDay(newest.startedAt))}. ${chance}`,
    'soft',
  )
}

function limitsOf(limits: Verdict['limits']): string {
  const rows = sortedLimits(limits).map((limit) => [
    describeLimit(limit),
    `${LIMIT_OUTCOMES[limit.outcome]}${limit.reason === null ? '' : `: ${limit.reason}`}`,
    formatLimitValue(limit),
  ])
  return htmlTable('Limits', [left('Limit'), left('Verdict'), right('Measured')], rows)
}

function levelsOf(report: RunReport): string[] {
  if (report.levels.length === 0) return [htmlParagraph('No level was measured.')]
  const { columns, rows } = levelTable(report)
  const notes = [
    describeReasoning(report),
    describeMissing(report),
    describeStandIns(report),
    describePlateau(report),
    describeWithin(report),
  ]
  return [
    htmlTable('Levels', columns, rows),
    ...notes.flatMap((note) => (note === null ? [] : [htmlParagraph(note.replaceAll('`', ''), 'soft')])),
  ]
}

function serverOf(report: RunReport): string[] {
  const table = serverTable(report)
  if (table === null) return []
  return [
    htmlTable('Server side', table.columns, table.rows),
    htmlParagraph(`Source: ${plain(table.source)}. ${table.note}`, 'soft'),
  ]
}

function crossCheckOf(report: RunReport): string[] {
  const note = describeCrossCheck(report)
  if (note === null) return []
  const { columns, rows } = crossCheckTable(report)
  return [htmlTable('Cross-check', columns, rows), htmlParagraph(note, 'soft')]
}

function contextOf({ context, plan }: RunReport): string {
  const { runner } = context
  const rows: readonly (readonly [string, string | null])[] = [
    ['Endpoint', context.endpointLabel],
    ['Model asked for', context.model],
    ['Model served', context.servedModel],
    ['Server version', context.serverVersion ?? null],
    ['Build', context.build ?? 'not checked'],
    ['Provisioned', context.provisioned ?? null],
    ['Runner', `${runner.environment}, ${runner.os} ${runner.arch}, ${formatCount(runner.cpuCount)} CPUs`],
    ['Node', context.node],
    ['Cut by budgets', plan.cut.length === 0 ? null : plan.cut.join(' ')],
  ]
  return htmlTable(
    'Where it ran',
    [left('What'), left('Value')],
    rows.flatMap(([what, value]) => (value === null ? [] : [[what, value]])),
  )
}

function sides(what: string): Column[] {
  return [left(what), left('Before'), left('Now')]
}

function left(heading: string): Column {
  return { heading, align: 'left' }
}

function right(heading: string): Column {
  return { heading, align: 'right' }
}
