import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareServing } from '../../../src/vendors/databricks/findings.ts'
import { judgeServing } from '../../../src/vendors/databricks/readiness.ts'
import {
  describeProvisioned,
  describeServed,
  mayBurst,
  mayChangeCapacity,
  readServingEndpoint,
  readServingFacts,
  selectServed,
} from '../../../src/vendors/databricks/serving-endpoint.ts'
import { findServingPlace } from '../../../src/vendors/databricks/urls.ts'
import { TWO_ENTITIES, aServingEndpoint, servingPage } from '../../support/serving-endpoint.ts'

describe('the page of a serving endpoint', () => {
  test('says state, task, models and what is provisioned', () => {
    const endpoint = aServingEndpoint({ route_optimized: true, entity: { scale_to_zero_enabled: true } })
    expect(endpoint).toMatchObject({
      ready: true,
      configUpdate: 'NOT_UPDATING',
      configVersion: 4,
      task: 'chat',
      traffic: [{ entity: 'llama-3', percent: 100 }],
      fallback: false,
      routeOptimized: true,
      payPerToken: false,
    })
    expect(endpoint.entities).toMatchObject([
      { name: 'llama-3', entity: 'main.models.llama', version: '3', scaleToZero: true, deployment: 'DEPLOYMENT_READY' },
    ])
    expect(describeServed(endpoint)).toBe('main.models.llama version 3')
  })

  test.each([
    ['llm/v1/chat', 'chat'],
    ['llm/v1/completions', 'completions'],
    ['llm/v1/embeddings', 'embeddings'],
    ['agent/v2/chat', 'chat'],
    ['toString', null],
    [7, null],
  ])('of task %s is asked for %s', (task, expected) => {
    expect(aServingEndpoint({ task }).task).toBe(expected)
  })

  test('that lists its models by the old name too lists each once', () => {
    const models = [{ name: 'llama-3', model_name: 'main.models.llama', model_version: '3' }]
    expect(aServingEndpoint({ config: { served_models: models } }).entities).toHaveLength(1)
    const old = aServingEndpoint({ config: { served_entities: undefined, served_models: models } })
    expect(describeServed(old)).toBe('main.models.llama version 3')
  })

  test('without any provisioned capacity for a model of Databricks is paid by the token', () => {
    const foundation = { foundation_model: { name: 'system.ai.llama' } }
    const none = { min_provisioned_throughput: undefined, max_provisioned_throughput: undefined }
    expect(aServingEndpoint({ entity: { ...foundation, ...none } }).payPerToken).toBe(true)
    expect(aServingEndpoint({ entity: none, endpoint_type: 'FOUNDATION_MODEL_API' }).payPerToken).toBe(true)
    expect(aServingEndpoint({ entity: foundation, endpoint_type: 'FOUNDATION_MODEL_API' }).payPerToken).toBe(false)
    expect(aServingEndpoint({ entity: none }).payPerToken).toBe(false)
  })

  test.each([[null], [[]], ['<html>'], [{}], [{ error_code: 'PERMISSION_DENIED', message: 'no' }]])(
    'is not %j',
    (json) => {
      expect(readServingEndpoint(json)).toBeNull()
    },
  )

  test('may say anything without harm', () => {
    const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Record<string, unknown>>
    fc.assert(
      fc.property(value, value, value, value, (state, entity, config, page) => {
        const json = { ...servingPage({ entity }), state, ...page }
        const endpoint = readServingEndpoint({ ...json, config: { ...servingPage({ config }), ...config } })
        if (endpoint === null) return
        judgeServing(endpoint)
        compareServing(endpoint, aServingEndpoint())
        for (const name of ['a', 'llama-3']) describeProvisioned(selectServed(endpoint, name))
        for (const fact of Object.values(readServingFacts(endpoint)))
          expect(['boolean', 'number', 'string', 'object']).toContain(typeof fact)
      }),
      { numRuns: 150 },
    )
  })

  test.each([
    [{ toString: 1, valueOf: 1 }, 0],
    [[[7]], 0],
    ['30', 30],
  ])('with a traffic share of %j', (share, percent) => {
    const routes = [{ served_entity_name: 'a', traffic_percentage: share }]
    expect(aServingEndpoint({ config: { traffic_config: { routes } } }).traffic).toEqual([{ entity: 'a', percent }])
  })

  test('shows that a name was cut: what is left may be the beginning of a secret', () => {
    const { entities } = aServingEndpoint({ entity: { entity_name: 'x'.repeat(300) } })
    expect(entities[0]!.entity).toBe(`${'x'.repeat(199)}…`)
  })

  test('of a megabyte keeps a bounded part', () => {
    const long = 'x'.repeat(100_000)
    const entities = Array.from({ length: 500 }, (_, i) => ({ name: `${i}${long}`, entity_name: long }))
    const endpoint = aServingEndpoint({ config: { served_entities: entities } })
    expect(JSON.stringify(endpoint).length).toBeLessThan(60_000)
  })
})

