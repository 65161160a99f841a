import type { Crew } from '../load/threads/crew.ts'
import type { PreflightPorts } from '../load/preflight/preflight.ts'
import type { OpenFiles } from '../load/runtime.ts'
import type { SharedPorts, SideName } from '../load/side.ts'
import type { Finding } from '../metrics/findings.ts'
import type { LevelPass, MeasuredLevel } from '../metrics/level/level-metrics.ts'
import type { Ladder } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import type { ThreadPlan } from '../plan/shares.ts'
import type { RunContext } from '../report/run-report.ts'
import type { StartTruth } from '../simulator/start-truth.ts'

/** Everything that measuring needs from outside. */
export interface MeasurePorts extends PreflightPorts, Pick<SharedPorts, 'health' | 'collectGarbage' | 'steer'> {
  /** Opens the threads that carry load; null: this thread carries all of it. */
  readonly openCrew: (() => Crew) | null
  readonly runner: RunContext['runner']
  readonly nodeVersion: string
  /** How many files this process may open and has open; null where the system does not say. */
  readonly openFiles: () => OpenFiles | null
  /** Starts the server for the self-proof; null where there is nothing to prove, as in virtual time. */
  readonly startTruth: StartTruth | null
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
