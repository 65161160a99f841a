import { expect, test } from 'vitest'
import { createGatewayCounter } from '../../src/load/gateway-count.ts'
import { measureLevel } from '../../src/load/level.ts'
import { aTask, portsOf, scriptedEndpoint } from './scripted-endpoint.ts'

test('what gateways did is counted over every request of a level, with their names', async () => {
  const endpoint = scriptedEndpoint(({ number }) => ({
    latencyMs: 1_000,
    headers: number % 2 === 0 ? { 'x-litellm-call-id': '1', 'x-litellm-attempted-retries': '1' } : { age: '3' },
  }))
  const run = await endpoint.run(measureLevel(aTask(), portsOf(endpoint, aTask())))
  const { retried, cached, fellBack, names } = run.gateway
  expect(retried).toBeGreaterThan(5)
  expect(retried + cached).toBe(run.records.length)
  expect({ fellBack, names }).toEqual({ fellBack: 0, names: ['LiteLLM'] })
})

test('answers without headers, and those of no gateway, count for nothing', () => {
  const counter = createGatewayCounter()
  counter.note({ headers: null })
  counter.note({ headers: { server: 'uvicorn' } })
  expect(counter.counts).toEqual({ retried: 0, cached: 0, fellBack: 0, names: [] })
})
