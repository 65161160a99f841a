import { countUsual } from './arrivals.ts'
import type { ListedSchedule, OpenLoad } from './arrivals.ts'
import { measurePrompt } from '../settings/prompts-file/prompt.ts'
import { meanLength } from '../settings/values/distributions.ts'
import { LONE_SHARE, SHORT_TOKENS } from './workload.ts'
import type { WorkloadOptions } from './compose-request.ts'
import { generatesTokens } from '../vocabulary/load.ts'

/** What is sent beside the levels, and what all of it is expected to cost. */

/** Single requests that show whether the endpoint changed: at the start, after the first pass, and at the end. */
export const SENTINEL_REQUESTS = 3
/**
 * The load until a young engine has settled: at least this many slices, at most this long. Its answers are shortened to about `answerMs`:
 * longer ones show TTFT and TPOT no better, and it is requests that warm an engine.
 */
export const SOAK = {
  concurrency: 4,
  sliceMs: 1_000,
  requests: 8,
  slices: 3,
  answerMs: 400,
  longestMs: 60_000,
} as const
/**
 * Single requests on the control before, during and after load on the candidate, which show whether both can be
 * loaded at once.
 */
export const PROBES = 7
/**
 * Counted answers at each of three lengths of the cross-check: at least as many as the notebook takes with one
 * worker, and two for each worker.
 */
export const CROSS_CHECK = { fewest: 5, perWorker: 2, points: 3 } as const
/** Preflight where nothing is unusual: its requests, and its time in whole answers. */
const PREFLIGHT = { requests: 8, answers: 5.5 } as const

/**
 * By how much a request is assumed to slow down with each concurrent one. Only the estimate depends on it: real servers lie between 0 (far
 * from the plateau) and 1 (on it).
 */
const SLOWDOWN_PER_REQUEST = 0.07

