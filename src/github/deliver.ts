import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import { BaselineError, EndpointError, messageOf, SettingsError } from '../errors.ts'
import { renderWarnings } from '../render/comment.ts'
import { renderTitle } from '../render/text.ts'
import type { ViewInput } from '../render/view/input.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import { escapeForMarkdown, escapeForTerminal, pluralise } from '../text.ts'
import { describeRefusal, firstLineOf, GithubError, statusOf } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { attemptUrlOf, branchesOf, commitsOf, fullNameOf, hasReadOnlyToken } from './context.ts'
import type { ActionContext, PullRequestRef } from './context.ts'
import { describeCommentFailure, writeComment, readRedFigures, addMarker } from './pull-request/comment.ts'
import type { Edition, WorseFigures } from './pull-request/comment.ts'
import { findQueuedPullRequest } from './pull-request/pull-request.ts'
import type { ActionLog, StepPorts } from './step.ts'
import type { OutputName, OutputValues } from './outputs.ts'

/** Where results are delivered to. */
export type DeliveryPorts = Pick<StepPorts, 'log' | 'summary' | 'setOutput'>

/** The comment that a run or a report job wants to write. */
export interface CommentOrder {
  readonly client: GithubClient
  readonly pullNumber: number
  readonly marker: string
  readonly edition: Edition
  /** What attempts measured, as `encodeHiddenAttempts` writes it; nothing by default. */
  readonly hidden?: string
  readonly body: string
  /** `on-failure` creates no comment for a green run, but updates a red one that is there. */
  readonly policy: Settings['comment']
  readonly isFailure: boolean
  /** The figures for the comment, given those that it carried before. */
  readonly figures: (before: WorseFigures) => WorseFigures
}

/** Writes the comment; returns its URL (null when there is none) and a warning. Never fails. */
export async function deliverComment(
  order: CommentOrder,
): Promise<{ readonly url: string | null; readonly warning: string | null }> {
  const { client, pullNumber, marker, edition, hidden, body, policy, isFailure } = order
  if (policy === 'never') return { url: null, warning: null }
  try {
    const written = await writeComment(client, {
      pullNumber,
      marker,
      edition,
      compose: (before) =>
        addMarker(marker, order.figures(before === null ? {} : readRedFigures(marker, before)), edition, body, hidden),
      mayCreate: policy === 'always' || isFailure,
    })
    return { url: written?.url ?? null, warning: written?.isLeft === true ? LEFT : null }
  } catch (error) {
    return { url: null, warning: describeCommentFailure(error) }
  }
}

const LEFT = 'the comment is left as it is: a newer run, or one of a newer commit, wrote it'

/** What a comment says of the run that it is about, whatever came of it. */
export function describeRun(
  { context, pull }: { readonly context: ActionContext; readonly pull: PullRequestRef | null },
  acceptLabel: string,
) {
  const isAboutPullRequest = pull !== null || context.mergeGroup !== null
  return {
    repository: fullNameOf(context),
    commits: commitsOf(context, pull),
    acceptLabel: isAboutPullRequest ? acceptLabel : null,
    queued: findQueuedPullRequest(context),
    subject: isAboutPullRequest ? 'pull-request' : 'run',
    ...branchesOf(context, pull),
  } as const satisfies Partial<ViewInput>
}

/** Writes the summary: the text of the comment, or only its title if that does not fit. */
export function deliverSummary(markdown: string, title: string, { summary, log }: DeliveryPorts): void {
  tryTo('the summary was not written', log, () => summary.write(log.redact(markdown), log.redact(title)))
}

/**
 * Sets each output, even if others fail. Secrets were hidden earlier: hiding them here could break a word, a path or
 * JSON.
 */
export function deliverOutputs(values: OutputValues, { setOutput, log }: DeliveryPorts): void {
  for (const [name, value] of Object.entries(values)) {
    tryTo(`the output ${name} was not set`, log, () => setOutput(name as OutputName, value))
  }
}

/** The check run of one series, which the verdict names. */
interface CheckRunOrder {
  readonly verdict: Verdict
  readonly report: RunReport | null
  /** The comment: the same words. Without secrets. */
  readonly markdown: string
}

/** The run of the workflow that writes it. */
interface CheckRunPlace {
  /** Null without a token. */
  readonly client: GithubClient | null
  readonly context: ActionContext
  readonly pull: PullRequestRef | null
}

/** GitHub takes no longer title. */
const LONGEST_TITLE = 255

const CONCLUSIONS = { pass: 'success', warn: 'neutral', fail: 'failure' } as const

/** Writes the check runs; says why some were not written, each reason once. Never fails. */
export async function deliverCheckRuns(
  orders: readonly CheckRunOrder[],
  place: CheckRunPlace,
  redact: (text: string) => string,
): Promise<readonly string[]> {
  const warnings = new Set<string>()
  for (const order of orders) {
    const warning = await writeCheckRun(order, place, redact)
    if (warning !== null) warnings.add(warning)
  }
  return [...warnings]
}

