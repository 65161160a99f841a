import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/protocol/api.ts'
import { tgi } from '../../../src/protocol/apis/tgi.ts'
import { bytesOf, expectSameInAnyCut, readParts } from '../streams.ts'

/** No space after the colon, as TGI writes it. */
function line(json: unknown): string {
  return `data:${JSON.stringify(json)}\n\n`
}

function token(text: string, rest: Record<string, unknown> = {}, special = false): string {
  return line({
    index: 1,
    token: { id: 5, text, logprob: -0.1, special },
    generated_text: null,
    details: null,
    ...rest,
  })
}

const DETAILS = { finish_reason: 'length', generated_tokens: 3, input_length: 17, seed: null }

const read = (...parts: readonly string[]) => readParts(parts, { api: 'tgi', task: 'completions' })

const DIALECT: Dialect = {
  task: 'completions',
  model: null,
  fields: new Set(),
  lengthField: 'max_tokens',
  extraBody: {},
}
const SPEC = { prompts: ['count'], outputTokens: 8, nonce: 'n' }

describe('a stream of TGI', () => {
  it('has a token an event, the last with the counts, and no end mark', () => {
    const last = token(' c', { generated_text: 'a b c', details: DETAILS })
    expect(read(token('a'), token(' b'), last)).toMatchObject({
      firstTokenAt: 10,
      lastTokenAt: 30,
      tokenEvents: 3,
      outputTokens: 3,
      inputTokens: 17,
      tokenSource: 'server-final',
      tpotMs: 10,
      finishReason: 'length',
      failure: null,
    })
  })

  it('counts a special token that ends it, which is no token that shows', () => {
    const end = token('</s>', { generated_text: 'ab', details: { ...DETAILS, finish_reason: 'eos_token' } }, true)
    expect(read(token('a'), token('b'), end)).toMatchObject({
      lastTokenAt: 20,
      tokenEvents: 2,
      outputTokens: 3,
      failure: null,
    })
  })

  it('has no text in half of a character', () => {
    const last = token('é', { generated_text: 'aé', details: DETAILS })
    expect(read(token(''), token('a'), last)).toMatchObject({ firstTokenAt: 20, tokenEvents: 2, outputTokens: 3 })
  })

  it('ends well even without the details that were asked for', () => {
    expect(read(token('a'), token('b', { generated_text: 'ab' }))).toMatchObject({
      failure: null,
      outputTokens: 2,
      tokenSource: 'chunks',
    })
  })

  it('is incomplete without its generated_text', () => {
    expect(read(token('a'), token('b'))).toMatchObject({ failure: 'incomplete' })
  })

  it('fails by an error inside a 200', () => {
    const error = line({ error: 'Request failed during generation: CUDA out of memory', error_type: 'generation' })
    expect(read(token('a'), error)).toMatchObject({
      failure: 'error_event',
      failureMessage: 'Request failed during generation: CUDA out of memory',
    })
  })

  it('is not the one of another API', () => {
    expect(read(line({ choices: [{ delta: { content: 'a' } }] }))).toMatchObject({
      failure: 'parse',
      failureMessage: 'no event is in the format of tgi',
    })
  })

  it('reads the same however it is cut', () => {
    const last = token('ü', { generated_text: 'a😀ü', details: DETAILS })
    expectSameInAnyCut(bytesOf(token('a') + token('😀') + ': keep-alive\n\n' + last), { api: 'tgi' })
  })
})

describe('a request to TGI', () => {
  it.each([
    ['http://h:8080', 'http://h:8080/generate_stream'],
    ['http://h/tgi/', 'http://h/tgi/generate_stream'],
    ['http://h/generate_stream?a=b', 'http://h/generate_stream?a=b'],
    ['http://h/generate', 'http://h/generate_stream'],
  ])('to %s goes to %s', (endpoint, url) => {
    expect(tgi.url(new URL(endpoint), 'completions', null).href).toBe(url)
  })

  it('asks for a length and for counts, and for no more', () => {
    expect(tgi.body(DIALECT, SPEC)).toEqual({
      inputs: 'count',
      parameters: { max_new_tokens: 8, details: true },
    })
  })

  it('keeps them when the user adds a parameter', () => {
    const extraBody = { parameters: { do_sample: true }, adapter_id: 'x' }
    expect(tgi.body({ ...DIALECT, extraBody }, SPEC)).toEqual({
      inputs: 'count',
      parameters: { max_new_tokens: 8, details: true, do_sample: true },
      adapter_id: 'x',
    })
  })

  it('joins the messages of a prompts file', () => {
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: [{ type: 'text', text: 'count' }] },
    ]
    expect(tgi.body(DIALECT, { ...SPEC, messages })).toMatchObject({ inputs: 'be brief\n\ncount' })
  })

  it('is recognised by its path', () => {
    expect(tgi.isIts(new URL('http://h/generate_stream'))).toBe(true)
    expect(tgi.isIts(new URL('http://h/v2/models/m/generate_stream'))).toBe(false)
    expect(tgi.isIts(new URL('http://h/generate'))).toBe(false)
  })

  it('finds the model on the page about the server', () => {
    expect(tgi.modelsUrl(new URL('http://h/x/generate_stream'))?.href).toBe('http://h/x/info')
    expect(tgi.modelNames({ model_id: 'org/model', sha: 'x' })).toEqual(['org/model'])
    expect(tgi.modelNames({ error: 'no' })).toEqual([])
  })
})