/** One request at concurrency 1, as preflight saw it (or as assumed without preflight). */
export interface LoneRequest {
  readonly latencyMs: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Characters in a token of English prose, about. */
export const CHARACTERS_PER_TOKEN = 4

/** A request of which nothing has been measured, assumed to take a second. Prompts of a file count by their characters. */
export function assumeLone({
  task,
  inputTokens,
  outputTokens,
  prompts,
}: Pick<WorkloadOptions, 'task' | 'inputTokens' | 'outputTokens' | 'prompts'>): LoneRequest {
  const usual = generatesTokens(task) ? meanLength(outputTokens) : 0
  if (prompts === null) return { latencyMs: 1000, inputTokens: meanLength(inputTokens), outputTokens: usual }
  let characters = 0
  let tokens = 0
  for (const prompt of prompts) {
    characters += measurePrompt(prompt)
    tokens += usual === 0 ? 0 : (prompt.maxTokens ?? usual)
  }
  return {
    latencyMs: 1000,
    inputTokens: characters / prompts.length / CHARACTERS_PER_TOKEN,
    outputTokens: tokens / prompts.length,
  }
}

/** The cost of one side. */
export interface SideCost {
  readonly seconds: number
  readonly requests: number
}

/** How much a level asks for. */
interface LevelLoad {
  readonly levelDurationMs: number
  /** Counted requests that it needs, besides one for each worker. */
  readonly minRequests: number
  /** Counted requests that end it; null for none. */
  readonly levelRequests: number | null
  readonly warmupRequests: number
  /** Of conversations: how long a worker waits after an answer, on average. Default 0. */
  readonly thinkMs?: number
  /** Of conversations, for each that arrives: its turns, and the time that it takes. Default: a lone request. */
  readonly turns?: number
  readonly spanMs?: number
}

/** A level in one pass: warm-up, window, and the tail until the last counted request has ended. `requestMs` is the latency of earlier runs, where it is known. */
export function estimateLevelCost(
  lone: LoneRequest,
  concurrency: number,
  load: LevelLoad,
  requestMs = estimateLatency(lone, concurrency),
): SideCost {
  const { levelDurationMs, minRequests, levelRequests, warmupRequests, thinkMs = 0 } = load
  const latencyMs = requestMs + thinkMs
  const forRequests = (Math.max(concurrency, minRequests) / concurrency) * latencyMs
  const byRequests = (Math.max(levelRequests ?? Infinity, concurrency) / concurrency) * latencyMs
  const windowMs = Math.max(Math.min(levelDurationMs, byRequests), Math.min(forRequests, byRequests))
  // Workers enter in spread phases, of which the window waits for an eighth, or for half where answers are short. They stop wherever they are in a request, the
  // last one late.
  const waitedFor = Math.floor(concurrency / (lone.outputTokens < SHORT_TOKENS ? 2 : 8))
  const enter = concurrency === 1 ? LONE_SHARE : (waitedFor + 0.5) / concurrency
  const leave = concurrency === 1 ? 0.5 : 1
  const aroundMs = ((warmupRequests === 0 ? 0 : warmupRequests - 1 + enter) + leave) * latencyMs
  const totalMs = windowMs + aroundMs
  return { seconds: totalMs / 1000, requests: (concurrency * totalMs) / latencyMs }
}

/** A level of an open loop in one pass. Of a rate: warm-up, window, and the tail; of a trace all of its requests, to the last answer. */
export function estimateOpenCost(lone: LoneRequest, open: OpenLoad, load: LevelLoad): SideCost {
  if ('dueMs' in open) return estimateTraceCost(lone, open)
  const { levelDurationMs, minRequests, levelRequests, warmupRequests, turns = 1, spanMs = lone.latencyMs } = load
  const { ratePerSecond, conversationsUnderWay } = open
  const timeOf = (requests: number): number => (1000 * requests) / (ratePerSecond * turns)
  const byRequests = timeOf(levelRequests ?? Infinity)
  const windowMs = Math.max(Math.min(levelDurationMs, byRequests), Math.min(timeOf(minRequests), byRequests))
  const awaited = turns * warmupRequests * (conversationsUnderWay ?? countUsual(open))
  const warmUpMs = warmupRequests === 0 ? 0 : timeOf(awaited) + spanMs
  const seconds = (windowMs + warmUpMs + lone.latencyMs) / 1000
  return { seconds, requests: ratePerSecond * turns * seconds }
}

function estimateTraceCost({ latencyMs }: LoneRequest, { dueMs }: ListedSchedule): SideCost {
  return { seconds: (dueMs.at(-1)! + latencyMs) / 1000, requests: dueMs.length }
}

/** Single requests in turn, and the one before them that opens the connection. */
export function estimateSingles(lone: LoneRequest, requests: number): SideCost {
  return { seconds: ((requests + LONE_SHARE) * lone.latencyMs) / 1000, requests: requests + 1 }
}

/** The soak of an engine that has already settled. */
export function estimateSoak(lone: LoneRequest, highest: number): SideCost {
  const { sliceMs, requests, slices } = SOAK
  const concurrency = Math.min(SOAK.concurrency, highest)
  const latencyMs = estimateLatency(lone, concurrency) * chooseSoakShare(lone)
  const roundMs = Math.max(sliceMs, Math.ceil(requests / concurrency - 1) * latencyMs) + latencyMs
  return { seconds: (slices * roundMs) / 1000, requests: (slices * concurrency * roundMs) / latencyMs }
}

/** How long the answers of the soak are, as a share of the full length; 1 for answers without output tokens. */
export function chooseSoakShare({ latencyMs, outputTokens }: LoneRequest): number {
  return outputTokens === 0 ? 1 : Math.min(1, SOAK.answerMs / latencyMs)
}

/** The probes that show whether both sides can be loaded at once; the load on the candidate counts half for each side. */
export function estimateProbes(lone: LoneRequest, probed: number): SideCost {
  const { seconds, requests } = estimateSingles(lone, PROBES)
  return { seconds: 3 * seconds, requests: (3 * requests + probed * PROBES) / 2 }
}

/** Unstreamed answers of one token, half the length and the full length, at each concurrency. */
export function estimateCrossCheck(lone: LoneRequest, concurrencies: readonly number[]): SideCost {
  const { fewest, perWorker, points } = CROSS_CHECK
  const costs = concurrencies.map((concurrency) => {
    const counted = Math.max(fewest, perWorker * concurrency)
    const rounds = 1 + Math.ceil(counted / concurrency)
    return {
      // One token, half of them and all of them, each after its prompt.
      seconds: (0.6 * points * rounds * estimateLatency(lone, concurrency)) / 1000,
      requests: points * rounds * concurrency,
    }
  })
  return addCosts(costs)
}

/** Preflight that is still to come. */
export function estimatePreflight({ latencyMs }: LoneRequest): SideCost {
  return { seconds: (PREFLIGHT.answers * latencyMs) / 1000, requests: PREFLIGHT.requests }
}

/** The cost of all, one after another. */
export function addCosts(costs: readonly SideCost[]): SideCost {
  const sum = (figure: keyof SideCost): number => costs.reduce((total, cost) => total + cost[figure], 0)
  return { seconds: sum('seconds'), requests: sum('requests') }
}

function estimateLatency({ latencyMs }: LoneRequest, concurrency: number): number {
  return Math.max(1, latencyMs) * (1 + SLOWDOWN_PER_REQUEST * (concurrency - 1))
}
