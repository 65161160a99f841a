import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { chatAnswer, sendStream } from '../support/answers.ts'
import { callHere } from '../support/call-here.ts'
import { STEADY_RUN, temporaryFolder } from '../support/cli.ts'
import { freePort, serve } from '../support/http-server.ts'
import { virtualServer } from '../support/virtual/servers.ts'

describe('exit codes', () => {
  const LEVEL = ['--concurrency', '1', '--passes', '1', ...STEADY_RUN]

  test('0 when limits are kept, 1 when one is broken, 3 when one is not measured', async () => {
    const url = virtualServer([])
    const run = async (limits: string, flags: readonly string[] = []) =>
      callHere(['run', '--endpoint', url, ...LEVEL, '--limits', limits, ...flags])
    const [kept, broken, unmeasured] = await Promise.all([
      run('ttft-p50@1 <= 20s, error-rate <= 1%'),
      run('throughput@1 >= 900000tok/s, error-rate <= 1%'),
      run('ttft-p99@1 <= 20s', ['--max-requests', '5']),
    ])
    for (const [ended, code] of [[kept, 0] as const, [broken, 1] as const, [unmeasured, 3] as const]) {
      expect(ended.code, ended.stdout + ended.stderr).toBe(code)
    }
    expect(kept.stdout).toMatch(/pass +ttft-p50@1 <= 20s/)
    expect(broken.stdout).toMatch(/FAIL +throughput@1 >= 900000tok\/s/)
    expect(unmeasured.stdout).toMatch(/not measured +ttft-p99@1/)
  })

  test('2 when the report cannot be written, said before anything is sent', async () => {
    const server = await serve((response) => response.end())
    const folder = temporaryFolder()
    const { code, stdout, stderr } = await callHere([
      'run',
      '--endpoint',
      server.url,
      ...LEVEL,
      '--report-json',
      folder,
    ])
    expect(code).toBe(2)
    expect(stderr).toContain(`report-json: got "${folder}"; cannot be written: it is a folder`)
    expect(stdout).toBe('')
    expect(server.connections).toBe(0)
  })
})

