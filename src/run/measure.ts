import { describeControl, describeControlSweep, findControl, findSideRateLimits } from './control.ts'
import type { PlannedControl } from './control.ts'
import { runCrossCheck } from './cross-check.ts'
import type { CrossCheckPorts } from './cross-check.ts'
import type { EndpointError } from '../errors.ts'
import type { HealthProbe } from '../load/client-health.ts'
import { assumePreflight, runPreflight } from '../load/preflight/preflight.ts'
import type { Preflight } from '../load/preflight/preflight.ts'
import type { Clock, Transport } from '../load/ports.ts'
import type { Crew } from '../load/threads/crew.ts'
import type { BudgetLimits } from '../load/budget.ts'
import { orderEndpoint } from '../load/threads/order.ts'
import { findOpenFiles } from '../load/preflight/open-files.ts'
import type { OpenFiles } from '../load/preflight/open-files.ts'
import { assumeTarget } from '../load/preflight/candidates.ts'
import { findServerMetrics } from '../load/server-readings.ts'
import type { ServerMetrics } from '../load/server-readings.ts'
import type { SideName, SideSweep } from '../load/side.ts'
import type { Steer } from '../load/steer.ts'
import { measureSweep } from '../load/sweep.ts'
import type { Sweep } from '../load/sweep.ts'
import type { OpenTransport } from '../load/transport/target.ts'
import type { Finding } from '../metrics/findings.ts'
import { summariseLevel } from '../metrics/level.ts'
import { isTooMuch } from '../metrics/level-metrics.ts'
import type { LevelPass, MeasuredLevel } from '../metrics/level-metrics.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import { findPlateau } from '../metrics/plateau.ts'
import { isPreciseEnough } from '../metrics/precision.ts'
import { chooseWindowMs, countSavedMs } from '../metrics/window-length.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { countUsual } from '../plan/arrivals.ts'
import { listPossibleLevels } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { planLevels } from '../plan/run-plan.ts'
import { countWorkers, shareOut } from '../plan/shard.ts'
import { countThreads, planThreads } from '../plan/threads.ts'
import type { ThreadPlan } from '../plan/threads.ts'
import type { Series } from '../report/series.ts'
import type { RunReport, RunContext } from '../report/run-report.ts'
import type { Settings } from '../settings.ts'
import { levelOptionsOf, levelsOf, reportSide, seriesOfRun, summariseSide } from './side-report.ts'
import type { RunFrame } from './side-report.ts'
import { proveClient } from './self-proof.ts'
import type { Proven } from './self-proof.ts'
import type { StartTruth } from '../simulator/start-truth.ts'
import { showUrl } from '../text.ts'
import { checkLimits, toReportLimits } from '../verdict/limits.ts'
import type { LimitResult } from '../verdict/limits.ts'

/** Everything that measuring needs from outside. */
export interface MeasurePorts {
  readonly clock: Clock
  /** The wall clock, for the date in the report. */
  readonly wallClock: () => Date
  readonly signal: AbortSignal
  readonly health: () => HealthProbe
  readonly openTransport: OpenTransport
  readonly collectGarbage: () => void
  /** Opens the threads that carry load; null: this thread carries all of it. */
  readonly openCrew: (() => Crew) | null
  /** 16 hex digits of the system's randomness. */
  readonly nonce: () => string
  readonly runner: RunContext['runner']
  readonly nodeVersion: string
  /** How many files this process may open and has open; null where the system does not say. */
  readonly openFiles: () => OpenFiles | null
  /** Starts the server for the self-proof; null where there is nothing to prove, as in virtual time. */
  readonly startTruth: StartTruth | null
  readonly log: (line: string) => void
  /**
   * Whether to wait for a server on this machine that refuses connections. In a job it may be starting in another
   * step; for somebody at a terminal it is simply not running. Default: true.
   */
  readonly awaitsLocalServer?: boolean
  /** Agrees with the other shards of the run; absent or null: this process measures everything. */
  readonly steer?: Steer | null
  /** Hides this text in all further output. */
  readonly hide: (secret: string) => void
  /** Called before any load with the plan and the findings about it. */
  readonly onPlan: (plan: Plan, findings: readonly Finding[], threads: ThreadPlan | null) => void
  readonly onLevelStart: (level: { concurrency: number; pass: number; side: SideName }) => void
  /** `held`: whether higher levels are still tried. */
  readonly onLevelEnd: (level: {
    concurrency: number
    figures: LevelPass
    measured: MeasuredLevel
    held: boolean
    side: SideName
  }) => void
}

