import { countMissedSteps, takeFirstRun, computeTokensPerSecondAt } from '../../src/simulator/engine/closed-form.ts'
import type { LoadShape, EngineModel } from '../../src/simulator/engine/closed-form.ts'

/** More of the engine's closed form than its plateau and knee, in the same symbols: what tests and benches compare with. */

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

/** TTFT of a request that meets an idle server: h + P. Exact. */
export function idleTtftMs(given: EngineModel, { inputTokens }: LoadShape): number {
  const { overheadMs, prefillMsPerToken } = takeFirstRun(given)
  return overheadMs + prefillMsPerToken * inputTokens
}

/** TPOT while `batch` sequences decode and none is prefilled: a + b·batch. Exact. */
export function decodeTpotMs(given: EngineModel, batch: number): number {
  const { decodeMs, decodeMsPerSequence } = takeFirstRun(given)
  return decodeMs + decodeMsPerSequence * batch
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
 * m is a mean (see `countMissedSteps`) that takes the batch as never empty, so h must be short against the decode time:
 * h ≪ (n − 1)·step. TTFT is a small difference of large figures: good to some percent there, the others to 0.1 %.
 */
export function findSteadyState(given: EngineModel, workload: LoadShape, concurrency: number): SteadyState {
  const model = takeFirstRun(given)
  const overhead = model.overheadMs
  const prefill = model.prefillMsPerToken * workload.inputTokens
  const n = workload.outputTokens
  if (concurrency === 1) {
    const tpotMs = n > 1 ? decodeTpotMs(model, 1) : NaN
    const latencyMs = overhead + prefill + (n > 1 ? (n - 1) * tpotMs : 0)
    return rates({ batch: 1, ttftMs: overhead + prefill, tpotMs, latencyMs }, concurrency, n)
  }
  const batch = meanBatch(model, workload, concurrency)
  const latencyMs = Math.max(
    (1000 * concurrency * n) / computeTokensPerSecondAt(model, workload, batch),
    overhead + prefill,
  )
  const tpotMs = n > 1 ? decodeTpotMs(model, batch) + ((batch - 1) * prefill) / (n - 1) : NaN
  return rates({ batch, ttftMs: n > 1 ? latencyMs - (n - 1) * tpotMs : latencyMs, tpotMs, latencyMs }, concurrency, n)
}

/** B = min(S, c·(n − 1)/(n − 1 + m)); m and B settle in a few rounds. */
function meanBatch(model: EngineModel, workload: LoadShape, concurrency: number): number {
  const decodes = workload.outputTokens - 1
  let batch = Math.min(model.slots, concurrency)
  for (let round = 0; decodes > 0 && round < 8; round++) {
    const cycleSteps = decodes + countMissedSteps(model, workload, concurrency, batch)
    batch = Math.min(model.slots, (concurrency * decodes) / cycleSteps)
  }
  return batch
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
  given: EngineModel,
  { inputTokens, outputTokens }: LoadShape,
  ratePerSecond: number,
): OpenState {
  const { overheadMs, prefillMsPerToken, decodeMs, decodeMsPerSequence } = takeFirstRun(given)
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
  given: EngineModel,
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
  given: EngineModel,
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
