import { readFileSync, writeFileSync } from 'node:fs'
import { aGuidellm } from '../imports/results.ts'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { encodeRunReport } from '../../src/report/run-report-codec.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { SERIES_FIELDS } from '../support/builders.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { startFakeGithub } from '../support/fake-github/server.ts'
import { freePort } from '../support/http-server.ts'
import { aStoredHistory, aStoredRun, writeReport } from '../support/stored-runs.ts'

let cwd: string

beforeEach(() => {
  cwd = temporaryFolder()
  writeFileSync(join(cwd, 'history.json'), aStoredHistory())
  writeFileSync(join(cwd, 'foreign.json'), JSON.stringify(aGuidellm()))
  writeReport(join(cwd, 'same.json'), aStoredRun(20, 1.002))
  writeReport(join(cwd, 'slower.json'), aStoredRun(21, 1.2))
})

/** What `plateau compare` says to these words. */
async function compare(args: string, env: Readonly<Record<string, string>> = {}) {
  const ended = await callHere(['compare', ...args.split(' ').filter((word) => word !== '')], { cwd, env })
  expect(ended.stderr).not.toMatch(/^ {4}at |Unexpected error/m)
  return ended
}

describe('against a history', () => {
  test('unchanged code passes and slower code fails, with the figures', async () => {
    const same = await compare('same.json --history history.json')
    expect(same).toMatchObject({ code: 0, stderr: '' })
    expect(same.stdout).toMatch(/^✅ llama-8b: /)
    expect(same.stdout).toContain('Compared with 10 runs (file history.json)')
    const slower = await compare('--history history.json slower.json')
    expect(slower).toMatchObject({ code: 1, stderr: '' })
    expect(slower.stdout).toMatch(/^❌ llama-8b: .*TPOT \+20 %/)
  })

  test('the settings of the gate decide', async () => {
    const code = async (flags: string) => (await compare(`slower.json --history history.json ${flags}`)).code
    expect(await code('--tolerance 40%')).toBe(0)
    expect(await code('--gate observe')).toBe(0)
    expect(await code('--metrics ttft-p50 --tolerance 40%')).toBe(0)
    expect(await code('--gate release')).toBe(1)
    expect((await compare('same.json --history history.json --gate release --tolerance 1%')).code).toBe(4)
    const limited = await compare('same.json --history history.json --limits tpot-p50@1<=5ms')
    expect(limited.code).toBe(1)
    expect(limited.stdout).toContain('tpot-p50@1<=5ms')
  })

  test('a run that the history already holds is not compared with itself', async () => {
    writeReport(join(cwd, 'third.json'), aStoredRun(3, 1))
    const { code, stdout } = await compare('third.json --history history.json --format json')
    expect(code).toBe(0)
    const { baseline } = decodeVerdict(stdout)
    expect(baseline).toMatchObject({ runs: 9, skipped: ['the candidate itself is among the runs and was left out'] })
  })

  test('settings that differ are named, and it is no pass in silence', async () => {
    const series = addSeriesKey({ ...SERIES_FIELDS, passes: 5 })
    writeReport(join(cwd, 'other.json'), aStoredRun(22, 1, { series }))
    const { code, stdout } = await compare('other.json --history history.json')
    expect(code).toBe(0)
    expect(stdout).toMatch(/not compared, passes changed \(3 → 5\)/)
    expect((await compare('other.json --history history.json --on-not-comparable fail')).code).toBe(3)
  })

  test('the verdict goes to stdout as JSON or Markdown, and to files', async () => {
    const { code, stdout } = await compare(
      'slower.json --history history.json --format markdown --verdict-json v.json --html v.html --markdown v.md',
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/^### ❌ /)
    expect(readFileSync(join(cwd, 'v.md'), 'utf8')).toBe(stdout)
    expect(readFileSync(join(cwd, 'v.html'), 'utf8')).toMatch(/^<!doctype html>/i)
    const json = await compare('slower.json --history history.json --format json')
    expect(decodeVerdict(json.stdout)).toEqual(decodeVerdict(readFileSync(join(cwd, 'v.json'), 'utf8')))
  })
})

describe('against reports', () => {
  test('one report shows only large changes and says what would help', async () => {
    writeReport(join(cwd, 'before.json'), aStoredRun(5))
    const alone = await compare('slower.json before.json')
    expect(alone.code).toBe(0)
    expect(alone.stdout).toContain('Compared with 1 run (report before.json)')
    expect(alone.stdout).toMatch(/^metric .* finds .*$/m)
    expect(alone.stderr).toMatch(/^One point says little[^]*\(column "finds"\)\.\nMore runs[^]*--expected-spread\s2%/)
    expect(alone.stderr.split('\n').filter((line) => line.length > 80)).toEqual([])
    const assumed = await compare('slower.json before.json --expected-spread 1.5%')
    expect(assumed).toMatchObject({ code: 1, stderr: '' })
  })

  test('one that cannot be used is no pass: it is named, with why, and one of several is left out', async () => {
    writeReport(join(cwd, 'before.json'), aStoredRun(5))
    writeReport(join(cwd, 'invalid.json'), aStoredRun(6, 1, { validity: { ok: false, findings: [] } }))
    expect(await compare('slower.json invalid.json')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'baseline: holds nothing to compare with (invalid.json: the run is not valid, so its figures must not be used); name a report of a run that is valid\n',
    })
    expect((await compare('slower.json slower.json')).stderr).toContain('(the candidate itself is among the runs')
    const { code, stdout } = await compare('slower.json invalid.json before.json --expected-spread 1.5%')
    expect(code).toBe(1)
    expect(stdout).toContain('invalid.json: the run is not valid')
  })

  test('several are several points, in any order and under any name', async () => {
    const names = [1.01, 0.99, 1, 1.005].map((factor, i) => {
      const series = addSeriesKey({ ...SERIES_FIELDS, name: `name-${i}` })
      writeReport(join(cwd, `${i}.json`), aStoredRun(9 - i, factor, { series }))
      return `${i}.json`
    })
    const { code, stdout } = await compare(`slower.json ${names.join(' ')} --expected-spread 2%`)
    expect(code).toBe(1)
    expect(stdout).toContain('Compared with 4 runs (4 reports)')
  })
})

