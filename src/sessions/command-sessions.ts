import { join } from 'node:path'
import { EndpointError } from '../errors.ts'
import type { SideName } from '../load/sides/side.ts'
import { planRun, recallRun } from '../run/plan-run.ts'
import type { HistoryLadder, PlannedRun } from '../run/plan-run.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import type { MeasuredRun } from '../run/measure.ts'
import type { MeasurePorts } from '../run/ports.ts'
import { runToEnd, serveCommand } from '../serving/served-command.ts'
import type { ServedCommand, ServingPorts } from '../serving/served-command.ts'
import { describeCost, measureSessions } from './sessions.ts'
import type { Session, SessionBounds, SessionCost, SessionPorts } from './sessions.ts'
import type { Settings } from '../settings.ts'
import { controlSettingsOf } from '../run/control.ts'

/** What sessions by commands need. */
interface CommandSessionPorts extends MeasurePorts, Pick<ServingPorts, 'processes' | 'redact'> {
  /** The folder that gets the logs of what commands start. */
  readonly serverLogs: string
  readonly onPhase: (phase: 'preflight' | 'sweep') => void
  readonly ladder: HistoryLadder
  readonly measure: (settings: Settings, planned: PlannedRun) => Promise<MeasuredRun>
  readonly decideSoFar: SessionPorts['decideSoFar']
  /** Whether recorded runs can judge where the control cannot be measured. */
  readonly canGoWithout: boolean
}

/** The server that a command of the settings starts. */
function serverOf(side: SideName, settings: Settings, serverLogs: string): ServedCommand {
  const command = side === 'candidate' ? settings.candidateCommand : settings.controlCommand
  const log = join(serverLogs, `${side}.log`)
  return { setting: settings.commandNames[side], command: command!, url: settingsOf(side, settings).endpoint, log }
}

