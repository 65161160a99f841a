import { describe, expect, it } from 'vitest'
import { findApi } from '../../../src/vendors/apis.ts'
import type { Task } from '../../../src/vocabulary/load.ts'
import type { ApiName } from '../../../src/vocabulary/endpoint-names.ts'
import type { AskedLength } from '../../../src/protocol/answer/token-count.ts'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { bytesOf, words } from '../streams.ts'

function readWhole(api: ApiName, answer: unknown, task: Task = 'chat', asked?: AskedLength) {
  const options = { api: findApi(api), task, scratch: new Scratch(), stream: false }
  const reader = createResponseReader(asked === undefined ? options : { ...options, asked })
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  reader.push(bytesOf(text.slice(0, 9)), 10)
  reader.push(bytesOf(text.slice(9)), 20)
  return reader.end(30)
}

const usage = { prompt_tokens: 5, completion_tokens: 7 }
const message = (message: object) => ({
  object: 'chat.completion',
  choices: [{ message, finish_reason: 'length' }],
  usage,
})

describe('an answer that was asked for in one piece', () => {
  it.each<[ApiName, unknown]>([
    ['openai-chat', message({ content: 'Hi' })],
    ['databricks', message({ content: [{ type: 'text', text: 'Hi' }] })],
    ['openai-chat', message({ content: null, reasoning_content: 'So' })],
    ['openai-chat', message({ content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] })],
    ['openai-completions', { object: 'text_completion', choices: [{ text: 'Hi', finish_reason: 'length' }], usage }],
    [
      'openai-responses',
      {
        object: 'response',
        status: 'incomplete',
        incomplete_details: { reason: 'length' },
        output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
        usage: { input_tokens: 5, output_tokens: 7 },
      },
    ],
    [
      'anthropic',
      {
        type: 'message',
        content: [{ type: 'text', text: 'Hi' }],
        stop_reason: 'length',
        usage: { input_tokens: 5, output_tokens: 7 },
      },
    ],
    [
      'cohere',
      {
        message: { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
        finish_reason: 'length',
        usage: { tokens: { input_tokens: 5, output_tokens: 7 } },
      },
    ],
  ])('has the latency of its last byte and the counts of its usage: %s', (api, answer) => {
    expect(readWhole(api, answer)).toMatchObject({
      firstTokenAt: null,
      lastTokenAt: 20,
      tpotMs: null,
      inputTokens: 5,
      outputTokens: 7,
      tokenSource: 'usage',
      finishReason: 'length',
      failure: null,
    })
  })

  it.each<[string, ApiName, unknown, object]>([
    [
      'reasoning, text and a tool',
      'anthropic',
      {
        type: 'message',
        content: [
          { type: 'thinking', thinking: 'So', signature: 'x' },
          { type: 'text', text: 'Hi' },
          { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
        ],
      },
      { failure: null, characters: 2 + 2 + 8 },
    ],
    [
      'the call of a tool alone',
      'anthropic',
      { type: 'message', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }], stop_reason: 'tool_use' },
      { failure: null, characters: 3 },
    ],
    [
      'reasoning between tags',
      'anthropic',
      { type: 'message', content: [{ type: 'text', text: '<think>So</think>Hi' }] },
      { failure: null, tagsReasoning: true },
    ],
    [
      'a block of a new type',
      'anthropic',
      { type: 'message', content: [{ type: 'musing', words: 'So' }] },
      { failure: 'empty', unreadMember: 'words' },
    ],
    [
      'reasoning alone',
      'cohere',
      { message: { content: [{ type: 'thinking', thinking: 'So' }] } },
      { failure: null, characters: 2 },
    ],
    [
      'the call of a tool and its plan',
      'cohere',
      { message: { tool_plan: 'So', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] } },
      { failure: null, characters: 2 + 3 },
    ],
    ['a member of a new name', 'cohere', { message: { musing: 'So' } }, { failure: 'empty', unreadMember: 'musing' }],
    [
      'reasoning, a refusal and a tool',
      'openai-responses',
      {
        object: 'response',
        output: [
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'So' }], encrypted_content: 'x' },
          { type: 'message', content: [{ type: 'refusal', refusal: 'No' }] },
          { type: 'function_call', name: 'f', arguments: '{}' },
        ],
      },
      { failure: null, characters: 2 + 2 + 3 },
    ],
    [
      'the call of a tool alone, and what it answered',
      'openai-responses',
      {
        object: 'response',
        output: [
          { type: 'custom_tool_call', name: 'f', input: 'ab' },
          { type: 'custom_tool_call_output', output: 'not of the model' },
        ],
      },
      { failure: null, characters: 3 },
    ],
    [
      'an item of a new type',
      'openai-responses',
      { object: 'response', output: [{ type: 'musing', words: 'So' }] },
      { failure: 'empty', unreadMember: 'words' },
    ],
  ])('is read in all its parts: %s (%s)', (_, api, answer, facts) => {
    expect(readWhole(api, answer)).toMatchObject(facts)
  })

  it('is doubted where it states fewer tokens than its text can be written with, whatever the API', () => {
    const text = 'word '.repeat(100)
    const few = { input_tokens: 5, output_tokens: 2 }
    const answers: readonly [ApiName, object][] = [
      ['anthropic', { type: 'message', content: [{ type: 'text', text }], usage: few }],
      ['cohere', { message: { content: [{ type: 'text', text }] }, usage: { tokens: few } }],
      [
        'openai-responses',
        { object: 'response', output: [{ type: 'message', content: [{ type: 'output_text', text }] }], usage: few },
      ],
    ]
    for (const [api, answer] of answers) expect(readWhole(api, answer)).toMatchObject({ countDoubt: 'below-text' })
  })

  it('counts a text that nobody reads as an unknown event, and names it where there is nothing else', () => {
    const answer = message({ content: '', musing: 'So' })
    expect(readWhole('openai-chat', answer)).toMatchObject({
      unknownEvents: 1,
      unreadEvents: 1,
      unreadMember: 'musing',
      failure: 'empty',
      failureMessage: 'an answer without text; musing holds a text that is not read',
    })
    expect(readWhole('openai-chat', message({ content: 'Hi' }))).toMatchObject({ unknownEvents: 0, failure: null })
  })

  it.each([
    ['fewer tokens than its text can be written with', 4, 516, 'below-text'],
    ['more tokens than could be written', 100, 612, 'above-asked'],
    ['the prompt with the answer', 536, 536, 'with-prompt'],
    ['what can be true', 24, 536, null],
    ['as many tokens as there is room for, in short words', 12, 524, null],
  ])('states %s', (_, completion_tokens, total_tokens, countDoubt) => {
    const counted = { prompt_tokens: 512, completion_tokens, total_tokens }
    const answer = { ...message({ content: 'word '.repeat(19) }), usage: counted }
    expect(readWhole('openai-chat', answer, 'chat', { tokens: 24, forced: true })).toMatchObject({
      countDoubt,
      ...(countDoubt === null
        ? { outputTokens: completion_tokens, tokenSource: 'usage', statedTokens: null }
        : { outputTokens: 0, tokenSource: 'chunks', statedTokens: completion_tokens }),
    })
  })

  it.each<[string, unknown, string]>([
    ['empty', message({ content: '' }), 'an answer without text'],
    ['error_event', { error: { message: 'overloaded' } }, 'overloaded'],
    ['parse', { predictions: [1] }, 'a JSON answer that is not in the format of openai-chat'],
    ['parse', words(1)[0], 'an event stream instead of a JSON answer'],
  ])('fails as %s: %j', (failure, answer, failureMessage) => {
    expect(readWhole('openai-chat', answer)).toMatchObject({ failure, failureMessage, lastTokenAt: null })
  })
})