test('what the environment says of GitHub is nothing to those who compare files', async () => {
  const env = { GITHUB_TOKEN: '', GITHUB_REPOSITORY: 'nonsense', GITHUB_API_URL: 'nowhere' }
  expect((await compare('same.json --history history.json', env)).code).toBe(0)
  const fetching = await compare('same.json --run 1', env)
  expect(fetching.code).toBe(2)
  expect(fetching.stderr).toMatch(/^repository: .*\ngithub-token: .*\ngithub-api-url: /)
})

describe('against a workflow run', () => {
  async function aGithub(files: Readonly<Record<string, string>>, history: string | null) {
    const github = await startFakeGithub()
    onTestFinished(() => github.close())
    const run = github.addRun()
    github.addArtifact({ run, name: 'plateau-llama-8b', files })
    if (history !== null) {
      github.addArtifact({ run, name: 'plateau-llama-8b-history', files: { 'history.json': history } })
    }
    const token = github.token()
    return { github, id: run.id, token, env: { GITHUB_API_URL: github.apiUrl, GITHUB_TOKEN: token } }
  }
  const report = () => ({ 'report.json': encodeRunReport(aStoredRun(20)) })

  test('its history is what a report is compared with', async () => {
    const { id, env, token } = await aGithub(report(), aStoredHistory())
    const ended = await compare(`slower.json --run ${id} --repository acme/serving`, env)
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain(`Compared with 10 runs (the history of run ${id} of`)
    expect(ended.stdout + ended.stderr).not.toContain(token)
  })

  test('its report alone is, when it recorded nothing', async () => {
    const { id, env } = await aGithub(report(), null)
    const ended = await compare(`slower.json --run ${id} --expected-spread 1.5%`, {
      ...env,
      GITHUB_REPOSITORY: 'acme/serving',
    })
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('Compared with 1 run')
  })

  test('without a report it is the candidate itself', async () => {
    const slower = { 'report.json': encodeRunReport(aStoredRun(21, 1.2)) }
    const { id, env } = await aGithub(slower, aStoredHistory())
    const address = `https://github.com/acme/serving/actions/runs/${id}`
    expect((await compare(`--run ${address} --repository acme/serving`, env)).code).toBe(1)
    const own = await aGithub(slower, null)
    const without = await compare(`--run ${own.id} --repository acme/serving`, own.env)
    expect(without.code).toBe(2)
    expect(without.stderr).toMatch(/^history: is required: run \d+ of acme\/serving has recorded no history/)
    expect((await compare(`--run ${own.id} --history history.json --repository acme/serving`, own.env)).code).toBe(1)
  })

  test('a GitHub that cannot be reached is exit code 3, with the remedy', async () => {
    const env = { GITHUB_API_URL: `http://127.0.0.1:${await freePort()}`, GITHUB_TOKEN: 'token' }
    const { code, stderr } = await compare('same.json --run 1 --repository acme/serving', env)
    expect(code).toBe(3)
    expect(stderr).toMatch(/^127\.0\.0\.1:\d+ could not be reached: .*\n {2}remedy: check the network/)
  })
})

describe('what cannot be compared is told at once, with exit code 2', () => {
  test.each([
    ['', /^candidate: is required: plateau compare CANDIDATE BASELINE/],
    [
      'foreign.json',
      /^candidate: got "foreign\.json"; is not a run report: it holds results of guidellm \(benchmarks\.json\), version 0\.8\.1; "plateau import FILE" judges them/,
    ],
    ['same.json', /^baseline: is required: name baseline reports .*--history FILE or --run ID$/m],
    ['same.json slower.json --history history.json', /^history: and baseline reports are both given/],
    ['same.json slower.json --run 1 --repository a/b --github-token t', /^run: and baseline reports are both given/],
    ['same.json --run 1', /^repository: is required .*\ngithub-token: is required .*GITHUB_TOKEN/],
    ['same.json slower.json --gate release --decision threshold', /^decision: is threshold, which proves nothing/],
    ['same.json --run latest', /^run: got "latest"; must be the number of a workflow run/],
    ['same.json --history none.json', /^history: got "none\.json"; there is no such file/],
    ['history.json same.json', /^candidate: got "history\.json"; is not a run report; it is a history/],
    ['same.json --history same.json', /^history: got "same\.json"; is not a history; it is a run report/],
    ['none.json . --tolerance 5%', /^candidate: got "none\.json"; there .*\nbaseline: got "\."; is a folder/],
    ['same.json --histroy history.json', /^--histroy: is not a setting; did you mean --history\?$/m],
    ['same.json slower.json --github-api-url http://example.com', /^github-api-url: got .*must be an https URL/],
    ['same.json --history history.json --html history.json', /^html: got .*is the same file as history; give each/],
    ['same.json slower.json --markdown ./slower.json', /^markdown: got .*is the same file as baseline; give each/],
    ['same.json slower.json --html x --verdict-json ./x', /^html: got .*is the same file as verdict-json; give each/],
    ['same.json slower.json --verdict-json .', /^verdict-json: got "\."; cannot be written: it is a folder/],
  ])('%s', async (args, message) => {
    const { code, stdout, stderr } = await compare(args)
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })
})
