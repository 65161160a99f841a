import type { ReportLimit } from '../../report/run-report.ts'
import { findMetric } from '../../vocabulary/metrics.ts'
import { plain } from '../../text.ts'
import { formatMs, formatRate, formatShare, MISSING } from '../format.ts'

/** In words with a sign each, as tables say it. */
export const LIMIT_OUTCOMES = { pass: '✅ Holds', fail: '❌ Broken', 'not-measured': '❔ Not measured' } as const

/** Those that do not hold first. */
export function sortedLimits(limits: readonly ReportLimit[]): readonly ReportLimit[] {
  const order = { fail: 0, 'not-measured': 1, pass: 2 } as const
  return limits.toSorted((a, b) => order[a.outcome] - order[b.outcome])
}

/** The limit as it was written, with its level where that does not say it. */
export function describeLimit({ limit, concurrency }: ReportLimit): string {
  const text = plain(limit)
  return concurrency === null || text.includes('@') ? text : `${text} (level ${concurrency})`
}

/** What was measured against a limit, with the unit of its metric. */
export function formatLimitValue({ limit, value }: ReportLimit): string {
  if (value === null) return MISSING
  switch (findMetric(/^[a-z0-9-]*/.exec(limit)![0])?.quantity) {
    case 'time':
      return formatMs(value)
    case 'share':
      return formatShare(value)
    case 'tokens-per-second':
      return `${formatRate(value)} tok/s`
    case 'requests-per-second':
      return `${formatRate(value)} req/s`
    case undefined:
      return formatRate(value)
  }
}
