import { removeCandidate } from '../report/attempts.ts'
import { buildRow } from '../report/history-row.ts'
import type { Baseline, HistoryRow } from '../report/history.ts'
import type { Looks } from '../report/looks.ts'
import type { Settings } from '../settings.ts'
import { decideVerdict } from '../verdict/decide.ts'
import { addSides } from '../verdict/sides.ts'
import { pickWorstLimits } from '../verdict/limits.ts'
import type { DecideInput, ScreenInput, FirstLook } from '../verdict/look.ts'
import { narrowBaseline } from '../verdict/history/past.ts'
import { recallLevels } from './recall.ts'
import { isInSessions } from './ports.ts'
import type { Measured, GatePorts, GateResult } from './ports.ts'
import type { MeasuredRun } from '../run/measure.ts'
import { isInterrupted, findRunTrouble, measureWithoutSecrets } from './measure-runs.ts'
import { lookUpFinding } from '../metrics/findings.ts'
import type { ReportFinding, RunReport } from '../report/run-report.ts'
import type { EndpointError } from '../errors.ts'
import { planSecondLook } from '../plan/run-plan.ts'
import { joinShortList, nameOf } from '../words/metric-words.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import { takeFirstLook } from '../verdict/look.ts'
import { escapeForTerminal } from '../text.ts'
import { chooseLoad, nameLevel, spellLevels } from '../vocabulary/load.ts'

/** The end of the story: a second look at what looks worse, and the verdict on all that was measured. */
export async function decideMeasured(
  settings: Settings,
  baseline: Baseline | null,
  { planned, ...all }: Measured,
  ports: GatePorts,
): Promise<GateResult> {
  const runs = keepWholeRuns(settings, all.runs, ports)
  const measured = { ...all, runs }
  const last = runs.at(-1)!
  const screened = buildDecideInput(settings, baseline, measured, ports)
  const first = takeFirstLook(screened)
  // Another session shows more than fresh passes over the same deployments.
  const { again, findings } =
    planned === null || isInSessions(settings) || first === null
      ? NOT_AGAIN
      : await measureSecondLook(settings, first, { planned, known: last.report.validity.findings }, ports)
  const secondLook = typeof again === 'string' ? again : { row: buildRow(again.report), control: rowOfControl(again) }
  const input: DecideInput = { ...screened, secondLook }
  const report = addFindings(last.report, findings)
  return {
    report,
    reports: [...runs.slice(0, -1).map((run) => run.report), report],
    controls: runs.flatMap(({ control }) => control?.report ?? []),
    rows: input.candidates,
    records: last.records,
    verdict: addSides(decideVerdict(input, first), input, first),
    looks: looksOf(input),
    baseline: narrowBaseline(baseline, input.candidates[0]!),
    error: last.error,
    cancelled: ports.signal.aborted,
  }
}

/** What of it was measured: with it and the recorded runs, anybody comes to the same verdict. */
function looksOf({
  baseline: _baseline,
  policy: _policy,
  trouble: _trouble,
  accepted: _accepted,
  decidedBy: _decidedBy,
  ...looks
}: DecideInput): Looks {
  return looks
}

