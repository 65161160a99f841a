import { describe, expect, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { runPreflight } from '../../../src/load/preflight/preflight.ts'
import { waitUntilReady } from '../../../src/load/preflight/readiness.ts'
import { bodyOf, chatAnswer, sendJson, sendStream } from '../../support/answers.ts'
import { serve } from '../../support/http-server.ts'
import type { TestServer } from '../../support/http-server.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { TWO_ENTITIES, servingPage } from '../../support/serving-endpoint.ts'

const PATH = '/serving-endpoints/llama/invocations'
const PAGE = '/api/2.0/serving-endpoints/llama'

/** A workspace whose management API shows these pages, one after another, the last for ever; a number is a refusal. */
async function workspace(...pages: readonly (number | Record<string, unknown>)[]): Promise<TestServer> {
  let looks = 0
  return serve((response, { method, path }) => {
    if (method === 'POST') return sendStream(response, chatAnswer(8))
    if (path !== PAGE) return sendJson(response, 404, {})
    const page = pages[Math.min(looks++, pages.length - 1)]!
    return typeof page === 'number'
      ? sendJson(response, page, { error_code: 'PERMISSION_DENIED', message: 'no' })
      : sendJson(response, 200, page)
  })
}

async function ready(server: TestServer, flags: readonly string[] = [], ports = testPorts()) {
  return waitUntilReady(settingsFor(server.url + PATH, flags), ports)
}

async function errorOf(server: TestServer, flags: readonly string[] = []): Promise<EndpointError> {
  const outcome: unknown = await ready(server, flags).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  return outcome as EndpointError
}

function paths({ requests }: TestServer): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`)
}

describe('a Databricks endpoint', () => {
  test('is waited for until it is ready and not updating, and the log says so', async () => {
    const server = await workspace(
      servingPage({ state: { ready: 'NOT_READY' } }),
      servingPage({ state: { config_update: 'IN_PROGRESS' } }),
      servingPage(),
    )
    const ports = testPorts()
    const { described } = await ready(server, [], ports)
    expect(described).toMatchObject({ task: 'chat', served: 'main.models.llama version 3' })
    expect(described!.provisioned).toContain('980 to 9,800')
    expect(paths(server)).toEqual([`GET ${PAGE}`, `GET ${PAGE}`, `GET ${PAGE}`, `POST ${PATH}`])
    expect(ports.lines[0]).toMatch(
      /^waiting for the endpoint, at most 600 s more .*llama cannot be measured.*NOT_READY/,
    )
  })

  test('that stays in an update is given up after ready-timeout', async () => {
    const server = await workspace(servingPage({ state: { config_update: 'IN_PROGRESS' } }))
    const error = await errorOf(server, ['--ready-timeout', '20s'])
    expect(error.message).toContain('IN_PROGRESS')
    expect(error.remedy).toContain('ready-timeout')
    expect(error.tried).toBe(`GET ${server.url}${PAGE}`)
  })

  test.each([
    ['update', servingPage({ state: { config_update: 'UPDATE_FAILED' } }), 'UPDATE_FAILED'],
    [
      'deployment',
      servingPage({
        state: { ready: 'NOT_READY' },
        entity: { state: { deployment: 'DEPLOYMENT_FAILED', deployment_state_message: 'out of\n::memory' } },
      }),
      'DEPLOYMENT_FAILED (out of ::memory)',
    ],
  ])('whose %s failed is named at once', async (_, page, words) => {
    const server = await workspace(page)
    const error = await errorOf(server)
    expect(error.message).toContain(words)
    expect(server.requests).toHaveLength(1)
  })

  test.each([403, 404, 401])('whose page answers %i is measured all the same, with a note', async (status) => {
    const server = await workspace(status)
    const ports = testPorts()
    const { described, target } = await ready(server, [], ports)
    expect(described).toBeNull()
    expect(target.dialect.task).toBe('chat')
    expect(paths(server)).toEqual([`GET ${PAGE}`, `POST ${PATH}`])
    expect(ports.lines).toEqual([expect.stringContaining(`shows no serving endpoint (${status})`)])
  })

  test('whose page is not there yet is looked at again after the first answer', async () => {
    const server = await workspace(503, servingPage())
    expect((await ready(server)).described?.task).toBe('chat')
    expect(paths(server)).toEqual([`GET ${PAGE}`, `POST ${PATH}`, `GET ${PAGE}`])
  })

  test('is asked for the task that its page says, without trying others', async () => {
    const server = await workspace(servingPage({ task: 'llm/v1/completions' }))
    await ready(server)
    const bodies = server.requests.filter(({ method }) => method === 'POST').map(bodyOf)
    expect(bodies.every((body) => 'prompt' in body)).toBe(true)
  })

  test('is asked for the task that the user says, whatever its page says', async () => {
    const server = await workspace(servingPage({ task: 'llm/v1/completions' }))
    expect((await ready(server, ['--task', 'chat'])).target.dialect.task).toBe('chat')
  })

  test('that is an agent of the Responses API is refused with what to set', async () => {
    const server = await workspace(servingPage({ task: 'agent/v1/responses' }))
    const error = await errorOf(server)
    expect(error.remedy).toContain(`${server.url}/serving-endpoints/responses`)
    expect(error.remedy).toContain('openai-responses')
  })

  test('named in `model` has its page there, and the key goes along', async () => {
    const server = await workspace(servingPage())
    const flags = ['--model', 'llama', '--api-key', 'dapi-0123456789']
    const settings = settingsFor(`${server.url}/serving-endpoints`, flags)
    expect((await waitUntilReady(settings, testPorts())).described?.task).toBe('chat')
    expect(server.requests[0]).toMatchObject({ path: PAGE, headers: { authorization: 'Bearer dapi-0123456789' } })
  })

  test('of which one served model is measured is that model', async () => {
    const server = await workspace(servingPage({ config: TWO_ENTITIES }))
    const url = `${server.url}/serving-endpoints/llama/served-models/b/invocations`
    const { described } = await waitUntilReady(settingsFor(url), testPorts())
    expect(described?.served).toBe('main.models.b version 2')
  })

  test('has its facts among the capabilities, its capacity not, and its findings', async () => {
    const server = await workspace(servingPage())
    const found = await runPreflight(settingsFor(server.url + PATH, ['--output-tokens', '8']), testPorts())
    expect(found.capabilities['servingEndpoint']).toMatchObject({ task: 'llm/v1/chat', autoscaling: true })
    expect(found.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['burst-scaling', 'autoscaling']))
    expect(JSON.stringify([found.capabilities, found.findings])).not.toMatch(/9,?800/)
  })
})

test('a change during the run is looked for at the end, where the page was seen at the start', async () => {
  const { signal } = new AbortController()
  const changesAfter = async (page: number | Record<string, unknown>) => {
    const { described } = await ready(await workspace(servingPage(), page))
    return (await described!.findChanges(signal)).map(({ code }) => code)
  }
  expect(await changesAfter(servingPage({ state: { config_update: 'IN_PROGRESS' } }))).toEqual(['config-updated'])
  expect(await changesAfter(servingPage())).toEqual([])
  expect(await changesAfter(403)).toEqual([])
})
