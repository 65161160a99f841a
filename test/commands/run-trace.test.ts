import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

const QUICK = '--passes 2 --preflight false --self-proof false --pause 0s'.split(' ')

/** 4 slots of some 160 ms: 25 requests a second. */
const SERVER = ['--slots', '4', '--overhead', '5ms', '--decode', '12ms', '--decode-per-sequence', '0ms']

/** 200 requests, eight a second, two at each moment. */
function writeTrace(folder: string): string {
  const path = join(folder, 'trace.jsonl')
  const requests = Array.from({ length: 200 }, (_, i) => ({
    timestamp: 5_000 + 250 * Math.floor(i / 2),
    input_length: 100,
    output_length: 12,
    hash_ids: [i % 5],
  }))
  writeFileSync(path, requests.map((request) => JSON.stringify(request)).join('\n'))
  return path
}

test('a trace is replayed at its speeds, says what it was, what is too much, and what the server carries; and is compared with recorded runs of it', async () => {
  const folder = temporaryFolder()
  const report = join(folder, 'report.json')
  const endpoint = virtualServer(SERVER)
  const flags = ['--trace-file', writeTrace(folder), '--trace-speed', '1,2,8', ...QUICK, '--slo', 'ttft <= 300ms']
  const history = ['--baseline', 'file:history.json', '--append', '--name', 'trace']
  const limits = ['--limits', 'latency-p50@2x <= 1ms', '--on-unmeasured', 'warn']
  const { code, stdout, stderr } = await callHere(
    ['run', '--endpoint', endpoint, ...flags, ...history, ...limits, '--report-json', report],
    { cwd: folder },
  )
  expect(code, stdout + stderr).toBe(1)
  const words = stdout.replaceAll(/\s+/g, ' ')
  expect(words).toContain(
    'a trace of 25 s: 200 Mooncake requests from a file, 100 input and 12 output tokens on average, 98 % of the input shared with earlier ones',
  )
  expect(stdout).toMatch(/^ +1x .* ok$/m)
  expect(stdout).toMatch(/^ *8x .* overloaded$/m)
  expect(words).toMatch(/Open loop, the moments of the trace: requests were sent/)
  expect(words).toMatch(/at 2x\. 8x is more than the server carries\./)
  expect(words).toMatch(/Capacity: up to [\d.]+x/)
  expect(stdout).toMatch(/FAIL +latency-p50@2x <= 1ms/)
  expect(words).toMatch(
    /! level 8x: More requests came than the server ended, in \d of \d pass(es)?: in its window the queue grew from/,
  )

  const { series, levels, trace } = decodeRunReport(readFileSync(report, 'utf8'))
  expect(series).toMatchObject({
    concurrency: [],
    speeds: [1, 2, 8],
    workload: { inputTokens: 'trace', outputTokens: 'trace' },
  })
  expect(levels.map(({ concurrency, state }) => [concurrency, state])).toEqual([
    [1, 'ok'],
    [2, 'ok'],
    [8, 'overloaded'],
  ])
  expect(levels[0]).toMatchObject({ requests: { ok: 400, failed: 0 }, open: { waited: 0, dropped: 0 } })
  expect(trace).toMatchObject({ seconds: 24.75, blockTokens: 512, inputTokens: 100, outputTokens: 12 })

  const again = await callHere(['run', '--endpoint', endpoint, ...flags, ...history, '--level-requests', '150'], {
    cwd: folder,
  })
  expect(again.stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /150 of 200 Mooncake requests .* 50 beyond level-requests or level-duration.* not compared, trace-file changed/,
  )
})

test('the speed that keeps the objectives is searched for, on both sides where there is a control, and every later run has the same', async () => {
  const folder = temporaryFolder()
  const endpoint = virtualServer(SERVER)
  const trace = ['--trace-file', writeTrace(folder), '--trace-speed', 'auto', '--level-duration', '20s']
  const flags = [...trace, ...QUICK, '--slo', 'latency <= 400ms', '--baseline', 'file:history.json', '--name', 'trace']
  const run = async (...more: readonly string[]) => {
    const path = join(folder, 'report.json')
    const { code, stdout, stderr } = await callHere(
      ['run', '--endpoint', endpoint, ...flags, '--report-json', path, ...more],
      { cwd: folder },
    )
    expect(code, stdout + stderr).toBe(0)
    return { words: stdout.replaceAll(/\s+/g, ' '), report: decodeRunReport(readFileSync(path, 'utf8')) }
  }
  const first = await run('--control', virtualServer(SERVER), '--append')
  const { series, slo, levels } = first.report
  expect(series).toMatchObject({ concurrency: [], speeds: 'auto' })
  expect(first.words).toMatch(/Capacity: up to (\d\.\d+)x, ([\d.]+) req\/s on average/)
  // 25 requests a second, and eight in a second of the trace.
  expect(slo!.capacity.state).toBe('found')
  expect(slo!.capacity.concurrency!.value).toBeGreaterThan(2)
  expect(slo!.capacity.concurrency!.value).toBeLessThan(3.2)
  expect(first.words).toMatch(/The levels were found by a search, which ended because/)
  const second = await run()
  const list = (all: typeof levels): number[] => all.map(({ concurrency }) => concurrency)
  expect(list(second.report.levels)).toEqual(list(levels))
  expect(second.report.plan.searchEnd).toBeUndefined()
})
