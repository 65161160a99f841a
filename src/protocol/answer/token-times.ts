/** Token events that memory is made for; it grows when needed. */
const USUAL_EVENTS = 128

/**
 * Arrival time of each event with tokens, and the cumulative count of output tokens that it stated (NaN when none).
 * Belongs to a worker, which reuses it for its next request.
 */
export class Scratch {
  /** First the times of `room` events, then their counts, from the place `from`; the rest may be of other workers. */
  memory: Float64Array
  from: number
  room: number

  constructor(room = USUAL_EVENTS, memory = new Float64Array(2 * room), from = 0) {
    this.memory = memory
    this.from = from
    this.room = room
  }

  /** The times of the first `events`. */
  listTimes(events: number): Float64Array {
    return this.memory.subarray(this.from, this.from + events)
  }

  /** The counts of the first `events`. */
  listCounts(events: number): Float64Array {
    return this.memory.subarray(this.from + this.room, this.from + this.room + events)
  }

  /** Makes room for twice as many events, in memory of its own. */
  grow(): void {
    const { room } = this
    const larger = new Scratch(Math.max(16, 2 * room))
    larger.memory.set(this.listTimes(room))
    larger.memory.set(this.listCounts(room), larger.room)
    Object.assign(this, larger)
  }
}

/** How many workers share one memory. */
const SHARING = 32

/**
 * Returns a function that creates the scratch memory of one worker after another, of whom there may be a thousand. Many of them share one array:
 * whenever a token is noted, an array of its own would have to be read, too.
 */
export function createScratchSource(): () => Scratch {
  const placesEach = 2 * USUAL_EVENTS
  let memory = new Float64Array(0)
  let taken = 0
  return () => {
    if (taken === memory.length) {
      memory = new Float64Array(SHARING * placesEach)
      taken = 0
    }
    const scratch = new Scratch(USUAL_EVENTS, memory, taken)
    taken += placesEach
    return scratch
  }
}

/** What TPOT is computed from. Times are in milliseconds on one clock. */
interface TpotFacts {
  readonly firstTokenAt: number
  readonly lastTokenAt: number
  readonly tokenEvents: number
  /** All output tokens, including hidden ones. */
  readonly outputTokens: number
  /** Reasoning tokens that were counted but not streamed. */
  readonly hiddenTokens: number
  /** The cumulative count in the first token event, NaN when there was none. */
  readonly firstCount: number
}

/**
 * Milliseconds per token after the first event: (last − first) / (visible tokens − tokens of the first event). Null
 * when not known: fewer than 2 token events or tokens, or all at one instant.
 */
export function computeTpotMs(facts: TpotFacts): number | null {
  const { firstTokenAt, lastTokenAt, tokenEvents, outputTokens, hiddenTokens, firstCount } = facts
  const visible = outputTokens - hiddenTokens
  if (tokenEvents < 2 || visible < 2 || lastTokenAt <= firstTokenAt) return null
  const after = visible - countTokensOfFirstEvent()
  return after > 0 ? (lastTokenAt - firstTokenAt) / after : null

  function countTokensOfFirstEvent(): number {
    if (Number.isNaN(firstCount)) return visible / tokenEvents
    // A count above the hidden tokens includes them: they were generated before the first visible token.
    return firstCount > hiddenTokens ? firstCount - hiddenTokens : firstCount
  }
}

/** Fewer token events cannot show buffering, because they may share a read anyway. */
const BUFFERED_EVENTS = 16
const ONE_PIECE_SHARE = 0.9
/** Tokens that arrive this close together came from one buffer. */
const TOGETHER_MS = 2

/**
 * Whether the answer came (nearly) at once: at least 16 token events, 90 % of them in one read or within 2 ms of each
 * other; or fewer events, all within 2 ms, with at least 16 tokens, as when a gateway makes a stream from a whole
 * answer. `tokenAt` holds their times in order, in milliseconds; only the first `count` count.
 */
export function isBuffered(tokenAt: Float64Array, count: number, tokens = count): boolean {
  if (count < BUFFERED_EVENTS) {
    return count > 0 && tokens >= BUFFERED_EVENTS && tokenAt[count - 1]! - tokenAt[0]! <= TOGETHER_MS
  }
  const enough = Math.ceil(count * ONE_PIECE_SHARE)
  for (let last = enough - 1; last < count; last++) {
    if (tokenAt[last]! - tokenAt[last - enough + 1]! <= TOGETHER_MS) return true
  }
  return false
}

/** Tokens of one answer that arrive in bursts with nothing in between. */
interface Bursts {
  /**
   * What ends a burst: a `time` (HAProxy leaves small parts to the system until that sends them), or a number of
   * bytes, as with a buffer that must be full.
   */
  readonly by: 'time' | 'size'
  /** How many bursts there were, at least two. */
  readonly count: number
  /** Average number of token events in each. */
  readonly events: number
  /** Estimated size of the buffer in KiB, a power of two. */
  readonly kib: number
  /** Time from one to the next if time ends them, in milliseconds; else null. */
  readonly everyMs: number | null
}

