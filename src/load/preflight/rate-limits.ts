import type { Finding } from '../../metrics/findings.ts'
import type { Exchange } from '../ports.ts'

/** The headers of an answer that are about rate limits. */
export function pickRateLimitHeaders({ headers }: Exchange): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => /^(x-|anthropic-)?ratelimit/.test(name)))
}

/** Whether the rate-limit headers allow what the plan needs, per minute. */
export function findLowRateLimits(
  rateLimit: Readonly<Record<string, string>>,
  expected: {
    readonly seconds: number
    readonly requests: number
    readonly inputTokens: number
    readonly outputTokens: number
  },
): Finding[] {
  const scaleToMinute = (total: number): number => (total * 60) / Math.max(60, expected.seconds)
  const tokens = expected.inputTokens + expected.outputTokens
  const checks = [
    { header: 'x-ratelimit-limit-requests', needed: scaleToMinute(expected.requests), what: 'requests' },
    { header: 'anthropic-ratelimit-requests-limit', needed: scaleToMinute(expected.requests), what: 'requests' },
    { header: 'x-ratelimit-limit-tokens', needed: scaleToMinute(tokens), what: 'tokens' },
    { header: 'anthropic-ratelimit-tokens-limit', needed: scaleToMinute(tokens), what: 'tokens' },
  ]
  return checks.flatMap(({ header, needed, what }): Finding[] => {
    const allowed = Number(rateLimit[header])
    if (!(allowed > 0) || needed <= allowed) return []
    return [
      {
        code: 'rate-limit-too-low',
        message: `the endpoint allows ${allowed} ${what} (${header}), the plan needs about ${Math.round(needed)} a minute`,
      },
    ]
  })
}
