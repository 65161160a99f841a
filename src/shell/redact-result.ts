import { EndpointError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import { historyEntrySchema, historyRowSchema } from '../report/history-codec.ts'
import type { Baseline, HistoryRow } from '../report/history.ts'
import { runReportSchema } from '../report/run-report-codec.ts'
import type { RunReport } from '../report/run-report.ts'
import { verdictSchema } from '../report/verdict-codec.ts'
import type { Verdict } from '../report/verdict.ts'
import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { redactTexts } from './redact-values.ts'
import type { Redact } from './redact-values.ts'

/** What a run came to, without secrets: a server may have echoed the key as the name of its model. */
export function redactResult(result: GateResult, redact: Redact): GateResult {
  const { report, reports, rows, records, verdict, looks, baseline, error, cancelled } = result
  const redactRow = (row: HistoryRow): HistoryRow => redactTexts(row, historyRowSchema, redact)
  const { candidates, secondLook } = looks
  return {
    report: redactReport(report, redact),
    reports: reports.map((each) => redactReport(each, redact)),
    rows: rows.map(redactRow),
    records: { [Symbol.iterator]: () => redactRecords(records, redact) },
    verdict: redactVerdict(verdict, redact),
    looks: {
      ...looks,
      candidates: candidates.map(redactRow),
      secondLook: typeof secondLook === 'string' ? secondLook : redactRow(secondLook),
    },
    baseline: baseline === null ? null : redactBaseline(baseline, redact),
    error: error === null ? null : redactError(error, redact),
    cancelled,
  }
}

/** A report without secrets. */
export function redactReport(report: RunReport, redact: Redact): RunReport {
  return redactTexts(report, runReportSchema, redact)
}

/** A verdict without secrets. */
export function redactVerdict(verdict: Verdict, redact: Redact): Verdict {
  return redactTexts(verdict, verdictSchema, redact)
}

function redactBaseline(baseline: Baseline, redact: Redact): Baseline {
  const { unreadable } = baseline
  return {
    ...baseline,
    entries: baseline.entries.map((entry) => redactTexts(entry, historyEntrySchema, redact)),
    skipped: baseline.skipped.map(redact),
    unreadable: unreadable === null ? null : { why: redact(unreadable.why), remedy: redact(unreadable.remedy) },
  }
}

function redactError(error: EndpointError, redact: Redact): EndpointError {
  const { what, tried, remedy, cause } = error
  return new EndpointError(redact(what), { tried: redact(tried), remedy: redact(remedy), cause })
}

/** One after another, as they come: a long run has many. */
function* redactRecords(records: Iterable<RequestRecord>, redact: Redact): Generator<RequestRecord> {
  for (const record of records) yield redactRecord(record, redact)
}

/** Fact by fact: those of a packed record are getters, which a spread would leave behind. */
function redactRecord(record: RequestRecord, redact: Redact): RequestRecord {
  const facts = FACTS_IN_ORDER.map(({ name, kind }) => {
    const value = record[name]
    const isFromOutside = kind === 'name' || kind === 'id'
    return [name, isFromOutside && typeof value === 'string' ? redact(value) : value] as const
  })
  return Object.fromEntries(facts) as unknown as RequestRecord
}
