import type { Baseline, History, HistoryEntry, HistoryRow } from '../../report/history.ts'
import { removeCandidate } from '../../report/attempts.ts'
import { rowOf } from '../../report/history-row.ts'
import type { RunReport } from '../../report/run-report.ts'
import { seriesOf } from '../../report/series.ts'
import { pluralise } from '../../render/format.ts'
import { escapeForTerminal } from '../../text.ts'
import { nameLocalRun } from './record.ts'

/** A report and where it was read. */
export interface NamedReport {
  /** Path or address. */
  readonly from: string
  readonly report: RunReport
}

/**
 * Reports as a baseline: those of one hour count as one point, as in a history. Because they were named by hand, they
 * count as runs of the candidate's name, so that two models under two names can be compared.
 */
export function baselineOfReports(reports: readonly NamedReport[], candidate: HistoryRow): Baseline {
  const valid = reports.filter(({ report }) => report.validity.ok)
  const invalid = reports.filter(({ report }) => !report.validity.ok)
  const entries = valid
    .map(({ report }) => entryOf(report, candidate.series.name))
    .sort((a, b) => Date.parse(a.row.startedAt) - Date.parse(b.row.startedAt))
  const origin =
    reports.length === 1 ? `report ${escapeForTerminal(reports[0]!.from)}` : pluralise(reports.length, 'report')
  const passedOver = invalid.map(({ from }) => `${from}: the run is not valid, so its figures must not be used`)
  return removeCandidate({ entries, origin, ancestor: null, passedOver, unreadable: null }, candidate)
}

/** The entries of a history that have the candidate's name. */
export function baselineOfHistory({ entries }: History, origin: string, candidate: HistoryRow): Baseline {
  const { name } = candidate.series
  const same = entries.filter(({ row }) => row.series.name === name)
  const others = [...new Set(entries.map(({ row }) => row.series.name))].filter((other) => other !== name)
  const passedOver =
    same.length > 0 || others.length === 0
      ? []
      : [`no run is called ${name}; there are runs of ${others.map((other) => escapeForTerminal(other)).join(', ')}`]
  return removeCandidate({ entries: same, origin, ancestor: null, passedOver, unreadable: null }, candidate)
}

/** A report as a recorded run of a name. Nobody has judged it yet, and nothing is known of where it comes from. */
export function entryOf(report: RunReport, name: string): HistoryEntry {
  const row = rowOf(report)
  const { key: _key, ...fields } = row.series
  return {
    row: { ...row, series: seriesOf({ ...fields, name }) },
    source: {
      sha: null,
      ref: null,
      runId: nameLocalRun(new Date(report.startedAt)),
      attempt: 1,
      event: 'command',
      url: null,
    },
    verdict: 'no-baseline',
    segments: {},
  }
}
