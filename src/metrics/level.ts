import { generatesTokens } from '../vocabulary/load.ts'
import type { Task } from '../vocabulary/load.ts'
import type { RateField } from '../vocabulary/metrics.ts'
import { mean } from 'simple-statistics'
import {
  countRecords,
  hasTokenTimes,
  hidesAnswerStart,
  NEGLIGIBLE_SHARE,
  selectCountedRecords,
  averageOverWindows,
  selectUsablePasses,
  sumUpFlow,
} from './level/level-run.ts'
import type { ClientHealth, Flow, LevelRun } from './level/level-run.ts'
import { createLogHistogram, pickAtShare, summarise, summariseHistogram } from '../stats/percentile.ts'
import type { Samples, Summary } from '../stats/percentile.ts'
import { TIME_METRICS } from './level/level-metrics.ts'
import type {
  LevelFigures,
  LevelOptions,
  LevelPass,
  MeasuredLevel,
  OpenFigures,
  ScenarioFigures,
  ScenarioTime,
  SlowRequest,
  TimeMetric,
} from './level/level-metrics.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { computeAttained } from './level/objectives.ts'
import { sumUpConversations } from './level/conversations.ts'
import { summariseServerSide } from './level/server-side.ts'
import { splitTime } from './level/time-split.ts'
import type { QueueMeans } from './level/time-split.ts'
import { judgeLevel } from './validity.ts'

/** Summarises the passes of one level: at least one, in order, all of the same concurrency. */
export function summariseLevel(measured: readonly LevelRun[], options: LevelOptions): MeasuredLevel {
  const runs = selectUsablePasses(measured)
  const figuresOfPasses = runs.map((run) => computeFigures([run], options))
  const passes = runs.map(({ pass, startedAtSeconds }, i): LevelPass => ({
    pass,
    startedAtSeconds,
    ...figuresOfPasses[i]!,
  }))
  const pooled = runs.length === 1 ? figuresOfPasses[0]! : computeFigures(runs, options)
  const figures = { ...pooled, ...poolMedians(pooled, passes) }
  const servedModels = listServedModels(runs)
  const slowest = findSlowest(runs)
  const parts = sumUpMix(runs, options.task)
  const split = splitTime(runs, options.task, takeQueueMeans(pooled))
  const conversations = sumUpConversations(runs)
  // The first pass with a failure provides the words.
  const failureWords = Object.assign({}, ...runs.map((run) => run.failureWords).reverse()) as Record<string, string>
  return {
    concurrency: runs[0]!.concurrency,
    ...judgeLevel(runs, { ...figures, passes, servedModels, failureWords, slowest }, options),
    ...figures,
    ...answerTraits(runs, options.task),
    ...(split === null ? {} : { split }),
    ...(conversations === null ? {} : { conversations }),
    ...(parts.length > 0 && { parts }),
    passes,
    servedModels,
    failureWords,
    slowest,
  }
}

/** The means of a level whose server states its queue; else null. In an open loop the client's time counts from when a request was due, the server's from its arrival. */
function takeQueueMeans({ server, open }: LevelFigures): QueueMeans | null {
  if (server === undefined || server.queueMs === null) return null
  return { queueMs: server.queueMs, firstTokenMs: open === undefined ? server.clientTtftMs : server.ttftMs }
}

/** What decides whether its tokens are comparable with those of other runs. */
function answerTraits(runs: readonly LevelRun[], task: Task): { tokenSources: string[]; reasoningShare: number } {
  const sources = new Set<string>()
  let ok = 0
  let reasoned = 0
  let flawed = 0
  for (const record of selectCountedRecords(runs)) {
    if (record.outcome !== 'ok') continue
    ok++
    if (record.countDoubt !== null) flawed++
    else if (generatesTokens(task)) sources.add(record.tokenSource)
    if (hasReasoned(record)) reasoned++
  }
  if (flawed > NEGLIGIBLE_SHARE * ok) sources.add('chunks')
  return { tokenSources: [...sources].sort(), reasoningShare: ok === 0 ? 0 : reasoned / ok }
}

/** Whether the text of an answer covers all its stated tokens; hidden reasoning is counted without text. */
function showsItsTokens({ characters, tokenSource, tpotMs, reasoningTokens }: RequestRecord): boolean {
  return characters > 0 && tokenSource !== 'chunks' && tpotMs !== null && (reasoningTokens ?? 0) === 0
}

