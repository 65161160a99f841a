import type { MeasurePorts } from './ports.ts'
import { seriesOfRun } from './plan-found.ts'
import type { PlannedRun } from './plan-found.ts'
import { describeControlSweep } from './control.ts'
import type { PlannedControl } from './control.ts'
import { runCrossCheck } from './cross-check.ts'
import type { CrossCheckPorts, CrossChecked } from './cross-check.ts'
import type { EndpointError } from '../errors.ts'
import type { Preflight } from '../load/preflight/preflight.ts'
import type { Transport } from '../load/ports.ts'
import { orderEndpoint } from '../load/threads/crew.ts'
import type { Crew } from '../load/threads/crew.ts'
import type { BudgetLimits, BudgetName } from '../load/budget.ts'
import type { SideSweep } from '../load/side.ts'
import { measureSweep } from '../load/sweep.ts'
import type { Sweep } from '../load/sweep.ts'
import { summariseLevel, pickSlowest } from '../metrics/level.ts'
import { isTooMuch, generatesTokens, chooseLoad } from '../vocabulary/load.ts'
import type { SearchEnd } from '../vocabulary/load.ts'
import type { MeasuredLevel, LevelOptions } from '../metrics/level/level-metrics.ts'
import type { Finding } from '../metrics/findings.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import { readSearchedLevel, searchNextLevel } from '../metrics/plateau/level-search.ts'
import { isPreciseEnough, chooseWindowMs, countSavedMs } from '../metrics/precision.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { countNeededBudget, listLadderLevels } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { shareOut } from '../plan/shares.ts'
import { assembleReport } from '../report/run-report.ts'
import type { RunReport, RunContext } from '../report/run-report.ts'
import type { Settings } from '../settings.ts'
import { pluralise, showUrl } from '../text.ts'
import { addLimits } from '../verdict/limits.ts'
import { findOtherVersion } from '../load/preflight/readiness.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import { priceTokens } from '../metrics/plateau/price.ts'
import { findPlateau } from '../metrics/plateau/plateau.ts'
import type { Plateau } from '../metrics/plateau/plateau.ts'
import { judgeRun } from '../metrics/validity.ts'
import { findBestWithin, sumUpObjectives } from '../metrics/plateau/capacity.ts'
import { chooseSmallestTolerance } from '../settings/values/tolerance.ts'
import { vendorOf } from '../vendors/vendors.ts'

/** One complete sweep, or fresh passes over some of its levels. */
export interface MeasuredRun {
  readonly report: RunReport
  /** All requests of the levels that count, one after another. */
  readonly records: Iterable<RequestRecord>
  /** Set when the endpoint ended the run early; the report holds what was measured before. */
  readonly error: EndpointError | null
  /** The control's report, and the error that ended it early; null without a control. */
  readonly control: { readonly report: RunReport; readonly error: EndpointError | null } | null
  /** Why a wanted control was not measured to the end, as half a sentence. */
  readonly controlTrouble: string | null
}

/** The sweep, its figures, the reports, and the limits. */
export async function measureRun(settings: Settings, planned: PlannedRun, ports: MeasurePorts): Promise<MeasuredRun> {
  const { clock } = ports
  const { found, plan, control } = planned
  ports.onPlan(plan, planned.findings, planned.threads)
  const sweepAt = clock.now()
  const sweep = await runWithCrew(ports.openCrew, async (crew) => runSweep(settings, planned, { ...ports, crew }))
  const isCut = ports.signal.aborted
  // Summing up takes memory, too, and need not come on top of what the load has left.
  ports.collectGarbage()
  logSavedTime(sweep, plan, ports.log)

  const side = { settings, found, findings: planned.findings }
  const summary = summariseSide(side, sweep)
  const swept = { runs: sweep.levelRuns, ...summary, lastedMs: clock.now() - sweepAt }
  const checked =
    sweep.error === null
      ? await runCrossCheck(settings, found, swept, loadPortsOf(settings, found, ports))
      : { crossCheck: null, findings: [] }
  const { runner, nodeVersion, signal } = ports
  const durationSeconds = (clock.now() - planned.startAt) / 1000
  const { startedAt, proof } = planned
  const { searchEnd, once } = sweep
  const frame = { startedAt, durationSeconds, plan, searchEnd, once, runner, nodeVersion, proof, signal, isCut }
  const findings = [
    ...checked.findings,
    ...describeControlSweep(sweep),
    // What ended a run early took its passes, and not a budget.
    ...(isCut || sweep.error !== null ? [] : findFewerPasses(plan, sweep, settings)),
  ]
  const measured = await reportSide(side, { sweep, ...summary }, { ...checked, findings }, frame)
  return {
    report: addLimits(measured, settings.limits),
    records: recordsOf(sweep.levelRuns),
    error: sweep.error,
    control: control === null || sweep.control === null ? null : await reportControl(control, sweep.control, frame),
    controlTrouble: planned.controlTrouble ?? sweep.control?.error?.what ?? null,
  }
}

