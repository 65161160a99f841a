import { describe, expect, test, afterEach, vi } from 'vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeLeg } from '../../../src/github/artifacts/report-files.ts'
import { readLegResults, findLegWithName, uploadToRun } from '../../../src/github/artifacts/run-artifacts.ts'
import { encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { encodeVerdict } from '../../../src/report/verdict-codec.ts'
import { aReport } from '../../support/builders.ts'
import { zipOf } from '../../support/fake-github/fixtures.ts'
import type { FakeGithub } from '../../support/fake-github/server.ts'
import type { Run } from '../../support/fake-github/state.ts'
import { aRegression, aVerdict } from '../../support/verdict-builders.ts'
import { aGithub, clientOf } from '../fake.ts'
import { atEnd } from '../../support/cleanup.ts'
import { serve } from '../../support/http-server.ts'
import type { TestServer } from '../../support/http-server.ts'

function filesOf(name: string, { attempt = 1, leg = `measure (${name})` } = {}): Readonly<Record<string, string>> {
  return {
    'verdict.json': encodeVerdict(aVerdict({ name })),
    'report.json': encodeRunReport(aReport()),
    'leg.json': encodeLeg({ name, job: leg, runId: 1001, attempt, deferred: true, settingsNote: null, notes: [] }),
    'report.html': '<!doctype html>',
  }
}

async function read(fill: (github: FakeGithub, run: Run) => void) {
  const github = await aGithub()
  const run = github.addRun()
  fill(github, run)
  return readLegResults(clientOf(github), run.id)
}

test('what the jobs of a run left is read, of every attempt, and histories are left alone', async () => {
  const { results, refused } = await read((github, run) => {
    github.addArtifact({ run, name: 'plateau-a', files: filesOf('a') })
    github.addArtifact({ run, name: 'plateau-b-attempt-2', files: filesOf('b', { attempt: 2 }) })
    github.addArtifact({ run, name: 'plateau-a-history', files: { 'history.json': '{}' } })
    github.addArtifact({ run, name: 'coverage', files: { 'verdict.json': '{}' } })
    github.addArtifact({ run: github.addRun(), name: 'plateau-c', files: filesOf('c') })
  })
  expect(refused).toEqual([])
  const found = results
    .toSorted((a, b) => a.leg.job.localeCompare(b.leg.job))
    .map(({ leg, verdict, report }) => [leg.job, leg.attempt, verdict.name, report !== null])
  expect(found).toEqual([
    ['measure (a)', 1, 'a', true],
    ['measure (b)', 2, 'b', true],
  ])
})

test('a hundred and more artifacts are all looked at', async () => {
  const { results } = await read((github, run) => {
    for (let i = 0; i < 105; i++) github.addArtifact({ run, name: `other-${i}`, files: { x: '1' } })
    github.addArtifact({ run, name: 'plateau-a', files: filesOf('a') })
  })
  expect(results).toHaveLength(1)
})

test('a job that measured nothing leaves a verdict without a report', async () => {
  const { 'report.json': _, ...files } = filesOf('a')
  const { results } = await read((github, run) => void github.addArtifact({ run, name: 'plateau-a', files }))
  expect(results).toMatchObject([{ report: null }])
})

describe('an artifact is refused by name, and the others are read:', () => {
  test.each<[string, Partial<Parameters<FakeGithub['addArtifact']>[0]>, RegExp]>([
    ['with another digest', { digest: `sha256:${'0'.repeat(64)}` }, /digest/],
    ['without a digest', { digest: null }, /digest/],
    ['that has expired', { expired: true }, /expired/],
    ['that is no zip', { zip: new TextEncoder().encode('not a zip') }, /not a zip/],
    ['with ".." in a path', { zip: zipOf({ ...filesOf('a'), '../x': '1' }) }, /"\.\."/],
    ['without a verdict', { files: { 'leg.json': '{}' } }, /no verdict\.json/],
    ['with a verdict that is none', { files: { ...filesOf('a'), 'verdict.json': '{"__proto__":1}' } }, /__proto__/],
    ['of another name', { files: filesOf('b') }, /another name/],
    [
      'with a verdict of another name',
      { files: { ...filesOf('a'), 'verdict.json': filesOf('b')['verdict.json']! } },
      /another name/,
    ],
    ['of another attempt', { files: filesOf('a', { attempt: 3 }) }, /another name or attempt/],
  ])('%s', async (_, artifact, expected) => {
    const { results, refused } = await read((github, run) => {
      github.addArtifact({ run, name: 'plateau-a', files: filesOf('a'), ...artifact })
      github.addArtifact({ run, name: 'plateau-z', files: filesOf('z') })
    })
    expect(results.map(({ verdict }) => verdict.name)).toEqual(['z'])
    expect(refused).toMatchObject([{ name: 'a', attempt: 1, why: expect.stringMatching(expected) as string }])
    expect(refused[0]!.why).toMatch(/^the artifact plateau-a cannot be used: /)
  })
})

test('GitHub that does not give an artifact is why it is refused', async () => {
  const { refused } = await read((github, run) => {
    github.addArtifact({ run, name: 'plateau-a-attempt-2', files: filesOf('a', { attempt: 2 }) })
    github.trouble({
      on: /\/zip$/,
      times: 9,
      reply: { status: 403, message: 'Resource not accessible by integration' },
    })
  })
  expect(refused).toMatchObject([
    { name: 'a', attempt: 2, why: expect.stringMatching(/`actions: read` is missing/) as string },
  ])
})

test('an artifact that is called as a history is one only when that is in it', async () => {
  const { results, refused } = await read((github, run) => {
    github.addArtifact({ run, name: 'plateau-a-history', files: filesOf('a-history') })
    github.addArtifact({ run, name: 'plateau-b-history', files: { 'history.json': '{}' } })
    github.addArtifact({ run, name: 'plateau-c-history-attempt-2', files: { x: '1' } })
  })
  expect(results.map(({ leg }) => leg.name)).toEqual(['a-history'])
  expect(refused).toMatchObject([{ name: 'c-history', attempt: 2 }])
})

test('what a verdict says of itself is not believed: word, reasons and check follow from its parts', async () => {
  const comparisons = [aRegression(), ...aVerdict().comparisons.slice(1)]
  const told = aVerdict({ name: 'a', comparisons, verdict: 'proven', reasons: [], check: 'pass' })
  const empty = aVerdict({ name: 'b', comparisons: [], verdict: 'proven', check: 'pass' })
  const { results, refused } = await read((github, run) => {
    github.addArtifact({ run, name: 'plateau-a', files: { ...filesOf('a'), 'verdict.json': encodeVerdict(told) } })
    github.addArtifact({ run, name: 'plateau-b', files: { ...filesOf('b'), 'verdict.json': encodeVerdict(empty) } })
  })
  expect(results).toMatchObject([{ verdict: { verdict: 'regressed', reasons: ['tpot-p50'], check: 'fail' } }])
  expect(refused).toMatchObject([{ name: 'b', why: expect.stringMatching(/compares nothing/) as string }])
})

test('the job that had a name first is told, or nobody', async () => {
  const github = await aGithub()
  const run = github.addRun()
  github.addArtifact({ run, name: 'plateau-a', files: filesOf('a', { leg: 'first' }) })
  expect(await findLegWithName(clientOf(github), run.id, 'plateau-a')).toBe('first')
  expect(await findLegWithName(clientOf(github), run.id, 'plateau-b')).toBeNull()
  expect(await findLegWithName(clientOf(github, { permissions: {} }), run.id, 'plateau-a')).toBeNull()
})

afterEach(() => vi.unstubAllEnvs())

/** The runner's artifact service, which refuses with this. */
async function refusingService(status: number, body: string): Promise<TestServer> {
  const service = await serve((response) => response.writeHead(status).end(body))
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const scope = 'Actions.GenericRead:00000000 Actions.Results:run-1:job-measure'
  vi.stubEnv('ACTIONS_RESULTS_URL', service.url)
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', `${part({ alg: 'none' })}.${part({ scp: scope })}.signature`)
  return service
}

function aFile(): { path: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-upload-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'report.json')
  writeFileSync(path, '{}')
  return { path, folder }
}

test.each([
  [403, '<html>Forbidden</html>', /\(403\) Forbidden/],
  [401, '', /\(401\) Unauthorized/],
  [400, '{"code":"invalid_argument","msg":"the name is odd"}', /\(400\) Bad Request: the name is odd/],
])('an upload that is refused with %i is not tried again, and says why', async (status, body, why) => {
  const service = await refusingService(status, body)
  const { path, folder } = aFile()
  await expect(uploadToRun('plateau-a', [path], folder)).rejects.toThrow(why)
  expect(service.requests).toHaveLength(1)
})
