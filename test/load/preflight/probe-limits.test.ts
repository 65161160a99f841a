import { describe, expect, test } from 'vitest'
import { SettingsError } from '../../../src/errors.ts'
import { checkLongestRequest } from '../../../src/load/preflight/probe-limits.ts'
import type { WorkloadOptions } from '../../../src/plan/compose-request.ts'
import type { RequestSpec } from '../../../src/protocol/api.ts'
import type { TraceLengths } from '../../../src/settings/trace.ts'
import { anExchange } from '../../support/exchanges.ts'
import { SCRIPTED_WORKLOAD } from '../scripted-endpoint.ts'

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
