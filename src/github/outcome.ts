import type { GateResult } from '../gate.ts'
import type { Settings } from '../settings.ts'
import type { MeasureHooks } from '../shell/measure.ts'
import type { ShardHooks } from '../shell/measure-shards.ts'
import type { DeliveryPorts } from './deliver.ts'
import type { AssignmentPorts, MeasureAssignment } from './job/assignment.ts'
import type { Uploader } from './artifacts/run-artifacts.ts'
import { join } from 'node:path'
import type { BaselineStore } from '../baseline/store.ts'
import { EndpointError, summariseError } from '../errors.ts'
import type { HistoryEntry, HistoryRow } from '../report/history.ts'
import { decodeLooks } from '../report/looks.ts'
import type { EarlierAttempt, Looks } from '../report/looks.ts'
import type { RunReport } from '../report/run-report.ts'
import { looksWorse } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { redactEntry, redactLooks, redactReport, redactVerdict } from '../shell/redact-result.ts'
import { applyAcceptances, concludeWithoutFigures } from '../verdict/conclude.ts'
import { explainAbsence } from './api/client.ts'
import { findEarlierAttempts, findEarlierResult } from './earlier-attempts.ts'
import { folderOf, isReduced, keepFiguresOnly, leaveOutOfEntry } from './artifacts/report-files.ts'
import { shareParts } from './shards.ts'
import type { Sharing } from './shards.ts'
import { gatherAcceptances, findLabelSource, readLabels } from './pull-request/labels.ts'
import { markerOf, reportMarkerOf } from './pull-request/comment.ts'
import { capitalise } from '../text.ts'

/** Everything that the action needs from outside. */
export interface ActionPorts extends AssignmentPorts, DeliveryPorts {
  /**
   * Measures and compares.
   *
   * @throws EndpointError, BaselineError as `runGate`.
   */
  readonly measure: (
    settings: Settings,
    hooks: MeasureHooks & { readonly sharing: Sharing | null },
  ) => Promise<GateResult>
  /**
   * Measures the share of a shard that is not the first.
   *
   * @throws EndpointError, SettingsError as `measureForFirst`.
   */
  readonly measureForFirst: (settings: Settings, shard: Shard, hooks: ShardHooks, sharing: Sharing) => Promise<void>
  readonly upload: Uploader
  /** Endpoints that scenarios before have met; absent: none. */
  readonly knownEndpoints?: NonNullable<MeasureHooks['knownEndpoints']>
}

/** The result of a run, without secrets and without what a public repository must not show. */
export interface Outcome {
  readonly verdict: Verdict
  /** Null when nothing was measured. */
  readonly report: RunReport | null
  /** What was measured of the control, one report per run. */
  readonly controls: readonly RunReport[]
  readonly rows: readonly HistoryRow[]
  /** The recorded runs that it was compared with. */
  readonly comparedWith: readonly HistoryEntry[]
  /** All that is recorded of its name, whatever it was compared with; none where no page of it is asked for. */
  readonly recorded: readonly HistoryEntry[]
  /** The runs behind the verdict; null when nothing was measured. */
  readonly looks: Looks | null
  readonly records: GateResult['records']
  /** Sentences for the report. */
  readonly notes: readonly string[]
  /** What labels of the pull request accept. */
  readonly labelled: readonly Acceptance[]
  /** The earlier run and attempt that measured it; null when this run did. */
  readonly measuredIn: { readonly runId: number; readonly attempt: number } | null
}

/** The outcome of a job in which nothing was measured. */
export function buildEmptyOutcome(verdict: Verdict, notes: readonly string[] = []): Outcome {
  return {
    verdict,
    report: null,
    controls: [],
    rows: [],
    comparedWith: [],
    recorded: [],
    looks: null,
    records: [],
    notes,
    labelled: [],
    measuredIn: null,
  }
}

/**
 * Measures and decides. An endpoint that cannot be measured leads to a verdict, too.
 *
 * @throws BaselineError when a history exists and cannot be used.
 */
export async function measureJob(
  assignment: MeasureAssignment,
  store: BaselineStore | null,
  ports: ActionPorts,
): Promise<Outcome> {
  const { settings, job } = assignment
  const { log, signal } = ports
  const { earlier, notes: notesOnAttempts } = await findEarlierAttempts(assignment)
  for (const note of notesOnAttempts) log.info(note)
  const reading = store === null ? null : keepLoaded(store)
  if (earlier.length > 0) log.info(`counted together with attempt ${earlier.map(nameAttempt).join(', ')}`)
  try {
    const result = await ports.measure(settings, {
      store: reading,
      hide: log.hide,
      redact: log.redact,
      signal,
      earlier,
      run: { id: String(job.context.run.id), attempt: job.context.run.attempt },
      log: log.info,
      onPhase: (phase) => log.phase(capitalise(phase)),
      serverLogs: join(folderOf(ports.env, settings.name), 'logs'),
      onLevelStart: () => {},
      onLevelEnd: log.info,
      ...(ports.knownEndpoints !== undefined && { knownEndpoints: ports.knownEndpoints }),
      sharing: settings.shard === null ? null : shareParts(assignment, settings.shard, ports),
    })
    const { report, controls, rows, verdict, looks, baseline } = result
    const figures = {
      report,
      controls,
      rows,
      verdict: hideHostChange(verdict),
      looks,
      comparedWith: baseline?.entries ?? [],
    }
    const shown = isReduced(settings, job) ? keepFiguresOnly(figures) : figures
    const troubles = result.error === null ? [] : [ports.log.redact(summariseError(result.error))]
    const notes = [...notesOnAttempts.map(log.redact), ...troubles]
    const outcome = {
      ...shown,
      recorded: settings.historyPage ? listRecorded(reading?.loaded() ?? [], assignment, log) : [],
      records: result.records,
      notes,
      labelled: [],
      measuredIn: null,
    }
    return signal.aborted ? outcome : await acceptByLabels(outcome, assignment, ports)
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error
    log.info(error.message)
    const reason = signal.aborted ? 'cancelled' : 'endpoint'
    const notes = signal.aborted ? [] : [ports.log.redact(summariseError(error))]
    const verdict = concludeWithoutFigures(settings.name, reason, settings)
    return buildEmptyOutcome(verdict, notes)
  }
}

