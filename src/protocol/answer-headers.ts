// What the headers of an answer say: what a gateway did with the request, the id that the server logged it under, and how long a client that is
// refused should wait.

/**
 * What a gateway did with one request, by the headers of its answer. Cached answers and those of a fallback are not
 * the model's: above 1 % of its requests they make a level invalid. Retries are reported from the first one on.
 */
interface GatewayTraits {
  /** The gateway's product name; null for a cache or proxy that does not give its name. */
  readonly name: string | null
  /** The request was sent to a server more than once. */
  readonly retried: boolean
  /** The whole answer came from a cache. */
  readonly cached: boolean
  /** Another model or deployment answered than the first one asked. */
  readonly fellBack: boolean
}

/** Header names in lower case. */
type Headers = Readonly<Record<string, string>>

/** Reads headers as `read` does, and those that were read last not again: answers within one second often have the same ones. */
function readOnce<Facts>(read: (headers: Headers) => Facts): (headers: Headers) => Facts {
  let last: { readonly headers: Headers; readonly facts: Facts } | null = null
  return (headers) => {
    if (last?.headers !== headers) last = { headers, facts: read(headers) }
    return last.facts
  }
}

interface Gateway {
  readonly name: string
  /** Any of these headers shows that it is present. */
  readonly signs: readonly string[]
  readonly retried?: (headers: Headers) => boolean
  readonly cached?: (headers: Headers) => boolean
  readonly fellBack?: (headers: Headers) => boolean
}

/**
 * Gateways that state what they did, by the headers they document. Portkey has no `fellBack`: it names the target
 * that answered, but not whether that was load balancing or a fallback.
 */
const GATEWAYS: readonly Gateway[] = [
  {
    name: 'LiteLLM',
    signs: [
      'x-litellm-call-id',
      'x-litellm-version',
      'x-litellm-model-id',
      'x-litellm-cache-key',
      'x-litellm-attempted-retries',
      'x-litellm-attempted-fallbacks',
    ],
    retried: (headers) => isAbove(headers['x-litellm-attempted-retries'], 0),
    // Sent only with an answer from the cache.
    cached: (headers) => !/^(none)?$/i.test(headers['x-litellm-cache-key'] ?? ''),
    fellBack: (headers) => isAbove(headers['x-litellm-attempted-fallbacks'], 0),
  },
  {
    name: 'Portkey',
    signs: ['x-portkey-trace-id', 'x-portkey-cache-status', 'x-portkey-retry-attempt-count'],
    retried: (headers) => isAbove(headers['x-portkey-retry-attempt-count'], 0),
    cached: (headers) => isHit(headers['x-portkey-cache-status']),
  },
  {
    name: 'Cloudflare AI Gateway',
    signs: ['cf-aig-log-id', 'cf-aig-event-id', 'cf-aig-step', 'cf-aig-cache-status'],
    cached: (headers) => isHit(headers['cf-aig-cache-status']),
    fellBack: (headers) => isAbove(headers['cf-aig-step'], 0),
  },
  {
    name: 'Helicone',
    signs: ['helicone-id', 'helicone-cache', 'helicone-status'],
    cached: (headers) => isHit(headers['helicone-cache']),
  },
  {
    name: 'Bifrost',
    signs: ['x-bifrost-request-id', 'x-bifrost-provider', 'x-bifrost-request-type'],
    fellBack: (headers) =>
      isAbove(headers['x-bifrost-fallback-index'], 0) || headers['x-bifrost-routing-info-is-fallback'] === 'true',
  },
  {
    name: 'ngrok AI Gateway',
    signs: ['ngrok-aig-request-id', 'ngrok-aig-attempts'],
    retried: (headers) => isAbove(headers['ngrok-aig-attempts'], 1),
  },
  {
    name: 'Kong',
    signs: ['x-kong-upstream-latency', 'x-kong-proxy-latency', 'x-kong-request-id'],
  },
  {
    name: 'Envoy',
    signs: ['x-envoy-upstream-service-time', 'x-envoy-attempt-count'],
    retried: (headers) => isAbove(headers['x-envoy-attempt-count'], 1),
  },
]

/** What a gateway, proxy or cache did according to the headers; null where they show none. */
export const readGateway = readOnce(findGateway)