/** An endpoint that was found ready, and what will be measured there. */
export interface PlannedRun {
  readonly startedAt: Date
  /** When the endpoint was ready, on the clock. */
  readonly startAt: number
  readonly found: Preflight
  readonly plan: Plan
  /** The threads that carry the load; null: only this one. */
  readonly threads: ThreadPlan | null
  /** The server's own metrics; null where they are not read. */
  readonly serverMetrics: ServerMetrics | null
  /** How accurately this machine times; null where that was not tested. */
  readonly proof: SelfProof | null
  /** Findings from before the load. */
  readonly findings: readonly Finding[]
  /** Null where there is none. */
  readonly control: PlannedControl | null
  /** Why a wanted control is missing, as half a sentence. */
  readonly controlTrouble: string | null
}

/** One complete sweep, or fresh passes over some of its levels. */
export interface MeasuredRun {
  readonly report: RunReport
  /** All requests of the levels that count, one after another. */
  readonly records: Iterable<RequestRecord>
  readonly limits: readonly LimitResult[]
  /** Set when the endpoint ended the run early; the report holds what was measured before. */
  readonly error: EndpointError | null
  /** The control's report, and the error that ended it early; null without a control. */
  readonly control: { readonly report: RunReport; readonly error: EndpointError | null } | null
  /** Why a wanted control was not measured to the end, as half a sentence. */
  readonly controlTrouble: string | null
}

/** Looks up the levels that recorded runs of a series had in an automatic sweep; null where there are none. */
export type HistoryLadder = (series: Series) => readonly number[] | null

/**
 * Readiness, preflight, and the plan with its cost.
 *
 * @throws EndpointError when the endpoint cannot be measured at all.
 * @throws SettingsError when this machine cannot do what the settings ask.
 */
export async function planRun(settings: Settings, ladder: HistoryLadder, ports: MeasurePorts): Promise<PlannedRun> {
  const { clock, nonce } = ports
  const startedAt = ports.wallClock()
  const startAt = clock.now()
  const planned = planThreads(settings.clientThreads, ports.runner.cpuCount)
  const threads = ports.openCrew === null ? null : planned
  const found = settings.preflight
    ? await runPreflight(settings, ports)
    : assumePreflight(settings, assumeTarget(settings, ports), nonce)
  const { control, trouble } = await findControl(settings, found, ports)
  const timing = control === null ? null : settings.controlTiming
  const plan = planLevels(settings, { ...found, control: timing }, ladder(seriesOfRun(settings, found)))
  const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal)
  const proven = await proveMachine(settings, { found, plan, threads }, ports)
  return {
    startedAt,
    startAt: startAt + found.waitedMs + (control?.found.waitedMs ?? 0),
    found,
    plan,
    threads,
    serverMetrics: metrics,
    proof: proven.proof,
    findings: [
      ...(settings.insecureTls ? [INSECURE] : []),
      ...found.findings,
      ...findCuts(plan, found),
      ...findOpenFiles(
        ports.openFiles(),
        countMostConnections(plan, settings),
        countMostThreads(plan, settings, threads),
      ),
      ...findings,
      ...proven.findings,
      ...describeControl(found, { control, trouble }),
    ],
    control:
      control === null
        ? null
        : { ...control, findings: [...control.findings, ...findSideRateLimits(control.found, plan)] },
    controlTrouble: trouble,
  }
}

