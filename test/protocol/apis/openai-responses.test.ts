import { describe, expect, it } from 'vitest'
import { findApi } from '../../../src/vendors/apis.ts'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { bytesOf, event, readParts } from '../streams.ts'

const read = (...parts: unknown[]) =>
  readParts(
    parts.map((part) => (typeof part === 'string' ? part : event(part))),
    { api: 'openai-responses' },
  )
const text = (delta: string) => ({ type: 'response.output_text.delta', delta })
const usage = (output: number, reasoning = 0) => ({
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: 12 + output,
})
const CREATED = {
  type: 'response.created',
  response: { status: 'in_progress', model: 'served-1', error: null, usage: null },
}
const completed = (output: number, reasoning = 0) => ({
  type: 'response.completed',
  response: { status: 'completed', usage: usage(output, reasoning) },
})

describe('a Responses stream', () => {
  it('has its tokens in the deltas, its count in the last event, and ends without [DONE]', () => {
    const item = { type: 'response.output_item.added', item: { type: 'message', content: [] } }
    expect(read(CREATED, item, text('a'), text('b'), text(''), completed(2))).toMatchObject({
      firstTokenAt: 30,
      firstTextAt: 30,
      lastTokenAt: 40,
      tokenEvents: 2,
      outputTokens: 2,
      inputTokens: 12,
      cachedTokens: 4,
      tokenSource: 'usage',
      finishReason: 'completed',
      servedModel: 'served-1',
      unknownEvents: 0,
      failure: null,
    })
  })

  it('says the same with `event:` lines', () => {
    const named = (data: { type: string }) => `event: ${data.type}\n${event(data)}`
    expect(read(named(CREATED), named(text('a')), named(completed(1)))).toMatchObject({
      outputTokens: 1,
      failure: null,
    })
  })

  it('repeats its text in `.done` events, which are no tokens', () => {
    const repeats = [
      { type: 'response.output_text.done', text: 'a' },
      { type: 'response.content_part.done', part: { type: 'output_text', text: 'a' } },
      { type: 'response.output_item.done', item: { type: 'message', content: [{ type: 'output_text', text: 'a' }] } },
    ]
    expect(read(text('a'), ...repeats, completed(1))).toMatchObject({ tokenEvents: 1, lastTokenAt: 10, failure: null })
  })

  it.each(['response.reasoning_text.delta', 'response.reasoning_summary_text.delta'])('has reasoning in %s', (type) => {
    expect(read({ type, delta: 'So' }, text('a'), completed(9, 8))).toMatchObject({
      firstTokenAt: 10,
      firstTextAt: 20,
      outputTokens: 9,
      reasoningTokens: 8,
      hiddenReasoning: false,
    })
  })

  it('counts reasoning that it does not show, and leaves it out of TPOT', () => {
    expect(read(text('a'), text('b'), text('c'), completed(103, 100))).toMatchObject({
      outputTokens: 103,
      hiddenReasoning: true,
      tpotMs: 10,
    })
  })

  it.each([
    ['the name of a function', { type: 'response.output_item.added', item: { type: 'function_call', name: 'f' } }],
    ['arguments', { type: 'response.function_call_arguments.delta', delta: '{' }],
    ['the input of a custom tool', { type: 'response.custom_tool_call_input.delta', delta: 'x' }],
  ])('has a tool call: %s', (_, data) => {
    expect(read(CREATED, data, completed(3))).toMatchObject({ firstTokenAt: 20, firstTextAt: null, failure: null })
  })

  it('has a refusal as text', () => {
    expect(read({ type: 'response.refusal.delta', delta: 'No' }, completed(1))).toMatchObject({ firstTextAt: 10 })
  })

  it('says why it is incomplete', () => {
    const end = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, usage: usage(2) }
    expect(read(text('a'), text('b'), { type: 'response.incomplete', response: end })).toMatchObject({
      finishReason: 'max_output_tokens',
      outputTokens: 2,
      failure: null,
    })
  })

  it.each([null, { input_tokens: 0, output_tokens: 0, total_tokens: 0 }])('has no count in a usage of %j', (given) => {
    const end = { type: 'response.completed', response: { status: null, usage: given } }
    expect(read(text('a'), text('b'), end)).toMatchObject({ outputTokens: 2, tokenSource: 'chunks', failure: null })
  })

  it.each<[string, unknown, string]>([
    ['response.failed', { type: 'response.failed', response: { error: { code: 'e', message: 'gone' } } }, 'gone'],
    ['no reason', { type: 'response.failed', response: { error: null } }, 'response.failed'],
    ['an error event', { type: 'error', code: 'server_error', message: 'broke' }, 'broke'],
    ['a bare error', { error: { message: 'broke' } }, 'broke'],
  ])('fails with %s', (_, data, message) => {
    expect(read(text('a'), data)).toMatchObject({ failure: 'error_event', failureMessage: message })
  })

  it('is incomplete when it stops, even after the `.done` event of its message', () => {
    const done = { type: 'response.output_item.done', item: { type: 'message' } }
    expect(read(CREATED, text('a'))).toMatchObject({ failure: 'incomplete' })
    expect(read(text('a'), done)).toMatchObject({ failure: 'incomplete' })
    // This is how an agent on Databricks ends well.
    expect(read(text('a'), done, event('[DONE]'))).toMatchObject({ failure: null })
  })

  it('is over with its last event, whatever the connection does', () => {
    const reader = createResponseReader({
      api: findApi('openai-responses'),
      task: 'chat',
      scratch: new Scratch(),
    })
    expect([CREATED, text('a'), completed(1)].map((part, i) => reader.push(bytesOf(event(part)), i))).toEqual([
      false,
      false,
      true,
    ])
  })

  it('is kept alive by an event of its own, which says nothing', () => {
    const alive = { type: 'keepalive', sequence_number: 2 }
    expect(read(CREATED, alive, text('a'), alive, completed(1))).toMatchObject({
      firstTokenAt: 30,
      tokenEvents: 1,
      unknownEvents: 0,
      failure: null,
    })
  })

  it('waits in a queue, and searches, without a token', () => {
    const search = { type: 'web_search_call', id: 'w', status: 'in_progress' }
    const queued = { type: 'response.queued', response: { status: 'queued', model: 'served-1' } }
    const added = { type: 'response.output_item.added', item: search }
    const searching = { type: 'response.web_search_call.searching', item_id: 'w' }
    const said = { type: 'response.shell_call_output_content.delta', delta: { stdout: 'files' } }
    expect(read(CREATED, queued, added, searching, said, text('a'), completed(1))).toMatchObject({
      firstTokenAt: 60,
      tokenEvents: 1,
      unknownEvents: 0,
      failure: null,
    })
  })

  it('may count in the words of chat', () => {
    const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 }
    const end = { type: 'response.completed', response: { status: 'completed', usage } }
    expect(read(text('a'), text('b'), end)).toMatchObject({ inputTokens: 12, outputTokens: 5, tokenSource: 'usage' })
  })

  it('is not a chat stream', () => {
    expect(read({ choices: [{ delta: { content: 'a' } }] })).toMatchObject({
      failure: 'parse',
      failureMessage: 'no event is in the format of openai-responses',
    })
  })
})
