import { BaselineError, EndpointError, summariseError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import type { KnownEndpoints } from '../load/preflight/preflight.ts'
import { renderReportJobComment } from '../render/comment.ts'
import { renderText, renderTitles } from '../render/text.ts'
import type { ViewInput } from '../render/view/input.ts'
import { compareBadness } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import { describePlans } from '../shell/dry-run.ts'
import { createKnownEndpoints } from '../shell/measure.ts'
import { redactVerdict } from '../shell/redact-result.ts'
import { exitCodeOf, concludeWithoutFigures } from '../verdict/conclude.ts'
import type { NoFiguresReason } from '../verdict/conclude.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { COMMENT_ROOM, NOTE_ROOM } from '../render/markdown.ts'
import type { Room } from '../render/markdown.ts'
import { findJobPage, linkJob, writeFiles, writeResult } from './deliver.ts'
import { writeFile } from './files.ts'
import { logWrapped, measureWithProgress } from './measure.ts'
import type { MeasuringPorts } from './ports.ts'
import type { Output } from './output.ts'
import { historyPlaceOf, recordRun } from './recorded/record.ts'
import type { CommandHistory } from './recorded/record.ts'

/** What came of one scenario. */
interface MeasuredScenario {
  readonly settings: Settings
  readonly history: CommandHistory
  /** Null where nothing could be measured. */
  readonly result: GateResult | null
  readonly verdict: GateResult['verdict']
  /** Why not, and what helps. */
  readonly notes: readonly string[]
}

/**
 * Measures several scenarios one after the other and tells of all of them at the end: each with its files and its history,
 * and one headline, which is the worst. One that cannot be measured costs only itself.
 */
export async function runScenarios(scenarios: readonly Settings[], ports: MeasuringPorts): Promise<number> {
  const { output, signal } = ports
  for (const line of describePlans(scenarios)) logWrapped(output, line)
  const measured: MeasuredScenario[] = []
  const knownEndpoints = createKnownEndpoints()
  for (const [i, settings] of scenarios.entries()) {
    if (!signal.aborted) output.log(`scenario ${i + 1} of ${scenarios.length}: ${settings.name}`)
    measured.push(await measureScenario(settings, knownEndpoints, ports))
  }
  showAll(measured, output)
  const allWritten = await keepAll(measured, ports)
  if (signal.aborted) return EXIT.interrupted
  const code = exitCodeOf(measured.map(({ verdict }) => verdict).toSorted(compareBadness)[0]!)
  return code === EXIT.passed && !allWritten ? EXIT.refused : code
}

/** Measures one; where that is not possible its verdict says so. After an interrupt nothing is sent any more. */
async function measureScenario(
  settings: Settings,
  knownEndpoints: KnownEndpoints,
  ports: MeasuringPorts,
): Promise<MeasuredScenario> {
  const { output, signal } = ports
  const history = historyPlaceOf(settings)
  const lack = (reason: NoFiguresReason, notes: readonly string[] = []): MeasuredScenario => {
    const verdict = redactVerdict(concludeWithoutFigures(settings.name, reason, settings), output.redact)
    return { settings, history, result: null, verdict, notes }
  }
  if (signal.aborted) return lack('cancelled')
  try {
    const result = await measureWithProgress(settings, history.store, ports, { knownEndpoints })
    if (result === 'interrupted') return lack('cancelled')
    return { settings, history, result, verdict: result.verdict, notes: [] }
  } catch (error) {
    if (!(error instanceof EndpointError || error instanceof BaselineError)) throw error
    output.log(error.message)
    const note = output.redact(summariseError(error))
    return lack(error instanceof EndpointError ? 'endpoint' : 'baseline', [note])
  }
}

/** The report of each, and the headline last, where a terminal shows it. */
function showAll(measured: readonly MeasuredScenario[], output: Output): void {
  const { format } = measured[0]!.settings
  const judged = measured.map(({ verdict, result }) => ({ verdict, report: result?.report ?? null }))
  if (format === 'markdown') {
    output.out(renderAll(measured, output))
    return
  }
  const colour = output.colours.out
  for (const { verdict, report } of judged)
    if (report !== null) output.out(`${renderText(report, { verdict, colour })}\n`)
  output.out(output.redact(renderTitles(judged)))
}

function renderAll(
  measured: readonly MeasuredScenario[],
  output: Output,
  { room = COMMENT_ROOM, job = null }: { readonly room?: Room; readonly job?: string | null } = {},
): string {
  const inputs = measured.map(({ settings, verdict, result, notes }): ViewInput => {
    const report = result?.report ?? null
    return {
      report,
      verdict,
      notes,
      links: linkJob(job, settings.html),
      acceptLabel: null,
      subject: 'run',
      scenarios: measured.length,
    }
  })
  return output.redact(renderReportJobComment(inputs, room))
}

/** Writes the files of each scenario and of all, and adds what was measured to the histories; false when one could not be written. */
async function keepAll(measured: readonly MeasuredScenario[], ports: MeasuringPorts): Promise<boolean> {
  const { env, output } = ports
  const writeJoint = (setting: string, pathOf: (settings: Settings) => string | null, room: Room): boolean[] =>
    [...Map.groupBy(measured, ({ settings }) => pathOf(settings))].map(
      ([path, together]) =>
        path === null ||
        writeFile({ setting, path }, [renderAll(together, output, { room, job: findJobPage(env) })], output),
    )
  const written = [
    ...writeJoint('markdown', ({ markdown }) => markdown, COMMENT_ROOM),
    ...writeJoint('gitlab-note', ({ gitlabNote }) => gitlabNote, NOTE_ROOM),
  ]
  for (const each of measured) written.push(await keepResult(each, ports))
  return !written.includes(false)
}

async function keepResult(
  { settings, history, result, verdict, notes }: MeasuredScenario,
  ports: MeasuringPorts,
): Promise<boolean> {
  const { env, output } = ports
  const own = { ...settings, markdown: null, gitlabNote: null }
  if (result === null) return writeResult(own, { report: null, verdict, notes }, output)
  const { written } = writeFiles(own, result, output)
  return (await recordRun(history, result, { env, output })) && written
}
