import { describe, expect, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { preflight } from '../../../src/load/preflight/preflight.ts'
import { waitUntilReady } from '../../../src/load/preflight/readiness.ts'
import { servingChangeFindings, servingFindings } from '../../../src/vendors/databricks/findings.ts'
import { findServingChanges } from '../../../src/vendors/databricks/readiness.ts'
import { bodyOf, chatAnswer, sendJson, sendStream } from '../../support/answers.ts'
import { serve } from '../../support/http-server.ts'
import type { TestServer } from '../../support/http-server.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { TWO_ENTITIES, aServingEndpoint, servingPage } from '../../support/serving-endpoint.ts'

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
    const { serving } = await ready(server, [], ports)
    expect(serving).toEqual(aServingEndpoint())
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
    const { serving, target } = await ready(server, [], ports)
    expect(serving).toBeNull()
    expect(target.dialect.task).toBe('chat')
    expect(paths(server)).toEqual([`GET ${PAGE}`, `POST ${PATH}`])
    expect(ports.lines).toEqual([expect.stringContaining(`shows no serving endpoint (${status})`)])
  })

  test('whose page is not there yet is looked at again after the first answer', async () => {
    const server = await workspace(503, servingPage())
    expect((await ready(server)).serving?.ready).toBe(true)
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
    expect((await waitUntilReady(settings, testPorts())).serving?.ready).toBe(true)
    expect(server.requests[0]).toMatchObject({ path: PAGE, headers: { authorization: 'Bearer dapi-0123456789' } })
  })

  test('of which one served model is measured is that model', async () => {
    const server = await workspace(servingPage({ config: TWO_ENTITIES }))
    const url = `${server.url}/serving-endpoints/llama/served-models/b/invocations`
    const { serving } = await waitUntilReady(settingsFor(url), testPorts())
    expect(serving?.entities.map(({ name }) => name)).toEqual(['b'])
  })

  test('has its facts among the capabilities, its capacity not, and its findings', async () => {
    const server = await workspace(servingPage())
    const found = await preflight(settingsFor(server.url + PATH, ['--output-tokens', '8']), testPorts())
    expect(found.capabilities['servingEndpoint']).toMatchObject({ task: 'llm/v1/chat', autoscaling: true })
    expect(found.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['burst-scaling', 'autoscaling']))
    expect(JSON.stringify([found.capabilities, found.findings])).not.toMatch(/9,?800/)
  })
})

describe('the configuration of an endpoint', () => {
  const codesOf = (page: Parameters<typeof servingPage>[0]) =>
    servingFindings(aServingEndpoint(page)).map(({ code }) => code)
  const fixed = { min_provisioned_throughput: 9800, burst_scaling_enabled: false }

  test('gives no finding where the capacity is fixed and nothing else interferes', () => {
    expect(codesOf({ entity: fixed })).toEqual([])
  })

  test.each([
    ['burst-scaling', { entity: { ...fixed, burst_scaling_enabled: true } }],
    ['autoscaling', { entity: { ...fixed, min_provisioned_throughput: 0 } }],
    ['scale-to-zero', { entity: { ...fixed, scale_to_zero_enabled: true } }],
    ['endpoint-rate-limit', { entity: fixed, ai_gateway: { rate_limits: [{ calls: 15, renewal_period: 'minute' }] } }],
    ['pay-per-token', { config: { served_entities: [{ name: 'x', foundation_model: { name: 'x' } }] } }],
  ])('%s', (code, page) => {
    expect(codesOf(page)).toEqual([code])
  })

  test('fallback and split are about several models', () => {
    const gateway = { fallback_config: { enabled: true } }
    expect(codesOf({ entity: fixed, ai_gateway: gateway })).toEqual([])
    const findings = servingFindings(aServingEndpoint({ config: TWO_ENTITIES, ai_gateway: gateway }))
    expect(findings.map(({ code }) => code)).toEqual(['burst-scaling', 'fallback-configured', 'traffic-split'])
    expect(findings.at(-1)!.message).toBe('Requests go to 2 served entities: a 80 %, b 20 %.')
  })

  test('that says nothing of burst scaling is said to have it by default', () => {
    const [finding] = servingFindings(aServingEndpoint({ entity: { min_provisioned_throughput: 9800 } }))
    expect(finding!.message).toContain('default')
  })
})

describe('a change during the run', () => {
  test('of the model and of the configuration are findings that name no capacity', () => {
    const now = aServingEndpoint({ entity: { entity_version: '4\n' }, config: {} })
    expect(servingChangeFindings(aServingEndpoint(), now)).toEqual([
      {
        code: 'served-model-changed',
        message:
          'The endpoint served main.models.llama version 3 at the start and main.models.llama version 4 at the end.',
      },
    ])
    const capacity = servingChangeFindings(
      aServingEndpoint(),
      aServingEndpoint({ entity: { max_provisioned_throughput: 980 } }),
    )
    expect(capacity).toEqual([
      { code: 'config-updated', message: 'At the end of the run: what is provisioned changed.' },
    ])
  })

  test('is looked for at the end, where the page was seen at the start', async () => {
    const server = await workspace(servingPage({ state: { config_update: 'IN_PROGRESS' } }))
    const settings = settingsFor(server.url + PATH)
    const { target } = await ready(await workspace(servingPage()))
    const { signal } = new AbortController()
    const changes = await findServingChanges(settings, { target, serving: aServingEndpoint() }, signal)
    expect(changes.map(({ code }) => code)).toEqual(['config-updated'])
    expect(await findServingChanges(settings, { target, serving: null }, signal)).toEqual([])
    const hidden = settingsFor((await workspace(403)).url + PATH)
    expect(await findServingChanges(hidden, { target, serving: aServingEndpoint() }, signal)).toEqual([])
  })
})
