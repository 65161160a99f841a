import { openAiError, OPENAI_WORDS, openAiRoute } from './openai.ts'
import { EMBEDDINGS_FIELDS } from './openai-fields.ts'
import { modelOf, readTexts, readTokens, request } from './read-body.ts'
import { embedding, wholeOnly } from './write.ts'
import type { AnswerFacts, Body, ModelRequest, Wire } from './wire.ts'

/** `POST /v1/embeddings`: a vector for each text. */
export const openAiEmbeddingsWire: Wire = {
  api: 'openai-embeddings',
  alwaysStrict: false,
  words: OPENAI_WORDS,
  route: (url) => openAiRoute(url, '/embeddings', 'embeddings'),
  fields: () => EMBEDDINGS_FIELDS,
  headerFault: () => null,
  taskOf: () => 'embeddings',
  read: (body, route) => readEmbeddingsRequest(body, route.model),
  error: openAiError,
}

/** An embeddings request of the family. */
export function readEmbeddingsRequest(body: Body, model: string | null): ModelRequest {
  const texts = readTexts(body, 'input')
  const dimensions = readTokens(body, 'dimensions')
  const base64 = body['encoding_format'] === 'base64'
  return request({
    task: 'embeddings',
    model: model ?? modelOf(body),
    stream: false,
    texts,
    maxTokens: 1,
    answer: (facts) => wholeOnly(() => embeddings(facts, texts.length, base64, dimensions)),
  })
}

function embeddings(facts: AnswerFacts, count: number, base64: boolean, dimensions: number | null): unknown {
  const vector = embedding(dimensions ?? facts.manners.embeddingDimensions)
  const said = base64 ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
  return {
    object: 'list',
    data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: said })),
    model: facts.model,
    usage: { prompt_tokens: facts.inputTokens, total_tokens: facts.inputTokens },
  }
}