/** Whether the server counts reasoning, or the model generated something before the first text. */
function hasReasoned({ reasoningTokens, ttftMs, ttfoMs }: RequestRecord): boolean {
  return (reasoningTokens ?? 0) > 0 || (ttftMs !== null && (ttfoMs === null || ttfoMs > ttftMs))
}

/** Figures of several passes of one level together. */
function computeFigures(runs: readonly LevelRun[], { task, slo }: Pick<LevelOptions, 'task' | 'slo'>): LevelFigures {
  const requests = { ok: 0, failed: 0, short: 0 }
  const failures: Record<string, number> = {}
  let timeMs = 0
  let cached = 0
  let cacheable = 0
  const text = { characters: 0, tokens: 0, events: 0 }
  let serverTells = runs.some((run) => run.server !== null)
  for (const record of selectCountedRecords(runs)) {
    timeMs += record.endMs
    if (record.outcome === 'ok') {
      requests.ok++
      serverTells ||= record.serverTtftMs !== null || record.serverTpotMs !== null
      if (record.cachedTokens !== null && record.inputTokens !== null) {
        cached += record.cachedTokens
        cacheable += record.inputTokens
      }
      if (showsItsTokens(record)) {
        text.characters += record.characters
        text.tokens += record.outputTokens
        text.events += record.tokenEvents
      }
      if (generatesTokens(task) && record.tokenSource !== 'chunks' && record.outputTokens < record.requestedTokens) {
        requests.short++
      }
    } else {
      requests.failed++
      const failure = record.failure ?? 'unknown'
      failures[failure] = (failures[failure] ?? 0) + 1
    }
  }
  const flow = sumUpFlow(runs)
  const meanMs = timeMs / (requests.ok + requests.failed)
  const opened = runs.reduce((sum, run) => sum + run.connections.opened, 0)
  const sent = runs.reduce((sum, run) => sum + run.connections.requests, 0)
  const attained = slo === undefined ? null : computeAttained(runs, slo, task)
  const server = serverTells ? summariseServerSide(runs) : null
  return {
    windowSeconds: flow.seconds,
    requests,
    failures,
    ...summariseTimes(runs, task),
    ...computeRates(flow, task),
    client: pickWorstClient(runs),
    inFlight: {
      mean: flow.seconds === 0 ? 0 : averageOverWindows(runs, (run) => run.inFlight),
      byLittlesLaw: flow.seconds === 0 || flow.ended === 0 ? null : (flow.ended / flow.seconds) * (meanMs / 1000),
    },
    cachedShare: cacheable === 0 ? null : cached / cacheable,
    connectionShare: sent === 0 ? 0 : opened / sent,
    ...(text.tokens > 0 && {
      tokenText: { charactersPerToken: text.characters / text.tokens, tokensPerEvent: text.tokens / text.events },
    }),
    ...(runs[0]!.open !== undefined && { open: sumUpSchedules(runs) }),
    ...(attained === null ? {} : { attained }),
    ...(server === null ? {} : { server }),
  }
}

/** What the schedules of some passes of a level of a rate came to. */
function sumUpSchedules(runs: readonly LevelRun[]): OpenFigures {
  const passes = runs.flatMap(({ open }) => open ?? [])
  const sum = (count: (pass: (typeof passes)[number]) => number): number =>
    passes.reduce((all, one) => all + count(one), 0)
  return {
    maxInFlight: passes[0]?.maxInFlight ?? 0,
    peakInFlight: Math.max(0, ...passes.map(({ peakInFlight }) => peakInFlight)),
    waited: sum(({ waited }) => waited),
    dropped: sum(({ dropped }) => dropped),
    lagMs: findLag(runs),
  }
}

function findLag(runs: readonly LevelRun[]): OpenFigures['lagMs'] {
  const lags: number[] = []
  for (const { queueMs } of selectCountedRecords(runs.filter(({ window }) => window !== null))) lags.push(queueMs)
  const sorted = Float64Array.from(lags).sort()
  return sorted.length === 0 ? null : { p50: pickAtShare(sorted, 0.5)!, p99: pickAtShare(sorted, 0.99)! }
}

