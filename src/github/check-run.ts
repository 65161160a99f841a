import { renderTitle } from '../render/text.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { escapeForTerminal } from '../text.ts'
import { describeRefusal, firstLineOf, statusOf } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { commitsOf, hasReadOnlyToken } from './context.ts'
import type { ActionContext, PullRequestRef } from './context.ts'

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

/** Writes the check run; null, or what to say where that failed. Never fails. */
export async function deliverCheckRun(
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
      details_url: `${context.run.url}/attempts/${context.run.attempt}`,
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
