import type { Baseline } from '../report/history.ts'
import { rowOf } from '../report/history-row.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import type { ValuesOf } from '../settings/define.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import { decide } from '../verdict/decide.ts'
import { checkLimits } from '../verdict/limits.ts'
import { DECISION_SETTINGS } from './decision-settings.ts'

/** What decides about a stored report. */
export type JudgeSettings = ValuesOf<typeof DECISION_SETTINGS>

/** Decides about a stored report as a run would, but for a second look: nothing can be measured again. */
export function judge(report: RunReport, baseline: Baseline | null, settings: JudgeSettings): Verdict {
  const limits =
    settings.limits === null
      ? (report.limits ?? [])
      : checkLimits(settings.limits, report).map(({ limit, ...result }) => ({ limit: limit.text, ...result }))
  return decide({
    candidates: [rowOf(report)],
    baseline,
    policy: { ...settings, onSkip: 'pass' },
    limits,
    confirm: null,
    confirmPasses: 0,
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
