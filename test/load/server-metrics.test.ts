import { describe, expect, test } from 'vitest'
import { assumeTarget } from '../../src/load/preflight/candidates.ts'
import { findServerMetrics } from '../../src/load/server-readings.ts'
import { refuse } from '../support/answers.ts'
import { createDeadlines, NO_DEADLINE } from '../support/deadlines.ts'
import { freePort, serve } from '../support/http-server.ts'
import { testPorts } from '../support/readiness-ports.ts'
import { settingsFor } from '../support/run-settings.ts'

const PAGE = 'vllm:num_requests_running{model_name="m"} 2\nvllm:num_requests_waiting{model_name="m"} 1\n'
const NEVER = new AbortController().signal

/** A server with a page of metrics at some paths, and nothing else. */
async function metricsServer(pages: Readonly<Record<string, string>>) {
  return serve((response, { path }) =>
    pages[path] === undefined ? refuse(response, 404, 'no such page') : response.end(pages[path]),
  )
}

async function find(endpoint: string, ...flags: readonly string[]) {
  const settings = settingsFor(endpoint, flags)
  return findServerMetrics(settings, assumeTarget(settings, testPorts()), NEVER, NO_DEADLINE)
}

function pathsOf({ requests }: { requests: readonly { path: string }[] }): string[] {
  return requests.map(({ path }) => path)
}

describe('server-metrics: auto', () => {
  test('finds the page once and reads it every time', async () => {
    const server = await metricsServer({ '/metrics': PAGE })
    const { metrics, findings } = await find(server.url)
    expect(findings).toEqual([])
    expect(await metrics!.read(NEVER)).toMatchObject({ server: 'vLLM', running: 2, waiting: 1 })
    await metrics!.read(NEVER)
    expect(pathsOf(server)).toEqual(['/metrics', '/metrics', '/metrics'])
  })

  test('finds those of NIM, behind a page of something else', async () => {
    const server = await metricsServer({
      '/metrics': 'http_requests_total 3\n',
      '/v1/metrics': 'num_requests_running 1\n',
    })
    const { metrics } = await find(`${server.url}/v1`)
    expect(await metrics!.read(NEVER)).toMatchObject({ server: 'NIM', running: 1 })
    expect(pathsOf(server)).toEqual(['/metrics', '/v1/metrics', '/v1/metrics'])
  })

  test('says nothing where there are none', async () => {
    const server = await metricsServer({})
    expect(await find(server.url)).toEqual({ metrics: null, findings: [] })
    expect(await find(`http://127.0.0.1:${await freePort()}`)).toEqual({ metrics: null, findings: [] })
  })

  test('asks for nothing without preflight, and off never does', async () => {
    const server = await metricsServer({ '/metrics': PAGE })
    expect((await find(server.url, '--preflight', 'false', '--soak', 'off')).metrics).toBeNull()
    expect((await find(server.url, '--server-metrics', 'off')).metrics).toBeNull()
    expect(server.requests).toEqual([])
  })
})

describe('server-metrics: a URL', () => {
  test('is read there, and the key stays at home', async () => {
    const endpoint = await metricsServer({})
    const server = await metricsServer({ '/m?x=1': PAGE })
    const flags = ['--server-metrics', `${server.url}/m?x=1`, '--headers', 'x-tenant: secret', '--preflight', 'false']
    const { metrics } = await find(endpoint.url, ...flags, '--soak', 'off')
    expect(await metrics!.read(NEVER)).toMatchObject({ running: 2 })
    expect(endpoint.requests).toEqual([])
    expect(server.requests[0]!.headers).not.toHaveProperty('x-tenant')
    const { metrics: own } = await find(server.url, ...flags, '--soak', 'off')
    await own!.read(NEVER)
    expect(server.requests.at(-1)!.headers).toMatchObject({ 'x-tenant': 'secret' })
  })

  test('that cannot be read is a finding, without its query', async () => {
    const server = await metricsServer({ '/other?key=secret': 'http_requests_total 3\n' })
    const messages = []
    for (const path of ['/none?key=secret', '/other?key=secret']) {
      const { metrics, findings } = await find(server.url, '--server-metrics', server.url + path)
      expect(metrics).toBeNull()
      expect(findings).toMatchObject([{ code: 'server-metrics-unread' }])
      messages.push(findings[0]!.message.replace(server.url, ''))
    }
    expect(messages).toEqual([
      'GET /none was answered with 404.',
      'GET /other has no metrics of a server that is known (vLLM, SGLang, TGI, llama.cpp, LMDeploy, TensorRT-LLM, NIM).',
    ])
    const gone = `http://127.0.0.1:${await freePort()}/metrics`
    expect((await find(server.url, '--server-metrics', gone)).findings[0]!.message).toBe(
      `GET ${gone} was not answered.`,
    )
  })
})

test('a reading that fails, or that nobody waits for any more, is none', async () => {
  let answers = 0
  const server = await serve((response) => (answers++ === 0 ? response.end(PAGE) : refuse(response, 503, 'busy')))
  const { metrics } = await find(server.url)
  expect(await metrics!.read(NEVER)).toBeNull()
  expect(await metrics!.read(AbortSignal.abort())).toBeNull()
})

test('a page that never ends is looked at for three seconds, and read for one', async () => {
  const { deadline, granted, pass } = createDeadlines()
  let isSilent = false
  const server = await serve((response) => {
    if (!isSilent) return response.end(PAGE)
    response.write(PAGE)
    return pass()
  })
  const settings = settingsFor(server.url)
  const target = assumeTarget(settings, testPorts())
  const { metrics } = await findServerMetrics(settings, target, NEVER, deadline)
  isSilent = true
  expect(await metrics!.read(NEVER)).toBeNull()
  expect(granted).toEqual([3_000, 1_000])

  const named = settingsFor(server.url, ['--server-metrics', `${server.url}/metrics`])
  const { findings } = await findServerMetrics(named, target, NEVER, deadline)
  expect(findings[0]!.message).toBe(`GET ${server.url}/metrics was not answered.`)
})
