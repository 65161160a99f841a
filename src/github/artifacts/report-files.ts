import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HISTORY_FILE } from '../../baseline/artifact-rules.ts'
import type { GateResult } from '../../gate.ts'
import { encodeHistory } from '../../report/history-codec.ts'
import { HISTORY_SCHEMA } from '../../report/history.ts'
import type { HistoryEntry, HistoryRow } from '../../report/history.ts'
import { renderCurve, renderPage } from '../../render/page.ts'
import type { PageInput } from '../../render/page.ts'
import { renderTimelinePage } from '../../render/timeline/page.ts'
import { encodeRecords, encodeRunReport } from '../../report/run-report-codec.ts'
import { encodeLooks, LOOKS_FILE, mapRowsOfLooks } from '../../report/looks.ts'
import type { Looks } from '../../report/looks.ts'
import type { RunContext, RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { encodeVerdict } from '../../report/verdict-codec.ts'
import type { Settings } from '../../settings.ts'
import { writeWhole } from '../../shell/files.ts'
import type { Timeline } from '../../verdict/timeline.ts'
import type { ActionContext } from '../context.ts'
import { asArray, asNumber, asObject, asText, parseJson } from '../../json.ts'
import { MOST_SHARDS } from '../../settings/lists/shard-settings.ts'

/** What is written about a run. */
interface ReportFilesInput {
  readonly verdict: Verdict
  /** Null when nothing was measured. */
  readonly report: RunReport | null
  /** What was measured of the control, if anything. */
  readonly controls: readonly RunReport[]
  /** The recorded runs that it was compared with, so that anybody can compare again. */
  readonly comparedWith: readonly HistoryEntry[]
  /** The runs behind the verdict; null when nothing was measured. */
  readonly looks: Looks | null
  /** Every request; written when the run is red, for diagnosis. */
  readonly records: GateResult['records']
  readonly leg: Leg
  /** Where it was measured, and the commits. Default: not known. */
  readonly origin?: PageInput['origin']
  /** All recorded runs, to be drawn; absent or null where that is not asked for, or none is recorded. */
  readonly timeline?: Timeline | null
}

/** Paths of the files; null for one that was not written. */
export interface ReportFiles {
  readonly folder: string
  readonly reportJson: string | null
  readonly reportHtml: string | null
  readonly historyHtml: string | null
  /** All files of the artifact. */
  readonly all: readonly string[]
}

/** The folder of one name. It stays after the step, because later steps may read the report. */
export function folderOf(env: NodeJS.ProcessEnv, name: string): string {
  return join(env['RUNNER_TEMP'] || tmpdir(), `plateau-${name}`)
}

/** True when an earlier step of this very job left its results in the folder; not every runner empties it between jobs. */
export function isLeftByEarlierStep(
  folder: string,
  { run }: Pick<ActionContext, 'run'>,
  readFile: (path: string) => string,
): boolean {
  let text: string
  try {
    text = readFile(join(folder, LEG_FILE))
  } catch {
    return false
  }
  const leg = decodeLeg(text)
  return leg !== null && leg.runId === run.id && leg.attempt === run.attempt
}

/** Writes the files, each whole. The input holds no secrets. */
export function writeReportFiles(
  folder: string,
  { verdict, report, controls, looks, comparedWith, records, leg, timeline = null, origin = {} }: ReportFilesInput,
): ReportFiles {
  const all: string[] = []
  const write = (file: string, parts: Iterable<string>): string => {
    const path = join(folder, file)
    writeWhole(path, parts)
    all.push(path)
    return path
  }
  write('verdict.json', [`${encodeVerdict(verdict)}\n`])
  write(LEG_FILE, [`${encodeLeg(leg)}\n`])
  const reportJson = report === null ? null : write('report.json', [`${encodeRunReport(report)}\n`])
  for (const control of controls.slice(-1)) write('control.json', [`${encodeRunReport(control)}\n`])
  const reportHtml = report === null ? null : write('report.html', [renderPage({ report, verdict, origin })])
  const curve = report === null ? null : renderCurve({ report, verdict })
  if (curve !== null) write('curve.svg', [curve])
  const historyHtml = timeline === null ? null : write('history.html', [renderTimelinePage(timeline)])
  if (report !== null) {
    if (comparedWith.length > 0)
      write('baseline.json', [encodeHistory({ schema: HISTORY_SCHEMA, entries: comparedWith })])
    if (looks !== null) write(LOOKS_FILE, [encodeLooks(looks)])
    if (verdict.check === 'fail') write('records.jsonl', encodeRecords(records))
  }
  return { folder, reportJson, reportHtml, historyHtml, all }
}

/** Writes the history alone into a folder, as its artifact needs it. */
export function writeHistoryFile(folder: string, history: string): { readonly folder: string; readonly path: string } {
  const alone = join(folder, 'history')
  const path = join(alone, HISTORY_FILE)
  writeWhole(path, [history])
  return { folder: alone, path }
}

/** True when only figures may be published: anybody can read the artifacts and summaries of a public repository. */
export function isReduced(
  { artifactContent }: Pick<Settings, 'artifactContent'>,
  { context: { repository } }: { readonly context: Pick<ActionContext, 'repository'> },
): boolean {
  return artifactContent === null ? !repository.isPrivate : artifactContent === 'figures'
}

/** What of a run is shown and kept. */
interface MeasuredFigures {
  readonly report: RunReport
  readonly controls: readonly RunReport[]
  readonly rows: readonly HistoryRow[]
  readonly verdict: Verdict
  readonly looks: Looks
  /** The recorded runs that it was compared with. */
  readonly comparedWith: readonly HistoryEntry[]
}

/** The names in `whatElseChanged` of what is left out. */
const HIDDEN_CHANGES: ReadonlySet<string> = new Set(['host', 'server version', 'provisioned capacity'])

/**
 * Removes host, server version and provisioned capacity, because anybody can read the artifacts of a public
 * repository. Findings and capabilities stay whole: they never state a capacity.
 */
export function keepFiguresOnly(figures: MeasuredFigures): MeasuredFigures {
  const { report, controls, rows, verdict, looks, comparedWith } = figures
  const leaveOut = (one: RunReport): RunReport => ({ ...one, context: leaveOutContext(one.context) })
  return {
    report: leaveOut(report),
    controls: controls.map(leaveOut),
    rows: rows.map(leaveOutOfRow),
    looks: mapRowsOfLooks(looks, leaveOutOfRow),
    comparedWith: comparedWith.map(leaveOutOfEntry),
    verdict: { ...verdict, whatElseChanged: verdict.whatElseChanged.filter(({ what }) => !HIDDEN_CHANGES.has(what)) },
  }
}

export function leaveOutOfEntry({ row, control, ...rest }: HistoryEntry): HistoryEntry {
  return { ...rest, row: leaveOutOfRow(row), ...(control !== undefined && { control: leaveOutOfRow(control) }) }
}

function leaveOutOfRow(row: HistoryRow): HistoryRow {
  return { ...row, context: leaveOutContext(row.context) }
}

export function leaveOutContext({
  host: _host,
  serverVersion: _version,
  provisioned: _capacity,
  ...rest
}: RunContext): RunContext {
  return rest
}

/** What an artifact says about the job that measured, beside verdict and report. */
export interface Leg {
  /** Name of its history. */
  readonly name: string
  /** The job, with its matrix values. */
  readonly job: string
  /** The workflow run; null in artifacts of older versions. */
  readonly runId: number | null
  readonly attempt: number
  /** True when the job left verdict and comment to the report job, and so ended green in any case. */
  readonly deferred: boolean
  /** How many jobs, as shards, measured it together; absent where it was one. */
  readonly shards?: number
  /** Sentences for the comment. */
  readonly settingsNote: string | null
  readonly notes: readonly string[]
}

/** Its file in the artifact. */
export const LEG_FILE = 'leg.json'

const LEG_SCHEMA = 'plateau/leg@1'
const LONGEST_TEXT = 1000
const MOST_NOTES = 20
const LONGEST_FILE = 100_000

export function encodeLeg(leg: Leg): string {
  const { name, job, ...rest } = leg
  return JSON.stringify({ schema: LEG_SCHEMA, name, leg: job, ...rest, notes: leg.notes.slice(0, MOST_NOTES) })
}

/** Null when the text is not a leg. Texts that are too long are cut. */
export function decodeLeg(json: string): Leg | null {
  if (json.length > LONGEST_FILE) return null
  const value = asObject(parseJson(json))
  const [name, job, attempt] = [asText(value?.['name']), asText(value?.['leg']), asNumber(value?.['attempt'])]
  const shards = asNumber(value?.['shards'])
  if (value?.['schema'] !== LEG_SCHEMA || name === null || job === null || attempt === null) return null
  return {
    name,
    job: cut(job),
    runId: asNumber(value['runId']),
    attempt,
    deferred: value['deferred'] === true,
    ...(shards !== null && shards >= 1 && shards <= MOST_SHARDS && { shards: Math.floor(shards) }),
    settingsNote: cutOrNull(asText(value['settingsNote'])),
    notes: (asArray(value['notes']) ?? []).slice(0, MOST_NOTES).flatMap((note) => cutOrNull(asText(note)) ?? []),
  }
}

function cut(sentence: string): string {
  return sentence.slice(0, LONGEST_TEXT)
}

function cutOrNull(sentence: string | null): string | null {
  return sentence === null ? null : cut(sentence)
}
