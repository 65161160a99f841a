import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultArtifactClient } from '@actions/artifact'
import { getOctokit } from '@actions/github'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startFakeGithub } from './server.ts'
import type { FakeGithub } from './server.ts'
import type { Permissions, Run } from './state.ts'
import { NO_PERMISSION, primaryRateLimit, secondaryRateLimit } from './trouble.ts'

/** The fake is used by what talks to GitHub: GitHub's own clients must find in it what they find there. */

const HERE = { owner: 'acme', repo: 'serving' }

async function github(repository = {}): Promise<FakeGithub> {
  const fake = await startFakeGithub(repository)
  onTestFinished(async () => fake.close())
  return fake
}

function client(fake: FakeGithub, permissions?: Permissions) {
  return getOctokit(fake.token(permissions), { baseUrl: fake.apiUrl, log: SILENT })
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plateau-fake-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The artifact client in the environment of one job. */
function artifacts(fake: FakeGithub, run: Run): DefaultArtifactClient {
  vi.stubEnv('ACTIONS_RESULTS_URL', fake.resultsUrl)
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', fake.runtimeToken({ runId: run.id, job: 'measure' }))
  vi.stubEnv('GITHUB_WORKSPACE', tmpdir())
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com')
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })
  return new DefaultArtifactClient()
}

test('what the artifact client uploads is listed, downloaded and has the digest of its bytes', async () => {
  const fake = await github()
  const run = fake.addRun({ status: 'in_progress' })
  const upload = artifacts(fake, run)
  const from = folder()
  writeFileSync(join(from, 'report.json'), '{"a":1}')
  writeFileSync(join(from, 'more.txt'), 'x'.repeat(100_000))
  const { id, digest } = await upload.uploadArtifact(
    'plateau-a',
    ['report.json', 'more.txt'].map((name) => join(from, name)),
    from,
  )
  expect(fake.artifactsOf(run)).toEqual([
    { name: 'plateau-a', files: { 'report.json': '{"a":1}', 'more.txt': 'x'.repeat(100_000) } },
  ])
  const { actions } = client(fake).rest
  const listed = await actions.listWorkflowRunArtifacts({ ...HERE, run_id: run.id, name: 'plateau-a' })
  expect(listed.data.artifacts).toMatchObject([
    {
      id,
      name: 'plateau-a',
      expired: false,
      digest: `sha256:${digest}`,
      workflow_run: { id: run.id, repository_id: 4711 },
    },
  ])
  const zip = await actions.downloadArtifact({ ...HERE, artifact_id: id!, archive_format: 'zip' })
  const bytes = Buffer.from(zip.data as ArrayBuffer)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest)
  expect(listed.data.artifacts[0]!.size_in_bytes).toBe(bytes.length)
})

test('a name that is taken in the same run is refused, in another it is not', async () => {
  const fake = await github()
  const [first, second] = [fake.addRun(), fake.addRun()]
  const from = folder()
  writeFileSync(join(from, 'history.json'), '{}')
  const put = async (run: Run) => artifacts(fake, run).uploadArtifact('plateau-a', [join(from, 'history.json')], from)
  await put(first)
  await expect(put(first)).rejects.toThrow(/409.*already exists/)
  await expect(put(second)).resolves.toMatchObject({ size: expect.any(Number) })
})

test('the address of a zip takes no credentials, and an expired artifact is gone', async () => {
  const fake = await github()
  const run = fake.addRun()
  const { id } = fake.addArtifact({ run, name: 'a', files: { 'a.json': '1' } })
  const old = fake.addArtifact({ run, name: 'a', expired: true })
  const authorization = `token ${fake.token()}`
  const zipUrl = `${fake.apiUrl}/repos/acme/serving/actions/artifacts/${id}/zip`
  const redirected = await fetch(zipUrl, { headers: { authorization }, redirect: 'manual' })
  expect(redirected.status).toBe(302)
  const signed = redirected.headers.get('location')!
  expect((await fetch(signed, { headers: { authorization } })).status).toBe(400)
  expect((await fetch(signed.replace(/sig=.*/, 'sig=other'))).status).toBe(403)
  expect((await fetch(signed)).status).toBe(200)
  const { actions } = client(fake).rest
  const gone = actions.downloadArtifact({ ...HERE, artifact_id: old.id, archive_format: 'zip' })
  await expect(gone).rejects.toMatchObject({ status: 410 })
})

