import { z } from 'zod'
import type { LevelFigures } from '../metrics/level/level-metrics.ts'
import { RATE_FIELDS, TIME_FIELDS } from '../vocabulary/metrics.ts'
import {
  decodeStrict,
  encodeStrict,
  MAXIMUM_LEVELS,
  MAXIMUM_PASSES,
  OUR_WORDS,
  concurrency,
  count,
  figure,
  levelState,
  name,
  plateauState,
  refineRising,
  share,
  schemasOf,
  throughputMetric,
  word,
  escapeSigns,
} from './strict-json.ts'
import { RUN_REPORT_SCHEMA } from './run-report.ts'
import type { ReportLimit, RunContext, RunReport } from './run-report.ts'
import { fitsItsKey } from './series.ts'
import type { Series, SeriesWorkload } from './series.ts'
import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/** A text that is not a run report. The message names the path of what is wrong. */
export class ReportError extends Error {
  override readonly name = 'ReportError'
}

/** A report has some kilobytes; a text of more than this many characters is not one. */
const MAXIMUM_LENGTH = 32 * 1024 * 1024

/** The report as JSON text. */
export function encodeRunReport(report: RunReport): string {
  return encodeStrict(report, decodeRunReport)
}

/**
 * Reads a report. Unknown fields are ignored; missing, misshapen, infinite or oversized ones are refused.
 *
 * @throws ReportError
 */
export function decodeRunReport(text: string): RunReport {
  return decodeStrict(text, {
    what: 'report',
    schema: runReportSchema,
    maximumLength: MAXIMUM_LENGTH,
    error: ReportError,
  })
}

/**
 * The text of a records file, line by line, so that a long run need not be held in memory as text: the facts of each request
 * by name, in the order of their table.
 */
export function* encodeRecords(records: Iterable<RequestRecord>): Generator<string> {
  for (const record of records) {
    const facts = FACTS_IN_ORDER.map(({ name, kind }) => [
      name,
      kind === 'time' ? roundToMicroseconds(record[name] as number | null) : record[name],
    ])
    yield `${escapeSigns(JSON.stringify(Object.fromEntries(facts)))}\n`
  }
}

/** Microseconds are as fine as the clock; more digits would only double the file. */
function roundToMicroseconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000
}

/** The shape of a run report. Everything is bounded: a report may come from anyone. */

// A level: its figures, each pass, and the server's side.

const summary = z.object({
  n: count,
  ...schemasOf(['mean', 'sd', 'min', 'p50', 'p90', 'p95', 'p99', 'max'] as const, figure.nullable()),
})

/** A summary of each time, and a figure of each rate. Older versions may lack some. */
const times = schemasOf([...TIME_FIELDS, 'connectMs'], summary.nullable().default(null))
const rates = schemasOf(RATE_FIELDS, figure.nullable().default(null))

const serverSide = z.object({
  source: name,
  ...schemasOf(['ttftMs', 'tpotMs', 'clientTtftMs', 'clientTpotMs', 'queueMs'] as const, figure.nullable()),
  ...schemasOf(['running', 'waiting', 'kvCacheUsage', 'prefixHitShare'] as const, figure.nullable()),
  preemptions: figure.nullable().exactOptional(),
})

const split = z.object({
  ...schemasOf(['lateMs', 'connectMs', 'firstTokenMs', 'decodeMs', 'drainMs'] as const, figure),
  queueMs: figure.nullable(),
})

const partTime = z.object({ p50: figure.nullable(), p95: figure.nullable() }).nullable()
const part = z.object({
  name,
  requests: z.object({ ok: count, failed: count }),
  inputTokens: count,
  outputTokens: count,
  ...schemasOf(['ttftMs', 'tpotMs', 'latencyMs'] as const, partTime),
})

const attained = z.object({
  inside: count,
  attainment: share.nullable(),
  strain: figure.nullable(),
  requestsPerSecond: figure.nullable(),
  outputTokensPerSecond: figure.nullable(),
})

const conversations = z.object({
  turns: z
    .array(
      z.object({
        turn: count,
        andLater: z.literal(true).exactOptional(),
        requests: z.object({ ok: count, failed: count }),
        inputTokens: figure.nullable(),
        cachedShare: figure.nullable(),
        ttftMs: figure.nullable(),
        latencyMs: figure.nullable(),
      }),
    )
    .max(100),
  whole: count,
  latencyMs: figure.nullable(),
  spanMs: figure.nullable(),
  endedEarly: count,
})

