import { describeRefusal, statusOf } from '../baseline/artifact-source.ts'
import { renderTitle } from '../render/text.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { messageOf } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { commitsOf } from './context.ts'
import type { Job } from './job/assignment.ts'

/** The check run of one series. */
export interface CheckRunOrder {
  /** Null without a token. */
  readonly client: GithubClient | null
  /** The commit that it is about. */
  readonly headSha: string
  /** The series. */
  readonly name: string
  readonly verdict: Verdict
  readonly report: RunReport | null
  /** The comment: the same words. Without secrets. */
  readonly markdown: string
  /** Where to read on. */
  readonly detailsUrl: string
  readonly redact: (text: string) => string
}

/** GitHub takes no longer title. */
const LONGEST_TITLE = 255

const CONCLUSIONS = { pass: 'success', warn: 'neutral', fail: 'failure' } as const

/** Writes the check run; null, or what to say where that failed. Never fails. */
export async function deliverCheckRun(order: CheckRunOrder): Promise<string | null> {
  const { client, headSha, name, verdict, report, markdown, detailsUrl, redact } = order
  if (client === null) return 'no check run was written: there is no github-token'
  try {
    await client.octokit.rest.checks.create({
      ...client.repo,
      name: `Plateau: ${name}`,
      head_sha: headSha,
      status: 'completed',
      conclusion: concludeCheck(verdict),
      details_url: detailsUrl,
      output: { title: redact(renderTitle(verdict, report)).slice(0, LONGEST_TITLE), summary: markdown },
      // A server's error may come after it was made: a second attempt would double it.
      request: { retries: 0 },
    })
    return null
  } catch (error) {
    const why =
      statusOf(error) === 422
        ? `GitHub refused it (${messageOf(error)})`
        : `${describeRefusal(error, 'checks: write')}; or remove check-run`
    return `no check run was written: ${why}; the summary has it all`
  }
}

/** The word of GitHub for a verdict: a warning blocks nothing, and what was not measured is no success. */
function concludeCheck({ check, verdict }: Verdict): 'success' | 'neutral' | 'failure' | 'skipped' {
  return verdict === 'skipped' && check === 'pass' ? 'skipped' : CONCLUSIONS[check]
}

/** Writes that of one measuring job; what to say where that failed. */
export async function postCheckRun(
  markdown: string,
  { verdict, report }: Pick<CheckRunOrder, 'verdict' | 'report'>,
  { job, name }: { readonly job: Pick<Job, 'client' | 'context' | 'pull'>; readonly name: string },
  redact: CheckRunOrder['redact'],
): Promise<readonly string[]> {
  const { client, context, pull } = job
  const { head: headSha } = commitsOf(context, pull)
  const detailsUrl = `${context.run.url}/attempts/${context.run.attempt}`
  const warning = await deliverCheckRun({ client, headSha, name, verdict, report, markdown, detailsUrl, redact })
  return warning === null ? [] : [warning]
}
