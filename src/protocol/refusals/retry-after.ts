/**
 * How long a refused client was asked to wait, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as an
 * HTTP date (which needs the wall clock, `nowEpochMs`), else when the limit that is used up is full again. Null when nothing
 * readable was said. Header names are in lower case.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowEpochMs: number): number | null {
  const milliseconds = asNumber(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const given = headers['retry-after']
  const seconds = asNumber(given)
  if (seconds !== null) return seconds * 1000
  if (given === undefined) return rateLimitResetMs(headers, nowEpochMs)
  // Only a date with a day and a year: Date.parse would make one of "-5" and "1.2.3", too.
  const day = given.search(/[a-z]{3}/i)
  if (day === -1 || !/\d{2}:\d{2}/.test(given.slice(day))) return null
  return countMsUntil(Date.parse(given), nowEpochMs)
}

function asNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null
}

/** Limits that servers count apart; each has headers of its own. */
const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const

/**
 * When a used-up rate limit is full again, in milliseconds from now: the latest of those whose remainder is 0, in the headers
 * of OpenAI's kind (`x-ratelimit-reset-requests: 6m0s`) and Anthropic's (a date, which needs the wall clock). Null when none is
 * used up or none says when. Header names are in lower case.
 */
function rateLimitResetMs(headers: Readonly<Record<string, string>>, nowEpochMs: number): number | null {
  let latest: number | null = null
  for (const limit of LIMITS) {
    const reset =
      headers[`x-ratelimit-remaining-${limit}`] === '0'
        ? durationMs(headers[`x-ratelimit-reset-${limit}`])
        : headers[`anthropic-ratelimit-${limit}-remaining`] === '0'
          ? countMsUntil(dateOf(headers[`anthropic-ratelimit-${limit}-reset`]), nowEpochMs)
          : null
    if (reset !== null) latest = Math.max(latest ?? 0, reset)
  }
  return latest
}

/** Milliseconds since 1970; NaN for what is no date. */
function dateOf(text: string | undefined): number {
  return /^\d{4}-\d{2}-\d{2}T/.test(text ?? '') ? Date.parse(text!) : NaN
}

/** `1h2m3.5s`, `20ms`, or plain seconds. */
function durationMs(text: string | undefined): number | null {
  if (text === undefined || text.length > 40) return null
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const [whole, hours, minutes, seconds, milliseconds] =
    /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text) ?? []
  if (!whole) return null
  return (
    Number(hours ?? 0) * 3_600_000 +
    Number(minutes ?? 0) * 60_000 +
    Number(seconds ?? 0) * 1000 +
    Number(milliseconds ?? 0)
  )
}

/** From now to a date, both in milliseconds since 1970; null for no date, 0 for one that has passed. */
function countMsUntil(date: number, nowEpochMs: number): number | null {
  return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs)
}
