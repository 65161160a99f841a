import { SettingsError } from '../errors.ts'
import { rowOf } from '../report/history-row.ts'
import type { Baseline } from '../report/history.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { RUN_SETTINGS } from '../settings.ts'
import { findGateContradictions } from '../settings/checks/gate-contradictions.ts'
import type { ValuesOf, SettingList } from '../settings/define.ts'
import type { Environment } from '../settings/reading/environment.ts'
import { resolveFlags, readFlags } from '../settings/reading/flags.ts'
import { decide } from '../verdict/decide.ts'
import { checkLimits, toReportLimits } from '../verdict/limits.ts'

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
      // There is always something to compare with.
      baseline: { kind: 'file', path: '' },
      today: null,
      variables: {},
    }),
  ]
  if (problems.length > 0) throw new SettingsError(problems)
  return values
}

/** What decides about a stored report. */
export type JudgeSettings = ValuesOf<typeof DECISION_SETTINGS>

/** Decides about a stored report as a run would, but for a second look: nothing can be measured again. */
export function judge(report: RunReport, baseline: Baseline | null, settings: JudgeSettings): Verdict {
  const limits = settings.limits === null ? (report.limits ?? []) : toReportLimits(checkLimits(settings.limits, report))
  return decide({
    candidates: [rowOf(report)],
    baseline,
    policy: { ...settings, onSkip: 'pass' },
    limits,
    secondLook: 'none',
    trouble: troubleOf(report),
    accepted: settings.accept ?? [],
  })
}

function troubleOf({ validity }: RunReport): 'cancelled' | 'run-invalid' | null {
  if (validity.findings.some(({ code }) => code === 'cancelled')) return 'cancelled'
  return validity.ok ? null : 'run-invalid'
}

/** What a stored report says without anything to compare it with: whether it is valid and keeps its limits. */
export function judgeAlone(report: RunReport): Verdict {
  return judge(report, null, resolveFlags(DECISION_SETTINGS, []))
}
