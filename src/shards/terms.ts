import { createHash } from 'node:crypto'
import type { PlannedRun } from '../run/measure.ts'
import { seriesOfRun } from '../run/side-report.ts'
import type { Settings } from '../settings.ts'
import { VERSION } from '../version.ts'

/**
 * What must be equal in all shards of a run, as texts by the names that people know. They lie where the shards meet, so of the endpoint there is
 * only what tells it from others.
 */
export function termsOf(
  settings: Settings,
  { found }: Pick<PlannedRun, 'found'>,
  commit: string | null,
): Record<string, string> {
  const { workload, concurrency, levelDuration, passes, name, api, connection } = seriesOfRun(settings, found)
  const { origin, pathname } = settings.endpoint
  const { seed, warmupRequests, maxDurationMs, maxRequests, maxOutputTokens, throughputWithin, decidedBy } = settings
  return {
    version: VERSION,
    commit: commit ?? 'none',
    endpoint: createHash('sha256')
      .update(origin + pathname)
      .digest('hex')
      .slice(0, 12),
    model: settings.model ?? found.target.dialect.model ?? 'none',
    name,
    api,
    workload: JSON.stringify(workload),
    connection,
    seed,
    concurrency: String(concurrency),
    passes: String(passes),
    'level-duration': String(levelDuration),
    'warmup-requests': String(warmupRequests),
    budgets: JSON.stringify([maxDurationMs, maxRequests, maxOutputTokens]),
    'throughput-within': JSON.stringify(throughputWithin),
    slo: JSON.stringify([settings.slo, settings.sloShare, settings.pricePerHour]),
    decision: JSON.stringify(decidedBy),
  }
}

/** The first term in which two shards differ, as half a sentence about the other one; null where there is none. */
export function findOtherTerm(
  own: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string | null {
  for (const term of new Set([...Object.keys(own), ...Object.keys(other)])) {
    const [mine = 'none', theirs = 'none'] = [own[term], other[term]]
    if (mine !== theirs) return `was told another ${term}: ${theirs}, and this one ${mine}`
  }
  return null
}
