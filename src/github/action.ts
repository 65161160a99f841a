import { deliverOutcomes } from './deliver-outcome.ts'
import type { Delivered, Delivery } from './deliver-outcome.ts'
import type { BaselineStore } from '../baseline/store.ts'
import { BaselineError, summariseError } from '../errors.ts'
import { createKnownEndpoints } from '../shell/measure.ts'
import { describePlans, renderDryRun } from '../shell/dry-run.ts'
import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import { concludeWithoutFigures } from '../verdict/conclude.ts'
import { deliverOutputs, tellFailure, tellInterrupted } from './deliver.ts'
import { chooseStore } from './artifacts/history-store.ts'
import { buildEmptyOutcome, judgeAgain, measureJob } from './outcome.ts'
import type { Outcome, ActionPorts } from './outcome.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { shareParts } from './shards.ts'
import { DEFAULT_OUTPUTS } from './outputs.ts'
import { readAssignment } from './job/assignment.ts'
import type { Job, MeasureAssignment, SkipAssignment } from './job/assignment.ts'
import { folderOf, isLeftByEarlierStep, writeHistoryFile } from './artifacts/report-files.ts'
import { refuseSharedStepName } from './artifacts/run-artifacts.ts'

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
    if (assignment.kind === 'skip') {
      for (const { job, name } of assignment.parts) refuseSecondStep(job, name, ports)
      const { shard } = assignment.parts[0]!
      if (shard !== null && shard.number > 1) return leaveToFirst(shard, ports)
      return await deliverOutcomes(assignment.parts.map(skipJob), ports)
    }
    const { parts } = assignment
    for (const { job, settings } of parts) refuseSecondStep(job, settings.name, ports)
    if (parts[0]!.settings.dryRun) return showDryRun(parts, ports)
    const { shard } = parts[0]!.settings
    if (shard !== null && shard.number > 1) return await measureOtherShard(parts[0]!, shard, ports)
    const delivered = await measureAll(parts, ports)
    const code = await deliverOutcomes(delivered, ports)
    return signal.aborted ? STEP_EXIT.interrupted : code
  } catch (error) {
    return signal.aborted ? tellInterrupted(ports) : tellFailure(error, ports)
  }
}

/**
 * Measures the share of a shard that is not the first, which has the gate of all. Where only labels changed, the first
 * one judges anew what was measured before.
 *
 * @throws EndpointError, SettingsError, GithubError when there is no part of it.
 */
async function measureOtherShard(assignment: MeasureAssignment, shard: Shard, ports: ActionPorts): Promise<number> {
  const { settings } = assignment
  if ((await judgeAgain(assignment, ports)) !== null) return leaveToFirst(shard, ports)
  const { log, signal } = ports
  const sharing = shareParts(assignment, shard, ports)
  log.phase('Sweep')
  const hooks = { ...log, log: log.info, signal, commit: sharing.commit, onLevelStart: () => {}, onLevelEnd: log.info }
  await ports.measureForFirst(settings, shard, hooks, sharing)
  return leaveToFirst(shard, ports)
}

function leaveToFirst({ count }: Shard, { log }: ActionPorts): number {
  log.endPhase()
  log.info(`shard 1/${count} decides about what all shards measure; its job has report and verdict`)
  return STEP_EXIT.passed
}

/**
 * Two steps of one job have the same name by default, and the second would replace the first in history, artifact and
 * comment.
 *
 * @throws SettingsError before anything is sent.
 */
function refuseSecondStep({ context }: Job, name: string, { env, readFile }: ActionPorts): void {
  if (isLeftByEarlierStep(folderOf(env, name), context, readFile)) throw refuseSharedStepName(name)
}

function showDryRun(parts: readonly MeasureAssignment[], { log }: ActionPorts): number {
  log.endPhase()
  const several = parts.length > 1
  if (several) for (const line of describePlans(parts.map(({ settings }) => settings))) log.info(line)
  for (const { settings, sources } of parts) {
    if (several) log.info(settings.name)
    for (const line of renderDryRun(settings, sources, { width: Infinity }).trimEnd().split('\n')) log.info(line)
  }
  return STEP_EXIT.passed
}

/** Measures what stands under each name, one after the other. Of several, one that cannot be measured costs only itself. */
async function measureAll(parts: readonly MeasureAssignment[], ports: ActionPorts): Promise<readonly Delivered[]> {
  const { log, signal } = ports
  const several = parts.length > 1
  const stores = parts.map((part) => chooseStore(part.settings, storeInput(part, ports)))
  if (several) for (const line of describePlans(parts.map(({ settings }) => settings))) log.info(line)
  const delivered: Delivered[] = []
  const measuring = several ? { ...ports, knownEndpoints: createKnownEndpoints() } : ports
  for (const [i, part] of parts.entries()) {
    if (several && !signal.aborted) {
      log.endPhase()
      log.info(`Scenario ${i + 1} of ${parts.length}: ${part.settings.name}`)
    }
    const store = stores[i]!
    const outcome = several ? await measureOneOf(part, store, measuring) : await measurePart(part, store, measuring)
    delivered.push({ outcome, delivery: deliveryOf(part, outcome, store) })
  }
  return signal.aborted ? delivered.map(keepOnDisk) : delivered
}

async function measurePart(part: MeasureAssignment, store: BaselineStore | null, ports: ActionPorts): Promise<Outcome> {
  return (await judgeAgain(part, ports)) ?? measureJob(part, store, ports)
}

/** A history that cannot be used is the trouble of one scenario; after an interrupt nothing is sent any more. */
async function measureOneOf(
  part: MeasureAssignment,
  store: BaselineStore | null,
  ports: ActionPorts,
): Promise<Outcome> {
  const { log, signal } = ports
  const { settings } = part
  if (signal.aborted) return buildEmptyOutcome(concludeWithoutFigures(settings.name, 'cancelled', settings))
  try {
    return await measurePart(part, store, ports)
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error
    log.info(error.message)
    const note = log.redact(summariseError(error))
    return buildEmptyOutcome(concludeWithoutFigures(settings.name, 'baseline', settings), [note])
  }
}

/**
 * The outcome of a job that may not measure. Its token could not write a comment, and only a report job needs what it
 * keeps. A rule may require its check run, so that is written for a pull request, if the token can; an event that anybody
 * can cause must not put one that passes in the place of one that failed.
 */
function skipJob({ job, name, reason, policy, checkRun, defer, shard }: SkipAssignment): Delivered {
  return {
    outcome: buildEmptyOutcome(concludeWithoutFigures(name, reason, policy)),
    delivery: {
      job,
      name,
      settingsNote: null,
      comment: 'never',
      checkRun: checkRun && job.context.event === 'pull_request',
      acceptLabel: '',
      defer,
      upload: defer,
      shards: shard?.count ?? 1,
      historyPage: null,
      store: null,
      commentName: name,
    },
  }
}

function deliveryOf(
  { job, settings, settingsNote, joinsHistory, commentName }: MeasureAssignment,
  { measuredIn }: Outcome,
  store: BaselineStore | null,
): Delivery {
  const joins = joinsHistory && (settings.upload || settings.baseline.kind !== 'artifact')
  const { name, comment, checkRun, acceptLabel, defer, shard } = settings
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
    shards: shard?.count ?? 1,
    historyPage: settings.historyPage ? settings : null,
    store: joins ? store : null,
    commentName,
  }
}

/** A cancelled job has only seconds: it writes report and summary, and sends nothing. */
function keepOnDisk({ outcome, delivery }: Delivered): Delivered {
  return { outcome, delivery: { ...delivery, comment: 'never', checkRun: false, upload: false, store: null } }
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
