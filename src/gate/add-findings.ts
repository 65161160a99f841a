import { lookUpFinding } from '../metrics/findings.ts'
import type { ReportFinding, RunReport } from '../report/run-report.ts'

/** A report with further findings, each with its remedy; whether the run can be used stays as it was. */
export function addFindings(report: RunReport, findings: readonly ReportFinding[]): RunReport {
  if (findings.length === 0) return report
  const { validity } = report
  const added = findings.map((finding) => ({ remedy: lookUpFinding(finding.code)?.remedy ?? '', ...finding }))
  return { ...report, validity: { ...validity, findings: [...validity.findings, ...added] } }
}
