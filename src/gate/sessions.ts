import { EndpointError } from '../errors.ts'
import type { SideName } from '../load/side.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { MeasurePorts } from '../run/ports.ts'
import { seedRandom } from '../random.ts'
import { formatDuration } from '../words/format.ts'
import { serveCommand } from '../serving/served-command.ts'
import type { ServedCommand, ServingPorts } from '../serving/served-command.ts'
import { pluralise } from '../text.ts'

/** One measurement of both sides, each deployed anew for it. */
export interface Session {
  /** The candidate's. */
  readonly planned: PlannedRun
  readonly run: MeasuredRun
  /** How long measuring both took; waiting for them is not counted. */
  readonly measuredMs: number
  /** Nothing can be started after it, because something was left behind. */
  readonly isLast: boolean
}

/** How many sessions there may be. */
export interface SessionBounds {
  /** At most this many. */
  readonly most: number
  /** Bound on all measuring, in milliseconds: after the first, no session starts that would exceed it. Null: no bound. */
  readonly maxDurationMs: number | null
}

/**
 * How many sessions there can be: those that the budget holds, if all take as long as the first. The test over all of
 * them leaves nothing to sessions that cannot follow.
 *
 * @param sessions so far, at least one.
 */
export function countHeld(
  { most, maxDurationMs }: SessionBounds,
  sessions: readonly Pick<Session, 'measuredMs'>[],
): number {
  const held = maxDurationMs === null ? most : Math.floor(maxDurationMs / sessions[0]!.measuredMs)
  return Math.min(most, Math.max(held, sessions.length))
}

/** What the loop over sessions needs. */
export interface SessionPorts extends Pick<MeasurePorts, 'signal' | 'log'> {
  /** Measures both sides once, beginning with `first`; null when interrupted before there was anything to judge. */
  readonly measureOnce: (first: SideName, number: number) => Promise<Session | null>
  /** What another session could still decide, as half a sentence; null where these decide. */
  readonly describeOpen: (sessions: readonly Session[]) => string | null
}

/**
 * Measures sessions until they decide, there are enough, or the budget does not allow another; a seeded coin decides
 * which side comes first. None when interrupted in the first.
 */
export async function measureSessions(
  bounds: SessionBounds,
  seed: string,
  { signal, log, measureOnce, describeOpen }: SessionPorts,
): Promise<readonly Session[]> {
  const { most, maxDurationMs } = bounds
  const coin = seedRandom(`${seed}/sessions`)
  const sessions: Session[] = []
  let usedMs = 0
  for (;;) {
    const first = coin() < 0.5 ? 'candidate' : 'control'
    log(`session ${sessions.length + 1} of at most ${most}`)
    const session = await measureOnce(first, sessions.length + 1).catch((error: unknown) => {
      if (!(error instanceof EndpointError)) throw error
      if (signal.aborted) return null
      if (sessions.length === 0) throw error
      return error
    })
    if (session === null) return sessions
    if (session instanceof EndpointError) return endWith(session, sessions)
    sessions.push(session)
    if (signal.aborted || sessions.length === most) return sessions
    const lack = findLack(session)
    if (lack !== null) {
      log(`no session follows this one: ${lack}`)
      return sessions
    }
    usedMs += session.measuredMs
    const isOver = maxDurationMs !== null && usedMs + session.measuredMs > maxDurationMs
    if (isOver || countHeld(bounds, sessions) === sessions.length) {
      const length = formatDuration(session.measuredMs / 1000)
      log(`max-duration leaves no time for another session of about ${length}`)
      return sessions
    }
    const open = describeOpen(sessions)
    if (open === null) {
      log('decided: no further session is needed')
      return sessions
    }
    log(`not decided yet, so another session: ${open}`)
  }
}

/** The sessions before one that could not be measured: their figures stand, and nothing is decided by them. */
function endWith(error: EndpointError, sessions: readonly Session[]): readonly Session[] {
  const last = sessions.at(-1)!
  return [...sessions.slice(0, -1), { ...last, run: { ...last.run, error } }]
}

/** What keeps a session from being followed by another, as half a sentence; null where nothing does. */
function findLack({ run, isLast }: Session): string | null {
  const { control, controlTrouble, error, report } = run
  if (error !== null) return 'the endpoint ended it'
  if (control === null || controlTrouble !== null) return 'the control was not measured to its end'
  if (!report.validity.ok) return 'the run of the candidate is not valid'
  if (!control.report.validity.ok) return 'the run of the control is not valid'
  return isLast ? 'a server that was started is not gone' : null
}

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
  for (const side of orderSides(first)) {
    if (signal.aborted || left !== null) break
    try {
      const served = await serveCommand(servers[side], ports, async (ended) => {
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

function orderSides(first: SideName): readonly SideName[] {
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

/** What one session takes, in seconds. */
export interface SessionCost {
  readonly waiting: number
  readonly measuring: number
}

/**
 * What the sessions take, in lines for the log.
 *
 * @param levels that are assumed, where they are still to be found; else null.
 */
export function describeCost(
  { most, maxDurationMs }: SessionBounds,
  { waiting, measuring }: SessionCost,
  levels: number | null = null,
): readonly string[] {
  const bound = maxDurationMs === null ? Infinity : Math.max(1, Math.floor(maxDurationMs / 1000 / measuring))
  const held = Math.min(most, bound)
  const show = (sessions: number): string => formatDuration(sessions * (waiting + measuring))
  const longest = held === 1 ? '' : `, at most ${show(held)} for ${held}`
  const assumed = levels === null ? '' : ` if ${pluralise(levels, 'level')} are found`
  const cost = `a session takes about ${show(1)}${assumed}, and one is enough where it decides${longest}`
  if (bound >= most) return [cost]
  const budget = `max-duration (${formatDuration(maxDurationMs! / 1000)} of measuring)`
  const needed = formatDuration(most * measuring)
  return [cost, `  ! ${budget} holds ${pluralise(held, 'session')} of ${most}; for all of them raise it to ${needed}`]
}
