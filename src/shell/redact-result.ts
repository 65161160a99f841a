import { EndpointError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import { historyEntrySchema, historyRowSchema } from '../report/history-codec.ts'
import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import { mapRowsOfLooks } from '../report/looks.ts'
import type { Looks } from '../report/looks.ts'
import { runReportSchema } from '../report/run-report-codec.ts'
import { OUR_WORDS } from '../report/strict-json.ts'
import type { RunReport } from '../report/run-report.ts'
import { verdictSchema } from '../report/verdict-codec.ts'
import type { Verdict } from '../report/verdict.ts'
import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { z } from 'zod'

/** The result of a run without secrets: a server may have echoed the key, for example as the name of its model. */
export function redactResult(result: GateResult, redact: Redact): GateResult {
  const { report, reports, controls, rows, records, verdict, looks, baseline, error, cancelled } = result
  return {
    report: redactReport(report, redact),
    reports: reports.map((each) => redactReport(each, redact)),
    controls: controls.map((each) => redactReport(each, redact)),
    rows: rows.map((row) => redactRow(row, redact)),
    records: { [Symbol.iterator]: () => redactRecords(records, redact) },
    verdict: redactVerdict(verdict, redact),
    looks: redactLooks(looks, redact),
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

function redactRow(row: HistoryRow, redact: Redact): HistoryRow {
  return redactTexts(row, historyRowSchema, redact)
}

/** Looks without secrets. */
export function redactLooks(looks: Looks, redact: Redact): Looks {
  const { controlTroubles, ...rest } = mapRowsOfLooks(looks, (row) => redactRow(row, redact))
  return { ...rest, ...(controlTroubles !== undefined && { controlTroubles: controlTroubles.map(redact) }) }
}

/** A recorded run without secrets. */
export function redactEntry(entry: HistoryEntry, redact: Redact): HistoryEntry {
  return redactTexts(entry, historyEntrySchema, redact)
}

function redactBaseline(baseline: Baseline, redact: Redact): Baseline {
  const { unreadable } = baseline
  return {
    ...baseline,
    entries: baseline.entries.map((entry) => redactEntry(entry, redact)),
    passedOver: baseline.passedOver.map(redact),
    unreadable: unreadable === null ? null : { why: redact(unreadable.why), remedy: redact(unreadable.remedy) },
  }
}

function redactError(error: EndpointError, redact: Redact): EndpointError {
  const { what, tried, remedy, cause } = error
  return new EndpointError(redact(what), { tried: redact(tried), remedy: redact(remedy), cause })
}

/** Lazily, because a long run has many. */
function* redactRecords(records: Iterable<RequestRecord>, redact: Redact): Generator<RequestRecord> {
  for (const record of records) yield redactRecord(record, redact)
}

/** Copies each fact, because those of a packed record are getters, which a spread would lose. */
function redactRecord(record: RequestRecord, redact: Redact): RequestRecord {
  const facts = FACTS_IN_ORDER.map(({ name, kind }) => {
    const value = record[name]
    const isFromOutside = kind === 'name' || kind === 'id'
    return [name, isFromOutside && typeof value === 'string' ? redact(value) : value] as const
  })
  return Object.fromEntries(facts) as unknown as RequestRecord
}

/** Hides secrets in a text. */
export type Redact = (text: string) => string

/**
 * The same value without secrets in its texts. Do this before texts are laid out, wrapped or escaped, which could
 * change a secret. Only texts from outside change: a secret may equal one of our own words (`check`, `limited`),
 * without which a report could not be read. So keys, numbers and the schema's words stay, and so does a text with a
 * fixed form (a date, a hash) that would lose it.
 */
export function redactTexts<T>(value: T, schema: z.ZodType<T>, redact: Redact): T {
  return redactWithin(value, schema, redact) as T
}

/** `schema` is null when the format does not describe a value: then every text in it comes from outside. */
function redactWithin(value: unknown, schema: z.ZodType | null, redact: Redact): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'string')) return value
  const shape = schema === null ? null : shapeOf(schema, value)
  if (typeof value === 'string') return shape === null ? redact(value) : redactText(value, shape, redact)
  if (Array.isArray(value)) {
    const element = shape instanceof z.ZodArray ? (shape.element as z.ZodType) : null
    return value.map((item) => redactWithin(item, element, redact))
  }
  const members = Object.entries(value).map(([key, member]) => {
    return [key, redactWithin(member, memberOf(shape, key), redact)] as const
  })
  return Object.fromEntries(members)
}

function redactText(text: string, schema: z.ZodType, redact: Redact): string {
  if (!(schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) || OUR_WORDS.has(schema)) return text
  const clean = redact(text)
  return !fits(clean, schema) && fits(text, schema) ? text : clean
}

/** The schema that applies to a value, behind optional schemas and unions. */
function shapeOf(schema: z.ZodType, value: unknown): z.ZodType | null {
  if (schema instanceof z.ZodUnion) {
    const option = (schema.options as z.ZodType[]).find((each) => fits(value, each))
    return option === undefined ? null : shapeOf(option, value)
  }
  if (
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault
  ) {
    return shapeOf(schema.unwrap() as z.ZodType, value)
  }
  return schema
}

function memberOf(schema: z.ZodType | null, key: string): z.ZodType | null {
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, key)) return null
  return schema.shape[key] as z.ZodType
}

function fits(value: unknown, schema: z.ZodType): boolean {
  return schema.safeParse(value, { jitless: true }).success
}
