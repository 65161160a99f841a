import type { EndpointError } from '../errors.ts'
import { lookUpFinding } from '../metrics/findings.ts'
import { planSecondLook } from '../plan/run-plan.ts'
import { joinShortList, nameOf } from '../render/metric-words.ts'
import type { ReportFinding, RunReport } from '../report/run-report.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { Settings } from '../settings.ts'
import { screenRun } from '../verdict/second-look.ts'
import type { ScreenInput } from '../verdict/policy.ts'
import { recallLevels } from '../verdict/history/ladder.ts'
import { escapeForTerminal } from '../text.ts'
import { chooseLoad, nameLevel, spellLevels } from '../vocabulary/load.ts'
import { measureWithoutSecrets } from './measure-runs.ts'
import type { GatePorts } from './ports.ts'

/** The fresh passes of a second look, or why there are none, and what readers of the run's report must know of it. */
interface MeasuredAgain {
  readonly again: MeasuredRun | 'none' | 'unusable'
  readonly findings: readonly ReportFinding[]
}

/** None was made. */
export const NONE: MeasuredAgain = { again: 'none', findings: [] }

/**
 * Fresh passes, after a pause, over what looks worse. `none` when nothing does or the endpoint fails; `unusable` when
 * they were interrupted or the endpoint changed meanwhile.
 *
 * @param known the findings of the run itself.
 */
export async function measureSecondLook(
  settings: Settings,
  input: ScreenInput,
  { planned: first, known }: { readonly planned: PlannedRun; readonly known: readonly ReportFinding[] },
  ports: GatePorts,
): Promise<MeasuredAgain> {
  if (settings.confirm === 0 || input.trouble !== null) return NONE
  const { metrics, levels } = screenRun(input)
  if (levels.length === 0) return NONE
  if (ports.signal.aborted) return INTERRUPTED
  ports.onPhase('second look')
  const load = chooseLoad(settings)
  const what =
    metrics.length > 0
      ? `${joinShortList(metrics.map(nameOf), 4)} ${metrics.length === 1 ? 'looks' : 'look'} worse`
      : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel(load, level))))} failed or could not be used`
  ports.log(`${what}; measuring again after a pause`)
  await ports.clock.sleep(settings.pauseMs, ports.signal)
  if (ports.signal.aborted) return INTERRUPTED
  const plan = planSecondLook(settings, first.found, recallLevels(input.candidates, levels))
  const planned = { ...first, startedAt: ports.wallClock(), startAt: ports.clock.now(), plan, findings: [] }
  const again = await measureWithoutSecrets({ ...settings, crossCheck: 'none' }, planned, ports)
  if (ports.signal.aborted) return INTERRUPTED
  const findings = pickNew(again.report.validity.findings, known)
  if (again.error !== null) return { again: 'none', findings: [...findings, describeEnd(again.error)] }
  // A level that fails again makes this run invalid, but is exactly what the look was to find out.
  return { again: isChanged(again.report) ? 'unusable' : again, findings }
}

const INTERRUPTED: MeasuredAgain = {
  again: 'unusable',
  findings: [
    {
      code: 'ended-early',
      message: 'Interrupted before the second look was complete: what looks worse was not confirmed.',
    },
  ],
}

/** What the second look shows that the run itself did not; what makes a level unusable is said of both. */
function pickNew(again: readonly ReportFinding[], known: readonly ReportFinding[]): ReportFinding[] {
  return again
    .filter(
      ({ code, level }) =>
        lookUpFinding(code)?.invalidates === true || !known.some((one) => one.code === code && one.level === level),
    )
    .map((finding) => ({ ...finding, code: 'second-look' }))
}

function describeEnd({ what, remedy }: EndpointError): ReportFinding {
  return { code: 'second-look', message: `The endpoint ended it: ${escapeForTerminal(what, 300)}.`, remedy }
}

/** Whether the endpoint changed between start and end. */
function isChanged({ validity }: RunReport): boolean {
  return validity.findings.some(
    ({ code, level }) => level === undefined && (code === 'config-updated' || code === 'served-model-changed'),
  )
}
