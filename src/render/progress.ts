import type { LevelPass } from '../metrics/level-metrics.ts'
import type { ReportPlan } from '../report/run-report.ts'
import { RATE_UNITS } from '../vocabulary/metrics.ts'
import { formatAbout, formatCount, formatLarge, formatMs, formatRate, pluralise } from './format.ts'

/** The plan in one line: "5 levels × 3 passes, about 4 min, 1,900 requests, 0.97 M input and 0.24 M output tokens". */
export function renderPlan({ levels, passes, expected }: Pick<ReportPlan, 'levels' | 'passes' | 'expected'>): string {
  // Nothing is said of what the server does not count.
  const input = expected.inputTokens === 0 ? '' : `${formatLarge(expected.inputTokens)} input and `
  const tokens =
    expected.outputTokens === 0
      ? `${formatLarge(expected.inputTokens)} input tokens`
      : `${input}${formatLarge(expected.outputTokens)} output tokens`
  return [
    `${pluralise(levels.length, 'level')} × ${pluralise(passes, 'pass', 'passes')}`,
    formatAbout(expected.seconds),
    pluralise(Math.round(expected.requests), 'request'),
    tokens,
  ].join(', ')
}

/**
 * One finished pass of a level in one line:
 * "level 4, pass 1/3: 118 tok/s, TTFT p50 52 ms, TPOT p50 10.3 ms, 24 ok, 0 failed".
 */
export function renderProgress(
  pass: LevelPass,
  { concurrency, passes }: { readonly concurrency: number; readonly passes: number },
): string {
  const { requests } = pass
  const metric = (['outputTokensPerSecond', 'inputTokensPerSecond', 'requestsPerSecond'] as const).find(
    (metric) => pass[metric] !== null,
  )
  const rate = metric === undefined ? null : `${formatRate(pass[metric])} ${RATE_UNITS[metric]}`
  const time = (name: string, p50: number | null | undefined) => (p50 == null ? null : `${name} p50 ${formatMs(p50)}`)
  const streams = pass.ttftMs !== null || pass.tpotMs !== null
  const parts = [
    rate,
    ...(streams
      ? [time('TTFT', pass.ttftMs?.p50), time('TPOT', pass.tpotMs?.p50)]
      : [time('latency', pass.latencyMs?.p50)]),
    `${formatCount(requests.ok)} ok`,
    `${formatCount(requests.failed)} failed`,
  ]
  return `level ${concurrency}, pass ${pass.pass}/${passes}: ${parts.filter((part) => part !== null).join(', ')}`
}
