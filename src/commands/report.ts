import { SettingsError } from '../errors.ts'
import { encodeLevelsCsv } from '../exports/csv.ts'
import { encodeJunit } from '../exports/junit.ts'
import { encodeOpenMetrics } from '../exports/open-metrics.ts'
import { renderCurve, renderPage } from '../render/page.ts'
import { renderText } from '../render/text.ts'
import type { RunReport } from '../report/run-report.ts'
import { encodeRunReport } from '../report/run-report-codec.ts'
import type { Verdict } from '../report/verdict.ts'
import { defineSetting, showValue } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { resolveFlags, splitArguments, takeOneWord } from '../settings/reading/flags.ts'
import { readChoice, readLine } from '../settings/values/simple.ts'
import { renderMarkdown } from './deliver.ts'
import { judgeAlone } from './judge.ts'
import type { Command, CommandPorts } from './ports.ts'
import { readStored, REPORT_KIND, VERDICT_KIND } from './recorded/stored.ts'

const HELP: CommandHelp = {
  summary:
    'Shows a stored report again in any format: text, Markdown, JSON, a page, its curve, JUnit, CSV, OpenMetrics',
  words: 'FILE',
  examples: [
    'plateau report report.json',
    'plateau report report.json --verdict verdict.json --format markdown',
    'plateau report report.json --format html > report.html',
    'plateau report report.json --verdict verdict.json --format svg > curve.svg',
    'plateau report report.json --verdict verdict.json --format junit > junit.xml',
  ],
}

const FORMATS = ['text', 'markdown', 'json', 'html', 'svg', 'junit', 'csv', 'openmetrics'] as const

export const REPORT_COMMAND_SETTINGS = {
  verdict: defineSetting({
    name: 'verdict',
    group: 'Report',
    help: 'Verdict to show with it, as --verdict-json wrote it',
    placeholder: 'FILE',
    default: null,
    common: true,
    read: readLine,
  }),
  format: defineSetting({
    name: 'format',
    group: 'Report',
    help: 'What is written to stdout: text, markdown, json, html, svg (its curve), junit, csv (its levels) or openmetrics',
    placeholder: 'WORD',
    default: 'text',
    common: true,
    read: readChoice(FORMATS),
  }),
}

export const COMMAND: Command = { help: HELP, settings: REPORT_COMMAND_SETTINGS, run: reportCommand }

/** `plateau report`: exit code 0 whatever the report says; "plateau compare" decides. */
async function reportCommand(argv: readonly string[], { env, output }: CommandPorts): Promise<number> {
  const { words, flags } = splitArguments(REPORT_COMMAND_SETTINGS, argv)
  const settings = resolveFlags(REPORT_COMMAND_SETTINGS, flags, env)
  if (settings.format === 'json' && settings.verdict !== null) {
    const message = 'is JSON already and has no place in that of the report; remove it, or choose another format'
    throw new SettingsError([{ setting: 'verdict', given: null, message }])
  }
  const { report, verdict } = readBoth(words, settings.verdict)
  const text = renderStored(settings.format, { report, verdict, colour: output.colours.out })
  if (settings.format === 'json') output.json(text)
  else output.out(text)
  return 0
}

/** Reads the files, and reports all problems. */
function readBoth(
  words: readonly string[],
  verdictPath: string | null,
): { readonly report: RunReport; readonly verdict: Verdict | null } {
  const path = takeOneWord(words, 'file', 'report')
  if (path === undefined)
    throw new SettingsError([{ setting: 'file', given: null, message: 'is required: plateau report FILE' }])
  const report = readStored(REPORT_KIND, path, 'file')
  const verdict = verdictPath === null ? null : readStored(VERDICT_KIND, verdictPath, 'verdict')
  const problems = [report, verdict].flatMap((stored) => stored?.problem ?? [])
  if (problems.length > 0) throw new SettingsError(problems)
  const read = { report: report.value!, verdict: verdict?.value ?? null }
  if (read.verdict !== null) refuseOther(read.verdict.name, read.report.series.name, verdictPath!)
  return read
}

/** Refuses a verdict about another name: it would head figures that it does not rest on. */
function refuseOther(judged: string, measured: string, path: string): void {
  if (judged === measured) return
  const message = `is about ${showValue(judged)}, and the report about ${showValue(measured)}; give both of one run`
  throw new SettingsError([{ setting: 'verdict', given: showValue(path), message }])
}

function renderStored(
  format: (typeof FORMATS)[number],
  {
    report,
    verdict,
    colour,
  }: { readonly report: RunReport; readonly verdict: Verdict | null; readonly colour: boolean },
): string {
  switch (format) {
    case 'json':
      return `${encodeRunReport(report)}\n`
    case 'markdown':
      return renderMarkdown(report, verdict ?? judgeAlone(report), { withoutVerdict: verdict === null })
    case 'html':
      return renderPage({ report, verdict: verdict ?? judgeAlone(report), withoutVerdict: verdict === null })
    case 'svg': {
      const curve = renderCurve({ report, verdict })
      if (curve !== null) return curve
      const message = 'draws a curve, and this report has none: that takes throughput and latency at two levels or more'
      throw new SettingsError([{ setting: 'format', given: format, message }])
    }
    case 'junit':
      return encodeJunit(report, verdict ?? judgeAlone(report))
    case 'csv':
      return [...encodeLevelsCsv(report)].join('')
    case 'openmetrics':
      return encodeOpenMetrics(report, verdict ?? judgeAlone(report))
    case 'text':
      return renderText(report, { verdict, colour })
  }
}