/** That the levels of a search left no room for all passes. */
function findFewerPasses({ ladder }: Plan, sweep: Sweep, settings: Settings): Finding[] {
  const { searchEnd, nearestBudget, used, levelRuns, once } = sweep
  if (levelRuns.every(({ concurrency }) => once.includes(concurrency))) return []
  const measured = Math.max(0, ...levelRuns.map(({ pass }) => pass))
  const { mostPasses, leastPasses = mostPasses } = ladder
  if (searchEnd === null || searchEnd === 'gone' || measured >= leastPasses) return []
  const budget = describeBudget(nearestBudget, settings, countNeededBudget(used, once, leastPasses))
  const message = `${pluralise(measured, 'pass', 'passes')} instead of ${leastPasses}: more of the levels that were found would not fit into ${budget}`
  return [{ code: 'plan-cut', message }]
}

/** A budget as it is set, and how much of it would have been enough, a tenth more than what the first pass lets expect. */
function describeBudget(name: BudgetName, settings: Settings, neededShare: number): string {
  const { maxDurationMs, maxRequests, maxOutputTokens } = settings
  const limits = { 'max-duration': maxDurationMs, 'max-requests': maxRequests, 'max-output-tokens': maxOutputTokens }
  const given = limits[name]
  if (given === null) return `\`${name}\``
  const [limit, unit] = name === 'max-duration' ? [given / 1000, 's'] : [given, '']
  return `\`${name}: ${limit}${unit}\`, about ${Math.ceil(1.1 * neededShare * limit)}${unit} would do`
}

