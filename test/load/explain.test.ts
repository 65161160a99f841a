import { expect, test } from 'vitest'
import { describeFailure } from '../../src/load/explain.ts'
import { anExchange } from '../support/exchanges.ts'

test.each([
  [{ failure: 'connect', trouble: { name: 'refused', detail: null } }, 'the connection was refused'],
  [
    { failure: 'connect', trouble: { name: 'unreachable', detail: 'inference.internal' } },
    'the host cannot be reached',
  ],
  [{ failure: 'client_files' }, 'this machine may open no more files'],
] as const)('a failed request is told in a few words that name no host: %j', (failed, words) => {
  const exchange = anExchange({ failureMessage: 'connect ECONNREFUSED inference.internal:8000', ...failed })
  expect(describeFailure(exchange)).toContain(words)
  expect(describeFailure(exchange)).not.toContain('internal')
})

test('where the server said something, its own words tell it best, and where it said nothing, what the class means', () => {
  expect(describeFailure(anExchange({ failure: 'http_503', failureMessage: 'engine is dead' }))).toBe('engine is dead')
  expect(describeFailure(anExchange({ failure: 'timeout_first_byte' }))).toBe(
    'no response headers before `request-timeout`',
  )
})
