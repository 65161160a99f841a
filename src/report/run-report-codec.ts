import { asciiSigns } from './ascii-signs.ts'
import type { RunReport } from './run-report.ts'
import { MAXIMUM_TEXT, runReportSchema } from './run-report-schema.ts'
import { decodeStrict } from './strict-json.ts'

/** A text that is not a run report. The message names the path of what is wrong. */
export class ReportError extends Error {
  readonly code = 'report'
  override readonly name = 'ReportError'
}

/** A report is some kilobytes; one that is larger than this many characters is not one. */
const MAXIMUM_LENGTH = 32 * 1024 * 1024

/**
 * The report as JSON text. It is read back first: what cannot be read is never written. Texts that others wrote (names of
 * models, say) are cut where they are absurdly long, so that they cannot cost the report.
 */
export function encodeRunReport(report: RunReport): string {
  const cut = (_: string, value: unknown) => (typeof value === 'string' ? value.slice(0, MAXIMUM_TEXT) : value)
  return asciiSigns(JSON.stringify(decodeRunReport(JSON.stringify(report, cut)), null, 2))
}

/**
 * Reads a report. Unknown fields are ignored; missing, misshapen, infinite or oversized ones are refused.
 *
 * @throws ReportError
 */
export function decodeRunReport(text: string): RunReport {
  return decodeStrict(text, {
    what: 'report',
    schema: runReportSchema,
    maximumLength: MAXIMUM_LENGTH,
    error: ReportError,
  })
}
