import { median } from 'simple-statistics'
import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import { chooseNextLevel } from '../plan/ladder.ts'
import type { DoneLevel } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { createWorkload } from '../plan/workload.ts'
import type { WorkloadOptions } from '../plan/workload.ts'
import { createBudget } from './budget.ts'
import type { BudgetLimits } from './budget.ts'
import type { HealthProbe } from './client-health.ts'
import { measureLevel } from './level.ts'
import type { LevelSpec } from './level.ts'
import type { Clock, Transport } from './ports.ts'
import type { ServerMetrics } from './server-readings.ts'
import { runSoak } from './soak.ts'

export interface SweepPorts {
  readonly clock: Clock
  /** Fresh connections: each level opens its own, so that none has died of idleness before it is timed. */
  readonly openTransport: () => Transport
  readonly health: () => HealthProbe
  /** Called between levels, never inside one. */
  readonly collectGarbage: () => void
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  readonly onLevelStart: (level: { concurrency: number; pass: number }) => void
  /** Takes a finished level and says whether it was held: metrics judge it. */
  readonly onLevelEnd: (run: LevelRun) => boolean
  /** Whether the levels measured so far show a plateau: metrics say it. */
  readonly plateauReached: (levelRuns: readonly LevelRun[]) => boolean
  /** The URL that is measured, for messages. */
  readonly target: string
  /** Read around each level, and never for soak and single requests; null: not at all. */
  readonly serverMetrics: ServerMetrics | null
}

/** Everything a sweep measured. */
export interface Sweep {
  readonly levelRuns: readonly LevelRun[]
  /**
   * Median latency of single requests at the start, after the first pass, and at the end, in milliseconds: they tell whether the
   * endpoint changed. With one pass there is no middle, and without preflight there are none.
   */
  readonly sentinelMs: readonly number[]
  /** Whether the soak ended with slices that agree; null without a soak. */
  readonly settled: boolean | null
  /** Whether single requests still succeeded at the end; null when none was sent. */
  readonly endedWell: boolean | null
  /** Why it ended early, when the endpoint refused in the middle of it; what was measured is kept. */
  readonly error: EndpointError | null
}

