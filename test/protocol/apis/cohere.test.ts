import { describe, expect, it } from 'vitest'
import { DONE, event, readParts } from '../streams.ts'

const read = (...parts: unknown[]) =>
  readParts(
    parts.map((part) => (typeof part === 'string' ? part : event(part))),
    { api: 'cohere' },
  )
const message = (type: string, message: unknown) => ({ type, delta: { message } })
const START = message('message-start', { role: 'assistant', content: [], tool_plan: '', tool_calls: [] })
const text = (text: string) => message('content-delta', { content: { text } })
const end = (delta: unknown) => ({ type: 'message-end', delta })
const END = end({
  finish_reason: 'COMPLETE',
  usage: {
    billed_units: { input_tokens: 2, output_tokens: 1 },
    tokens: { input_tokens: 70, output_tokens: 4 },
    cached_tokens: 64,
  },
})

describe('a Cohere stream', () => {
  it('has its count under tokens, not under what is billed, and may end with [DONE]', () => {
    const begin = message('content-start', { content: { type: 'text', text: '' } })
    expect(read(START, begin, text('a'), text('b'), { type: 'content-end', index: 0 }, END, DONE)).toMatchObject({
      firstTokenAt: 30,
      lastTokenAt: 40,
      tokenEvents: 2,
      outputTokens: 4,
      inputTokens: 70,
      cachedTokens: 64,
      tokenSource: 'usage',
      finishReason: 'COMPLETE',
      unknownEvents: 0,
      failure: null,
    })
    expect(read(text('a'), END)).toMatchObject({ failure: null })
  })

  it.each([
    ['thinking', message('content-delta', { content: { thinking: 'So' } })],
    ['a plan', message('tool-plan-delta', { tool_plan: 'I will look' })],
  ])('has reasoning in %s', (_, data) => {
    expect(read(START, data, text('a'), END)).toMatchObject({ firstTokenAt: 20, firstTextAt: 30 })
  })

  it.each([
    ['a name', message('tool-call-start', { tool_calls: { id: 't', function: { name: 'f', arguments: '' } } })],
    ['arguments', message('tool-call-delta', { tool_calls: { function: { arguments: '{' } } })],
    ['a list', message('tool-call-start', { tool_calls: [{ function: { name: 'f' } }] })],
  ])('has a tool call: %s', (_, data) => {
    expect(read(START, data, END)).toMatchObject({ firstTokenAt: 20, firstTextAt: null, failure: null })
  })

  it('has citations, which are no tokens', () => {
    const citation = message('citation-start', { citations: { start: 0, end: 1, text: 'a' } })
    expect(read(text('a'), citation, { type: 'citation-end' }, END)).toMatchObject({ lastTokenAt: 10, tokenEvents: 1 })
  })

  it.each([
    [end({ finish_reason: 'ERROR', usage: { tokens: { output_tokens: 4 } } }), 'finish_reason "ERROR"'],
    [end({ finish_reason: 'ERROR', error: 'no capacity' }), 'no capacity'],
    [end({ finish_reason: 'TIMEOUT' }), 'finish_reason "TIMEOUT"'],
    [{ error: { message: 'too many tokens' } }, 'too many tokens'],
  ])('fails with %j', (data, said) => {
    expect(read(START, text('a'), data, DONE)).toMatchObject({ failure: 'error_event', failureMessage: said })
  })

  it('is incomplete without its last event', () => {
    expect(read(START, text('a'))).toMatchObject({ failure: 'incomplete' })
  })

  it('is not the older API', () => {
    expect(read({ event_type: 'text-generation', text: 'a', is_finished: false })).toMatchObject({ failure: 'parse' })
  })
})