/** Null, or what to say where that failed. */
async function writeCheckRun(
  { verdict, report, markdown }: CheckRunOrder,
  { client, context, pull }: CheckRunPlace,
  redact: (text: string) => string,
): Promise<string | null> {
  if (client === null) return 'no check run was written: there is no github-token'
  const title = Array.from(redact(renderTitle(verdict, report)))
  try {
    await client.octokit.rest.checks.create({
      ...client.repo,
      name: redact(`Plateau: ${escapeForTerminal(verdict.name)}`),
      head_sha: commitsOf(context, pull).head,
      status: 'completed',
      conclusion: concludeCheck(verdict),
      details_url: attemptUrlOf(context),
      output: { title: title.slice(0, LONGEST_TITLE).join(''), summary: markdown },
      // A server's error may come after it was made: a second attempt would double it.
      request: { retries: 0 },
    })
    return null
  } catch (error) {
    return `no check run was written: ${explainMissing(error, hasReadOnlyToken(context, pull))}; the summary has it all`
  }
}

function explainMissing(error: unknown, isReadOnly: boolean): string {
  if (statusOf(error) === 422) return `GitHub refused it (${firstLineOf(error)})`
  if (!isReadOnly) return `${describeRefusal(error, 'checks: write')}; or remove check-run`
  return 'in a pull request of a fork or of Dependabot the token may only read, so a branch rule that requires it waits; require the check of the job instead'
}

/** The word of GitHub for a verdict: a warning blocks nothing, and what was not measured is no success. */
function concludeCheck({ check, verdict }: Verdict): 'success' | 'neutral' | 'failure' | 'skipped' {
  return verdict === 'skipped' && check === 'pass' ? 'skipped' : CONCLUSIONS[check]
}

/** Writes warnings to the log and to the end of the summary. */
export function deliverWarnings(warnings: readonly string[], { log, summary }: DeliveryPorts): void {
  for (const warning of warnings) log.warning(warning)
  if (warnings.length === 0) return
  const shown = renderWarnings(warnings.map((warning) => log.redact(warning)))
  tryTo('the summary was not completed', log, () => summary.append(shown))
}

function tryTo(what: string, log: ActionLog, deliver: () => void): void {
  try {
    deliver()
  } catch (error) {
    log.warning(`${what}: ${messageOf(error)}`)
  }
}

const LEVELS = { fail: 'error', warn: 'warning', pass: 'notice' } as const

/** Writes the one annotation of a run: its title, and where to find the rest. A deferred job is not red. */
export function annotateVerdict(
  verdict: Verdict,
  log: ActionLog,
  { defer, title }: { readonly defer: boolean; readonly title: string },
): void {
  const level = defer ? 'notice' : LEVELS[verdict.check]
  log.annotate(level, title, describePlace(verdict))
}

function describePlace({ baseline, check, verdict }: Verdict): string {
  const compared =
    baseline.runs === 0 ? 'Compared with nothing' : `Compared with ${pluralise(baseline.runs, 'recorded run')}`
  if (verdict === 'skipped') return 'Nothing was sent to the endpoint. The summary of this run says why.'
  return check === 'fail'
    ? `${compared}. The summary of this run says what moved, what else changed, and what to do.`
    : `${compared}. The summary of this run has the figures.`
}

/** Says that the job was cancelled before it had a result. Returns the exit code. */
export function tellInterrupted({ log, summary, setOutput }: DeliveryPorts): number {
  const [title, text] = ['Plateau: interrupted', 'The job was cancelled before there was a result. Run it again.']
  log.annotate('error', title, text)
  deliverOutputs({ verdict: 'cancelled', reasons: 'cancelled' }, { log, summary, setOutput })
  tryTo('the summary was not written', log, () => summary.write(`### ❌ ${title}\n\n${text}\n`, `### ❌ ${title}\n`))
  return STEP_EXIT.interrupted
}

/** Says why nothing could be measured, in one annotation and the summary. Returns the exit code. */
export function tellFailure(error: unknown, { log, summary }: Pick<DeliveryPorts, 'log' | 'summary'>): number {
  const { title, text } = describeError(error)
  log.annotate('error', title, text)
  const lines = text.split('\n').map((line) => `- ${escapeForMarkdown(log.redact(line), 1000)}`)
  try {
    summary.write(`### ❌ ${title}\n\n${lines.join('\n')}\n`, `### ❌ ${title}\n`)
  } catch {
    // The log has the text.
  }
  if (error instanceof Error) log.debug(error.stack ?? '')
  return error instanceof SettingsError ? STEP_EXIT.refused : STEP_EXIT.failed
}

function describeError(error: unknown): { readonly title: string; readonly text: string } {
  const text = messageOf(error)
  if (error instanceof SettingsError) return { title: 'Plateau: the settings cannot be used', text }
  if (error instanceof BaselineError) return { title: 'Plateau: the history cannot be used', text }
  if (error instanceof EndpointError) return { title: 'Plateau: the endpoint could not be measured', text }
  if (error instanceof GithubError) return { title: 'Plateau: GitHub did not give the results', text }
  return { title: 'Plateau: unexpected error', text: `${text} (debug logging shows where)` }
}

/** A job whose result is lost must not end green: the report job would not notice. */
export function tellLost({ log }: Pick<DeliveryPorts, 'log'>): number {
  log.annotate(
    'error',
    'The report job gets nothing from this job',
    'Its artifact could not be uploaded; run it again.',
  )
  return STEP_EXIT.failed
}
