import type { HealthProbe } from '../load/runtime.ts'
import type { Clock } from '../load/ports.ts'
import type { Crew } from '../load/threads/crew.ts'
import type { KnownEndpoints } from '../load/preflight/preflight.ts'
import type { OpenFiles } from '../load/preflight/open-files.ts'
import type { SideName } from '../load/side.ts'
import type { Steer } from '../load/level.ts'
import type { OpenTransport } from '../load/transport/target.ts'
import type { Finding } from '../metrics/findings.ts'
import type { LevelPass, MeasuredLevel } from '../metrics/level/level-metrics.ts'
import type { Ladder } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import type { ThreadPlan } from '../plan/threads.ts'
import type { RunContext } from '../report/run-report.ts'
import type { StartTruth } from '../simulator/start-truth.ts'

/** Everything that measuring needs from outside. */
export interface MeasurePorts {
  readonly clock: Clock
  /** The wall clock, for the date in the report. */
  readonly wallClock: () => Date
  readonly signal: AbortSignal
  readonly health: () => HealthProbe
  readonly openTransport: OpenTransport
  readonly collectGarbage: () => void
  /** Opens the threads that carry load; null: this thread carries all of it. */
  readonly openCrew: (() => Crew) | null
  /** 16 hex digits of the system's randomness. */
  readonly nonce: () => string
  readonly runner: RunContext['runner']
  readonly nodeVersion: string
  /** How many files this process may open and has open; null where the system does not say. */
  readonly openFiles: () => OpenFiles | null
  /** Starts the server for the self-proof; null where there is nothing to prove, as in virtual time. */
  readonly startTruth: StartTruth | null
  readonly log: (line: string) => void
  /**
   * Whether to wait for a server on this machine that refuses connections. In a job it may be starting in another
   * step; for somebody at a terminal it is simply not running. Default: true.
   */
  readonly awaitsLocalServer?: boolean
  /** Endpoints that earlier measurements of this process have met; absent: none. */
  readonly knownEndpoints?: KnownEndpoints
  /** Agrees with the other shards of the run; absent or null: this process measures everything. */
  readonly steer?: Steer | null
  /** Hides this text in all further output. */
  readonly hide: (secret: string) => void
  /** Called before any load with the plan and the findings about it. */
  readonly onPlan: (plan: Plan, findings: readonly Finding[], threads: ThreadPlan | null) => void
  readonly onLevelStart: (level: { concurrency: number; pass: number; side: SideName; ladder: Ladder }) => void
  /** `held`: whether higher levels are still tried. */
  readonly onLevelEnd: (level: {
    concurrency: number
    figures: LevelPass
    measured: MeasuredLevel
    held: boolean
    side: SideName
  }) => void
}
