import { expect, test } from 'vitest'
import { describeLone } from '../../../src/load/preflight/lone.ts'
import { fixLength } from '../../../src/settings/values/distributions.ts'
import { anExchange } from '../../support/exchanges.ts'
import { SCRIPTED_WORKLOAD } from '../scripted-endpoint.ts'

const took = (ms: number, more: { readonly outputTokens?: number } = {}) =>
  anExchange({ startAt: 0, lastTokenAt: ms, endAt: ms + 5, ...more })
const TALKING = {
  ...SCRIPTED_WORKLOAD,
  conversations: { turns: fixLength(5), thinkTime: { kind: 'fixed', ms: 0 } as const, systemTokens: 0 },
}

test('a lone request takes the median of those that were sent', () => {
  expect(describeLone(SCRIPTED_WORKLOAD, [[took(100), took(500), took(120)]], []).latencyMs).toBe(120)
})

test('a turn takes longer the more was said before it, where no cache holds that: on average as long as the middle one', () => {
  const last = { answer: took(300), turns: 5 }
  expect(describeLone(TALKING, [[took(100)]], [last]).latencyMs).toBe(200)
  expect(describeLone(TALKING, [[took(100)]], []).latencyMs).toBe(100)
  // The last turn of the longest conversation, of which the usual one has half the turns.
  expect(describeLone(TALKING, [[took(100)]], [{ answer: took(300), turns: 9 }]).latencyMs).toBe(150)
  // One that happened to be faster shows no growth.
  expect(describeLone(TALKING, [[took(100)]], [{ answer: took(90), turns: 5 }]).latencyMs).toBe(100)
})

test('of a mix it is the mean of all parts, each as often as it is sent', () => {
  const { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = SCRIPTED_WORKLOAD
  const part = { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens, model: null }
  const mix = [
    { ...part, name: 'chat', percent: 75 },
    { ...part, name: 'rag', percent: 25 },
  ]
  const answers = [[took(100, { outputTokens: 8 })], [took(500, { outputTokens: 40 })]]
  expect(describeLone({ ...SCRIPTED_WORKLOAD, mix }, answers, [])).toMatchObject({ latencyMs: 200, outputTokens: 16 })
  // A conversation of five turns sends five requests.
  const talking = [{ ...mix[0]!, conversations: TALKING.conversations }, mix[1]!]
  const { latencyMs, outputTokens: tokens } = describeLone({ ...SCRIPTED_WORKLOAD, mix: talking }, answers, [
    null,
    null,
  ])
  expect(latencyMs).toBeCloseTo((375 * 100 + 25 * 500) / 400)
  expect(tokens).toBeCloseTo((375 * 8 + 25 * 40) / 400)
})
