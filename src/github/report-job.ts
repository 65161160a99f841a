import { SettingsError } from '../errors.ts'
import { defineSetting, readValues } from '../settings/setting.ts'
import type { ValuesOf } from '../settings/setting.ts'
import { GATE_SETTINGS } from '../settings/lists/gate-settings.ts'
import { HISTORY_SETTINGS } from '../settings/lists/history-settings.ts'
import { REPORT_SETTINGS } from '../settings/lists/report-settings.ts'
import { findSecrets } from '../settings/secrets.ts'
import { readText } from '../settings/values/simple.ts'
import { readInputs, attemptUrlOf, hasReadOnlyToken, readContext } from './context.ts'
import type { ActionContext, PullRequestRef } from './context.ts'
import type { ActionLog, StepPorts } from './step.ts'
import { readNeeds, readJobNames, findMissingLegs, isNothingToMeasure, keepUsable } from './legs.ts'
import type { NeededJob, JobNames } from './legs.ts'
import { renderComment, renderReportJobComment } from '../render/comment.ts'
import { renderTitle } from '../render/text.ts'
import { COMMENT_ROOM, SUMMARY_ROOM } from '../render/markdown.ts'
import type { ViewInput } from '../render/view/input.ts'
import { decodeLooks } from '../report/looks.ts'
import { compareBadness } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'
import { redactLooks, redactReport, redactVerdict } from '../shell/redact-result.ts'
import { applyAcceptances, concludeWithoutFigures, DEFAULT_POLICY, shareFalseAlarmRate } from '../verdict/conclude.ts'
import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import {
  deliverCheckRuns,
  describeRun,
  annotateVerdict,
  deliverComment,
  deliverOutputs,
  deliverSummary,
  deliverWarnings,
  tellFailure,
  tellInterrupted,
} from './deliver.ts'
import { findLabelSource, readLabels, gatherAcceptances, listWorseFigures } from './pull-request/labels.ts'
import { connectGithub, GithubError, explainAbsence } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { editionOf, mergeFigures, reportMarkerOf } from './pull-request/comment.ts'
import { listAttempts } from './earlier-attempts.ts'
import { pickNewestResults, readLegResults, describeSharedName } from './artifacts/run-artifacts.ts'
import type { LegResult, RunResults } from './artifacts/run-artifacts.ts'
import { encodeHiddenAttempts } from '../report/hidden-attempts.ts'
import { findSubject } from './pull-request/pull-request.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'

/** The inputs of the report job; the verdicts of the measuring jobs hold everything else. */
export const REPORT_JOB_SETTINGS = {
  needs: defineSetting({
    name: 'needs',
    group: 'Report',
    help: 'Which measuring jobs there are and how they ended: always the expression toJSON(needs)',
    placeholder: 'JSON',
    default: null,
    required: true,
    flagOnly: true,
    actionOnly: true,
    read: readText,
  }),
  githubToken: REPORT_SETTINGS.githubToken,
  comment: REPORT_SETTINGS.comment,
  checkRun: REPORT_SETTINGS.checkRun,
  acceptLabel: HISTORY_SETTINGS.acceptLabel,
  onSkip: {
    ...GATE_SETTINGS.onSkip,
    help: 'What the check does when all measuring jobs were skipped, by a path filter for example: pass, warn or fail',
  },
}

/** The settings of the report job: the measuring jobs are those that it needs, and the token is there. */
interface ReportJobSettings extends Omit<ValuesOf<typeof REPORT_JOB_SETTINGS>, 'needs' | 'githubToken'> {
  readonly needs: readonly NeededJob[]
  readonly githubToken: string
}

/**
 * Reads the inputs of the report job.
 *
 * @throws SettingsError with all problems.
 */
function readReportJobSettings(env: NodeJS.ProcessEnv, log: Pick<ActionLog, 'hide'>): ReportJobSettings {
  const inputs = readInputs(REPORT_JOB_SETTINGS, env)
  for (const secret of findSecrets(REPORT_JOB_SETTINGS, inputs)) log.hide(secret)
  const { values, missing, problems: unread } = readValues(REPORT_JOB_SETTINGS, inputs, 'action')
  const needs = values.needs == null ? null : readNeeds(values.needs)
  const problems = [...missing, ...unread]
  const add = (setting: string, message: string) => problems.push({ setting, given: null, message })
  if (values.needs != null && needs === null) add('needs', 'must be the expression ${{ toJSON(needs) }}')
  if (needs?.length === 0) add('needs', 'names no job; give the report job needs: with all measuring jobs')
  if (values.githubToken == null) add('github-token', 'is empty; leave it out to have the token of the job')
  if (problems.length > 0) throw new SettingsError(problems)
  // Nothing is missing when there was no problem.
  return { ...values, needs } as ReportJobSettings
}

