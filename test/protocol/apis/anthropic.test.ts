import { describe, expect, it } from 'vitest'
import { event, readParts } from '../streams.ts'

const named = (data: { type: string }) => `event: ${data.type}\n${event(data)}`
const read = (...parts: { type: string }[]) => readParts(parts.map(named), { api: 'anthropic' })
const start = (usage: unknown) => ({ type: 'message_start', message: { model: 'claude-1', content: [], usage } })
const START = start({ input_tokens: 10, output_tokens: 1 })
const block = (content_block: unknown) => ({ type: 'content_block_start', index: 0, content_block })
const delta = (delta: unknown) => ({ type: 'content_block_delta', index: 0, delta })
const text = (text: string) => delta({ type: 'text_delta', text })
const BLOCK_STOP = { type: 'content_block_stop', index: 0 }
const last = (usage: unknown, stop_reason: string | null = 'end_turn') => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
})
const STOP = { type: 'message_stop' }

describe('a Messages stream', () => {
  it('has its tokens in block deltas, its count in message_delta, and ends with message_stop', () => {
    const ping = { type: 'ping' }
    expect(
      read(
        START,
        block({ type: 'text', text: '' }),
        ping,
        text('a'),
        text('b'),
        BLOCK_STOP,
        last({ output_tokens: 2 }),
        STOP,
      ),
    ).toMatchObject({
      firstEventAt: 10,
      firstTokenAt: 40,
      lastTokenAt: 50,
      tokenEvents: 2,
      tpotMs: 10,
      outputTokens: 2,
      inputTokens: 10,
      tokenSource: 'usage',
      finishReason: 'end_turn',
      servedModel: 'claude-1',
      unknownEvents: 0,
      failure: null,
    })
  })

  it('does not count the output tokens that message_start states before there are any', () => {
    expect(read(START, text('a'), text('b'), last(null), STOP)).toMatchObject({
      outputTokens: 2,
      tokenSource: 'chunks',
    })
  })

  it('takes the last of several counts, which are cumulative', () => {
    expect(
      read(START, text('a'), last({ output_tokens: 5 }, null), text('b'), last({ output_tokens: 9 }), STOP),
    ).toMatchObject({ outputTokens: 9, tokenEvents: 2, failure: null })
  })

  it('adds to the input what was read from the cache and written to it', () => {
    const usage = { input_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 }
    expect(read(start(usage), text('a'), last({ output_tokens: 1 }), STOP)).toMatchObject({
      inputTokens: 123,
      cachedTokens: 100,
    })
  })

  it('has thinking before its text; a signature is no token', () => {
    expect(
      read(
        block({ type: 'thinking', thinking: '', signature: '' }),
        delta({ type: 'thinking_delta', thinking: 'So' }),
        delta({ type: 'signature_delta', signature: 'c2ln' }),
        text('a'),
        delta({ type: 'signature_delta', signature: 'c2ln' }),
        last({ output_tokens: 9, output_tokens_details: { thinking_tokens: 8 } }),
        STOP,
      ),
    ).toMatchObject({
      firstTokenAt: 20,
      firstTextAt: 40,
      lastTokenAt: 40,
      tokenEvents: 2,
      reasoningTokens: 8,
      hiddenReasoning: false,
    })
  })

  it('leaves thinking that is not shown out of TPOT', () => {
    const hidden = { output_tokens: 103, output_tokens_details: { thinking_tokens: 100 } }
    expect(
      read(block({ type: 'redacted_thinking', data: 'x' }), text('a'), text('b'), text('c'), last(hidden), STOP),
    ).toMatchObject({ firstTokenAt: 20, outputTokens: 103, hiddenReasoning: true, tpotMs: 10 })
  })

  it('has no TPOT where thinking that is not shown stands in the count, and nobody says how much it is', () => {
    const begin = block({ type: 'thinking', thinking: '', signature: '' })
    const signed = delta({ type: 'signature_delta', signature: 'c2ln' })
    const answer = (usage: unknown) => read(START, begin, signed, text('a'), text('b'), last(usage), STOP)
    expect(answer({ output_tokens: 103 })).toMatchObject({
      firstTokenAt: 40,
      outputTokens: 103,
      hiddenReasoning: true,
      tpotMs: null,
      failure: null,
    })
    // The model may begin to think, and not do it.
    const none = { output_tokens: 2, output_tokens_details: { thinking_tokens: 0 } }
    expect(answer(none)).toMatchObject({ hiddenReasoning: false, tpotMs: 10 })
    // Nothing is counted: events stand for tokens.
    expect(answer(null)).toMatchObject({ hiddenReasoning: false, tokenSource: 'chunks', tpotMs: 10 })
  })

  it.each([
    ['the name of a tool', block({ type: 'tool_use', id: 't', name: 'f', input: {} })],
    ['the name of a tool of the server', block({ type: 'server_tool_use', id: 't', name: 'web_search' })],
    ['arguments', delta({ type: 'input_json_delta', partial_json: '{"a"' })],
  ])('has a tool call: %s', (_, data) => {
    expect(read(START, data, last({ output_tokens: 3 }, 'tool_use'), STOP)).toMatchObject({
      firstTokenAt: 20,
      firstTextAt: null,
      failure: null,
    })
  })

  it.each([
    ['empty arguments', delta({ type: 'input_json_delta', partial_json: '' })],
    ['the result of a search', block({ type: 'web_search_tool_result', content: [{ title: 'x' }] })],
    ['the result of a remote tool', block({ type: 'mcp_tool_result', name: 'f', content: [] })],
    ['an empty text', block({ type: 'text', text: '' })],
    ['thinking that does not show', block({ type: 'thinking', thinking: '', signature: '' })],
    ['a citation, which is not counted', delta({ type: 'citations_delta', citation: { cited_text: 'x' } })],
  ])('has no token in %s', (_, data) => {
    expect(read(data, text('a'), last({ output_tokens: 1 }), STOP)).toMatchObject({ firstTokenAt: 20, tokenEvents: 1 })
  })

  it('has answer text in the start of its block', () => {
    const begin = block({ type: 'text', text: 'Hi' })
    expect(read(begin, last({ output_tokens: 1 }), STOP)).toMatchObject({ firstTextAt: 10, failure: null })
  })

  it('fails with an error event, whatever came before', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    expect(read(START, text('a'), last({ output_tokens: 1 }), error)).toMatchObject({
      failure: 'error_event',
      failureMessage: 'Overloaded',
    })
  })

  it('is incomplete when it stops early', () => {
    expect(read(START, text('a'), BLOCK_STOP)).toMatchObject({ failure: 'incomplete' })
  })

  it('has events of kinds that nobody knew, and is read all the same', () => {
    expect(read(START, { type: 'later_invention' }, text('a'), last({ output_tokens: 1 }), STOP)).toMatchObject({
      unknownEvents: 1,
      failure: null,
    })
  })
})
