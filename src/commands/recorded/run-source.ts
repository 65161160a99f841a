import { execFile } from 'node:child_process'
import { isSha } from '../../report/history.ts'
import type { RunSource } from '../../report/history.ts'

/** The workflow run around a command, and its attempt; null outside of one. */
export function readWorkflowRun(env: NodeJS.ProcessEnv): { readonly id: string; readonly attempt: number } | null {
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = env
  return id === undefined || id === '' ? null : { id, attempt: readPositive(attempt) }
}

/** A number from 1 that the runner states; 1 where it states none. */
function readPositive(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1
}

/** Runs git with these arguments in the current folder; null without git, a repository or an answer in time. */
export type AskGit = (args: readonly string[]) => Promise<string | null>

/** Git on a slow disk must not hold up a measurement. */
const GIT_TIMEOUT_MS = 5000

/** Where a run of the command comes from: the workflow run around it, else the current repository. */
export async function findRunSource(env: NodeJS.ProcessEnv, startedAt: Date, git: AskGit = askGit): Promise<RunSource> {
  const sha = env['GITHUB_SHA'] ?? (await git(['rev-parse', 'HEAD']))
  const ref = env['GITHUB_REF_NAME'] ?? (await git(['rev-parse', '--abbrev-ref', 'HEAD']))
  return {
    sha: sha !== null && isSha(sha) ? sha : null,
    // For a checkout of a commit, which has no branch, git answers HEAD.
    ref: ref === '' || ref === 'HEAD' ? null : ref,
    runId: env['GITHUB_RUN_ID'] ?? nameLocalRun(startedAt),
    attempt: readPositive(env['GITHUB_RUN_ATTEMPT']),
    event: 'command',
    url: makeRunUrl(env),
  }
}

/** Local runs of one hour count as one point of a history, because they share machine, deployment and disturbances. */
export function nameLocalRun(startedAt: Date): string {
  return `local-${startedAt.toISOString().slice(0, 13)}`
}

function makeRunUrl(env: NodeJS.ProcessEnv): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env
  if (server === undefined || repository === undefined || id === undefined) return null
  return `${server}/${repository}/actions/runs/${id}`
}

/** Git itself. */
export async function askGit(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', args, { timeout: GIT_TIMEOUT_MS, maxBuffer: 64 * 1024, windowsHide: true }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : null),
    )
  })
}