/** The sweep, its figures, the reports, and the limits. */
export async function measureRun(settings: Settings, planned: PlannedRun, ports: MeasurePorts): Promise<MeasuredRun> {
  const { clock } = ports
  const { found, plan, control } = planned
  ports.onPlan(plan, planned.findings, planned.threads)
  const sweepAt = clock.now()
  const sweep = await runWithCrew(ports.openCrew, async (crew) => runSweep(settings, planned, { ...ports, crew }))
  logSavedTime(sweep, plan, ports.log)

  const side = { settings, found, findings: planned.findings }
  const summary = summariseSide(side, plan, sweep)
  const swept = { runs: sweep.levelRuns, ...summary, lastedMs: clock.now() - sweepAt }
  const checked =
    sweep.error === null
      ? await runCrossCheck(settings, found, swept, loadPortsOf(settings, found, ports))
      : { crossCheck: null, findings: [] }
  const { runner, nodeVersion, signal } = ports
  const durationSeconds = (clock.now() - planned.startAt) / 1000
  const { startedAt, proof } = planned
  const frame = { startedAt, durationSeconds, plan, runner, nodeVersion, proof, signal }
  const findings = [...checked.findings, ...describeControlSweep(sweep)]
  const measured = await reportSide(side, { sweep, ...summary }, { ...checked, findings }, frame)
  const limits = checkLimits(settings.limits, measured)
  return {
    report: limits.length === 0 ? measured : { ...measured, limits: toReportLimits(limits) },
    records: recordsOf(summary.kept),
    limits,
    error: sweep.error,
    control: control === null || sweep.control === null ? null : await reportControl(control, sweep.control, frame),
    controlTrouble: planned.controlTrouble ?? sweep.control?.error?.what ?? null,
  }
}

async function reportControl(control: PlannedControl, sweep: SideSweep, frame: RunFrame) {
  const summary = summariseSide(control, frame.plan, sweep)
  const report = await reportSide(control, { sweep, ...summary }, { crossCheck: null, findings: [] }, frame)
  return { report, error: sweep.error }
}

/** Closes the threads when the work is done. */
async function runWithCrew<T>(openCrew: MeasurePorts['openCrew'], work: (crew: Crew | null) => Promise<T>): Promise<T> {
  const crew = openCrew?.() ?? null
  try {
    return await work(crew)
  } finally {
    await crew?.close()
  }
}

/** Runs the sweep, summarising each level as it ends. */
async function runSweep(
  settings: Settings,
  { found, plan, threads, serverMetrics, control }: PlannedRun,
  ports: MeasurePorts & { readonly crew: Crew | null },
): Promise<Sweep> {
  const options = levelOptionsOf(settings, found)
  const sidePorts = (side: Pick<PlannedControl, 'settings' | 'found' | 'serverMetrics'>) => ({
    ...loadPortsOf(side.settings, side.found, ports),
    serverMetrics: side.serverMetrics,
    orderThreads: () => ({ endpoint: orderEndpoint(side.settings, side.found.target), auth: side.found.target.auth }),
  })
  return measureSweep(
    plan,
    found.workload,
    // The first of several shards settles the engine for all.
    { ...limitsOf(settings), soak: plan.soak && (settings.shard?.number ?? 1) === 1 },
    {
      ...sidePorts({ settings, found, serverMetrics }),
      crew: ports.crew,
      threads,
      steer: ports.steer ?? null,
      isClientBusy: (run) => summariseLevel([run], options).invalidReasons.includes('client-saturated'),
      control: control === null ? null : { ...sidePorts(control), timing: settings.controlTiming },
      onLevelStart: (level, side) => ports.onLevelStart({ ...level, side }),
      plateauReached: (runs) => findPlateau(levelsOf(runs, options)).state !== 'not-reached',
      chooseWindowMs: (runs, ofControl) =>
        chooseWindowMs(
          ofControl === null ? [runs] : [runs, ofControl],
          { ...plan.windows, passes: plan.ladder.leastPasses ?? plan.ladder.passes },
          settings.expectedSpread,
        ),
      isPrecise: (runs, ofControl) =>
        isPreciseEnough(
          levelsOf(runs, options),
          ofControl === null ? null : levelsOf(ofControl, options),
          settings.expectedSpread,
        ),
      onLevelEnd: (run, side) => {
        const measured = summariseLevel([run], options)
        const held = isHeld(measured)
        ports.onLevelEnd({ concurrency: run.concurrency, figures: measured.passes[0]!, measured, held, side })
        return held
      },
    },
  )
}

