import type { Shard } from '../../settings/lists/shard-settings.ts'
import type { Board } from './board.ts'
import type { LevelFrame } from './level-tally.ts'
import type { LevelSpec } from './level-spec.ts'
import type { ShareFacts } from './share.ts'

/** What a shard reports of a level that has ended. */
export interface LevelEnd {
  /** Whether higher levels are still tried. */
  readonly held: boolean
  /** Whether there is no budget for another one. */
  readonly isLast: boolean
}

/** A level while this shard carries its share of it. */
export interface SteeredLevel {
  readonly spec: LevelSpec
  readonly board: Board
  /** Aborts when the load has ended here. */
  readonly stopping: AbortSignal
  /** The window has opened. */
  onOpened(): void
  /** The last counted request of all shards has ended. */
  onOver(): void
  /** The load must end: the board says why. */
  onStopped(): void
}

/**
 * Agrees with the run's other shards, so that all measure the same levels at the same moments. Every method waits for
 * the others, and rejects with an EndpointError when one of them is gone.
 */
export interface Steer {
  readonly shard: Shard
  /** The same in all shards of this run, and in no other run. */
  readonly runId: string
  /** The start of the sweep on the clock of this process: the same moment in all. */
  readonly startAt: number
  /** Waits until all are ready for a level; returns when its load begins, on the clock of this process, which is a little later. */
  begin(): Promise<number>
  /** Opens and ends the window of a level with the others, until its load may end. */
  steerLevel(level: SteeredLevel): Promise<void>
  /** Combines what all shards report of a level. */
  agreeOnEnd(end: LevelEnd): Promise<LevelEnd>
  /** Keeps what this process carried of a level for its part. */
  keep(frame: LevelFrame, shares: readonly ShareFacts[]): void
}