/** What all measuring jobs of the run left. */
interface Results {
  /** One for each name that left something, with its labels applied. */
  readonly judged: readonly { readonly result: LegResult; readonly labelled: readonly Acceptance[] }[]
  /** Verdicts for the jobs without a usable result, and why it is missing. */
  readonly missing: readonly { readonly verdict: Verdict; readonly why: string | null }[]
  /** Names that two jobs share. */
  readonly shared: SettingsError | null
  /** Sentences about what could not be read. */
  readonly notes: readonly string[]
}

/** What every step of the report job needs. */
interface Run {
  readonly settings: ReportJobSettings
  readonly context: ActionContext
  readonly client: GithubClient
  /** When this job began, ISO 8601. */
  readonly startedAt: string
  /** The open pull request; without one there is a summary and no comment. */
  readonly pull: PullRequestRef | null
}

/**
 * Runs the report job: reads what all measuring jobs of this run left and the current labels, and writes one summary,
 * one comment and one verdict, the worst. A job that left nothing is named, and fails. Returns the exit code.
 */
export async function runReportJob(ports: StepPorts): Promise<number> {
  deliverOutputs({ verdict: 'not-measured', 'comment-url': '', markdown: '' }, ports)
  try {
    const run = await startRun(ports)
    const results = await collectResults(run)
    const code = await deliverResults(results, run, ports)
    if (results.shared !== null) throw results.shared
    return code
  } catch (error) {
    return ports.signal.aborted ? tellInterrupted(ports) : tellFailure(error, ports)
  }
}

async function startRun({ env, log, readFile, signal, wallClock, githubPauseMs }: StepPorts): Promise<Run> {
  const startedAt = wallClock().toISOString()
  const settings = readReportJobSettings(env, log)
  const context = readContext(env, readFile)
  const client = connectGithub(settings.githubToken, context, { log: log.info, signal, pauseMs: githubPauseMs })
  const { pull } = await findSubject(client, context).catch(() => ({ pull: null }))
  return { settings, context, client, startedAt, pull }
}

/** Reads and judges what is there, and names what is missing. */
async function collectResults({ settings, context, client, pull }: Run): Promise<Results> {
  const all = await readLegs(client, context)
  const found = keepUsable(all)
  const { newest, shared } = pickNewestResults(found.results)
  const jobs = await readEndedJobs(client, context)
  if (isNothingToMeasure(settings.needs, found, jobs)) return skipAll(settings)
  const missing = findMissingLegs(settings.needs, found, jobs ?? { succeeded: [], unsuccessful: [] })
  const { pulls, notes } = await readLabels(client, await findLabelSource(client, context, pull), {
    context,
    names: newest.map(({ leg }) => leg.name),
    acceptLabel: settings.acceptLabel,
    markers: [reportMarkerOf(context.workflowFile)],
  })
  const verdicts = shareFalseAlarmRate(newest.map(({ verdict }) => verdict))
  return {
    judged: newest.map((result, i) => {
      const together = verdicts[i]!
      const labelled = gatherAcceptances(pulls, settings.acceptLabel, together)
      const verdict = applyAcceptances(together, labelled.acceptances)
      const leg = { ...result.leg, notes: [...result.leg.notes, ...labelled.notes] }
      return { result: { ...result, leg, verdict }, labelled: labelled.acceptances }
    }),
    // The settings of a job that left nothing are not known.
    missing: missing.map(({ leg, why }) => ({
      verdict: concludeWithoutFigures(leg, 'leg-missing', DEFAULT_POLICY),
      why,
    })),
    shared:
      shared.length === 0 ? null : new SettingsError(shared.map(({ name, legs }) => describeSharedName(name, legs))),
    notes: [...all.refused.map(({ why }) => why), ...notes, ...nameSkippedJobs(settings.needs)],
  }
}

/** The results when a path filter or another condition left nothing to measure. */
function skipAll({ needs, onSkip }: ReportJobSettings): Results {
  const policy = { ...DEFAULT_POLICY, onSkip }
  const missing = needs.map(({ job }) => ({
    verdict: concludeWithoutFigures(job, 'nothing-to-measure', policy),
    why: null,
  }))
  return { judged: [], missing, shared: null, notes: [] }
}

function nameSkippedJobs(needs: readonly NeededJob[]): readonly string[] {
  return needs.filter(({ result }) => result === 'skipped').map(({ job }) => `the job ${job} was skipped`)
}

/** Fails without the artifacts, because saying nothing would look green. */
async function readLegs(client: GithubClient, context: ActionContext): Promise<RunResults> {
  try {
    return await readLegResults(client, context.run.id)
  } catch (error) {
    const why = explainAbsence(error, 'actions: read')
    throw new GithubError(`the results of this run could not be read: ${why}`, { cause: error })
  }
}

