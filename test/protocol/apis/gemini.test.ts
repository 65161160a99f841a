import { describe, expect, it } from 'vitest'
import { readParts } from '../streams.ts'

const read = (...parts: unknown[]) =>
  readParts(
    parts.map((part) => `data: ${JSON.stringify(part)}\r\n\r\n`),
    { api: 'gemini' },
  )
const parts = (parts: unknown[], usage?: unknown, finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason }],
  usageMetadata: usage,
  modelVersion: 'gemini-1',
})
const text = (text: string, usage?: unknown, finishReason?: string) => parts([{ text }], usage, finishReason)
const usage = (answer?: number, thoughts?: number, rest: object = {}) => ({
  promptTokenCount: 8,
  candidatesTokenCount: answer,
  thoughtsTokenCount: thoughts,
  totalTokenCount: 8 + (answer ?? 0) + (thoughts ?? 0),
  ...rest,
})

describe('a Gemini stream', () => {
  it('counts in every event and ends with a finishReason and its connection', () => {
    expect(read(text('a', usage(1)), text('b', usage(3)), text('c', usage(5), 'MAX_TOKENS'))).toMatchObject({
      firstTokenAt: 10,
      lastTokenAt: 30,
      tpotMs: 20 / 4,
      outputTokens: 5,
      inputTokens: 8,
      tokenSource: 'usage',
      finishReason: 'MAX_TOKENS',
      servedModel: 'gemini-1',
      failure: null,
    })
  })

  it('takes in the thoughts, which the count of the answer leaves out', () => {
    const thought = parts([{ text: 'So', thought: true }], usage(undefined, 20))
    expect(read(thought, text('a', usage(3, 20)), text('b', usage(5, 20), 'STOP'))).toMatchObject({
      firstTokenAt: 10,
      firstTextAt: 20,
      outputTokens: 25,
      reasoningTokens: 20,
      tokenSource: 'usage+reasoning',
      hiddenReasoning: false,
    })
  })

  it('leaves thoughts that are not shown out of TPOT', () => {
    const shown = { hiddenReasoning: true, outputTokens: 25, firstTextAt: 10 }
    // 3 of the 5 tokens that show came first; then 2 in 10 ms.
    expect(read(text('a', usage(3, 20)), text('b', usage(5, 20), 'STOP'))).toMatchObject({ ...shown, tpotMs: 5 })
    // Before its first candidate is counted an event counts thoughts alone: 5 tokens in 2 events, then.
    expect(read(text('a', usage(undefined, 20)), text('b', usage(5, 20), 'STOP'))).toMatchObject({
      ...shown,
      tpotMs: 4,
    })
  })

  it('has no TPOT when one event holds everything, and a latency all the same', () => {
    expect(read(text('1, 2, 3', usage(7, 20), 'STOP'))).toMatchObject({
      tpotMs: null,
      lastTokenAt: 10,
      outputTokens: 27,
      failure: null,
    })
  })

  it('tells the cached part of the input', () => {
    expect(read(text('a', usage(1, undefined, { cachedContentTokenCount: 4 }), 'STOP'))).toMatchObject({
      cachedTokens: 4,
    })
  })

  it.each([
    { functionCall: { name: 'f', args: {} } },
    { functionCall: { partialArgs: [{ jsonPath: '$.a', stringValue: 'b' }], willContinue: true } },
    { executableCode: { language: 'PYTHON', code: '1' } },
    { toolCall: { id: 't', toolType: 'GOOGLE_SEARCH_WEB', args: {} } },
  ])('has a tool call: %j', (call) => {
    expect(read(parts([call], usage(4), 'STOP'))).toMatchObject({
      firstTokenAt: 10,
      firstTextAt: null,
      failure: null,
    })
  })

  it.each([
    ['no candidates', { candidates: [], usageMetadata: usage() }],
    ['a signature', parts([{ text: '', thoughtSignature: 'c2ln' }])],
    ['the end of arguments', parts([{ functionCall: {} }])],
    ['the result of code', parts([{ codeExecutionResult: { output: '2' } }])],
  ])('has no token in an event with %s', (_, data) => {
    expect(read(data, text('a', usage(1), 'STOP'))).toMatchObject({ firstTokenAt: 20, tokenEvents: 1, failure: null })
  })

  it.each<[string, unknown, string]>([
    ['a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }, 'the prompt was blocked: SAFETY'],
    ['an error', { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }, 'overloaded'],
  ])('fails with %s', (_, data, message) => {
    expect(read(data)).toMatchObject({ failure: 'error_event', failureMessage: message })
  })

  it('is incomplete without a finishReason', () => {
    expect(read(text('a', usage(1)))).toMatchObject({ failure: 'incomplete' })
  })

  it('must be asked for: without alt=sse it is one JSON list', () => {
    expect(readParts([JSON.stringify([text('a')])], { api: 'gemini' })).toMatchObject({
      failure: 'parse',
      failureMessage: 'a whole JSON answer instead of a stream',
    })
  })
})
