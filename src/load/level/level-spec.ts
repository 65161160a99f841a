import type { OpenLoad } from '../../plan/arrivals.ts'
import type { Shard } from '../../settings/lists/shard-settings.ts'
import type { Budget } from '../budget.ts'
import type { Board } from './board.ts'

/** What to do for one level in one pass. */
export interface LevelSpec {
  readonly concurrency: number
  /** From 1; 0 outside the passes of a sweep: soak, sentinel, cross-check. */
  readonly pass: number
  readonly durationMs: number
  /** Fewest counted requests, besides one per worker; set by a gated percentile. */
  readonly minRequests: number
  /** Number of counted requests that ends the level; null for none. */
  readonly maxRequests: number | null
  /** Warm-up requests per worker. */
  readonly warmupRequests: number
  /**
   * The shard of this process, which has only some of the workers and does not decide alone about a window; absent or
   * null without shards.
   */
  readonly shard?: Shard | null
  /** Requests at their own moments, whatever became of those before; absent or null: a closed loop. */
  readonly open?: OpenLoad | null
  /** About how many requests it will take; so many are made before it begins. Absent: none. */
  readonly expectedRequests?: number
  /** Of a trace: what sets the texts of this pass apart from those of all others, so that no cache holds them already. */
  readonly nonce?: string
}

/** A level as seen by those who carry its load. */
export interface SharedLevel {
  readonly spec: LevelSpec
  readonly board: Board
  readonly budget: Budget
  /** The start of the sweep on the clock, to which times of records are relative. */
  readonly sweepStartAt: number
  /** The URL that is measured, for messages. */
  readonly target: string
}
