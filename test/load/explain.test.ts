import { expect, test } from 'vitest'
import { describeFailure, explain } from '../../src/load/explain.ts'
import { anExchange } from '../support/exchanges.ts'

test.each([
  [{ failure: 'connect', trouble: { name: 'refused', detail: null } }, 'the connection was refused'],
  [
    { failure: 'connect', trouble: { name: 'unreachable', detail: 'inference.internal' } },
    'the host cannot be reached',
  ],
  [{ failure: 'client_files' }, 'this machine may not open more files'],
] as const)('a failed request is told in a few words that name no host: %j', (failed, words) => {
  const exchange = anExchange({ failureMessage: 'connect ECONNREFUSED inference.internal:8000', ...failed })
  expect(describeFailure(exchange)).toContain(words)
  expect(describeFailure(exchange)).not.toContain('internal')
})

test('where the server said something, its own words tell it best, and where it said nothing, what the class means', () => {
  expect(describeFailure(anExchange({ failure: 'http_503', failureMessage: 'engine is dead' }))).toBe('engine is dead')
  expect(describeFailure(anExchange({ failure: 'timeout_first_byte', status: null }))).toBe(
    'no response headers before `request-timeout`',
  )
})

test.each([
  [
    { tokenEvents: 0, failure: 'timeout_total' },
    'the endpoint answered 200 and then sent nothing of an answer for 6 s',
  ],
  [{ tokenEvents: 3, failure: 'timeout_total' }, 'the answer was not over after 6 s and 3 token events'],
  [{ tokenEvents: 3, failure: 'timeout_idle' }, 'the stream stopped in the middle of an answer, after 3 token events'],
] as const)('a 200 and then silence is told from no answer: %j', (silent, words) => {
  const exchange = anExchange({ headersAt: 1_000, endAt: 7_000, ...silent })
  expect(explain(exchange, 'http://127.0.0.1:8000/v1').what).toBe(words)
  expect(describeFailure(exchange)).toBe(words)
  expect(explain(exchange, 'http://127.0.0.1:8000/v1').remedy).toContain('server log')
})

test('an answer whose text nobody reads is told by that, not as reasoning that does not show', () => {
  const unread = { failure: 'empty', finishReason: 'length', tokenEvents: 0, unreadMember: 'musing' } as const
  const { what, remedy } = explain(anExchange(unread), 'http://127.0.0.1:8000/v1')
  expect(what).toContain('in a member that Plateau does not read')
  expect(remedy).toContain('check `api`')
})

test.each([
  [{ failure: 'parse', failureMessage: 'an event with NaN, which JSON does not have' }, 'log-probability'],
  [{ failure: 'parse', failureMessage: 'an event of 1.6 MiB; at most 1 MiB is read' }, 'prompt_logprobs'],
  [{ failure: 'http_402', status: 402 }, 'top up the account'],
  [{ failure: 'http_407', status: 407 }, 'give it in `proxy`'],
  [
    { failure: 'http_307', status: 307, headers: { location: '/v1?to=' } },
    'the same address again: look at the rule of the server',
  ],
  [{ failure: 'http_307', status: 307, headers: { location: '/v1/' } }, 'set `endpoint` to http://127.0.0.1:8000/v1/'],
] as const)('the remedy is one that works: %j', (failed, remedy) => {
  expect(explain(anExchange(failed), 'http://127.0.0.1:8000/v1').remedy).toContain(remedy)
})

test('a limit of this machine is told in words of ours alone', () => {
  const failed = anExchange({ failure: 'client_files', failureMessage: 'connect EMFILE - Local (undefined:undefined)' })
  expect(explain(failed, 'http://127.0.0.1:8000/v1').what).toBe(
    'this machine may not open more files, and each connection is one',
  )
})
