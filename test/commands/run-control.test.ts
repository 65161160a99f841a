import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { callHere } from '../support/call-here.ts'
import { STEADY_RUN, temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'
import { decodeHistory } from '../../src/report/history-codec.ts'

const RUN = [...STEADY_RUN, '--concurrency', '1,4', '--passes', '2', '--limits', 'error-rate <= 50%']

test('a run beside its control measures both, says which side a line is about, records the pair, and names its slowest requests', async () => {
  const cwd = temporaryFolder()
  const [endpoint, control] = [
    virtualServer(['--decode', '30ms', '--decode-per-sequence', '0ms']),
    virtualServer(['--decode', '20ms', '--decode-per-sequence', '0ms']),
  ]
  const args = ['run', '--endpoint', endpoint, '--control', control, ...RUN, '--append', '--report-json', 'r.json']
  const { stderr } = await callHere(args, { cwd })
  expect(stderr).toMatch(/2 levels × 2 passes, .*, endpoint and control in turns/)
  expect(stderr).toMatch(/^.*4 of 4, level 1 of the control: .*TPOT (19|20)\.\d ms/m)
  expect(stderr).toMatch(/^.*4 of 4, level 1: .*TPOT (29|30)\.\d ms/m)
  const { entries } = decodeHistory(readFileSync(join(cwd, '.plateau/history.json'), 'utf8'))
  const tpots = [entries[0]!.row, entries[0]!.control!].map(({ levels }) =>
    levels.map(({ passes }) => Math.round(passes[0]!.figures['tpot-p50']! / 10)),
  )
  expect(tpots).toEqual([
    [3, 3],
    [2, 2],
  ])
  const { slowest } = decodeRunReport(readFileSync(join(cwd, 'r.json'), 'utf8'))
  expect(slowest!.map(({ level }) => level)).toHaveLength(10)
  expect(new Set(slowest!.map(({ id }) => id)).size).toBe(10)
})

test('a control that dies leaves a whole run, which says so', async () => {
  const cwd = temporaryFolder()
  const endpoint = virtualServer(['--decode', '30ms'])
  const control = virtualServer(['--decode', '30ms'], { diesAtMs: 1000 })
  const args = ['run', '--endpoint', endpoint, '--control', control, ...RUN, '--append']
  const { code, stdout, stderr } = await callHere(args, { cwd })
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('the control is no longer measured: the control no longer answers single requests')
  expect(stdout).toContain('The control could not be measured')
  const { entries } = decodeHistory(readFileSync(join(cwd, '.plateau/history.json'), 'utf8'))
  expect(entries[0]!.row.levels.map(({ valid }) => valid)).toEqual([true, true])
  expect(entries[0]).not.toHaveProperty('control')
})

test('a dry run counts the cost of both, and hides what is secret about the control', async () => {
  const args = (...more: string[]) => ['run', '--endpoint', 'http://127.0.0.1:1', ...RUN, '--dry-run', ...more]
  const secret = 'sk-control-0123456789'
  const both = args('--control', `http://127.0.0.1:2/?sig=${secret}`, '--control-api-key', secret)
  const [alone, beside] = [await callHere(args()), await callHere(both)]
  const requests = ({ stdout }: { stdout: string }): number =>
    Number(/([\d,]+) requests/.exec(stdout)![1]!.replace(',', ''))
  expect(requests(beside)).toBe(2 * requests(alone))
  expect(beside.stdout).toMatch(/would measure .* beside http:\/\/127\.0\.0\.1:2\/.*; nothing was sent/)
  expect(beside.stdout).toMatch(/control-api-key +given, not shown {2}\(flag\)/)
  expect(beside.stdout + beside.stderr).not.toContain(secret)
})

describe('judged beside its control', () => {
  const JUDGED = [...STEADY_RUN, '--concurrency', '1,4', '--passes', '2', '--metrics', 'tpot-p50', '--pause', '1s']
  const decoding = (ms: number): string => virtualServer(['--decode', `${ms}ms`, '--decode-per-sequence', '0ms'])
  const judge = async (cwd: string, candidate: number, control: number, flags: readonly string[] = []) => {
    const sides = ['--endpoint', decoding(candidate), '--control', decoding(control)]
    const ended = await callHere(['run', ...sides, ...JUDGED, ...flags, '--verdict-json', 'v.json'], { cwd })
    return { ...ended, verdict: decodeVerdict(readFileSync(join(cwd, 'v.json'), 'utf8')) }
  }

  test('the first pull request has a verdict without any history: slower is red, and equal is green', async () => {
    const slower = await judge(temporaryFolder(), 36, 30)
    expect(slower.code, slower.stdout).toBe(1)
    expect(slower.verdict).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'] })
    expect(slower.verdict.sides!.control!.levels[0]!.clues!.decodeMs).toBeGreaterThan(300)
    const equal = await judge(temporaryFolder(), 30, 30)
    expect(equal.code, equal.stdout).toBe(0)
    expect(equal.verdict.comparisons[0]).toMatchObject({ metric: 'tpot-p50', control: { theta: 1, pairs: 0 } })
  })

  test('a slow hour that both share is green, and without the control it is not', async () => {
    const cwd = temporaryFolder()
    for (const _ of [1, 2, 3]) await judge(cwd, 30, 30, ['--append'])
    const slow = await judge(cwd, 39, 39)
    expect(slow.code, slow.stdout).toBe(0)
    const { stdout } = await callHere(['run', '--endpoint', decoding(39), ...JUDGED], { cwd })
    expect(stdout).toMatch(/TPOT/)
    expect(stdout).not.toMatch(/no change seen/i)
  })
})
