import { findLowRateLimits } from '../load/preflight/answer-checks.ts'
import { describeControl, findControl } from './control.ts'
import type { PlannedControl } from './control.ts'
import type { Preflight } from '../load/preflight/preflight.ts'
import { countConnectionsLeft, findOpenFiles } from '../load/runtime.ts'
import { findServerMetrics } from '../load/server-readings.ts'
import type { ServerMetrics } from '../load/server-readings.ts'
import type { Finding } from '../metrics/findings.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import { countUsual } from '../plan/arrivals.ts'
import type { Plan } from '../plan/plan.ts'
import { countAsking, planLevels } from '../plan/run-plan.ts'
import { countWorkers, shareOpenLoad, countThreads } from '../plan/shares.ts'
import type { ThreadPlan } from '../plan/shares.ts'
import { buildSeries } from '../report/series.ts'
import type { Series } from '../report/series.ts'
import type { Settings } from '../settings.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import type { MeasurePorts } from './ports.ts'
import { proveClient } from './self-proof.ts'
import type { Proven } from './self-proof.ts'

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

/** Looks up the levels that recorded runs of a series had, for a search; null where there are none. */
export type HistoryLadder = (series: Series) => readonly KnownLevel[] | null | Promise<readonly KnownLevel[] | null>

/** What preflight has found, and what was known before it. */
interface FoundEndpoint extends Pick<PlannedRun, 'startedAt' | 'threads' | 'found'> {
  /** When the run began, on the clock. */
  readonly startAt: number
}

/** The plan for an endpoint that was found ready, with its cost. */
export async function planFound(
  settings: Settings,
  { startedAt, startAt, threads, found }: FoundEndpoint,
  ladder: HistoryLadder,
  ports: MeasurePorts,
): Promise<PlannedRun> {
  const { control, trouble } = await findControl(settings, found, ports)
  const timing = control === null ? null : settings.controlTiming
  const connections = countConnectionsLeft(ports.openFiles(), threads?.most ?? 0)
  const sides = control === null ? 1 : 2
  const expected = planLevels(
    settings,
    { ...found, control: timing, connections: connections === null ? null : Math.floor(connections / sides) },
    await ladder(seriesOfRun(settings, found)),
  )
  const { metrics, findings } = await findServerMetrics(settings, found.target, ports.signal)
  const proven = await proveMachine(settings, { found, plan: expected, threads }, ports)
  const plan = boundByProof(expected, proven.proof, threads)
  const most = countMostWorkers(plan, settings)
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
      ...plan.cut.map((message): Finding => ({ code: 'plan-cut', message })),
      ...findLowRateLimits(found.rateLimit, plan),
      // One connection for each worker; two sides that are loaded at once share the threads.
      ...findOpenFiles(ports.openFiles(), plan.sides * most, threads === null ? 0 : countThreads(threads, most, 1)),
      ...findings,
      ...proven.findings,
      ...describeControl(found, { control, trouble }),
    ],
    control:
      control === null
        ? null
        : { ...control, findings: [...control.findings, ...findLowRateLimits(control.found.rateLimit, plan)] },
    controlTrouble: trouble,
  }
}

/** The series that a run of this side belongs to. */
export function seriesOfRun(settings: Settings, { target, shrunkTo }: Preflight): Series {
  return buildSeries({ settings, api: target.api.name, task: target.dialect.task, shrunkTo })
}

/** Runs the self-proof for the plan's highest level, unless the task has no tokens to time. */
async function proveMachine(
  settings: Settings,
  { found, plan, threads }: Pick<PlannedRun, 'found' | 'plan' | 'threads'>,
  ports: MeasurePorts,
): Promise<Proven> {
  const { startTruth } = ports
  if (startTruth === null || !settings.selfProof || !generatesTokens(found.target.dialect.task)) return UNPROVEN
  const together = plan.sides === 2 && settings.controlTiming === 'together'
  // A rate asks for as many as come, whatever ceiling they are under.
  const highest = plan.openLoad?.(Math.max(...plan.ladder.levels), 1)
  const asked = highest === undefined ? undefined : shareOpenLoad(highest, settings.shard).usuallyInFlight
  const sides = together ? 2 : 1
  const most = asked ?? countMostWorkers(plan, settings)
  const inFlight = sides * (asked ?? countAsking(settings, found.lone, most))
  const streams = Math.max(1, Math.ceil(inFlight))
  const carrying = threads === null ? 1 : Math.max(1, countThreads(threads, sides * most, 1))
  return proveClient({ streams, inFlight, lone: found.lone, threads: carrying }, { ...ports, startTruth })
}

/** A search does not go beyond what this machine was proven to read, in all the threads that it may take. */
function boundByProof(plan: Plan, proof: SelfProof | null, threads: ThreadPlan | null): Plan {
  const { search } = plan.ladder
  if (search == null || proof === null) return plan
  const mostTokensPerSecond = proof.tokensPerSecond * (threads?.most ?? 1)
  return { ...plan, ladder: { ...plan.ladder, search: { ...search, mostTokensPerSecond } } }
}

const UNPROVEN: Proven = { proof: null, findings: [] }

/** This process's workers at the highest level; of a rate the requests that are usually in flight. */
function countMostWorkers({ ladder, openLoad }: Plan, { shard }: Pick<Settings, 'shard'>): number {
  const highest = Math.max(...ladder.levels)
  return openLoad === undefined
    ? countWorkers({ concurrency: highest, shard })
    : countUsual(shareOpenLoad(openLoad(highest, 1), shard))
}

/** It cannot be seen afterwards, so every report says it. */
const INSECURE: Finding = {
  code: 'insecure-tls',
  message: 'The certificate of the endpoint was not checked (`insecure-tls`).',
}
