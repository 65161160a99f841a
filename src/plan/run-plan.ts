import type { LevelRun } from '../metrics/level-run.ts'
import type { Settings } from '../settings.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import { listLadderLevels, listPossibleLevels, sortAscending } from './ladder.ts'
import { planSweep } from './plan.ts'
import type { LoneRequest } from './cost.ts'
import type { Plan, PlanOptions, Sentinel } from './plan.ts'

/** What a plan rests on. */
interface PlannedFrom {
  readonly lone: LoneRequest
  /** How a control is measured beside the endpoint; null: there is none. */
  readonly control?: PlanOptions['control']
  /** Whether preflight is still to come and has to be paid for. Default: no. */
  readonly preflightAhead?: boolean
}

/**
 * The plan of a run, costed by what preflight saw. An automatic sweep takes the levels of the history, so that every run
 * of a series has the same.
 */
export function planLevels(
  settings: Settings,
  { lone, control = null, preflightAhead = false }: PlannedFrom,
  historyLevels: readonly number[] | null = null,
): Plan {
  const named = settings.limits.flatMap(({ concurrency }) => concurrency ?? [])
  const known = historyLevels?.filter((level) => level <= settings.maxConcurrency) ?? []
  const automatic = known.length === 0 ? 'auto' : sortAscending([...known, ...named])
  return planSweep({
    ...loadOf(settings),
    ladder: {
      levels: settings.rate ?? (settings.concurrency === 'auto' ? automatic : settings.concurrency),
      maxConcurrency: highestOf(settings),
      named,
      ...(settings.passes === 'auto' ? AUTO_PASSES : { passes: settings.passes }),
      seed: settings.seed,
    },
    minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
    lone,
    sentinel: settings.preflight ? chooseSentinel(settings) : null,
    soak: settings.soak === 'auto' && settings.preflight,
    control,
    crossCheck: settings.crossCheck !== 'none',
    preflightAhead,
  })
}

/**
 * The plan of a second look: fresh passes over some levels of a warm endpoint. It has the run's budgets once more;
 * else a run that fills `max-duration` could never be red.
 */
export function planSecondLook(
  settings: Settings,
  { lone, control = null }: PlannedFrom,
  levels: readonly number[],
): Plan {
  return planSweep({
    ...loadOf(settings),
    ladder: {
      levels: sortAscending(levels),
      maxConcurrency: highestOf(settings),
      named: [],
      passes: settings.confirm,
      seed: `${settings.seed}/confirm`,
    },
    minSamples: (concurrency) => countRequiredSamples(settings, concurrency),
    lone,
    sentinel: null,
    soak: false,
    control,
    crossCheck: false,
    preflightAhead: false,
  })
}

/** No level of the ladder is above it. */
function highestOf({ rate, maxConcurrency }: Settings): number {
  return rate?.at(-1) ?? maxConcurrency
}

/** Prompts of different lengths take different times. */
function chooseSentinel({ prompts, inputTokens }: Settings): Sentinel {
  return prompts === null && (inputTokens === 'auto' || inputTokens.kind === 'fixed') ? 'level 1' : 'apart'
}

/** Fewer show little of their spread; more help little, because the noise lies between runs. */
const AUTO_PASSES = { leastPasses: 3, passes: 10 }

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

/** What a plan takes from the settings as it is. */
function loadOf(settings: Settings) {
  const { levelDurationMs, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens } = settings
  const { rate, arrivals, maxInFlight } = settings
  // With a number of requests, that number ends a window.
  const found = levelRequests === null ? AUTO_WINDOWS : { levelDurationMs: AUTO_WINDOWS.levelDurationMs }
  const windows = levelDurationMs === 'auto' ? found : { levelDurationMs }
  const open = rate === null ? null : { arrivals, maxInFlight }
  return { ...windows, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens, open }
}

/** The level runs on the final ladder: an automatic one may have dropped levels. */
export function selectRuns(plan: Plan, runs: readonly LevelRun[]): LevelRun[] {
  const levels = new Set(listMeasuredLevels(plan, runs))
  return runs.filter(({ concurrency }) => levels.has(concurrency))
}

/** The levels that were measured; before that, all that are possible. */
export function listMeasuredLevels(plan: Plan, runs: readonly LevelRun[]): number[] {
  if (runs.length === 0) return listPossibleLevels(plan.ladder)
  return listLadderLevels(
    plan.ladder,
    runs.map((run) => ({ ...run, held: true })),
  )
}
