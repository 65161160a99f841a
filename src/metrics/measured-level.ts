import type { Task } from '../vocabulary/tasks.ts'
import type { Finding } from './findings.ts'
import type { LevelMetrics } from './level-metrics.ts'

/** What the numbers depend on besides the records. */
export interface LevelOptions {
  readonly task: Task
  /** The smallest change that matters, as a share; the client's own timing error must stay below half of it. Default .05. */
  readonly tolerance?: number
  /** `allow`: cached input tokens are wanted. Default `avoid`. */
  readonly prefixCache?: 'avoid' | 'allow'
  /** Sequences that one request holds at most. Default 1. */
  readonly sequences?: number
}

/** One level with what was found about it. Nothing in it refers to the records, which can be forgotten. */
export interface MeasuredLevel extends LevelMetrics {
  readonly findings: readonly Finding[]
  /** Models and builds the server named, in order of appearance. */
  readonly servedModels: readonly string[]
}

/** What `judgeLevel` says about a level. */
export interface LevelJudgement extends Pick<LevelMetrics, 'valid' | 'invalidReasons' | 'state'> {
  readonly findings: readonly Finding[]
}

/** A level with its figures, before it is judged. */
export type UnjudgedLevel = Omit<MeasuredLevel, 'concurrency' | keyof LevelJudgement>