describe('the page is found', () => {
  const host = 'https://adb-1.7.azuredatabricks.net'
  const page = `${host}/api/2.0/serving-endpoints/llama`

  test.each([
    ['/serving-endpoints/llama/invocations', null],
    ['/serving-endpoints/llama', null],
    ['/serving-endpoints/llama/invocations?token=secret', null],
    ['/serving-endpoints/llama/served-models/llama-3/invocations', 'ignored'],
    ['/serving-endpoints', 'llama'],
    ['/serving-endpoints/chat/completions', 'llama'],
    ['/serving-endpoints/embeddings', 'llama'],
    ['/serving-endpoints/responses', 'llama'],
    ['/ai-gateway/mlflow/v1/chat/completions', 'llama'],
    ['/ai-gateway/mlflow/v1', 'llama'],
    ['', 'llama'],
  ])('from %s', (path, model) => {
    const place = findServingPlace(new URL(host + path), model)
    expect(place?.managementUrl.href).toBe(page)
    expect(place?.served).toBe(path.includes('served-models') ? 'llama-3' : null)
  })

  test('behind a path of a proxy', () => {
    const url = new URL('http://proxy/dbx/serving-endpoints/llama/invocations')
    expect(findServingPlace(url, null)?.managementUrl.href).toBe('http://proxy/dbx/api/2.0/serving-endpoints/llama')
  })

  test.each([
    ['/serving-endpoints', null],
    ['/serving-endpoints', '../../other'],
    ['/serving-endpoints', '..'],
    ['/serving-endpoints/%2e%2e/invocations', null],
    ['/serving-endpoints/%ff/invocations', null],
    ['/elsewhere', 'llama'],
  ])('nowhere from %s with model %s', (path, model) => {
    expect(findServingPlace(new URL(host + path), model)).toBeNull()
  })

  test('nowhere on the host of a route-optimised endpoint', () => {
    for (const name of ['id.serving.cloud.databricks.com', 'id.7.serving.azuredatabricks.net']) {
      expect(findServingPlace(new URL(`https://${name}/1/serving-endpoints/llama/invocations`), null)).toBeNull()
    }
  })

  test('never on another host than the endpoint', () => {
    const url = new URL('https://host//evil.com/serving-endpoints/llama/invocations')
    expect(findServingPlace(url, null)?.managementUrl.host).toBe('host')
  })
})

describe('what is provisioned', () => {
  const none = { min_provisioned_throughput: undefined, max_provisioned_throughput: undefined }

  test.each([
    [{}, '980 to 9,800 tokens/s (input + output)'],
    [{ min_provisioned_throughput: 0 }, '0 to 9,800 tokens/s (input + output)'],
    [{ min_provisioned_throughput: 9800 }, '9,800 tokens/s (input + output)'],
    [{ min_provisioned_throughput: undefined }, '9,800 tokens/s (input + output)'],
    [{ ...none, provisioned_model_units: 50 }, '50 model units'],
    [{ ...none, provisioned_model_units: 50, burst_scaling_enabled: false }, '50 model units, burst scaling off'],
    [{ ...none, min_provisioned_concurrency: 4, max_provisioned_concurrency: 32 }, '4 to 32 requests at once'],
    [{ ...none, workload_size: 'Small' }, 'workload size Small'],
    [none, null],
    [{ ...none, provisioned_model_units: -5 }, null],
  ])('of %j is "%s"', (entity, text) => {
    expect(describeProvisioned(aServingEndpoint({ entity }))).toBe(text)
  })

  test('is named for each of several models, and alone where the URL names one', () => {
    const endpoint = aServingEndpoint({ config: TWO_ENTITIES })
    expect(describeProvisioned(endpoint)).toBe('a: 50 model units; b: 100 model units')
    expect(describeProvisioned(selectServed(endpoint, 'b'))).toBe('100 model units')
    expect(selectServed(endpoint, 'b').traffic).toEqual([])
    expect(selectServed(endpoint, 'unheard of').entities).toHaveLength(2)
  })

  test('may burst unless that is switched off, and only where something is provisioned', () => {
    const bursts = (entity: Record<string, unknown>) => mayBurst(aServingEndpoint({ entity }).entities[0]!)
    expect(bursts({})).toBe(true)
    expect(bursts({ burst_scaling_enabled: false })).toBe(false)
    expect(bursts(none)).toBe(false)
  })

  test('scales between a minimum and a higher maximum', () => {
    const isScaling = (entity: Record<string, unknown>) => mayChangeCapacity(aServingEndpoint({ entity }).entities[0]!)
    expect(isScaling({})).toBe(true)
    expect(isScaling({ min_provisioned_throughput: 9800 })).toBe(false)
    expect(isScaling({ ...none, min_provisioned_concurrency: 4, max_provisioned_concurrency: 8 })).toBe(true)
  })

  test('stands in no fact', () => {
    expect(JSON.stringify(readServingFacts(aServingEndpoint()))).not.toMatch(/980|main\.models/)
  })
})

