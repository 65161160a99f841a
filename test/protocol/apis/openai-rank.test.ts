import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/protocol/api.ts'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import { countAskedResults } from '../../../src/protocol/answer/json-reader.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { bytesOf } from '../streams.ts'

const DIALECT: Dialect = {
  task: 'rerank',
  model: 'bge',
  fields: new Set(),
  lengthField: 'max_tokens',
  extraBody: {},
}
const SPEC = { query: 'why', prompts: ['a', 'b', 'c'], outputTokens: 0, nonce: 'n' }

/** What our reader makes of an answer to three texts. */
function read(answer: unknown, task: Dialect['task'] = 'rerank', extraBody = {}) {
  const api = findApi(`openai-${task}`)
  const askedResults = countAskedResults({ ...DIALECT, task, extraBody }, SPEC)
  const reader = createResponseReader({ api, task, scratch: new Scratch(), askedResults })
  reader.push(bytesOf(typeof answer === 'string' ? answer : JSON.stringify(answer)), 20)
  return reader.end(30)
}

const ranked = (...scores: readonly (readonly [number, unknown])[]) =>
  scores.map(([index, score]) => ({ index, relevance_score: score }))
const WHOLE = ranked([2, 0.9], [0, 0.5], [1, -3.25])

describe('a request', () => {
  it('to rank has a query and documents, or texts or passages where those are wanted', () => {
    const { body } = findApi('openai-rerank')
    expect(body(DIALECT, SPEC)).toEqual({ model: 'bge', query: 'why', documents: ['a', 'b', 'c'] })
    expect(body({ ...DIALECT, model: null, documentsField: 'texts', extraBody: { raw_scores: true } }, SPEC)).toEqual({
      query: 'why',
      texts: ['a', 'b', 'c'],
      raw_scores: true,
    })
    expect(body({ ...DIALECT, documentsField: 'passages' }, SPEC)).toEqual({
      model: 'bge',
      query: { text: 'why' },
      passages: [{ text: 'a' }, { text: 'b' }, { text: 'c' }],
    })
  })

  it('to score has one text against several', () => {
    const body = findApi('openai-score').body({ ...DIALECT, task: 'score' }, SPEC)
    expect(body).toEqual({ model: 'bge', text_1: 'why', text_2: ['a', 'b', 'c'] })
    const extraBody = { label_token_ids: [7, 9] }
    const asked = findApi('openai-score').body({ ...DIALECT, task: 'score', documentsField: 'items', extraBody }, SPEC)
    expect(asked).toEqual({ model: 'bge', query: 'why', items: ['a', 'b', 'c'], label_token_ids: [7, 9] })
  })

  it.each([
    ['openai-rerank', 'http://h:8000', '/v1/rerank'],
    ['openai-rerank', 'http://h:8000/v2/rerank', '/v2/rerank'],
    ['openai-rerank', 'http://h:8000/rerank', '/rerank'],
    ['openai-rerank', 'https://api.cohere.com/v2/rerank', '/v2/rerank'],
    ['openai-rerank', 'http://h:8000/v1/ranking', '/v1/ranking'],
    ['openai-score', 'http://h:8000/v1', '/v1/score'],
    ['openai-score', 'http://h:8000/score', '/score'],
  ] as const)('over %s to %s goes to %s, and the models stand under /v1', (name, endpoint, path) => {
    const api = findApi(name)
    expect(api.url(new URL(endpoint), api.tasks[0]!, 'm').pathname).toBe(path)
    expect(api.modelsUrl(new URL(endpoint))!.pathname).toBe('/v1/models')
  })
})

