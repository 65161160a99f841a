import { z } from 'zod'
import { FIGURES_OF_LEVEL, GATED_METRICS, FIGURE_UNITS } from '../vocabulary/metrics.ts'
import { OPEN_LOADS } from '../vocabulary/load.ts'
import {
  decodeStrict,
  encodeStrict,
  clues,
  concurrency,
  count,
  figure,
  MAXIMUM_LEVELS,
  name,
  refineRising,
  share,
  someOf,
  word,
} from './strict-json.ts'
import { limit } from './run-report-codec.ts'
import type { Doubt, Verdict } from './verdict.ts'
import { VERDICT_SCHEMA, VERDICT_WORDS, WORDS_OF_A_RUN, DOUBTS } from './verdict.ts'

/** A text that is not a verdict. The message names the path of what is wrong. */
export class VerdictError extends Error {
  override readonly name = 'VerdictError'
}

const MAXIMUM_LENGTH = 4 * 1024 * 1024

/**
 * The verdict as JSON text.
 *
 * @throws VerdictError
 */
export function encodeVerdict(verdict: Verdict): string {
  return encodeStrict(verdict, decodeVerdict)
}

/**
 * Reads a verdict of this or an older version. Unknown fields are ignored; missing, misshapen, infinite or oversized ones
 * are refused.
 *
 * @throws VerdictError
 */
export function decodeVerdict(text: string): Verdict {
  return decodeStrict(text, {
    what: 'verdict',
    schema: verdictSchema,
    maximumLength: MAXIMUM_LENGTH,
    version: { current: VERDICT_SCHEMA, error: VerdictError },
    error: VerdictError,
  })
}

/** The shape of a verdict. Everything is bounded: the report job reads what another job has uploaded. */

const MAXIMUM_ITEMS = 1000
/** Characters of a setting: a list of limits is long. */
const MAXIMUM_SETTING = 100_000

