import { describe, expect, onTestFinished, test } from 'vitest'
import { chooseArtifacts, fetchRun } from '../../../src/commands/recorded/run-artifact.ts'
import type { RunArtifact } from '../../../src/commands/recorded/run-artifact.ts'
import { encodeHistory } from '../../../src/report/history-codec.ts'
import { encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { aReport } from '../../support/builders.ts'
import { startFakeGithub } from '../../support/fake-github/server.ts'
import type { FakeGithub } from '../../support/fake-github/server.ts'
import { freePort } from '../../support/http-server.ts'
import { anEntry } from '../../support/verdict-builders.ts'
import { zipOf } from '../../support/zip.ts'

const REPORT = encodeRunReport(aReport())
const HISTORY = encodeHistory({ schema: 'plateau/history@1', entries: [anEntry()] })

function anArtifact(name: string, overrides: Partial<RunArtifact> = {}): RunArtifact {
  return { id: 1, name, size_in_bytes: 100, expired: false, digest: null, ...overrides }
}

describe('of the artifacts of a run', () => {
  const from = 'run 7 of acme/serving'

  test('those of the one name are taken, of the newest attempt', () => {
    const names = ['plateau-a', 'plateau-a-attempt-2', 'plateau-a-attempt-10', 'plateau-a-history', 'logs']
    const { report, history } = chooseArtifacts(
      names.map((name) => anArtifact(name)),
      { name: null, from },
    )
    expect([report.name, history?.name]).toEqual(['plateau-a-attempt-10', 'plateau-a-history'])
  })

  test.each([
    [['plateau-a', 'plateau-b'], null, 'name: is required: run 7 of acme/serving has a, b'],
    [['plateau-a'], 'b', 'name: got "b"; is not in run 7 of acme/serving, which has a'],
    [['logs'], null, 'run: run 7 of acme/serving has no report: it has no artifact plateau-<name>'],
  ])('%o with the name %s: what is missing is said', (names, name, message) => {
    expect(() =>
      chooseArtifacts(
        names.map((found) => anArtifact(found)),
        { name, from },
      ),
    ).toThrow(message)
  })

  test('expired ones are told as such', () => {
    const expired = [anArtifact('plateau-a', { expired: true })]
    expect(() => chooseArtifacts(expired, { name: null, from })).toThrow('its artifacts have expired')
  })
})

describe('from GitHub', () => {
  async function aGithub(): Promise<FakeGithub> {
    const github = await startFakeGithub()
    onTestFinished(() => github.close())
    return github
  }

  async function fetchOf(
    github: Pick<FakeGithub, 'apiUrl'>,
    { token, run, name = null }: { readonly token: string; readonly run: number; readonly name?: string | null },
  ) {
    const place = { githubApiUrl: new URL(github.apiUrl), repository: 'acme/serving', githubToken: token }
    return fetchRun(place, { run, name }, new AbortController().signal)
  }

  test('report and recorded history are fetched, and the token goes to the API only', async () => {
    const github = await aGithub()
    const run = github.addRun()
    github.addArtifact({ run, name: 'plateau-llama', files: { 'report.json': REPORT, 'verdict.json': '{}' } })
    github.addArtifact({ run, name: 'plateau-llama-history', files: { 'history.json': HISTORY } })
    const fetched = await fetchOf(github, { token: github.token(), run: run.id, name: 'llama' })
    const { from, report, history } = fetched!
    expect(from).toBe(`run ${run.id} of acme/serving`)
    expect(report).toEqual(JSON.parse(REPORT))
    expect(history).toEqual(JSON.parse(HISTORY))
    const downloads = github.requests.filter(({ host }) => host === 'blob')
    expect(downloads).toHaveLength(2)
    expect(downloads.every(({ authorization }) => authorization === null)).toBe(true)
  })

  test('what a report was compared with comes before what the run recorded', async () => {
    const github = await aGithub()
    const run = github.addRun()
    const baseline = encodeHistory({ schema: 'plateau/history@1', entries: [] })
    github.addArtifact({ run, name: 'plateau-llama', files: { 'report.json': REPORT, 'baseline.json': baseline } })
    github.addArtifact({ run, name: 'plateau-llama-history', files: { 'history.json': HISTORY } })
    const fetched = await fetchOf(github, { token: github.token(), run: run.id })
    expect(fetched?.history?.entries).toEqual([])
  })

  test.each([
    ['no report', { files: { 'other.json': REPORT } }, 'holds no report.json'],
    ['a report that is none', { files: { 'report.json': HISTORY } }, 'is not a run report; it is a history'],
    ['another digest', { files: { 'report.json': REPORT }, digest: `sha256:${'0'.repeat(64)}` }, 'its digest'],
    ['a path that leads out', { files: { 'report.json': REPORT, '../x': '' } }, '".." in its path'],
    ['something that is no zip', { zip: new Uint8Array([1, 2, 3]) }, 'is not a zip'],
    [
      'a link',
      { zip: zipOf([{ name: 'report.json', content: '/etc/passwd', mode: 0o120777 }]) },
      'an entry that is a link',
    ],
  ])('an artifact with %s is refused by name', async (_, artifact, message) => {
    const github = await aGithub()
    const run = github.addRun()
    github.addArtifact({ run, name: 'plateau-llama', ...artifact })
    const fetched = fetchOf(github, { token: github.token(), run: run.id })
    await expect(fetched).rejects.toThrow(/^artifact plateau-llama /)
    await expect(fetched).rejects.toThrow(message)
  })

  test('a token that is not accepted, one that may too little and a run that is not there are mistakes of the settings', async () => {
    const github = await aGithub()
    const run = github.addRun()
    const fetched = async (token: string, id: number) => fetchOf(github, { token, run: id })
    await expect(fetched('wrong', run.id)).rejects.toMatchObject({ code: 'settings', message: /not accepted/ })
    await expect(fetched(github.token({ contents: 'read' }), run.id)).rejects.toMatchObject({
      code: 'settings',
      message: /actions: read/,
    })
    await expect(fetched(github.token(), 999_999)).rejects.toMatchObject({
      code: 'settings',
      message: /does not exist/,
    })
  })

  test('who interrupts gets nothing, and no error', async () => {
    const place = { githubApiUrl: new URL('http://127.0.0.1:1'), repository: 'acme/serving', githubToken: 'token' }
    expect(await fetchRun(place, { run: 1, name: null }, AbortSignal.abort())).toBeNull()
  })

  test('a network that is not there is no mistake of the settings', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await expect(fetchOf({ apiUrl: url }, { token: 'token', run: 1 })).rejects.toMatchObject({
      code: 'baseline',
      message: expect.stringMatching(/could not be reached: .*\n {2}remedy: check the network/),
    })
  })
})
