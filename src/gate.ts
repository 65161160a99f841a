import { chooseLoad, nameLevel, spellLevels } from './vocabulary/load.ts'
import type { KnownLevel } from './vocabulary/load.ts'
import { boundsOf, measureCommandSessions, serverOf } from './sessions/command-sessions.ts'
import { countHeld } from './sessions/sessions.ts'
import type { Session } from './sessions/sessions.ts'
import { SettingsError } from './errors.ts'
import type { EndpointError } from './errors.ts'
import type { ResultFile } from './imports/join-results.ts'
import { lookUpFinding } from './metrics/findings.ts'
import { measureRun } from './run/measure.ts'
import { planRun, recallRun } from './run/plan-run.ts'
import type { PlannedRun } from './run/plan-run.ts'
import { planSecondLook } from './plan/run-plan.ts'
import type { MeasuredRun } from './run/measure.ts'
import type { MeasurePorts } from './run/ports.ts'
import type { RequestRecord } from './vocabulary/request-facts.ts'
import { joinShortList, nameOf } from './render/metric-words.ts'
import type { Baseline, HistoryRow } from './report/history.ts'
import { serve } from './serving/served-command.ts'
import type { ProcessPort } from './serving/served-command.ts'
import { rowOf } from './report/history-row.ts'
import type { EarlierAttempt, Looks, SecondLook, Sessions } from './report/looks.ts'
import type { RunReport } from './report/run-report.ts'
import type { Verdict } from './report/verdict.ts'
import type { Settings } from './settings.ts'
import { escapeForTerminal } from './text.ts'
import { decide, screen } from './verdict/decide.ts'
import { isDecided } from './verdict/early-end.ts'
import { addSides } from './verdict/sides.ts'
import type { DecideInput } from './verdict/policy.ts'
import { narrowBaseline } from './verdict/history/past.ts'
import { setAttemptsApart, removeCandidate } from './verdict/history/set-apart.ts'
import { recallLadder, recallLevels } from './verdict/history/recall-ladder.ts'
import { checkLimits, toReportLimits } from './verdict/limits/limits.ts'
import { pickWorstLimits } from './verdict/limits/limits-over-runs.ts'
import type { ScreenInput } from './verdict/decide.ts'

/** Everything that the gate needs from outside. */
export interface GatePorts extends MeasurePorts {
  /** The recorded runs of this name; null for `baseline: none`. */
  readonly loadBaseline: (() => Promise<Baseline>) | null
  /** What earlier attempts at the same job measured of the same commit, oldest first; default: none. */
  readonly earlier?: readonly EarlierAttempt[]
  /**
   * This workflow run and attempt; default: unknown. Recorded runs of its earlier attempts are not part of the
   * baseline.
   */
  readonly run?: { readonly id: string; readonly attempt: number }
  /** A new phase begins, for a heading in the log. */
  readonly onPhase: (phase: 'history' | 'preflight' | 'sweep' | 'second look') => void
  /** The machine on which commands start servers. */
  readonly processes: ProcessPort
  /** The folder that gets the logs of such servers. */
  readonly serverLogs: string
  /** The files that paths and patterns name. @throws SettingsError when there are none, or one cannot be read. */
  readonly readResults: (patterns: readonly string[]) => readonly ResultFile[]
  /** Measures what is planned; default: this process does, alone. */
  readonly measureRun?: typeof measureRun
  /** Hides secrets in a text. */
  readonly redact: (text: string) => string
  /** Hides secrets in a report before it is compared, as recorded runs hold none either. */
  readonly redactReport: (report: RunReport) => RunReport
}

/** The result of a run. */
export interface GateResult {
  /** The last complete run; `reports` has all of `runs: n`. */
  readonly report: RunReport
  readonly reports: readonly RunReport[]
  /** The control's reports, one for each run in which it could be measured. */
  readonly controls: readonly RunReport[]
  /** The runs as the history keeps them. */
  readonly rows: readonly HistoryRow[]
  /** All requests of the last run's levels that count, one after another. */
  readonly records: Iterable<RequestRecord>
  readonly verdict: Verdict
  /** What the verdict rests on besides report and baseline. */
  readonly looks: Looks
  /** The recorded runs of its series; null when there were none. */
  readonly baseline: Baseline | null
  /** Set when the endpoint ended the run early; the report holds what was measured before. */
  readonly error: EndpointError | null
  readonly cancelled: boolean
}

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
  if (settings.candidateCommand === null || settings.controlCommand !== null) {
    return measureAndDecide(settings, baseline, { ...ports, earlier })
  }
  const server = serverOf('candidate', settings, ports.serverLogs)
  ports.log(`what the server writes is kept in ${server.log}`)
  const { result } = await serve(server, ports, async (ended) =>
    measureAndDecide(settings, baseline, { ...ports, earlier }, ended),
  )
  return result
}

