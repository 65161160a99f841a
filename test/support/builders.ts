import { createLogHistogram } from '../../src/stats/percentile.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { LevelOptions, MeasuredLevel } from '../../src/metrics/level/level-metrics.ts'
import { findPlateau } from '../../src/metrics/plateau/plateau.ts'
import { FACTS_IN_ORDER } from '../../src/vocabulary/request-facts.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { judgeRun } from '../../src/metrics/validity.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { METHOD, addSeriesKey } from '../../src/report/series.ts'
import type { SeriesFields } from '../../src/report/series.ts'

/** A healthy streamed answer: 50 ms to the first token, then 100 tokens at 10 ms. */
export function aRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  const outputTokens = overrides.outputTokens ?? 100
  const ttftMs = overrides.ttftMs === undefined ? 50 : overrides.ttftMs
  const tpotMs = overrides.tpotMs === undefined ? 10 : overrides.tpotMs
  const lastTokenMs =
    overrides.lastTokenMs === undefined ? (ttftMs ?? 0) + (outputTokens - 1) * (tpotMs ?? 0) : overrides.lastTokenMs
  return {
    requestId: 'request',
    serverRequestId: null,
    level: 1,
    pass: 1,
    worker: 0,
    phase: 'counted',
    startMs: 0,
    connectMs: null,
    queueMs: 0.1,
    ttfbMs: 5,
    firstEventMs: 5,
    ttftMs,
    ttfoMs: ttftMs,
    lastTokenMs,
    endMs: (lastTokenMs ?? 0) + 1,
    tpotMs,
    requestedTokens: outputTokens,
    inputTokens: 512,
    outputTokens,
    cachedTokens: 0,
    reasoningTokens: null,
    tokenSource: 'usage',
    tokenEvents: outputTokens,
    reads: outputTokens,
    windowTokens: outputTokens,
    buffered: false,
    heldBack: null,
    reconnected: false,
    finishReason: 'length',
    servedModel: 'llama-8b',
    outcome: 'ok',
    failure: null,
    retryAfterMs: null,
    serverTtftMs: null,
    serverTpotMs: null,
    serverLoadMs: null,
    characters: 0,
    statedTokens: null,
    countDoubt: null,
    unreadEvents: 0,
    unreadMember: null,
    tagsReasoning: false,
    stallMs: 0,
    endStallMs: 0,
    conversation: null,
    turn: null,
    turns: null,
    part: null,
    thinkMs: null,
    cutShort: false,
    ...overrides,
  }
}

/** A record as an object that can be copied and compared: those of a store have their facts as getters. */
export function listFacts(record: RequestRecord): RequestRecord {
  return Object.fromEntries(FACTS_IN_ORDER.map(({ name }) => [name, record[name]])) as unknown as RequestRecord
}

/** A request that failed: no times, no tokens. */
export function aFailure(
  failure: NonNullable<RequestRecord['failure']>,
  overrides: Partial<RequestRecord> = {},
): RequestRecord {
  return aRecord({
    outcome: 'failed',
    failure,
    ttftMs: null,
    ttfoMs: null,
    tpotMs: null,
    lastTokenMs: null,
    endMs: 100,
    outputTokens: 0,
    requestedTokens: 100,
    tokenEvents: 0,
    windowTokens: 0,
    inputTokens: null,
    servedModel: null,
    ...overrides,
  })
}

/** The full load of `concurrency` workers over the window: requests back to back, one worker after the other. */
export function steadyRecords(
  concurrency: number,
  { windowMs = 10_000, ...overrides }: { windowMs?: number } & Partial<RequestRecord> = {},
): RequestRecord[] {
  const template = aRecord(overrides)
  const perWorker = Math.ceil(windowMs / template.endMs)
  return Array.from({ length: concurrency * perWorker }, (_, i) => {
    const startMs = Math.floor(i / concurrency) * template.endMs
    const share = Math.min(1, (windowMs - startMs) / template.endMs)
    return {
      ...template,
      level: concurrency,
      worker: i % concurrency,
      startMs,
      windowTokens: template.outputTokens * share,
    }
  })
}

