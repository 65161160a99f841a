import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeRunReport } from '../../src/report/run-report.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import type { SentRequest } from '../../src/simulator/send-log.ts'
import { chatAnswer, sendStream } from '../support/answers.ts'
import {
  FAST_SERVER,
  SHORT_RUN,
  SLOW_SERVER,
  STEADY_RUN,
  plateau,
  plateauUndisturbed,
  reportIn,
  simulated,
  start,
  temporaryFolder,
  wasDisturbed,
} from '../support/cli.ts'
import { freePort, serve } from '../support/http-server.ts'
import { startProxy } from '../support/proxy.ts'

/** One line of a records file, as far as these tests look at it. */
interface Line {
  readonly requestId: string
  readonly level: number
  readonly pass: number
  readonly phase: string
  readonly outcome: string
  readonly ttftMs: number
  readonly lastTokenMs: number
  readonly outputTokens: number
  readonly connectMs: number | null
}

function linesIn(path: string): Line[] {
  const text = readFileSync(path, 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

async function serverLog(url: string): Promise<ReadonlyMap<string | null, SentRequest>> {
  const text = await (await fetch(`${url}/simulator/log`)).text()
  const sent = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SentRequest)
  return new Map(sent.map((request) => [request.requestId, request]))
}

describe('a short run', () => {
  test('writes a table, a report and records that agree with each other and with the server', async () => {
    const url = await simulated(FAST_SERVER)
    const folder = temporaryFolder()
    const [reportPath, recordsPath] = [join(folder, 'new', 'report.json'), join(folder, 'records.jsonl')]
    const files = ['--report-json', reportPath, '--records', recordsPath]
    const load = ['--concurrency', '1,2,4', '--passes', '2', ...SHORT_RUN]
    const { code, stdout, stderr } = await plateau(['run', '--endpoint', url, '--name', 'demo-run', ...load, ...files])
    const report = reportIn(reportPath)
    expect(code, stderr).toBe(report.validity.ok ? 0 : 3)

    expect(stderr).toMatch(/^model: simulated-model$/m)
    expect(stderr).toMatch(/^3 levels × 2 passes, about \d+ s, [\d,]+ requests, /m)
    expect(stderr.match(/^level \d, pass \d\/2: /gm)).toHaveLength(6)
    expect(stdout).toMatch(/simulated-model/)
    expect(stdout).toMatch(/^ *level +ok\/failed +TTFT p50 /m)
    for (const level of [1, 2, 4])
      expect(stdout).toMatch(new RegExp(`^ *${level} +\\d+/0 .* (ok|saturated|invalid)$`, 'm'))
    expect(stdout).toMatch(/plateau/i)

    expect(report.plan).toMatchObject({ levels: [1, 2, 4], passes: 2 })
    expect(report.levels.map(({ concurrency }) => concurrency)).toEqual([1, 2, 4])
    expect(report.context).toMatchObject({ servedModel: 'simulated-model', runner: { environment: 'local' } })
    expect(report.capabilities).toMatchObject({ api: 'openai-chat', buffered: false, compressed: null })
    const throughput = report.levels.map((level) => level.outputTokensPerSecond!)
    expect(throughput[2]).toBeGreaterThan(throughput[0]! * 1.5)

    const lines = linesIn(recordsPath)
    for (const { concurrency, requests, passes } of report.levels) {
      const counted = lines.filter(({ level, phase }) => level === concurrency && phase === 'counted')
      expect(counted).toHaveLength(requests.ok + requests.failed)
      expect(passes).toHaveLength(2)
      expect(counted.every(({ pass }) => pass === 1 || pass === 2)).toBe(true)
      const warmup = lines.filter(({ level, phase }) => level === concurrency && phase === 'warmup')
      expect(warmup.length).toBeGreaterThanOrEqual(2 * concurrency)
    }
    const log = await serverLog(url)
    for (const line of lines) {
      const sent = log.get(line.requestId)!
      expect(sent).toMatchObject({ status: 200, outputTokens: line.outputTokens })
      // The client starts its clock before the server does, and stops it after the server has sent.
      expect(line.ttftMs).toBeGreaterThan(sent.firstTokenAtMs! - sent.receivedAtMs - 0.01)
      expect(line.lastTokenMs).toBeGreaterThan(sent.lastTokenAtMs! - sent.receivedAtMs - 0.01)
    }
    // What was sent and cancelled at the end of a level is in no record; nothing else is missing. Pages that were looked for have no id.
    const sent = [...log.values()].filter(({ requestId }) => requestId !== null)
    const unknown = sent.filter(({ requestId }) => !lines.some((line) => line.requestId === requestId))
    expect(unknown.every(({ status }) => status === 200)).toBe(true)
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(lines.length)
  })

  test('--format json puts the report and nothing else on stdout', async () => {
    const url = await simulated(FAST_SERVER)
    const path = join(temporaryFolder(), 'report.json')
    const load = ['--concurrency', '2', '--passes', '1', '--format', 'json', ...SHORT_RUN]
    const { stdout, stderr } = await plateau(['run', '--endpoint', url, '--report-json', path, ...load])
    expect(decodeRunReport(stdout)).toEqual(reportIn(path))
    expect(stderr).toMatch(/^level 2, pass 1\/1: /m)
  })

  test('embeddings are measured by their latency and input tokens', async () => {
    const url = await simulated(FAST_SERVER)
    const flags = ['--batch-size', '2', '--concurrency', '1,2', '--passes', '1', '--format', 'json', ...SHORT_RUN]
    const { stdout } = await plateau(['run', '--endpoint', `${url}/v1/embeddings`, ...flags])
    const { levels, capabilities } = decodeRunReport(stdout)
    const none = { ttftMs: null, tpotMs: null, outputTokensPerSecond: null }
    const some = { inputTokensPerSecond: expect.any(Number), latencyMs: { p50: expect.any(Number) } }
    expect(levels).toMatchObject([
      { ...none, ...some },
      { ...none, ...some },
    ])
    expect(capabilities).toMatchObject({ api: 'openai-embeddings', task: 'embeddings' })
  })

  test('a prompts file says what is asked', async () => {
    const url = await simulated(FAST_SERVER)
    const file = join(temporaryFolder(), 'prompts.jsonl')
    writeFileSync(file, '{"prompt": "one two", "max_tokens": 3}\n{"prompt": "three", "max_tokens": 5}\n')
    const flags = ['--prompts-file', file, '--concurrency', '1', '--passes', '1', '--format', 'json', '--soak', 'off']
    const { stdout } = await plateau(['run', '--endpoint', url, '--level-duration', '300ms', ...flags])
    expect(decodeRunReport(stdout).series.workload.promptsHash).toMatch(/^[0-9a-f]{64}$/)
    // 8 are those of the first probe; what is below is a first request that enters in its phase, or cancelled.
    const tokens = [...(await serverLog(url)).values()].map(({ outputTokens }) => outputTokens)
    expect(new Set(tokens.filter((count) => count > 5))).toEqual(new Set([8]))
    expect(tokens).toEqual(expect.arrayContaining([3, 5]))
  })

  test('a proxy is used when the flag says so, and not because of the environment', async () => {
    const url = await simulated(FAST_SERVER)
    const proxy = await startProxy()
    const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NODE_USE_ENV_PROXY: '1' }
    const args = ['run', '--endpoint', url, '--concurrency', '1', '--passes', '1', '--preflight', 'false', ...SHORT_RUN]
    expect((await plateau(args, { env })).stdout).toMatch(/^ *1 +\d+\/0 /m)
    expect(proxy.asked).toEqual([])
    expect((await plateau([...args, '--proxy', proxy.url])).stdout).toMatch(/^ *1 +\d+\/0 /m)
    expect(proxy.asked.length).toBeGreaterThan(3)
  })
})

