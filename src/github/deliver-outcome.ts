import type { BaselineStore } from '../baseline/store.ts'
import { BaselineError, summariseError } from '../errors.ts'
import { renderComment, renderReportJobComment } from '../render/comment.ts'
import { renderHeadline, renderVerdictText } from '../render/text.ts'
import { COMMENT_ROOM, SUMMARY_ROOM } from '../render/markdown.ts'
import type { Room } from '../render/markdown.ts'
import type { ViewInput } from '../render/view/input.ts'
import type { HistoryEntry } from '../report/history.ts'
import { compareBadness } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import { buildEntries } from '../report/history-row.ts'
import { tellTimeline } from '../verdict/timeline.ts'
import type { TimelinePolicy } from '../verdict/timeline.ts'
import {
  deliverCheckRuns,
  describeRun,
  annotateVerdict,
  deliverComment,
  deliverOutputs,
  deliverSummary,
  deliverWarnings,
  tellLost,
} from './deliver.ts'
import { listWorseFigures } from './pull-request/labels.ts'
import { firstLineOf } from './api/client.ts'
import { attemptUrlOf, commitsOf, isEnterpriseServer, runSourceOf, runUrlOf } from './context.ts'
import { editionOf, markerOf, mergeFigures } from './pull-request/comment.ts'
import { encodeHiddenAttempts } from '../report/hidden-attempts.ts'
import type { Outcome, ActionPorts } from './outcome.ts'
import { outputsOf, writeScenarios } from './outputs.ts'
import type { DeliveryOutputs } from './outputs.ts'
import type { Job } from './job/assignment.ts'
import { folderOf, writeReportFiles } from './artifacts/report-files.ts'
import type { ReportFiles } from './artifacts/report-files.ts'
import { listAttempts } from './earlier-attempts.ts'
import { findLegWithName, isNameTaken, refuseTakenName, nameReportArtifact } from './artifacts/run-artifacts.ts'

/** What to do with the outcome of a job. */
export interface Delivery {
  readonly job: Job
  readonly name: string
  readonly settingsNote: string | null
  readonly comment: Settings['comment']
  readonly checkRun: boolean
  readonly acceptLabel: string
  readonly defer: boolean
  readonly upload: boolean
  /** How many jobs measured it together. */
  readonly shards: number
  /** The settings of a page of all recorded runs; null where none is asked for. */
  readonly historyPage: TimelinePolicy | null
  /** The history that the run joins; null when it joins none. */
  readonly store: BaselineStore | null
  /** What the comment goes by; several names may share one. */
  readonly commentName: string
}

/** What came of one name, and what to do with it. */
export interface Delivered {
  readonly outcome: Outcome
  readonly delivery: Delivery
}

/**
 * Delivers what came of each name: files and summary first, then the comment, the outputs, the artifacts and the annotation. All
 * have one summary, one comment and one annotation, of the worst.
 */
