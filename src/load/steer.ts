import type { Shard } from '../settings/values/shard.ts'
import type { Board } from './board.ts'
import type { LevelFrame } from './level-tally.ts'
import type { LevelSpec, ShareFacts } from './share.ts'

/** What a shard says of a level that has ended. */
export interface LevelEnd {
  /** Whether higher levels are tried as well. */
  readonly held: boolean
  /** Whether there is no budget for another one. */
  readonly isLast: boolean
}

/** A level while this shard carries its share of it. */
export interface SteeredLevel {
  readonly spec: LevelSpec
  readonly board: Board
  /** The load has ended here. */
  readonly stopping: AbortSignal
  /** The window has opened. */
  onOpened(): void
  /** The last counted request of all shards has ended. */
  onOver(): void
  /** The load must end: the board says why. */
  onStopped(): void
}

/**
 * Between the shards of a run, which measure the same levels at the same moments, each with its own workers. Every method waits for the others
 * and rejects, with an EndpointError, when one of them is gone.
 */
export interface Steer {
  readonly shard: Shard
  /** The start of the sweep on the clock of this process: the same moment in all. */
  readonly startAt: number
  /** Until all are ready for a level and its load may begin. */
  begin(): Promise<void>
  /** Opens and ends the window of a level with the others, until its load may end. */
  steerLevel(level: SteeredLevel): Promise<void>
  /** What all say of a level that has ended here. */
  agreeOnEnd(end: LevelEnd): Promise<LevelEnd>
  /** Takes what this process carried of a level, which is all that counts of it here. */
  keep(frame: LevelFrame, shares: readonly ShareFacts[]): void
}