async function reportControl(control: PlannedControl, sweep: SideSweep, frame: RunFrame) {
  const summary = summariseSide(control, sweep)
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
  const buildSidePorts = (side: Pick<PlannedControl, 'settings' | 'found' | 'serverMetrics'>) => ({
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
      ...buildSidePorts({ settings, found, serverMetrics }),
      crew: ports.crew,
      threads,
      steer: ports.steer ?? null,
      isClientBusy: (run) => summariseLevel([run], options).invalidReasons.includes('client-saturated'),
      control: control === null ? null : { ...buildSidePorts(control), timing: settings.controlTiming },
      onLevelStart: (level, side, ladder) => ports.onLevelStart({ ...level, side, ladder }),
      searchLevel: (measured, bounds, share) =>
        searchNextLevel(
          measured.map(({ run, held, ...cost }) => ({
            ...readSearchedLevel(summariseLevel([run], options), held),
            ...cost,
          })),
          bounds,
          share,
        ),
      chooseWindowMs: (runs, ofControl) =>
        chooseWindowMs(
          ofControl === null ? [runs] : [runs, ofControl],
          { ...plan.windows, passes: plan.ladder.leastPasses ?? plan.ladder.mostPasses },
          settings.expectedSpread,
        ),
      isPrecise: (runs, ofControl) =>
        isPreciseEnough(
          summariseLevels(runs, options),
          ofControl === null ? null : summariseLevels(ofControl, options),
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

/** The budgets of this process; a shard has its share. */
function limitsOf({ shard, maxDurationMs, maxRequests, maxOutputTokens }: Settings): BudgetLimits {
  if (shard === null) return { maxDurationMs, maxRequests, maxOutputTokens }
  return { maxDurationMs, maxRequests: shareOut(maxRequests, shard), maxOutputTokens: shareOut(maxOutputTokens, shard) }
}

/** One side of a run as it was found: the endpoint, or its control. */
interface FoundSide {
  readonly settings: Settings
  readonly found: Preflight
  /** Findings from before the load. */
  readonly findings: readonly Finding[]
}

/** The levels of one side, and its plateau. */
interface SideSummary {
  readonly levels: readonly MeasuredLevel[]
  readonly plateau: Plateau
}

/** Summarises the level runs of one side. */
function summariseSide({ settings, found }: FoundSide, { levelRuns }: SideSweep): SideSummary {
  const levels = summariseLevels(levelRuns, levelOptionsOf(settings, found))
  return { levels, plateau: findPlateau(levels) }
}

/** What both sides' reports share. */
interface RunFrame {
  readonly startedAt: Date
  readonly durationSeconds: number
  readonly plan: Plan
  /** Why the search for levels ended; null without one. */
  readonly searchEnd: SearchEnd | null
  /** The levels that were measured in the first pass only, because more would take too long. */
  readonly once: readonly number[]
  readonly runner: RunContext['runner']
  readonly nodeVersion: string
  readonly proof: SelfProof | null
  readonly signal: AbortSignal
  /** Whether an interrupt ended the sweep: what comes after it decides nothing. */
  readonly isCut: boolean
}

/** Makes the report of one side. `crossCheck` and `findings` are added to what its sweep shows. */
async function reportSide(
  side: FoundSide,
  { sweep, levels, plateau }: { readonly sweep: SideSweep } & SideSummary,
  { crossCheck, findings }: CrossChecked,
  frame: RunFrame,
): Promise<RunReport> {
  const { settings, found } = side
  const { plan } = frame
  const slo = sumUpObjectives(levelOptionsOf(settings, found).slo ?? null, levels, chooseLoad(settings))
  const extra = [...findings, ...(await collectFindings(side, sweep, levels, frame))]
  return assembleReport({
    settings,
    startedAt: frame.startedAt,
    durationSeconds: frame.durationSeconds,
    runner: frame.runner,
    nodeVersion: frame.nodeVersion,
    proof: frame.proof,
    series: seriesOfRun(settings, found),
    model: settings.model ?? found.target.dialect.model,
    servedModel: levels.at(-1)?.servedModels.at(-1) ?? found.servedModel,
    build: found.build,
    serverVersion: found.described === null ? found.serverVersion : found.described.served,
    provisioned: found.described?.provisioned ?? null,
    plan: {
      levels: listLadderLevels(plan.ladder, sweep.levelRuns),
      passes: countPasses(frame, sweep),
      expected: plan.expected,
      cut: plan.cut,
      ...(frame.once.length > 0 && { once: frame.once }),
      ...(frame.searchEnd !== null && { searchEnd: frame.searchEnd }),
    },
    capabilities: found.capabilities,
    levels,
    slowest: pickSlowest(levels),
    plateau,
    crossCheck,
    within: settings.throughputWithin === null ? null : findBestWithin(levels, settings.throughputWithin),
    slo,
    price:
      settings.pricePerHour === null
        ? null
        : priceTokens(settings.pricePerHour, { plateau, capacity: slo?.capacity ?? null, levels }),
    validity: judgeRun(levels, { extra, sentinelMs: sweep.sentinelMs }),
  })
}

/** The planned passes; with `passes: auto` and after a search those that were measured. */
function countPasses({ plan, searchEnd, once }: RunFrame, { levelRuns }: SideSweep): number {
  const { mostPasses, leastPasses } = plan.ladder
  const measured = Math.max(1, ...levelRuns.map(({ pass }) => pass))
  if (searchEnd !== null || once.length === plan.ladder.levels.length) return measured
  return leastPasses === undefined ? mostPasses : Math.max(leastPasses, measured)
}

/** How the levels of one side are summed up. */
export function levelOptionsOf(settings: Settings, found: Preflight): LevelOptions {
  return {
    task: found.target.dialect.task,
    ...(settings.slo !== null && { slo: { objectives: settings.slo, share: settings.sloShare } }),
    prefixCache: settings.prefixCache,
    tolerance: chooseSmallestTolerance(settings),
    sequences: countMostSequences(found),
  }
}

/** Runs to levels, by rising concurrency. */
export function summariseLevels(runs: readonly LevelRun[], options: LevelOptions): MeasuredLevel[] {
  const byConcurrency = Map.groupBy(runs, (run) => run.concurrency)
  return [...byConcurrency.values()]
    .map((runs) => summariseLevel(runs, options))
    .sort((a, b) => a.concurrency - b.concurrency)
}

/** The most texts in one request: only embeddings have several, by `batch-size` or in a line of the prompts file. */
function countMostSequences({ workload: { task, batchSize, prompts } }: Pick<Preflight, 'workload'>): number {
  if (generatesTokens(task)) return 1
  if (prompts === null) return batchSize
  return Math.max(...prompts.map((prompt) => (prompt.kind === 'input' ? prompt.texts.length : 1)))
}

/** All findings about the run: from before the load, in the sweep, and of the endpoint afterwards. */
async function collectFindings(
  { settings, found, findings }: FoundSide,
  sweep: SideSweep,
  levels: readonly MeasuredLevel[],
  { signal, isCut }: Pick<RunFrame, 'signal' | 'isCut'>,
): Promise<Finding[]> {
  return [
    ...findings,
    ...findUnsettled(sweep.settled),
    ...(sweep.endedWell === false ? [GONE] : []),
    ...(await findOtherBuild(settings, found, signal)),
    ...(signal.aborted ? [] : ((await found.described?.findChanges(signal)) ?? [])),
    ...(vendorOf(found.target.api)?.findLimits?.(levels) ?? []),
    ...(isCut ? [INTERRUPTED] : []),
  ]
}

const GONE: Finding = { code: 'endpoint-gone', message: 'Single requests after the last level all failed.' }

/** A partial report must say so: nobody should gate on half a sweep. */
const INTERRUPTED: Finding = { code: 'cancelled', message: 'The run was interrupted: levels and passes are missing.' }

function findUnsettled(settled: boolean | null): Finding[] {
  if (settled !== false) return []
  const message =
    'In no three consecutive stretches of load did TTFT and TPOT stay within 5 %, or within what requests differ by.'
  return [{ code: 'not-settled', message }]
}

/** Checks that the endpoint still shows the expected version after the last level. */
async function findOtherBuild(settings: Settings, found: Preflight, signal: AbortSignal): Promise<Finding[]> {
  if (found.build === null || signal.aborted) return []
  const shown = await findOtherVersion(settings, found.target, found.servedModel, signal)
  if (shown === null) return []
  return [
    { code: 'served-model-changed', message: `the endpoint showed ${found.build} at the start and shows ${shown} now` },
  ]
}
