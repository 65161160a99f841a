import type { ReportFinding } from '../report/run-report.ts'
import { shortList } from './metric-words.ts'

/** A finding in words. */
export interface FindingWords {
  /** One sentence with its level and the other levels where it was found too. */
  readonly sentence: string
  /** What to do; null when there is nothing. */
  readonly remedy: string | null
}

/** A sentence of a finding; servers write parts of it. */
const LONGEST_MESSAGE = 400

/** One entry a code: the same finding at five levels is one thing to do. */
export function describeFindings(
  findings: readonly ReportFinding[],
  escape: (text: string, maximum: number) => string,
): FindingWords[] {
  return [...Map.groupBy(findings, ({ code }) => code).values()].map((same) => {
    const { level, message, remedy = '' } = same[0]!
    const more = same.slice(1).flatMap((finding) => (finding.level === undefined ? [] : [String(finding.level)]))
    const where = level === undefined ? '' : `level ${level}: `
    const also = more.length === 0 ? '' : ` Also at ${more.length === 1 ? 'level' : 'levels'} ${shortList(more, 12)}.`
    return {
      sentence: `${where}${escape(message, LONGEST_MESSAGE)}${also}`,
      remedy: remedy === '' ? null : escape(remedy, LONGEST_MESSAGE),
    }
  })
}

/** The same, each as one line. */
export function findingLines(
  findings: readonly ReportFinding[],
  escape: (text: string, maximum: number) => string,
): string[] {
  return describeFindings(findings, escape).map(({ sentence, remedy }) =>
    remedy === null ? sentence : `${sentence} → ${remedy}`,
  )
}
