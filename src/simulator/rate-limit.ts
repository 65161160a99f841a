const WINDOW_MS = 60_000

/** Counts requests in windows of a minute. */
export interface RateLimit {
  /** Counts a request; the headers to answer with, `retry-after` among them when it is one too many. */
  take(nowMs: number): readonly (readonly [string, string])[]
}

/** At most `limit` requests a minute. */
export function createRateLimit(limit: number): RateLimit {
  let windowStart = -Infinity
  let used = 0
  return {
    take(nowMs) {
      if (nowMs - windowStart >= WINDOW_MS) {
        windowStart = nowMs
        used = 0
      }
      const left = limit - used
      if (left > 0) used++
      const reset = Math.ceil((windowStart + WINDOW_MS - nowMs) / 1000)
      const headers: (readonly [string, string])[] = [
        ['x-ratelimit-limit-requests', String(limit)],
        ['x-ratelimit-remaining-requests', String(Math.max(0, left - 1))],
        ['x-ratelimit-reset-requests', `${reset}s`],
      ]
      return left > 0 ? headers : [...headers, ['retry-after', String(reset)]]
    },
  }
}
