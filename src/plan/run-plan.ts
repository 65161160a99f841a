import type { Server } from '../protocol/servers.ts'
import type { Settings } from '../settings.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import { meanDuration } from '../settings/values/distributions.ts'
import { MOST_LOAD, SPEEDS } from '../settings/lists/load-settings.ts'
import type { SearchEnd, KnownLevel } from '../vocabulary/load.ts'
import { sortAscending } from './ladder.ts'
import type { SearchBounds } from './ladder.ts'
import { countMeanTurns } from './conversations.ts'
import { planSweep } from './plan.ts'
import type { LoneRequest } from './cost.ts'
import type { Plan, Sentinel } from './plan.ts'
import type { MeanConversation } from './arrivals.ts'

/** What a plan rests on. */
interface PlannedFrom {
  readonly lone: LoneRequest
  /** How a control is measured beside the endpoint; null: there is none. */
  readonly control?: Settings['controlTiming'] | null
  /** Whether preflight is still to come and has to be paid for. Default: no. */
  readonly preflightAhead?: boolean
  /** What the server states about how many requests it takes at once; null or absent: nothing. */
  readonly atOnce?: Server['atOnce']
  /** The most connections that this machine may open to each side; null or absent: not known. */
  readonly connections?: number | null
}

/**
 * The plan of a run, costed by what preflight saw. Levels that a search would find are those of the history, where
 * there is one, so that every run of a series has the same.
 */
export function planLevels(settings: Settings, from: PlannedFrom, recalled: readonly KnownLevel[] | null = null): Plan {
  const { lone, control = null, preflightAhead = false } = from
  const named = settings.limits.flatMap(({ concurrency }) => concurrency ?? [])
  const most = settings.maxConcurrency ?? Infinity
  const known = recalled?.flatMap(({ level }) => (level <= most ? level : [])) ?? []
  const asked = settings.trace === null ? (settings.rate ?? settings.concurrency) : settings.traceSpeed
  const search = asked === 'auto' && known.length === 0 ? boundSearch(settings, from) : null
  const levels =
    asked !== 'auto' ? asked : sortAscending([...(search === null ? known : expectLevels(search)), ...named])
  return planSweep({
    ...planLoad(settings, lone),
    ladder: {
      levels,
      search,
      named,
      ...(settings.passes === 'auto' ? AUTO_PASSES : { mostPasses: settings.passes }),
      seed: settings.seed,
    },
    minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
    ...(recalled !== null && { known: recalled }),
    // A rate costs no more than its window, however high it is.
    usual: settings.trace === null && settings.rate === null && asked === 'auto' ? USUAL_LEVELS : null,
    lone: growLone(settings, lone),
    sentinel: settings.preflight ? chooseSentinel(settings) : null,
    soak: settings.soak === 'auto' && settings.preflight,
    control,
    crossCheck: settings.crossCheck !== 'none',
    preflightAhead,
  })
}

/** What a search may not exceed. */
function boundSearch(settings: Settings, { lone, atOnce = null, connections = null }: PlannedFrom): SearchBounds {
  const { rate, trace, maxConcurrency } = settings
  const { turns = 1 } = estimateMeanConversation(settings, lone) ?? {}
  const known = { mostTokensPerSecond: null, mostSeconds: null }
  // Half a request in flight, if it takes as long as a lone one.
  const firstRate = 500 / Math.max(1, turns * lone.latencyMs)
  if (trace !== null) {
    const meanRate = (1000 * trace.atMs.length) / Math.max(1, trace.atMs.at(-1)!)
    const most = Math.min(SPEEDS.most, MOST_LOAD.rate / meanRate)
    return { ...known, load: 'speed', ...boundFirst(firstRate / meanRate, SPEEDS.least, most), mostBy: 'process' }
  }
  if (rate !== null)
    return { ...known, load: 'rate', ...boundFirst(firstRate, MOST_LOAD.leastRate, MOST_LOAD.rate), mostBy: 'process' }
  const bounds: readonly (readonly [SearchEnd, number])[] = [
    ['process', MOST_LOAD.workers],
    ['files', connections ?? Infinity],
    // One step more shows that throughput grows no further.
    ['stated', atOnce === null ? Infinity : (atOnce.beyond === 'queue' ? 2 : 1) * atOnce.requests],
    ['max-concurrency', maxConcurrency ?? Infinity],
  ]
  const [mostBy, most] = bounds.reduce((least, bound) => (bound[1] <= least[1] ? bound : least))
  return { ...known, load: 'concurrency', first: 1, least: 1, most: Math.max(1, most), mostBy }
}

/** Where a search begins, in one digit, inside of its bounds. */
function boundFirst(first: number, least: number, most: number): Pick<SearchBounds, 'first' | 'least' | 'most'> {
  return { first: Math.min(most, Math.max(least, Number(first.toPrecision(1)))), least, most }
}

/** What a plan takes for the levels of a search that is still to come: as of a server that carries a few dozen requests. */
function expectLevels({ first, most }: SearchBounds): number[] {
  return sortAscending(USUAL_LEVELS.map((factor) => Math.min(most, factor * first)))
}

/** Those of a server that carries a few dozen requests: levels that a run finds take no longer. */
const USUAL_LEVELS = [1, 2, 4, 8, 16, 32]

/**
 * The plan of a second look: fresh passes over some levels of a warm endpoint. It has the run's budgets once more;
 * else a run that fills `max-duration` could never be red.
 */
