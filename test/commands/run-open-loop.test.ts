import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

const QUICK = '--passes 2 --preflight false --self-proof false --output-tokens 12 --input-tokens 40'.split(' ')

/** 4 slots of some 160 ms: 25 requests a second. */
const SERVER = ['--slots', '4', '--overhead', '5ms', '--decode', '12ms', '--decode-per-sequence', '0ms']

test('a run at rates says how its schedule was kept, what is too much, and what the server carries inside its objectives', async () => {
  const folder = temporaryFolder()
  const [report, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
  const flags = ['--rate', '5,15,60', ...QUICK, ...'--level-duration 8s'.split(' '), '--slo', 'ttft <= 60ms']
  const limits = ['--limits', 'ttft-p50@5/s <= 1s, latency-p50@15/s <= 1ms, capacity >= 4']
  const files = ['--report-json', report, '--records', records]
  const { code, stdout, stderr } = await callHere([
    'run',
    '--endpoint',
    virtualServer(SERVER),
    ...flags,
    ...limits,
    ...files,
  ])
  expect(code, stdout + stderr).toBe(1)
  expect(stdout).toMatch(/^ +5\/s .* ok$/m)
  expect(stdout).toMatch(/^ *60\/s .* overloaded$/m)
  expect(stdout).toMatch(/Open loop, poisson arrivals: requests were sent/)
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/at 15\/s\. 60\/s is more than the server carries\./)
  expect(stdout).toMatch(/Capacity: up to [\d.]+\/s/)
  expect(stdout).toMatch(/FAIL +latency-p50@15\/s <= 1ms/)
  expect(stdout).toMatch(/! level 60\/s: More requests came than the server ended/)
  expect(stdout).not.toMatch(/concurrency/)

  const { series, levels, slo } = decodeRunReport(readFileSync(report, 'utf8'))
  expect(series).toMatchObject({ concurrency: [], rates: [5, 15, 60], arrivals: 'poisson', maxInFlight: 1024 })
  expect(levels.map(({ concurrency, state }) => [concurrency, state])).toEqual([
    [5, 'ok'],
    [15, 'ok'],
    [60, 'overloaded'],
  ])
  expect(levels[0]!.open).toMatchObject({ waited: 0, dropped: 0 })
  expect(slo!.capacity.concurrency!.value).toBeGreaterThan(5)
  const lines = readFileSync(records, 'utf8').trim().split('\n')
  const all = lines.map((line) => JSON.parse(line) as RequestRecord).filter(({ level }) => level === 15)
  const isKept = ({ outcome, ttftMs }: RequestRecord): boolean => outcome === 'ok' && ttftMs! <= 60
  const counted = all.filter(({ phase }) => phase === 'counted')
  const { windowSeconds, attained } = levels[1]!
  expect(attained!.attainment).toBeCloseTo(counted.filter(isKept).length / counted.length, 12)
  expect(attained!.attainment).toBeLessThan(1)
  // Of a request that begins before the window or ends after it, the tokens that came inside count.
  const tokens = all.filter(isKept).reduce((sum, { windowTokens }) => sum + windowTokens, 0)
  expect(attained!.outputTokensPerSecond).toBeCloseTo(tokens / windowSeconds, 9)
})

test('a run at a rate is compared with recorded runs of it, and one at another rate is not', async () => {
  const cwd = temporaryFolder()
  const flags = [
    ...QUICK,
    ...'--level-duration 4s --baseline file:history.json --name open --pause 0s --append'.split(' '),
  ]
  const run = async (rate: string) =>
    callHere(['run', '--endpoint', virtualServer(['--slots', '8', '--decode', '12ms']), '--rate', rate, ...flags], {
      cwd,
    })
  expect((await run('10')).code).toBe(0)
  const again = await run('10')
  expect(again.stdout).toMatch(/TTFT/)
  expect(again.stdout).not.toMatch(/concurrency \d/)
  const other = await run('12')
  expect(other.stdout.replaceAll(/\s+/g, ' ')).toContain('not compared, rate changed (10 → 12)')
})
