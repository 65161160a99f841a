import { createBudget } from './load/budget.ts'
import { measureThreePoints } from './load/cross-check.ts'
import type { CrossCheckPorts } from './load/cross-check.ts'
import type { Preflight } from './load/preflight/preflight.ts'
import type { Finding } from './metrics/findings.ts'
import type { MeasuredLevel } from './metrics/level-metrics.ts'
import type { LevelRun } from './metrics/level-run.ts'
import type { Plateau } from './metrics/plateau.ts'
import { crossCheckFindings, threeLengths, threePointOf } from './metrics/three-point.ts'
import type { CrossCheck } from './metrics/three-point.ts'
import type { Settings } from './settings.ts'
import { meanLength } from './settings/values/lengths.ts'
import { plain } from './text.ts'

/** What the sweep before it came to, and cost. */
export interface Swept {
  readonly runs: readonly LevelRun[]
  readonly levels: readonly MeasuredLevel[]
  readonly plateau: Plateau
  /** How long the run has lasted without preflight, in milliseconds. */
  readonly lastedMs: number
}

/** What came of it: the figures of the levels that were checked, and what a reader must know. */
export interface CrossChecked {
  readonly crossCheck: CrossCheck | null
  readonly findings: readonly Finding[]
}

const NOT_ASKED: CrossChecked = { crossCheck: null, findings: [] }

/**
 * The three-point cross-check (`cross-check: three-point`): TTFT and TPOT once more, from whole answers, at the lowest level and at that
 * of the knee, with what the sweep has left of the budgets. Figures beside figures: nothing is ever gated on them.
 */
export async function runCrossCheck(
  settings: Settings,
  { target, workload }: Pick<Preflight, 'target' | 'workload'>,
  swept: Swept,
  ports: CrossCheckPorts,
): Promise<CrossChecked> {
  if (settings.crossCheck === 'none' || ports.signal.aborted) return NOT_ASKED
  const { api, dialect } = target
  if (dialect.task === 'embeddings' || api.isOpenAiLike !== true) {
    return skipped(`${api.name} (${dialect.task}) has no answers that could be asked for whole`)
  }
  const lengths = threeLengths(meanLength(workload.outputTokens))
  if (lengths === null) return skipped('`output-tokens` below 4 leave no line to draw')
  const concurrencies = checkedLevels(swept)
  if (concurrencies.length === 0) return skipped('no level was measured that it could be compared with')

  ports.log(
    `cross-check: answers that do not stream, at ${lengths.join(', ')} tokens, concurrency ${concurrencies.join(' and ')}`,
  )
  const budget = createBudget(leftOf(settings, swept), ports.clock)
  const { levels, missing } = await measureThreePoints({ concurrencies, lengths }, workload, budget, ports)
  const crossCheck: CrossCheck = {
    outputTokens: lengths,
    levels: levels.map((runs) => threePointOf(runs, streamedAt(swept, runs.concurrency))),
  }
  return {
    crossCheck: levels.length === 0 ? null : crossCheck,
    findings: [...crossCheckFindings(crossCheck), ...(missing === null ? [] : skipped(missing).findings)],
  }
}

/**
 * The lowest level, where nothing waits for anything, and the first one at or above the knee. Levels that are invalid for reasons
 * of the client are checked all the same: that is what a cross-check is for.
 */
function checkedLevels({ levels, plateau }: Swept): number[] {
  const usable = levels
    .filter(({ state, requests }) => requests.ok > 0 && state !== 'lost' && state !== 'limited')
    .map(({ concurrency }) => concurrency)
  const knee = plateau.kneeConcurrency
  const atKnee = knee === null ? undefined : usable.find((concurrency) => concurrency >= knee)
  return [...new Set([usable[0], atKnee].filter((level) => level !== undefined))]
}

function streamedAt({ levels }: Swept, concurrency: number): MeasuredLevel | null {
  return levels.find((level) => level.concurrency === concurrency) ?? null
}

/** What the sweep left of the budgets. Requests that were cancelled cost like the others. */
function leftOf(settings: Settings, { runs, lastedMs }: Swept): Parameters<typeof createBudget>[0] {
  let requests = 0
  let tokens = 0
  for (const run of runs) {
    requests += run.connections.requests
    let asked = 0
    for (const { requestedTokens } of run.records) asked += requestedTokens
    const cancelled = run.connections.requests - run.records.length
    tokens += asked + (run.records.length === 0 ? 0 : (cancelled * asked) / run.records.length)
  }
  const left = (limit: number | null, spent: number): number | null => (limit === null ? null : limit - spent)
  return {
    maxDurationMs: left(settings.maxDurationMs, lastedMs),
    maxRequests: left(settings.maxRequests, requests),
    maxOutputTokens: left(settings.maxOutputTokens, tokens),
  }
}

function skipped(why: string): CrossChecked {
  return {
    crossCheck: null,
    findings: [{ code: 'cross-check-skipped', message: `No cross-check: ${plain(why, 300)}.` }],
  }
}