/** Figures per second; null without a window. Output tokens are also null for embeddings. */
function computeRates(flow: Flow, task: Task): Record<RateField, number | null> {
  const divideBySeconds = (amount: number | null) =>
    amount === null || flow.seconds === 0 ? null : amount / flow.seconds
  return {
    outputTokensPerSecond: generatesTokens(task) ? divideBySeconds(flow.outputTokens) : null,
    inputTokensPerSecond: divideBySeconds(flow.inputTokens),
    requestsPerSecond: divideBySeconds(flow.requests),
  }
}

/** Utilisation and queue of the worst pass; the mean of the delay, because it is the error of a mean over passes. */
function pickWorstClient(runs: readonly LevelRun[]): ClientHealth {
  const threads = Math.max(...runs.map((run) => run.client.threads ?? 1))
  return {
    eventLoopUtilization: Math.max(...runs.map((run) => run.client.eventLoopUtilization)),
    delayP90Ms: mean(runs.map((run) => run.client.delayP90Ms)),
    delayP99Ms: mean(runs.map((run) => run.client.delayP99Ms)),
    queueP99Ms: Math.max(...runs.map((run) => run.client.queueP99Ms)),
    ...(threads > 1 && { threads }),
  }
}

/** The summaries; those of tokens are null when answers do not stream. */
function summariseTimes(runs: readonly LevelRun[], task: Task): Record<TimeMetric, Summary | null> {
  const streams = generatesTokens(task) && hasTokenTimes(runs)
  const listStreamed = (pick: (record: RequestRecord) => number | null) =>
    streams ? summarise(collectSamples(runs, (record) => (record.buffered ? null : pick(record)))) : null
  return {
    ttftMs: listStreamed((record) => record.ttftMs),
    // If some answers think between tags, only the others would remain.
    ttfoMs: hidesAnswerStart(runs) ? null : listStreamed((record) => record.ttfoMs),
    tpotMs: listStreamed((record) => record.tpotMs),
    interChunkMs: streams ? summariseHistogram(mergeInterChunk(runs)) : null,
    latencyMs: summarise(collectSamples(runs, (record) => record.lastTokenMs)),
    connectMs: summarise(connectSamples(runs)),
  }
}

/** One time of the counted requests; a failed request counts as +∞, a successful one without that time is left out. */
function collectSamples(runs: readonly LevelRun[], pick: (record: RequestRecord) => number | null): Samples {
  const values = new Float64Array(countRecords(runs))
  let n = 0
  let infinite = 0
  for (const record of selectCountedRecords(runs.filter((run) => run.window !== null))) {
    const value = record.outcome === 'ok' ? pick(record) : Infinity
    if (value === Infinity) infinite++
    else if (value !== null) values[n++] = value
  }
  return { sorted: values.subarray(0, n).sort(), infinite }
}

/** Requests of every phase count here, because connections are opened in the warm-up. */
function connectSamples(runs: readonly LevelRun[]): Samples {
  const values = new Float64Array(countRecords(runs))
  let n = 0
  for (const run of runs) for (const { connectMs } of run.records) if (connectMs !== null) values[n++] = connectMs
  return { sorted: values.subarray(0, n).sort(), infinite: 0 }
}

function mergeInterChunk(runs: readonly LevelRun[]) {
  if (runs.length === 1) return runs[0]!.interChunk
  const merged = createLogHistogram()
  for (const run of runs) merged.merge(run.interChunk)
  return merged
}

/**
 * The p50 of a level is the geometric mean of the p50 of its passes: each pass has the same weight, however many
 * requests it had. Null when a measured pass has none because its failures reach the median.
 */
function poolMedians(pooled: LevelFigures, passes: readonly LevelPass[]): Partial<Record<TimeMetric, Summary | null>> {
  const measured = passes.filter((pass) => pass.windowSeconds > 0)
  return Object.fromEntries(
    TIME_METRICS.flatMap((metric) => {
      const summary = pooled[metric]
      if (summary === null || metric === 'connectMs') return []
      const medians = measured.flatMap((pass) => pass[metric]?.p50 ?? [])
      const complete =
        medians.length > 0 &&
        medians.length === measured.filter((pass) => pass[metric] !== null || pass.requests.ok === 0).length
      const p50 = complete ? Math.exp(mean(medians.map((value) => Math.log(value)))) : null
      return [[metric, { ...summary, p50 }]]
    }),
  )
}

