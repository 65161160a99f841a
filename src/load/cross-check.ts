import { EndpointError } from '../errors.ts'
import type { ThreePointRuns } from '../metrics/three-point.ts'
import { createWorkload } from '../plan/workload.ts'
import type { WorkloadOptions } from '../plan/workload.ts'
import type { Budget } from './budget.ts'
import { measureLevel } from './level.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import type { SweepPorts } from './sweep.ts'

export type CrossCheckPorts = Pick<
  SweepPorts,
  'clock' | 'signal' | 'log' | 'health' | 'collectGarbage' | 'openTransport' | 'target'
>

/** What is to be sent. */
export interface CrossCheckTask {
  /** By rising concurrency. */
  readonly concurrencies: readonly number[]
  /** 1, n/2 and n. */
  readonly lengths: readonly [one: number, half: number, full: number]
}

/** Counted answers a point: as many as the notebook asks of one worker, two a worker where there are many. */
const FEWEST_REQUESTS = 5
const REQUESTS_PER_WORKER = 2

/**
 * Measures whole answers (`stream: false`) at three output lengths, in a closed loop at each concurrency. Ends early when the
 * budget is used up or the endpoint refuses.
 *
 * @returns the levels that are complete, and why the others are not; null when all are.
 */
export async function measureThreePoints(
  { concurrencies, lengths }: CrossCheckTask,
  workload: WorkloadOptions,
  budget: Budget,
  ports: CrossCheckPorts,
): Promise<{ readonly levels: readonly ThreePointRuns[]; readonly missing: string | null }> {
  const levels: ThreePointRuns[] = []
  const startAt = ports.clock.now()
  for (const concurrency of concurrencies) {
    const runs: LevelRun[] = []
    for (const [point, outputTokens] of lengths.entries()) {
      if (ports.signal.aborted) return { levels, missing: 'the run was interrupted' }
      if (budget.exhausted()) return { levels, missing: `a budget was used up before concurrency ${concurrency}` }
      try {
        runs.push(await measurePoint(concurrency, point, outputTokens))
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error
        return { levels, missing: error.message.split('\n')[0]! }
      }
      const why = whyUnusable(runs.at(-1)!)
      if (why !== null) return { levels, missing: `concurrency ${concurrency}: ${why}` }
    }
    const [one, half, full] = runs
    levels.push({ concurrency, one: one!, half: half!, full: full! })
  }
  return { levels, missing: null }

  async function measurePoint(concurrency: number, point: number, outputTokens: number): Promise<LevelRun> {
    // Passes that no level has: no prompt is sent twice.
    const prompts = createWorkload(workload, concurrency, -1 - point)
    const transport = ports.openTransport()
    ports.collectGarbage()
    try {
      return await measureLevel(
        {
          concurrency,
          pass: 0,
          durationMs: 0,
          minRequests: Math.max(FEWEST_REQUESTS, REQUESTS_PER_WORKER * concurrency),
          maxRequests: null,
          warmupRequests: 1,
        },
        {
          transport,
          clock: ports.clock,
          workload: {
            spread: prompts.spread,
            next: (worker) => ({ ...prompts.next(worker, null), outputTokens, stream: false }),
          },
          health: ports.health(),
          budget,
          sweepStartAt: startAt,
          signal: ports.signal,
          target: ports.target,
          serverMetrics: null,
        },
      )
    } finally {
      await transport.close()
    }
  }
}

/** Why the answers of a point say nothing; null when they do. */
function whyUnusable({ stopped, records }: LevelRun): string | null {
  if (stopped !== null) return STOPPED[stopped]
  const failures = [...records].flatMap(({ failure }) => failure ?? [])
  return 2 * failures.length < records.length ? null : `${STOPPED.failing} (${failures[0] ?? 'no answer'})`
}

const STOPPED: Readonly<Record<NonNullable<LevelRun['stopped']>, string>> = {
  'rate-limited': 'the server refuses requests with 429',
  failing: 'requests that do not stream fail',
  budget: 'a budget was used up',
  cancelled: 'the run was interrupted',
}
