import type { GivenValues } from './reading/given.ts'
import { RUN_SETTINGS } from './lists/run-settings.ts'
import { splitList } from './values/simple.ts'

/** The settings of a run that decide about what was measured: commands that decide about what is stored have them, too. */
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

/** One of them, as text that its setting reads, on one line. */
export interface DecidingSetting {
  readonly setting: string
  readonly value: string
}

/** Those that were given and are not as they are by default. What was accepted stands in the comparisons, by label or by line. */
export function listDeciding(given: GivenValues): readonly DecidingSetting[] {
  const { accept: _accept, ...settings } = DECISION_SETTINGS
  return Object.values(settings).flatMap((setting) => {
    const text = given.get(setting.name)?.text ?? ''
    const isList = 'file' in setting && setting.file === 'list'
    const value = isList ? splitList(text).join(', ') : text.trim()
    return value === '' || value === setting.default ? [] : [{ setting: setting.name, value }]
  })
}
