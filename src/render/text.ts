import type { ReportFinding, RunReport } from '../report/run-report.ts'
import { plain } from '../text.ts'
import type { LimitResult } from '../verdict/limits.ts'
import { crossCheckTable, describeCrossCheck, describeStandIns } from './view/cross-check.ts'
import { renderCurve } from './curve.ts'
import { describeFindings } from './findings.ts'
import { describeMissing, describeReasoning, renderLevels } from './view/levels.ts'
import { limitLines } from './limit-lines.ts'
import { describePlateau, describeWithin } from './plateau.ts'
import { describeRun } from './view/report.ts'
import { serverTable } from './view/server-side.ts'
import { createStyle } from './style.ts'
import type { Style } from './style.ts'
import { textTable, wrap } from './terminal.ts'

export interface TextOptions {
  /** Results of the limits, shown when there are any. */
  readonly limits?: readonly LimitResult[]
  /** True to use ANSI colours. Default false. */
  readonly colour?: boolean
}

/** The report for a terminal: 80 columns, ends with a line break. */
export function renderText(report: RunReport, { limits = [], colour = false }: TextOptions = {}): string {
  const style = createStyle(colour)
  const sections = [
    headingOf(report, style),
    validityOf(report, style),
    levelsOf(report, style),
    serverOf(report, style),
    crossCheckOf(report, style),
    renderCurve(report.levels, report.plateau).map((line, i) => (i === 0 ? style.bold(line) : line)),
    [describePlateau(report), describeWithin(report)].flatMap((text) => (text === null ? [] : wrap(text))),
    limitLines(
      limits.map(({ limit, ...result }) => ({ ...result, limit: limit.text })),
      style,
    ),
    findingsOf(report.validity.findings, style),
    buildOf(report, style),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function headingOf(report: RunReport, style: Style): string[] {
  const [what, work] = describeRun(report)
  return [style.bold(what), style.dim(work)]
}

/** The server, whether the build is the one that was meant (silence would read like a yes), and what capacity was there. */
function buildOf({ context }: RunReport, style: Style): string[] {
  const build =
    context.build === undefined
      ? 'Build not checked; `expect-version` names the one that is meant.'
      : `Build checked: ${plain(context.build)}.`
  const provisioned = context.provisioned === undefined ? [] : wrap(`Provisioned: ${plain(context.provisioned, 200)}.`)
  const server = context.serverVersion === undefined ? [] : wrap(`Server: ${plain(context.serverVersion, 200)}.`)
  return [...server, build, ...provisioned].map(style.dim)
}

function validityOf({ validity }: RunReport, style: Style): string[] {
  return validity.ok ? [] : [style.bad('This run is not valid: its figures must not be used. The findings say why.')]
}

function levelsOf(report: RunReport, style: Style): string[] {
  if (report.levels.length === 0) return ['No level was measured.']
  const [heading, ...rows] = renderLevels(report)
  const notes = [describeReasoning(report), describeMissing(report), describeStandIns(report)].filter(
    (note) => note !== null,
  )
  return [
    style.dim(heading!),
    ...rows.map((row, i) => (report.levels[i]!.valid ? row : style.warn(row))),
    ...notes.flatMap((note) => wrap(note).map(style.dim)),
  ]
}

/** What whole answers say, beside what streams said. */
function crossCheckOf(report: RunReport, style: Style): string[] {
  const note = describeCrossCheck(report)
  if (note === null) return []
  const { columns, rows } = crossCheckTable(report)
  const [heading, ...lines] = textTable(columns, rows)
  return [style.bold('Cross-check'), style.dim(heading!), ...lines, ...wrap(note).map(style.dim)]
}

/** What the server itself said, beside what the client measured. */
function serverOf(report: RunReport, style: Style): string[] {
  const table = serverTable(report)
  if (table === null) return []
  const [heading, ...rows] = textTable(table.columns, table.rows)
  return [
    style.bold(`Server side (${plain(table.source)})`),
    style.dim(heading!),
    ...rows,
    ...wrap(table.note).map(style.dim),
  ]
}

function findingsOf(findings: readonly ReportFinding[], style: Style): string[] {
  if (findings.length === 0) return []
  const lines = describeFindings(findings, plain).flatMap(({ sentence, remedy }) => [
    ...wrap(`  ! ${sentence}`, { indent: 4 }).map(style.warn),
    ...(remedy === null ? [] : wrap(`    → ${remedy}`, { indent: 6 })),
  ])
  return [style.bold('Findings'), ...lines]
}