const SENTINEL_REQUESTS = 3
const SOAK_CONCURRENCY = 4
const LONGEST_SOAK_MS = 60_000
/** How long requests that hang may outlast `max-duration`. */
const OVERTIME_MS = 30_000
const SOAK_SLICE_MS = 1_000
const SOAK_REQUESTS = 8
/** A rate limit may ask for any pause; longer ones are not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** Measures the levels of `plan`, one after another, until `nextLevel` has no more, a budget is used up or it is cancelled. */
export async function measureSweep(
  plan: Plan,
  workload: WorkloadOptions,
  limits: BudgetLimits & { readonly soak: boolean },
  ports: SweepPorts,
): Promise<Sweep> {
  const { clock, signal } = ports
  const levelRuns: LevelRun[] = []
  const done: DoneLevel[] = []
  const sentinelMs: number[] = []
  let settled: boolean | null = null
  let endedWell: boolean | null = null
  const over = new AbortController()
  const overtime = new AbortController()
  let budget = createBudget(grantBeforeLevels(limits), clock)
  let sweepStartAt = clock.now()

  try {
    if (limits.soak) settled = await soakUntilSettled()
    sweepStartAt = clock.now()
    await sendSentinel()
    budget = createBudget(limits, clock)
    stopOvertime()
    await measureLevels()
    endedWell = await sendSentinel()
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error
    return { levelRuns, sentinelMs, settled, endedWell, error }
  } finally {
    over.abort()
  }
  return { levelRuns, sentinelMs, settled, endedWell, error: null }

  async function soakUntilSettled(): Promise<boolean | null> {
    ports.log('soak: unrecorded load until the engine is settled')
    const { seconds, settled } = await runSoak(async () => measure(soakSpec(plan)), clock, signal)
    const outcome = settled === null ? 'ended by the budget' : settled ? 'settled' : 'not settled'
    ports.log(`soak: ${outcome} after ${seconds.toFixed(1)} s`)
    return settled
  }

  async function measureLevels(): Promise<void> {
    while (!signal.aborted && !budget.exhausted()) {
      const next = chooseNextLevel(plan.ladder, done, plan.ladder.levels === 'auto' && ports.plateauReached(levelRuns))
      if (next === null) return
      if (next.pass === 2 && done.at(-1)?.pass === 1) await sendSentinel()
      await pauseAfter(levelRuns.at(-1))
      ports.onLevelStart(next)
      const spec = { ...specOf(plan), ...next, minRequests: plan.minRequests(next.concurrency) }
      const run = await measure(spec, ports.serverMetrics)
      levelRuns.push(run)
      done.push({ ...next, held: ports.onLevelEnd(run) })
    }
  }

  /** Requests that hang must not stretch a run far beyond its `max-duration`. */
  function stopOvertime(): void {
    if (limits.maxDurationMs === null) return
    void clock.sleep(limits.maxDurationMs + OVERTIME_MS, over.signal).then(() => overtime.abort())
  }

  /** A refused level asked for a pause: the next one waits. */
  async function pauseAfter(run: LevelRun | undefined): Promise<void> {
    const pauseMs = run === undefined ? 0 : Math.min(LONGEST_RETRY_AFTER_MS, findLongestRetryAfterMs(run))
    if (pauseMs === 0) return
    ports.log(`pausing ${Math.ceil(pauseMs / 1000)} s, as the server asked (Retry-After)`)
    await clock.sleep(pauseMs, signal)
  }

  async function measure(spec: LevelSpec, serverMetrics: ServerMetrics | null = null): Promise<LevelRun> {
    ports.collectGarbage()
    const transport = ports.openTransport()
    try {
      return await measureLevel(spec, {
        transport,
        clock,
        workload: createWorkload(workload, spec.concurrency, spec.pass),
        health: ports.health(),
        budget,
        sweepStartAt,
        signal: AbortSignal.any([signal, overtime.signal]),
        target: ports.target,
        serverMetrics,
      })
    } finally {
      await transport.close()
      ports.collectGarbage()
    }
  }

  /** The same few single requests over and over: when they change, the endpoint changed under the sweep. */
  async function sendSentinel(): Promise<boolean | null> {
    if (signal.aborted || !plan.sentinel || budget.exhausted()) return null
    const run = await measure({
      ...specOf(plan),
      concurrency: 1,
      pass: 0,
      durationMs: 0,
      minRequests: SENTINEL_REQUESTS,
    })
    const answered = [...run.records].filter(({ phase, lastTokenMs }) => phase === 'counted' && lastTokenMs !== null)
    // An answer that ended early took less time, which says nothing about the endpoint.
    const whole = answered.filter(
      ({ outputTokens, requestedTokens, tokenSource }) =>
        outputTokens === 0 || tokenSource === 'chunks' || outputTokens >= requestedTokens,
    )
    if (whole.length > 0) sentinelMs.push(median(whole.map(({ lastTokenMs }) => lastTokenMs!)))
    return answered.length > 0
  }
}

function specOf(plan: Plan): Omit<LevelSpec, 'concurrency' | 'pass' | 'minRequests'> {
  return {
    durationMs: plan.levelDurationMs,
    maxRequests: plan.levelRequests,
    warmupRequests: plan.warmupRequests,
  }
}

function soakSpec(plan: Plan): LevelSpec {
  const levels = plan.ladder.levels === 'auto' ? [plan.ladder.maxConcurrency] : plan.ladder.levels
  const concurrency = Math.min(SOAK_CONCURRENCY, Math.max(...levels))
  return {
    ...specOf(plan),
    concurrency,
    pass: 0,
    durationMs: SOAK_SLICE_MS,
    maxRequests: null,
    warmupRequests: 0,
    minRequests: SOAK_REQUESTS,
  }
}

/** The longest pause that a refusal asked for. */
function findLongestRetryAfterMs({ records }: LevelRun): number {
  let longest = 0
  for (const { failure, retryAfterMs } of records) {
    if (failure === 'http_429' || failure === 'http_503') longest = Math.max(longest, retryAfterMs ?? 0)
  }
  return longest
}

/**
 * What soak and first single requests may cost: a quarter of what was granted, beside it, so that they do not eat the precision of the
 * levels.
 */
function grantBeforeLevels({ maxRequests, maxOutputTokens }: BudgetLimits): BudgetLimits {
  return {
    maxDurationMs: LONGEST_SOAK_MS,
    maxRequests: quarterOf(maxRequests),
    maxOutputTokens: quarterOf(maxOutputTokens),
  }
}

function quarterOf(limit: number | null): number | null {
  return limit === null ? null : Math.ceil(limit / 4)
}
