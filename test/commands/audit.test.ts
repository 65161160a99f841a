import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { encodeHistory } from '../../src/report/history-codec.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { aStoredHistory, aStoredRun, writeReport } from '../support/stored-runs.ts'

let cwd: string

beforeEach(() => {
  cwd = temporaryFolder()
  mkdirSync(join(cwd, '.plateau'))
  writeFileSync(join(cwd, '.plateau', 'history.json'), aStoredHistory())
})

async function audit(args: string) {
  return callHere(['audit', ...args.split(' ').filter((word) => word !== '')], { cwd })
}

test('the history in its usual place is audited, in words that fit a terminal', async () => {
  const { code, stdout, stderr } = await audit('')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^llama-8b: 10 comparable runs, 10 points\n/)
  expect(stdout).toMatch(/^Each of 10 points judged against all others: none would have looked worse/m)
  expect(stdout).toMatch(/^TPOT +10 +0 % +0\.5 % +– +– +1\.\d % +–$/m)
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    'The largest gain would come from runs recorded at other hours and days',
  )
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('settings change what the gate sees, and JSON says the same', async () => {
  const figures = async (flags: string) => {
    const { stdout } = await audit(`.plateau/history.json --format json ${flags}`)
    const { schema, audits } = JSON.parse(stdout) as {
      schema: string
      audits: { name: string; judged: number; alarms: number; metrics: { metric: string; smallestVisible: number }[] }[]
    }
    expect({ schema, names: audits.map(({ name }) => name) }).toEqual({
      schema: 'plateau/audit@1',
      names: ['llama-8b'],
    })
    return audits[0]!
  }
  const usual = await figures('')
  expect(usual).toMatchObject({ judged: 10, alarms: 0 })
  expect(usual.metrics.map(({ metric }) => metric)).toEqual(['ttft-p50', 'tpot-p50', 'plateau-throughput'])
  const coarse = await figures('--tolerance 30% --metrics tpot-p50')
  expect(coarse.metrics.map(({ metric }) => metric)).toEqual(['tpot-p50'])
  expect(coarse.metrics[0]!.smallestVisible).toBeGreaterThan(0.3)
  expect(usual.metrics[1]!.smallestVisible).toBeLessThan(0.15)
})

test('slow drift is told since a day or a ref of the history', async () => {
  const { code, stdout } = await audit('--since 2026-11-06')
  expect(code).toBe(0)
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Slow drift since 2026-11-06 \(5 newest runs against 5\): TTFT \S+ %, TPOT \S+ %, (plateau|highest) throughput \S+ %\./,
  )
  expect((await audit('--since main')).stdout).toMatch(/too few runs to tell \(10 before, 0\s+since\)/)
  expect((await audit('')).stdout).not.toContain('Slow drift')
})

test('what reads the JSON of an audit finds each part under its name', async () => {
  const { stdout } = await audit('--format json --since 2026-11-06')
  const { audits } = JSON.parse(stdout) as { audits: object[] }
  expect(Object.keys(audits[0]!)).toEqual([
    'name',
    'runs',
    'groups',
    'judged',
    'alarms',
    'promisedAlarmRate',
    'metrics',
    'steps',
    'recordedAt',
    'freshSessions',
    'drift',
  ])
})

test('runs of pull requests are read from a folder of artifacts, and shown against main', async () => {
  const reports = Array.from({ length: 12 }, (_, i) => aStoredRun(11 + i, i % 2 === 0 ? 1.01 : 0.99))
  for (const [i, report] of reports.entries())
    writeReport(join(cwd, 'artifacts', `plateau-${i}`, 'report.json'), report)
  writeFileSync(join(cwd, 'artifacts', 'baseline.json'), aStoredHistory())
  const { code, stdout, stderr } = await audit('--runs artifacts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^12 runs of pull requests$/m)
  expect(stdout).toMatch(/^TPOT +100 % +0 % +0 % +0 +50 %$/m)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('an empty history says how to begin', async () => {
  writeFileSync(join(cwd, 'empty.json'), encodeHistory({ schema: 'plateau/history@1', entries: [] }))
  expect(await audit('empty.json')).toMatchObject({ code: 0, stdout: expect.stringContaining('plateau run --append') })
})

test('where nothing is recorded yet it says how to begin', async () => {
  const { code, stderr } = await callHere(['audit'], { cwd: temporaryFolder() })
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^history: is not given, and there is no \.plateau\/history\.json here; "plateau run --append" records /,
  )
})

test.each([
  ['none.json', /^history: got "none\.json"; there is no such file/],
  ['a.json b.json', /^history: got "b\.json"; is one too many/],
  ['--name other', /^name: got "other"; is not in the history, which has llama-8b$/m],
  ['--tolerance 500%', /^tolerance: /],
  ['--runs none', /^runs: got "none"; there is no such folder/],
  ['--runs .plateau', /^runs: got "\.plateau"; holds no run report/],
  ['--runs .plateau/history.json', /^runs: got "\.plateau\/history\.json"; is a file/],
  ['--since v9', /^since: got "v9"; is not a day \(2026-11-01\), nor a branch, tag or commit of a recorded run$/m],
])('%s is refused with exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await audit(args)
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})