export async function deliverOutcomes(parts: readonly Delivered[], ports: ActionPorts): Promise<number> {
  const { log } = ports
  log.phase('Results')
  const warnings: string[] = []
  const kept = parts.map(({ outcome, delivery }) => {
    const entries = listNewEntries(outcome, delivery)
    const files = writeFiles(outcome, entries, delivery, ports, warnings)
    return { outcome, delivery, entries, files, input: buildCommentInput(outcome, delivery, parts.length) }
  })
  const worst = kept.toSorted((a, b) => compareBadness(a.outcome.verdict, b.outcome.verdict))[0]!
  const { verdict, report } = worst.outcome
  const lay = (room: Room): string => {
    const inputs = kept.map(({ input }) => input)
    return inputs.length === 1 ? renderComment(inputs[0]!, room) : renderReportJobComment(inputs, room)
  }
  const hidden = hideAttempts(parts)
  const markdown = log.redact(lay({ ...COMMENT_ROOM, most: COMMENT_ROOM.most - hidden.length }))
  const title = renderHeadline(parts.map(({ outcome }) => outcome))
  deliverSummary(lay(SUMMARY_ROOM), title, ports)
  const commentUrl = await postComment({ body: markdown, hidden, isFailure: verdict.check === 'fail' }, parts, warnings)
  const checked = kept.filter(({ delivery }) => delivery.checkRun && !delivery.defer)
  const orders = checked.map(({ outcome, input }) => ({
    ...outcome,
    markdown: kept.length === 1 ? markdown : log.redact(renderComment(input, COMMENT_ROOM)),
  }))
  warnings.push(...(await deliverCheckRuns(orders, worst.delivery.job, log.redact)))
  log.endPhase()
  for (const { outcome } of kept)
    log.info(renderVerdictText(outcome.verdict, { colour: false, report: outcome.report }).trimEnd())
  const paths = kept.map(({ outcome, files }) => ({ verdict: outcome.verdict, ...listPaths(files) }))
  const delivered: DeliveryOutputs = {
    markdown,
    ...listPaths(worst.files),
    'comment-url': commentUrl ?? '',
    scenarios: kept.length === 1 ? '{}' : writeScenarios(paths),
  }
  deliverOutputs({ ...outputsOf(verdict, report), ...delivered }, ports)
  log.phase('Artifacts')
  try {
    for (const { delivery, entries } of kept) await recordRun(entries, delivery, ports, warnings)
    let isLost = false
    for (const part of kept) {
      const { delivery, files } = part
      const url = await uploadReport(files, delivery, ports, warnings)
      if (part === worst) deliverOutputs({ 'artifact-url': url ?? '' }, ports)
      isLost ||= delivery.defer && delivery.upload && url === null
    }
    if (isLost) return tellLost(ports)
  } finally {
    log.endPhase()
    deliverWarnings(warnings, ports)
  }
  annotateVerdict(verdict, log, { ...worst.delivery, title })
  const isRed = kept.some(({ outcome, delivery }) => outcome.verdict.check === 'fail' && !delivery.defer)
  return isRed ? STEP_EXIT.failed : STEP_EXIT.passed
}

function listPaths(files: ReportFiles | null) {
  return {
    'report-json': files?.reportJson ?? '',
    'report-html': files?.reportHtml ?? '',
    'history-html': files?.historyHtml ?? '',
  }
}

function buildCommentInput(
  { verdict, report, notes, measuredIn }: Outcome,
  delivery: Delivery,
  scenarios: number,
): ViewInput {
  const { context } = delivery.job
  const run = measuredIn === null ? attemptUrlOf(context) : runUrlOf(context, measuredIn.runId)
  const hasArtifact = leavesArtifact(delivery) || (measuredIn !== null && !isEnterpriseServer(context.serverUrl))
  return {
    report,
    verdict,
    links: {
      run,
      artifact: hasArtifact ? `${measuredIn === null ? context.run.url : run}#artifacts` : null,
    },
    ...describeRun(delivery.job, delivery.acceptLabel),
    settingsNote: delivery.settingsNote,
    notes,
    attempt: context.run.attempt,
    gates: delivery.defer ? 1 : Math.ceil(delivery.job.jobTotal / delivery.shards),
    scenarios: delivery.defer ? 1 : scenarios,
  }
}

/** GitHub Enterprise Server has no artifacts that this action can write. */
function leavesArtifact({ upload, job }: Delivery): boolean {
  return upload && !isEnterpriseServer(job.context.serverUrl)
}

function writeFiles(
  outcome: Outcome,
  own: readonly HistoryEntry[],
  { job, name, defer, settingsNote, historyPage, shards }: Delivery,
  { env, log }: ActionPorts,
  warnings: string[],
): ReportFiles | null {
  const note = settingsNote === null ? null : log.redact(settingsNote)
  const { id: runId, attempt } = job.context.run
  const of = { name, job: job.leg, runId, attempt, deferred: defer, ...(shards > 1 && { shards }) }
  const leg = { ...of, settingsNote: note, notes: outcome.notes }
  try {
    const timeline = historyPage === null ? null : tellTimeline([...outcome.recorded, ...own], historyPage)
    const { context, pull } = job
    const origin = { links: { run: context.run.url, artifact: null }, commits: commitsOf(context, pull) }
    return writeReportFiles(folderOf(env, name), { ...outcome, leg, timeline, origin })
  } catch (error) {
    warnings.push(`the report could not be written to RUNNER_TEMP: ${firstLineOf(error)}`)
    return null
  }
}

