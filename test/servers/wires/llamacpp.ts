import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import {
  DEFAULT_MAX_TOKENS,
  readModel,
  readTexts,
  readTokens,
  completeRequest,
  listFields,
} from '../../../src/simulator/wires/read-body.ts'
import {
  buildVector,
  EVENT_STREAM,
  answerJson,
  formatEvent,
  writeTokens,
  Refused,
  type StatedFacts,
  type AnswerWriter,
  type Body,
  type FinishReason,
  type Said,
  type Timing,
  type Wire,
  type Fields,
} from '../../../src/simulator/wires/wire.ts'

const COMPLETION_FIELDS: Fields = {
  prompt: 'text|list',
  ...listFields('text', 'model grammar'),
  ...listFields(
    'number',
    'temperature dynatemp_range dynatemp_exponent top_p min_p top_n_sigma typical_p repeat_penalty presence_penalty ' +
      'frequency_penalty dry_multiplier dry_base xtc_probability xtc_threshold mirostat_tau mirostat_eta ' +
      'adaptive_target adaptive_decay',
  ),
  ...listFields(
    'whole',
    'top_k n_predict max_tokens max_completion_tokens n logprobs n_indent n_keep n_discard n_cmpl n_cache_reuse repeat_last_n dry_allowed_length ' +
      'dry_penalty_last_n mirostat seed n_probs min_keep t_max_predict_ms t_max_prompt_ms id_slot sse_ping_interval',
  ),
  ...listFields(
    'flag',
    'stream ignore_eos cache_prompt return_tokens timings_per_token return_progress post_sampling_probs backend_sampling ' +
      'verbose grammar_lazy',
  ),
  ...listFields('list', 'stop dry_sequence_breakers samplers response_fields lora image_data'),
  json_schema: 'object',
  stream_options: 'object',
  logit_bias: 'list|object',
}

const EMBEDDING_FIELDS: Fields = {
  ...listFields('text|list', 'content input'),
  model: 'text',
  encoding_format: 'text',
  embd_normalize: 'whole',
  image_data: 'list',
}

/** llama.cpp's server, natively: `POST /completion` (also under its older name `/completions`) and `/embedding`. */
export const llamaCppWire: Wire = {
  api: 'llamacpp',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `unknown field "${path}"`,
    wrongType: (path, expected) => `wrong type for "${path}", expected ${expected}`,
    tooLong: (limit, inputTokens) =>
      `request (${inputTokens} tokens) exceeds the available context size (${limit} tokens), try increasing it`,
    wrongTask: (task) => ({
      status: 501,
      message:
        task === 'embeddings'
          ? 'This server does not support embeddings. Start it with `--embeddings`'
          : 'This server does not support completions. Start it without `--embeddings`',
    }),
  },
  route({ pathname }) {
    const task = TASKS[pathname]
    return task === undefined ? null : { task, model: null, stream: null, form: '' }
  },
  fields: (_, task) => (task === 'embeddings' ? EMBEDDING_FIELDS : COMPLETION_FIELDS),
  taskOf: () => 'completions',
  read: (body, _, task) => (task === 'embeddings' ? readEmbedding(body) : readCompletion(body)),
  error: sayLlamaCppError,
}

const TASKS: Readonly<Record<string, 'completions' | 'embeddings'>> = {
  '/completion': 'completions',
  '/completions': 'completions',
  '/embedding': 'embeddings',
}

function readCompletion(body: Body) {
  const texts = readTexts(body, 'prompt')
  if (texts.length > 1) throw new Refused('prompt must be a single text')
  // −1 is "until the end of the text".
  const asked = body['n_predict'] === -1 ? null : (readTokens(body, 'n_predict') ?? readTokens(body, 'max_tokens'))
  return completeRequest({
    task: 'completions',
    model: readModel(body),
    stream: body['stream'] === true,
    texts,
    maxTokens: asked ?? DEFAULT_MAX_TOKENS,
    ignoreEos: body['ignore_eos'] === true,
    usesCache: body['cache_prompt'] !== false,
    answer: createCompletionWriter,
  })
}

function readEmbedding(body: Body) {
  const texts = readTexts(body, 'content' in body ? 'content' : 'input')
  return completeRequest({
    task: 'embeddings',
    model: readModel(body),
    stream: false,
    texts,
    maxTokens: 1,
    answer: embeddingWriter,
  })

  function embeddingWriter(facts: StatedFacts): AnswerWriter {
    const vector = buildVector(facts.manners.embeddingDimensions)
    const bytes = Buffer.from(JSON.stringify(texts.map((_, index) => ({ index, embedding: [vector] }))))
    const nothing = () => Buffer.alloc(0)
    return {
      streamType: EVENT_STREAM,
      opening: null,
      tokens: nothing,
      closing: nothing,
      error: nothing,
      whole: () => bytes,
    }
  }
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  501: 'not_supported_error',
  503: 'unavailable_error',
}

function sayLlamaCppError(status: number, message: string): Said {
  const exceeds = message.includes('exceeds the available context size')
  const type = exceeds ? 'exceed_context_size_error' : (ERROR_TYPES[status] ?? 'server_error')
  return answerJson(status, { error: { code: status, message, type } })
}

/** A piece of text in each event; the last one is empty and holds everything that was measured. */
function createCompletionWriter(facts: StatedFacts): AnswerWriter {
  const evaluated = facts.inputTokens
  function last(finish: FinishReason, total: number, timing: Timing, content: string): Record<string, unknown> {
    return {
      index: 0,
      content,
      tokens: [],
      id_slot: 0,
      stop: true,
      model: facts.model,
      tokens_predicted: total,
      tokens_evaluated: evaluated,
      generation_settings: { n_predict: total, stream: content === '', seed: 0, temperature: 0 },
      prompt: '',
      has_new_line: false,
      truncated: false,
      stop_type: finish === 'length' ? 'limit' : 'eos',
      stopping_word: '',
      tokens_cached: evaluated + total - 1,
      timings: timings(facts, total, timing),
    }
  }
  return {
    streamType: 'text/event-stream',
    opening: null,
    tokens(_, count, total) {
      const said = `{"index":0,"content":"${writeTokens(count)}","tokens":[${ids(count)}],"stop":false,"id_slot":-1`
      return Buffer.from(`data: ${said},"tokens_predicted":${total},"tokens_evaluated":${evaluated}}\n\n`)
    },
    closing: (finish, total, timing) => Buffer.from(formatEvent(last(finish, total, timing, ''))),
    error: (message) => Buffer.from(formatEvent(JSON.parse(sayLlamaCppError(500, message).body))),
    whole: (finish, total, timing) => Buffer.from(JSON.stringify(last(finish, total, timing, writeTokens(total)))),
  }
}

function ids(count: number): string {
  return Array.from({ length: count }, () => 5993).join()
}

/** Tokens that come from the cache are neither evaluated nor timed. */
function timings({ inputTokens, cachedTokens }: StatedFacts, total: number, timing: Timing): unknown {
  const evaluated = inputTokens - (cachedTokens ?? 0)
  return {
    cache_n: cachedTokens ?? 0,
    prompt_n: evaluated,
    prompt_ms: timing.prefillMs,
    prompt_per_token_ms: timing.prefillMs / evaluated,
    prompt_per_second: perSecond(evaluated, timing.prefillMs),
    predicted_n: total,
    predicted_ms: timing.decodeMs,
    predicted_per_token_ms: total === 0 ? 0 : timing.decodeMs / total,
    predicted_per_second: perSecond(total, timing.decodeMs),
  }
}

function perSecond(count: number, ms: number): number {
  return ms === 0 ? 0 : (1000 * count) / ms
}
