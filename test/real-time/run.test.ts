import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { SentRequest } from '../../src/simulator/answer.ts'
import { FAST_SERVER, plateau, reportIn, SHORT_RUN, simulated, start, temporaryFolder } from '../support/cli.ts'
import { startProxy } from '../support/proxy.ts'

/** The built command against a server in a process of its own, in real time: what is said here holds on any machine. */

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

/** One that serves all tests but the first, which counts everything that its own was asked. */
let server: string

beforeAll(async () => {
  server = await simulated(FAST_SERVER)
})

// Two at a time: most of the time they wait, and none says how long anything takes.
describe.concurrent('a short run', () => {
  test('writes a table, a report and records that agree with each other and with the server', async () => {
    const url = await simulated(FAST_SERVER)
    const folder = temporaryFolder()
    const [reportPath, recordsPath] = [join(folder, 'new', 'report.json'), join(folder, 'records.jsonl')]
    const files = ['--report-json', reportPath, '--records', recordsPath]
    const load = ['--concurrency', '1,4', '--passes', '2', ...SHORT_RUN]
    const { code, stdout, stderr } = await plateau(['run', '--endpoint', url, '--name', 'demo-run', ...load, ...files])
    const report = reportIn(reportPath)
    expect(code, stderr).toBe(report.validity.ok ? 0 : 3)

    expect(stderr).toMatch(/^model: simulated-model$/m)
    expect(stderr).toMatch(/^2 levels × 2 passes, about \d+ s, [\d,]+ requests, /m)
    expect(stderr.match(/^\d of 4, level \d: /gm)).toHaveLength(4)
    expect(stdout).toMatch(/simulated-model/)
    expect(stdout).toMatch(/^ *level +ok\/failed +TTFT p50 /m)
    for (const level of [1, 4])
      expect(stdout).toMatch(new RegExp(`^ *${level} +\\d+/0 .* (ok|client busy|invalid)$`, 'm'))
    expect(stdout).toMatch(/plateau/i)

    expect(report.plan).toMatchObject({ levels: [1, 4], passes: 2 })
    expect(report.levels.map(({ concurrency }) => concurrency)).toEqual([1, 4])
    expect(report.context).toMatchObject({ servedModel: 'simulated-model', runner: { environment: 'local' } })
    expect(report.capabilities).toMatchObject({ api: 'openai-chat', buffered: false, compressed: null })
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

  test.runIf(availableParallelism() > 1)(
    'in two threads has a record for every answer of the server, and with --format json the report and nothing else on stdout',
    async () => {
      const folder = temporaryFolder()
      const [path, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
      const files = ['--report-json', path, '--records', records]
      const flags = '--concurrency 3 --passes 1 --format json --client-threads 2'.split(' ')
      const load = '--level-duration 300ms --output-tokens 8 --soak off'.split(' ')
      const { stdout, stderr } = await plateau(['run', '--endpoint', server, ...files, ...flags, ...load])
      expect(stderr).toMatch(/^2 client threads \(as asked for\)$/m)
      expect(stderr).toMatch(/^1 of 1, level 3: /m)
      const report = decodeRunReport(stdout)
      expect(report).toEqual(reportIn(path))
      expect(report.levels).toMatchObject([{ concurrency: 3, client: { threads: 2 } }])
      // What this machine was proven to do, or that there was no time to prove it.
      if (report.selfProof === undefined) {
        expect(report.validity.findings).toContainEqual(expect.objectContaining({ code: 'self-proof-missing' }))
      } else expect(report.selfProof.streams).toBe(3)
      const lines = linesIn(records)
      const log = await serverLog(server)
      for (const { requestId, outputTokens } of lines) expect(log.get(requestId)).toMatchObject({ outputTokens })
      expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(lines.length)
    },
  )

  test('a proxy is used when the flag says so, and not because of the environment', async () => {
    const proxy = await startProxy()
    const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NODE_USE_ENV_PROXY: '1' }
    const args = [
      'run',
      '--endpoint',
      server,
      '--concurrency',
      '1',
      '--passes',
      '1',
      '--preflight',
      'false',
      ...SHORT_RUN,
    ]
    expect((await plateau(args, { env })).stdout).toMatch(/^ *1 +\d+\/0 /m)
    expect(proxy.asked).toEqual([])
    expect((await plateau([...args, '--proxy', proxy.url])).stdout).toMatch(/^ *1 +\d+\/0 /m)
    expect(proxy.asked.length).toBeGreaterThan(3)
  })
})

test.concurrent('interrupted it writes what it has and ends with 130', async () => {
  const folder = temporaryFolder()
  const [report, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
  const files = ['--report-json', report, '--records', records]
  const load = ['--concurrency', '1,2,4', '--passes', '20', '--max-duration', '1h', ...SHORT_RUN]
  const running = start(['run', '--endpoint', server, ...load, ...files])
  await running.wrote(/^1 of 60, level \d: /m)
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect(code, stderr).toBe(130)
  expect(stderr).toContain('interrupted: the figures are those measured before')
  expect(stderr).not.toMatch(/^60 of 60, /m)
  expect(stdout).toMatch(/level +ok\/failed/)
  const { levels } = reportIn(report)
  expect(levels.length).toBeGreaterThanOrEqual(1)
  expect(linesIn(records).length).toBeGreaterThan(0)
})
