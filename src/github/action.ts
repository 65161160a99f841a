import { deliverOutcome } from './deliver-outcome.ts'
import type { Delivery } from './deliver-outcome.ts'
import type { BaselineStore } from '../baseline/store.ts'
import { renderDryRun } from '../shell/dry-run.ts'
import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import { concludeWithoutFigures } from '../verdict/conclude.ts'
import { deliverOutputs, tellFailure, tellInterrupted } from './deliver.ts'
import { chooseStore } from './artifacts/history-store.ts'
import { buildEmptyOutcome, judgeAgain, measureJob } from './outcome.ts'
import type { Outcome, ActionPorts } from './outcome.ts'
import { DEFAULT_OUTPUTS } from './step/outputs.ts'
import { readAssignment } from './job/assignment.ts'
import type { MeasureAssignment, SkipAssignment } from './job/assignment.ts'
import { folderOf, isLeftByEarlierStep, writeHistoryFile } from './artifacts/report-files.ts'
import { refuseSharedStepName } from './artifacts/upload.ts'

/**
 * Runs the action: finds out what to do, measures, decides and delivers. Returns the exit code. What cannot be
 * delivered is a warning and does not change the verdict.
 */
export async function runAction(ports: ActionPorts): Promise<number> {
  const { log, signal } = ports
  deliverOutputs(DEFAULT_OUTPUTS, ports)
  try {
    log.phase('Settings')
    const assignment = await readAssignment(ports)
    refuseSecondStep(assignment, ports)
    if (assignment.kind === 'skip') return await deliverOutcome(...skipJob(assignment), ports)
    if (assignment.settings.dryRun) return showDryRun(assignment, ports)
    const store = chooseStore(assignment.settings, storeInput(assignment, ports))
    const outcome = (await judgeAgain(assignment, ports)) ?? (await measureJob(assignment, store, ports))
    const delivery = deliveryOf(assignment, outcome, store)
    const code = await deliverOutcome(outcome, signal.aborted ? keepOnDisk(delivery) : delivery, ports)
    return signal.aborted ? STEP_EXIT.interrupted : code
  } catch (error) {
    return signal.aborted ? tellInterrupted(ports) : tellFailure(error, ports)
  }
}

/**
 * Two steps of one job have the same name by default, and the second would replace the first in history, artifact and
 * comment.
 *
 * @throws SettingsError before anything is sent.
 */
function refuseSecondStep(assignment: SkipAssignment | MeasureAssignment, { env, readFile }: ActionPorts): void {
  const name = assignment.kind === 'skip' ? assignment.name : assignment.settings.name
  if (isLeftByEarlierStep(folderOf(env, name), assignment.job.context, readFile)) throw refuseSharedStepName(name)
}

function showDryRun({ settings, sources }: MeasureAssignment, { log }: ActionPorts): number {
  log.endPhase()
  for (const line of renderDryRun(settings, sources, { width: Infinity }).trimEnd().split('\n')) log.info(line)
  return STEP_EXIT.passed
}

/**
 * The outcome of a job that may not measure. Its token could not write a comment, and only a report job needs what it
 * keeps. A rule may require its check run, so that is written for a pull request, if the token can; an event that anybody
 * can cause must not put one that passes in the place of one that failed.
 */
function skipJob({ job, name, reason, policy, checkRun, defer }: SkipAssignment): [Outcome, Delivery] {
  return [
    buildEmptyOutcome(concludeWithoutFigures(name, reason, policy)),
    {
      job,
      name,
      settingsNote: null,
      comment: 'never',
      checkRun: checkRun && job.context.event === 'pull_request',
      acceptLabel: '',
      defer,
      upload: defer,
      historyPage: null,
      store: null,
    },
  ]
}

function deliveryOf(
  { job, settings, settingsNote, joinsHistory }: MeasureAssignment,
  { measuredIn }: Outcome,
  store: BaselineStore | null,
): Delivery {
  const joins = joinsHistory && (settings.upload || settings.baseline.kind !== 'artifact')
  const { name, comment, checkRun, acceptLabel, defer } = settings
  // An earlier run keeps what it measured; only a report job needs a copy here.
  const upload = settings.upload && (measuredIn === null || defer)
  const again =
    measuredIn === null ? [] : [`Run ${measuredIn.runId} measured this commit; only its labels were looked at again.`]
  const notes = [...(settingsNote === null ? [] : [settingsNote]), ...again]
  return {
    job,
    name,
    settingsNote: notes.join(' ') || null,
    comment,
    checkRun,
    acceptLabel,
    defer,
    upload,
    historyPage: settings.historyPage ? settings : null,
    store: joins ? store : null,
  }
}

/** A cancelled job has only seconds: it writes report and summary, and sends nothing. */
function keepOnDisk(delivery: Delivery): Delivery {
  return { ...delivery, comment: 'never', checkRun: false, upload: false, store: null }
}

function storeInput({ job, settings }: MeasureAssignment, { env, upload }: ActionPorts) {
  return {
    ...job,
    upload: async (artifactName: string, history: string) => {
      const { folder, path } = writeHistoryFile(folderOf(env, settings.name), history)
      await upload(artifactName, [path], folder)
    },
  }
}
