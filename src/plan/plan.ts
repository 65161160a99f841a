import { possibleLevels } from './ladder.ts'
import type { Ladder } from './ladder.ts'

/** One request at concurrency 1, as preflight saw it (or as assumed without preflight). */
export interface SingleRequest {
  readonly latencyMs: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface PlanOptions {
  readonly ladder: Ladder
  readonly levelDurationMs: number
  readonly levelRequests: number | null
  readonly warmupRequests: number
  readonly maxDurationMs: number | null
  readonly maxRequests: number | null
  readonly maxOutputTokens: number | null
  /** Samples that the percentiles of limits and budgets need, over all passes of a level. */
  readonly minSamples: number
  readonly single: SingleRequest
  /** Single requests between the levels tell whether the endpoint changed; off where not even preflight is wanted. */
  readonly sentinel: boolean
}

/** What a sweep is expected to cost; an estimate. */
export interface ExpectedCost {
  readonly seconds: number
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What is going to be measured, and what it costs. */
export interface Plan {
  readonly ladder: Ladder
  readonly levelDurationMs: number
  /** Counted requests that a level needs in each pass, beside one a worker. */
  readonly minRequests: number
  readonly levelRequests: number | null
  readonly warmupRequests: number
  readonly sentinel: boolean
  readonly expected: ExpectedCost
  /** What the budgets took away, one sentence each. */
  readonly cut: readonly string[]
}

/** Windows are never cut below this, or below the time of one request. */
const SHORTEST_WINDOW_MS = 1_000
/** Fewer counted requests in a pass say nothing. */
const LEAST_REQUESTS = 3
/**
 * By how much a request is assumed to slow down with each concurrent one. Only the cost estimate hangs on it: real
 * servers lie between 0 (far from the plateau) and 1 (on it).
 */
const SLOWDOWN_PER_REQUEST = 0.05

/**
 * Costs the sweep from one measured request and fits it into its budgets: fewer passes first, then shorter windows,
 * never fewer levels. Whatever the estimate says, the budgets themselves are kept while measuring.
 */
export function planSweep(options: PlanOptions): Plan {
  const asked = planWith(options, options.ladder.passes, options.levelDurationMs, [])
  if (fits(asked, options)) return asked
  for (let passes = options.ladder.passes - 1; passes >= 1; passes--) {
    const plan = planWith(options, passes, options.levelDurationMs, [passesCut(options, passes)])
    if (fits(plan, options)) return plan
  }
  const cut = options.ladder.passes > 1 ? [passesCut(options, 1)] : []
  const shortest = Math.min(options.levelDurationMs, Math.max(SHORTEST_WINDOW_MS, options.single.latencyMs))
  let window = options.levelDurationMs
  for (;;) {
    window = Math.max(shortest, window * 0.8)
    const sentences = [
      ...cut,
      `windows of ${seconds(window)} instead of ${seconds(options.levelDurationMs)}: ${which(options)}`,
    ]
    const plan = planWith(options, 1, window, window < options.levelDurationMs ? sentences : cut)
    if (fits(plan, options) || window <= shortest) return plan
  }
}

function planWith(options: PlanOptions, passes: number, levelDurationMs: number, cut: readonly string[]): Plan {
  const ladder = { ...options.ladder, passes }
  const minRequests = Math.max(LEAST_REQUESTS, Math.ceil(options.minSamples / passes))
  const plan = { ...options, ladder, levelDurationMs, minRequests }
  const levels = possibleLevels(ladder).map((concurrency) => levelCost(plan, concurrency))
  const sum = (figure: 'seconds' | 'requests'): number =>
    passes * levels.reduce((total, level) => total + level[figure], 0)
  const requests = Math.round(sum('requests'))
  return {
    ladder,
    levelDurationMs,
    minRequests,
    levelRequests: options.levelRequests,
    warmupRequests: options.warmupRequests,
    sentinel: options.sentinel,
    expected: {
      seconds: Math.round(sum('seconds')),
      requests,
      inputTokens: Math.round(requests * options.single.inputTokens),
      outputTokens: Math.round(requests * options.single.outputTokens),
    },
    cut,
  }
}

/** Time and requests of one level in one pass: warm-up, window, and the tail until the last counted request has ended. */
function levelCost(
  plan: Pick<Plan, 'levelDurationMs' | 'minRequests' | 'levelRequests' | 'warmupRequests'> &
    Pick<PlanOptions, 'single'>,
  concurrency: number,
): { seconds: number; requests: number } {
  const latencyMs = Math.max(1, plan.single.latencyMs) * (1 + SLOWDOWN_PER_REQUEST * (concurrency - 1))
  const forRequests = (Math.max(concurrency, plan.minRequests) / concurrency) * latencyMs
  const byRequests = (Math.max(plan.levelRequests ?? Infinity, concurrency) / concurrency) * latencyMs
  const windowMs = Math.max(Math.min(plan.levelDurationMs, byRequests), Math.min(forRequests, byRequests))
  const totalMs = plan.warmupRequests * latencyMs + windowMs + latencyMs
  return { seconds: totalMs / 1000, requests: (concurrency * totalMs) / latencyMs }
}

function fits({ expected }: Plan, { maxDurationMs, maxRequests, maxOutputTokens }: PlanOptions): boolean {
  return (
    expected.seconds * 1000 <= (maxDurationMs ?? Infinity) &&
    expected.requests <= (maxRequests ?? Infinity) &&
    expected.outputTokens <= (maxOutputTokens ?? Infinity)
  )
}

function passesCut(options: PlanOptions, passes: number): string {
  return `${passes} ${passes === 1 ? 'pass' : 'passes'} instead of ${options.ladder.passes}: ${which(options)}`
}

/** The budgets that are in force, for the sentence about what they took. */
function which({ maxDurationMs, maxRequests, maxOutputTokens }: PlanOptions): string {
  const named = [
    maxDurationMs === null ? null : `max-duration ${seconds(maxDurationMs)}`,
    maxRequests === null ? null : `max-requests ${maxRequests}`,
    maxOutputTokens === null ? null : `max-output-tokens ${maxOutputTokens}`,
  ]
  return `${named.filter((name) => name !== null).join(', ')} would not hold`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}