/** Everything that the verdict on these runs depends on, except a second look. */
export function buildDecideInput(
  settings: Settings,
  baseline: Baseline | null,
  { runs, sessions }: Pick<Measured, 'runs' | 'sessions'>,
  { earlier = [] }: Pick<GatePorts, 'earlier'>,
): ScreenInput {
  const candidates = runs.map(({ report }) => buildRow(report))
  return {
    candidates,
    ...pickControls(settings, runs),
    ...(sessions !== undefined && { sessions }),
    // What another tool measured may have been recorded before.
    baseline: baseline === null ? null : removeCandidate(baseline, candidates[0]!),
    policy: settings,
    limits: pickWorstLimits(runs.map(({ report }) => report.limits ?? [])),
    trouble: findRunTrouble(settings, runs.at(-1)!),
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
  return run.control === null || describeControlTrouble(run) !== null ? null : buildRow(run.control.report)
}

/** Why a control cannot be used, as half a sentence; null where it can, or where nothing was measured. */
function describeControlTrouble({ control, controlTrouble }: MeasuredRun): string | null {
  if (controlTrouble !== null) return controlTrouble
  if (control === null || control.report.validity.ok) return null
  const why = control.report.validity.findings.find(({ code }) => lookUpFinding(code)?.invalidates)
  return `its run cannot be used${why === undefined ? '' : `: ${why.message.replace(/\.$/, '')}`}`
}

/**
 * The runs that are judged: all, or after an interrupt those that were complete before it, if any was. The last one's
 * report then says so.
 */
function keepWholeRuns(
  settings: Settings,
  runs: readonly MeasuredRun[],
  { signal, log }: Pick<GatePorts, 'signal' | 'log'>,
): readonly MeasuredRun[] {
  if (!signal.aborted) return runs
  const [what, most] = isInSessions(settings) ? ['session', settings.sessions] : ['run', settings.runs]
  const whole = runs.filter((run) => !isInterrupted(settings, run))
  const last = whole.at(-1)
  if (last === undefined || whole.length === most) return runs
  const judged = whole.length === 1 ? `${what} 1 is` : `${what}s 1 to ${whole.length} are`
  const message = `Interrupted before ${what} ${whole.length + 1} was complete: ${judged} judged.`
  log(message)
  return [...whole.slice(0, -1), { ...last, report: addFindings(last.report, [{ code: 'ended-early', message }]) }]
}

/** A report with further findings, each with its remedy; whether the run can be used stays as it was. */
function addFindings(report: RunReport, findings: readonly ReportFinding[]): RunReport {
  if (findings.length === 0) return report
  const { validity } = report
  const added = findings.map((finding) => ({ remedy: lookUpFinding(finding.code)?.remedy ?? '', ...finding }))
  return { ...report, validity: { ...validity, findings: [...validity.findings, ...added] } }
}

/** The fresh passes of a second look, or why there are none, and what readers of the run's report must know of it. */
interface MeasuredAgain {
  readonly again: MeasuredRun | 'none' | 'unusable'
  readonly findings: readonly ReportFinding[]
}

/** None was made. */
const NOT_AGAIN: MeasuredAgain = { again: 'none', findings: [] }

/**
 * Fresh passes, after a pause, over what looks worse. `none` when nothing does or the endpoint fails; `unusable` when
 * they were interrupted or the endpoint changed meanwhile.
 *
 * @param known the findings of the run itself.
 */
async function measureSecondLook(
  settings: Settings,
  { trial, screening: { metrics, levels } }: FirstLook,
  { planned: first, known }: { readonly planned: PlannedRun; readonly known: readonly ReportFinding[] },
  ports: GatePorts,
): Promise<MeasuredAgain> {
  if (settings.confirm === 0 || levels.length === 0) return NOT_AGAIN
  if (ports.signal.aborted) return INTERRUPTED
  ports.onPhase('second look')
  const load = chooseLoad(settings)
  const what =
    metrics.length > 0
      ? `${joinShortList(metrics.map(nameOf), 4)} ${metrics.length === 1 ? 'looks' : 'look'} worse`
      : `${spellLevels(load, joinShortList(levels.map((level) => nameLevel(load, level))))} failed or could not be used`
  ports.log(`${what}; measuring again after a pause`)
  await ports.clock.sleep(settings.pauseMs, ports.signal)
  if (ports.signal.aborted) return INTERRUPTED
  const control = first.control === null ? null : settings.controlTiming
  const plan = planSecondLook(settings, { lone: first.found.lone, control }, recallLevels(trial.candidates, levels))
  const planned = { ...first, startedAt: ports.wallClock(), startAt: ports.clock.now(), plan, findings: [] }
  const again = await measureWithoutSecrets({ ...settings, crossCheck: 'none' }, planned, ports)
  if (ports.signal.aborted) return INTERRUPTED
  const findings = pickNewFindings(again.report.validity.findings, known)
  if (again.error !== null) return { again: 'none', findings: [...findings, describeEnd(again.error)] }
  // A level that fails again makes this run invalid, but is exactly what the look was to find out.
  return { again: hasEndpointChanged(again.report) ? 'unusable' : again, findings }
}

const INTERRUPTED: MeasuredAgain = {
  again: 'unusable',
  findings: [
    {
      code: 'ended-early',
      message: 'Interrupted before the second look was complete: what looks worse was not confirmed.',
    },
  ],
}

/** What the second look shows that the run itself did not; what makes a level unusable is said of both. */
function pickNewFindings(again: readonly ReportFinding[], known: readonly ReportFinding[]): ReportFinding[] {
  return again
    .filter(
      ({ code, level }) =>
        lookUpFinding(code)?.invalidates === true || !known.some((one) => one.code === code && one.level === level),
    )
    .map((finding) => ({ ...finding, code: 'second-look' }))
}

function describeEnd({ what, remedy }: EndpointError): ReportFinding {
  return { code: 'second-look', message: `The endpoint ended it: ${escapeForTerminal(what, 300)}.`, remedy }
}

/** Between its start and its end. */
function hasEndpointChanged({ validity }: RunReport): boolean {
  return validity.findings.some(
    ({ code, level }) => level === undefined && (code === 'config-updated' || code === 'served-model-changed'),
  )
}
