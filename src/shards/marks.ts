import { z } from 'zod'
import { asObject, parseJson } from '../json.ts'
import type { QueueChange } from '../load/level/overload.ts'
import type { LevelEnd } from '../load/level.ts'
import type { LoneRequest } from '../plan/cost.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import {
  decodeStrict,
  concurrency,
  count,
  figure,
  MAXIMUM_LEVELS,
  MAXIMUM_PASSES,
  name,
} from '../report/strict-json.ts'
import { shardClock, shardTerms, stopped } from './part.ts'
import type { ShardClock } from './part.ts'

/** What a shard tells the others before it measures. */
export interface Introduction {
  readonly terms: Readonly<Record<string, string>>
  /** What preflight measured; all shards plan with that of the first. */
  readonly lone: LoneRequest
}

/** What a shard has found out about its clock, and how long its slowest look at the others took. */
interface ClockFinding {
  readonly clock: ShardClock
  readonly slowestMs: number
}

/** How a shard stands in a level. */
export interface Standing {
  /** Why this shard has given the level up; null when it has not. */
  readonly stopped: LevelRun['stopped']
  /** Of an open loop whose window has ended: what was outstanding at both ends, and what came in between. */
  readonly queue?: QueueChange
}

/** What the first shard wants to be measured again. */
export interface SecondLookOrder {
  readonly levels: readonly number[]
  readonly passes: number
}

/** Milliseconds since 1970, on any clock. */
const moment = z.number().min(0).max(1e14)

const introduction: z.ZodType<Introduction> = z.object({
  terms: shardTerms,
  lone: z.object({ latencyMs: figure, inputTokens: figure, outputTokens: figure }),
})
const clockFinding: z.ZodType<ClockFinding> = z.object({ clock: shardClock, slowestMs: figure })
const queueEnds = z.object({ before: count, after: count, arrivals: count, expected: figure.exactOptional() })
const standing: z.ZodType<Standing> = z.object({
  stopped,
  queue: z.object({ ...queueEnds.shape, longer: queueEnds.exactOptional() }).exactOptional(),
})
const levelEnd: z.ZodType<LevelEnd> = z.object({ held: z.boolean(), isLast: z.boolean() })

const secondLook: z.ZodType<SecondLookOrder> = z.object({
  levels: z.array(concurrency).min(1).max(MAXIMUM_LEVELS),
  passes: z.int().min(1).max(MAXIMUM_PASSES),
})

/** What marks say, by their round. They come from other machines, so each is read strictly. */
export const MARKS = {
  introduction,
  /** When the marks of all were seen; null in the first round. */
  seenAt: z.array(moment).max(256).nullable() satisfies z.ZodType<readonly number[] | null>,
  clockFinding,
  /** That this shard is there, or done. */
  nothing: z.null(),
  standing,
  levelEnd,
  secondLook: secondLook.nullable(),
} as const

/** Why a text is no mark of a round. The message says what is wrong with it. */
export class MarkError extends Error {
  override readonly name = 'MarkError'
}

/** A mark as it was left: what a shard says and when, or why it left the run. */
type LeftMark<T> = { readonly at: number; readonly value: T } | { readonly gone: string }

/** A mark is some kilobytes. */
export const LONGEST_MARK = 1_048_576

const leaving = z.object({ at: moment, gone: name })

/**
 * Reads a mark strictly; null when it is not whole yet.
 *
 * @throws MarkError when it is whole and no mark of this round.
 */
export function readMark<T>(text: string, value: z.ZodType<T>): LeftMark<T> | null {
  const given = text.length <= LONGEST_MARK ? parseJson(text) : {}
  if (given === undefined) return null
  const schema: z.ZodType<LeftMark<T>> =
    asObject(given)?.['gone'] === undefined ? z.object({ at: moment, value }) : leaving
  return decodeStrict(text, { what: 'mark', schema, maximumLength: LONGEST_MARK, error: MarkError })
}
