/** Limits that servers count apart; each has headers of its own. */
const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const

/**
 * When a used-up rate limit is full again, in milliseconds from now: the latest of those whose remainder is 0, in the headers
 * of OpenAI's kind (`x-ratelimit-reset-requests: 6m0s`) and Anthropic's (a date, which needs the wall clock). Null when none is
 * used up or none says when. Header names are in lower case.
 */
export function rateLimitResetMs(headers: Readonly<Record<string, string>>, nowEpochMs: number): number | null {
  let latest: number | null = null
  for (const limit of LIMITS) {
    const reset =
      headers[`x-ratelimit-remaining-${limit}`] === '0'
        ? durationMs(headers[`x-ratelimit-reset-${limit}`])
        : headers[`anthropic-ratelimit-${limit}-remaining`] === '0'
          ? untilMs(headers[`anthropic-ratelimit-${limit}-reset`], nowEpochMs)
          : null
    if (reset !== null) latest = Math.max(latest ?? 0, reset)
  }
  return latest
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

function untilMs(text: string | undefined, nowEpochMs: number): number | null {
  const date = /^\d{4}-\d{2}-\d{2}T/.test(text ?? '') ? Date.parse(text!) : NaN
  return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs)
}
