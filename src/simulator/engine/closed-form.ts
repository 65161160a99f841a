import type { EngineOptions } from './engine.ts'
import { createFactors } from './engine.ts'

/**
 * Plateau and knee of the engine, in closed form: what measuring it must give.
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

/** What the closed form needs of an engine. */
export type EngineModel = Omit<EngineOptions, 'tokensPerChunk' | 'jitter'>

/** The times of a model as its first run has them. */
export function takeFirstRun(model: EngineModel): EngineModel {
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

/** Tokens per second with every slot taken at every step: S·n / (S·P + (n − 1)(a + b·S)). Exact. */
export function plateauTokensPerSecond(given: EngineModel, workload: LoadShape): number {
  return computeTokensPerSecondAt(takeFirstRun(given), workload, given.slots)
}

/** Where the knee is, as a share of the plateau. */
const KNEE_SHARE = 0.95

/**
 * The knee: the concurrency (not a whole number) where throughput is 95 % of the plateau. From
 * P + (n − 1)(a/B + b) = D/.95 with D the plateau's own denominator, B = a(n − 1) / (D/.95 − P − b(n − 1)), and
 * c = B·(n − 1 + m)/(n − 1); at least 1. For n = 1 or a = 0 throughput never grows and the knee is 1.
 */
export function kneeConcurrency(given: EngineModel, workload: LoadShape): number {
  const model = takeFirstRun(given)
  const decodes = workload.outputTokens - 1
  if (decodes === 0 || model.decodeMs === 0) return 1
  const prefill = model.prefillMsPerToken * workload.inputTokens
  const perRequest = (1000 * workload.outputTokens) / plateauTokensPerSecond(model, workload)
  const room = perRequest / KNEE_SHARE - prefill - model.decodeMsPerSequence * decodes
  const batch = (model.decodeMs * decodes) / room
  let concurrency = Math.max(1, batch)
  for (let round = 0; round < 8; round++) {
    concurrency = Math.max(1, (batch * (decodes + countMissedSteps(model, workload, concurrency, batch))) / decodes)
  }
  return concurrency
}

/** n / (P + (n − 1)(a/B + b)): the throughput with B sequences decoding together. */
export function computeTokensPerSecondAt(
  model: EngineModel,
  { inputTokens, outputTokens: n }: LoadShape,
  batch: number,
): number {
  const { prefillMsPerToken, decodeMs, decodeMsPerSequence } = model
  const perRequest = prefillMsPerToken * inputTokens + (n - 1) * (decodeMs / batch + decodeMsPerSequence)
  return (1000 * n) / perRequest
}

/**
 * Steps that start from the end of a client's answer until its next request has arrived, h later. Steps follow each other
 * from that end on; j of them last j·d + N·P, with d the decode time of the others' batch and N their prefills, taken as
 * Poisson with mean j·λ, λ = others / (n − 1). Hence m = Σ over j ≥ 0 of Prob(j·d + N·P < h): 0 for h = 0, at least 1 else.
 */
export function countMissedSteps(
  model: EngineModel,
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
