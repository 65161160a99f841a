import { asArray, asObject } from '../../../src/json.ts'
import { completeRequest, listFields, readTokens } from '../../../src/simulator/wires/read-body.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import { rankDocuments, readDocuments, readPairs } from '../../../src/simulator/wires/openai-rank.ts'
import { Refused, answerJson, createWholeWriter, formatHex } from '../../../src/simulator/wires/wire.ts'
import type { Wire } from '../../../src/simulator/wires/wire.ts'

/** Other forms of rerank, which share paths with the one that ships. */

/** `POST /v2/rerank` of Cohere: it refuses what it does not know, repeats no document, and bills searches. */
export const cohereRerankWire: Wire = {
  api: 'openai-rerank',
  alwaysStrict: true,
  words: {
    ...OPENAI_WORDS,
    badBody: 400,
    unknownField: (path) => `invalid request: unknown field: parameter '${path}' is not a valid field`,
    noModel: (model) => ({
      status: 404,
      message: `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
    }),
  },
  route: ({ pathname }) =>
    pathname === '/v2/rerank' ? { task: 'rerank', model: null, stream: false, form: '' } : null,
  fields: () => ({
    ...listFields('text', 'model query'),
    documents: 'list',
    ...listFields('whole', 'top_n max_tokens_per_doc priority'),
  }),
  taskOf: () => 'rerank',
  read(body) {
    const documents = readDocuments(body, 'documents')
    const most = readTokens(body, 'top_n') ?? documents.length
    return readPairs(body, 'rerank', { query: body['query'], documents }, (facts) => ({
      results: rankDocuments(documents)
        .slice(0, most)
        .map(({ index, score }) => ({ index, relevance_score: score })),
      id: `00000000-0000-4000-8000-${formatHex(facts.id, 12)}`,
      meta: {
        api_version: { version: '2' },
        billed_units: { search_units: 1 },
        tokens: { input_tokens: facts.inputTokens },
      },
    }))
  },
  error: (status, message) => answerJson(status, { id: `00000000-0000-4000-8000-${formatHex(status, 12)}`, message }),
}

/** `POST /rerank` of Text Embeddings Inference: its documents are `texts`, and its answer is a bare list without counts. */
export const teiRerankWire: Wire = {
  api: 'openai-rerank',
  words: { ...OPENAI_WORDS, badBody: 422 },
  route: ({ pathname }) => (pathname === '/rerank' ? { task: 'rerank', model: null, stream: false, form: '' } : null),
  fields: () => ({
    ...listFields('text', 'model query truncation_direction'),
    texts: 'list',
    ...listFields('flag', 'raw_scores return_text truncate'),
  }),
  taskOf: () => 'rerank',
  read(body) {
    const texts = readDocuments(body, 'texts')
    const pairs = readPairs(body, 'rerank', { query: body['query'], documents: texts }, () => null)
    return completeRequest({ ...pairs, answer: () => createWholeWriter(() => rankDocuments(texts)) })
  },
  error: (status, message) =>
    status === 400
      ? {
          status: 422,
          type: 'text/plain',
          body: `Failed to deserialize the JSON body into the target type: ${message}`,
        }
      : answerJson(status, { error: message, error_type: 'backend' }),
}

/** `POST /v1/ranking` of NIM: query and passages are objects with a text, and so strict that it refuses all else; its scores are logits. */
export const nimRankingWire: Wire = {
  api: 'openai-rerank',
  alwaysStrict: true,
  words: { ...OPENAI_WORDS, badBody: 422 },
  route: ({ pathname }) =>
    pathname === '/v1/ranking' ? { task: 'rerank', model: null, stream: false, form: '' } : null,
  fields: () => ({ ...listFields('text', 'model truncate'), query: 'object', passages: 'list' }),
  taskOf: () => 'rerank',
  read(body) {
    const passages = readDocuments(body, 'passages')
    const query = asObject(body['query'])?.['text']
    return readPairs(body, 'rerank', { query, documents: passages }, (facts) => ({
      rankings: rankDocuments(passages).map(({ index, score }) => ({ index, logit: 20 * score - 10 })),
      usage: { prompt_tokens: facts.inputTokens, total_tokens: facts.inputTokens },
    }))
  },
  error: (status, message) =>
    answerJson(status, { object: 'error', message, detail: {}, type: 'invalid_request_error' }),
}

/** `POST /v1/score` of SGLang, here below `/sglang`: a list of probabilities for each item, of the tokens that it is told; it ignores what it does not know. */
export const sglangScoreWire: Wire = {
  api: 'openai-score',
  words: OPENAI_WORDS,
  route: ({ pathname }) =>
    pathname === '/sglang/v1/score' ? { task: 'score', model: null, stream: false, form: '' } : null,
  fields: () => ({
    ...listFields('text', 'model query'),
    items: 'text|list',
    label_token_ids: 'list',
    ...listFields('flag', 'apply_softmax item_first'),
  }),
  taskOf: () => 'score',
  read(body) {
    const labels = asArray(body['label_token_ids'])
    if (labels === null) throw new Refused('label_token_ids must be provided')
    if (body['items'] === undefined) throw new Refused('items must be provided')
    const items = readDocuments(body, 'items')
    return readPairs(body, 'score', { query: body['query'], documents: items }, (facts) => ({
      scores: items.map((_, i) => labels.map((_, label) => 1 / (2 + i + label))),
      model: facts.model,
      usage: null,
      object: 'scoring',
    }))
  },
  error: (status, message) =>
    answerJson(status, { object: 'error', message, type: 'BadRequestError', param: null, code: status }),
}