function findGateway(headers: Headers): GatewayTraits | null {
  // Any cache: nginx, Kong and others, the header that CDNs share, and the `age` of HTTP.
  let cached = isHit(headers['x-cache-status']) || isHit(headers['x-cache']) || isAbove(headers['age'], 0)
  let name: string | null = null
  let retried = false
  let fellBack = false
  for (const gateway of GATEWAYS) {
    if (!gateway.signs.some((sign) => headers[sign] !== undefined)) continue
    // The first one found knows most; Envoy, the last in the list, often stands in front of another.
    name ??= gateway.name
    retried ||= gateway.retried?.(headers) ?? false
    cached ||= gateway.cached?.(headers) ?? false
    fellBack ||= gateway.fellBack?.(headers) ?? false
  }
  return name === null && !cached ? null : { name, retried, cached, fellBack }
}

function isAbove(header: string | undefined, bound: number): boolean {
  return header !== undefined && /^\d{1,9}$/.test(header) && Number(header) > bound
}

/** `HIT`, `SEMANTIC HIT`, `Hit from cloudfront`, `TCP_HIT`; a revalidated entry was fetched, so it is not a hit. */
function isHit(header: string | undefined): boolean {
  return header !== undefined && /(^|[\s_,])hit\b/i.test(header)
}

/**
 * The headers in which an answer states the id that its server logged it under, in the order in which they are
 * believed: those that one product documents come first, because where they stand beside `x-request-id` (as
 * `apim-request-id` does) only theirs is in the log that a user can search.
 */
const HEADER_NAMES = [
  'x-litellm-call-id',
  'x-bifrost-request-id',
  'x-portkey-trace-id',
  'cf-aig-log-id',
  'apim-request-id',
  'x-amzn-requestid',
  'x-amzn-request-id',
  'request-id',
  'x-request-id',
  'x-ms-request-id',
]

/** Visible ASCII, at most 128 characters: what is longer or holds anything else is no id. */
const ID = /^[!-~]{1,128}$/

/**
 * The id that the server gave a request by the headers of its answer (names in lower case), or null where they state
 * none that can be one. `sent` gives the texts that the request itself carried: one that comes back is an echo, and
 * finds nothing that ours does not. Where a proxy and the server behind it both gave one, it is the first.
 */
export function readServerRequestId(headers: Headers, sent: () => readonly string[]): string | null {
  const ids = listIds(headers)
  if (ids.length === 0) return null
  const echoes = sent()
  const id = ids.find((each) => !echoes.includes(each))
  return id === undefined ? null : copyText(id)
}

/** What may be an id. */
const listIds = readOnce((headers) =>
  HEADER_NAMES.flatMap((name) => headers[name]?.split(', ') ?? []).filter((id) => ID.test(id)),
)

/** A slice of a text keeps the whole text in memory: here the head of an answer, for each request of a long run. */
function copyText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/**
 * How long a refused client was asked to wait, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as an
 * HTTP date (which needs the wall clock, `nowEpochMs`), else when the limit that is used up is full again. Null when nothing
 * readable was said. Header names are in lower case.
 */
export function readRetryAfter(headers: Headers, nowEpochMs: number): number | null {
  const milliseconds = asNumber(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const given = headers['retry-after']
  const seconds = asNumber(given)
  if (seconds !== null) return seconds * 1000
  if (given === undefined) return readRateLimitResetMs(headers, nowEpochMs)
  // Only real dates: Date.parse would also accept "-5" and "1.2.3".
  const day = given.search(/[a-z]{3}/i)
  if (day === -1 || !/\d{2}:\d{2}/.test(given.slice(day))) return null
  return countMsUntil(Date.parse(given), nowEpochMs)
}

function asNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null
}

/** Limits that servers count separately, each with headers of its own. */
const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const

/**
 * Milliseconds until a used-up rate limit is full again: the latest of those with nothing remaining, by headers like
 * OpenAI's (`x-ratelimit-reset-requests: 6m0s`) or Anthropic's (a date, which needs the wall clock). Null when none
 * is used up or none tells. Header names are in lower case.
 */
function readRateLimitResetMs(headers: Headers, nowEpochMs: number): number | null {
  let latest: number | null = null
  for (const limit of LIMITS) {
    const reset =
      headers[`x-ratelimit-remaining-${limit}`] === '0'
        ? readDurationMs(headers[`x-ratelimit-reset-${limit}`])
        : headers[`anthropic-ratelimit-${limit}-remaining`] === '0'
          ? countMsUntil(readDate(headers[`anthropic-ratelimit-${limit}-reset`]), nowEpochMs)
          : null
    if (reset !== null) latest = Math.max(latest ?? 0, reset)
  }
  return latest
}

/** Milliseconds since 1970; NaN for anything but a date. */
function readDate(text: string | undefined): number {
  return /^\d{4}-\d{2}-\d{2}T/.test(text ?? '') ? Date.parse(text!) : NaN
}

/** `1h2m3.5s`, `20ms`, or plain seconds. */
function readDurationMs(text: string | undefined): number | null {
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
