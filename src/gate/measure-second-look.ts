import { planSecondLook } from '../plan/run-plan.ts'
import { joinShortList, nameOf } from '../render/metric-words.ts'
import { rowOf } from '../report/history-row.ts'
import type { SecondLook } from '../report/looks.ts'
import type { RunReport } from '../report/run-report.ts'
import type { PlannedRun } from '../run/plan-run.ts'
import type { Settings } from '../settings.ts'
import { screen } from '../verdict/decide.ts'
import type { ScreenInput } from '../verdict/decide.ts'
import { recallLevels } from '../verdict/history/past.ts'
import { chooseLoad, nameLevel, spellLevels } from '../vocabulary/load.ts'
import { measureWithoutSecrets } from './measure-runs.ts'
import type { GatePorts } from './ports.ts'
import { rowOfControl } from './trial.ts'

/**
 * Fresh passes, after a pause, over what looks worse. `none` when nothing does or the endpoint fails; `unusable` when
 * they were interrupted or the endpoint changed meanwhile.
 */
export async function measureSecondLook(
  settings: Settings,
  input: ScreenInput,
  first: PlannedRun,
  ports: GatePorts,
): Promise<SecondLook> {
  if (settings.confirm === 0 || input.trouble !== null) return 'none'
  const { metrics, levels } = screen(input)
  if (levels.length === 0) return 'none'
  ports.onPhase('second look')
  const load = chooseLoad(settings)
  const what =
    metrics.length > 0
      ? `${joinShortList(metrics.map(nameOf), 4)} ${metrics.length === 1 ? 'looks' : 'look'} worse`
      : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel(load, level))))} failed or could not be used`
  ports.log(`${what}; measuring again after a pause`)
  await ports.clock.sleep(settings.pauseMs, ports.signal)
  if (ports.signal.aborted) return 'unusable'
  const plan = planSecondLook(settings, first.found, recallLevels(input.candidates, levels))
  const planned = { ...first, startedAt: ports.wallClock(), startAt: ports.clock.now(), plan, findings: [] }
  const again = await measureWithoutSecrets({ ...settings, crossCheck: 'none' }, planned, ports)
  if (ports.signal.aborted) return 'unusable'
  if (again.error !== null) return 'none'
  // A level that fails again makes this run invalid, but is exactly what the look was to find out.
  return isChanged(again.report) ? 'unusable' : { row: rowOf(again.report), control: rowOfControl(again) }
}

/** Whether the endpoint changed between start and end. */
function isChanged({ validity }: RunReport): boolean {
  return validity.findings.some(
    ({ code, level }) => level === undefined && (code === 'config-updated' || code === 'served-model-changed'),
  )
}