describe('an endpoint', () => {
  const stateOf = (page: Parameters<typeof servingPage>[0]) => judgeServing(aServingEndpoint(page))

  test('that is ready and not updating can be measured; so can one that says neither', () => {
    expect(stateOf({})).toEqual({ kind: 'ready' })
    expect(stateOf({ state: { ready: undefined, config_update: undefined } })).toEqual({ kind: 'ready' })
    expect(stateOf({ state: { config_update: 'UPDATE_CANCELED' } })).toEqual({ kind: 'ready' })
  })

  test('that starts or is being updated is waited for', () => {
    const creating = { deployment: 'DEPLOYMENT_CREATING', deployment_state_message: 'building the image' }
    expect(stateOf({ state: { ready: 'NOT_READY' }, entity: { state: creating } })).toEqual({
      kind: 'waiting',
      why: 'it is not ready (NOT_READY): llama-3 DEPLOYMENT_CREATING (building the image)',
    })
    expect(stateOf({ state: { config_update: 'IN_PROGRESS' } })).toMatchObject({ kind: 'waiting' })
  })

  test('whose update or deployment failed is not', () => {
    expect(stateOf({ state: { config_update: 'UPDATE_FAILED' } })).toEqual({
      kind: 'failed',
      why: 'the last update of its configuration failed (UPDATE_FAILED); what answers is the configuration before',
    })
    expect(
      stateOf({ state: { ready: 'NOT_READY' }, entity: { state: { deployment: 'DEPLOYMENT_FAILED' } } }),
    ).toMatchObject({ kind: 'failed', why: expect.stringContaining('llama-3 DEPLOYMENT_FAILED') as unknown })
  })
})

describe('two looks at an endpoint', () => {
  const changeOf = (page: Parameters<typeof servingPage>[0]) =>
    compareServing(aServingEndpoint(), aServingEndpoint(page))

  test('show no change where there is none, or where the second says less', () => {
    expect(changeOf({})).toEqual({ served: null, config: [] })
    const silent = { config_version: undefined, served_entities: undefined, traffic_config: undefined }
    expect(changeOf({ state: { ready: undefined }, config: silent })).toEqual({ served: null, config: [] })
  })

  test('show another version, another capacity, another split, and an update', () => {
    expect(changeOf({ entity: { entity_version: '4' } }).served).toEqual({
      before: 'main.models.llama version 3',
      now: 'main.models.llama version 4',
    })
    expect(changeOf({ entity: { max_provisioned_throughput: 4900 } }).config).toEqual(['what is provisioned changed'])
    expect(changeOf({ config: { config_version: 5 } }).config).toEqual(['the configuration went from version 4 to 5'])
    expect(changeOf({ state: { config_update: 'IN_PROGRESS' } }).config).toHaveLength(1)
    expect(changeOf({ state: { ready: 'NOT_READY' } }).config).toEqual(['the endpoint is no longer ready'])
    const routes = [{ served_model_name: 'llama-3', traffic_percentage: 50 }]
    expect(changeOf({ config: { traffic_config: { routes } } }).config).toEqual(['the traffic split changed'])
  })
})
