import { z } from 'zod'
import type { ConversationFigures } from '../metrics/level/conversations.ts'
import type { LevelFigures, LevelMetrics, TimeMetric, ScenarioFigures } from '../metrics/level/level-metrics.ts'
import type { Attained } from '../metrics/level/objectives.ts'
import type { Summary } from '../stats/percentile.ts'
import type { TimeSplit } from '../metrics/level/time-split.ts'
import type { ServerSide } from '../metrics/level/server-side.ts'
import { RATE_FIELDS, TIME_FIELDS } from '../vocabulary/metrics.ts'
import type { RateField } from '../vocabulary/metrics.ts'
import {
  MAXIMUM_PASSES,
  OUR_WORDS,
  concurrency,
  count,
  figure,
  levelState,
  name,
  schemasOf,
  word,
} from './strict-json.ts'

// The shape of a level of a report: its figures, each pass, and the server's side.

const summary = z.object({
  n: count,
  mean: figure.nullable(),
  sd: figure.nullable(),
  min: figure.nullable(),
  p50: figure.nullable(),
  p90: figure.nullable(),
  p95: figure.nullable(),
  p99: figure.nullable(),
  max: figure.nullable(),
}) satisfies z.ZodType<Summary>

/** A summary of each time, and a figure of each rate. Older versions may lack some. */
const times = schemasOf<TimeMetric, z.ZodType<Summary | null>>(
  [...TIME_FIELDS, 'connectMs'],
  summary.nullable().default(null),
)
export const rates = schemasOf<RateField, z.ZodType<number | null>>(RATE_FIELDS, figure.nullable().default(null))

const serverSide: z.ZodType<ServerSide> = z.object({
  source: name,
  ttftMs: figure.nullable(),
  tpotMs: figure.nullable(),
  clientTtftMs: figure.nullable(),
  clientTpotMs: figure.nullable(),
  queueMs: figure.nullable(),
  running: figure.nullable(),
  waiting: figure.nullable(),
  kvCacheUsage: figure.nullable(),
  prefixHitShare: figure.nullable(),
  preemptions: figure.nullable().exactOptional(),
})

const split: z.ZodType<TimeSplit> = z.object({
  ...schemasOf(['lateMs', 'connectMs', 'firstTokenMs', 'decodeMs', 'drainMs'] as const, figure),
  queueMs: figure.nullable(),
})

const partTime = z.object({ p50: figure.nullable(), p95: figure.nullable() }).nullable()
const part: z.ZodType<ScenarioFigures> = z.object({
  name,
  requests: z.object({ ok: count, failed: count }),
  inputTokens: count,
  outputTokens: count,
  ttftMs: partTime,
  tpotMs: partTime,
  latencyMs: partTime,
})

const attained: z.ZodType<Attained> = z.object({
  inside: count,
  attainment: z.number().min(0).max(1).nullable(),
  strain: figure.nullable(),
  requestsPerSecond: figure.nullable(),
  outputTokensPerSecond: figure.nullable(),
})

const conversations: z.ZodType<ConversationFigures> = z.object({
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

export const level: z.ZodType<LevelMetrics> = z.object({
  concurrency,
  valid: z.boolean(),
  invalidReasons: z.array(word).max(100),
  state: levelState,
  tokenSources: z.array(z.string().max(40).register(OUR_WORDS, {})).max(10).exactOptional(),
  reasoningShare: z.number().min(0).max(1).exactOptional(),
  ...figures,
  split: split.exactOptional(),
  conversations: conversations.exactOptional(),
  parts: z.array(part).max(20).exactOptional(),
  passes: z.array(z.object({ pass: count, startedAtSeconds: figure, ...figures })).max(MAXIMUM_PASSES),
})
