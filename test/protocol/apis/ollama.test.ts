import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/protocol/api.ts'
import type { Task } from '../../../src/vocabulary/load.ts'
import { ollama } from '../../../src/protocol/apis/ollama.ts'
import { bytesOf, expectSameInAnyCut, readParts } from '../streams.ts'

function line(json: Record<string, unknown>): string {
  return `${JSON.stringify({ model: 'm:1b', created_at: '2026-01-01T00:00:00Z', done: false, ...json })}\n`
}

function chat(message: Record<string, unknown>): string {
  return line({ message: { role: 'assistant', content: '', ...message } })
}

const COUNTS = {
  total_duration: 90_000_000,
  load_duration: 20_000_000,
  prompt_eval_count: 12,
  prompt_eval_duration: 30_000_000,
  eval_count: 4,
  eval_duration: 40_000_000,
}

function last(rest: Record<string, unknown> = {}): string {
  return line({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'length', ...COUNTS, ...rest })
}

const read = (parts: readonly string[], task: Task = 'chat') => readParts(parts, { api: 'ollama', task })

function dialect(task: Task, rest: Partial<Dialect> = {}): Dialect {
  return { task, model: 'm', fields: new Set(), lengthField: 'max_tokens', extraBody: {}, ...rest }
}
const SPEC = { prompts: ['count'], outputTokens: 8, nonce: 'n' }

describe('a stream of Ollama', () => {
  it('ends with counts and with the durations of the server', () => {
    expect(read([chat({ content: 'a' }), chat({ content: 'b' }), chat({ content: 'c' }), last()])).toMatchObject({
      firstTokenAt: 10,
      firstTextAt: 10,
      lastTokenAt: 30,
      tokenEvents: 3,
      outputTokens: 4,
      inputTokens: 12,
      tokenSource: 'server-final',
      serverTtftMs: 50,
      serverTpotMs: 10,
      serverLoadMs: 20,
      finishReason: 'length',
      servedModel: 'm:1b',
      failure: null,
      unterminated: false,
    })
  })

  it('has its text in the line itself when it completes a prompt', () => {
    const text = (response: string) => line({ response })
    const end = line({ response: '', done: true, done_reason: 'stop', context: [1, 2], ...COUNTS })
    expect(read([text('a'), text('b'), end], 'completions')).toMatchObject({
      tokenEvents: 2,
      outputTokens: 4,
      failure: null,
    })
    expect(read([line({ response: '', thinking: 'so' }), text('a'), end], 'completions')).toMatchObject({
      firstTokenAt: 10,
      firstTextAt: 20,
    })
  })

  it('thinks before it answers, and calls tools', () => {
    const call = chat({ tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] })
    expect(read([chat({}), chat({ thinking: 'so' }), chat({ content: 'a' }), last()])).toMatchObject({
      firstTokenAt: 20,
      firstTextAt: 30,
    })
    expect(read([call, last()])).toMatchObject({ firstTokenAt: 10, firstTextAt: null, tokenEvents: 1, failure: null })
  })

  it('says how much of its prompt was cached, where the server is new', () => {
    expect(read([chat({ content: 'a' }), last({ prompt_eval_cached_count: 9 })])).toMatchObject({
      inputTokens: 12,
      cachedTokens: 9,
    })
    expect(read([chat({ content: 'a' }), last()])).toMatchObject({ cachedTokens: null })
  })

  it('may leave out the count of a prompt that was cached, and durations', () => {
    const { prompt_eval_count: _, prompt_eval_duration: __, ...cached } = COUNTS
    const end = line({ message: { content: '' }, done: true, ...cached })
    expect(read([chat({ content: 'a' }), end])).toMatchObject({
      inputTokens: null,
      outputTokens: 4,
      serverTtftMs: null,
      serverTpotMs: 10,
      serverLoadMs: 20,
      failure: null,
    })
  })

  it('is empty when it only loads the model', () => {
    const loaded = line({ response: '', done: true, done_reason: 'load' })
    expect(read([loaded], 'completions')).toMatchObject({
      failure: 'empty',
      failureMessage: 'a complete answer without a token (finish_reason load)',
    })
  })

  it('is incomplete without its last line', () => {
    expect(read([chat({ content: 'a' })])).toMatchObject({ failure: 'incomplete' })
  })

  it('fails by an error inside a 200', () => {
    const error = '{"error":"an error was encountered while running the model"}\n'
    expect(read([chat({ content: 'a' }), error])).toMatchObject({
      failure: 'error_event',
      failureMessage: 'an error was encountered while running the model',
    })
  })

  it('reads the same however it is cut', () => {
    const body = chat({ content: 'ä' }) + chat({ content: '😀\u2028' }) + last()
    expectSameInAnyCut(bytesOf(body), { api: 'ollama' })
    expectSameInAnyCut(bytesOf(body.replaceAll('\n', '\r\n').trimEnd()), { api: 'ollama' })
  })
})

