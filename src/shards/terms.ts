import { createHash } from 'node:crypto'
import { listSeriesSettings } from '../report/series.ts'
import type { SeriesFields } from '../report/series.ts'
import type { Settings } from '../settings.ts'
import { renderObjectives } from '../settings/values/objectives.ts'
import { VERSION } from '../version.ts'

/** What a shard measures, as it found it. */
interface MeasuredEndpoint {
  readonly series: SeriesFields
  readonly model: string | null
  readonly commit: string | null
}

/**
 * What must be equal in all shards of a run, as texts by the settings that give them, so that whoever reads of a difference knows what to mend.
 * They lie where the shards meet, so of the endpoint there is only what tells it from others.
 */
export function termsOf(settings: Settings, { series, model, commit }: MeasuredEndpoint): Record<string, string> {
  const { origin, pathname } = settings.endpoint
  const { throughputWithin, slo, sloShare, pricePerHour, maxDurationMs } = settings
  return {
    version: VERSION,
    commit: commit ?? NONE,
    endpoint: createHash('sha256')
      .update(origin + pathname)
      .digest('hex')
      .slice(0, 12),
    model: model ?? NONE,
    ...Object.fromEntries(listSeriesSettings(series)),
    seed: settings.seed,
    'warmup-requests': String(settings.warmupRequests),
    'max-duration': maxDurationMs === null ? NONE : `${maxDurationMs / 1000}s`,
    'max-requests': String(settings.maxRequests ?? NONE),
    'max-output-tokens': String(settings.maxOutputTokens ?? NONE),
    'throughput-within': throughputWithin?.map(({ metric, valueMs }) => `${metric} <= ${valueMs}ms`).join(', ') ?? NONE,
    slo: slo === null ? NONE : renderObjectives(slo),
    'slo-share': `${100 * sloShare}%`,
    'price-per-hour': String(pricePerHour ?? NONE),
    ...Object.fromEntries(settings.decidedBy.map(({ setting, value }) => [setting, value])),
  }
}

/** What a term says that was not given; of what decides, only what was given is a term. */
export const NONE = 'none'

/** The first term in which two shards differ, as half a sentence about the other one; null where there is none. */
export function findOtherTerm(
  own: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string | null {
  for (const term of new Set([...Object.keys(own), ...Object.keys(other)])) {
    const [mine = NONE, theirs = NONE] = [own[term], other[term]]
    if (mine !== theirs) return `was told another ${term}: ${theirs}, and this one ${mine}`
  }
  return null
}
