import { describe, expect, it } from 'vitest'
import { findApi } from '../../../src/vendors/apis.ts'
import type { Task } from '../../../src/vocabulary/tasks.ts'
import type { ApiName } from '../../../src/vocabulary/api-names.ts'
import { createScratch } from '../../../src/protocol/answer/reader.ts'
import { createResponseReader } from '../../../src/protocol/answer/readers.ts'
import { bytesOf, words } from '../streams.ts'

function readWhole(api: ApiName, answer: unknown, task: Task = 'chat') {
  const reader = createResponseReader({ api: findApi(api), task, scratch: createScratch(), stream: false })
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

  it.each<[string, unknown, string]>([
    ['empty', message({ content: '' }), 'an answer without text'],
    ['error_event', { error: { message: 'overloaded' } }, 'overloaded'],
    ['parse', { predictions: [1] }, 'a JSON answer that is not in the format of openai-chat'],
    ['parse', words(1)[0], 'an event stream instead of a JSON answer'],
  ])('fails as %s: %j', (failure, answer, failureMessage) => {
    expect(readWhole('openai-chat', answer)).toMatchObject({ failure, failureMessage, lastTokenAt: null })
  })
})
