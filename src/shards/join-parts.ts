import { joinShares } from '../load/level/level-tally.ts'
import { sumUpObjectives, findBestWithin } from '../metrics/plateau/capacity.ts'
import { findPlateau } from '../metrics/plateau/plateau.ts'
import { pickSlowest, summariseLevel } from '../metrics/level.ts'
import type { LevelRun, OpenRun } from '../metrics/level/level-run.ts'
import { priceTokens } from '../metrics/plateau/price.ts'
import { findMostFrequent, judgeRun } from '../metrics/validity.ts'
import type { Finding } from '../metrics/findings.ts'
import { removeNotes } from '../report/run-report.ts'
import type { ReportFinding, RunReport } from '../report/run-report.ts'
import { readObjectives, renderObjectives } from '../settings/values/objectives.ts'
import { readLatencyBounds } from '../settings/values/limits.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import { loadOf } from '../vocabulary/load.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { findClockProblem } from './part.ts'
import type { Part, PartHeader } from './part.ts'
import { sha256 } from '../sha256.ts'
import { listSeriesSettings } from '../report/series.ts'
import type { SeriesFields } from '../report/series.ts'
import type { Settings } from '../settings.ts'
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
export function listTerms(settings: Settings, { series, model, commit }: MeasuredEndpoint): Record<string, string> {
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
const NONE = 'none'

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

/** Windows are agreed on exactly, but each shard states them by its own clock. */
const SAME_WINDOW_MS = 0.01

/** Why these parts cannot be joined: names missing, doubled and foreign ones. */
export function findPartProblems(parts: readonly NamedHeader[]): PartProblem[] {
  const count = findMostFrequent(parts.map(({ header }) => header.shard.count))
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
    findMostFrequent(parts.map((part) => read(part.header)))
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

/** What all shards of a run measured. */
interface JoinedRun {
  readonly report: RunReport
  /** All requests of all shards, level by level; read from the parts during iteration. */
  readonly records: Iterable<RequestRecord>
}

/**
 * Joins the parts of one run into one report. Check them with `findPartProblems` first. Holds the records of one
 * level at a time, in all passes of all shards. The figures are the same as if one process had these records.
 *
 * @throws PartError when a part was changed.
 */
export function joinParts(given: readonly Part[]): JoinedRun {
  const parts = given.toSorted((a, b) => a.header.shard.number - b.header.shard.number)
  const [first] = parts
  const { report, levels: measured } = first!.header
  const slo = report.slo === undefined ? null : { ...report.slo, objectives: readObjectives(report.slo.objectives) }
  const options = { ...first!.header.options, ...(slo !== null && { slo }) }
  const byConcurrency = Map.groupBy(measured.keys(), (level) => measured[level]!.concurrency)
  const levels = [...byConcurrency]
    .sort(([a], [b]) => a - b)
    .map(([, passes]) =>
      summariseLevel(
        passes.map((level) => joinLevel(parts, level)),
        options,
      ),
    )
  const reports = parts.map(({ header }) => header.report)
  const { limits: _, selfProof: __, slo: ___, slowest: ____, price, ...whole } = report
  const plateau = findPlateau(levels)
  const kept = sumUpObjectives(slo, levels, loadOf(report.series))
  const proof = pickWorstProof(reports)
  const slowest = pickSlowest(levels)
  return {
    report: {
      ...whole,
      startedAt: reports.map(({ startedAt }) => startedAt).reduce((a, b) => (b < a ? b : a)),
      durationSeconds: Math.max(...reports.map(({ durationSeconds }) => durationSeconds)),
      levels: levels.map(removeNotes),
      ...(slowest.length > 0 && { slowest }),
      plateau,
      ...(kept !== null && { slo: kept }),
      ...(price !== undefined && {
        price: priceTokens(price.perHour, { plateau, capacity: kept?.capacity ?? null, levels }),
      }),
      within: report.within === null ? null : findBestWithin(levels, readLatencyBounds(report.within.limit)),
      ...(proof !== undefined && { selfProof: proof }),
      shards: describeShards(parts),
      validity: judgeRun(levels, { extra: joinFindings(parts) }),
    },
    records: {
      *[Symbol.iterator]() {
        for (const level of measured.keys()) yield* joinLevel(parts, level).records
      },
    },
  }
}

/** One level in one pass. It has a window if it has one in every shard. */
function joinLevel(parts: readonly Part[], level: number): LevelRun {
  const all = parts.map(({ header }) => header.levels[level]!)
  const { concurrency, pass, window } = all[0]!
  return joinShares(
    {
      concurrency,
      pass,
      startedAtSeconds: Math.min(...all.map(({ startedAtSeconds }) => startedAtSeconds)),
      window: all.every((each) => each.window !== null) ? window : null,
      server: null,
      stopped: all.find(({ stopped }) => stopped !== null)?.stopped ?? null,
      ...joinSchedules(all.flatMap(({ open }) => open ?? [])),
    },
    parts.flatMap((part) => part.load(level)),
  )
}

/**
 * What became of the schedule of all shards of a level; nothing in a closed loop. The most that were under way is the sum of what each had
 * at its own moment: no fewer than at any one.
 */
export function joinSchedules(schedules: readonly OpenRun[]): Pick<LevelRun, 'open'> {
  const [first] = schedules
  if (first === undefined) return {}
  const sum = (pick: (one: OpenRun) => number): number => schedules.reduce((all, one) => all + pick(one), 0)
  const queues = schedules.flatMap(({ queue }) => queue ?? [])
  return {
    open: {
      ...first,
      maxInFlight: sum(({ maxInFlight }) => maxInFlight),
      peakInFlight: sum(({ peakInFlight }) => peakInFlight),
      waited: sum(({ waited }) => waited),
      dropped: sum(({ dropped }) => dropped),
      queue:
        queues.length < schedules.length
          ? null
          : {
              before: queues.reduce((all, { before }) => all + before, 0),
              after: queues.reduce((all, { after }) => all + after, 0),
            },
    },
  }
}

/** Findings about the whole run; those that not all shards have name their shard. */
function joinFindings(parts: readonly Part[]): Finding[] {
  const ofShards = parts.map(({ header }) => header.report.validity.findings.filter(isOfRun))
  const joined = ofShards.flatMap((findings, i) =>
    findings.map(({ code, message }): Finding => {
      const isShared = ofShards.every((others) =>
        others.some((other) => other.code === code && other.message === message),
      )
      const shard = renderShard(parts[i]!.header.shard)
      return { code: code as Finding['code'], message: isShared ? message : `Shard ${shard}: ${message}` }
    }),
  )
  const isFirst = ({ code, message }: Finding, at: number): boolean =>
    joined.findIndex((other) => other.code === code && other.message === message) === at
  return joined.filter(isFirst)
}

/** `no-success` is left out: the joined levels show it. */
function isOfRun({ level, code }: ReportFinding): boolean {
  return level === undefined && code !== 'no-success'
}

/** How many shards there were, and how far apart their clocks. */
function describeShards(parts: readonly Part[]): NonNullable<RunReport['shards']> {
  const clocks = parts.map(({ header }) => header.clock)
  const offsets = clocks.map(({ offsetMs }) => offsetMs)
  return {
    count: parts.length,
    clockSpreadMs: Math.max(...offsets) - Math.min(...offsets),
    clockWithinMs: Math.max(...clocks.map(({ withinMs }) => withinMs)),
  }
}

function pickWorstProof(reports: readonly RunReport[]): RunReport['selfProof'] {
  return reports
    .flatMap(({ selfProof }) => selfProof ?? [])
    .reduce<RunReport['selfProof']>(
      (worst, proof) => (worst === undefined || proof.ttftErrorMs.p99 > worst.ttftErrorMs.p99 ? proof : worst),
      undefined,
    )
}
