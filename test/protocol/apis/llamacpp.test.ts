import { describe, expect, it } from 'vitest'
import type { Dialect, OptionalField } from '../../../src/protocol/api.ts'
import { llamaCpp } from '../../../src/protocol/apis/llamacpp.ts'
import { bytesOf, event, expectSameInAnyCut, readParts } from '../streams.ts'

const TIMINGS = {
  cache_n: 4,
  prompt_n: 16,
  prompt_ms: 40,
  predicted_n: 3,
  predicted_ms: 30,
  predicted_per_token_ms: 10,
}

function part(content: string, rest: Record<string, unknown> = {}): string {
  return event({ index: 0, content, tokens: [1], stop: false, id_slot: 0, ...rest })
}

function last(rest: Record<string, unknown> = {}): string {
  const counts = { tokens_predicted: 3, tokens_evaluated: 20, tokens_cached: 22 }
  return event({ content: '', stop: true, model: 'm.gguf', stop_type: 'limit', ...counts, timings: TIMINGS, ...rest })
}

const read = (...parts: readonly string[]) => readParts(parts, { api: 'llamacpp', task: 'completions' })

function dialect(rest: Partial<Dialect> = {}): Dialect {
  return {
    task: 'completions',
    model: null,
    fields: new Set<OptionalField>(),
    lengthField: 'max_tokens',
    extraBody: {},
    ...rest,
  }
}
const SPEC = { prompts: ['count'], outputTokens: 8, nonce: 'n' }

describe('a stream of llama.cpp', () => {
  it('ends with counts and with the timings of the server', () => {
    expect(read(part('a'), part('b'), part('c'), last())).toMatchObject({
      firstTokenAt: 10,
      lastTokenAt: 30,
      tokenEvents: 3,
      outputTokens: 3,
      inputTokens: 20,
      cachedTokens: 4,
      tokenSource: 'server-final',
      tpotMs: 10,
      serverTtftMs: 40,
      serverTpotMs: 10,
      serverLoadMs: null,
      finishReason: 'length',
      servedModel: 'm.gguf',
      failure: null,
    })
  })

  it('knows the tokens of its first event where each event counts', () => {
    const counted = (content: string, count: number) => part(content, { tokens_predicted: count, tokens_evaluated: 20 })
    const final = last({ tokens_predicted: 7 })
    // Half of a character was held back, and came with the next token: 3 tokens first, then 2 an event.
    expect(read(counted('a', 3), counted('b', 5), counted('c', 7), final)).toMatchObject({ outputTokens: 7, tpotMs: 5 })
  })

  it('does not begin with the progress of the prompt', () => {
    const progress = part('', { prompt_progress: { total: 20, cache: 0, processed: 8, time_ms: 4 } })
    expect(read(progress, part('a'), part('b'), last())).toMatchObject({ firstEventAt: 10, firstTokenAt: 20 })
  })

  it('tells cached tokens of servers that only say how many of the prompt were not', () => {
    const { cache_n: _, ...older } = TIMINGS
    expect(read(part('a'), last({ timings: { ...older, prompt_n: 1 } }))).toMatchObject({ cachedTokens: 19 })
    expect(read(part('a'), last({ timings: { ...older, prompt_n: 20 } }))).toMatchObject({ cachedTokens: 0 })
  })

  it.each([
    [{ stop_type: 'limit' }, 'length'],
    [{ stop_type: 'eos' }, 'stop'],
    [{ stop_type: 'word' }, 'stop'],
    [{ stop_type: undefined, stopped_limit: true }, 'length'],
    [{ stop_type: undefined, stopped_eos: true, stopped_limit: false }, 'stop'],
  ])('says with %j that it ended by %s', (said, finishReason) => {
    expect(read(part('a'), last(said))).toMatchObject({ finishReason, failure: null })
  })

  it('is incomplete without its last event', () => {
    expect(read(part('a', { tokens_predicted: 1 }))).toMatchObject({ failure: 'incomplete' })
  })

  it('fails by an error inside a 200', () => {
    const error = event({ error: { code: 500, message: 'context shift is disabled', type: 'server_error' } })
    expect(read(part('a'), error)).toMatchObject({
      failure: 'error_event',
      failureMessage: 'context shift is disabled',
    })
  })

  it('fails by an error in a field of its own, as older servers send it, first or later', () => {
    const error = 'error: {"code":400,"message":"the request exceeds the available context size","type":"x"}\n\n'
    const failed = { failure: 'error_event', failureMessage: 'the request exceeds the available context size' }
    expect(read(error)).toMatchObject(failed)
    expect(read(part('a'), error)).toMatchObject(failed)
    expect(readParts([error, event('[DONE]')])).toMatchObject(failed)
    expect(read('error: out of memory\n\n')).toMatchObject({ ...failed, failureMessage: 'out of memory' })
    expect(read(part('a'), 'error:\n\n', last())).toMatchObject({ failure: 'error_event' })
    expect(read(part('a'), 'errors: 1\n\n', last())).toMatchObject({ failure: null })
  })

  it('reads the same however it is cut', () => {
    expectSameInAnyCut(bytesOf(part('ä') + ':\n\n' + part('😀') + last()), { api: 'llamacpp' })
  })
})

describe('a request to llama.cpp', () => {
  it.each([
    ['http://h:8080', 'http://h:8080/completion'],
    ['http://h/v1/', 'http://h/completion'],
    ['http://h/x/completion', 'http://h/x/completion'],
    ['http://h/completions', 'http://h/completion'],
  ])('to %s goes to %s', (endpoint, url) => {
    expect(llamaCpp.url(new URL(endpoint), 'completions', null).href).toBe(url)
  })

  it('has an exact length and no cache where the server takes these fields', () => {
    expect(llamaCpp.body(dialect(), SPEC)).toEqual({ prompt: 'count', n_predict: 8, stream: true })
    const fields = new Set(llamaCpp.optionalFields('completions'))
    expect(llamaCpp.body(dialect({ model: 'm', fields, extraBody: { top_k: 1 } }), SPEC)).toEqual({
      model: 'm',
      prompt: 'count',
      n_predict: 8,
      stream: true,
      temperature: 0,
      ignore_eos: true,
      cache_prompt: false,
      top_k: 1,
    })
  })

  it('is recognised by its path', () => {
    expect(llamaCpp.isIts(new URL('http://h/completion'))).toBe(true)
    expect(llamaCpp.isIts(new URL('http://h/v1/completions'))).toBe(false)
  })

  it('finds the models on the OpenAI-like page', () => {
    expect(llamaCpp.modelsUrl(new URL('http://h/completion'))?.href).toBe('http://h/v1/models')
    expect(llamaCpp.modelNames({ data: [{ id: 'm.gguf' }] })).toEqual(['m.gguf'])
  })
})