/** The story after the history; waiting for the endpoint stops when its command has `ended`. */
async function measureAndDecide(
  settings: Settings,
  baseline: Baseline | null,
  ports: GatePorts,
  ended: AbortSignal | null = null,
): Promise<GateResult> {
  const { signal, earlier = [] } = ports
  const { planned, ...measured }: Measured =
    settings.results !== null
      ? { runs: [await importResults(settings, settings.results, ports)], planned: null }
      : isInSessions(settings)
        ? await measureInSessions(settings, baseline, ports)
        : await measureRuns(settings, baseline, ports, ended)
  const { runs } = measured
  const last = runs.at(-1)!
  const input = inputOf(settings, baseline, measured, ports)
  // Another session shows more than fresh passes over the same deployments.
  const secondLook =
    planned === null || isInSessions(settings) ? 'none' : await measureSecondLook(settings, input, planned, ports)
  const { candidates, controls, controlTroubles, sessions, limits } = input
  return {
    report: last.report,
    reports: runs.map(({ report }) => report),
    controls: runs.flatMap(({ control }) => control?.report ?? []),
    rows: candidates,
    records: last.records,
    verdict: addSides(decide({ ...input, secondLook }), { ...input, secondLook }),
    looks: {
      candidates,
      ...(controls !== undefined && { controls }),
      ...(controlTroubles !== undefined && { controlTroubles }),
      ...(sessions !== undefined && { sessions }),
      secondLook,
      limits,
      ...(earlier.length > 0 && { earlier }),
    },
    baseline: narrowBaseline(baseline, candidates[0]!),
    error: last.error,
    cancelled: signal.aborted,
  }
}

/** What another tool measured, in the place of a run of ours. Its readers are loaded only then. */
async function importResults(
  settings: Settings,
  patterns: readonly string[],
  { readResults, redactReport, log }: Pick<GatePorts, 'readResults' | 'redactReport' | 'log'>,
): Promise<MeasuredRun> {
  const { importRun } = await import('./imports/import-run.ts')
  const { joinResults } = await import('./imports/join-results.ts')
  const files = readResults(patterns)
  const joined = joinResults(files, settings)
  if (!('levels' in joined)) throw new SettingsError(joined)
  const report = redactReport(importRun(joined, settings))
  log(`judging what ${joined.tool} measured: ${files.map(({ path }) => escapeForTerminal(path)).join(', ')}`)
  const limits = checkLimits(settings.limits, report)
  return {
    report: limits.length === 0 ? report : { ...report, limits: toReportLimits(limits) },
    records: [],
    limits,
    error: null,
    control: null,
    controlTrouble: null,
  }
}

/** What was measured. */
interface Measured {
  /** The run, those of `runs: n`, or one a session. */
  readonly runs: readonly MeasuredRun[]
  readonly sessions?: Sessions
  /** The last one's plan; null where another tool measured. */
  readonly planned: PlannedRun | null
}

/** Whether both sides are deployed anew and measured, in sessions, until they decide. */
function isInSessions({ controlCommand, redeployCommand }: Settings): boolean {
  return controlCommand !== null || redeployCommand !== null
}

/** Everything that the verdict on these runs depends on, except a second look. */
function inputOf(
  settings: Settings,
  baseline: Baseline | null,
  { runs, sessions }: Pick<Measured, 'runs' | 'sessions'>,
  { signal, earlier = [] }: Pick<GatePorts, 'signal' | 'earlier'>,
): ScreenInput {
  const candidates = runs.map(({ report }) => rowOf(report))
  return {
    candidates,
    ...pickControls(settings, runs),
    ...(sessions !== undefined && { sessions }),
    // What another tool measured may have been recorded before.
    baseline: baseline === null ? null : removeCandidate(baseline, candidates[0]!),
    policy: settings,
    limits: toReportLimits(pickWorstLimits(runs.map(({ limits }) => limits))),
    trouble: troubleOf(runs.at(-1)!, signal),
    accepted: settings.accept,
    decidedBy: settings.decidedBy,
    ...(earlier.length > 0 && { earlier }),
  }
}

/** The controls of these runs, and why any are missing. Empty where none is wanted. */
function pickControls(
  { control, controlCommand }: Settings,
  runs: readonly MeasuredRun[],
): Pick<Looks, 'controls' | 'controlTroubles'> {
  if (control === null && controlCommand === null) return {}
  const troubles = [...new Set(runs.flatMap((run) => describeControlTrouble(run) ?? []))]
  return {
    controls: runs.map(rowOfControl),
    ...(troubles.length > 0 && { controlTroubles: troubles }),
  }
}

/** The control's row; null for one that died, or whose run is not valid. */
function rowOfControl(run: MeasuredRun): HistoryRow | null {
  return run.control === null || describeControlTrouble(run) !== null ? null : rowOf(run.control.report)
}

/** Why a control cannot be used, as half a sentence; null where it can, or where nothing was measured. */
function describeControlTrouble({ control, controlTrouble }: MeasuredRun): string | null {
  if (controlTrouble !== null) return controlTrouble
  if (control === null || control.report.validity.ok) return null
  const why = control.report.validity.findings.find(({ code }) => lookUpFinding(code)?.invalidates)
  return `its run cannot be used${why === undefined ? '' : `: ${why.message.replace(/\.$/, '')}`}`
}