/** A natural or a logarithmic change: any finite number. */
const change = z.number().min(-1e15).max(1e15)
const metric = z.enum(GATED_METRICS)
const verdictWord = z.enum(VERDICT_WORDS)
const consequence = z.enum(['pass', 'warn', 'fail'])
const levels = z.array(concurrency).max(MAXIMUM_LEVELS)
const url = name.regex(/^https?:\/\//, 'must be an http or https URL')

const policy = z.object({
  gate: z.enum(['check', 'release', 'observe']),
  decision: z.enum(['statistical', 'threshold']),
  onNotComparable: consequence,
  onUnmeasured: consequence,
  onSkip: consequence,
})

const provisional = z.object({
  sha: name.nullable(),
  startedAt: z.iso.datetime(),
  runs: count,
  mainChange: change,
  changeFromBefore: change,
})

const step = z.object({
  after: name.nullable(),
  sha: name.nullable(),
  startedAt: z.iso.datetime(),
  points: count,
  mainChange: change,
})

const levelChange = z.object({ concurrency, baseline: figure, candidate: figure, change })

const doubt = z.enum(Object.keys(DOUBTS) as [Doubt, ...Doubt[]])

const bound = z.enum(['at-least', 'below']).exactOptional()

const comparison = z.object({
  metric,
  better: z.enum(['lower', 'higher']),
  verdict: verdictWord.exclude(WORDS_OF_A_RUN),
  unit: z.enum(FIGURE_UNITS).nullable(),
  ofPlateau: z.boolean().nullable(),
  levels,
  baseline: figure.nullable(),
  candidate: figure.nullable(),
  bounds: z.object({ baseline: bound, candidate: bound }).exactOptional(),
  change: change.nullable(),
  interval: z.object({ low: change, high: change }).nullable(),
  worsening: change.nullable(),
  p: share.nullable(),
  smallestVisible: figure.nullable(),
  tolerance: figure,
  spread: figure.nullable(),
  assumedSpread: z.boolean(),
  assumedShare: share.exactOptional(),
  spreadBefore: figure.exactOptional(),
  groups: count,
  segments: count.default(1),
  leftOut: count,
  provisional: provisional.nullable(),
  step: step.exactOptional(),
  confirmed: z.boolean().nullable(),
  accepted: z.object({ by: name.nullable(), at: change, why: name.nullable() }).nullable(),
  byLevel: z.array(levelChange).max(MAXIMUM_LEVELS),
  aside: z.array(levelChange).max(MAXIMUM_LEVELS).default([]),
  doubt: doubt.nullable(),
  // Verdicts from before there were controls have none.
  control: z.object({ theta: share, pairs: count }).nullable().default(null),
  note: name.nullable(),
})

const requests = z.object({ ok: count, failed: count })

const lostLevel = z.object({
  concurrency,
  verdict: z.enum(['regressed', 'suspect', 'not-measured']),
  candidate: requests,
  baseline: requests,
  repeatFailed: z.boolean().nullable(),
  p: share.nullable(),
  reason: name,
})

const errorRate = z.object({
  verdict: z.enum(['regressed', 'not-measured', 'suspect', 'no-change-seen']),
  candidate: requests,
  baseline: requests,
  rise: z.number().min(-1).max(1),
  p: share,
})

const contextChange = z.object({ what: word, before: name, now: name })

const baseline = z.object({
  origin: name.nullable(),
  runs: count,
  groups: count,
  newest: z.object({ sha: name.nullable(), startedAt: z.iso.datetime(), url: url.nullable() }).nullable(),
  ancestor: z.boolean().nullable(),
  skipped: z.array(name).max(MAXIMUM_ITEMS),
  // Verdicts of the first versions have neither.
  unreadable: z.object({ why: name, remedy: name }).nullable().default(null),
  lost: name.nullable().default(null),
  uncomparedInARow: count,
})

const difference = z.object({
  field: word,
  setting: word.nullable(),
  before: name,
  now: name,
})

const outlook = z.object({ metric, runs: count, smallestVisible: figure })

const confirmation = z.object({
  metrics: z.array(metric).max(MAXIMUM_ITEMS),
  levels,
  passes: count,
})

const slowDrift = z.object({
  since: name,
  released: count,
  newest: count,
  metrics: z.array(z.object({ metric, ofPlateau: z.boolean().nullable(), change })).max(MAXIMUM_ITEMS),
})

const control = z.object({
  pairs: count,
  sessions: count,
  fresh: z.boolean(),
  troubles: z.array(name).max(MAXIMUM_ITEMS),
})

const attempt = z.object({
  attempt: z.int().min(1).max(1e6),
  run: z.int().min(0).exactOptional(),
  verdict: verdictWord,
  isCounted: z.boolean(),
})

const sideFigure = z.object({
  value: figure,
  low: figure.exactOptional(),
  high: figure.exactOptional(),
})

const sideCurve = z.object({
  runs: count,
  levels: refineRising(
    z
      .array(z.object({ concurrency, figures: someOf(FIGURES_OF_LEVEL, sideFigure), clues: clues.exactOptional() }))
      .max(MAXIMUM_LEVELS),
  ),
})

const sides = z.object({
  baseline: sideCurve.exactOptional(),
  control: sideCurve.exactOptional(),
})

export const verdictSchema: z.ZodType<Verdict> = z.object({
  schema: z.literal(VERDICT_SCHEMA),
  name: word,
  verdict: verdictWord,
  reasons: z.array(word).max(MAXIMUM_ITEMS),
  check: consequence,
  load: z.enum(OPEN_LOADS).exactOptional(),
  policy,
  // Verdicts of the first versions have none.
  decidedBy: z
    .array(z.object({ setting: word, value: z.string().max(MAXIMUM_SETTING) }))
    .max(MAXIMUM_ITEMS)
    .default([]),
  comparisons: z.array(comparison).max(MAXIMUM_ITEMS),
  lostLevels: z.array(lostLevel).max(MAXIMUM_LEVELS),
  errorRate: errorRate.nullable(),
  limits: z.array(limit).max(MAXIMUM_ITEMS),
  whatElseChanged: z.array(contextChange).max(MAXIMUM_ITEMS),
  baseline,
  notComparable: z.object({ runs: count, differences: z.array(difference).max(MAXIMUM_ITEMS) }).nullable(),
  outlook: z.array(outlook).max(MAXIMUM_ITEMS),
  confirmation: confirmation.nullable(),
  falseAlarmRate: share.nullable(),
  // Verdicts of the first versions have none.
  drift: slowDrift.nullable().default(null),
  control: control.nullable().default(null),
  earlier: z.array(attempt).max(MAXIMUM_ITEMS).exactOptional(),
  sides: sides.exactOptional(),
})
