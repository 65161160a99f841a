import { generatesTokens, chooseLoad } from '../vocabulary/load.ts'
import type { CrossChecked } from './cross-check.ts'
import { findOtherVersion } from '../load/preflight/readiness.ts'
import type { Preflight } from '../load/preflight/preflight.ts'
import type { SideSweep } from '../load/side.ts'
import { findCapacity, sumUpKept } from '../metrics/plateau/capacity.ts'
import type { Finding } from '../metrics/findings.ts'
import { pickSlowest } from '../metrics/level/slowest.ts'
import { summariseLevel } from '../metrics/level.ts'
import type { LevelOptions, MeasuredLevel } from '../metrics/level/level-metrics.ts'
import type { Slo } from '../metrics/level/objectives.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import { priceTokens } from '../metrics/plateau/price.ts'
import { findPlateau } from '../metrics/plateau/plateau.ts'
import type { Plateau } from '../metrics/plateau/plateau.ts'
import { judgeRun } from '../metrics/validity.ts'
import { findBestWithin } from '../metrics/plateau/within.ts'
import type { Plan } from '../plan/plan.ts'
import { listLadderLevels } from '../plan/ladder.ts'
import type { SearchEnd, LoadKind } from '../vocabulary/load.ts'
import { assembleReport } from '../report/run-report.ts'
import { buildSeries } from '../report/series.ts'
import type { ReportSlo, RunContext, RunReport } from '../report/run-report.ts'
import type { Series } from '../report/series.ts'
import type { Settings } from '../settings.ts'
import { renderObjectives } from '../settings/values/objectives.ts'
import { chooseSmallestTolerance } from '../settings/values/tolerance.ts'
import { vendorOf } from '../vendors/vendors.ts'

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
export function summariseSide({ settings, found }: FoundSide, { levelRuns }: SideSweep): SideSummary {
  const levels = levelsOf(levelRuns, levelOptionsOf(settings, found))
  return { levels, plateau: findPlateau(levels) }
}

/** What both sides' reports share. */
export interface RunFrame {
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
export async function reportSide(
  side: FoundSide,
  { sweep, levels, plateau }: { readonly sweep: SideSweep } & Pick<SideSummary, 'levels' | 'plateau'>,
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

/** The figures about objectives; null where none are set. */
export function sumUpObjectives(slo: Slo | null, levels: readonly MeasuredLevel[], load: LoadKind): ReportSlo | null {
  if (slo === null) return null
  const { objectives, share } = slo
  return { objectives: renderObjectives(objectives), share, capacity: findCapacity(levels, load), ...sumUpKept(levels) }
}

/** The planned passes; with `passes: auto` and after a search those that were measured. */
function countPasses({ plan, searchEnd, once }: RunFrame, { levelRuns }: SideSweep): number {
  const { passes, leastPasses } = plan.ladder
  const measured = Math.max(1, ...levelRuns.map(({ pass }) => pass))
  if (searchEnd !== null || once.length === plan.ladder.levels.length) return measured
  return leastPasses === undefined ? passes : Math.max(leastPasses, measured)
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

/** The series that a run of this side belongs to. */
export function seriesOfRun(settings: Settings, { target, shrunkTo }: Preflight): Series {
  return buildSeries({ settings, api: target.api.name, task: target.dialect.task, shrunkTo })
}

/** Runs to levels, by rising concurrency. */
export function levelsOf(runs: readonly LevelRun[], options: LevelOptions): MeasuredLevel[] {
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