/** Starts the server of `candidate-command` alone, for as long as `use` takes; `ended` aborts when the command has ended. */
export async function serveCandidate<Result>(
  settings: Settings,
  ports: ServingPorts & Pick<CommandSessionPorts, 'serverLogs'>,
  use: (ended: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const server = serverOf('candidate', settings, ports.serverLogs)
  ports.log(`what the server writes is kept in ${server.log}`)
  const { result } = await serveCommand(server, ports, use)
  return result
}

/**
 * Sessions until they decide: of servers that `candidate-command` and `control-command` start in turn, or of
 * deployments elsewhere that `redeploy-command` makes anew.
 *
 * @throws EndpointError from a session, or when interrupted before there was anything to judge.
 */
export async function measureCommandSessions(
  settings: Settings,
  ports: CommandSessionPorts,
): Promise<readonly Session[]> {
  const measureOnce = settings.controlCommand === null ? redeployEach(settings, ports) : startEach(settings, ports)
  const sessions = await measureSessions(boundsOf(settings), settings.seed, { ...ports, measureOnce })
  if (sessions.length > 0) return sessions
  throw new EndpointError('interrupted before the first session was measured', {
    tried: 'a session',
    remedy: 'start it again',
  })
}

/** Both servers in turn, at the same levels: those of the recorded runs, else those of the side measured first. */
function startEach(settings: Settings, ports: CommandSessionPorts): SessionPorts['measureOnce'] {
  const { log, serverLogs, signal, ladder, canGoWithout } = ports
  const servers = {
    candidate: serverOf('candidate', settings, serverLogs),
    control: serverOf('control', settings, serverLogs),
  }
  const cost = createCostTeller(settings, log)
  let levels: readonly KnownLevel[] | null = null
  log(`what the servers write is kept in ${servers.candidate.log} and ${servers.control.log}`)
  return async (first, number) => {
    log(`the ${first} is started first`)
    return measureServedSession(
      { servers, first, canGoWithout: canGoWithout || number > 1 },
      {
        ...ports,
        async plan(side, signal) {
          const from = ports.clock.now()
          const planned = await planSide(settingsOf(side, settings), (series) => levels ?? ladder(series), {
            ...ports,
            signal,
          })
          if (number === 1 && side === first) cost.expect(planned, { preparedMs: ports.clock.now() - from, sides: 2 })
          log(`the ${side}:`)
          return planned
        },
        async measure(side, planned) {
          const run = await ports.measure(settingsOf(side, settings), planned)
          if (run.error !== null || signal.aborted) return run
          levels ??= recallRun(run.report)
          if (number === 1 && side === first) cost.correct(planned, { seconds: run.report.durationSeconds, sides: 2 })
          return run
        },
      },
    )
  }
}

/** Endpoint and control as `redeploy-command` deploys them, measured in turn at each level. */
function redeployEach(settings: Settings, ports: CommandSessionPorts): SessionPorts['measureOnce'] {
  const redeploy = {
    setting: 'redeploy-command',
    command: settings.redeployCommand!,
    log: join(ports.serverLogs, 'redeploy.log'),
    timeoutMs: settings.readyTimeoutMs,
  }
  const cost = createCostTeller(settings, ports.log)
  let levels: readonly KnownLevel[] | null = null
  return async (_, number) => {
    ports.log(`deploying endpoint and control anew; what that writes is kept in ${redeploy.log}`)
    const from = ports.clock.now()
    await runToEnd(redeploy, ports)
    const deployedMs = ports.clock.now() - from
    const planned = await planSide(settings, (series) => levels ?? ports.ladder(series), ports)
    if (number === 1) cost.expect(planned, { preparedMs: ports.clock.now() - from, deployedMs, sides: 1 })
    const run = await ports.measure(settings, planned)
    if (run.error === null && !ports.signal.aborted) {
      levels ??= recallRun(run.report)
      if (number === 1) cost.correct(planned, { seconds: run.report.durationSeconds, deployedMs, sides: 1 })
    }
    return { planned, run, measuredMs: 1000 * run.report.durationSeconds, isLast: false }
  }
}

async function planSide(settings: Settings, ladder: HistoryLadder, ports: CommandSessionPorts): Promise<PlannedRun> {
  ports.onPhase('preflight')
  const planned = await planRun(settings, ladder, { ...ports, awaitsLocalServer: true })
  ports.onPhase('sweep')
  return planned
}

/** What the first session, or its first side, shows of the time that all take. */
interface TimeSpent {
  /** Before the endpoint was waited for. */
  readonly deployedMs?: number
  /** Sides that are measured one after the other, each like this one. */
  readonly sides: number
}

/** Says what the sessions take. */
interface CostTeller {
  /** Before the first load, by the plan. `preparedMs`: all that came before the plan. */
  expect(planned: PlannedRun, spent: TimeSpent & { readonly preparedMs: number }): void
  /** After it, by what it took, where that is another time than was expected. */
  correct(planned: PlannedRun, spent: TimeSpent & { readonly seconds: number }): void
}

/** A plan knows one request: levels are still to be found, and how far requests slow each other down, too. */
const EXPECTED_WITHIN = 0.1

function createCostTeller(settings: Settings, log: (line: string) => void): CostTeller {
  let expected = 0
  const tell = (cost: SessionCost, levels: number | null): void => {
    expected = cost.measuring
    for (const line of describeCost(boundsOf(settings), cost, levels)) log(line)
  }
  const addWaits = ({ found, control }: PlannedRun, deployedMs: number): number =>
    deployedMs + found.waitedMs + (control?.found.waitedMs ?? 0)
  return {
    expect(planned, { preparedMs, deployedMs = 0, sides }) {
      const waitedMs = addWaits(planned, deployedMs)
      const { expected: own, ladder } = planned.plan
      const cost = {
        waiting: (sides * waitedMs) / 1000,
        measuring: sides * (own.seconds + (preparedMs - waitedMs) / 1000),
      }
      tell(cost, ladder.search == null ? null : ladder.levels.length)
    },
    correct(planned, { seconds, deployedMs = 0, sides }) {
      const measuring = sides * seconds
      if (Math.abs(measuring / expected - 1) <= EXPECTED_WITHIN) return
      log('the load took another time than the plan expected:')
      tell({ waiting: (sides * addWaits(planned, deployedMs)) / 1000, measuring }, null)
    },
  }
}

/** How many sessions these settings allow. */
export function boundsOf({ sessions, maxDurationMs }: Settings): SessionBounds {
  return { most: sessions, maxDurationMs }
}

/** The settings for measuring one side alone; both sides of a session must fit into the budget of time. */
function settingsOf(side: SideName, settings: Settings): Settings {
  const { endpoint, control, maxDurationMs } = settings
  const own = side === 'candidate' ? settings : controlSettingsOf({ ...settings, control: control ?? endpoint })!
  return { ...own, control: null, maxDurationMs: maxDurationMs === null ? null : maxDurationMs / 2 }
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
  for (const side of orderFrom(first)) {
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
