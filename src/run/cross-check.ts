import { generatesTokens, STATE_WORDS } from '../vocabulary/load.ts'
import { EndpointError } from '../errors.ts'
import { createBudget } from '../load/budget.ts'
import type { Budget } from '../load/budget.ts'
import { measureLevel } from '../load/level.ts'
import type { Preflight } from '../load/preflight/preflight.ts'
import type { SweepPorts } from '../load/sweep.ts'
import type { Finding } from '../metrics/findings.ts'
import type { MeasuredLevel } from '../metrics/level/level-metrics.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import type { Plateau } from '../metrics/plateau/plateau.ts'
import { judgeCrossCheck, chooseThreeLengths, computeThreePoint } from '../metrics/three-point.ts'
import type { CrossCheck, ThreePointRuns } from '../metrics/three-point.ts'
import { CROSS_CHECK } from '../plan/cost.ts'
import { createWorkload } from '../plan/workload.ts'
import type { WorkloadOptions } from '../plan/compose-request.ts'
import type { Settings } from '../settings.ts'
import { meanLength } from '../settings/values/distributions.ts'
import { escapeForTerminal } from '../text.ts'

export type CrossCheckPorts = Pick<
  SweepPorts,
  'clock' | 'signal' | 'log' | 'health' | 'collectGarbage' | 'openTransport' | 'target'
>

/** The sweep before it: results and cost. */
interface Swept {
  readonly runs: readonly LevelRun[]
  readonly levels: readonly MeasuredLevel[]
  readonly plateau: Plateau
  /** How long the run has lasted without preflight, in milliseconds. */
  readonly lastedMs: number
}

/** The figures of the checked levels, and what a reader must know. */
export interface CrossChecked {
  readonly crossCheck: CrossCheck | null
  readonly findings: readonly Finding[]
}

const NOT_ASKED: CrossChecked = { crossCheck: null, findings: [] }

/**
 * The three-point cross-check (`cross-check: three-point`): TTFT and TPOT again, from unstreamed answers, at the
 * lowest level and at the knee, with what the sweep left of the budgets. It is judged at the lowest level only: at
 * the knee, requests of one token queue behind each other, which is not TTFT. Its figures never decide anything.
 */
export async function runCrossCheck(
  settings: Settings,
  { target, workload }: Pick<Preflight, 'target' | 'workload'>,
  swept: Swept,
  ports: CrossCheckPorts,
): Promise<CrossChecked> {
  if (settings.crossCheck === 'none' || ports.signal.aborted) return NOT_ASKED
  const { api, dialect } = target
  if (!generatesTokens(dialect.task) || api.isOpenAiLike !== true) {
    return tellNone(`${api.name} (${dialect.task}) always streams its answers, or has no tokens to time`)
  }
  const lengths = chooseThreeLengths(meanLength(workload.outputTokens))
  if (lengths === null) return tellNone('`output-tokens` below 4 leave no three lengths to compare')
  const concurrencies = chooseCheckedLevels(swept)
  if (concurrencies.length === 0) return tellNone('no measured level can be compared with it')

  ports.log(
    `cross-check: answers that do not stream, at ${lengths.join(', ')} tokens, concurrency ${concurrencies.join(' and ')}`,
  )
  const budget = createBudget(findBudgetLeft(settings, swept), ports.clock)
  const { levels, missing } = await measureThreePoints({ concurrencies, lengths }, workload, budget, ports)
  const crossCheck: CrossCheck = {
    outputTokens: lengths,
    levels: levels.map((runs) =>
      computeThreePoint(runs, swept.levels.find(({ concurrency }) => concurrency === runs.concurrency) ?? null),
    ),
  }
  return {
    crossCheck: levels.length === 0 ? null : crossCheck,
    findings: [...judgeCrossCheck(crossCheck), ...(missing === null ? [] : tellNone(missing).findings)],
  }
}

