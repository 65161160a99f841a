import { isInSessions } from './gate/ports.ts'
import type { Measured, GatePorts, GateResult } from './gate/ports.ts'
import { importResults, measureRuns } from './gate/measure-runs.ts'
import type { Baseline } from './report/history.ts'
import type { Settings } from './settings.ts'
import { setAttemptsApart } from './report/attempts.ts'

export type { GatePorts, GateResult } from './gate/ports.ts'

/**
 * THE STORY: the history, readiness and preflight, the sweep, the comparison, a second look at what looks worse, the
 * verdict. Where the results of another tool are given they stand for what would be measured, and nothing is sent.
 *
 * @throws SettingsError when results cannot be judged.
 * @throws EndpointError when the endpoint cannot be measured at all.
 * @throws BaselineError when the history exists and cannot be used.
 */
export async function runGate(settings: Settings, ports: GatePorts): Promise<GateResult> {
  if (ports.loadBaseline !== null) ports.onPhase('history')
  const loaded = await (ports.loadBaseline?.() ?? null)
  if (loaded !== null) tellTrouble(loaded, ports)
  const { baseline, earlier } = setAttemptsApart(loaded, ports)
  const { candidateCommand, controlCommand, redeployCommand } = settings
  if (candidateCommand !== null || redeployCommand !== null) await loadWhatFollows()
  const goOn = async (ended: AbortSignal | null): Promise<GateResult> =>
    measureAndDecide(settings, baseline, { ...ports, earlier }, ended)
  if (candidateCommand === null || controlCommand !== null) return goOn(null)
  const { serveCandidate } = await import('./gate/measure-sessions.ts')
  return serveCandidate(settings, ports, goOn)
}

/** A command that deploys may install this program anew (`npm ci`): what is loaded after it must be of the same installation. */
async function loadWhatFollows(): Promise<void> {
  await Promise.all([
    import('./gate/decide-measured.ts'),
    import('./run/plan-found.ts'),
    import('./run/measure.ts'),
    import('./gate/recall.ts'),
  ])
}

/**
 * The story after the history; waiting for the endpoint stops when its command has `ended`. What decides is loaded when
 * there is something to decide about: until then it would only take time and memory.
 */
async function measureAndDecide(
  settings: Settings,
  baseline: Baseline | null,
  ports: GatePorts,
  ended: AbortSignal | null,
): Promise<GateResult> {
  const measured = await measureAsTold(settings, baseline, ports, ended)
  const { decideMeasured } = await import('./gate/decide-measured.ts')
  return decideMeasured(settings, baseline, measured, ports)
}

/** Runs, sessions, or what another tool measured in the place of a run of ours. */
async function measureAsTold(
  settings: Settings,
  baseline: Baseline | null,
  ports: GatePorts,
  ended: AbortSignal | null,
): Promise<Measured> {
  if (settings.results !== null)
    return { runs: [await importResults(settings, settings.results, ports)], planned: null }
  if (!isInSessions(settings)) return measureRuns(settings, baseline, ports, ended)
  const { measureInSessions } = await import('./gate/measure-sessions.ts')
  return measureInSessions(settings, baseline, ports)
}

/** Logged before anything is sent, in case the user would rather wait until the history can be read. */
function tellTrouble({ unreadable, lost }: Baseline, { log }: GatePorts): void {
  if (unreadable !== null)
    log(`the history cannot be read, so nothing will be compared: ${unreadable.why}. What helps: ${unreadable.remedy}`)
  if (lost !== undefined) log(`nothing will be compared: ${lost}`)
}
