import type { TokenEvent } from './engine/engine.ts'

/** What a server remembers about a request while it is active. */
export interface RememberedRequest {
  /** When it arrived, in milliseconds of the server's clock. */
  readonly atMs: number
  readonly inputTokens: number
  readonly cachedTokens: number
  /** False where there are no output tokens. */
  readonly generates: boolean
  readonly finishReason: 'stop' | 'length'
}

/** What a server has counted since its start. Times are in seconds. */
export interface Totals {
  /** Arrival to first token. */
  readonly firstToken: Histogram
  /** Between two events of one answer, for each token. */
  readonly interToken: Histogram
  /** Mean of one answer: first token to last, over the tokens after the first. */
  readonly perOutputToken: Histogram
  /** Mean of one answer as TGI has it: prefill and decode over all tokens. */
  readonly perToken: Histogram
  /** Arrival to last token. */
  readonly request: Histogram
  /** In the queue, until the prefill starts. */
  readonly queue: Histogram
  readonly prefill: Histogram
  readonly decode: Histogram
  /** Prefill and decode. */
  readonly inference: Histogram
  readonly inputTokens: Histogram
  readonly outputTokens: Histogram
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly generatedTokens: number
  readonly received: number
  readonly finished: Readonly<Record<'stop' | 'length' | 'abort', number>>
  /** Decode steps, and the sequences in them. */
  readonly steps: number
  readonly steppedSequences: number
}

/** Counts what the engine does, event by event, so that reading it costs nothing. */
export interface Tally {
  readonly totals: Totals
  noteArrival(id: number, request: RememberedRequest): void
  /** Its prefill starts after this time in the queue; both on the engine's clock. */
  noteAdmission(id: number, startsAtMs: number, queuedMs: number): void
  /** A decode step of this many sequences begins. */
  noteStep(batch: number): void
  /** Tokens are about to be written. */
  noteTokens(event: TokenEvent, nowMs: number): void
  /** It is gone; does nothing if its last token was written. */
  noteDeparture(id: number): void
}

interface Running extends RememberedRequest {
  startsAtMs: number
  queuedMs: number
  firstAtMs: number
  lastAtMs: number
  tokens: number
}

/** From 1 ms to 40 minutes, as vLLM has them. */
const LATENCIES = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const TOKEN_TIMES = [0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 5]
const TOKENS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]

/** Counts from nothing. */
export function createTally(): Tally {
  const totals = createTotals()
  const running = new Map<number, Running>()
  return {
    totals,
    noteArrival(id, request) {
      totals.received++
      running.set(id, { ...request, startsAtMs: request.atMs, queuedMs: 0, firstAtMs: 0, lastAtMs: 0, tokens: 0 })
    },
    noteAdmission(id, startsAtMs, queuedMs) {
      const request = running.get(id)
      if (request === undefined) return
      request.startsAtMs = startsAtMs
      request.queuedMs = queuedMs
    },
    noteStep(batch) {
      totals.steps++
      totals.steppedSequences += batch
    },
    noteTokens({ id, tokens, last }, nowMs) {
      const request = running.get(id)
      if (request === undefined) return
      const fresh = tokens - request.tokens
      if (request.tokens === 0) noteFirstToken(totals, request, nowMs)
      else {
        const seconds = (nowMs - request.lastAtMs) / 1000 / fresh
        for (let i = 0; i < fresh; i++) totals.interToken.observe(seconds)
      }
      if (request.generates) totals.generatedTokens += fresh
      request.lastAtMs = nowMs
      request.tokens = tokens
      if (!last) return
      running.delete(id)
      noteLastToken(totals, request)
    },
    noteDeparture(id) {
      if (running.delete(id)) totals.finished.abort++
    },
  }
}

function createTotals() {
  return {
    firstToken: createHistogram(LATENCIES),
    interToken: createHistogram(TOKEN_TIMES),
    perOutputToken: createHistogram(TOKEN_TIMES),
    perToken: createHistogram(TOKEN_TIMES),
    request: createHistogram(LATENCIES),
    queue: createHistogram(LATENCIES),
    prefill: createHistogram(LATENCIES),
    decode: createHistogram(LATENCIES),
    inference: createHistogram(LATENCIES),
    inputTokens: createHistogram(TOKENS),
    outputTokens: createHistogram(TOKENS),
    finished: { stop: 0, length: 0, abort: 0 },
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    received: 0,
    steps: 0,
    steppedSequences: 0,
  }
}

type GrowingTotals = ReturnType<typeof createTotals>

function noteFirstToken(totals: GrowingTotals, request: Running, nowMs: number): void {
  request.firstAtMs = nowMs
  totals.promptTokens += request.inputTokens
  totals.cachedTokens += request.cachedTokens
  if (request.generates) totals.firstToken.observe((nowMs - request.atMs) / 1000)
}

function noteLastToken(totals: GrowingTotals, request: Running): void {
  const { atMs, startsAtMs, queuedMs, firstAtMs, lastAtMs, tokens } = request
  totals.finished[request.finishReason]++
  totals.request.observe((lastAtMs - atMs) / 1000)
  totals.queue.observe(queuedMs / 1000)
  totals.prefill.observe((firstAtMs - startsAtMs) / 1000)
  totals.inference.observe((lastAtMs - startsAtMs) / 1000)
  totals.inputTokens.observe(request.inputTokens)
  if (!request.generates) return
  totals.decode.observe((lastAtMs - firstAtMs) / 1000)
  totals.outputTokens.observe(tokens)
  totals.perToken.observe((lastAtMs - startsAtMs) / 1000 / tokens)
  if (tokens > 1) totals.perOutputToken.observe((lastAtMs - firstAtMs) / 1000 / (tokens - 1))
}

/** A cumulative histogram as in Prometheus; observing takes a few comparisons, and reading takes constant time. */
export interface Histogram {
  readonly bounds: readonly number[]
  /** Observations up to the bound of the same index, not cumulated. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
  observe(value: number): void
}

/** A histogram with these upper bounds in ascending order; values above the last only count in `count`. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0)
  let sum = 0
  let count = 0
  return {
    bounds,
    counts,
    get sum() {
      return sum
    },
    get count() {
      return count
    },
    observe(value) {
      sum += value
      count++
      for (let i = 0; i < bounds.length; i++) {
        if (value > bounds[i]!) continue
        counts[i]!++
        return
      }
    },
  }
}
