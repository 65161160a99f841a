import { sha256 } from '../sha256.ts'
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
 * What must be equal in all shards of a run, as texts by setting, so that a difference names what to fix. They are
 * written to the meeting place, so the endpoint is only a hash. A test asks of every setting whether it belongs here.
 */
export function termsOf(settings: Settings, { series, model, commit }: MeasuredEndpoint): Record<string, string> {
  const { origin, pathname } = settings.endpoint
  const { throughputWithin, slo, sloShare, pricePerHour, maxDurationMs } = settings
  return {
    version: VERSION,
    commit: commit ?? NONE,
    endpoint: sha256(origin + pathname).slice(0, 12),
    model: [model, ...(settings.mix?.map((part) => part.model) ?? [])].map((name) => name ?? NONE).join(', '),
    ...Object.fromEntries(listSeriesSettings(series)),
    seed: settings.seed,
    'request-timeout': `${settings.requestTimeoutMs / 1000}s`,
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

/** The term of a setting that was not given. Deciding settings are terms only if given. */
export const NONE = 'none'

/** The first term in which two shards differ, to follow the name of the other one; null when there is none. */
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
