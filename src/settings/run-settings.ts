import { ENDPOINT_SETTINGS } from './endpoint-settings.ts'
import { GATE_SETTINGS } from './gate-settings.ts'
import { LOAD_SETTINGS } from './load-settings.ts'
import type { PartialValues } from './resolve.ts'
import { REPORT_SETTINGS } from './report-settings.ts'
import { WORKLOAD_SETTINGS } from './workload-settings.ts'

/** Every setting of a run. The keys are the names in code; flags and files use `name`. */
export const RUN_SETTINGS = {
  ...ENDPOINT_SETTINGS,
  ...WORKLOAD_SETTINGS,
  ...LOAD_SETTINGS,
  ...GATE_SETTINGS,
  ...REPORT_SETTINGS,
}

/** The values of a run that could be read. */
export type RunValues = PartialValues<typeof RUN_SETTINGS>
