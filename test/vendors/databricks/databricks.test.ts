import { describe, expect, it } from 'vitest'
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