/** Servers with speculative decoding send a few tokens at once; buffers hold more. */
const FEWEST_EVENTS = 8
/** A fixed holding time is evidence by itself, so fewer tokens are enough. */
const FEWEST_IN_TIME = 3
/** Shorter pauses may be the client's own. */
const SHORTEST_PAUSE_MS = 20
/** Least share of the pauses in the time from first to last token, so that the rest is too short to generate tokens. */
const PAUSED_SHARE = 0.9
/** Known holding times: Linux for a corked socket (HAProxy), and the default of proxies in Go. */
const HOLDING_MS = [200, 100]
/** Tolerance of such a time; the rest of a pause is the wait for the token that begins the next burst. */
const HOLDING_SLACK_MS = 15
const FEWEST_BEATS = 2

/**
 * Finds whether the tokens of one answer arrived in bursts with only pauses in between, because something holds them
 * back. Null when they did not, or all came at once. A stall of the client is a single pause and makes no bursts.
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
  // The last burst is the rest at the end of the answer.
  const bytes = bodyBytes / (count - 0.5)
  return {
    by: heldMs === null ? 'size' : 'time',
    count,
    events: Math.round(events),
    kib: 2 ** Math.max(0, Math.round(Math.log2(bytes / 1024))),
    everyMs: heldMs === null ? null : Math.round(heldMs),
  }
}

/** A burst: the time since the token before it, and its number of token events. */
interface Burst {
  readonly afterMs: number
  readonly size: number
}

/** The bursts after the first. */
function listBursts(tokenAt: Float64Array): readonly Burst[] {
  const bursts: { afterMs: number; size: number }[] = []
  for (let i = 1; i < tokenAt.length; i++) {
    const afterMs = tokenAt[i]! - tokenAt[i - 1]!
    if (afterMs > TOGETHER_MS) bursts.push({ afterMs, size: 1 })
    else if (bursts.length > 0) bursts.at(-1)!.size++
  }
  return bursts
}

/** Events of an answer without tokens: its beginning, its end, its usage. */
const OTHER_EVENTS = 3
/** The smallest buffer, of nginx; others are larger by powers of two. */
const SMALLEST_BUFFER = 4096
/** Share of a buffer by which its estimated size may be off, besides the event that did not fit. */
const SIZE_SLACK = 0.03

/**
 * Whether each burst except the last has the size of a buffer. With steady tokens such bursts are as regular as those
 * that time ends, and may be 100 or 200 ms apart.
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

/** Buffers smaller than nginx's hold fewer events, so the criteria must be narrower. */
const SMALL_BUFFERS = [1024, 2048]
const FEWEST_SMALL = 4
/** Between proxies each event may be a separate chunk, whose frame counts in the buffer but is not in the body. */
const FRAME_BYTES = 8
/** Events without tokens differ in length from others by at most this share of one. */
const EVENT_SLACK = 1.5

/**
 * Whether regular bursts all have the size of a small buffer. If a timer ended them, their sizes would vary with the
 * model's pace, and would be powers of two only by chance.
 */
function isSmallBuffer(bursts: readonly Burst[], eventBytes: number, tokens: number): boolean {
  const sizes = bursts.slice(0, -1).map(({ size }) => size)
  if (sizes.length < FEWEST_SMALL || Math.max(...sizes) - Math.min(...sizes) > 1) return false
  const size = sizes.reduce((sum, each) => sum + each) / sizes.length
  // Over several bursts, the events that do not fit average out.
  const slack = (size * eventBytes * EVENT_SLACK) / tokens + eventBytes / sizes.length
  return SMALL_BUFFERS.some((buffer) => {
    const over = size * eventBytes - buffer
    return over <= slack && over >= -slack - FRAME_BYTES * size
  })
}

/** Fewer bursts may be regular by chance. */
const FEWEST_REGULAR = 3
/** The longest delay of a timer. */
const BEAT_SLACK = 0.08

/** The time between bursts if it is the same for all but the last, as when a timer flushes them; else null. */
function findBeat(bursts: readonly Burst[]): number | null {
  const gaps = bursts.slice(0, -1).map(({ afterMs }) => afterMs)
  if (gaps.length < FEWEST_REGULAR) return null
  const beat = takeMiddle(gaps)
  const isRegular = gaps.every((gap) => Math.abs(gap - beat) <= BEAT_SLACK * beat)
  return isRegular && bursts.slice(0, -1).every(({ size }) => size >= FEWEST_EVENTS) ? beat : null
}

/**
 * The time between bursts if most of them begin after a holding time plus the wait for another token, and are alike;
 * else null. Acknowledgements of the first bytes send a burst early, the end of the answer sends the last, and one
 * pause is not a pattern. Bursts of speculative decoding vary in length with the number of accepted tokens.
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
