import { listPossibleLevels } from './ladder.ts'
import type { Ladder } from './ladder.ts'
import { pluralise } from '../text.ts'

/** One request at concurrency 1, as preflight saw it (or as assumed without preflight). */
export interface LoneRequest {
  readonly latencyMs: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface PlanOptions {
  readonly ladder: Ladder
  /** The longest that a window is to be. */
  readonly levelDurationMs: number
  /** From here on a window is as long as the passes before it show to be needed; absent: all are of one length. */
  readonly leastDurationMs?: number
  readonly levelRequests: number | null
  readonly warmupRequests: number
  readonly maxDurationMs: number | null
  readonly maxRequests: number | null
  readonly maxOutputTokens: number | null
  /** Samples that the percentiles of limits and budgets need at a level, over all its passes. */
  readonly minSamples: (concurrency: number) => number
  readonly lone: LoneRequest
  /** Single requests between the levels tell whether the endpoint changed; off where not even preflight is wanted. */
  readonly sentinel: boolean
  /** Whether the endpoint may be young and wants unrecorded load first. */
  readonly soak: boolean
  /** How a control is measured beside it; absent or null: there is none. */
  readonly control?: 'turns' | 'together' | null
}

/** What a sweep is expected to cost; an estimate. */
export interface ExpectedCost {
  readonly seconds: number
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** How long windows are, in milliseconds. They are of one length where the three are. */
export interface Windows {
  /** Of the first pass, and of what is no pass of a sweep. */
  readonly firstMs: number
  readonly leastMs: number
  readonly mostMs: number
}

/** What is going to be measured, and what it costs. */
export interface Plan {
  readonly ladder: Ladder
  readonly windows: Windows
  /** Counted requests that a level needs in each pass, beside one a worker. */
  readonly minRequests: (concurrency: number) => number
  readonly levelRequests: number | null
  readonly warmupRequests: number
  readonly sentinel: boolean
  readonly soak: boolean
  /** 2 with a control, whose cost is part of what is expected. */
  readonly sides: 1 | 2
  readonly expected: ExpectedCost
  /** What the budgets took away, one sentence each. */
  readonly cut: readonly string[]
}

/** Windows are never cut below this, or below the time of one request. */
const SHORTEST_WINDOW_MS = 1_000
/** Fewer counted requests in a pass say nothing. */
const LEAST_REQUESTS = 3
/** Requests of one worker that the first window of a level holds, where its length is not given. */
const FIRST_REQUESTS = 3
/**
 * By how much a request is assumed to slow down with each concurrent one. Only the cost estimate depends on it: real servers lie between 0
 * (far from the plateau) and 1 (on it).
 */
const SLOWDOWN_PER_REQUEST = 0.05

/**
 * Costs the sweep from one measured request and fits it into its budgets: fewer passes first, then shorter windows,
 * never fewer levels. Whatever the estimate says, the budgets themselves are kept while measuring.
 */
export function planSweep(given: PlanOptions): Plan {
  const options = shortenWindows(given)
  const { passes: most, leastPasses: passes = most } = options.ladder
  const asked = planWith(options, passes, options.levelDurationMs, [])
  const broken = findBrokenBudgets(asked, options)
  if (broken.length === 0) return passes === most ? asked : allowMorePasses(asked, options)
  const why = `${broken.join(', ')} would not hold`
  for (let fewer = passes - 1; fewer >= 1; fewer--) {
    const plan = planWith(options, fewer, options.levelDurationMs, [describeFewerPasses(fewer, passes, why)])
    if (findBrokenBudgets(plan, options).length === 0) return plan
  }
  const cut = passes > 1 ? [describeFewerPasses(1, passes, why)] : []
  const shortest = Math.min(options.levelDurationMs, Math.max(SHORTEST_WINDOW_MS, options.lone.latencyMs))
  let window = options.levelDurationMs
  for (;;) {
    window = Math.max(shortest, window * 0.8)
    const shorter = `windows of ${formatSeconds(window)} instead of ${formatSeconds(options.levelDurationMs)}: ${why}`
    const plan = planWith(options, 1, window, window < options.levelDurationMs ? [...cut, shorter] : cut)
    const left = findBrokenBudgets(plan, options)
    if (left.length === 0) return plan
    if (window <= shortest)
      return { ...plan, cut: [...plan.cut, `the run will end early: ${left.join(', ')} is too little for the plan`] }
  }
}

/** Windows that may be longer or shorter are no longer than the budgets hold, should all of them become that long. */
function shortenWindows(options: PlanOptions): PlanOptions {
  const { leastDurationMs, levelDurationMs, ladder } = options
  if (leastDurationMs === undefined) return options
  const passes = ladder.leastPasses ?? ladder.passes
  let longest = levelDurationMs
  const fits = (): boolean =>
    findBrokenBudgets(planWith({ ...options, leastDurationMs: longest }, passes, longest, []), options).length === 0
  while (longest > leastDurationMs && !fits()) longest = Math.max(leastDurationMs, longest * 0.8)
  return { ...options, levelDurationMs: longest }
}

/** The same plan with as many passes as may be asked for and fit the budgets; it costs what the fewest cost. */
function allowMorePasses(plan: Plan, options: PlanOptions): Plan {
  const leastPasses = plan.ladder.passes
  let passes = options.ladder.passes
  const fits = (): boolean =>
    findBrokenBudgets(planWith(options, passes, options.levelDurationMs, []), options).length === 0
  while (passes > leastPasses && !fits()) passes--
  return { ...plan, ladder: { ...plan.ladder, passes, leastPasses } }
}

function planWith(options: PlanOptions, passes: number, mostMs: number, cut: readonly string[]): Plan {
  const { leastPasses: _, ...rest } = options.ladder
  const ladder = { ...rest, passes }
  const minRequests = (concurrency: number): number =>
    Math.max(LEAST_REQUESTS, Math.ceil(options.minSamples(concurrency) / passes))
  const windows = fitWindows(options, mostMs)
  const plan = { ...options, ladder, windowMs: windows.firstMs, minRequests }
  const levels = listPossibleLevels(ladder).map((concurrency) => estimateLevelCost(plan, concurrency))
  const sum = (figure: 'seconds' | 'requests'): number =>
    passes * levels.reduce((total, level) => total + level[figure], 0)
  const sides = options.control == null ? 1 : 2
  const requests = sides * Math.round(sum('requests'))
  return {
    ladder,
    windows,
    minRequests,
    levelRequests: options.levelRequests,
    warmupRequests: options.warmupRequests,
    sentinel: options.sentinel,
    soak: options.soak,
    sides,
    expected: {
      seconds: Math.round((options.control === 'turns' ? 2 : 1) * sum('seconds')),
      requests,
      inputTokens: Math.round(requests * options.lone.inputTokens),
      outputTokens: Math.round(requests * options.lone.outputTokens),
    },
    cut,
  }
}

/** Nothing is known before the first pass: its windows hold a few requests, one after another. */
function fitWindows({ leastDurationMs = Infinity, lone }: PlanOptions, mostMs: number): Windows {
  const leastMs = Math.min(leastDurationMs, mostMs)
  return { firstMs: Math.min(mostMs, Math.max(leastMs, FIRST_REQUESTS * lone.latencyMs)), leastMs, mostMs }
}

/** Time and requests of one level in one pass: warm-up, window, and the tail until the last counted request has ended. */
function estimateLevelCost(
  plan: Pick<Plan, 'minRequests' | 'levelRequests' | 'warmupRequests'> &
    Pick<PlanOptions, 'lone'> & { readonly windowMs: number },
  concurrency: number,
): { seconds: number; requests: number } {
  const latencyMs = Math.max(1, plan.lone.latencyMs) * (1 + SLOWDOWN_PER_REQUEST * (concurrency - 1))
  const forRequests = (Math.max(concurrency, plan.minRequests(concurrency)) / concurrency) * latencyMs
  const byRequests = (Math.max(plan.levelRequests ?? Infinity, concurrency) / concurrency) * latencyMs
  const windowMs = Math.max(Math.min(plan.windowMs, byRequests), Math.min(forRequests, byRequests))
  const totalMs = plan.warmupRequests * latencyMs + windowMs + latencyMs
  return { seconds: totalMs / 1000, requests: (concurrency * totalMs) / latencyMs }
}

/** The budgets that a plan does not fit, as the user wrote them. */
function findBrokenBudgets({ expected }: Plan, { maxDurationMs, maxRequests, maxOutputTokens }: PlanOptions): string[] {
  const broken: string[] = []
  if (maxDurationMs !== null && expected.seconds * 1000 > maxDurationMs)
    broken.push(`max-duration ${formatSeconds(maxDurationMs)}`)
  if (maxRequests !== null && expected.requests > maxRequests) broken.push(`max-requests ${maxRequests}`)
  if (maxOutputTokens !== null && expected.outputTokens > maxOutputTokens) {
    broken.push(`max-output-tokens ${maxOutputTokens}`)
  }
  return broken
}

function describeFewerPasses(passes: number, asked: number, why: string): string {
  return `${pluralise(passes, 'pass', 'passes')} instead of ${asked}: ${why}`
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}
