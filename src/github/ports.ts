import type { GateResult } from '../gate.ts'
import type { Settings } from '../settings.ts'
import type { MeasureHooks } from '../shell/measure.ts'
import type { DeliveryPorts } from './deliver.ts'
import type { AssignmentPorts } from './job/assignment.ts'
import type { Uploader } from './artifacts/upload.ts'

/** Everything that the action needs from outside. */
export interface ActionPorts extends AssignmentPorts, DeliveryPorts {
  /**
   * Measures and compares.
   *
   * @throws EndpointError, BaselineError as `runGate`.
   */
  readonly measure: (settings: Settings, hooks: MeasureHooks) => Promise<GateResult>
  readonly upload: Uploader
}