/** Logs the time that windows of `auto` saved, if any. */
function logSavedTime({ levelRuns, control }: Sweep, { windows }: Plan, log: (line: string) => void): void {
  if (windows.leastMs === windows.mostMs) return
  const savedMs = countSavedMs([...levelRuns, ...(control?.levelRuns ?? [])], windows.mostMs)
  if (savedMs < 1000) return
  const longest = Math.round(windows.mostMs / 100) / 10
  log(`windows no longer than the noise asks for saved ${Math.round(savedMs / 1000)} s of windows of ${longest} s`)
}

/** The ports for sending load to the endpoint that was found. */
function loadPortsOf(settings: Settings, { target }: Preflight, ports: MeasurePorts): CrossCheckPorts {
  const { clock, signal, log, health, collectGarbage } = ports
  const openTransport = (): Transport => ports.openTransport(settings, target)
  return { clock, signal, log, health, collectGarbage, target: showUrl(target.url), openTransport }
}

function* recordsOf(runs: readonly LevelRun[]): Generator<RequestRecord> {
  for (const run of runs) yield* run.records
}

/** Whether higher levels are still tried: where this machine reached a limit of its own, they would reach it too. */
function isHeld({ state, invalidReasons }: MeasuredLevel): boolean {
  return !isTooMuch(state) && state !== 'limited' && !invalidReasons.includes('client-limit')
}

/** Runs the self-proof for the plan's highest level, unless the task has no tokens to time. */
async function proveMachine(
  settings: Settings,
  { found, plan, threads }: Pick<PlannedRun, 'found' | 'plan' | 'threads'>,
  ports: MeasurePorts,
): Promise<Proven> {
  const { startTruth } = ports
  if (startTruth === null || !settings.selfProof || found.target.dialect.task === 'embeddings') return UNPROVEN
  const together = plan.sides === 2 && settings.controlTiming === 'together'
  // A rate asks for as many as come, whatever ceiling they are under.
  const asked = plan.openLoad?.(Math.max(...listPossibleLevels(plan.ladder)), 1).usuallyInFlight
  const streams = (together ? 2 : 1) * (asked ?? countMostWorkers(plan, settings))
  const carrying = threads === null ? 1 : Math.max(1, countThreads(threads, streams, 1))
  return proveClient({ streams, lone: found.lone, threads: carrying }, { ...ports, startTruth })
}

const UNPROVEN: Proven = { proof: null, findings: [] }

/** The threads besides this one; two sides that are loaded at once share them. */
function countMostThreads(plan: Plan, settings: Settings, threads: ThreadPlan | null): number {
  return threads === null ? 0 : countThreads(threads, countMostWorkers(plan, settings), 1)
}

/** One connection for each worker. */
function countMostConnections(plan: Plan, settings: Settings): number {
  return plan.sides * countMostWorkers(plan, settings)
}

/** This process's workers at the highest level; of a rate the requests that are usually in flight. */
function countMostWorkers({ ladder, openLoad }: Plan, { shard }: Pick<Settings, 'shard'>): number {
  const highest = Math.max(...listPossibleLevels(ladder))
  return openLoad === undefined ? countWorkers({ concurrency: highest, shard }) : countUsual(openLoad(highest, 1))
}

/** The budgets of this process; a shard has its share. */
function limitsOf({ shard, maxDurationMs, maxRequests, maxOutputTokens }: Settings): BudgetLimits {
  if (shard === null) return { maxDurationMs, maxRequests, maxOutputTokens }
  return { maxDurationMs, maxRequests: shareOut(maxRequests, shard), maxOutputTokens: shareOut(maxOutputTokens, shard) }
}

/** What the plan had to leave out, and which rate limits it exceeds. */
function findCuts(plan: Plan, found: Preflight): Finding[] {
  const cut = plan.cut.map((message): Finding => ({ code: 'plan-cut', message }))
  return [...cut, ...findSideRateLimits(found, plan)]
}

/** It cannot be seen afterwards, so every report says it. */
const INSECURE: Finding = {
  code: 'insecure-tls',
  message: 'The certificate of the endpoint was not checked (`insecure-tls`).',
}
