import type { Setting, SettingList, PartialValues, GivenValues } from '../setting.ts'
import { CONTROL_SETTINGS, SESSION_SETTINGS } from './control-settings.ts'
import { ENDPOINT_SETTINGS } from './endpoint-settings.ts'
import { GATE_SETTINGS } from './gate-settings.ts'
import { HISTORY_SETTINGS } from './history-settings.ts'
import { LOAD_SETTINGS } from './load-settings.ts'
import { REPORT_SETTINGS } from './report-settings.ts'
import { SHARD_SETTINGS } from './shard-settings.ts'
import { WORKLOAD_SETTINGS } from './workload-settings.ts'
import { splitList } from '../values/simple.ts'

/** Every setting of a run. The keys are the names in code; flags and files use `name`. */
export const RUN_SETTINGS = {
  ...ENDPOINT_SETTINGS,
  ...CONTROL_SETTINGS,
  ...SESSION_SETTINGS,
  ...WORKLOAD_SETTINGS,
  ...LOAD_SETTINGS,
  ...SHARD_SETTINGS,
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

/** The settings that the verdict depends on: commands that judge a stored run have them, too. */
export const DECISION_SETTINGS = {
  gate: RUN_SETTINGS.gate,
  limits: RUN_SETTINGS.limits,
  tolerance: RUN_SETTINGS.tolerance,
  metrics: RUN_SETTINGS.metrics,
  falseAlarmRate: RUN_SETTINGS.falseAlarmRate,
  expectedSpread: RUN_SETTINGS.expectedSpread,
  decision: RUN_SETTINGS.decision,
  accept: RUN_SETTINGS.accept,
  onNotComparable: RUN_SETTINGS.onNotComparable,
  onUnmeasured: RUN_SETTINGS.onUnmeasured,
}

/** One of them, as text on one line that its setting can read. */
export interface DecidingSetting {
  readonly setting: string
  readonly value: string
}

/** Those that were given and differ from their default. `accept` is left out: the comparisons name what was accepted. */
export function listDeciding(given: GivenValues): readonly DecidingSetting[] {
  const { accept: _accept, ...settings } = DECISION_SETTINGS
  return Object.values(settings).flatMap((setting) => {
    const text = given.get(setting.name)?.text ?? ''
    const isList = 'file' in setting && setting.file === 'list'
    const value = isList ? splitList(text).join(', ') : text.trim()
    return value === '' || value === setting.default ? [] : [{ setting: setting.name, value }]
  })
}