/**
 * What a later attempt counts together with its own passes; hidden in the comment, because GitHub may drop the
 * artifact.
 */
function hideAttempts(parts: readonly Delivered[]): string {
  const hidden = parts.map(({ outcome: { looks, verdict, measuredIn }, delivery: { job, name } }) => {
    const { id: runId, attempt } = job.context.run
    const measured = measuredIn ?? { runId, attempt }
    const attempts = looks === null ? [] : listAttempts(looks, verdict, measured.attempt)
    return [name, { runId: measured.runId, attempts }] as const
  })
  return encodeHiddenAttempts(Object.fromEntries(hidden))
}

/** The names of one job differ in their settings, and any that wants a comment gets it. */
async function postComment(
  { body, hidden, isFailure }: { readonly body: string; readonly hidden: string; readonly isFailure: boolean },
  parts: readonly Delivered[],
  warnings: string[],
): Promise<string | null> {
  const { job, commentName } = parts[0]!.delivery
  const { client, pull } = job
  const wanted = parts.flatMap(({ delivery: { defer, comment } }) => (defer ? [] : [comment]))
  const policy = (['always', 'on-failure'] as const).find((each) => wanted.includes(each))
  if (pull === null || policy === undefined) return null
  if (client === null) {
    warnings.push('no comment was written: there is no github-token')
    return null
  }
  const { url, warning } = await deliverComment({
    client,
    pullNumber: pull.number,
    marker: markerOf(commentName),
    edition: editionOf(job.context, pull, job.startedAt),
    hidden,
    body,
    policy,
    isFailure,
    figures: (before) =>
      mergeFigures(parts.map(({ outcome }) => listWorseFigures(outcome.verdict, before, outcome.labelled))),
  })
  if (warning !== null) warnings.push(warning)
  return url
}

/** What this run adds to the history, whatever its verdict; nothing where it joins none. */
function listNewEntries({ verdict, rows, looks }: Outcome, { job, store }: Delivery): readonly HistoryEntry[] {
  return store === null ? [] : buildEntries(verdict, rows, runSourceOf(job.context), looks?.controls)
}

/** Adds the run to the history. */
async function recordRun(
  entries: readonly HistoryEntry[],
  { job, name, store }: Delivery,
  { log }: ActionPorts,
  warnings: string[],
): Promise<void> {
  if (store === null || entries.length === 0) return
  try {
    await store.save(entries)
    log.info(`recorded as run ${job.context.run.id} in the history of ${name}`)
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error
    if (isNameTaken(error.cause)) throw refuseTakenName(name, job.leg, await findOtherLeg(job, name))
    warnings.push(summariseError(error))
  }
}

/** Keeps the report as an artifact; returns its address. */
async function uploadReport(
  files: ReportFiles | null,
  { job, name, upload: isWanted }: Delivery,
  { log, upload }: ActionPorts,
  warnings: string[],
): Promise<string | null> {
  if (files === null || !isWanted) return null
  const { context, leg } = job
  if (isEnterpriseServer(context.serverUrl)) {
    log.info('nothing is uploaded: GitHub Enterprise Server has no artifacts that this action can write')
    return null
  }
  const artifact = nameReportArtifact(name, context.run.attempt)
  try {
    return `${context.run.url}/artifacts/${await upload(artifact, files.all, files.folder)}`
  } catch (error) {
    if (isNameTaken(error)) throw refuseTakenName(name, leg, await findOtherLeg(job, name))
    warnings.push(`the artifact ${artifact} was not uploaded: ${firstLineOf(error)}`)
    return null
  }
}

/** The job that took the name first, if that can be found out. */
async function findOtherLeg({ client, context }: Job, name: string): Promise<string | null> {
  return client === null ? null : findLegWithName(client, context.run.id, nameReportArtifact(name, context.run.attempt))
}
