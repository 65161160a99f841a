import { z } from 'zod'
import { CLUES } from '../vocabulary/clues.ts'
import type { Clues } from '../vocabulary/clues.ts'
import { RATE_FIELDS } from '../vocabulary/metrics.ts'

// What the schemas of stored files are made of. Everything is bounded: a file may come from anyone.

export const MAXIMUM_LEVELS = 64
export const MAXIMUM_PASSES = 1000
/** Characters of any one text. */
export const MAXIMUM_TEXT = 20_000

/** A measured quantity: finite and never negative. */
export const figure = z.number().min(0).max(1e15)
export const count = z.int().min(0).max(1e12)
/** What a level is known by: workers, or requests a second, of which there may be less than one. */
export const concurrency = z.number().min(0.001).max(1_000_000)
/** A text that may come from outside. */
export const name = z.string().max(MAXIMUM_TEXT)
/** Texts in which no secrets are hidden: those that only this program writes, and those that identify a series. */
export const OUR_WORDS = z.registry<Record<string, never>>()
/** A code, the name of an API or of a series, the text of a limit. */
export const word = z.string().max(MAXIMUM_TEXT).register(OUR_WORDS, {})

/** The same schema for each of these fields. */
export function schemasOf<Field extends string, Schema extends z.ZodType>(
  fields: readonly Field[],
  schema: Schema,
): Readonly<Record<Field, Schema>> {
  return Object.fromEntries(fields.map((field) => [field, schema])) as Record<Field, Schema>
}

export const clues = z.object(
  Object.fromEntries(CLUES.map((clue) => [clue, figure.exactOptional()])),
) as unknown as z.ZodType<Clues>

/** Each concurrency once, the lowest first. */
export function refineRising<Level extends { readonly concurrency: number }>(
  levels: z.ZodType<Level[]>,
): z.ZodType<readonly Level[]> {
  return levels.refine(
    (all) => all.every(({ concurrency }, i) => i === 0 || concurrency > all[i - 1]!.concurrency),
    'must be by rising concurrency',
  )
}

export const levelState = z.enum(['ok', 'buffered', 'limited', 'lost', 'overloaded', 'client-saturated', 'invalid'])
export const plateauState = z.enum(['reached', 'not-reached', 'collapsing', 'limited'])
export const throughputMetric = z.enum(RATE_FIELDS)
