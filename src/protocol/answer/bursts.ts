/** Tokens of one answer arrive in bursts with nothing between. */
export interface Bursts {
  /**
   * What ends a burst: so much `time`, as with HAProxy, which leaves small parts to the system until it sends them by itself, or so many
   * bytes, as with a buffer that must be full.
   */
  readonly by: 'time' | 'size'
  /** How many there were, at least two. */
  readonly count: number
  /** Token events in each, on average. */
  readonly events: number
  /** Size of the buffer, as far as the bursts tell, in KiB: a power of two. */
  readonly kib: number
  /** From one to the next where time ends them, in milliseconds; null elsewhere. */
  readonly everyMs: number | null
}

/** Tokens that arrive this close together came out of one buffer. */
const TOGETHER_MS = 2
/** Servers send a few tokens at once when they guess ahead; buffers hold more. */
const FEWEST_EVENTS = 8
/** What holds back for a fixed time is told by that time, so that fewer will do. */
const FEWEST_IN_TIME = 3
/** Pauses that are shorter than this may be the client's own. */
const SHORTEST_PAUSE_MS = 20
/** Of the time between first and last token, the share that the pauses take: what is left is too short to write tokens in. */
const PAUSED_SHARE = 0.9
/** How long parts are held back: Linux for a socket that is corked (HAProxy), and by default proxies written in Go. */
const HOLDING_MS = [200, 100]
/** Of such a time; the rest of a pause is the wait for the token that begins the next burst. */
const HOLDING_SLACK_MS = 15
const FEWEST_BEATS = 2

/**
 * Whether the tokens of one answer arrived in bursts with nothing but pauses between: something holds them back. Null when they did
 * not, and when all came at once. The client's own stall is one pause among many, and makes none.
 */
export function findBursts(tokenAt: Float64Array, bodyBytes: number): Bursts | null {
  let count = 1
  let pausedMs = 0
  for (let i = 1; i < tokenAt.length; i++) {
    const gap = tokenAt[i]! - tokenAt[i - 1]!
    if (gap <= TOGETHER_MS) continue
    count++
    pausedMs += gap
  }
  const events = tokenAt.length / count
  if (count < 2 || events < FEWEST_IN_TIME || pausedMs / (count - 1) < SHORTEST_PAUSE_MS) return null
  if (pausedMs < PAUSED_SHARE * (tokenAt.at(-1)! - tokenAt[0]!)) return null
  const bursts = listBursts(tokenAt)
  const eventBytes = bodyBytes / (tokenAt.length + OTHER_EVENTS)
  const beatMs = isFullBuffer(bursts, eventBytes) ? null : (findHoldingTime(tokenAt, bursts) ?? findBeat(bursts))
  if (beatMs === null && events < FEWEST_EVENTS) return null
  const heldMs = isSmallBuffer(bursts, eventBytes, tokenAt.length) ? null : beatMs
  // The last burst is what was left when the answer ended.
  const bytes = bodyBytes / (count - 0.5)
  return {
    by: heldMs === null ? 'size' : 'time',
    count,
    events: Math.round(events),
    kib: 2 ** Math.max(0, Math.round(Math.log2(bytes / 1024))),
    everyMs: heldMs === null ? null : Math.round(heldMs),
  }
}

/** A burst: how long after the token before it, and of how many token events. */
interface Burst {
  readonly afterMs: number
  readonly size: number
}

/** The bursts after the first one, which has come after the first tokens were written. */
function listBursts(tokenAt: Float64Array): readonly Burst[] {
  const bursts: { afterMs: number; size: number }[] = []
  for (let i = 1; i < tokenAt.length; i++) {
    const afterMs = tokenAt[i]! - tokenAt[i - 1]!
    if (afterMs > TOGETHER_MS) bursts.push({ afterMs, size: 1 })
    else if (bursts.length > 0) bursts.at(-1)!.size++
  }
  return bursts
}

/** Events of an answer beside those of tokens: its beginning, its end, its usage. */
const OTHER_EVENTS = 3
/** Buffers are so large, and larger by powers of two; the smallest of nginx. */
const SMALLEST_BUFFER = 4096
/** Of a buffer, that its size may be off by as it is reckoned here, besides the event that did not fit. */
const SIZE_SLACK = 0.03

