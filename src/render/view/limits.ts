import type { ReportLimit } from '../../report/run-report.ts'
import { findLimitedMetric } from '../../vocabulary/metrics.ts'
import { nameLevel } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { formatLoad, formatMs, formatRate, formatShare, MISSING } from '../../words/format.ts'
import { keepUnit, quoteCode, quoteProse } from '../../words/sentences.ts'
import type { Sentence } from '../../words/sentences.ts'

/** How a limit fared. */
export interface LimitView {
  readonly outcome: ReportLimit['outcome']
  readonly limit: Sentence
  readonly measured: Sentence
  /** In words with a sign. */
  readonly verdict: Sentence
  /** What was measured, or why nothing was: for a layout with its own words for the verdict. */
  readonly found: readonly Sentence[]
}

/** In words with a sign each, as tables say it. */
const OUTCOMES = { pass: '✅ Holds', fail: '❌ Broken', 'not-measured': '❔ Not measured' } as const

/** For a figure that may be on the other side of the limit in another run of the same code. */
const NEAR = 'near the limit: within two spreads of runs'

/** Why a limit was not measured; servers write parts of it. */
const LONGEST_REASON = 400

/** How all limits fared. */
export function viewLimits(limits: readonly ReportLimit[], load: LoadKind) {
  const order = { fail: 0, 'not-measured': 1, pass: 2 } as const
  const holding = limits.filter(({ outcome }) => outcome === 'pass').length
  return {
    /** Those that do not hold first. */
    rows: limits.toSorted((a, b) => order[a.outcome] - order[b.outcome]).map((limit) => viewLimit(limit, load)),
    count: `${holding} of ${limits.length} hold`,
    isBroken: holding < limits.length,
  }
}

function viewLimit(limit: ReportLimit, load: LoadKind): LimitView {
  const reason = limit.reason === null ? null : quoteProse(limit.reason, LONGEST_REASON)
  const measured = keepUnit(formatLimitValue(limit, load))
  const near = limit.near === true ? [NEAR] : []
  const alone = limit.alone === undefined ? [] : [describeAlone(limit, limit.alone, load)]
  return {
    outcome: limit.outcome,
    limit: quoteCode(describeLimit(limit, load)),
    measured,
    verdict: [
      OUTCOMES[limit.outcome],
      ...(reason === null ? [] : [': ', reason]),
      ...[...alone, ...near].map((text) => `, ${text}`),
    ],
    found: [...(limit.value === null ? [] : [measured]), ...(reason === null ? [] : [reason]), ...alone, ...near],
  }
}

/** This attempt's own figure, where the limit is judged by the median of several. */
function describeAlone(limit: ReportLimit, alone: number, load: LoadKind): string {
  return `the median of all attempts (this one: ${formatLimitValue({ ...limit, value: alone }, load)})`
}

/** The limit as it was written, with its level where it does not name one: a text of others. */
export function describeLimit({ limit, concurrency }: ReportLimit, load: LoadKind): string {
  return concurrency === null || limit.includes('@') ? limit : `${limit} (level ${nameLevel(load, concurrency)})`
}

/** What was measured against a limit, with the unit of its metric. */
export function formatLimitValue({ limit, value }: ReportLimit, load: LoadKind): string {
  if (value === null) return MISSING
  switch (findLimitedMetric(limit)?.quantity) {
    case 'time':
      return formatMs(value)
    case 'share':
      return formatShare(value)
    case 'tokens-per-second':
      return `${formatRate(value)} tok/s`
    case 'requests-per-second':
      return `${formatRate(value)} req/s`
    case 'concurrency':
      return formatLoad(load, value)
    case undefined:
      return formatRate(value)
  }
}
