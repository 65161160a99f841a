import { runCrossCheck } from './cross-check.ts'
import type { CrossCheckPorts } from './cross-check.ts'
import type { EndpointError } from './errors.ts'
import type { HealthProbe } from './load/client-health.ts'
import { assumePreflight, runPreflight, findLowRateLimits } from './load/preflight/preflight.ts'
import type { Preflight } from './load/preflight/preflight.ts'
import type { Clock, Transport } from './load/ports.ts'
import { findOpenFiles } from './load/preflight/open-files.ts'
import type { OpenFiles } from './load/preflight/open-files.ts'
import { assumeTarget } from './load/preflight/candidates.ts'
import { findOtherVersion } from './load/preflight/readiness.ts'
import { findServerMetrics } from './load/server-readings.ts'
import type { ServerMetrics } from './load/server-readings.ts'
import { measureSweep } from './load/sweep.ts'
import type { Sweep } from './load/sweep.ts'
import type { OpenTransport } from './load/transport/target.ts'
import type { Finding } from './metrics/findings.ts'
import { summariseLevel } from './metrics/level.ts'
import type { LevelOptions, LevelPass, MeasuredLevel } from './metrics/level-metrics.ts'
import type { LevelRun } from './metrics/level-run.ts'
import { findPlateau } from './metrics/plateau.ts'
import type { RequestRecord } from './vocabulary/request-facts.ts'
import { judgeRun } from './metrics/validity.ts'
import { findBestWithin } from './metrics/within.ts'
import { listPossibleLevels } from './plan/ladder.ts'
import type { Plan } from './plan/plan.ts'
import { selectRuns, listMeasuredLevels, planLevels } from './plan/run-plan.ts'
import { assembleReport, buildSeries } from './report/assemble.ts'
import type { Series } from './report/series.ts'
import type { RunReport, RunContext } from './report/run-report.ts'
import type { Settings } from './settings.ts'
import { chooseSmallestTolerance } from './settings/values/tolerance.ts'
import { showUrl } from './text.ts'
import { checkLimits, toReportLimits } from './verdict/limits.ts'
import type { LimitResult } from './verdict/limits.ts'
import { vendorOf } from './vendors/vendors.ts'

/** Everything that measuring needs from outside. */
export interface MeasurePorts {
  readonly clock: Clock
  /** The wall clock, for the date in the report. */
  readonly wallClock: () => Date
  readonly signal: AbortSignal
  readonly health: () => HealthProbe
  readonly openTransport: OpenTransport
  readonly collectGarbage: () => void
  /** 16 hex digits of the system's randomness. */
  readonly nonce: () => string
  readonly runner: RunContext['runner']
  readonly nodeVersion: string
  /** Files that this process may open and has open; null where the system does not say. */
  readonly openFiles: () => OpenFiles | null
  readonly log: (line: string) => void
  /**
   * Whether a server on this machine that refuses connections is waited for. In a job it may be starting in another step; beside somebody
   * at a terminal it is not there. Default: true.
   */
  readonly awaitsLocalServer?: boolean
  /** From now on this text is shown nowhere. */
  readonly hide: (secret: string) => void
  /** The plan and what is known to stand in its way, before any load. */
  readonly onPlan: (plan: Plan, findings: readonly Finding[]) => void
  readonly onLevelStart: (level: { concurrency: number; pass: number }) => void
  /** `held`: whether higher levels are tried as well. */
  readonly onLevelEnd: (level: {
    concurrency: number
    figures: LevelPass
    measured: MeasuredLevel
    held: boolean
  }) => void
}

/** An endpoint that was found ready, and what is going to be measured there. */
export interface PlannedRun {
  readonly startedAt: Date
  /** When the endpoint was ready, on the clock. */
  readonly startAt: number
  readonly found: Preflight
  readonly plan: Plan
  /** The server's own metrics; null where they are not read. */
  readonly serverMetrics: ServerMetrics | null
  /** Findings from before the load. */
  readonly findings: readonly Finding[]
}

/** One complete sweep, or fresh passes over some of its levels. */
export interface MeasuredRun {
  readonly report: RunReport
  /** All requests of the levels that count, one after another. */
  readonly records: Iterable<RequestRecord>
  readonly limits: readonly LimitResult[]
  /** Set when the endpoint ended the run early; the report holds what was measured before. */
  readonly error: EndpointError | null
}

