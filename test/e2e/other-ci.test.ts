/**
 * The examples for other CIs, as far as they go without these: their own shell lines, by bash, with the built command on a server in virtual
 * time. In place of what is elsewhere stand a copy of the repository, servers on 127.0.0.1 and the agent of Buildkite.
 */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { sendJson } from '../support/answers.ts'
import { CLI, temporaryFolder } from '../support/cli.ts'
import { serveNotes } from '../support/gitlab.ts'
import { serve } from '../support/http-server.ts'
import { leash } from '../support/leash.ts'
import { serverOf } from '../support/virtual/servers.ts'

const VIRTUAL_COMMAND = join(import.meta.dirname, '..', 'support', 'virtual', 'command.ts')

/** Tools that stand on the path before those of the machine, as shell scripts. */
const TOOLS = {
  git: 'for folder; do :; done; mkdir -p "$folder/dist"; cp "$STAND_IN" "$folder/dist/cli.js"',
  plateau: 'exec node "$STAND_IN" "$@"',
  // Copies between a folder and the bucket, as `aws s3 sync` does; there must be a bucket.
  aws: 'test "$1 $2" = "s3 sync"; shift 2; test "$1" != --exact-timestamps || shift\nFROM=$(echo "$1" | sed "s#s3://#$BUCKETS/#"); TO=$(echo "$2" | sed "s#s3://#$BUCKETS/#")\ntest -d "$BUCKETS/your-bucket"; mkdir -p "$FROM" "$TO"; cp -R "$FROM/." "$TO"',
  'buildkite-agent':
    'case "$1 $2" in "artifact download") test "$3 $4 $5" = ".plateau/history.json . --build"; test -f "$KEPT/$6/$3"; mkdir -p .plateau; cp "$KEPT/$6/$3" "$3";; "annotate --context") test "$3" = plateau; cat > annotation.md;; *) exit 9;; esac',
}

/** What a job of such a CI works in: a folder, and the path that leads to the tools. */
function aWorkspace() {
  const folder = temporaryFolder()
  const [bin, cwd] = [join(folder, 'bin'), join(folder, 'work')]
  for (const each of [bin, cwd]) mkdirSync(each)
  for (const [name, script] of Object.entries(TOOLS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nset -e\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const standIn = join(folder, 'cli.mjs')
  const words = `${JSON.stringify(dirname(CLI))}, process.env.SERVER`
  writeFileSync(
    standIn,
    `process.argv.splice(2, 0, ${words})\nawait import(${JSON.stringify(`file://${VIRTUAL_COMMAND}`)})\n`,
  )
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
  return { folder, cwd, env: { ...leash(), PATH: path, STAND_IN: standIn } }
}

/** One level instead of a search for them. */
const SHORT = '--concurrency 1 --passes 2 --level-requests 4 --soak off --preflight false'

type Env = Readonly<Record<string, string>>

/** Runs shell lines as the CI does; the server is slower by so much. */
async function runLines(lines: string, { cwd, env }: ReturnType<typeof aWorkspace>, more: Env, slowdown = 1) {
  const server = JSON.stringify(serverOf(['--slowdown', String(slowdown)]))
  const given = { ...env, STAGING_URL: 'https://staging.example.com/v1', PLATEAU_API_KEY: 'sk-other', SERVER: server }
  const options = { cwd, env: { ...given, ...more } }
  return promisify(execFile)(
    'bash',
    ['--norc', '-eo', 'pipefail', '-c', lines.replaceAll('--name llama-8b', `--name llama-8b ${SHORT}`)],
    options,
  ).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, said: stdout + stderr }),
  )
}

const read = (cwd: string, path: string): string => readFileSync(join(cwd, path), 'utf8')
const countRuns = (cwd: string, path = '.plateau/history.json'): number => decodeHistory(read(cwd, path)).entries.length
const example = (name: string): string => readFileSync(join('examples', name), 'utf8')