/**
 * The lowest level, where nothing queues, and the first one at or above the knee. Levels that are invalid because of
 * the client are checked too: that is what a cross-check is for.
 */
function chooseCheckedLevels({ levels, plateau }: Swept): number[] {
  const usable = levels
    .filter(({ state, requests }) => requests.ok > 0 && state !== 'lost' && state !== 'limited')
    .map(({ concurrency }) => concurrency)
  const knee = plateau.kneeConcurrency
  const atKnee = knee === null ? undefined : usable.find((concurrency) => concurrency >= knee)
  return [...new Set([usable[0], atKnee].filter((level) => level !== undefined))]
}

/** What the sweep left of the budgets. Requests that were cancelled cost like the others. */
function findBudgetLeft(settings: Settings, { runs, lastedMs }: Swept): Parameters<typeof createBudget>[0] {
  let requests = 0
  let tokens = 0
  for (const run of runs) {
    requests += run.connections.requests
    let asked = 0
    for (const { requestedTokens } of run.records) asked += requestedTokens
    const cancelled = run.connections.requests - run.records.length
    tokens += asked + (run.records.length === 0 ? 0 : (cancelled * asked) / run.records.length)
  }
  const subtractSpent = (limit: number | null, spent: number): number | null => (limit === null ? null : limit - spent)
  return {
    maxDurationMs: subtractSpent(settings.maxDurationMs, lastedMs),
    maxRequests: subtractSpent(settings.maxRequests, requests),
    maxOutputTokens: subtractSpent(settings.maxOutputTokens, tokens),
  }
}

function tellNone(why: string): CrossChecked {
  return {
    crossCheck: null,
    findings: [{ code: 'cross-check-skipped', message: `No cross-check: ${escapeForTerminal(why, 300)}.` }],
  }
}

/** The points to measure. */
export interface ThreePoints {
  /** By rising concurrency. */
  readonly concurrencies: readonly number[]
  /** 1, n/2 and n. */
  readonly lengths: readonly [one: number, half: number, full: number]
}

/**
 * Measures whole answers (`stream: false`) at three output lengths, in a closed loop at each concurrency. Ends early
 * when the budget is used up or the endpoint refuses.
 *
 * @returns the complete levels, and why the others are missing; null when none are.
 */
export async function measureThreePoints(
  { concurrencies, lengths }: ThreePoints,
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
      const why = explainUnusable(runs.at(-1)!)
      if (why !== null) return { levels, missing: `concurrency ${concurrency}: ${why}` }
    }
    const [one, half, full] = runs
    levels.push({ concurrency, one: one!, half: half!, full: full! })
  }
  return { levels, missing: null }

  async function measurePoint(concurrency: number, point: number, outputTokens: number): Promise<LevelRun> {
    // Passes that no level has, so that no prompt is sent twice.
    const prompts = createWorkload(workload, concurrency, -1 - point)
    const transport = ports.openTransport()
    try {
      return await measureLevel(
        {
          concurrency,
          pass: 0,
          durationMs: 0,
          minRequests: Math.max(CROSS_CHECK.fewest, CROSS_CHECK.perWorker * concurrency),
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
          collectGarbage: ports.collectGarbage,
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

/** Why the answers of a point cannot be used; null when they can. */
function explainUnusable({ stopped, records }: LevelRun): string | null {
  if (stopped !== null) return STOPPED[stopped]
  const failures = [...records].flatMap(({ failure }) => failure ?? [])
  return 2 * failures.length < records.length ? null : `${STOPPED.failing} (${failures[0] ?? 'no answer'})`
}

const STOPPED: Readonly<Record<NonNullable<LevelRun['stopped']>, string>> = {
  'rate-limited': 'the server refuses requests with 429',
  failing: 'requests that do not stream fail',
  budget: 'a budget was used up',
  cancelled: 'the run was interrupted',
  overloaded: STATE_WORDS.overloaded,
}
