import { runPreflight } from '../load/preflight/preflight.ts'
import { planThreads } from '../plan/shares.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Settings } from '../settings.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import type { HistoryLadder, PlannedRun } from './plan-found.ts'
import type { MeasurePorts } from './ports.ts'

/** The levels of a run, for the next one of the same go, which measures once what this one did. */
export function recallRun({ levels, plan }: Pick<RunReport, 'levels' | 'plan'>): readonly KnownLevel[] {
  return levels.map(({ concurrency, latencyMs }) => ({
    level: concurrency,
    latencyMs: latencyMs?.p50 ?? null,
    ...(plan.once?.includes(concurrency) === true && { once: true }),
  }))
}

/**
 * Readiness, preflight, and the plan with its cost.
 *
 * @throws EndpointError when the endpoint cannot be measured at all.
 * @throws SettingsError when this machine cannot do what the settings ask.
 */
export async function planRun(settings: Settings, ladder: HistoryLadder, ports: MeasurePorts): Promise<PlannedRun> {
  const startedAt = ports.wallClock()
  const startAt = ports.clock.now()
  // Refuses more threads than there are cores before anything is sent.
  const planned = planThreads(settings.clientThreads, ports.runner.cpuCount)
  const threads = ports.openCrew === null ? null : planned
  const found = await runPreflight(settings, ports)
  // What plans and measures is loaded when the endpoint has answered: a server that is not there is told of sooner.
  const { planFound } = await import('./plan-found.ts')
  return planFound(settings, { startedAt, startAt, threads, found }, ladder, ports)
}
