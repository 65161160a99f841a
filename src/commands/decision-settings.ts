import { SettingsError } from '../errors.ts'
import type { SettingList, ValuesOf } from '../settings/define.ts'
import { readFlags, resolveFlags } from '../settings/reading/flags.ts'
import { findGateContradictions } from '../settings/checks/gate-contradictions.ts'
import type { Environment } from '../settings/reading/environment.ts'
import { RUN_SETTINGS } from '../settings.ts'

/** The settings of a run that decide, for commands that decide about what is stored. */
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

/**
 * Reads a list that has some of these settings, and checks them against each other as those of a run are.
 *
 * @throws SettingsError
 */
export function resolveDecision<L extends SettingList>(
  list: L,
  flags: readonly string[],
  env: Environment,
): ValuesOf<L> {
  const values = resolveFlags(list, flags, env)
  const problems = [
    ...findGateContradictions({
      values,
      given: readFlags(list, flags).given,
      prompts: null,
      entry: 'command',
      // There always is something to compare with.
      baseline: { kind: 'file', path: '' },
      today: null,
      variables: {},
    }),
  ]
  if (problems.length > 0) throw new SettingsError(problems)
  return values
}
