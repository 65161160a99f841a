import { lookUpFinding } from '../metrics/findings.ts'
import { rowOf } from '../report/history-row.ts'
import type { Baseline, HistoryRow } from '../report/history.ts'
import type { Looks } from '../report/looks.ts'
import { toReportLimits, pickWorstLimits } from '../verdict/limits.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { Settings } from '../settings.ts'
import type { ScreenInput } from '../verdict/policy.ts'
import { removeCandidate } from '../report/attempts.ts'
import { troubleOf } from './measure-runs.ts'
import type { Measured, GatePorts } from './ports.ts'

/** Everything that the verdict on these runs depends on, except a second look. */
export function decideInputOf(
  settings: Settings,
  baseline: Baseline | null,
  { runs, sessions }: Pick<Measured, 'runs' | 'sessions'>,
  { earlier = [] }: Pick<GatePorts, 'earlier'>,
): ScreenInput {
  const candidates = runs.map(({ report }) => rowOf(report))
  return {
    candidates,
    ...pickControls(settings, runs),
    ...(sessions !== undefined && { sessions }),
    // What another tool measured may have been recorded before.
    baseline: baseline === null ? null : removeCandidate(baseline, candidates[0]!),
    policy: settings,
    limits: toReportLimits(pickWorstLimits(runs.map(({ limits }) => limits))),
    trouble: troubleOf(settings, runs.at(-1)!),
    accepted: settings.accept,
    decidedBy: settings.decidedBy,
    ...(earlier.length > 0 && { earlier }),
  }
}

/** The controls of these runs, and why any are missing. Empty where none is wanted. */
function pickControls(
  { control, controlCommand }: Settings,
  runs: readonly MeasuredRun[],
): Pick<Looks, 'controls' | 'controlTroubles'> {
  if (control === null && controlCommand === null) return {}
  const troubles = [...new Set(runs.flatMap((run) => describeControlTrouble(run) ?? []))]
  return {
    controls: runs.map(rowOfControl),
    ...(troubles.length > 0 && { controlTroubles: troubles }),
  }
}

/** The control's row; null for one that died, or whose run is not valid. */
export function rowOfControl(run: MeasuredRun): HistoryRow | null {
  return run.control === null || describeControlTrouble(run) !== null ? null : rowOf(run.control.report)
}

/** Why a control cannot be used, as half a sentence; null where it can, or where nothing was measured. */
function describeControlTrouble({ control, controlTrouble }: MeasuredRun): string | null {
  if (controlTrouble !== null) return controlTrouble
  if (control === null || control.report.validity.ok) return null
  const why = control.report.validity.findings.find(({ code }) => lookUpFinding(code)?.invalidates)
  return `its run cannot be used${why === undefined ? '' : `: ${why.message.replace(/\.$/, '')}`}`
}
