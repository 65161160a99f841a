import { expect, test, describe } from 'vitest'
import { describeLone, checkLongestRequest } from '../../../src/load/preflight/single-requests.ts'
import { fixLength } from '../../../src/settings/values/distributions.ts'
import { anExchange } from '../../support/exchanges.ts'
import { SCRIPTED_WORKLOAD } from '../scripted-endpoint.ts'
import { SettingsError } from '../../../src/errors.ts'
import type { WorkloadOptions } from '../../../src/plan/compose-request.ts'
import type { RequestSpec } from '../../../src/protocol/api.ts'
import type { TraceLengths } from '../../../src/settings/trace.ts'

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

const request = (inputTokens: number, outputTokens: number | null): TraceLengths => ({
  inputTokens,
  outputTokens,
  blocks: null,
})

const TRACE = [request(40, 8), request(40, 900), request(60, 8)]

/** A refusal as vLLM words it. */
const TOO_LONG = anExchange({
  status: 400,
  failure: 'http_400',
  failureMessage: "This model's maximum context length is 700 tokens. However, you requested 940 tokens.",
})

/** What was sent, and the message where the trace was refused. */
async function check(
  lengths: readonly TraceLengths[] | null,
  { answer = anExchange(), ...overrides }: Partial<WorkloadOptions> & { readonly answer?: typeof TOO_LONG } = {},
) {
  const sent: RequestSpec[] = []
  const trace = { atMs: (lengths ?? [0]).map((_, i) => i), lengths, blockTokens: null, asksForLength: false }
  const options = { ...SCRIPTED_WORKLOAD, nonce: () => '0123456789abcdef', trace, ...overrides }
  const error: unknown = await checkLongestRequest(options, async (spec) => {
    sent.push(spec)
    return answer
  }).catch((thrown: unknown) => thrown)
  if (error === undefined) return { sent, problems: [] }
  if (error instanceof SettingsError) return { sent, problems: error.problems }
  throw error
}

const wordsOf = ({ prompts }: RequestSpec): number => String(prompts[0]).split(/\s+/).length

describe('the longest request of a trace', () => {
  test('is sent once, as long as it is with its answer, and asks for one token', async () => {
    const { sent, problems } = await check(TRACE)
    expect(problems).toEqual([])
    expect(sent).toHaveLength(1)
    expect(sent[0]!.outputTokens).toBe(1)
    expect(wordsOf(sent[0]!)).toBeGreaterThan(930)
    expect(wordsOf(sent[0]!)).toBeLessThanOrEqual(940)
  })

  test('is named where the endpoint says that it is too long, with what leaves it out', async () => {
    const { problems } = await check(TRACE, { answer: TOO_LONG })
    expect(problems).toEqual([expect.objectContaining({ setting: 'trace-file' })])
    expect(problems[0]!.message).toMatch(
      /^its request 2 has 40 input and 900 output tokens, more than the endpoint takes;/,
    )
    expect(problems[0]!.message).toContain("jq -c 'select(.input_length + .output_length < 940)'")
  })

  test('counts its input alone where nothing is generated', async () => {
    const { problems } = await check(TRACE, { task: 'embeddings', answer: TOO_LONG })
    expect(problems[0]!.message).toMatch(/^its request 3 has 60 input tokens, .*select\(\.input_length < 60\)/)
  })

  test('is no reason to stop where it fails for another reason, which the load will show', async () => {
    const busy = anExchange({ status: 503, failure: 'http_503', failureMessage: 'overloaded' })
    expect((await check(TRACE, { answer: busy })).problems).toEqual([])
  })

  test('is not sent where all are about as long as the one that was answered, nor of prompts, nor for an API that ranks', async () => {
    expect((await check([request(40, 8), request(42, 8)])).sent).toEqual([])
    expect((await check(null)).sent).toEqual([])
    expect((await check(TRACE, { task: 'rerank' })).sent).toEqual([])
  })
})