test('GitLab: the default branch records, a merge request compares, and its one note is brought up to date', async () => {
  const { performance: job } = parse(example('gitlab-ci.yml')) as {
    performance: {
      script: string[]
      after_script: string[]
      artifacts: { paths: string[]; reports: { junit: string } }
      cache: { paths: string[] }
    }
  }
  const workspace = aWorkspace()
  const { cwd, folder } = workspace
  const toLines = (lines: readonly string[]): string =>
    lines.join('\n').replaceAll('/opt/plateau', join(folder, 'plateau'))
  const main = { CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main' }
  const recorded = await runLines(toLines(job.script), workspace, main)
  expect(recorded.code, recorded.said).toBe(0)
  expect(countRuns(cwd)).toBe(1)
  expect(job.cache.paths).toEqual(['.plateau/'])
  for (const path of [...job.artifacts.paths, job.artifacts.reports.junit])
    expect(existsSync(join(cwd, path))).toBe(true)

  const notes = [
    { id: 1, author: { id: 5 }, body: '<!-- plateau llama-8b -->\nwhat somebody copied' },
    { id: 2, author: { id: 9 }, body: 'another note of the same account' },
  ]
  const gitlab = await serveNotes(notes, { token: 'glpat-secret', me: 9 })
  const request = {
    CI_COMMIT_BRANCH: '',
    CI_DEFAULT_BRANCH: 'main',
    CI_MERGE_REQUEST_IID: '7',
    CI_PROJECT_ID: '42',
    CI_API_V4_URL: `${gitlab.url}/api/v4`,
    NOTE_TOKEN: 'glpat-secret',
    CI_JOB_URL: 'https://gitlab.example.com/acme/serving/-/jobs/31',
  }
  const compared = await runLines(toLines(job.script), workspace, request, 3)
  expect(compared.code, compared.said).toBe(1)
  expect(countRuns(cwd)).toBe(1)
  expect(read(cwd, 'junit.xml')).toContain('<failure')

  const posted = await runLines(toLines(job.after_script), workspace, request)
  expect(posted.code, posted.said).toBe(0)
  expect(notes).toHaveLength(3)
  expect(notes[2]!.body).toMatch(/^<!-- plateau llama-8b -->\n\n### ❌ [^]*serving\/-\/jobs\/31/)
  writeFileSync(join(cwd, 'note.md'), '### ✅ of the next push & its "signs" = 100 %\n')
  // More than a page of others since then.
  const talk = Array.from({ length: 120 }, (_, i) => ({ id: 10 + i, author: { id: 5 }, body: 'talk' }))
  notes.push(...talk)
  const again = await runLines(toLines(job.after_script), workspace, request)
  expect(again.code, again.said).toBe(0)
  expect(notes.splice(3)).toEqual(talk)
  expect(notes.map(({ id }) => id)).toEqual([1, 2, 902])
  expect(notes[2]!.body).toBe('<!-- plateau llama-8b -->\n\n### ✅ of the next push & its "signs" = 100 %\n')
  expect(notes[0]!.body).toContain('somebody')

  const refused = await runLines(toLines(job.after_script), workspace, { ...request, NOTE_TOKEN: 'glpat-other' })
  expect(refused.code).not.toBe(0)
  expect(refused.said).toContain('401')
  expect(notes).toHaveLength(3)
  const branch = await runLines(toLines(job.after_script), workspace, main)
  expect(branch).toEqual({ code: 0, said: '' })
})

test('Jenkins: main records into the folder that all branches see, a branch compares with it', async () => {
  const [, script] = /sh '''\n([^]*?)'''/.exec(example('Jenkinsfile'))!
  const workspace = aWorkspace()
  const { cwd, folder } = workspace
  const history = join(folder, 'jenkins', 'plateau', 'llama-8b.json')
  const main = await runLines(script!, workspace, { BRANCH_NAME: 'main', HISTORY: history })
  expect(main.code, main.said).toBe(0)
  expect(countRuns('/', history)).toBe(1)
  const branch = await runLines(script!, workspace, { BRANCH_NAME: 'feature', HISTORY: history }, 3)
  expect(branch.code, branch.said).toBe(1)
  expect(countRuns('/', history)).toBe(1)
  for (const path of ['junit.xml', 'report.html', 'report.json']) expect(existsSync(join(cwd, path))).toBe(true)
})

test('Buildkite: the newest build that left a history is found, and the verdict is annotated, whatever it is', async () => {
  const { steps } = parse(example('buildkite.yml')) as { steps: [{ command: string; artifact_paths: string[] }] }
  const builds = await serve((response, { path, headers }) => {
    const { pathname, searchParams } = new URL(path, 'http://h')
    const asked = `${pathname} ${[...searchParams].map((pair) => pair.join('=')).join(' ')}`
    if (headers.authorization !== 'Bearer bkua-secret') return sendJson(response, 401, { message: 'no' })
    if (asked !== '/v2/organizations/acme/pipelines/serving/builds branch=main state=finished per_page=20')
      return sendJson(response, 404, { message: asked })
    return sendJson(response, 200, [{ id: 'ended-early' }, { id: 'newest' }])
  })
  // The agent makes one sign of two, before a shell sees the lines.
  const lines = steps[0].command.replaceAll('$$', '$').replaceAll('https://api.buildkite.com', builds.url)
  const workspace = aWorkspace()
  const { cwd, folder } = workspace
  const env = {
    BUILDKITE_API_TOKEN: 'bkua-secret',
    BUILDKITE_ORGANIZATION_SLUG: 'acme',
    BUILDKITE_PIPELINE_SLUG: 'serving',
    KEPT: join(folder, 'builds'),
  }
  const first = await runLines(lines, workspace, { ...env, BUILDKITE_BRANCH: 'main' })
  expect(first.code, first.said).toBe(0)
  expect(first.said).toContain('no history in build newest')
  expect(countRuns(cwd)).toBe(1)
  for (const path of steps[0].artifact_paths) expect(existsSync(join(cwd, path))).toBe(true)

  mkdirSync(join(folder, 'builds', 'newest', '.plateau'), { recursive: true })
  writeFileSync(join(folder, 'builds', 'newest', '.plateau', 'history.json'), read(cwd, '.plateau/history.json'))
  const next = aWorkspace()
  const branch = await runLines(lines, next, { ...env, BUILDKITE_BRANCH: 'feature' }, 3)
  expect(branch.code, branch.said).toBe(1)
  expect(read(next.cwd, 'annotation.md')).toMatch(/^### ❌ /)
  expect(countRuns(next.cwd)).toBe(1)
})

test('a history in a bucket grows from run to run, is kept after a red one, and is none where nobody may read', async () => {
  const [, lines] = /```sh\n(set -e\nCODE=0\n[^]*?)```/.exec(readFileSync('docs/command.md', 'utf8'))!
  const workspace = aWorkspace()
  const { folder } = workspace
  const env = { BUCKETS: join(folder, 'buckets') }
  const without = await runLines(lines!, workspace, env)
  expect(without.code, without.said).toBe(1)
  expect(without.said).not.toContain('level')
  mkdirSync(join(folder, 'buckets', 'your-bucket'), { recursive: true })
  const first = await runLines(lines!, workspace, env)
  expect(first.code, first.said).toBe(0)
  const red = await runLines(lines!, { ...aWorkspace(), env: workspace.env }, env, 3)
  expect(red.code, red.said).toBe(1)
  expect(countRuns(join(folder, 'buckets'), 'your-bucket/plateau/history.json')).toBe(2)
})
