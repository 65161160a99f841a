import { describe, expect, it } from 'vitest'
import { databricks } from '../../../src/vendors/databricks/databricks.ts'
import { chunk, DONE, event, FINISH, readParts, words } from '../../protocol/streams.ts'

const read = (...parts: string[]) => readParts(parts, { api: 'databricks' })
const usage = (completion_tokens: number | null) => ({ usage: { prompt_tokens: 9, completion_tokens } })

describe('a Databricks stream', () => {
  it('of a foundation model has role, content and a cumulative count in every chunk', () => {
    const both = (content: string, count: number, finish: string | null = null) =>
      chunk({ role: 'assistant', content }, usage(count), finish)
    expect(read(both('a', 1), both('b', 25), both('c', 26), both('', 26, 'stop'), DONE)).toMatchObject({
      firstTokenAt: 10,
      lastTokenAt: 30,
      tokenEvents: 3,
      outputTokens: 26,
      tpotMs: 20 / 25,
      failure: null,
    })
  })

  it('of a reasoning model has arrays of parts and a count of null', () => {
    const reasoning = (text: string) =>
      chunk({ content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text }] }] }, usage(null))
    const answer = chunk({ content: [{ type: 'text', text: 'a' }] }, usage(null))
    expect(read(reasoning(''), reasoning('So'), answer, answer, chunk({}, usage(null), 'stop'), DONE)).toMatchObject({
      firstTokenAt: 20,
      firstTextAt: 30,
      tokenEvents: 3,
      outputTokens: 3,
      inputTokens: 9,
      tokenSource: 'chunks',
      failure: null,
    })
  })

  it('of a model that hides its reasoning has no TPOT, unless the reasoning is counted apart', () => {
    const part = { type: 'reasoning', summary: [{ type: 'summary_text', text: '', signature: 'c2ln' }] }
    const text = (text: string) => chunk({ content: [{ type: 'text', text }] })
    const answer = (rest: object) =>
      read(
        chunk({ content: [part] }),
        text('a'),
        text('b'),
        chunk({}, { usage: { prompt_tokens: 9, completion_tokens: 102, ...rest } }, 'stop'),
        DONE,
      )
    const known = { completion_tokens_details: { reasoning_tokens: 100 } }
    expect(answer({})).toMatchObject({ hiddenReasoning: true, outputTokens: 102, tpotMs: null, failure: null })
    expect(answer(known)).toMatchObject({ hiddenReasoning: true, outputTokens: 102, tpotMs: 10, failure: null })
  })

  it('of a chat agent has deltas without choices and says only with [DONE] that it is whole', () => {
    const delta = (delta: unknown) => event({ id: '1', delta })
    const parts = [
      delta({ role: 'assistant', content: 'a' }),
      delta({ role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }),
      delta({ role: 'tool', content: '18 °C' }),
      delta({ role: 'assistant', content: 'b' }),
    ]
    expect(read(...parts, DONE)).toMatchObject({ lastTokenAt: 40, tokenEvents: 3, unknownEvents: 0, failure: null })
    expect(read(...parts)).toMatchObject({ failure: 'incomplete' })
  })

  it('of an agent has Responses events, of as many responses as it needed', () => {
    const text = (delta: string) => event({ type: 'response.output_text.delta', delta })
    const completed = (output_tokens: number) =>
      event({ type: 'response.completed', response: { status: null, usage: { input_tokens: 5, output_tokens } } })
    const tool = event({ type: 'function_call_output', output: '12' })
    expect(read(text('a'), completed(4), tool, text('b'), completed(7), DONE)).toMatchObject({
      lastTokenAt: 40,
      tokenEvents: 2,
      outputTokens: 7,
      unknownEvents: 1,
      failure: null,
    })
  })

  it('does not end well with [DONE] alone where it is no agent', () => {
    expect(read(...words(2), DONE)).toMatchObject({ failure: 'incomplete' })
    expect(read(chunk({ content: 'a' }, { delta: {} }), DONE)).toMatchObject({ failure: 'incomplete' })
    expect(read(...words(2), FINISH, DONE)).toMatchObject({ failure: null })
  })
})

describe('a refusal of Databricks', () => {
  const URL = 'https://workspace/serving-endpoints/llama/invocations'

  /** What a refusal of Databricks is said to mean. */
  function refusal(status: number, failureMessage: string | null, { headers = {}, url = URL } = {}) {
    return databricks.explainRefusal!({ status, headers, failureMessage }, url)
  }

  it.each([
    [
      403,
      'PERMISSION_DENIED: temporarily disabled due to a Databricks-set rate limit of 0.',
      'switched the serving endpoint llama off',
    ],
    [403, 'Invalid access token.', 'does not accept the token'],
    [403, 'PERMISSION_DENIED: You do not have permission', 'may not query the serving endpoint llama'],
    [403, 'input guardrail triggered', 'guardrail'],
    [404, 'RESOURCE_DOES_NOT_EXIST: The given endpoint does not exist', 'no serving endpoint llama in this workspace'],
    [404, 'ENDPOINT_NOT_FOUND', 'no serving endpoint llama'],
    [400, 'BAD_REQUEST: Bad request: json: unknown field "seed"', 'does not take a field'],
    [400, 'BAD_REQUEST: Bad request: json: unknown field "messages"', 'made for another task'],
    [413, null, '16 MB; 4 MB'],
    [429, 'REQUEST_LIMIT_EXCEEDED: Exceeded workspace output tokens per minute rate limit', 'tokens a minute'],
    [429, 'RESOURCE_EXHAUSTED: too many requests', 'of the endpoint, of the AI Gateway or of the workspace'],
    [504, 'upstream request timeout', 'took longer than it may'],
    [408, null, 'took longer than it may'],
  ])('%i with "%s" is explained', (status, message, what) => {
    const known = refusal(status, message)
    expect(known?.what).toContain(what)
    expect(known?.remedy.length).toBeGreaterThan(20)
  })

  it.each([
    [400, 'prompt is too long'],
    [401, 'Unauthorized'],
    [404, 'no such route'],
    [404, 'ENDPOINT_NOT_FOUND: No API found for POST /serving-endpoints/llama/v1'],
    [500, 'INTERNAL_ERROR'],
  ])('%i with "%s" means what it means everywhere', (status, message) => {
    expect(refusal(status, message)).toBeNull()
  })

  it('other servers are left alone, and Databricks is known by its headers', () => {
    const url = 'https://host/v1/chat/completions'
    expect(refusal(413, null, { url })).toBeNull()
    expect(refusal(413, null, { url, headers: { server: 'databricks' } })).not.toBeNull()
    expect(refusal(403, null, { url, headers: { 'x-databricks-org-id': '1' } })?.what).toBe(
      'not authorised: this key may not query the serving endpoint',
    )
  })

  it('a request that had no answer is not explained', () => {
    expect(databricks.explainRefusal!({ status: null, headers: null, failureMessage: null }, URL)).toBeNull()
  })
})