/**
 * What an earlier run measured of the same commit, judged with the current labels; null when this run has to measure.
 * Only for a change of labels: a re-run asks for new figures.
 */
export async function judgeAgain(
  assignment: MeasureAssignment,
  { log }: Pick<ActionPorts, 'log'>,
): Promise<Outcome | null> {
  const { settings, job, joinsHistory } = assignment
  const { client, context, pull } = job
  if (!context.isAboutLabel || client === null || pull === null || joinsHistory) return null
  try {
    const earlier = await findEarlierResult(client, context, pull, settings.name)
    if (earlier === null) return null
    const { result, comparedWith, runId } = earlier
    const outcome = {
      ...buildEmptyOutcome(redactVerdict(result.verdict, log.redact), result.leg.notes.map(log.redact)),
      report: result.report === null ? null : redactReport(result.report, log.redact),
      looks: result.looksJson == null ? null : redactLooks(decodeLooks(result.looksJson), log.redact),
      comparedWith,
      recorded: comparedWith,
      measuredIn: { runId, attempt: result.leg.attempt },
    }
    log.info(`run ${runId} has measured this commit: only the labels are looked at again`)
    return await acceptByLabels(outcome, assignment, { log })
  } catch (error) {
    const why = explainAbsence(error, 'actions: read')
    log.warning(`what an earlier run measured of this commit could not be read, so it is measured again: ${why}`)
    return null
  }
}

/** Applies the current labels of the pull request. A deferred job leaves that to the report job. */
async function acceptByLabels(
  outcome: Outcome,
  { settings, job, joinsHistory, commentName }: MeasureAssignment,
  { log }: Pick<ActionPorts, 'log'>,
): Promise<Outcome> {
  const { client, context, pull } = job
  if (client === null || (settings.defer && !joinsHistory)) return outcome
  // Without its own pull request a run asks only when the labels matter.
  if (pull === null && !outcome.verdict.comparisons.some(({ verdict }) => looksWorse(verdict))) return outcome
  const { pulls, notes } = await readLabels(client, await findLabelSource(client, context, pull), {
    context,
    names: [settings.name],
    acceptLabel: settings.acceptLabel,
    markers: [markerOf(commentName), reportMarkerOf(context.workflowFile)],
  })
  const labelled = gatherAcceptances(pulls, settings.acceptLabel, outcome.verdict)
  for (const note of notes) log.warning(note)
  return {
    ...outcome,
    verdict: redactVerdict(applyAcceptances(outcome.verdict, labelled.acceptances), log.redact),
    notes: [...outcome.notes, ...[...notes, ...labelled.notes].map(log.redact)],
    labelled: labelled.acceptances,
  }
}

/** A store that keeps what it has loaded. */
function keepLoaded(store: BaselineStore): BaselineStore & { readonly loaded: () => readonly HistoryEntry[] } {
  let entries: readonly HistoryEntry[] = []
  return {
    loaded: () => entries,
    save: async (added) => store.save(added),
    load: async (name) => {
      const baseline = await store.load(name)
      entries = baseline.entries
      return baseline
    },
  }
}

/** All that is recorded, as it may be shown. */
function listRecorded(
  entries: readonly HistoryEntry[],
  { settings, job }: MeasureAssignment,
  { redact }: ActionPorts['log'],
): readonly HistoryEntry[] {
  const safe = entries.map((entry) => redactEntry(entry, redact))
  return isReduced(settings, job) ? safe.map(leaveOutOfEntry) : safe
}

/** The attempt as it is named after the word "attempt". */
function nameAttempt({ attempt, run }: EarlierAttempt): string {
  return run === undefined ? String(attempt) : `${attempt} of run ${run}`
}

/** Comments say that the host changed, but do not name it. */
function hideHostChange(verdict: Verdict): Verdict {
  const whatElseChanged = verdict.whatElseChanged.map((change) =>
    change.what === 'host' ? { ...change, before: 'another', now: 'this one' } : change,
  )
  return { ...verdict, whatElseChanged }
}
