import type { Setting, SettingList } from '../define.ts'
import { ENDPOINT_SETTINGS } from './endpoint-settings.ts'
import { GATE_SETTINGS } from './gate-settings.ts'
import { HISTORY_SETTINGS } from './history-settings.ts'
import { LOAD_SETTINGS } from './load-settings.ts'
import type { PartialValues } from '../reading/given.ts'
import { REPORT_SETTINGS } from './report-settings.ts'
import { WORKLOAD_SETTINGS } from './workload-settings.ts'

/** Every setting of a run. The keys are the names in code; flags and files use `name`. */
export const RUN_SETTINGS = {
  ...ENDPOINT_SETTINGS,
  ...WORKLOAD_SETTINGS,
  ...LOAD_SETTINGS,
  ...GATE_SETTINGS,
  ...HISTORY_SETTINGS,
  ...REPORT_SETTINGS,
}

/** Those of the command. */
export const COMMAND_SETTINGS: SettingList = leaveOut('actionOnly')

/** Those of the action: its inputs. */
export const ACTION_SETTINGS: SettingList = leaveOut('commandOnly')

function leaveOut(mark: 'actionOnly' | 'commandOnly'): SettingList {
  return Object.fromEntries(
    Object.entries<Setting<unknown>>(RUN_SETTINGS).filter(([, setting]) => setting[mark] !== true),
  )
}

/** The values of a run that could be read. */
export type RunValues = PartialValues<typeof RUN_SETTINGS>