describe('exit codes', () => {
  const LEVEL = ['--concurrency', '1', '--passes', '1', ...STEADY_RUN]

  test('0 when limits are kept, 1 when one is broken, 3 when one is not measured', async () => {
    const run = async (limits: string, flags: readonly string[] = []) => {
      const args = ['run', '--endpoint', await simulated(SLOW_SERVER), ...LEVEL, '--limits', limits, ...flags]
      return plateauUndisturbed(args)
    }
    const [kept, broken, unmeasured] = await Promise.all([
      run('ttft-p50@1 <= 20s, error-rate <= 1%'),
      run('throughput@1 >= 900000tok/s, error-rate <= 1%'),
      run('ttft-p99@1 <= 20s', ['--max-requests', '5']),
    ])
    for (const [ended, code] of [[kept, 0] as const, [broken, 1] as const, [unmeasured, 3] as const]) {
      expect(ended.code, ended.stdout + ended.stderr).toBe(wasDisturbed(ended) ? 3 : code)
    }
    if ([kept, broken, unmeasured].some(wasDisturbed)) return
    expect(kept.stdout).toMatch(/pass +ttft-p50@1 <= 20s/)
    expect(broken.stdout).toMatch(/FAIL +throughput@1 >= 900000tok\/s/)
    expect(unmeasured.stdout).toMatch(/not measured +ttft-p99@1/)
  })

  test('2 when the report cannot be written, said before anything is sent', async () => {
    const url = await simulated(FAST_SERVER)
    const folder = temporaryFolder()
    const { code, stdout, stderr } = await plateau(['run', '--endpoint', url, ...LEVEL, '--report-json', folder])
    expect(code).toBe(2)
    expect(stderr).toContain(`report-json: got "${folder}"; cannot be written: it is a folder`)
    expect(stdout).toBe('')
  })
})

