import type { LevelRun } from './level-run.ts'

/** A gateway that does it to this share of the requests is what is measured, in place of the model. */
const MAXIMUM_SHARE = 0.01

/** Whole answers from a cache; null when they are too few to matter. */
export function gatewayCached(runs: readonly LevelRun[]): string | null {
  const { cached, all, who } = countsOf(runs)
  return cached > MAXIMUM_SHARE * all ? `${who} answered ${cached} of ${all} requests from a cache.` : null
}

/** Requests that went elsewhere; null when they are too few to matter. */
export function gatewayFellBack(runs: readonly LevelRun[]): string | null {
  const { fellBack, all, who } = countsOf(runs)
  return fellBack > MAXIMUM_SHARE * all ? `${who} sent ${fellBack} of ${all} requests to a fallback.` : null
}

/** Requests that a gateway repeated: each one hides a failure. */
export function gatewayRetried(runs: readonly LevelRun[]): string | null {
  const { retried, all, who } = countsOf(runs)
  return retried > 0 ? `${who} repeated ${retried} of ${all} requests.` : null
}

interface Counts {
  readonly retried: number
  readonly cached: number
  readonly fellBack: number
  readonly all: number
  readonly who: string
}

function countsOf(runs: readonly LevelRun[]): Counts {
  const counts = { retried: 0, cached: 0, fellBack: 0, all: 0 }
  const names = new Set<string>()
  for (const { gateway, records } of runs) {
    counts.retried += gateway.retried
    counts.cached += gateway.cached
    counts.fellBack += gateway.fellBack
    counts.all += records.length
    for (const name of gateway.names) names.add(name)
  }
  return { ...counts, who: names.size === 0 ? 'A gateway or cache' : [...names].join(' and ') }
}