describe('embeddings of Ollama', () => {
  it('come in one answer with their count', () => {
    const answer = JSON.stringify({ model: 'e', embeddings: [[0.1], [0.2]], load_duration: 1e6, prompt_eval_count: 9 })
    expect(read([answer], 'embeddings')).toMatchObject({
      inputTokens: 9,
      lastTokenAt: 10,
      servedModel: 'e',
      failure: null,
    })
  })

  it('may be missing', () => {
    expect(read(['{"model":"e","embeddings":[]}'], 'embeddings')).toMatchObject({ failure: 'empty' })
    expect(read(['{"error":"this model does not support embeddings"}'], 'embeddings')).toMatchObject({
      failure: 'error_event',
      failureMessage: 'this model does not support embeddings',
    })
  })
})

describe('a request to Ollama', () => {
  it.each<[string, Task, string]>([
    ['http://h:11434', 'chat', 'http://h:11434/api/chat'],
    ['http://h:11434/', 'completions', 'http://h:11434/api/generate'],
    ['http://h/api', 'embeddings', 'http://h/api/embed'],
    ['http://h:11434/v1', 'chat', 'http://h:11434/api/chat'],
    ['http://h/x/api/chat', 'chat', 'http://h/x/api/chat'],
    ['http://h/api/generate', 'completions', 'http://h/api/generate'],
    ['http://h/api/embeddings', 'embeddings', 'http://h/api/embed'],
  ])('to %s for %s goes to %s', (endpoint, task, url) => {
    expect(ollama.url(new URL(endpoint), task, 'm').href).toBe(url)
  })

  it('says that it streams, and asks for a length', () => {
    expect(ollama.body(dialect('chat'), SPEC)).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'count' }],
      stream: true,
      options: { num_predict: 8 },
    })
    expect(ollama.body(dialect('completions', { fields: new Set(['temperature']) }), SPEC)).toEqual({
      model: 'm',
      prompt: 'count',
      stream: true,
      options: { num_predict: 8, temperature: 0 },
    })
    expect(ollama.body(dialect('embeddings'), { ...SPEC, prompts: ['a', 'b'] })).toEqual({
      model: 'm',
      input: ['a', 'b'],
    })
  })

  it('keeps its length when the user adds an option', () => {
    expect(
      ollama.body(dialect('chat', { extraBody: { think: false, options: { num_ctx: 8192 } } }), SPEC),
    ).toMatchObject({
      think: false,
      options: { num_predict: 8, num_ctx: 8192 },
    })
  })

  it('is recognised by its path, or by its port', () => {
    const recognised = [
      'http://h/api/chat',
      'http://h/api/generate',
      'http://h/api/embed',
      'http://h:11434',
      'http://h:11434/api',
    ]
    const others = ['http://h:11434/v1', 'http://h:8000', 'http://h/api/v1/chat/completions']
    expect(recognised.filter((url) => !ollama.isIts(new URL(url)))).toEqual([])
    expect(others.filter((url) => ollama.isIts(new URL(url)))).toEqual([])
  })

  it('says its task by its path alone', () => {
    const tasks = ['chat', 'generate', 'embed', 'embeddings', 'tags'].map((name) =>
      ollama.taskOf(new URL(`http://h/api/${name}`)),
    )
    expect(tasks).toEqual(['chat', 'completions', 'embeddings', 'embeddings', null])
    expect(ollama.taskOf(new URL('http://h:11434'))).toBeNull()
  })

  it('finds the models by their tags', () => {
    expect(ollama.modelsUrl(new URL('http://h:11434/api/chat'))?.href).toBe('http://h:11434/api/tags')
    expect(ollama.modelNames({ models: [{ name: 'm:1b' }, { name: 'e:latest' }] })).toEqual(['m:1b', 'e:latest'])
  })
})