/** Logged before anything is sent, in case the user would rather wait until the history can be read. */
function tellTrouble({ unreadable, lost }: Baseline, { log }: GatePorts): void {
  if (unreadable !== null)
    log(`the history cannot be read, so nothing will be compared: ${unreadable.why}. What helps: ${unreadable.remedy}`)
  if (lost !== undefined) log(`nothing will be compared: ${lost}`)
}

/** Measures in sessions, each of which is a run; `planned` is the last one's. */
async function measureInSessions(settings: Settings, baseline: Baseline | null, ports: GatePorts): Promise<Measured> {
  const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries
  const sessions = await measureCommandSessions(settings, {
    ...ports,
    ladder: (series) => recallLadder(entries, series),
    canGoWithout: entries.length > 0,
    measure: async (own, planned) => measureWithoutSecrets(own, planned, ports),
    decideSoFar: (soFar) => isDecided(inputOf(settings, baseline, sumUpSessions(settings, soFar), ports)),
  })
  return { ...sumUpSessions(settings, sessions), planned: sessions.at(-1)!.planned }
}

function sumUpSessions(settings: Settings, sessions: readonly Session[]): Pick<Measured, 'runs' | 'sessions'> {
  return {
    runs: sessions.map(({ run }) => run),
    sessions: { fresh: true, most: countHeld(boundsOf(settings), sessions) },
  }
}

/** One complete run, or with `runs` several with pauses between them; a failed one is the last. */
async function measureRuns(
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
  for (;;) {
    ports.onPhase('preflight')
    const planned = await planRun(settings, (series) => found ?? recallLadder(baseline?.entries ?? [], series), waiting)
    ports.onPhase('sweep')
    const run = await measureWithoutSecrets(settings, planned, ports)
    runs.push(run)
    found ??= recallRun(run.report)
    if (runs.length === settings.runs || troubleOf(run, ports.signal) !== null)
      return { runs, planned: run.control?.error == null ? planned : { ...planned, control: null } }
    ports.log(`run ${runs.length} of ${settings.runs} done; the next one follows after a pause`)
    await ports.clock.sleep(settings.pauseMs, ports.signal)
  }
}

/**
 * Fresh passes, after a pause, over what looks worse. `none` when nothing does or the endpoint fails; `unusable` when
 * they were interrupted or the endpoint changed meanwhile.
 */
async function measureSecondLook(
  settings: Settings,
  input: ScreenInput,
  first: PlannedRun,
  ports: GatePorts,
): Promise<SecondLook> {
  if (settings.confirm === 0 || input.trouble !== null) return 'none'
  const { metrics, levels } = screen(input)
  if (levels.length === 0) return 'none'
  ports.onPhase('second look')
  const load = chooseLoad(settings)
  const what =
    metrics.length > 0
      ? `${joinShortList(
          metrics.map((metric) => nameOf({ metric })),
          4,
        )} ${metrics.length === 1 ? 'looks' : 'look'} worse`
      : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel(load, level))))} failed or could not be used`
  ports.log(`${what}; measuring again after a pause`)
  await ports.clock.sleep(settings.pauseMs, ports.signal)
  if (ports.signal.aborted) return 'unusable'
  const plan = planSecondLook(settings, first.found, recallLevels(input.candidates, levels))
  const planned = { ...first, startedAt: ports.wallClock(), startAt: ports.clock.now(), plan, findings: [] }
  const again = await measureWithoutSecrets({ ...settings, crossCheck: 'none' }, planned, ports)
  if (ports.signal.aborted) return 'unusable'
  if (again.error !== null) return 'none'
  // A level that fails again makes this run invalid, but is exactly what the look was to find out.
  return isChanged(again.report) ? 'unusable' : { row: rowOf(again.report), control: rowOfControl(again) }
}

/** A server may echo the key, for example as the name of its model. */
async function measureWithoutSecrets(settings: Settings, planned: PlannedRun, ports: GatePorts): Promise<MeasuredRun> {
  const run = await (ports.measureRun ?? measureRun)(settings, planned, ports)
  const { control } = run
  return {
    ...run,
    report: ports.redactReport(run.report),
    control: control === null ? null : { ...control, report: ports.redactReport(control.report) },
  }
}

/** Whether the endpoint changed between start and end. */
function isChanged({ validity }: RunReport): boolean {
  return validity.findings.some(
    ({ code, level }) => level === undefined && (code === 'config-updated' || code === 'served-model-changed'),
  )
}

/** Why a run must not be judged, or null. */
function troubleOf({ report, error }: MeasuredRun, signal: AbortSignal): DecideInput['trouble'] {
  if (signal.aborted) return 'cancelled'
  if (error !== null) return 'endpoint'
  return report.validity.ok ? null : 'run-invalid'
}
