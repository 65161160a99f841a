import { SettingsError } from '../errors.ts'
import { buildRow } from '../report/history-row.ts'
import type { Baseline } from '../report/history.ts'
import type { Looks } from '../report/looks.ts'
import type { ReportLimit, RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { findGateContradictions } from '../settings/checks/gate-contradictions.ts'
import { DECISION_SETTINGS } from '../settings/lists/run-settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { ValuesOf, SettingList } from '../settings/setting.ts'
import { resolveFlags, readFlags } from '../settings/reading/flags.ts'
import { decideVerdict } from '../verdict/decide.ts'
import { takeFirstLook } from '../verdict/look.ts'
import { addSides } from '../verdict/sides.ts'
import type { DecideInput } from '../verdict/look.ts'
import { checkLimits } from '../verdict/limits.ts'

/**
 * Reads the settings of a list, and checks them against each other as those of a run are checked.
 *
 * @throws SettingsError
 */
export function resolveDecision<L extends SettingList>(
  list: L,
  flags: readonly string[],
  env: NodeJS.ProcessEnv,
): ValuesOf<L> {
  const values = resolveFlags(list, flags, env)
  // There always is a baseline.
  const baseline = { kind: 'file', path: '' } as const
  const problems = [...findGateContradictions({ values, given: readFlags(list, flags).given, baseline })]
  if (problems.length > 0) throw new SettingsError(problems)
  return values
}

/** The settings that decide about a stored report. */
type JudgeSettings = ValuesOf<typeof DECISION_SETTINGS>

/** What is known about the run that left a report. */
interface JudgeSurroundings {
  /** Its runs and its second look; null when only the report is left. */
  readonly looks?: Looks | null
  /** The settings as given. */
  readonly decidedBy?: readonly DecidingSetting[]
}

/** Decides about a stored report as its run would. */
export function judgeReport(
  report: RunReport,
  baseline: Baseline | null,
  settings: JudgeSettings,
  { looks = null, decidedBy = [] }: JudgeSurroundings = {},
): Verdict {
  const input: DecideInput = {
    candidates: [buildRow(report)],
    secondLook: 'none',
    ...looks,
    baseline,
    policy: { ...settings, onSkip: 'pass' },
    limits: mergeLimits(report, settings.limits, looks?.limits ?? null),
    trouble: findReportTrouble(report),
    accepted: settings.accept ?? [],
    decidedBy,
  }
  const first = takeFirstLook(input)
  return addSides(decideVerdict(input, first), input, first)
}

/**
 * The requested limits. Where the run checked the same limit, its result counts, because it covers all that it
 * measured.
 */
function mergeLimits(report: RunReport, asked: JudgeSettings['limits'], found: readonly ReportLimit[] | null) {
  if (asked === null) return found ?? report.limits ?? []
  return checkLimits(asked, report).map(
    (one) => found?.find((other) => other.limit === one.limit && other.concurrency === one.concurrency) ?? one,
  )
}

function findReportTrouble({ validity }: RunReport): 'cancelled' | 'run-invalid' | null {
  if (validity.findings.some(({ code }) => code === 'cancelled')) return 'cancelled'
  return validity.ok ? null : 'run-invalid'
}

/** Judges a stored report without a baseline: whether it is valid and keeps its limits. */
export function judgeAlone(report: RunReport): Verdict {
  return judgeReport(report, null, resolveFlags(DECISION_SETTINGS, []))
}
