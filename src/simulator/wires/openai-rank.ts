import { asObject, asText } from '../../json.ts'
import { shareTaskMembers, countOpenAiUsage } from './openai-family.ts'
import { completeRequest, listFields, readModel, readTokens } from './read-body.ts'
import { Refused, createWholeWriter } from './wire.ts'
import type { Body, Fields, ModelRequest, Route, StatedFacts, Wire } from './wire.ts'

/** Rerank and score, as vLLM serves them: one text against several, each pair read by the model. */

/** `POST /v1/rerank`, `/v2/rerank` and `/rerank`: the documents of a query, the most relevant first. */
export const openAiRerankWire: Wire = {
  api: 'openai-rerank',
  ...shareTaskMembers('rerank', () => RERANK_FIELDS),
  route: ({ pathname }) => (/^(\/v[12])?\/rerank$/.test(pathname) ? RERANK_ROUTE : null),
  read(body) {
    const documents = readDocuments(body, 'documents')
    const most = readTokens(body, 'top_n', 0) || documents.length
    return readPairs(body, 'rerank', { query: body['query'], documents }, (facts) => ({
      id: `rerank-${facts.id}`,
      model: facts.model,
      usage: { prompt_tokens: facts.inputTokens, total_tokens: facts.inputTokens },
      results: rankDocuments(documents)
        .slice(0, most)
        .map(({ index, score }) => ({ index, document: { text: documents[index] }, relevance_score: score })),
    }))
  },
}

/** `POST /v1/score` and `/score`: a score for each pair of texts, in their order. */
export const openAiScoreWire: Wire = {
  api: 'openai-score',
  ...shareTaskMembers('score', () => SCORE_FIELDS),
  route: ({ pathname }) => (/^(\/v1)?\/score$/.test(pathname) ? SCORE_ROUTE : null),
  read(body) {
    const documents = readDocuments(body, 'text_2')
    return readPairs(body, 'score', { query: body['text_1'], documents }, (facts) => ({
      id: `score-${facts.id}`,
      object: 'list',
      created: facts.created,
      model: facts.model,
      data: documents.map((_, index) => ({ index, object: 'score', score: scoreOf(index) })),
      usage: countOpenAiUsage(facts, 0),
    }))
  },
}

const RERANK_ROUTE: Route = { task: 'rerank', model: null, stream: false, form: '' }
const SCORE_ROUTE: Route = { task: 'score', model: null, stream: false, form: '' }

/** A request of pairs, each of which is read like one text. */
export function readPairs(
  body: Body,
  task: 'rerank' | 'score',
  { query, documents }: { readonly query: unknown; readonly documents: readonly string[] },
  build: (facts: StatedFacts) => unknown,
): ModelRequest {
  const asked = asText(query)
  if (asked === null) throw new Refused(`${task === 'rerank' ? 'query' : 'text_1'} must be a text`)
  return completeRequest({
    task,
    model: readModel(body),
    stream: false,
    texts: documents.map((document) => `${asked}\n${document}`),
    maxTokens: 1,
    answer: (facts) => createWholeWriter(() => build(facts)),
  })
}

/** Documents as texts, or as objects with one; at least one. */
export function readDocuments(body: Body, field: string): readonly string[] {
  const given = body[field]
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const documents = list.map((entry) => asText(entry) ?? asText(asObject(entry)?.['text']))
  if (documents.length === 0 || documents.includes(null))
    throw new Refused(`missing field \`${field}\`, a list of texts`)
  return documents as string[]
}

/** Each document with its score, the best first. */
export function rankDocuments(documents: readonly string[]): { readonly index: number; readonly score: number }[] {
  return documents.map((_, index) => ({ index, score: scoreOf(index) })).sort((a, b) => b.score - a.score)
}

/** From 0 to 1, and not in the order of the documents. */
function scoreOf(index: number): number {
  return Math.round(1000 * Math.abs(Math.sin(index + 1))) / 1000
}

const POOLING: Fields = {
  ...listFields('text', 'model user request_id'),
  ...listFields('whole', 'truncate_prompt_tokens priority'),
  ...listFields('flag', 'softmax activation use_activation'),
  mm_processor_kwargs: 'object',
}

const RERANK_FIELDS: Fields = { ...POOLING, query: 'text', documents: 'list', top_n: 'whole', return_documents: 'flag' }

const SCORE_FIELDS: Fields = { ...POOLING, text_1: 'text|list', text_2: 'text|list' }
