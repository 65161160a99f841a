import { z } from 'zod'
import { GATED_METRICS, MEDIAN_ROWS, TAIL_ROWS } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { HISTORY_SCHEMA } from './history.ts'
import type {
  History,
  HistoryEntry,
  HistoryRow,
  RowFigure,
  RowLevel,
  RowPass,
  RowTraits,
  RunSource,
  SegmentMark,
} from './history.ts'
import {
  concurrency,
  context,
  count,
  levelState,
  MAXIMUM_LEVELS,
  MAXIMUM_PASSES,
  OUR_WORDS,
  plateauState,
  rising,
  series,
  throughputMetric,
  word,
} from './run-report-schema.ts'
import { VERDICT_WORDS } from './verdict.ts'

/** The shape of a history. Everything is bounded: an artifact may come from anyone. */

const MAXIMUM_ENTRIES = 20_000
/** Characters of an identifier. */
const text = z.string().max(1000)
const id = z.string().max(1000).register(OUR_WORDS, {})
/** Its logarithm is taken, so it is never 0. */
const positive = z.number().min(1e-12).max(1e15)

/** Positive figures by the given names, each of which may be missing. */
function figuresOf<Name extends string>(names: readonly Name[]): z.ZodType<Partial<Record<Name, number>>> {
  const shape = Object.fromEntries(names.map((name) => [name, positive.exactOptional()]))
  return z.object(shape) as unknown as z.ZodType<Partial<Record<Name, number>>>
}

const TAILS = TAIL_ROWS.map(({ name }) => name)
const FIGURES: readonly RowFigure[] = [...MEDIAN_ROWS.map(({ name }) => name), 'throughput']

const pass: z.ZodType<RowPass> = z.object({ ok: count, failed: count, figures: figuresOf(FIGURES) })

const level: z.ZodType<RowLevel> = z.object({
  concurrency,
  valid: z.boolean(),
  state: levelState,
  tails: figuresOf(TAILS),
  passes: z.array(pass).max(MAXIMUM_PASSES),
})

const traits: z.ZodType<RowTraits> = z.object({
  tokenSource: id.nullable(),
  buffered: z.boolean(),
  reasoning: z.boolean(),
})

export const historyRowSchema: z.ZodType<HistoryRow> = z.object({
  startedAt: z.iso.datetime(),
  series,
  context,
  levels: rising(z.array(level).max(MAXIMUM_LEVELS)),
  throughputMetric,
  plateauState,
  within: z.object({ limit: word, value: positive }).nullable(),
  traits,
})

const source: z.ZodType<RunSource> = z.object({
  sha: text.nullable(),
  ref: text.nullable(),
  runId: text.min(1).register(OUR_WORDS, {}),
  attempt: z.int().min(1).max(1e6),
  event: text,
  url: text.regex(/^https?:\/\//, 'must be an http or https URL').nullable(),
  triggeredBy: id.exactOptional(),
})

const mark = z.enum(['opens', 'accepted'])

const segments = z.object(
  Object.fromEntries(GATED_METRICS.map((metric) => [metric, mark.exactOptional()])),
) as unknown as z.ZodType<Partial<Record<GatedMetric, SegmentMark>>>

export const historyEntrySchema: z.ZodType<HistoryEntry> = z.object({
  row: historyRowSchema,
  source,
  verdict: z.enum(VERDICT_WORDS),
  segments,
})

export const historySchema: z.ZodType<History> = z.object({
  schema: z.literal(HISTORY_SCHEMA),
  entries: z.array(historyEntrySchema).max(MAXIMUM_ENTRIES),
})
