import { describe, expect, test } from 'vitest'
import { findConfigurationChanges, findInConfiguration, findLimits } from '../../../src/vendors/databricks/findings.ts'
import { TWO_ENTITIES, aServingEndpoint } from '../../support/serving-endpoint.ts'
import type { servingPage } from '../../support/serving-endpoint.ts'

describe('the configuration of an endpoint', () => {
  const codesOf = (page: Parameters<typeof servingPage>[0]) =>
    findInConfiguration(aServingEndpoint(page)).map(({ code }) => code)
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
    const findings = findInConfiguration(aServingEndpoint({ config: TWO_ENTITIES, ai_gateway: gateway }))
    expect(findings.map(({ code }) => code)).toEqual(['burst-scaling', 'fallback-configured', 'traffic-split'])
    expect(findings.at(-1)!.message).toBe('Requests go to 2 served entities: a 80 %, b 20 %.')
  })

  test('that says nothing of burst scaling is said to have it by default', () => {
    const [finding] = findInConfiguration(aServingEndpoint({ entity: { min_provisioned_throughput: 9800 } }))
    expect(finding!.message).toContain('default')
  })
})

describe('a change during the run', () => {
  test('of the model and of the configuration are findings that name no capacity', () => {
    const now = aServingEndpoint({ entity: { entity_version: '4\n' }, config: {} })
    expect(findConfigurationChanges(aServingEndpoint(), now)).toEqual([
      {
        code: 'served-model-changed',
        message:
          'The endpoint served main.models.llama version 3 at the start and main.models.llama version 4 at the end.',
      },
    ])
    const capacity = findConfigurationChanges(
      aServingEndpoint(),
      aServingEndpoint({ entity: { max_provisioned_throughput: 980 } }),
    )
    expect(capacity).toEqual([
      { code: 'config-updated', message: 'At the end of the run: what is provisioned changed.' },
    ])
  })
})

test('refusals of Databricks are named with the limits that they may come from', () => {
  const level = (concurrency: number, failures: Record<string, number>) => ({
    concurrency,
    failures,
    state: 'ok',
  })
  expect(findLimits([level(8, {}), level(16, { http_500: 3 })])).toEqual([])
  expect(findLimits([level(64, { http_429: 2 }), level(256, { http_429: 9, http_408: 1, http_504: 2 })])).toEqual([
    { code: 'workspace-limit', level: 64, message: '2 requests were refused with 429.' },
    {
      code: 'workspace-limit',
      level: 256,
      message: '9 requests were refused with 429; 256 requests at once may be more than the workspace takes.',
    },
    { code: 'execution-limit', level: 256, message: '3 requests ended with 408 or 504.' },
  ])
  expect(findLimits([level(8, { http_429: 1, http_504: 1 })]).map(({ message }) => message)).toEqual([
    '1 request was refused with 429.',
    '1 request ended with 408 or 504.',
  ])
  // Refusals before anything was counted.
  expect(findLimits([{ ...level(8, {}), state: 'limited' }])).toMatchObject([
    { code: 'workspace-limit', message: 'Requests were refused with 429.' },
  ])
})
