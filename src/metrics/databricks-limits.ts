import type { Finding } from './findings.ts'
import type { LevelMetrics } from './level-metrics.ts'

/** Requests at once that every workspace takes; some regions take up to 1,024. */
const SURE_CONCURRENCY = 192

/** What the failures of a Databricks endpoint's levels say about its limits and those of its workspace. */
export function databricksLimitFindings(
  levels: readonly Pick<LevelMetrics, 'concurrency' | 'failures' | 'state'>[],
): Finding[] {
  return levels.flatMap(({ concurrency, failures, state }): Finding[] => {
    const refused = failures['http_429'] ?? 0
    const givenUp = (failures['http_408'] ?? 0) + (failures['http_504'] ?? 0)
    const above =
      concurrency > SURE_CONCURRENCY ? `; ${concurrency} requests at once may be more than the workspace takes` : ''
    const findings: Finding[] = []
    // A level may be limited by requests that are not counted: those of the ramp, say.
    if (refused > 0 || state === 'limited') {
      findings.push({
        code: 'workspace-limit',
        level: concurrency,
        message: `${howMany(refused)} refused with 429${above}.`,
      })
    }
    if (givenUp > 0) {
      findings.push({
        code: 'execution-limit',
        level: concurrency,
        message: `${givenUp === 1 ? '1 request' : `${givenUp} requests`} ended with 408 or 504.`,
      })
    }
    return findings
  })
}

function howMany(count: number): string {
  if (count === 0) return 'Requests were'
  return count === 1 ? '1 request was' : `${count} requests were`
}