/** The levels of an automatic sweep that recorded runs of the same series had; null where there are none. */
export type HistoryLadder = (series: Series) => readonly number[] | null

/**
 * Readiness, preflight, and the plan with its cost.
 *
 * @throws EndpointError when the endpoint cannot be measured at all.
 */
export async function planRun(settings: Settings, ladder: HistoryLadder, ports: MeasurePorts): Promise<PlannedRun> {
  const { clock, nonce } = ports
  const startedAt = ports.wallClock()
  const startAt = clock.now()
  const found = settings.preflight
    ? await runPreflight(settings, ports)
    : assumePreflight(settings, assumeTarget(settings, ports), nonce)
  const plan = planLevels(settings, found, ladder(seriesOfRun(settings, found)))
  const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal)
  return {
    startedAt,
    startAt: startAt + found.waitedMs,
    found,
    plan,
    serverMetrics: metrics,
    findings: [
      ...(settings.insecureTls ? [INSECURE] : []),
      ...found.findings,
      ...findCuts(plan, found),
      ...findOpenFiles(ports.openFiles(), countMostConnections(plan)),
      ...findings,
    ],
  }
}

/** The sweep, the numbers, the report, the limits. */
export async function measureRun(settings: Settings, planned: PlannedRun, ports: MeasurePorts): Promise<MeasuredRun> {
  const { clock } = ports
  const { found, plan } = planned
  ports.onPlan(plan, planned.findings)
  const options = levelOptionsOf(settings, found)
  const sweepAt = clock.now()
  const sweep = await runSweep(settings, planned, options, ports)

  const kept = selectRuns(plan, sweep.levelRuns)
  const levels = levelsOf(kept, options)
  const plateau = findPlateau(levels)
  const swept = { runs: sweep.levelRuns, levels, plateau, lastedMs: clock.now() - sweepAt }
  const checked =
    sweep.error === null
      ? await runCrossCheck(settings, found, swept, loadPortsOf(settings, found, ports))
      : { crossCheck: null, findings: [] }
  const extra = [...checked.findings, ...(await collectFindings(settings, planned, sweep, levels, ports.signal))]
  const measured = assembleReport({
    settings,
    startedAt: planned.startedAt,
    durationSeconds: (clock.now() - planned.startAt) / 1000,
    runner: ports.runner,
    nodeVersion: ports.nodeVersion,
    series: seriesOfRun(settings, found),
    model: settings.model ?? found.target.dialect.model,
    servedModel: levels.at(-1)?.servedModels.at(-1) ?? found.servedModel,
    build: found.build,
    serverVersion: found.described === null ? found.serverVersion : found.described.served,
    provisioned: found.described?.provisioned ?? null,
    plan: {
      levels: listMeasuredLevels(plan, sweep.levelRuns),
      passes: plan.ladder.passes,
      expected: plan.expected,
      cut: plan.cut,
    },
    capabilities: found.capabilities,
    levels,
    plateau,
    crossCheck: checked.crossCheck,
    within: settings.throughputWithin === null ? null : findBestWithin(levels, settings.throughputWithin),
    validity: judgeRun(levels, { extra, sentinelMs: sweep.sentinelMs }),
  })
  const limits = checkLimits(settings.limits, measured)
  return {
    report: limits.length === 0 ? measured : { ...measured, limits: toReportLimits(limits) },
    records: recordsOf(kept),
    limits,
    error: sweep.error,
  }
}

/** The sweep of a plan; metrics judge its levels as they end. */
async function runSweep(
  settings: Settings,
  { found, plan, serverMetrics }: PlannedRun,
  options: LevelOptions,
  ports: MeasurePorts,
): Promise<Sweep> {
  const soak = plan.soak && settings.soak === 'auto' && settings.preflight
  return measureSweep(
    plan,
    found.workload,
    { ...settings, soak },
    {
      ...loadPortsOf(settings, found, ports),
      control: null,
      onLevelStart: ports.onLevelStart,
      serverMetrics,
      plateauReached: (runs) => findPlateau(levelsOf(runs, options)).state !== 'not-reached',
      onLevelEnd: (run) => {
        const measured = summariseLevel([run], options)
        const held = isHeld(measured)
        ports.onLevelEnd({ concurrency: run.concurrency, figures: measured.passes[0]!, measured, held })
        return held
      },
    },
  )
}

