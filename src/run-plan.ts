import { rateLimitFindings } from './load/preflight/preflight.ts'
import type { Preflight } from './load/preflight/preflight.ts'
import type { Finding } from './metrics/findings.ts'
import type { LevelRun } from './metrics/level-run.ts'
import { ladderLevels, possibleLevels } from './plan/ladder.ts'
import { planSweep } from './plan/plan.ts'
import type { Plan } from './plan/plan.ts'
import { requiredSamples } from './plan/required-samples.ts'
import type { Settings } from './settings.ts'

/**
 * The plan of a run, costed by what preflight saw. An automatic sweep takes the levels of the history, so that every run
 * of a series has the same.
 */
export function planFor(
  settings: Settings,
  found: Pick<Preflight, 'single'>,
  historyLevels: readonly number[] | null = null,
): Plan {
  const named = settings.limits.flatMap(({ concurrency }) => concurrency ?? [])
  const known = historyLevels?.filter((level) => level <= settings.maxConcurrency) ?? []
  const automatic = known.length === 0 ? 'auto' : ascending([...known, ...named])
  return planSweep({
    ...loadOf(settings),
    ladder: {
      levels: settings.concurrency === 'auto' ? automatic : settings.concurrency,
      maxConcurrency: settings.maxConcurrency,
      named,
      passes: settings.passes,
      seed: settings.seed,
    },
    minSamples: (concurrency) => requiredSamples(settings, concurrency),
    single: found.single,
    sentinel: settings.preflight,
    soak: true,
  })
}

/** The plan of a second look: fresh passes over some levels of an endpoint that is warm. It has budgets of its own. */
export function planOfSecondLook(settings: Settings, found: Preflight, levels: readonly number[]): Plan {
  return planSweep({
    ...loadOf(settings),
    ladder: {
      levels: ascending(levels),
      maxConcurrency: settings.maxConcurrency,
      named: [],
      passes: settings.confirm,
      seed: `${settings.seed}/confirm`,
    },
    minSamples: (concurrency) => requiredSamples(settings, concurrency),
    single: found.single,
    sentinel: false,
    soak: false,
  })
}

/** The settings that a plan takes as they are. */
function loadOf(settings: Settings) {
  const { levelDurationMs, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens } = settings
  return { levelDurationMs, levelRequests, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens }
}

function ascending(levels: readonly number[]): number[] {
  return [...new Set(levels)].sort((a, b) => a - b)
}

/** The runs of levels that belong to the ladder in the end: a found ladder may have dropped some. */
export function keptRuns(plan: Plan, runs: readonly LevelRun[]): LevelRun[] {
  const levels = new Set(measuredLadder(plan, runs))
  return runs.filter(({ concurrency }) => levels.has(concurrency))
}

/** The levels that were measured in the end; those that are possible while nothing was. */
export function measuredLadder(plan: Plan, runs: readonly LevelRun[]): number[] {
  if (runs.length === 0) return possibleLevels(plan.ladder)
  return ladderLevels(
    plan.ladder,
    runs.map((run) => ({ ...run, held: true })),
  )
}

/** What the plan had to leave out, and what rate limits leave of it. */
export function planFindings(plan: Plan, found: Preflight): Finding[] {
  const cut = plan.cut.map((message): Finding => ({ code: 'plan-cut', message }))
  return [...cut, ...rateLimitFindings(found.rateLimit, plan.expected)]
}