/**
 * Whether each burst but the last is as many bytes as a buffer has. With tokens that come steadily such bursts are as regular as those
 * that time ends, and may well be 100 or 200 ms apart.
 */
function isFullBuffer(bursts: readonly Burst[], eventBytes: number): boolean {
  const sizes = bursts.slice(0, -1).map(({ size }) => size)
  if (sizes.length === 0) return false
  const bytes = eventBytes * (sizes.reduce((sum, size) => sum + size) / sizes.length)
  const buffer = 2 ** Math.round(Math.log2(bytes))
  const slack = eventBytes + SIZE_SLACK * buffer
  return (
    buffer >= SMALLEST_BUFFER &&
    Math.abs(bytes - buffer) <= slack &&
    Math.max(...sizes) * eventBytes - buffer <= 2 * slack &&
    buffer - Math.min(...sizes) * eventBytes <= 2 * slack
  )
}

/** Smaller than those of nginx, of which there are fewer events in a burst: what tells them must be narrower. */
const SMALL_BUFFERS = [1024, 2048]
const FEWEST_SMALL = 4
/** Between proxies each event may come as a chunk of its own, whose frame counts in the buffer and is not in the body. */
const FRAME_BYTES = 8
/** Events that are not of tokens are as long as others but for so much of one. */
const EVENT_SLACK = 1.5

/**
 * Whether bursts that come as regularly as time would end them are all of one size, and that of a small buffer. Where a timer ends them
 * their sizes follow how steadily the model writes, and are a power of two by chance only.
 */
function isSmallBuffer(bursts: readonly Burst[], eventBytes: number, tokens: number): boolean {
  const sizes = bursts.slice(0, -1).map(({ size }) => size)
  if (sizes.length < FEWEST_SMALL || Math.max(...sizes) - Math.min(...sizes) > 1) return false
  const size = sizes.reduce((sum, each) => sum + each) / sizes.length
  // Over several bursts the ends of events that do not fit even out.
  const slack = (size * eventBytes * EVENT_SLACK) / tokens + eventBytes / sizes.length
  return SMALL_BUFFERS.some((buffer) => {
    const over = size * eventBytes - buffer
    return over <= slack && over >= -slack - FRAME_BYTES * size
  })
}

/** Fewer bursts may be regular by chance. */
const FEWEST_REGULAR = 3
/** What a timer is late by, at most. */
const BEAT_SLACK = 0.08

/** The time from one burst to the next where it is the same for all but the last: what flushes by a timer of its own. Else null. */
function findBeat(bursts: readonly Burst[]): number | null {
  const gaps = bursts.slice(0, -1).map(({ afterMs }) => afterMs)
  if (gaps.length < FEWEST_REGULAR) return null
  const beat = takeMiddle(gaps)
  const isRegular = gaps.every((gap) => Math.abs(gap - beat) <= BEAT_SLACK * beat)
  return isRegular && bursts.slice(0, -1).every(({ size }) => size >= FEWEST_EVENTS) ? beat : null
}

/**
 * The time from one burst to the next, where most of them begin when the holding time and the wait for another token are over, and are
 * alike; else null. Acknowledgements of the first bytes send a burst early, the end of the answer the last one, and with one pause
 * there is no beat. Bursts of a server that guesses ahead are as long as its guesses were good.
 */
function findHoldingTime(tokenAt: Float64Array, bursts: readonly Burst[]): number | null {
  const tokenMs = (tokenAt.at(-1)! - tokenAt[0]!) / (tokenAt.length - 1)
  for (const ms of HOLDING_MS) {
    const beats = bursts.filter(
      ({ afterMs }) => afterMs > ms - HOLDING_SLACK_MS && afterMs < ms + tokenMs + HOLDING_SLACK_MS,
    )
    if (beats.length < FEWEST_BEATS || beats.length <= (bursts.length - 1) / 2) continue
    const sizes = beats.filter((beat) => beat !== bursts.at(-1)).map(({ size }) => size)
    if (2 * Math.min(...sizes) > Math.max(...sizes)) return takeMiddle(beats.map(({ afterMs }) => afterMs))
  }
  return null
}

function takeMiddle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
