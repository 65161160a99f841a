import { describe, expect, it } from 'vitest'
import {
  createTokenOffice,
  CONFIG_UPDATE_MS,
  createMinuteCounts,
  renderEndpointMetrics,
  readEndpointPage,
  showEndpoint,
} from '../../../src/simulator/databricks/databricks.ts'
import type { EndpointPageOptions } from '../../../src/simulator/databricks/databricks.ts'
import { samplesOf, stateAfterOneRequest } from '../page-reading.ts'
import type { Json } from '../raw-client.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

function open() {
  const clock = { now: 1_000_000 }
  const options = { clientId: 'me', clientSecret: 'secret', tokenLifetimeMs: 60_000 }
  const office = createTokenOffice(options, null, () => clock.now)
  const ask = (fields: Record<string, string>, authorization?: string) => {
    const { status, body } = office.grant(new URLSearchParams(fields).toString(), authorization)
    return { status, ...(JSON.parse(body) as { access_token: string; error: string }) }
  }
  return { clock, office, ask }
}

const CREDENTIALS = { grant_type: 'client_credentials', scope: 'all-apis' }

describe('the token endpoint', () => {
  it('gives a token for client credentials, and the token expires', () => {
    const { clock, office, ask } = open()
    const answer = ask(CREDENTIALS, basic('me:secret'))
    expect(answer).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 60 })
    const token = answer.access_token
    expect(office.stateOf(token)).toBe('good')
    clock.now += 60_000
    expect(office.stateOf(token)).toBe('expired')
    expect(office.stateOf('another')).toBe('unknown')
    expect(ask(CREDENTIALS, basic('me:secret')).access_token).not.toBe(token)
  })

  it('refuses in the form of OAuth', () => {
    const { ask } = open()
    expect(ask(CREDENTIALS, basic('me:wrong'))).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(ask(CREDENTIALS)).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(ask({ ...CREDENTIALS, scope: 'sql' }, basic('me:secret'))).toMatchObject({
      status: 400,
      error: 'invalid_scope',
    })
    for (const grant_type of ['password', 'urn:ietf:params:oauth:grant-type:token-exchange', '']) {
      expect(ask({ ...CREDENTIALS, grant_type })).toMatchObject({ status: 400, error: 'unsupported_grant_type' })
    }
  })
})

const STATE = { model: 'llama', ready: true, upMs: 0 }
const PATH = '/api/2.0/serving-endpoints/chat'

function pageOf(options: Partial<EndpointPageOptions> = {}, state: Partial<typeof STATE> = {}, path = PATH): Json {
  const page = showEndpoint(
    path,
    { endpointPage: {}, configUpdateAfterMs: null, task: null, ...options },
    { ...STATE, ...state },
  )
  return page === null ? null : { status: page.status, ...(JSON.parse(page.body) as object) }
}

describe('the page of a serving endpoint', () => {
  it('says that it is ready, what it serves and how much of it is provisioned', () => {
    expect(pageOf()).toMatchObject({
      status: 200,
      name: 'chat',
      task: 'llm/v1/chat',
      state: { ready: 'READY', config_update: 'NOT_UPDATING' },
      config: {
        served_entities: [
          {
            entity_name: 'llama',
            entity_version: '1',
            max_provisioned_throughput: 980,
            state: { deployment: 'DEPLOYMENT_READY' },
          },
        ],
        traffic_config: { routes: [{ served_model_name: 'llama-1', traffic_percentage: 100 }] },
      },
    })
  })

  it('names the one task that is served', () => {
    expect(pageOf({ task: 'embeddings' })).toMatchObject({ task: 'llm/v1/embeddings' })
  })

  it('is not ready while the model loads', () => {
    expect(pageOf({}, { ready: false })).toMatchObject({
      state: { ready: 'NOT_READY', config_update: 'IN_PROGRESS' },
      config: { served_entities: [{ state: { deployment: 'DEPLOYMENT_CREATING' } }] },
    })
  })

  it('takes members of its own, item by item in lists', () => {
    const change = readEndpointPage(
      '{"task":"llm/v1/embeddings","config":{"served_entities":[{"provisioned_model_units":50},{"name":"b"}]},"ai_gateway":null}',
    )
    const page = pageOf({ endpointPage: change })
    expect(page).toMatchObject({ task: 'llm/v1/embeddings', ai_gateway: null, state: { ready: 'READY' } })
    expect(page.config.served_entities).toMatchObject([
      { entity_version: '1', provisioned_model_units: 50 },
      { name: 'b' },
    ])
    expect(page.config.traffic_config.routes).toHaveLength(1)
  })

  it('changes its configuration when it is told to, and then serves another version', () => {
    const at = (upMs: number) => {
      const page = pageOf({ configUpdateAfterMs: 1000 }, { upMs })
      return [page.state.config_update, page.config.served_entities[0].entity_version, 'pending_config' in page]
    }
    expect(at(999)).toEqual(['NOT_UPDATING', '1', false])
    expect(at(1000)).toEqual(['IN_PROGRESS', '1', true])
    expect(at(1000 + CONFIG_UPDATE_MS)).toEqual(['NOT_UPDATING', '2', false])
  })

  it('is refused to those who may only query', () => {
    expect(pageOf({ endpointPage: 'denied' })).toMatchObject({ status: 403, error_code: 'PERMISSION_DENIED' })
  })

  it('stands in a list, and nowhere else', () => {
    expect(pageOf({}, {}, '/api/2.0/serving-endpoints').endpoints).toMatchObject([{ name: 'llama' }])
    expect(pageOf({}, {}, `${PATH}/permissions`)).toBeNull()
  })

  it('refuses what is no page', () => {
    for (const wrong of ['', '[]', '1', 'deny', '{']) expect(() => readEndpointPage(wrong)).toThrow('must be denied or')
  })
})

describe('the metrics of a serving endpoint', () => {
  it('count minutes and milliseconds', () => {
    const samples = samplesOf(renderEndpointMetrics(stateAfterOneRequest(), { all: 9, refused: 2, failed: 1 }))
    const of = (name: string) => samples.get(`${name}{served_model_name="tiny"}`)
    expect([of('request_count_total'), of('request_4xx_count_total'), of('request_5xx_count_total')]).toEqual([9, 2, 1])
    expect(of('request_latency_ms_sum')).toBeCloseTo(400, 9)
    expect(of('provisioned_concurrent_requests_total')).toBe(4)
  })
})

describe('the counts of a minute', () => {
  it('are those of the last whole minute', () => {
    const counts = createMinuteCounts()
    for (const status of [200, 429, 503]) counts.noteAnswer(status, 30_000)
    expect(counts.readLast(59_000).all).toBe(0)
    expect(counts.readLast(61_000)).toEqual({ all: 3, refused: 1, failed: 1 })
    expect(counts.readLast(121_000).all).toBe(0)
  })
})
