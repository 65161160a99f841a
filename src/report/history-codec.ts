import { z } from 'zod'
import { GATED_METRICS, TAIL_ROWS } from '../vocabulary/metrics.ts'
import { HISTORY_SCHEMA, ROW_FIGURES } from './history.ts'
import type { History, HistoryEntry, HistoryRow } from './history.ts'
import {
  escapeSigns,
  decodeStrict,
  clues,
  concurrency,
  count,
  levelState,
  MAXIMUM_LEVELS,
  MAXIMUM_PASSES,
  OUR_WORDS,
  plateauState,
  refineRising,
  share,
  someOf,
  throughputMetric,
  word,
} from './strict-json.ts'
import { context, series } from './run-report-codec.ts'
import { VERDICT_WORDS } from './verdict.ts'

/** A text that is not a history. The message names the path of what is wrong. */
export class HistoryError extends Error {
  override readonly name: string = 'HistoryError'
}

/** A history by a newer version of this program; nothing is wrong with it. */
export class NewerHistoryError extends HistoryError {
  override readonly name = 'NewerHistoryError'
}

/** Enough for two thousand large runs; a longer text is not a history. */
const MAXIMUM_LENGTH = 64 * 1024 * 1024

/**
 * The history as JSON text, one entry a line, so that versions of the file can be compared. It is decoded first: what
 * cannot be read is never written.
 *
 * @throws HistoryError
 */
export function encodeHistory(history: History): string {
  const { schema, entries } = decodeHistory(JSON.stringify(history))
  const lines = entries.map((entry) => JSON.stringify(entry))
  return escapeSigns(`{"schema":${JSON.stringify(schema)},"entries":[\n${lines.join(',\n')}\n]}\n`)
}

/**
 * Reads a history of this or an older version. Unknown fields are ignored; missing, misshapen, infinite, negative or
 * oversized ones are refused.
 *
 * @throws HistoryError
 */
export function decodeHistory(text: string): History {
  return decodeStrict(text, {
    what: 'history',
    schema: historySchema,
    maximumLength: MAXIMUM_LENGTH,
    version: { current: HISTORY_SCHEMA, error: NewerHistoryError },
    error: HistoryError,
  })
}

/** The shape of a history. Everything is bounded: an artifact may come from anyone. */

const MAXIMUM_ENTRIES = 20_000
/** Characters of an identifier. */
const text = z.string().max(1000)
const id = z.string().max(1000).register(OUR_WORDS, {})
/** Never 0, because its logarithm is taken. */
const positive = z.number().min(1e-12).max(1e15)

const pass = z.object({
  ok: count,
  failed: count,
  figures: someOf(ROW_FIGURES, positive),
  tokenText: z.object({ charactersPerToken: positive, tokensPerEvent: positive }).exactOptional(),
})

const level = z.object({
  concurrency,
  valid: z.boolean(),
  state: levelState.exclude(['buffered']),
  tails: someOf(
    TAIL_ROWS.map(({ name }) => name),
    positive,
  ),
  kept: z
    .object({
      attainment: share,
      goodput: z.number().min(0).max(1e15),
      strain: z.number().min(0).max(1e15).nullable().exactOptional(),
    })
    .exactOptional(),
  clues: clues.exactOptional(),
  once: z.literal(true).exactOptional(),
  passes: z.array(pass).max(MAXIMUM_PASSES),
})

const traits = z.object({
  tokenSource: id.nullable(),
  buffered: z.boolean(),
  reasoning: z.boolean(),
})

const figureOfRun = z.object({
  value: positive,
  passes: z.array(positive).max(MAXIMUM_PASSES),
})

const slo = z.object({
  objectives: word,
  share,
  capacity: figureOfRun.exactOptional(),
  attainment: figureOfRun.exactOptional(),
  goodput: figureOfRun.exactOptional(),
})

export const historyRowSchema: z.ZodType<HistoryRow> = z.object({
  startedAt: z.iso.datetime(),
  series,
  context,
  levels: refineRising(z.array(level).max(MAXIMUM_LEVELS)),
  throughputMetric,
  plateauState,
  within: z.object({ limit: word, value: positive }).nullable(),
  slo: slo.exactOptional(),
  traits,
})

const source = z.object({
  sha: text.nullable(),
  ref: text.nullable(),
  runId: text.min(1).register(OUR_WORDS, {}),
  attempt: z.int().min(1).max(1e6),
  event: text,
  url: text.regex(/^https?:\/\//, 'must be an http or https URL').nullable(),
  triggeredBy: id.exactOptional(),
})

export const historyEntrySchema: z.ZodType<HistoryEntry> = z.object({
  row: historyRowSchema,
  control: historyRowSchema.exactOptional(),
  source,
  verdict: z.enum(VERDICT_WORDS),
  segments: someOf(GATED_METRICS, z.enum(['opens', 'accepted'])),
})

export const historySchema: z.ZodType<History> = z.object({
  schema: z.literal(HISTORY_SCHEMA),
  entries: z.array(historyEntrySchema).max(MAXIMUM_ENTRIES),
})
