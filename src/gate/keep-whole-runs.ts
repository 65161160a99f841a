import { addFindings } from './add-findings.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { Settings } from '../settings.ts'
import { isInSessions } from './measured.ts'
import { isInterrupted } from './measure-runs.ts'
import type { GatePorts } from './ports.ts'

/**
 * The runs that are judged: all, or after an interrupt those that were complete before it, if any was. The last one's
 * report then says so.
 */
export function keepWholeRuns(
  settings: Settings,
  runs: readonly MeasuredRun[],
  { signal, log }: Pick<GatePorts, 'signal' | 'log'>,
): readonly MeasuredRun[] {
  if (!signal.aborted) return runs
  const [what, most] = isInSessions(settings) ? ['session', settings.sessions] : ['run', settings.runs]
  const whole = runs.filter((run) => !isInterrupted(settings, run))
  const last = whole.at(-1)
  if (last === undefined || whole.length === most) return runs
  const judged = whole.length === 1 ? `${what} 1 is` : `${what}s 1 to ${whole.length} are`
  const message = `Interrupted before ${what} ${whole.length + 1} was complete: ${judged} judged.`
  log(message)
  return [...whole.slice(0, -1), { ...last, report: addFindings(last.report, [{ code: 'ended-early', message }]) }]
}