/** One pass of a healthy level with a window of 10 s. */
export function aLevelRun(overrides: Partial<LevelRun> = {}): LevelRun {
  const concurrency = overrides.concurrency ?? 1
  const records = overrides.records ?? steadyRecords(concurrency)
  return {
    concurrency,
    pass: 1,
    startedAtSeconds: 0,
    window: { startMs: 0, endMs: 10_000 },
    records,
    interChunk: createLogHistogram(),
    cancelledWindowTokens: 0,
    cancelledTtft: { n: 0, sumMs: 0 },
    inFlight: concurrency,
    client: { eventLoopUtilization: 0.1, delayP90Ms: 0.1, delayP99Ms: 0.1, queueP99Ms: 0.1 },
    server: null,
    failureWords: {},
    gateway: { retried: 0, cached: 0, fellBack: 0, names: [] },
    requestsWithEndedToken: 0,
    connections: { opened: 0, requests: records.length },
    stopped: null,
    ...overrides,
  }
}

/** A measured level: for each pass the times of its requests. */
export function aLevel(
  concurrency: number,
  passes: readonly Partial<RequestRecord>[] = [{}, {}, {}],
  options: LevelOptions = { task: 'chat', tolerance: 0.05 },
): MeasuredLevel {
  const runs = passes.map((overrides, i) =>
    aLevelRun({ concurrency, pass: i + 1, records: steadyRecords(concurrency, overrides) }),
  )
  return summariseLevel(runs, options)
}

/** A level of which only the throughput of each pass matters. */
export function aLevelOf(concurrency: number, tokensPerSecond: readonly number[]): MeasuredLevel {
  return withThroughput(
    aLevel(
      concurrency,
      tokensPerSecond.map(() => ({})),
    ),
    tokensPerSecond,
  )
}

/** The level with this throughput in each of its passes. */
export function withThroughput(level: MeasuredLevel, tokensPerSecond: readonly number[]): MeasuredLevel {
  return {
    ...level,
    outputTokensPerSecond: tokensPerSecond.reduce((sum, value) => sum + value, 0) / tokensPerSecond.length,
    passes: level.passes.map((pass, i) => ({ ...pass, outputTokensPerSecond: tokensPerSecond[i]! })),
  }
}

export const SERIES_FIELDS: SeriesFields & { readonly passes: number } = {
  name: 'llama-8b',
  api: 'openai-chat',
  workload: {
    task: 'chat',
    inputTokens: '512',
    outputTokens: '128',
    sharedPrefixTokens: 0,
    promptsHash: null,
    extraBody: null,
    headerNames: [],
    prefixCache: 'avoid',
    batchSize: 1,
  },
  concurrency: 'auto',
  passes: 3,
  levelDuration: 8,
  levelRequests: null,
  connection: 'http/1.1 keep-alive',
  method: METHOD,
}

let healthyLevels: readonly MeasuredLevel[] | undefined

/** A report of the given levels, or of three healthy ones; plateau and validity follow from them. */
export function aReport(overrides: Partial<RunReport> & { measured?: readonly MeasuredLevel[] } = {}): RunReport {
  healthyLevels ??= [aLevel(1), aLevel(2), aLevel(4)]
  const { measured = healthyLevels, ...rest } = overrides
  return {
    schema: 'plateau/run-report@1',
    tool: { name: 'plateau', version: '0.1.0' },
    startedAt: '2026-11-22T18:00:00.000Z',
    durationSeconds: 252,
    series: addSeriesKey(SERIES_FIELDS),
    context: {
      endpointLabel: 'staging',
      model: 'llama-8b',
      servedModel: 'meta-llama/Llama-3.1-8B-Instruct',
      runner: { environment: 'local', os: 'linux', arch: 'x64', cpuCount: 8 },
      node: '24.21.0',
    },
    plan: {
      levels: measured.map((level) => level.concurrency),
      passes: 3,
      expected: { seconds: 240, requests: 1900, inputTokens: 972_800, outputTokens: 243_200 },
      cut: [],
    },
    capabilities: { api: 'openai-chat', fields: ['stream_options'] },
    levels: measured,
    plateau: findPlateau(measured),
    within: null,
    validity: judgeRun(measured),
    ...rest,
  }
}