const figures = {
  windowSeconds: figure,
  requests: z.object({ ok: count, failed: count, short: count }),
  failures: z.record(z.string().max(40), count),
  ...times,
  ...rates,
  client: z
    .object({
      ...schemasOf(['eventLoopUtilization', 'delayP90Ms', 'delayP99Ms', 'queueP99Ms'] as const, figure),
      threads: count.exactOptional(),
    })
    .nullable(),
  inFlight: z.object({ mean: figure.nullable(), byLittlesLaw: figure.nullable() }),
  cachedShare: figure.nullable(),
  connectionShare: figure.nullable(),
  tokenText: z.object({ charactersPerToken: figure, tokensPerEvent: figure }).exactOptional(),
  open: z
    .object({
      maxInFlight: count,
      peakInFlight: count,
      waited: count,
      dropped: count,
      lagMs: z.object({ p50: figure, p99: figure }).nullable(),
    })
    .exactOptional(),
  attained: attained.exactOptional(),
  server: serverSide.exactOptional(),
} satisfies Record<keyof LevelFigures, z.ZodType>

const level = z.object({
  concurrency,
  valid: z.boolean(),
  invalidReasons: z.array(word).max(100),
  state: levelState,
  tokenSources: z.array(z.string().max(40).register(OUR_WORDS, {})).max(10).exactOptional(),
  reasoningShare: share.exactOptional(),
  ...figures,
  split: split.exactOptional(),
  conversations: conversations.exactOptional(),
  parts: z.array(part).max(20).exactOptional(),
  passes: z.array(z.object({ pass: count, startedAtSeconds: figure, ...figures })).max(MAXIMUM_PASSES),
})

// What the levels of a run come to together, and what it was.

const estimate = z.object({ value: figure, low: figure.nullable(), high: figure.nullable() })

const plateau = z.object({
  state: plateauState,
  metric: throughputMetric,
  ...schemasOf(RATE_FIELDS, estimate.nullable().default(null)),
  kneeConcurrency: figure.nullable(),
  concurrencies: z.array(concurrency).max(MAXIMUM_LEVELS),
})

const within = z.object({
  limit: word,
  ...rates,
  concurrency: figure.nullable(),
})

const capacity = z.object({
  state: z.enum(['found', 'at-least', 'below', 'unknown']),
  concurrency: estimate.nullable(),
  passes: z.array(figure).max(MAXIMUM_PASSES),
})

const price = z.object({
  perHour: figure,
  tokens: throughputMetric,
  atPlateau: figure.nullable(),
  atCapacity: figure.nullable(),
})

const sentPrompts = z.object({
  form: word,
  noun: word,
  container: word,
  found: count,
  leftOut: z.array(z.object({ why: word, count })).max(100),
  ignored: z.array(name).max(100),
  sent: count,
  length: word.nullable(),
  seed: name.nullable(),
})

const replayedTrace = z.object({
  seconds: figure,
  inputTokens: figure.nullable(),
  outputTokens: figure.nullable(),
  blockTokens: count.nullable(),
  repeatedShare: share,
})

const kept = z.object({ value: figure, passes: z.array(figure).max(MAXIMUM_PASSES) })

const slo = z.object({
  objectives: word,
  share,
  capacity,
  attainment: kept.nullable(),
  goodput: kept.nullable(),
})

const askedLevels = z.union([z.literal('auto'), z.array(concurrency).max(MAXIMUM_LEVELS)])

/** Of every field, absent ones included: one that a series has and this has not would make its key a wrong one. */
type ShapeOf<Fields> = { readonly [Field in keyof Fields]-?: z.ZodType }

const seriesFields = z.object({
  name: word,
  source: z.object({ tool: word, ttft: word, tpot: word }).exactOptional(),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  api: word,
  workload: z.object({
    task: word,
    inputTokens: word,
    outputTokens: word,
    sharedPrefixTokens: count,
    mix: name.exactOptional(),
    promptsHash: name.nullable(),
    extraBody: name.nullable(),
    headerNames: z.array(name).max(100),
    prefixCache: z.enum(['avoid', 'allow']),
    batchSize: figure,
    turns: word.exactOptional(),
    thinkTime: z.union([figure, word]).exactOptional(),
    systemPromptTokens: count.exactOptional(),
    images: word.exactOptional(),
  } satisfies ShapeOf<SeriesWorkload>),
  concurrency: askedLevels,
  rates: askedLevels.exactOptional(),
  arrivals: word.exactOptional(),
  maxInFlight: count.exactOptional(),
  speeds: askedLevels.exactOptional(),
  trace: word.exactOptional(),
  passes: z.union([z.literal('auto'), z.int().min(1).max(MAXIMUM_PASSES)]),
  levelDuration: z.union([z.literal('auto'), figure]),
  levelRequests: count.nullable(),
  connection: word,
  method: count,
} satisfies ShapeOf<Series>)

