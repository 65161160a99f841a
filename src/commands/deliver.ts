import { summariseError } from '../errors.ts'
import type { EndpointError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import { encodeLevelsCsv, encodeRequestsCsv } from '../exports/csv.ts'
import { encodeJunit } from '../exports/junit.ts'
import { encodeOpenMetrics } from '../exports/open-metrics.ts'
import { renderComment } from '../render/comment.ts'
import { NOTE_ROOM } from '../render/markdown.ts'
import { renderPage } from '../render/page.ts'
import { renderText, renderVerdictText } from '../render/text.ts'
import { encodeRecords, encodeRunReport } from '../report/run-report-codec.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { encodeVerdict } from '../report/verdict-codec.ts'
import type { Settings } from '../settings.ts'
import type { RESULT_FILES } from '../settings/lists/report-settings.ts'
import { redactVerdict } from '../shell/redact-result.ts'
import { isLoopback } from '../settings/values/urls.ts'
import { exitCodeOf, concludeWithoutFigures } from '../verdict/conclude.ts'
import { writeFile } from './files.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import type { Output } from './output.ts'
import type { CommandPorts } from './ports.ts'
import { recordRun } from './recorded/record.ts'
import type { CommandHistory, RecordedResult } from './recorded/record.ts'

/** The settings of the output. */
interface DeliverSettings extends Pick<
  Settings,
  'format' | 'reportJson' | 'records' | 'csv' | 'requestsCsv' | keyof ResultFiles
> {
  /** Null when the endpoint does not matter. */
  readonly endpoint: URL | null
}

/** The delivered parts of a result. */
type Deliverable = Pick<GateResult, 'report' | 'verdict' | 'records' | 'error' | 'cancelled' | 'controls'>

/** Files about a verdict. */
type ResultFiles = Pick<Settings, keyof typeof RESULT_FILES>

/** How a run ended, and whether all files could be written. */
interface Delivered {
  readonly code: number
  readonly written: boolean
}

/**
 * Delivers the result of a run and adds it to the history; returns the exit code. A file that could not be written never
 * hides the verdict.
 */
export async function endRun(
  settings: DeliverSettings,
  result: Deliverable & RecordedResult,
  history: CommandHistory,
  { env, output }: Pick<CommandPorts, 'env' | 'output'>,
): Promise<number> {
  const { code, written } = deliver(settings, result, output, findJobPage(env))
  const recorded = await recordRun(history, result, { env, output })
  return code === EXIT.passed && !(written && recorded) ? EXIT.refused : code
}

/** Shows the result, writes the files and says how the run ended. `job` is the page of the job around it. */
export function deliver(
  settings: DeliverSettings,
  result: Deliverable,
  output: Output,
  job: string | null = null,
): Delivered {
  const { report, verdict } = result
  if (settings.format === 'json') {
    output.json(`${encodeRunReport(report)}\n`)
    // With JSON on stdout, people still read the log of a failed job.
    output.log(renderVerdictText(verdict, { colour: output.colours.log }).trimEnd())
  } else if (settings.format === 'markdown') {
    output.out(renderMarkdown(report, verdict))
  } else {
    output.out(renderText(report, { verdict, colour: output.colours.out }))
  }
  return writeFiles(settings, result, output, job)
}

/** Writes the files and says how the run ended. */
export function writeFiles(
  settings: DeliverSettings,
  result: Deliverable,
  output: Output,
  job: string | null = null,
): Delivered {
  const { report, verdict, records, error, cancelled } = result
  const json = encodeRunReport(report)
  const written = [
    writeFile({ setting: 'report-json', path: settings.reportJson }, [`${json}\n`], output),
    writeFile({ setting: 'records', path: settings.records }, encodeRecords(records), output),
    writeFile({ setting: 'csv', path: settings.csv }, encodeLevelsCsv(report), output),
    writeFile({ setting: 'requests-csv', path: settings.requestsCsv }, encodeRequestsCsv(records), output),
    writeResult(settings, { report, verdict, job }, output),
  ]
  if (isOfOneHour(settings.endpoint, result)) output.log(LEADS_TO_AB)
  if (error !== null) output.log(error.message)
  if (cancelled) output.log('interrupted: the figures are those measured before')
  return { code: cancelled ? EXIT.interrupted : exitCodeOf(verdict), written: !written.includes(false) }
}

/** True for a comparison on this machine with runs that do not show how starts of a server differ. */
function isOfOneHour(endpoint: URL | null, { verdict: { baseline }, controls }: Deliverable): boolean {
  return (
    endpoint !== null && isLoopback(endpoint) && controls.length === 0 && baseline.runs > 1 && baseline.groups === 1
  )
}

const LEADS_TO_AB =
  'the recorded runs are of one hour, so they are one point, and a small change cannot be told from chance. ' +
  'To compare two builds or flags on this machine, let each be started by a command: ' +
  "plateau ab --a 'COMMAND' --b 'COMMAND' --url URL (plateau ab --help, docs/ab.md)"

/**
 * Writes the files about a verdict; false when one could not be written. Without a report, only those that are not
 * just figures.
 */
export function writeResult(
  { verdictJson, html, markdown, gitlabNote, junit, openmetrics }: ResultFiles,
  {
    report,
    verdict,
    notes = [],
    job = null,
  }: {
    readonly report: RunReport | null
    readonly verdict: Verdict
    readonly notes?: readonly string[]
    readonly job?: string | null
  },
  output: Output,
): boolean {
  const input = { report, verdict, notes, acceptLabel: null, subject: 'run' } as const
  const texts: readonly (readonly [setting: string, path: string | null, text: () => string])[] = [
    ['verdict-json', verdictJson, () => `${encodeVerdict(verdict)}\n`],
    ['markdown', markdown, () => output.redact(renderComment(input))],
    ['gitlab-note', gitlabNote, () => output.redact(renderComment({ ...input, links: linkJob(job, html) }, NOTE_ROOM))],
    ['junit', junit, () => output.redact(encodeJunit(report, verdict))],
    ...(report === null
      ? []
      : ([
          ['html', html, () => renderPage({ report, verdict })],
          ['openmetrics', openmetrics, () => output.redact(encodeOpenMetrics(report, verdict))],
        ] as const)),
  ]
  const written = texts.map(([setting, path, text]) => writeFile({ setting, path }, makeLazily(text), output))
  return !written.includes(false)
}

/** Writes the files for an endpoint that could not be measured at all: the verdict, and why. */
export function writeTrouble(settings: Settings, error: EndpointError, output: Output, job: string | null): void {
  const verdict = redactVerdict(concludeWithoutFigures(settings.name, 'endpoint', settings), output.redact)
  writeResult(settings, { report: null, verdict, notes: [output.redact(summariseError(error))], job }, output)
}

/** Where GitLab shows a job, and the page that it keeps. */
export function linkJob(
  job: string | null,
  html: string | null,
): { readonly run: string | null; readonly artifact: string | null } {
  return { run: job, artifact: job === null || html === null ? null : `${job}/artifacts/browse` }
}

/** The page of the job around a command in GitLab; null elsewhere. */
export function findJobPage({ CI_JOB_URL: page }: NodeJS.ProcessEnv): string | null {
  return page !== undefined && URL.canParse(page) ? page : null
}

/** The Markdown of a comment, without pull request and labels. */
export function renderMarkdown(
  report: RunReport,
  verdict: Verdict,
  { withoutVerdict = false }: { readonly withoutVerdict?: boolean } = {},
): string {
  return renderComment({ report, verdict, withoutVerdict, acceptLabel: null, subject: 'run' })
}

/** Makes a text only when it is written. */
function* makeLazily(text: () => string): Generator<string> {
  yield text()
}
