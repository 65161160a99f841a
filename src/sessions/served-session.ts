import { EndpointError } from '../errors.ts'
import type { SideName } from '../load/sides/side.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { PlannedRun } from '../run/plan-run.ts'
import type { MeasurePorts } from '../run/ports.ts'
import { serve } from '../serving/served-command.ts'
import type { ServedCommand, ServingPorts } from '../serving/served-command.ts'
import type { Session } from './sessions.ts'

/** The servers of a session, and the order in which they are measured. */
export interface ServedSides {
  readonly servers: Readonly<Record<SideName, ServedCommand>>
  readonly first: SideName
  /** Whether it can be judged without its control where that cannot be measured. */
  readonly canGoWithout: boolean
}

/** What such a session needs. */
export interface ServedSessionPorts extends ServingPorts, Pick<MeasurePorts, 'signal'> {
  /** Waits until this side is ready, and plans; gives up when the signal aborts. */
  readonly plan: (side: SideName, signal: AbortSignal) => Promise<PlannedRun>
  readonly measure: (side: SideName, planned: PlannedRun) => Promise<MeasuredRun>
}

/** One side: measured alone, from its start to its end. */
interface SideRun {
  readonly planned: PlannedRun
  readonly run: MeasuredRun
}

/**
 * A session of two servers that commands start: each is started, measured and ended before the other begins. Null
 * when interrupted before the candidate was measured.
 *
 * @throws EndpointError when the candidate cannot be measured, or when the control cannot and there is nothing else
 * to compare with.
 */
export async function measureServedSession(
  { servers, first, canGoWithout }: ServedSides,
  ports: ServedSessionPorts,
): Promise<Session | null> {
  const { signal } = ports
  const measured: Partial<Record<SideName, SideRun>> = {}
  let controlTrouble: string | null = null
  let left: string | null = null
  for (const side of orderFrom(first)) {
    if (signal.aborted || left !== null) break
    try {
      const served = await serve(servers[side], ports, async (ended) => {
        const planned = await ports.plan(side, AbortSignal.any([signal, ended]))
        return { planned, run: await ports.measure(side, planned) }
      })
      measured[side] = served.result
      left = served.left
      if (side === 'control') controlTrouble = served.ended
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error
      if (signal.aborted) break
      if (side === 'candidate' || !canGoWithout) throw error
      controlTrouble = takeFirstLine(error.what)
      ports.log(`  ! the control could not be measured: ${error.what}`)
    }
  }
  const { candidate, control } = measured
  if (candidate === undefined) {
    if (signal.aborted) return null
    throw refuseStart(servers.candidate, left!)
  }
  const { planned, run } = candidate
  const measuredMs = 1000 * (run.report.durationSeconds + (control?.run.report.durationSeconds ?? 0))
  if (control === undefined) {
    return { planned, run: { ...run, controlTrouble: controlTrouble ?? left }, measuredMs, isLast: true }
  }
  const { report, error } = control.run
  const trouble = controlTrouble ?? (error === null ? null : takeFirstLine(error.what))
  return {
    planned,
    run: { ...run, control: { report, error }, controlTrouble: trouble },
    measuredMs,
    isLast: left !== null,
  }
}

function orderFrom(first: SideName): readonly SideName[] {
  return first === 'candidate' ? ['candidate', 'control'] : ['control', 'candidate']
}

/** The first line, without the log that follows. */
function takeFirstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

/** The control was measured first and left something behind, so that the candidate cannot be started. */
function refuseStart({ setting, url }: ServedCommand, left: string): EndpointError {
  return new EndpointError(left, {
    tried: `to start the server of ${setting} at ${url.host}`,
    remedy: 'end what is left of the control by hand, and see why it does not end with its command',
  })
}