export const series: z.ZodType<Series> = seriesFields.refine(fitsItsKey, {
  path: ['key'],
  message: 'is not the key of these fields (edited, or of a newer version of Plateau)',
})

export const context: z.ZodType<RunContext> = z.object({
  host: name.exactOptional(),
  endpointLabel: name,
  model: name.nullable(),
  servedModel: name.nullable(),
  serverVersion: name.exactOptional(),
  build: name.exactOptional(),
  provisioned: name.exactOptional(),
  region: name.exactOptional(),
  loadTool: name.exactOptional(),
  requestTokens: name.exactOptional(),
  runner: z.object({ environment: name, os: word, arch: word, cpuCount: count }),
  node: name,
})

const plan = z.object({
  levels: z.array(concurrency).max(MAXIMUM_LEVELS),
  passes: z.int().min(1).max(MAXIMUM_PASSES),
  expected: z.object({ seconds: figure, requests: figure, inputTokens: figure, outputTokens: figure }),
  cut: z.array(name).max(100),
  once: z.array(concurrency).max(MAXIMUM_LEVELS).exactOptional(),
  searchEnd: word.exactOptional(),
})

const validity = z.object({
  ok: z.boolean(),
  cause: name.exactOptional(),
  findings: z
    .array(
      z.object({
        code: word,
        level: concurrency.exactOptional(),
        message: name,
        remedy: name.exactOptional(),
      }),
    )
    .max(1000),
})

const crossCheck = z.object({
  outputTokens: z.array(count).max(10),
  levels: refineRising(
    z
      .array(
        z.object({
          concurrency,
          requests: count,
          ttftMs: figure.nullable(),
          tpotMs: figure.nullable(),
          latencyMs: figure.nullable(),
          notebookThroughput: figure.nullable(),
          streamed: z.object({ ttftMs: figure.nullable(), tpotMs: figure.nullable() }),
        }),
      )
      .max(MAXIMUM_LEVELS),
  ),
})

const slowRequest = z.object({
  id: name.exactOptional(),
  serverId: name.exactOptional(),
  level: concurrency,
  pass: count,
  startSeconds: z.number().min(-1e15).max(1e15),
  timesMedian: figure,
  ttftMs: figure.nullable(),
  tpotMs: figure.nullable(),
  latencyMs: figure,
  inputTokens: count.nullable(),
  outputTokens: count,
})

const proofError = z.object({ p50: figure, p99: figure })

const selfProof = z.object({
  streams: count,
  answers: count,
  ttftErrorMs: proofError,
  tpotError: proofError.nullable(),
  tokensPerSecond: figure,
  plannedTokensPerSecond: figure,
})

const shards = z.object({ count, clockSpreadMs: figure, clockWithinMs: figure })

export const limit: z.ZodType<ReportLimit> = z.object({
  limit: word,
  concurrency: concurrency.nullable(),
  outcome: z.enum(['pass', 'fail', 'not-measured']),
  value: figure.nullable(),
  bound: z.number().nullable(),
  reason: name.nullable(),
  near: z.literal(true).exactOptional(),
  alone: figure.exactOptional(),
})

const scalar = z.union([name, z.number(), z.boolean(), z.null()])

const notes = z.array(name).max(100)
const imported = z.object({ tool: word, version: name.nullable(), notes })

export const runReportSchema: z.ZodType<RunReport> = z.object({
  schema: z.literal(RUN_REPORT_SCHEMA),
  tool: z.object({ name: word, version: word }),
  imported: imported.exactOptional(),
  startedAt: z.iso.datetime(),
  durationSeconds: figure,
  series,
  context,
  plan,
  capabilities: z.record(
    name,
    z.union([scalar, z.array(scalar).max(1000), z.record(name, z.union([scalar, z.array(scalar).max(1000)]))]),
  ),
  levels: refineRising(z.array(level).max(MAXIMUM_LEVELS)),
  slowest: z.array(slowRequest).max(100).exactOptional(),
  plateau,
  within: within.nullable(),
  slo: slo.exactOptional(),
  price: price.exactOptional(),
  prompts: sentPrompts.exactOptional(),
  trace: replayedTrace.exactOptional(),
  selfProof: selfProof.exactOptional(),
  shards: shards.exactOptional(),
  crossCheck: crossCheck.exactOptional(),
  limits: z.array(limit).max(1000).exactOptional(),
  validity,
})
