import type { ReportLimit } from '../report/run-report.ts'
import { plain } from '../text.ts'
import { describeLimit, formatLimitValue, sortedLimits } from './view/limits.ts'
import type { Style } from './style.ts'
import { wrap } from './terminal.ts'

const OUTCOMES = { pass: '✓ pass', fail: '✗ FAIL', 'not-measured': '? not measured' } as const

/** Why a limit was not measured; servers write parts of it. */
const LONGEST_REASON = 400

/** The limits for a terminal, those that do not hold first; no line without limits. */
export function limitLines(limits: readonly ReportLimit[], style: Style): string[] {
  if (limits.length === 0) return []
  const colours = { pass: style.good, fail: style.bad, 'not-measured': style.warn }
  return [
    style.bold('Limits'),
    ...sortedLimits(limits).flatMap((limit) => {
      const measured = [
        limit.value === null ? null : formatLimitValue(limit),
        limit.reason === null ? null : plain(limit.reason, LONGEST_REASON),
      ]
      const line = `  ${OUTCOMES[limit.outcome]}  ${describeLimit(limit)}: ${measured.filter((part) => part !== null).join(', ')}`
      return wrap(line, { indent: 4 }).map(colours[limit.outcome])
    }),
  ]
}
