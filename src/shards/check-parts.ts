import { renderShard } from '../settings/lists/shard-settings.ts'
import type { PartHeader, ShardClock } from './part.ts'
import { sha256 } from '../sha256.ts'
import { listSeriesSettings } from '../report/series.ts'
import type { SeriesFields } from '../report/series.ts'
import type { Settings } from '../settings.ts'
import { renderObjectives } from '../settings/values/objectives.ts'
import { VERSION } from '../version.ts'

/** A header and where it was read. */
interface NamedHeader {
  readonly from: string
  readonly header: PartHeader
}

/** What is wrong with a part compared with the others, as a sentence about it. */
interface PartProblem {
  readonly from: string | null
  readonly message: string
}

/** Clocks further apart were never set. */
const MOST_OFFSET_MS = 60_000
/** A larger uncertainty is too much to open windows of a few seconds at one moment. */
const MOST_WITHIN_MS = 1_000
/** Windows are agreed on exactly, but each shard states them by its own clock. */
const SAME_WINDOW_MS = 0.01

/** What is wrong with a clock; null when nothing is. */
export function findClockProblem({ offsetMs, withinMs }: ShardClock): string | null {
  if (Math.abs(offsetMs) > MOST_OFFSET_MS) {
    const way = offsetMs > 0 ? 'ahead of' : 'behind'
    return `has a clock that is ${showSeconds(offsetMs)} ${way} that of the first shard, and ${showSeconds(MOST_OFFSET_MS)} is the most; set it, by NTP for example`
  }
  if (withinMs > MOST_WITHIN_MS) {
    return `has a clock of which it is only known within ${showSeconds(withinMs)} what it is off by, and ${showSeconds(MOST_WITHIN_MS)} is the most: the rendezvous shows too late what others leave there`
  }
  return null
}

/** Why these parts cannot be joined: names missing, doubled and foreign ones. */
export function findPartProblems(parts: readonly NamedHeader[]): PartProblem[] {
  const count = pickMostCommon(parts.map(({ header }) => header.shard.count))
  const foreign = parts.flatMap((part): PartProblem[] => {
    const why = findForeign(part, parts, count)
    return why === null ? [] : [{ from: part.from, message: `shard ${renderShard(part.header.shard)} ${why}` }]
  })
  // With parts of other runs it does not matter which shards are missing.
  if (foreign.length > 0) return foreign
  return [...findDoubled(parts), ...findMissing(parts, count), ...findUnlike(parts)]
}

/** Why a part belongs to another run than most; null when it belongs to the same. */
function findForeign({ header }: NamedHeader, parts: readonly NamedHeader[], count: number): string | null {
  const findUsual = (read: (header: PartHeader) => string): string =>
    pickMostCommon(parts.map((part) => read(part.header)))
  if (header.shard.count !== count) return `is one of ${header.shard.count} shards, and the others are of ${count}`
  const version = findUsual(({ report }) => report.tool.version)
  const { tool } = header.report
  if (tool.version !== version) return `was measured by Plateau ${tool.version}, and the others by ${version}`
  for (const term of new Set(parts.flatMap(({ header }) => Object.keys(header.terms)))) {
    const value = header.terms[term] ?? NONE
    const others = findUsual(({ terms }) => terms[term] ?? NONE)
    if (value !== others) return `was told another ${term}: ${value}, and the others ${others}`
  }
  if (header.meeting !== findUsual(({ meeting }) => meeting))
    return 'is of another run: it did not start with the others'
  return findClockProblem(header.clock)
}

function findDoubled(parts: readonly NamedHeader[]): PartProblem[] {
  return parts.flatMap(({ from, header }, i): PartProblem[] => {
    const other = parts.slice(0, i).find((before) => before.header.shard.number === header.shard.number)
    if (other === undefined) return []
    return [{ from, message: `shard ${renderShard(header.shard)} is there twice: ${other.from} holds it, too` }]
  })
}

function findMissing(parts: readonly NamedHeader[], count: number): PartProblem[] {
  const there = new Set(parts.map(({ header }) => header.shard.number))
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((number) => !there.has(number))
  if (missing.length === 0) return []
  const names = missing.map((number) => renderShard({ number, count })).join(', ')
  const message = `of the ${count} shards ${missing.length === 1 ? 'one is' : `${missing.length} are`} missing: ${names}; a smaller run is another run`
  return [{ from: null, message }]
}

/** Parts of one run that were not measured at the same time. */
function findUnlike(parts: readonly NamedHeader[]): PartProblem[] {
  const [first, ...others] = parts
  return others.flatMap(({ from, header }): PartProblem[] => {
    const isUnlike = header.levels.some(({ concurrency, pass, window }, i) => {
      const same = first!.header.levels[i]
      if (same?.concurrency !== concurrency || same.pass !== pass) return true
      if (window === null || same.window === null) return false
      return (
        Math.abs(window.startMs - same.window.startMs) > SAME_WINDOW_MS ||
        Math.abs(window.endMs - same.window.endMs) > SAME_WINDOW_MS
      )
    })
    if (!isUnlike && header.levels.length === first!.header.levels.length) return []
    return [{ from, message: `shard ${renderShard(header.shard)} has other levels or windows than ${first!.from}` }]
  })
}

function showSeconds(ms: number): string {
  return `${(Math.abs(ms) / 1000).toFixed(1)} s`
}

function pickMostCommon<T>(values: readonly T[]): T {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, same]) => ({ value, n: same.length }))
  return counts.reduce((most, each) => (each.n > most.n ? each : most)).value
}

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