/** What every request to the endpoint that was found needs. */
function loadPortsOf(settings: Settings, { target }: Preflight, ports: MeasurePorts): CrossCheckPorts {
  const { clock, signal, log, health, collectGarbage } = ports
  const openTransport = (): Transport => ports.openTransport(settings, target)
  return { clock, signal, log, health, collectGarbage, target: showUrl(target.url), openTransport }
}

function levelOptionsOf(settings: Settings, found: Preflight): LevelOptions {
  return {
    task: found.target.dialect.task,
    prefixCache: settings.prefixCache,
    tolerance: chooseSmallestTolerance(settings),
    sequences: countMostSequences(found),
  }
}

function seriesOfRun(settings: Settings, { target, shrunkTo }: Preflight): Series {
  return buildSeries({ settings, api: target.api.name, task: target.dialect.task, shrunkTo })
}

function* recordsOf(runs: readonly LevelRun[]): Generator<RequestRecord> {
  for (const run of runs) yield* run.records
}

/** Runs to levels, by rising concurrency. */
function levelsOf(runs: readonly LevelRun[], options: LevelOptions): MeasuredLevel[] {
  const byConcurrency = Map.groupBy(runs, (run) => run.concurrency)
  return [...byConcurrency.values()]
    .map((runs) => summariseLevel(runs, options))
    .sort((a, b) => a.concurrency - b.concurrency)
}

/** A request for embeddings holds several texts, as many as its line of a prompts file or `batch-size`. */
function countMostSequences({ workload: { task, batchSize, prompts } }: Pick<Preflight, 'workload'>): number {
  if (task !== 'embeddings') return 1
  if (prompts === null) return batchSize
  return Math.max(...prompts.map((prompt) => (prompt.kind === 'input' ? prompt.texts.length : 1)))
}

/** Where this machine ran into a limit of its own, a higher level would meet it too. */
function isHeld({ state, invalidReasons }: MeasuredLevel): boolean {
  return state !== 'lost' && state !== 'limited' && !invalidReasons.includes('client-limit')
}

/** Each worker has a connection. */
function countMostConnections({ ladder }: Plan): number {
  return Math.max(...listPossibleLevels(ladder))
}

/** What the plan had to leave out, and what rate limits leave of it. */
function findCuts(plan: Plan, { rateLimit }: Preflight): Finding[] {
  const cut = plan.cut.map((message): Finding => ({ code: 'plan-cut', message }))
  return [...cut, ...findLowRateLimits(rateLimit, plan.expected)]
}

/** What there is to say of the whole run, from before the load to what the endpoint shows after it. */
async function collectFindings(
  settings: Settings,
  { found, findings }: PlannedRun,
  sweep: Sweep,
  levels: readonly MeasuredLevel[],
  signal: AbortSignal,
): Promise<Finding[]> {
  return [
    ...findings,
    ...findUnsettled(sweep.settled),
    ...(sweep.endedWell === false ? [GONE] : []),
    ...(await findOtherBuild(settings, found, signal)),
    ...(signal.aborted ? [] : ((await found.described?.findChanges(signal)) ?? [])),
    ...(vendorOf(found.target.api)?.findLimits?.(levels) ?? []),
    ...(signal.aborted ? [INTERRUPTED] : []),
  ]
}

/** It cannot be known afterwards, so every report says it. */
const INSECURE: Finding = {
  code: 'insecure-tls',
  message: 'Any certificate was taken for that of the endpoint (`insecure-tls`).',
}

const GONE: Finding = { code: 'endpoint-gone', message: 'Single requests after the last level all failed.' }

/** A partial report says so: nobody should gate on half a sweep. */
const INTERRUPTED: Finding = { code: 'cancelled', message: 'The run was interrupted: levels and passes are missing.' }

function findUnsettled(settled: boolean | null): Finding[] {
  if (settled !== false) return []
  return [
    { code: 'not-settled', message: 'TTFT and TPOT never stayed within 5 % over three stretches of load in a row.' },
  ]
}

/** The expected version must still show when the last level has ended. */
async function findOtherBuild(settings: Settings, found: Preflight, signal: AbortSignal): Promise<Finding[]> {
  if (found.build === null || signal.aborted) return []
  const shown = await findOtherVersion(settings, found.target, found.servedModel, signal)
  if (shown === null) return []
  return [
    { code: 'served-model-changed', message: `the endpoint showed ${found.build} at the start and shows ${shown} now` },
  ]
}
