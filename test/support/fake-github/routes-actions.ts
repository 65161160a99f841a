import * as present from './present.ts'
import { on } from './router.ts'
import type { Call, Reply, Route } from './router.ts'
import type { Schema } from './schema.ts'
import type { Artifact, Job, Run, State } from './state.ts'

const NOT_FOUND = { status: 404, message: 'Not Found' } as const

/** Workflow runs, their jobs and artifacts. `signedUrl` makes the address of a zip that needs no token. */
export function actionsRoutes(signedUrl: (artifact: Artifact) => string): readonly Route[] {
  return [
    on('get', '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs', ['actions:read'], (call, state) => {
      const file = call.params['workflow_id']!
      const ofFile = state.runs.filter(({ path }) => path.replace(/@.*$/, '') === `.github/workflows/${file}`)
      return ofFile.length === 0 ? NOT_FOUND : runList(ofFile, call, state)
    }),
    on('get', '/repos/{owner}/{repo}/actions/runs', ['actions:read'], (call, state) =>
      runList(state.runs, call, state),
    ),
    on('get', '/repos/{owner}/{repo}/actions/runs/{run_id}', ['actions:read'], (call, state) => {
      const run = runOf(call, state)
      return run === undefined ? NOT_FOUND : { status: 200, body: present.workflowRun(run, state) }
    }),
    on(
      'get',
      '/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}',
      ['actions:read'],
      (call, state) => {
        const run = runOf(call, state)
        const attempt = Number(call.params['attempt_number'])
        if (run === undefined || attempt < 1 || attempt > run.attempt) return NOT_FOUND
        return { status: 200, body: present.workflowRun({ ...run, attempt }, state) }
      },
    ),
    on('get', '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs', ['actions:read'], (call, state) => {
      const run = runOf(call, state)
      if (run === undefined) return NOT_FOUND
      const jobs = (state.jobs.get(run.id) ?? []).map((each, index) => job(each, index, run, state))
      return { status: 200, body: { total_count: jobs.length, jobs: call.page(jobs) } }
    }),
    on('get', '/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', ['actions:read'], (call, state) => {
      const run = runOf(call, state)
      if (run === undefined) return NOT_FOUND
      return artifactList(
        state.artifacts.filter((artifact) => artifact.run.id === run.id),
        call,
        state,
      )
    }),
    on('get', '/repos/{owner}/{repo}/actions/artifacts', ['actions:read'], (call, state) =>
      artifactList(state.artifacts, call, state),
    ),
    on('get', '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}', ['actions:read'], (call, state) => {
      const artifact = artifactOf(call, state)
      return artifact === undefined ? NOT_FOUND : { status: 200, body: present.artifact(artifact, state) }
    }),
    on(
      'get',
      '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
      ['actions:read'],
      (call, state) => {
        const artifact = artifactOf(call, state)
        if (artifact === undefined || call.params['archive_format'] !== 'zip') return NOT_FOUND
        if (artifact.expired) return { status: 410, message: 'Artifact has expired' }
        return { status: 302, location: signedUrl(artifact) }
      },
    ),
  ]
}

function runOf({ params }: Call, { runs }: State): Run | undefined {
  return runs.find(({ id }) => String(id) === params['run_id'])
}

function artifactOf({ params }: Call, { artifacts }: State): Artifact | undefined {
  return artifacts.find(({ id }) => String(id) === params['artifact_id'])
}

/** Newest first, filtered as asked. */
function runList(
  runs: readonly Run[],
  call: Call,
  state: State,
): Reply<{ total_count: number; workflow_runs: Schema<'workflow-run'>[] }> {
  const asked = (name: string, value: string | null): boolean => {
    const wanted = call.query.get(name)
    return wanted === null || wanted === value
  }
  const status = call.query.get('status')
  const found = runs
    .filter((run) => asked('branch', run.headBranch) && asked('event', run.event) && asked('head_sha', run.headSha))
    .filter((run) => asked('actor', run.actor))
    .filter((run) => status === null || status === run.status || status === run.conclusion)
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id - a.id)
  const shown = call.page(found).map((run) => present.workflowRun(run, state))
  return { status: 200, body: { total_count: found.length, workflow_runs: shown } }
}

/** Newest first, of the name that is asked for. */
function artifactList(
  artifacts: readonly Artifact[],
  call: Call,
  state: State,
): Reply<{ total_count: number; artifacts: Schema<'artifact'>[] }> {
  const name = call.query.get('name')
  const found = artifacts.filter((artifact) => name === null || artifact.name === name).toSorted((a, b) => b.id - a.id)
  const shown = call.page(found).map((artifact) => present.artifact(artifact, state))
  return { status: 200, body: { total_count: found.length, artifacts: shown } }
}

function job({ name, conclusion }: Job, index: number, run: Run, { apiUrl, repository }: State): Schema<'job'> {
  const id = run.id * 100 + index
  const url = `${apiUrl}/repos/${repository.fullName}`
  return {
    id,
    run_id: run.id,
    run_url: `${url}/actions/runs/${run.id}`,
    run_attempt: run.attempt,
    node_id: `CR_${id}`,
    head_sha: run.headSha,
    url: `${url}/actions/jobs/${id}`,
    html_url: `https://github.com/${repository.fullName}/actions/runs/${run.id}/job/${id}`,
    status: conclusion === null ? 'in_progress' : 'completed',
    conclusion,
    created_at: run.createdAt,
    started_at: run.createdAt,
    completed_at: null,
    name,
    check_run_url: `${url}/check-runs/${id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'GitHub Actions 1',
    runner_group_id: 0,
    runner_group_name: 'GitHub Actions',
    workflow_name: 'Plateau',
    head_branch: run.headBranch,
  }
}
