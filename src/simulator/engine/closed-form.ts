import type { EngineOptions } from './engine.ts'
import { createFactors } from './spread.ts'

/**
 * What measuring the engine must give, in closed form; tests and benches compare with it.
 *
 * Symbols: a = `decodeMs`, b = `decodeMsPerSequence`, S = `slots`, h = `overheadMs`, n = output tokens, P =
 * `prefillMsPerToken` × input tokens; all times carry the factors of the first run. Load is a closed loop: c clients,
 * each sends its next request when the last one has ended. Jitter has mean 1 and leaves means as they are.
 */

/** What every request asks for. */
export interface LoadShape {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** The steady state of a closed loop. Times in milliseconds, rates per second; all are means. */
export interface SteadyState {
  /** Sequences that decode together. */
  readonly batch: number
  readonly ttftMs: number
  /** NaN for one output token. */
  readonly tpotMs: number
  readonly latencyMs: number
  readonly outputTokensPerSecond: number
  readonly requestsPerSecond: number
}

type Model = Omit<EngineOptions, 'tokensPerChunk' | 'jitter'>

/** The times of a model as its first run has them. */
function settle(model: Model): Model {
  const { prefill, decode } = createFactors(model).at(0)
  return {
    ...model,
    startSpread: 0,
    hourSpread: 0,
    runSpread: 0,
    overheadMs: prefill * model.overheadMs,
    prefillMsPerToken: prefill * model.prefillMsPerToken,
    decodeMs: decode * model.decodeMs,
    decodeMsPerSequence: decode * model.decodeMsPerSequence,
  }
}

/** TTFT of a request that meets an idle server: h + P. Exact. */
export function idleTtftMs(given: Model, { inputTokens }: LoadShape): number {
  const { overheadMs, prefillMsPerToken } = settle(given)
  return overheadMs + prefillMsPerToken * inputTokens
}

/** TPOT while `batch` sequences decode and none is prefilled: a + b·batch. Exact. */
export function decodeTpotMs(given: Model, batch: number): number {
  const { decodeMs, decodeMsPerSequence } = settle(given)
  return decodeMs + decodeMsPerSequence * batch
}

/** Tokens per second with every slot taken at every step: S·n / (S·P + (n − 1)(a + b·S)). Exact. */
export function plateauTokensPerSecond(given: Model, workload: LoadShape): number {
  return tokensPerSecondAt(settle(given), workload, given.slots)
}

/**
 * The steady state at `concurrency`, clients out of phase.
 *
 * One cycle (a request of each client) costs the server c·P for prefill and, over its K steps, a·K + b·c·(n − 1). A client
 * takes part in n − 1 decode steps a cycle and misses the m that start while its next request is on its way, so
 * K = n − 1 + m and the mean batch is B = c·(n − 1)/K, at most S. Then
 *
 *     output tokens/s = n / (P + (n − 1)(a/B + b))
 *     TPOT            = a + b·B + (B − 1)·P / (n − 1)      the prefills of the others fall into one's own decode
 *     latency         = c·n / tokens/s                     Little's law
 *     TTFT            = latency − (n − 1)·TPOT
 *
 * Exact for c = 1 (there the server idles during h), for h = 0 with c ≤ S, and where the slots are always full. In between
 * m is a mean (see `missedSteps`) that takes the batch as never empty, so h must be short against the decode time:
 * h ≪ (n − 1)·step. TTFT is a small difference of large figures: good to some percent there, the others to 0.1 %.
 */
export function findSteadyState(given: Model, workload: LoadShape, concurrency: number): SteadyState {
  const model = settle(given)
  const overhead = model.overheadMs
  const prefill = model.prefillMsPerToken * workload.inputTokens
  const n = workload.outputTokens
  if (concurrency === 1) {
    const tpotMs = n > 1 ? decodeTpotMs(model, 1) : NaN
    const latencyMs = overhead + prefill + (n > 1 ? (n - 1) * tpotMs : 0)
    return rates({ batch: 1, ttftMs: overhead + prefill, tpotMs, latencyMs }, concurrency, n)
  }
  const batch = meanBatch(model, workload, concurrency)
  const latencyMs = Math.max((1000 * concurrency * n) / tokensPerSecondAt(model, workload, batch), overhead + prefill)
  const tpotMs = n > 1 ? decodeTpotMs(model, batch) + ((batch - 1) * prefill) / (n - 1) : NaN
  return rates({ batch, ttftMs: n > 1 ? latencyMs - (n - 1) * tpotMs : latencyMs, tpotMs, latencyMs }, concurrency, n)
}

/**
 * The knee: the concurrency (not a whole number) where throughput is `share` of the plateau. From
 * P + (n − 1)(a/B + b) = D/share with D the plateau's own denominator, B = a(n − 1) / (D/share − P − b(n − 1)), and
 * c = B·(n − 1 + m)/(n − 1); at least 1. For n = 1 or a = 0 throughput never grows and the knee is 1.
 */
export function kneeConcurrency(given: Model, workload: LoadShape, share = 0.95): number {
  const model = settle(given)
  const decodes = workload.outputTokens - 1
  if (decodes === 0 || model.decodeMs === 0) return 1
  const prefill = model.prefillMsPerToken * workload.inputTokens
  const perRequest = (1000 * workload.outputTokens) / plateauTokensPerSecond(model, workload)
  const room = perRequest / share - prefill - model.decodeMsPerSequence * decodes
  const batch = (model.decodeMs * decodes) / room
  let concurrency = Math.max(1, batch)
  for (let round = 0; round < 8; round++) {
    concurrency = Math.max(1, (batch * (decodes + countMissedSteps(model, workload, concurrency, batch))) / decodes)
  }
  return concurrency
}

/** n / (P + (n − 1)(a/B + b)): the throughput with B sequences decoding together. */
function tokensPerSecondAt(model: Model, { inputTokens, outputTokens: n }: LoadShape, batch: number): number {
  const { prefillMsPerToken, decodeMs, decodeMsPerSequence } = model
  const perRequest = prefillMsPerToken * inputTokens + (n - 1) * (decodeMs / batch + decodeMsPerSequence)
  return (1000 * n) / perRequest
}

/** B = min(S, c·(n − 1)/(n − 1 + m)); m and B settle in a few rounds. */
function meanBatch(model: Model, workload: LoadShape, concurrency: number): number {
  const decodes = workload.outputTokens - 1
  let batch = Math.min(model.slots, concurrency)
  for (let round = 0; decodes > 0 && round < 8; round++) {
    const cycleSteps = decodes + countMissedSteps(model, workload, concurrency, batch)
    batch = Math.min(model.slots, (concurrency * decodes) / cycleSteps)
  }
  return batch
}

/**
 * Steps that start from the end of a client's answer until its next request has arrived, h later. Steps follow each other
 * from that end on; j of them last j·d + N·P, with d the decode time of the others' batch and N their prefills, taken as
 * Poisson with mean j·λ, λ = others / (n − 1). Hence m = Σ over j ≥ 0 of Prob(j·d + N·P < h): 0 for h = 0, at least 1 else.
 */
function countMissedSteps(
  model: Model,
  { inputTokens, outputTokens }: LoadShape,
  concurrency: number,
  batch: number,
): number {
  const others = Math.max(1, (batch * (concurrency - 1)) / concurrency)
  const step = model.decodeMs + model.decodeMsPerSequence * others
  const prefill = model.prefillMsPerToken * inputTokens
  if (step === 0) return 0
  let missed = 0
  for (let j = 0; j * step < model.overheadMs; j++) {
    const most = prefill === 0 ? Infinity : Math.ceil((model.overheadMs - j * step) / prefill) - 1
    missed += poissonUpTo(most, (j * others) / (outputTokens - 1))
  }
  return missed
}

/** Prob(N ≤ most) for a Poisson N. */
function poissonUpTo(most: number, mean: number): number {
  if (most === Infinity || mean === 0) return 1
  let term = Math.exp(-mean)
  let sum = term
  for (let k = 1; k <= most; k++) {
    term *= mean / k
    sum += term
  }
  return sum
}

function rates(
  state: Omit<SteadyState, 'outputTokensPerSecond' | 'requestsPerSecond'>,
  concurrency: number,
  outputTokens: number,
): SteadyState {
  const requestsPerSecond = (1000 * concurrency) / state.latencyMs
  return { ...state, requestsPerSecond, outputTokensPerSecond: requestsPerSecond * outputTokens }
}

/** What requests of a rate meet at a server with one slot. Times in milliseconds, means. */
export interface OpenState {
  /** The share of the time at which it works; from 1 on the queue grows without end, and nothing else is known. */
  readonly load: number
  readonly waitMs: number
  readonly ttftMs: number
  readonly latencyMs: number
}

/**
 * One slot and requests that come at random, as many a second: a queue of the kind M/D/1. With a service time of D = P + (n − 1)(a + b) and a
 * load of ρ = rate · D, a request waits for ρ·D / (2 (1 − ρ)), by Pollaczek and Khinchine. Exact for requests of one length.
 */
export function findOpenState(
  given: Model,
  { inputTokens, outputTokens }: LoadShape,
  ratePerSecond: number,
): OpenState {
  const { overheadMs, prefillMsPerToken, decodeMs, decodeMsPerSequence } = settle(given)
  const prefillMs = prefillMsPerToken * inputTokens
  const serviceMs = prefillMs + (outputTokens - 1) * (decodeMs + decodeMsPerSequence)
  const load = (ratePerSecond * serviceMs) / 1000
  const waitMs = load < 1 ? (load * serviceMs) / (2 * (1 - load)) : Infinity
  return {
    load,
    waitMs,
    ttftMs: overheadMs + waitMs + prefillMs,
    latencyMs: overheadMs + waitMs + serviceMs,
  }
}

/** A conversation: a system prompt, and turns in each of which the user says so much and is answered at such length. In words, each one token. */
export interface ConversationShape {
  readonly turns: number
  readonly systemTokens: number
  readonly userTokens: number
  readonly outputTokens: number
}

/** One turn of it at an idle server. */
export interface TurnCost {
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly ttftMs: number
}

/** Its times at an idle server: of its answers together, from its first request to its last token, and which share of that is think-time. */
export interface ConversationTimes {
  readonly latencyMs: number
  readonly spanMs: number
  readonly thinkShare: number
}

/**
 * A user thinks for θ on average before each of k turns but the first: with answers of Lᵢ = TTFTᵢ + (n − 1)(a + b) the span is ΣLᵢ + (k − 1)·θ.
 * Exact where θ is always the same, else the mean.
 */
export function findConversationTimes(
  given: Model,
  shape: ConversationShape,
  cache: { readonly templateTokens: number; readonly blockWords: number },
  thinkMs: number,
): ConversationTimes {
  const decodeMs = (shape.outputTokens - 1) * decodeTpotMs(given, 1)
  const latencyMs = listTurnCosts(given, shape, cache).reduce((sum, { ttftMs }) => sum + ttftMs + decodeMs, 0)
  const spanMs = latencyMs + (shape.turns - 1) * thinkMs
  return { latencyMs, spanMs, thinkShare: 1 - latencyMs / spanMs }
}

/**
 * What each turn of a conversation costs a server with a prefix cache that knows the system prompt already and forgets nothing. Turn k reads
 * W = system + k·user + (k − 1)·output words and the t tokens of the template. Known is what the turn before has left, its prompt and its answer but for the
 * last token, W₋₁ + output − 1, in whole blocks; of the first turn the system prompt. TTFT is h + prefill · (W + t − known). Exact.
 */
export function listTurnCosts(
  given: Model,
  { turns, systemTokens, userTokens, outputTokens }: ConversationShape,
  { templateTokens, blockWords }: { readonly templateTokens: number; readonly blockWords: number },
): TurnCost[] {
  return Array.from({ length: turns }, (_, before) => {
    const earlier = systemTokens + before * (userTokens + outputTokens)
    const known = before === 0 ? systemTokens : earlier - 1
    const cachedTokens = blockWords * Math.floor(known / blockWords)
    const inputTokens = earlier + userTokens + templateTokens
    return {
      inputTokens,
      cachedTokens,
      ttftMs: idleTtftMs(given, { inputTokens: inputTokens - cachedTokens, outputTokens }),
    }
  })
}