describe('interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('by %s it writes what it has and ends with 130', async (signal) => {
    const url = await simulated(FAST_SERVER)
    const folder = temporaryFolder()
    const [report, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
    const files = ['--report-json', report, '--records', records]
    const load = ['--concurrency', '1,2,4', '--passes', '20', '--max-duration', '1h', ...SHORT_RUN]
    const running = start(['run', '--endpoint', url, ...load, ...files])
    await running.wrote(/level \d, pass 1\/20: [^\n]*\n[^]*level \d, pass 1\/20: /)
    const at = performance.now()
    running.child.kill(signal)
    const { code, stdout, stderr } = await running.ended
    expect(performance.now() - at).toBeLessThan(5000)
    expect(code, stderr).toBe(130)
    expect(stderr).toContain('interrupted: the figures are those measured before')
    expect(stdout).toMatch(/level +ok\/failed/)
    const { levels } = reportIn(report)
    expect(levels.length).toBeGreaterThanOrEqual(2)
    expect(linesIn(records).length).toBeGreaterThan(0)
    // Nothing is sent any more.
    const before = (await serverLog(url)).size
    expect((await serverLog(url)).size).toBe(before)
  })

  test('before anything was measured it says so', async () => {
    const running = start(['run', '--endpoint', `http://127.0.0.1:${await freePort()}`])
    await running.wrote(/waiting for the endpoint/)
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toMatch(/interrupted before anything was measured\n$/)
  })
})

test('a dry run shows the plan and every setting with its source, and sends nothing', async () => {
  const server = await serve((response) => sendStream(response, chatAnswer(8)))
  const config = join(temporaryFolder(), 'plateau.yml')
  writeFileSync(config, 'passes: 2\nheaders: { x-token: hidden-token-1234 }\n')
  const args = ['run', '--dry-run', '--endpoint', `${server.url}/v1?key=hidden-query`, '--config', config]
  const { code, stdout, stderr } = await plateau(args, { env: { PLATEAU_API_KEY: 'sk-hidden-9999' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(
    new RegExp(
      `^would measure ${server.url}/v1/chat/completions \\(openai-chat\\); nothing was sent\n\\d+ levels × 2 passes, `,
    ),
  )
  expect(stdout).toMatch(/^passes +2 {2}\(file\)$/m)
  expect(stdout).toMatch(/^level-duration +8s {2}\(default\)$/m)
  expect(stdout).toMatch(/^config +.* {2}\(flag\)$/m)
  expect(stdout).toMatch(/^api-key +given, not shown {2}\(env\)$/m)
  expect(stdout).not.toMatch(/hidden-/)
  expect(server.connections).toBe(0)
})

describe('a history file', () => {
  const GATE = ['--expected-spread', '2%', '--pause', '0s', '--confirm', '1', '--concurrency', '1', '--passes', '1']
  const history = (cwd: string): string => join(cwd, '.plateau', 'history.json')

  test(
    'begins with --append, passes what is unchanged and fails what is slower',
    { retry: 3, timeout: 60_000 },
    async () => {
      const cwd = temporaryFolder()
      const run = async (server: readonly string[], flags: readonly string[] = []) => {
        const url = await simulated([...SLOW_SERVER, ...server])
        // A run that is recorded is not tried again.
        const once = flags.length === 0 ? plateauUndisturbed : plateau
        return once(['run', '--endpoint', url, '--name', 'gated', ...STEADY_RUN, ...GATE, ...flags], { cwd })
      }
      const first = await run([])
      expect(first.code, first.stderr).toBe(0)
      expect(first.stdout).toContain('gated: nothing to compare yet')
      expect(first.stderr).toContain('this run is not recorded; --append makes it the first')
      expect(existsSync(history(cwd))).toBe(false)

      const recorded = await run([], ['--append'])
      expect(recorded.stderr).toMatch(/^added to the history as local-\d{4}-\d\d-\d\dT\d\d$/m)
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
    },
  )

  test('that is damaged stops the run before anything is sent, and is not touched', async () => {
    const cwd = temporaryFolder()
    const server = await serve((response) => response.end())
    writeFileSync(join(cwd, 'h.json'), '{"schema": "plateau/history@1", "entries": [{}]}')
    const args = ['run', '--endpoint', server.url, '--baseline', 'file:h.json', '--append']
    const { code, stdout, stderr } = await plateau(args, { cwd })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^The history h\.json is damaged: entries\[0\]\..*\n {2}remedy: /)
    expect(readFileSync(join(cwd, 'h.json'), 'utf8')).toBe('{"schema": "plateau/history@1", "entries": [{}]}')
    expect(server.requests).toEqual([])
  })
})

test('an endpoint that cannot be measured fails, unless on-unmeasured says otherwise', async () => {
  const args = ['run', '--endpoint', `http://127.0.0.1:${await freePort()}`, '--ready-timeout', '1s']
  expect((await plateau(args)).code).toBe(3)
  const { code, stderr } = await plateau([...args, '--on-unmeasured', 'warn'])
  expect(code).toBe(0)
  expect(stderr).toMatch(/remedy: /)
})