/** Null when the names are not known; then only the ids of the workflow file are. */
async function readEndedJobs({ octokit, repo }: GithubClient, { run }: ActionContext): Promise<JobNames | null> {
  try {
    const jobs = await octokit.paginate(octokit.rest.actions.listJobsForWorkflowRun, {
      ...repo,
      run_id: run.id,
      filter: 'latest',
      per_page: 100,
    })
    return readJobNames(jobs)
  } catch {
    return null
  }
}

/** Delivers one summary, one comment and one annotation, for the worst verdict. */
async function deliverResults(results: Results, run: Run, ports: StepPorts): Promise<number> {
  const { judged, notes } = results
  const { log } = ports
  const inputs = listInputs(results, run).map((input) => redactInput(input, log.redact))
  const { verdict: worst, report } = inputs.toSorted((a, b) => compareBadness(a.verdict, b.verdict))[0]!
  const title = renderTitle(worst, report)
  const hidden = hideAttempts(judged, run, log.redact)
  const room = { ...COMMENT_ROOM, most: COMMENT_ROOM.most - hidden.length }
  const markdown = log.redact(renderReportJobComment(inputs, room))
  const warnings = [...notes]
  deliverSummary(renderReportJobComment(inputs, SUMMARY_ROOM), title, ports)
  const { url, warning } =
    run.pull === null
      ? { url: null, warning: null }
      : await deliverComment({
          client: run.client,
          pullNumber: run.pull.number,
          marker: reportMarkerOf(run.context.workflowFile),
          edition: editionOf(run.context, run.pull, run.startedAt),
          hidden,
          body: markdown,
          // If nothing was measured there is no news, but the result of an earlier commit must not stay.
          policy:
            worst.reasons.includes('nothing-to-measure') && run.settings.comment === 'always'
              ? 'on-failure'
              : run.settings.comment,
          isFailure: worst.check === 'fail',
          figures: (before) =>
            mergeFigures(judged.map(({ result, labelled }) => listWorseFigures(result.verdict, before, labelled))),
        })
  if (warning !== null) warnings.push(hasReadOnlyToken(run.context, run.pull) ? READ_ONLY : warning)
  const orders = run.settings.checkRun
    ? inputs.map((input) => ({ ...input, markdown: log.redact(renderComment(input, COMMENT_ROOM)) }))
    : []
  warnings.push(...(await deliverCheckRuns(orders, run, log.redact)))
  annotateVerdict(worst, log, { defer: false, title })
  deliverOutputs({ verdict: worst.verdict, 'comment-url': url ?? '', markdown }, ports)
  deliverWarnings(warnings, ports)
  return worst.check === 'fail' ? STEP_EXIT.failed : STEP_EXIT.passed
}

/** What later attempts of the measuring jobs count together with their own passes. */
function hideAttempts(judged: Results['judged'], { context }: Run, redact: (text: string) => string): string {
  return encodeHiddenAttempts(
    Object.fromEntries(
      judged.flatMap(({ result: { leg, verdict, looksJson } }) => {
        if (looksJson == null) return []
        const looks = redactLooks(decodeLooks(looksJson), redact)
        const runId = leg.runId ?? context.run.id
        return [[leg.name, { runId, attempts: listAttempts(looks, verdict, leg.attempt) }]]
      }),
    ),
  )
}

const READ_ONLY =
  'no comment was written: in a pull request of a fork or of Dependabot the token may only read; the summary has it all'

function listInputs({ judged, missing }: Results, run: Run): readonly ViewInput[] {
  const { context, settings } = run
  const shared = {
    links: { run: attemptUrlOf(context), artifact: `${context.run.url}#artifacts` },
    ...describeRun(run, settings.acceptLabel),
  }
  return [
    ...judged.map(({ result: { leg, verdict, report } }) => ({
      ...shared,
      verdict,
      report,
      settingsNote: leg.settingsNote,
      notes: leg.notes,
      attempt: leg.attempt,
    })),
    ...missing.map(({ verdict, why }) => ({
      ...shared,
      verdict,
      report: null,
      settingsNote: null,
      notes: why === null ? [] : [why],
      attempt: context.run.attempt,
    })),
  ]
}

/** Hides secrets: what other jobs uploaded may hold anything. */
function redactInput(input: ViewInput, redact: (text: string) => string): ViewInput {
  const { report, verdict, settingsNote = null, notes = [] } = input
  return {
    ...input,
    report: report === null ? null : redactReport(report, redact),
    verdict: redactVerdict(verdict, redact),
    settingsNote: settingsNote === null ? null : redact(settingsNote),
    notes: notes.map(redact),
  }
}
