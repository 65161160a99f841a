import { readContext } from '../../src/github/context.ts'
import type { ActionContext } from '../../src/github/context.ts'

const REPOSITORY = { id: 4711, private: true, default_branch: 'main' }

/** What a runner says of a push to the default branch. */
export const RUNNER_ENV = {
  GITHUB_EVENT_NAME: 'push',
  GITHUB_EVENT_PATH: 'event.json',
  GITHUB_REPOSITORY: 'acme/serving',
  GITHUB_REPOSITORY_ID: '4711',
  GITHUB_RUN_ID: '1001',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_JOB: 'measure',
  GITHUB_SHA: 'a'.repeat(40),
  GITHUB_REF: 'refs/heads/main',
  GITHUB_ACTOR: 'developer',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_WORKFLOW_REF: 'acme/serving/.github/workflows/gate.yml@refs/heads/main',
} as const

/** A context as the runner's environment and this event make it. */
export function aContext(
  event: string,
  payload: object = {},
  env: Readonly<Record<string, string>> = {},
): ActionContext {
  return readContext({ ...RUNNER_ENV, GITHUB_EVENT_NAME: event, ...env }, () =>
    JSON.stringify({ repository: REPOSITORY, ...payload }),
  )
}

/** Payload of a pull request whose head is in this repository, or another. */
export function pullPayload(headRepositoryId: number | null = 4711): object {
  return {
    pull_request: {
      number: 7,
      head: { sha: 'b'.repeat(40), repo: headRepositoryId === null ? null : { id: headRepositoryId } },
      base: { sha: 'c'.repeat(40), ref: 'main', repo: { id: 4711 } },
    },
  }
}

/** Payload of a run that another run triggered. */
export function workflowRunPayload(overrides: object = {}): object {
  return {
    workflow_run: {
      id: 900,
      event: 'push',
      head_sha: 'd'.repeat(40),
      head_branch: 'main',
      head_repository: { id: 4711 },
      ...overrides,
    },
  }
}