test('runs are filtered, newest first, and come in pages', async () => {
  const fake = await github()
  const fork = fake.fork('outsider')
  for (let i = 0; i < 45; i++) fake.addRun({ event: i % 2 === 0 ? 'push' : 'schedule' })
  fake.addRun({ event: 'pull_request', branch: 'main', headRepository: fork })
  fake.addRun({ workflow: 'nightly.yml', event: 'schedule' })
  const octokit = client(fake)
  const asked = { ...HERE, workflow_id: 'plateau.yml', branch: 'main' }
  const all = await octokit.paginate(octokit.rest.actions.listWorkflowRuns, { ...asked, per_page: 20 })
  expect(all).toHaveLength(46)
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a))
  expect(all[0]!.head_repository.full_name).toBe('outsider/serving')
  const pushes = await octokit.rest.actions.listWorkflowRuns({ ...asked, event: 'push', per_page: 5 })
  expect(pushes.data.total_count).toBe(23)
  expect(pushes.data.workflow_runs).toHaveLength(5)
  expect(pushes.data.workflow_runs.every(({ event }) => event === 'push')).toBe(true)
  const unknown = octokit.rest.actions.listWorkflowRuns({ ...HERE, workflow_id: 'other.yml' })
  await expect(unknown).rejects.toMatchObject({ status: 404 })
})

test('comments come in pages, belong to who wrote them, and are updated in place', async () => {
  const fake = await github()
  const pull = fake.addPull()
  for (let i = 0; i < 31; i++) fake.addComment({ issue: pull.number, user: 'reviewer', body: `${i}` })
  const octokit = client(fake)
  const { issues } = octokit.rest
  const created = await issues.createComment({ ...HERE, issue_number: 1, body: 'first' })
  await issues.updateComment({ ...HERE, comment_id: created.data.id, body: 'second' })
  const all = await octokit.paginate(issues.listComments, { ...HERE, issue_number: 1 })
  expect(all).toHaveLength(32)
  expect(all.at(-1)).toMatchObject({ body: 'second', user: { login: 'github-actions[bot]', type: 'Bot' } })
  const long = issues.createComment({ ...HERE, issue_number: 1, body: 'x'.repeat(65_537) })
  await expect(long).rejects.toMatchObject({ status: 422 })
  expect(fake.comments(pull)).toHaveLength(32)
})

test('labels say who added them last', async () => {
  const fake = await github()
  const pull = fake.addPull()
  fake.label(pull, 'plateau-accept', 'anna')
  fake.unlabel(pull, 'plateau-accept', 'anna')
  fake.label(pull, 'plateau-accept', 'berta')
  const octokit = client(fake)
  const { data } = await octokit.rest.pulls.get({ ...HERE, pull_number: 1 })
  expect(data.labels.map(({ name }) => name)).toEqual(['plateau-accept'])
  const events = await octokit.rest.issues.listEvents({ ...HERE, issue_number: 1 })
  expect(events.data.map(({ event, actor }) => [event, actor?.login])).toEqual([
    ['labeled', 'anna'],
    ['unlabeled', 'anna'],
    ['labeled', 'berta'],
  ])
})