test('attainment and goodput are those that the file of records gives', async () => {
  const folder = temporaryFolder()
  const [report, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
  const flags = ['--concurrency', '8', '--passes', '2', ...STEADY_RUN, '--slo', 'ttft <= 155ms, tpot <= 40ms']
  const url = virtualServer(['--slots', '6', '--decode', '30ms'])
  const { stdout } = await callHere(['run', '--endpoint', url, ...flags, '--report-json', report, '--records', records])
  const [level] = decodeRunReport(readFileSync(report, 'utf8')).levels
  const all = readFileSync(records, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RequestRecord)
  const keeps = ({ outcome, ttftMs, tpotMs }: RequestRecord) => outcome === 'ok' && ttftMs! <= 155 && tpotMs! <= 40
  const counted = all.filter(({ phase }) => phase === 'counted')
  const kept = counted.filter(keeps).length
  const tokens = all.filter(keeps).reduce((sum, { windowTokens }) => sum + windowTokens, 0)
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(counted.length)
  expect(level!.attained).toMatchObject({ inside: kept, attainment: kept / counted.length })
  expect(level!.attained!.outputTokensPerSecond).toBeCloseTo(tokens / level!.windowSeconds, 6)
  expect(stdout).toContain('Objectives ttft <= 155ms, tpot <= 40ms: ')
})

test('a dry run shows the plan and every setting with its source, and sends nothing', async () => {
  const server = await serve((response) => sendStream(response, chatAnswer(8)))
  const config = join(temporaryFolder(), 'plateau.yml')
  writeFileSync(config, 'passes: 2\nheaders: { x-token: hidden-token-1234 }\n')
  const args = ['run', '--dry-run', '--endpoint', `${server.url}/v1?key=hidden-query`, '--config', config]
  const { code, stdout, stderr } = await callHere(args, { env: { PLATEAU_API_KEY: 'sk-hidden-9999' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(
    new RegExp(
      `^would measure ${server.url}/v1/chat/completions \\(openai-chat\\); nothing was sent\nup to 9 levels × up to 2 passes, `,
    ),
  )
  expect(stdout).toMatch(/^\d+ client threads? \(/m)
  expect(stdout).toMatch(/^passes +2 {2}\(file\)$/m)
  expect(stdout).toMatch(/^level-duration +auto {2}\(default\)$/m)
  expect(stdout).toMatch(/^config +.* {2}\(flag\)$/m)
  expect(stdout).toMatch(/^api-key +given, not shown {2}\(env\)$/m)
  expect(stdout).not.toMatch(/hidden-/)

  const json = await callHere([...args, '--format', 'json'], { env: { PLATEAU_API_KEY: 'sk-hidden-9999' } })
  expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' })
  const dryRun = JSON.parse(json.stdout) as { readonly settings: readonly unknown[] }
  expect(dryRun).toMatchObject({
    schema: 'plateau/dry-run@1',
    url: `${server.url}/v1/chat/completions`,
    api: 'openai-chat',
    plan: { passes: 2, cut: [] },
  })
  expect(dryRun.settings).toContainEqual({ name: 'passes', value: '2', source: 'file' })
  expect(dryRun.settings).toContainEqual({ name: 'api-key', value: 'given, not shown', source: 'env' })
  expect(json.stdout).not.toMatch(/hidden-/)
  expect(server.connections).toBe(0)
})

describe('a history file', () => {
  const GATE = ['--expected-spread', '2%', '--pause', '0s', '--confirm', '1', '--concurrency', '1', '--passes', '1']
  const history = (cwd: string): string => join(cwd, '.plateau', 'history.json')

  test('begins with --append, passes what is unchanged and fails what is slower', async () => {
    const cwd = temporaryFolder()
    const run = async (server: readonly string[], flags: readonly string[] = []) => {
      const url = virtualServer(server)
      return callHere(['run', '--endpoint', url, '--name', 'gated', ...STEADY_RUN, ...GATE, ...flags], { cwd })
    }
    const first = await run([])
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toContain('gated: nothing to compare yet')
    expect(first.stderr).toContain('this run is not recorded; --append makes it the first')
    expect(existsSync(history(cwd))).toBe(false)

    const recorded = await run([], ['--append'])
    expect(recorded.stderr).toMatch(/^added to the history of \S+ as local-\d{4}-\d\d-\d\dT\d\d$/m)
    const { entries } = decodeHistory(readFileSync(history(cwd), 'utf8'))
    expect(entries).toMatchObject([{ row: { series: { name: 'gated' } }, source: { event: 'command', attempt: 1 } }])

    const same = await run([])
    expect(same.code, same.stdout + same.stderr).toBe(0)
    expect(same.stdout).toContain('Compared with 1 run (file .plateau/history.json)')

    const slower = await run(['--slowdown', '2'], ['--verdict-json', 'verdict.json', '--record', 'always'])
    expect(slower.code, slower.stdout + slower.stderr).toBe(1)
    expect(slower.stdout).toMatch(/^❌ gated: /m)
    const verdict = decodeVerdict(readFileSync(join(cwd, 'verdict.json'), 'utf8'))
    expect(verdict).toMatchObject({ verdict: 'regressed', confirmation: { passes: 1 } })
    // A run is recorded whatever its verdict, and what was measured again is no part of it.
    const later = decodeHistory(readFileSync(history(cwd), 'utf8')).entries
    expect(later).toHaveLength(2)
    expect(later[1]).toMatchObject({ verdict: 'regressed', row: { levels: [{ passes: [{}] }] } })
  })

  test('that is damaged stops the run before anything is sent, and is not touched', async () => {
    const cwd = temporaryFolder()
    const server = await serve((response) => response.end())
    writeFileSync(join(cwd, 'h.json'), '{"schema": "plateau/history@1", "entries": [{}]}')
    const args = ['run', '--endpoint', server.url, '--baseline', 'file:h.json', '--append']
    const { code, stdout, stderr } = await callHere(args, { cwd, system: 'real network' })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^The history h\.json is damaged: entries\[0\]\..*\n {2}remedy: /)
    expect(readFileSync(join(cwd, 'h.json'), 'utf8')).toBe('{"schema": "plateau/history@1", "entries": [{}]}')
    expect(server.requests).toEqual([])
  })
})

test('an endpoint that cannot be measured fails, unless on-unmeasured says otherwise', async () => {
  const args = ['run', '--endpoint', `http://127.0.0.1:${await freePort()}`]
  expect((await callHere(args, { system: 'standing clock' })).code).toBe(3)
  const { code, stderr } = await callHere([...args, '--on-unmeasured', 'warn'], { system: 'standing clock' })
  expect(code).toBe(0)
  expect(stderr).toMatch(/remedy: /)
})

test('what the log says of a plan is whole, however long, and its lines are broken only for a terminal', async () => {
  const url = virtualServer([])
  const flags = ['--concurrency', '1,2,4', '--passes', '3', ...STEADY_RUN]
  const { stderr } = await callHere(['run', '--endpoint', url, ...flags, '--max-requests', '8', '--max-duration', '1s'])
  const said = stderr.split('\n').filter((line) => line.startsWith('  ! '))
  expect(said.some((line) => line.length > 104)).toBe(true)
  expect(said.join('\n')).not.toContain('…')
})