describe('an answer', () => {
  it.each<[string, unknown, number | null]>([
    ['vLLM', { id: 'r', model: 'bge', usage: { total_tokens: 30 }, results: WHOLE }, 30],
    ['llama.cpp', { object: 'list', usage: { prompt_tokens: 30, total_tokens: 30 }, results: WHOLE }, 30],
    ['Cohere', { id: 'r', results: WHOLE, meta: { billed_units: { search_units: 1 } } }, null],
    ['Cohere, with counts', { results: WHOLE, meta: { tokens: { input_tokens: 30 } } }, 30],
    ['Voyage', { object: 'list', data: WHOLE, usage: { total_tokens: 30 } }, 30],
    ['NIM', { rankings: WHOLE.map(({ index, relevance_score: logit }) => ({ index, logit })) }, null],
    [
      'SGLang',
      WHOLE.map(({ index, relevance_score: score }) => ({ index, score, document: 'a', meta_info: { id: 'r' } })),
      null,
    ],
    ['text-embeddings-inference', WHOLE.map(({ index, relevance_score: score }) => ({ index, score })), null],
  ])('of %s is read whole', (_, answer, inputTokens) => {
    expect(read(answer)).toMatchObject({ failure: null, inputTokens, outputTokens: 0, lastTokenAt: 20, tpotMs: null })
  })

  it('has a score for each pair', () => {
    const data = [0.1, 0.2, -7].map((score, index) => ({ index, object: 'score', score }))
    const answer = { object: 'list', data, usage: { prompt_tokens: 9, total_tokens: 9 } }
    expect(read(answer, 'score')).toMatchObject({ failure: null, inputTokens: 9, tokenSource: 'usage' })
    expect(read({ ...answer, data: data.slice(1) }, 'score')).toMatchObject({
      failure: 'parse',
      failureMessage: '2 results for 3 pairs',
    })
  })

  it('has a list of scores for each pair where it is of SGLang', () => {
    const scores = [
      [0.1, 0.9],
      [0.2, 0.8],
      [0.5, 0.5],
    ]
    expect(read({ scores, object: 'scoring', usage: null }, 'score')).toMatchObject({
      failure: null,
      inputTokens: null,
    })
    expect(read({ scores: scores.slice(1) }, 'score')).toMatchObject({ failureMessage: '2 results for 3 pairs' })
    expect(read({ scores: [...scores.slice(1), []] }, 'score').failure).not.toBeNull()
  })

  it('may be shorter only where that was asked for', () => {
    expect(read({ results: WHOLE.slice(0, 2) })).toMatchObject({ failureMessage: '2 results for 3 documents' })
    expect(read({ results: WHOLE.slice(0, 2) }, 'rerank', { top_n: 2 }).failure).toBeNull()
    expect(read({ results: WHOLE }, 'rerank', { top_n: 2 })).toMatchObject({
      failureMessage: '3 results for 3 documents, 2 of which were asked for',
    })
    expect(read({ results: WHOLE.slice(0, 2) }, 'rerank', { documents: ['x', 'y'] }).failure).toBeNull()
  })

  it.each<[string, unknown, string, string]>([
    ['names a document twice', { results: ranked([0, 1], [1, 1], [1, 1]) }, 'parse', 'two results are of document 1'],
    ['names one that was not sent', { results: ranked([0, 1], [1, 1], [3, 1]) }, 'parse', 'is of no document'],
    [
      'names none',
      { results: [...WHOLE.slice(1), { relevance_score: 1 }] },
      'parse',
      'result 3 of 3 is of no document',
    ],
    ['lacks a score', { results: ranked([0, 1], [1, null], [2, 1]) }, 'parse', 'result 2 of 3 has no figure'],
    [
      'has a score that is a text',
      { results: ranked([0, 1], [1, '1'], [2, 1]) },
      'parse',
      'result 2 of 3 has no figure',
    ],
    ['has a score that JSON does not have', '{"results":[{"index":0,"relevance_score":NaN}]}', 'parse', 'NaN'],
    ['has nothing', { results: [] }, 'empty', 'without a single score'],
    ['is of chat', { choices: [] }, 'parse', 'not in the format of openai-rerank'],
    ['is an error', { error: { message: 'no' } }, 'error_event', 'no'],
  ])('that %s is a failure', (_, answer, failure, message) => {
    const reading = read(answer)
    expect(reading.failure).toBe(failure)
    expect(reading.failureMessage).toContain(message)
  })

  it('of embeddings must have as many, too', () => {
    const data = ['a', 'b'].map((_, index) => ({ index, embedding: [0.1] }))
    expect(read({ data, usage: { prompt_tokens: 4 } }, 'embeddings')).toMatchObject({
      failure: 'parse',
      failureMessage: '2 results for 3 sequences',
    })
  })
})
