import type { HistoryEntry, HistoryRow } from '../report/history.ts'
import type { RunContext, RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'

/** What a run came to, as far as it is shown and kept. */
export interface Findings {
  readonly report: RunReport
  readonly rows: readonly HistoryRow[]
  readonly verdict: Verdict
  /** The recorded runs that it was compared with. */
  readonly comparedWith: readonly HistoryEntry[]
}

/** What `whatElseChanged` calls that which is left out. */
const HIDDEN_CHANGES: ReadonlySet<string> = new Set(['host', 'server version', 'provisioned capacity'])

/** The findings without host, server version and provisioned capacity: in a public repository anybody reads artifacts. */
export function figuresOnly({ report, rows, verdict, comparedWith }: Findings): Findings {
  return {
    report: { ...report, context: bare(report.context) },
    rows: rows.map(bareRow),
    comparedWith: comparedWith.map((entry) => ({ ...entry, row: bareRow(entry.row) })),
    verdict: { ...verdict, whatElseChanged: verdict.whatElseChanged.filter(({ what }) => !HIDDEN_CHANGES.has(what)) },
  }
}

function bareRow(row: HistoryRow): HistoryRow {
  return { ...row, context: bare(row.context) }
}

function bare({ host: _host, serverVersion: _version, provisioned: _capacity, ...rest }: RunContext): RunContext {
  return rest
}