/** Those of a mix differ where its parts ask for different ones: then only a part that met several has any. */
function listServedModels(runs: readonly LevelRun[]): string[] {
  const byPart = new Map<string | null, Set<string>>()
  for (const run of runs)
    for (const { part, servedModel } of run.records) {
      if (servedModel === null) continue
      const names = byPart.get(part) ?? new Set()
      byPart.set(part, names.add(servedModel))
    }
  const ofParts = [...byPart.values()]
  const all = new Set(ofParts.flatMap((names) => [...names]))
  const isByPart = all.size > 1 && ofParts.every((names) => names.size === 1)
  return isByPart ? [] : [...all]
}

/** The scenarios of a level by their names; none where its requests are all alike. */
function sumUpMix(runs: readonly LevelRun[], task: Task): readonly ScenarioFigures[] {
  const ofMix = selectCountedRecords(runs).filter(({ part }) => part !== null)
  const byScenario = Map.groupBy(ofMix, ({ part }) => part!)
  const streams = generatesTokens(task) && hasTokenTimes(runs)
  const sorted = [...byScenario].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, records]) => sumUpScenario(name, records, streams))
}

function sumUpScenario(name: string, records: readonly RequestRecord[], streams: boolean): ScenarioFigures {
  const ok = records.filter(({ outcome }) => outcome === 'ok')
  const failed = records.length - ok.length
  const summariseTime = (pick: (record: RequestRecord) => number | null): ScenarioTime | null => {
    const sorted = Float64Array.from(ok.flatMap((record) => pick(record) ?? [])).sort()
    const summary = summarise({ sorted, infinite: failed })
    return summary === null ? null : { p50: summary.p50, p95: summary.p95 }
  }
  const summariseStream = (pick: (record: RequestRecord) => number | null): ScenarioTime | null =>
    streams ? summariseTime((record) => (record.buffered ? null : pick(record))) : null
  return {
    name,
    requests: { ok: ok.length, failed },
    inputTokens: ok.reduce((sum, record) => sum + (record.inputTokens ?? 0), 0),
    outputTokens: ok.reduce((sum, record) => sum + record.outputTokens, 0),
    ttftMs: summariseStream((record) => record.ttftMs),
    tpotMs: summariseStream((record) => record.tpotMs),
    latencyMs: summariseTime((record) => record.lastTokenMs),
  }
}

/** How many are kept of a run. */
const MOST_SLOW = 10

/** The slowest requests of a level, by how many times the median latency each of them took. */
function findSlowest(runs: readonly LevelRun[]): SlowRequest[] {
  const latencies = new Float64Array(countRecords(runs))
  let slow: RequestRecord[] = []
  let n = 0
  for (const record of selectCountedRecords(runs)) {
    const { outcome, lastTokenMs } = record
    if (outcome !== 'ok' || lastTokenMs === null) continue
    latencies[n++] = lastTokenMs
    if (slow.length === MOST_SLOW && lastTokenMs <= slow[0]!.lastTokenMs!) continue
    slow = [...slow, record].sort((a, b) => a.lastTokenMs! - b.lastTokenMs!).slice(-MOST_SLOW)
  }
  const median = latencies.subarray(0, n).sort()[Math.floor(n / 2)] ?? 0
  if (median <= 0) return []
  return slow.reverse().map((record) => ({
    ...(record.requestId !== null && { id: record.requestId }),
    ...(record.serverRequestId !== null && { serverId: record.serverRequestId }),
    level: record.level,
    pass: record.pass,
    startSeconds: record.startMs / 1000,
    timesMedian: record.lastTokenMs! / median,
    ttftMs: record.ttftMs,
    tpotMs: record.tpotMs,
    latencyMs: record.lastTokenMs!,
    inputTokens: record.inputTokens,
    outputTokens: record.outputTokens,
  }))
}

/** The slowest of all levels together. */
export function pickSlowest(levels: readonly { readonly slowest: readonly SlowRequest[] }[]): SlowRequest[] {
  return levels
    .flatMap(({ slowest }) => slowest)
    .sort((a, b) => b.timesMedian - a.timesMedian || b.latencyMs - a.latencyMs)
    .slice(0, MOST_SLOW)
}
