import type { Sessions } from '../report/looks.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { PlannedRun } from '../run/plan-run.ts'
import type { Settings } from '../settings.ts'

/** What was measured. */
export interface Measured {
  /** The run, those of `runs: n`, or one a session. */
  readonly runs: readonly MeasuredRun[]
  readonly sessions?: Sessions
  /** The last one's plan; null where another tool measured. */
  readonly planned: PlannedRun | null
}

/** Whether both sides are deployed anew and measured, in sessions, until they decide. */
export function isInSessions({ controlCommand, redeployCommand }: Settings): boolean {
  return controlCommand !== null || redeployCommand !== null
}
