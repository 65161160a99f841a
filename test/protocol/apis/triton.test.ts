import { describe, expect, it } from 'vitest'
import type { Dialect, OptionalField } from '../../../src/protocol/api.ts'
import { triton } from '../../../src/protocol/apis/triton.ts'
import { bytesOf, event, expectSameInAnyCut, readParts } from '../streams.ts'

function output(text: unknown, rest: Record<string, unknown> = {}): string {
  return event({ model_name: 'ensemble', model_version: '1', sequence_end: false, text_output: text, ...rest })
}

const read = (...parts: readonly string[]) => readParts(parts, { api: 'triton', task: 'completions' })

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

describe('a stream of Triton', () => {
  it('ends well where its bytes end, and without counts an event counts as a token', () => {
    expect(read(output('a'), output('b'), output('c'))).toMatchObject({
      firstTokenAt: 10,
      lastTokenAt: 30,
      outputTokens: 3,
      tokenSource: 'chunks',
      tpotMs: 10,
      finishReason: null,
      servedModel: 'ensemble:1',
      failure: null,
    })
  })

  it('sums the counts of its events, each of which counts its own', () => {
    const counted = (text: string, tokens: unknown, reason = 'None') =>
      output(text, { num_input_tokens: 12, num_output_tokens: tokens, finish_reason: reason })
    expect(read(counted('a', 1), counted('bc', [2]), counted('', 0), counted('d', 2, 'length'))).toMatchObject({
      outputTokens: 5,
      inputTokens: 12,
      tokenSource: 'usage',
      // 30 ms for the 4 tokens after the first event.
      tpotMs: 7.5,
      finishReason: 'length',
      failure: null,
    })
  })

  it('may have its text in a list', () => {
    expect(read(output(['']), output(['a']))).toMatchObject({ firstTokenAt: 20, tokenEvents: 1, failure: null })
  })

  it('fails by an error inside a 200, after tokens or at once', () => {
    const error = event({ error: 'in ensemble, Executor failed' })
    const failed = { failure: 'error_event', failureMessage: 'in ensemble, Executor failed' }
    expect(read(output('a'), error)).toMatchObject(failed)
    expect(read(error)).toMatchObject(failed)
  })

  it('is incomplete when it is cut inside an event or has none, and empty without text', () => {
    expect(read(output('a'), output('b').slice(0, 30))).toMatchObject({ failure: 'incomplete' })
    expect(read()).toMatchObject({ failure: 'incomplete' })
    expect(read(output(''))).toMatchObject({ failure: 'empty' })
  })

  it('fails when the server aborts it', () => {
    expect(read(output('a'), output('b', { finish_reason: ['abort'] }))).toMatchObject({
      failure: 'error_event',
      failureMessage: 'finish_reason "abort"',
    })
  })

  it('is not the one of a model with other outputs', () => {
    expect(read(event({ model_name: 'm', OUTPUT0: 'a' }))).toMatchObject({
      failure: 'parse',
      failureMessage: 'no event is in the format of triton',
    })
  })

  it('reads the same however it is cut', () => {
    const counted = output('ä', { num_output_tokens: 2 }) + output('😀', { num_output_tokens: 1 })
    expectSameInAnyCut(bytesOf(output('a') + counted), { api: 'triton' })
  })
})

describe('the end of the bytes', () => {
  it('is no good end for an API that says which event is the last', () => {
    const token = 'data:{"token":{"text":"a","special":false},"generated_text":null}\n\n'
    expect(readParts([token], { api: 'tgi' })).toMatchObject({ failure: 'incomplete' })
  })
})

describe('a request to Triton', () => {
  it.each([
    ['http://h:8000', 'http://h:8000/v2/models/llama%2F3/generate_stream'],
    ['http://h/v2', 'http://h/v2/models/llama%2F3/generate_stream'],
    ['http://h/v2/models/', 'http://h/v2/models/llama%2F3/generate_stream'],
    ['http://h/v2/models/ensemble', 'http://h/v2/models/ensemble/generate_stream'],
    ['http://h/v2/models/m/versions/2', 'http://h/v2/models/m/versions/2/generate_stream'],
    ['http://h/v2/models/m/versions/2/generate', 'http://h/v2/models/m/versions/2/generate_stream'],
    ['http://h/x/v2/models/m/generate_stream', 'http://h/x/v2/models/m/generate_stream'],
  ])('to %s for the model llama/3 goes to %s', (endpoint, url) => {
    expect(triton.url(new URL(endpoint), 'completions', 'llama/3').href).toBe(url)
  })

  it('streams, has a length and names no model', () => {
    expect(triton.body(dialect(), SPEC)).toEqual({ text_input: 'count', parameters: { stream: true, max_tokens: 8 } })
    expect(triton.modelInBody(new URL('http://h'), 'm')).toBeNull()
  })

  it('asks for counts and for an exact length where the backend takes it', () => {
    const fields = new Set(triton.optionalFields('completions'))
    expect(triton.body(dialect({ fields, extraBody: { parameters: { top_k: 1 } } }), SPEC)).toEqual({
      text_input: 'count',
      parameters: {
        stream: true,
        max_tokens: 8,
        return_num_input_tokens: true,
        return_num_output_tokens: true,
        return_finish_reason: true,
        temperature: 0,
        ignore_eos: true,
        min_tokens: 8,
        streaming: true,
        sampling_param_max_tokens: 8,
        top_k: 1,
      },
    })
  })

  it('is recognised by its path', () => {
    const recognised = [
      'http://h/v2/models/m',
      'http://h/v2/models/m/generate',
      'http://h/v2/models/m/versions/1/generate_stream',
    ]
    expect(recognised.filter((url) => !triton.isIts(new URL(url)))).toEqual([])
    expect(triton.isIts(new URL('http://h/generate_stream'))).toBe(false)
  })
})
