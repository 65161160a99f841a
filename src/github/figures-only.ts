import type { HistoryEntry, HistoryRow } from '../report/history.ts'
import { mapRowsOfLooks } from '../report/looks.ts'
import type { Looks } from '../report/looks.ts'
import type { RunContext, RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import type { Job } from './job/assignment.ts'

/** True when only figures may be published: anybody can read the artifacts and summaries of a public repository. */
export function isReduced({ artifactContent }: Settings, { context }: Job): boolean {
  return artifactContent === null ? !context.repository.isPrivate : artifactContent === 'figures'
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
