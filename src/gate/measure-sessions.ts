import { join } from 'node:path'
import { EndpointError } from '../errors.ts'
import type { SideName } from '../load/side.ts'
import { formatChange } from '../words/format.ts'
import { joinShortList, nameOf } from '../words/metric-words.ts'
import type { Baseline, HistoryEntry } from '../report/history.ts'
import { buildControlSettings } from '../run/control.ts'
import { planRun, recallRun } from '../run/plan-run.ts'
import type { HistoryLadder, PlannedRun } from '../run/plan-found.ts'
import { runToEnd, serveCommand } from '../serving/served-command.ts'
import type { ServedCommand, ServingPorts } from '../serving/served-command.ts'
import type { Settings } from '../settings.ts'
import { recallLadder } from './recall.ts'
import { findOpenGrounds } from '../verdict/decide.ts'
import type { OpenGround } from '../verdict/decide.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import { buildDecideInput } from './decide-measured.ts'
import { measureWithoutSecrets } from './measure-runs.ts'
import type { GatePorts, Measured } from './ports.ts'
import { countHeld, describeCost, measureServedSession, measureSessions } from './sessions.ts'
import type { Session, SessionBounds, SessionCost, SessionPorts } from './sessions.ts'

/**
 * Measures in sessions until they decide, each of which is a run: of servers that `candidate-command` and `control-command`
 * start in turn, or of deployments elsewhere that `redeploy-command` makes anew. `planned` is the last one's.
 *
 * @throws EndpointError from a session, or when interrupted before there was anything to judge.
 */
export async function measureInSessions(
  settings: Settings,
  baseline: Baseline | null,
  ports: GatePorts,
): Promise<Measured> {
  const entries = baseline?.entries ?? []
  const sessions = await measureSessions(boundsOf(settings), settings.seed, {
    ...ports,
    measureOnce: (settings.controlCommand === null ? redeployEach : startEach)(settings, entries, ports),
    describeOpen(soFar) {
      const open = findOpenGrounds(buildDecideInput(settings, baseline, sumUpSessions(settings, soFar), ports))
      return open.length === 0 ? null : joinShortList(open.map(describeGround), 4)
    },
  })
  const last = sessions.at(-1)
  if (last !== undefined) return { ...sumUpSessions(settings, sessions), planned: last.planned }
  throw new EndpointError('interrupted before the first session was measured', {
    tried: 'a session',
    remedy: 'start it again',
  })
}

function sumUpSessions(settings: Settings, sessions: readonly Session[]): Pick<Measured, 'runs' | 'sessions'> {
  return {
    runs: sessions.map(({ run }) => run),
    sessions: { fresh: true, most: countHeld(boundsOf(settings), sessions) },
  }
}

/** What another session is for. */
function describeGround(ground: OpenGround): string {
  switch (ground.what) {
    case 'suspect':
      return `${nameOf(ground)} looks worse (${formatChange(ground.change)})`
    case 'wide':
      return `${nameOf(ground)} is ${formatChange(ground.change)} and may be ${formatChange(ground.most)}, which must stay within ${formatChange(ground.needed)}`
    case 'unproven':
      return `${nameOf(ground)} is not proven (${formatChange(ground.change)}, and may be ${formatChange(ground.most)})`
    case 'not-measured':
      return `${nameOf(ground)} is missing: ${ground.why}`
    case 'levels-lost':
      return 'a level was lost'
    case 'errors':
      return 'more requests failed'
  }
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
  ports: Pick<GatePorts, keyof ServingPorts | 'serverLogs'>,
  use: (ended: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const server = serverOf('candidate', settings, ports.serverLogs)
  ports.log(`what the server writes is kept in ${server.log}`)
  const { result } = await serveCommand(server, ports, use)
  return result
}

/** Both servers in turn, at the same levels: those of the recorded runs, else those of the side measured first. */
function startEach(
  settings: Settings,
  entries: readonly HistoryEntry[],
  ports: GatePorts,
): SessionPorts['measureOnce'] {
  const { log, serverLogs, signal } = ports
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
      { servers, first, canGoWithout: entries.length > 0 || number > 1 },
      {
        ...ports,
        async plan(side, signal) {
          const from = ports.clock.now()
          const recall: HistoryLadder = (series) => levels ?? recallLadder(entries, series)
          const planned = await planSide(settingsOf(side, settings), recall, { ...ports, signal })
          if (number === 1 && side === first) cost.expect(planned, { preparedMs: ports.clock.now() - from, sides: 2 })
          log(`the ${side}:`)
          return planned
        },
        async measure(side, planned) {
          const run = await measureWithoutSecrets(settingsOf(side, settings), planned, ports)
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
function redeployEach(
  settings: Settings,
  entries: readonly HistoryEntry[],
  ports: GatePorts,
): SessionPorts['measureOnce'] {
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
    const planned = await planSide(settings, (series) => levels ?? recallLadder(entries, series), ports)
    if (number === 1) cost.expect(planned, { preparedMs: ports.clock.now() - from, deployedMs, sides: 1 })
    const run = await measureWithoutSecrets(settings, planned, ports)
    if (run.error === null && !ports.signal.aborted) {
      levels ??= recallRun(run.report)
      if (number === 1) cost.correct(planned, { seconds: run.report.durationSeconds, deployedMs, sides: 1 })
    }
    return { planned, run, measuredMs: 1000 * run.report.durationSeconds, isLast: false }
  }
}

async function planSide(settings: Settings, ladder: HistoryLadder, ports: GatePorts): Promise<PlannedRun> {
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
function boundsOf({ sessions, maxDurationMs }: Settings): SessionBounds {
  return { most: sessions, maxDurationMs }
}

/** The settings for measuring one side alone; both sides of a session must fit into the budget of time. */
function settingsOf(side: SideName, settings: Settings): Settings {
  const { endpoint, control, maxDurationMs } = settings
  const own = side === 'candidate' ? settings : buildControlSettings({ ...settings, control: control ?? endpoint })!
  return { ...own, control: null, maxDurationMs: maxDurationMs === null ? null : maxDurationMs / 2 }
}
