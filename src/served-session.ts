import { EndpointError } from './errors.ts'
import type { MeasuredRun, MeasurePorts, PlannedRun } from './measure.ts'
import { serve } from './serving/served-command.ts'
import type { ServedCommand, ServingPorts } from './serving/served-command.ts'
import type { Session, Side } from './sessions.ts'

/** The servers of a session, and the order in which they are measured. */
export interface ServedSides {
  readonly servers: Readonly<Record<Side, ServedCommand>>
  readonly first: Side
  /** Whether it is judged without a control where that cannot be measured. */
  readonly canGoWithout: boolean
}

/** What such a session needs. */
export interface ServedSessionPorts extends ServingPorts, Pick<MeasurePorts, 'signal'> {
  /** Waits until this side is ready, and plans; gives up when the signal aborts. */
  readonly plan: (side: Side, signal: AbortSignal) => Promise<PlannedRun>
  readonly measure: (side: Side, planned: PlannedRun) => Promise<MeasuredRun>
}

/** One side: measured alone, from its start to its end. */
interface SideRun {
  readonly planned: PlannedRun
  readonly run: MeasuredRun
}

/**
 * A session of two servers that commands start, one after the other: each is started, measured, and gone before the other begins. Null
 * when it was interrupted before the candidate was measured.
 *
 * @throws EndpointError when the candidate cannot be measured, or the control cannot and nothing else could judge it.
 */
export async function measureServedSession(
  { servers, first, canGoWithout }: ServedSides,
  ports: ServedSessionPorts,
): Promise<Session | null> {
  const measured: Partial<Record<Side, SideRun>> = {}
  const troubles: string[] = []
  for (const side of first === 'candidate'
    ? (['candidate', 'control'] as const)
    : (['control', 'candidate'] as const)) {
    if (ports.signal.aborted) break
    try {
      const served = await serve(servers[side], ports, async (ended) => {
        const planned = await ports.plan(side, AbortSignal.any([ports.signal, ended]))
        return { planned, run: await ports.measure(side, planned) }
      })
      measured[side] = served.result
      troubles.push(...served.troubles)
      if (!served.isGone) break
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error
      if (ports.signal.aborted) break
      if (side === 'candidate' || !canGoWithout) throw error
      troubles.push(error.what)
      ports.log(`  ! the control could not be measured: ${error.what}`)
    }
  }
  const { candidate, control } = measured
  if (candidate !== undefined) return { ...candidate, control: control?.run ?? null, troubles }
  if (ports.signal.aborted) return null
  throw explainMissing(servers.candidate, troubles)
}

/** The control came first and did not end: nothing can be started in its place. */
function explainMissing({ setting, url }: ServedCommand, troubles: readonly string[]): EndpointError {
  return new EndpointError(troubles.at(-1)!, {
    tried: `to start the server of ${setting} at ${url.host}`,
    remedy: 'end what is left of the control by hand, and see why it does not end with its command',
  })
}