test('commits are compared, files read at a commit, and pull requests found by theirs', async () => {
  const fake = await github()
  fake.commit('main', { '.github/plateau.yml': 'passes: 2\n' })
  const pull = fake.addPull({ files: { '.github/plateau.yml': 'passes: 9\n' } })
  const later = fake.commit('main')
  const { repos } = client(fake).rest
  const compare = async (basehead: string) =>
    (await repos.compareCommitsWithBasehead({ ...HERE, basehead })).data.status
  expect(await compare(`${pull.baseSha}...${later}`)).toBe('ahead')
  expect(await compare(`${later}...${pull.baseSha}`)).toBe('behind')
  expect(await compare(`${later}...${pull.headSha}`)).toBe('diverged')
  expect(await compare(`main...${later}`)).toBe('identical')
  const read = async (ref: string) => {
    const { data } = await repos.getContent({ ...HERE, path: '.github/plateau.yml', ref })
    return Buffer.from((data as { content: string }).content, 'base64').toString('utf8')
  }
  expect(await read(pull.baseSha)).toBe('passes: 2\n')
  expect(await read(pull.headSha)).toBe('passes: 9\n')
  await expect(repos.getContent({ ...HERE, path: 'none', ref: later })).rejects.toMatchObject({ status: 404 })
  const found = await repos.listPullRequestsAssociatedWithCommit({ ...HERE, commit_sha: pull.headSha })
  expect(found.data.map(({ number }) => number)).toEqual([1])
  const merged = fake.merge(pull)
  const after = await repos.listPullRequestsAssociatedWithCommit({ ...HERE, commit_sha: merged })
  expect(after.data).toMatchObject([{ number: 1, state: 'closed', merge_commit_sha: merged }])
})

test('tags and release assets are found and downloaded', async () => {
  const fake = await github()
  fake.tag('v1.0.0')
  fake.addRelease({ tag: 'v1.0.0', assets: { 'history.json': '{"entries":[]}' } })
  const { repos } = client(fake).rest
  expect((await repos.listTags(HERE)).data.map(({ name }) => name)).toEqual(['v1.0.0'])
  const { data } = await repos.getLatestRelease(HERE)
  const asset = await repos.getReleaseAsset({
    ...HERE,
    asset_id: data.assets[0]!.id,
    headers: { accept: 'application/octet-stream' },
  })
  expect(Buffer.from(asset.data as never as ArrayBuffer).toString('utf8')).toBe('{"entries":[]}')
})

test('a token reaches what it may: reading is free in a public repository only', async () => {
  const [open, closed] = [await github({ private: false }), await github()]
  for (const fake of [open, closed]) {
    fake.addRun()
    fake.addPull()
  }
  const runs = { ...HERE, workflow_id: 'plateau.yml' }
  expect((await client(open, {}).rest.actions.listWorkflowRuns(runs)).status).toBe(200)
  await expect(client(closed, {}).rest.actions.listWorkflowRuns(runs)).rejects.toMatchObject({ status: 403 })
  const comment = { ...HERE, issue_number: 1, body: 'a' }
  const readOnly = client(open, { 'pull-requests': 'read' }).rest.issues.createComment(comment)
  await expect(readOnly).rejects.toMatchObject({ status: 403, message: expect.stringContaining('not accessible') })
  const stranger = getOctokit('ghs_unknown', { baseUrl: open.apiUrl, log: SILENT }).rest.issues.createComment(comment)
  await expect(stranger).rejects.toMatchObject({ status: 401 })
})

test('trouble comes as often as it was asked for, with the headers that GitHub sends', async () => {
  const fake = await github()
  fake.addPull()
  const { pulls } = client(fake).rest
  const get = async () => pulls.get({ ...HERE, pull_number: 1 })
  for (const reply of [primaryRateLimit(60), secondaryRateLimit(7), NO_PERMISSION, 'drop'] as const) {
    fake.trouble({ on: /GET .*\/pulls\/1$/, times: 1, reply })
  }
  const header = (name: string, value: unknown) => ({ status: 403, response: { headers: { [name]: value } } })
  await expect(get()).rejects.toMatchObject(header('x-ratelimit-remaining', '0'))
  await expect(get()).rejects.toMatchObject(header('retry-after', '7'))
  await expect(get()).rejects.toMatchObject({ status: 403 })
  await expect(get()).rejects.toMatchObject({ status: 500 })
  expect((await get()).status).toBe(200)
  fake.offline = true
  await expect(get()).rejects.toMatchObject({ status: 500 })
  expect(fake.requests.map(({ status }) => status)).toEqual([403, 403, 403, 200])
})
