import { fakeGithub } from './action.ts'
import type { ActionStep } from './action.ts'
import type { FakeGithub } from './fake-github/server.ts'
import type { Pull, Run } from './fake-github/state.ts'
import { pullRequestEvent } from './github-payloads.ts'
import { addHistory, NO_SECOND_LOOK, recordedRuns, SHORT_INPUTS } from './recorded-runs.ts'

/** Models of the matrix. */
export const MODELS = ['llama-8b', 'llama-70b', 'qwen-7b', 'mistral-7b'] as const

/** `toJSON(needs)` of a report job that needs the job `measure`. */
export function needs(result: 'success' | 'failure' | 'cancelled' | 'skipped'): string {
  return JSON.stringify({ measure: { result, outputs: {} } }, null, 2)
}

/** A workflow run whose jobs measure and leave the comment to a report job. */
export interface Matrix {
  readonly github: FakeGithub
  readonly pull: Pull
  readonly run: Run
  readonly step: Pick<ActionStep, 'github' | 'event' | 'run'>
}

/** A pull request whose workflow measures four models, each with a history. */
export async function matrix(): Promise<Matrix> {
  const github = await fakeGithub()
  for (const model of MODELS) {
    addHistory(github, recordedRuns({ inputs: { name: `measure-${model}` } }), { name: `measure-${model}` })
  }
  const pull = github.addPull()
  const event = pullRequestEvent(github, pull)
  const { branch, sha } = event.run
  const jobs = [...MODELS.map((model) => `measure (${model})`), 'report']
  const run = github.addRun({ event: 'pull_request', branch, sha, status: 'in_progress', jobs })
  return { github, pull, run, step: { github, event, run } }
}

/** One leg: it measures, ends green and needs no right to write. */
export function legOf(
  { github, step }: Matrix,
  model: string,
  url: string,
  more: Partial<ActionStep> = {},
): ActionStep {
  const { name: _, ...inputs } = SHORT_INPUTS
  return {
    ...step,
    matrix: { model },
    token: github.token({ contents: 'read', actions: 'read' }),
    inputs: { ...inputs, endpoint: url, defer: 'true', ...NO_SECOND_LOOK },
    ...more,
  }
}

/** The report job, which waits for those that measure; `result` is what GitHub tells it of them. */
export function reportOf(
  { step }: Matrix,
  result: Parameters<typeof needs>[0],
  more: Partial<ActionStep> = {},
): ActionStep {
  return { ...step, action: 'report', job: 'report', inputs: { needs: needs(result) }, ...more }
}