export function planSecondLook(
  settings: Settings,
  { lone, control }: Required<Pick<PlannedFrom, 'lone' | 'control'>>,
  levels: readonly KnownLevel[],
): Plan {
  return planSweep({
    ...planLoad(settings, lone),
    ladder: {
      levels: sortAscending(levels.map(({ level }) => level)),
      named: [],
      mostPasses: settings.confirm,
      seed: `${settings.seed}/confirm`,
    },
    minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
    known: levels,
    lone: growLone(settings, lone),
    sentinel: null,
    soak: false,
    control,
  })
}

/** Prompts of different lengths take different times, and so do the turns of a conversation and the scenarios of a mix. */
function chooseSentinel({ prompts, inputTokens, turns, mix }: Settings): Sentinel {
  const isAlike = prompts === null && turns === null && mix === null
  return isAlike && (inputTokens === 'auto' || inputTokens.kind === 'fixed') ? 'level 1' : 'apart'
}

/** Fewer show little of their spread; more help little, because the noise lies between runs. */
const AUTO_PASSES = { leastPasses: 3, mostPasses: 10 }

/**
 * Samples that this level needs, over all passes, so that every percentile with a limit there can be measured; at
 * least 1. Other levels are not lengthened.
 */
export function countRequiredSamples(
  { limits, throughputWithin }: Pick<Settings, 'limits' | 'throughputWithin'>,
  concurrency: number,
): number {
  const here = limits.filter((limit) => limit.concurrency === null || limit.concurrency === concurrency)
  const percentiles = [...here, ...(throughputWithin ?? [])].map(({ metric }) => metricOf(metric).percentile)
  return Math.max(1, ...percentiles.map((percentile) => (percentile === null ? 1 : MINIMUM_SAMPLES[percentile])))
}

/**
 * Windows of `auto`: a shorter one holds too few answers; a longer one helps little, because the noise lies between
 * runs.
 */
const AUTO_WINDOWS = { leastDurationMs: 3_000, levelDurationMs: 8_000 }

/** How much of a trace is replayed at each speed of a search: nobody knows how long all of it takes. */
const SEARCHED_TRACE_MS = 30_000

/** What begins: conversations of a run, or the scenarios of a mix, each with how often it does; a request that stands alone is one turn. */
function listKinds(settings: Settings) {
  return (settings.mix ?? [{ ...settings, percent: 100 }]).map(
    ({ percent, turns, prompts, thinkTime, systemPromptTokens }) => ({
      percent,
      systemTokens: turns === null ? 0 : systemPromptTokens,
      turns: turns === null ? 1 : countMeanTurns(turns, prompts),
      thinkMs: meanDuration(thinkTime),
    }),
  )
}

function holdsConversations({ turns, mix }: Settings): boolean {
  return turns !== null || (mix?.some((scenario) => scenario.turns !== null) ?? false)
}

/** The mean request: of a conversation one alone, with the system prompt and what was said before. */
function growLone(settings: Settings, lone: LoneRequest): LoneRequest {
  if (!holdsConversations(settings)) return lone
  let requests = 0
  let inputTokens = 0
  for (const { percent, systemTokens, turns } of listKinds(settings)) {
    const before = (turns - 1) / 2
    requests += percent * turns
    inputTokens += percent * turns * (systemTokens + lone.inputTokens + before * (lone.inputTokens + lone.outputTokens))
  }
  return { ...lone, inputTokens: inputTokens / requests }
}

/** What begins, on average; null where requests stand alone. */
function estimateMeanConversation(settings: Settings, { latencyMs }: LoneRequest): MeanConversation | null {
  if (!holdsConversations(settings)) return null
  const mean = { turns: 0, spanMs: 0 }
  for (const { percent, turns, thinkMs } of listKinds(settings)) {
    mean.turns += (percent / 100) * turns
    mean.spanMs += (percent / 100) * (turns * latencyMs + (turns - 1) * thinkMs)
  }
  return mean
}

/** How many of some workers have a request under way at once, on average: the users of the others think. */
export function countAsking(settings: Settings, lone: LoneRequest, workers: number): number {
  const conversation = estimateMeanConversation(settings, lone)
  if (conversation === null) return workers
  return (workers * conversation.turns * lone.latencyMs) / conversation.spanMs
}

/** What a plan takes from the settings as it is. */
function planLoad(settings: Settings, lone: LoneRequest) {
  const { levelDurationMs, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens } = settings
  const { rate, trace, traceSpeed, arrivals, maxInFlight } = settings
  const budgets = { levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens }
  if (trace !== null) {
    // Until the last request at the lowest speed is due; how low the speeds of a search are is not known.
    const wholeMs = traceSpeed === 'auto' ? Infinity : Math.floor(trace.atMs.at(-1)! / traceSpeed[0]!) + 1
    const mostMs = levelDurationMs !== 'auto' ? levelDurationMs : traceSpeed === 'auto' ? SEARCHED_TRACE_MS : wholeMs
    return {
      ...budgets,
      levelDurationMs: Math.min(mostMs, wholeMs),
      open: { atMs: trace.atMs, maxInFlight },
    }
  }
  // With a number of requests, that number ends a window.
  const conversation = estimateMeanConversation(settings, lone)
  // Long enough for whole ones.
  const { spanMs = 0 } = conversation ?? {}
  const mostMs = Math.max(AUTO_WINDOWS.levelDurationMs, 2 * spanMs)
  const leastDurationMs = Math.max(AUTO_WINDOWS.leastDurationMs, spanMs)
  const found = levelRequests === null ? { leastDurationMs, levelDurationMs: mostMs } : { levelDurationMs: mostMs }
  const windows = levelDurationMs === 'auto' ? found : { levelDurationMs }
  const open = rate === null ? null : { arrivals, maxInFlight }
  return { ...windows, ...(conversation !== null && { conversation }), ...budgets, open }
}
