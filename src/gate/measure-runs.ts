import { EndpointError, SettingsError } from '../errors.ts'
import type { Baseline } from '../report/history.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Series } from '../report/series.ts'
import type { MeasuredRun } from '../run/measure.ts'
import { planRun, recallRun } from '../run/plan-run.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { Settings } from '../settings.ts'
import type { DecideInput } from '../verdict/look.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import type { GatePorts } from './ports.ts'
import type { Plan } from '../plan/plan.ts'
import { formatAbout, formatDuration } from '../words/format.ts'
import { sum } from 'simple-statistics'
import { pluralise, escapeForTerminal } from '../text.ts'
import { isInSessions } from './ports.ts'

/** One complete run, or with `runs` several with pauses between them; a failed one is the last. */
export async function measureRuns(
  settings: Settings,
  baseline: Baseline | null,
  ports: GatePorts,
  ended: AbortSignal | null,
): Promise<{ runs: readonly MeasuredRun[]; planned: PlannedRun }> {
  const runs: MeasuredRun[] = []
  /** What the first run's search has found, if it searched. */
  let found: readonly KnownLevel[] | null = null
  const waiting =
    ended === null ? ports : { ...ports, signal: AbortSignal.any([ports.signal, ended]), awaitsLocalServer: true }
  let last: PlannedRun | null = null
  for (;;) {
    ports.onPhase('preflight')
    let planned: PlannedRun
    try {
      planned = await planRun(settings, async (series) => found ?? loadLadder(baseline, series), waiting)
    } catch (error) {
      if (last !== null && ports.signal.aborted && error instanceof EndpointError) return { runs, planned: last }
      throw error
    }
    ports.onPhase('sweep')
    const isCompared = (baseline?.entries.length ?? 0) > 0 || planned.control !== null
    const again = isCompared && runs.length === 0 ? describeSecondLook(planned.plan, settings) : null
    const run = await measureWithoutSecrets(settings, planned, {
      ...ports,
      onPlan(...plan) {
        ports.onPlan(...plan)
        if (again !== null) ports.log(again)
      },
    })
    runs.push(run)
    last = run.control?.error == null ? planned : { ...planned, control: null }
    found ??= recallRun(run.report)
    if (runs.length === settings.runs || findRunTrouble(settings, run) !== null) return { runs, planned: last }
    ports.log(`run ${runs.length} of ${settings.runs} done; the next one follows after a pause`)
    await ports.clock.sleep(settings.pauseMs, ports.signal)
  }
}

/** The levels that recorded runs of a series had; null where there are none. What tells is loaded where any were recorded. */
async function loadLadder(baseline: Baseline | null, series: Series): Promise<readonly KnownLevel[] | null> {
  if (baseline === null || baseline.entries.length === 0) return null
  const { recallLadder } = await import('./recall.ts')
  return recallLadder(baseline.entries, series)
}

/** A server may echo the key, for example as the name of its model. */
export async function measureWithoutSecrets(
  settings: Settings,
  planned: PlannedRun,
  ports: GatePorts,
): Promise<MeasuredRun> {
  const measure = ports.measureRun ?? (await import('../run/measure.ts')).measureRun
  const run = await measure(settings, planned, ports)
  const { control } = run
  return {
    ...run,
    report: await ports.redactReport(run.report),
    control: control === null ? null : { ...control, report: await ports.redactReport(control.report) },
  }
}

/** Why a run must not be judged, or null. */
export function findRunTrouble(settings: Settings, run: MeasuredRun): DecideInput['trouble'] {
  if (isInterrupted(settings, run)) return 'cancelled'
  if (run.error !== null) return 'endpoint'
  return run.report.validity.ok ? null : 'run-invalid'
}

/** Whether a run, or the control that belongs to it, was interrupted before it was measured to its end. */
export function isInterrupted({ controlCommand }: Settings, { report, control, controlTrouble }: MeasuredRun): boolean {
  // Of a control that is started for itself there is nothing where the interrupt came before it.
  if (control === null) return isCut(report) || (controlCommand !== null && controlTrouble === null)
  return isCut(report) || isCut(control.report)
}

function isCut({ validity }: RunReport): boolean {
  return validity.findings.some(({ code, level }) => code === 'cancelled' && level === undefined)
}

/**
 * That a second look may follow, and how much longer the run then takes at most: the pause, and its passes over all
 * levels, or as many as the plan takes for those that are still to be found. Null where none would: it is not wanted, or
 * another session stands for it.
 */
export function describeSecondLook(
  { ladder, sides, secondsOf }: Pick<Plan, 'ladder' | 'sides' | 'secondsOf'>,
  settings: Settings,
): string | null {
  const { confirm, pauseMs, controlTiming } = settings
  if (confirm === 0 || isInSessions(settings)) return null
  const turns = sides === 2 && controlTiming === 'turns' ? 2 : 1
  const seconds = pauseMs / 1000 + confirm * turns * sum(ladder.levels.map(secondsOf))
  const assumed = ladder.search == null ? '' : `, for ${pluralise(ladder.levels.length, 'level')}`
  return `what looks worse is measured again (${pluralise(confirm, 'fresh pass', 'fresh passes')} over it, after a pause of ${formatDuration(pauseMs / 1000)}): then ${formatAbout(seconds)} more at most${assumed}`
}

/** What another tool measured, in the place of a run of ours. */
export async function importResults(
  settings: Settings,
  patterns: readonly string[],
  { readResults, redactReport, log }: Pick<GatePorts, 'readResults' | 'redactReport' | 'log'>,
): Promise<MeasuredRun> {
  const [{ importRun }, { joinResults }, { addLimits }] = await Promise.all([
    import('../imports/import-run.ts'),
    import('../imports/join-results.ts'),
    import('../verdict/limits.ts'),
  ])
  const files = readResults(patterns)
  const joined = joinResults(files, settings)
  if (!('levels' in joined)) throw new SettingsError(joined)
  const report = await redactReport(importRun(joined, settings))
  log(`judging what ${joined.tool} measured: ${files.map(({ path }) => escapeForTerminal(path)).join(', ')}`)
  return {
    report: addLimits(report, settings.limits),
    records: [],
    error: null,
    control: null,
    controlTrouble: null,
  }
}
