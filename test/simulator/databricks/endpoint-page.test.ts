import { describe, expect, it } from 'vitest'
import {
  CONFIG_UPDATE_MS,
  createMinuteCounts,
  renderEndpointMetrics,
  readEndpointPage,
  showEndpoint,
} from '../../../src/simulator/databricks/endpoint-page.ts'
import type { EndpointPageOptions } from '../../../src/simulator/databricks/endpoint-page.ts'
import { samplesOf, stateAfterOneRequest } from '../page-reading.ts'
import type { Json } from '../raw-client.ts'

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
