import { expect, test } from 'vitest'
import { describeFailure, explainFailure } from '../../src/load/explain.ts'
import { FAILURE_CLASSES } from '../../src/vocabulary/failure-classes.ts'
import type { FailureClass } from '../../src/vocabulary/failure-classes.ts'
import { TASKS, generatesTokens } from '../../src/vocabulary/load.ts'
import { anExchange } from '../support/exchanges.ts'

const CHAT = { url: new URL('http://127.0.0.1:8000/v1'), dialect: { task: 'chat' } } as const

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
  [{ tokenEvents: 0, failure: 'timeout_total' }, 'the endpoint answered 200 and then sent no answer for 6 s'],
  [{ tokenEvents: 3, failure: 'timeout_total' }, 'the answer was not over after 6 s and 3 token events'],
  [{ tokenEvents: 3, failure: 'timeout_idle' }, 'the stream stopped in the middle of an answer, after 3 token events'],
] as const)('a 200 and then silence is told from no answer: %j', (silent, words) => {
  const exchange = anExchange({ headersAt: 1_000, endAt: 7_000, ...silent })
  expect(explainFailure(exchange, CHAT).what).toBe(words)
  expect(describeFailure(exchange)).toBe(words)
  expect(explainFailure(exchange, CHAT).remedy).toContain('server log')
})

test('an answer whose text nobody reads is told by that, not as reasoning that does not show', () => {
  const unread = { failure: 'empty', finishReason: 'length', tokenEvents: 0, unreadMember: 'musing' } as const
  const { what, remedy } = explainFailure(anExchange(unread), CHAT)
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
  expect(explainFailure(anExchange(failed), CHAT).remedy).toContain(remedy)
})

test('a limit of this machine is told in words of ours alone', () => {
  const failed = anExchange({ failure: 'client_files', failureMessage: 'connect EMFILE - Local (undefined:undefined)' })
  expect(explainFailure(failed, CHAT).what).toBe('this machine may not open more files, and each connection is one')
})

/** Every way to fail but the one that only a stream has. */
const OF_ALL = FAILURE_CLASSES.map(({ code }) => code.replace('<status>', '500') as FailureClass).filter(
  (failure) => failure !== 'timeout_idle',
)
const WITHOUT_TOKENS = {
  firstEventAt: null,
  firstTokenAt: null,
  firstTextAt: null,
  tpotMs: null,
  tokenEvents: 0,
  finishReason: null,
}
const TOO_LONG = "This model's maximum context length is 512 tokens. However, you requested 900 tokens"

test.each(TASKS.filter((task) => !generatesTokens(task)))('%s has no stream and no output, whatever fails', (task) => {
  const failed = [
    ...OF_ALL.map((failure) => anExchange({ ...WITHOUT_TOKENS, failure, status: failure === 'http_500' ? 500 : 200 })),
    anExchange({ ...WITHOUT_TOKENS, failure: 'timeout_first_byte', status: null, headersAt: null }),
    anExchange({ ...WITHOUT_TOKENS, failure: 'parse', headers: { 'content-encoding': 'compress' } }),
    anExchange({ ...WITHOUT_TOKENS, failure: 'http_400', status: 400, failureMessage: TOO_LONG }),
  ]
  for (const exchange of failed) {
    const { what, remedy } = explainFailure(exchange, { url: CHAT.url, dialect: { task } })
    const ours = what.replace(TOO_LONG, '')
    expect(ours).not.toMatch(/\bstreams?\b|prompt and answer|token event|no tokens/)
    expect(remedy).not.toMatch(/output-tokens|\bstreams?\b/)
    if (exchange.failureMessage === null)
      expect(describeFailure(exchange)).not.toMatch(/^the stream|without a single token/i)
  }
})

test('what does not fit the context is told by what was sent', () => {
  const refused = anExchange({ failure: 'http_400', status: 400, failureMessage: TOO_LONG })
  const tell = (task: 'chat' | 'rerank') => explainFailure(refused, { url: CHAT.url, dialect: { task } })
  expect(tell('chat').what).toContain('prompt and answer do not fit the context of the model (512 tokens)')
  expect(tell('chat').remedy).toContain('lower `input-tokens` or `output-tokens`;')
  expect(tell('rerank').what).toContain('a document does not fit the context of the model (512 tokens)')
  expect(tell('rerank').remedy).toMatch(/^lower `input-tokens`;/)
})
