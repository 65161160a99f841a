/** Rerank and score: documents against a query, as vLLM, Cohere, Jina and those who follow them answer. */

import { UNKNOWN_DELTA } from '../api.ts'
import type { Api, Delta, Dialect, RequestSpec, Result, Usage } from '../api.ts'
import { asArray, asCount, asNumber, asObject } from '../../json.ts'
import { shareTaskMembers, readOpenAiEvent } from './openai.ts'
import { openAiKeyPlace, addExtraBody, replacePath, trimPath } from './request.ts'

/**
 * `POST /v1/rerank`, `/v2/rerank` or `/rerank`: the documents of a query, each with its relevance, the best first. Text
 * Embeddings Inference calls the documents `texts`, and answers with the bare list, as SGLang does; NIM (`/v1/ranking`) calls them
 * `passages`, each an object as its query is, and answers with logits.
 */
export const openAiRerank: Api = {
  name: 'openai-rerank',
  facts: {
    servers:
      'vLLM, SGLang, llama.cpp, text-embeddings-inference (its /rerank), Infinity, LiteLLM, Cohere, Jina, Voyage, NIM (its /v1/ranking)',
    length: 'does not apply',
    tokens: 'usage or meta.tokens (input tokens), where they are stated',
    cache: 'a unique prefix of query and documents',
    health: 'GET /v1/models',
    metrics: 'vLLM, SGLang, llama.cpp',
  },
  ...shareTaskMembers('rerank'),
  ...answerOnce(),
  body: (dialect, spec) =>
    buildBody(dialect, MEMBERS[dialect.documentsField ?? 'documents'](readQuery(spec), spec.prompts)),
  read: (json, eventName) => {
    const { results, rankings, data } = asObject(json) ?? {}
    return readResults(json, eventName, asArray(json) ?? asArray(results) ?? asArray(rankings) ?? asArray(data))
  },
  ownsEvent: ({ results, rankings }) =>
    (Array.isArray(results) && asObject(results[0])?.['relevance_score'] !== undefined) ||
    (Array.isArray(rankings) && asObject(rankings[0])?.['logit'] !== undefined),
}

/**
 * `POST /v1/score` or `/score` of vLLM: one text against several, a score for each pair, in their order. SGLang calls them `query` and
 * `items`, and answers with a list of scores for each: the probabilities of the tokens that `label_token_ids` names, which only the user knows (`extra-body`).
 */
export const openAiScore: Api = {
  name: 'openai-score',
  facts: {
    servers: 'vLLM, SGLang (with label_token_ids in extra-body)',
    length: 'does not apply',
    tokens: 'usage (input tokens), where they are stated',
    cache: 'a unique prefix of both texts',
    health: 'GET /v1/models',
    metrics: 'vLLM, SGLang',
  },
  ...shareTaskMembers('score'),
  ...answerOnce(),
  body: (dialect, spec) =>
    buildBody(dialect, MEMBERS[dialect.documentsField ?? 'text_2'](readQuery(spec), spec.prompts)),
  read: (json, eventName) => {
    const { data, scores } = asObject(json) ?? {}
    const listed = asArray(scores)?.map((labels, index) => ({ index, score: asArray(labels)?.[0] }))
    return readResults(json, eventName, listed ?? asArray(data))
  },
  ownsEvent: ({ data, scores }) =>
    (Array.isArray(data) && asObject(data[0])?.['score'] !== undefined) ||
    (Array.isArray(scores) && asNumber(asArray(scores[0])?.[0]) !== null),
}

/** What both have in common, and OpenAI's APIs do not have. */
function answerOnce() {
  return {
    framing: () => 'json',
    optionalFields: () => [],
    // Their paths stand without a version or under Cohere's, and the list of models under the first.
    modelsUrl: (endpoint) =>
      openAiKeyPlace(endpoint) !== 'bearer'
        ? null
        : replacePath(endpoint, `${trimPath(endpoint).replace(RANK_END, '')}/v1/models`),
  } satisfies Partial<Api>
}

const RANK_END = /(\/v\d+)?(\/(rerank|reranking|ranking|score))?$/

/** How a query and its documents are sent, by the name of the member with the documents. */
const MEMBERS = {
  documents: (query: string, documents: readonly string[]) => ({ query, documents }),
  texts: (query: string, texts: readonly string[]) => ({ query, texts }),
  passages: (query: string, documents: readonly string[]) => ({
    query: { text: query },
    passages: documents.map((text) => ({ text })),
  }),
  text_2: (query: string, texts: readonly string[]) => ({ text_1: query, text_2: texts }),
  items: (query: string, items: readonly string[]) => ({ query, items }),
} satisfies Record<'documents' | 'text_2' | NonNullable<Dialect['documentsField']>, unknown>

/** A first, small request has no query of its own. */
function readQuery({ query, prompts }: RequestSpec): string {
  return query ?? prompts[0] ?? ''
}

function buildBody({ model, extraBody }: Dialect, members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return addExtraBody({ ...(model !== null && { model }), ...members }, extraBody)
}

function readResults(json: unknown, eventName: string, list: readonly unknown[] | null): Delta {
  const { error, servedModel } = readOpenAiEvent(json, eventName)
  const usage = readUsage(json)
  if (list === null || error !== null) return { ...UNKNOWN_DELTA, error, usage, unknown: error === null }
  const results = list.map(readResult)
  const text = results.some(({ isWhole }) => isWhole)
  return { ...UNKNOWN_DELTA, text, results, usage, servedModel, terminal: true, unknown: false }
}

function readResult(item: unknown): Result {
  const result = asObject(item)
  const score = asNumber(result?.['relevance_score'] ?? result?.['score'] ?? result?.['logit'])
  return { index: asCount(result?.['index']), isWhole: score !== null }
}

/** vLLM, Jina and Voyage state only the total, which is all input; Cohere states the input beside what it bills. */
function readUsage(json: unknown): Usage | null {
  const usage = asObject(asObject(json)?.['usage'])
  const tokens = asObject(asObject(asObject(json)?.['meta'])?.['tokens'])
  const inputTokens =
    asCount(usage?.['prompt_tokens']) || asCount(usage?.['total_tokens']) || asCount(tokens?.['input_tokens'])
  if (inputTokens === null) return null
  return { inputTokens, outputTokens: null, reasoningTokens: null, cachedTokens: null, totalTokens: null }
}
