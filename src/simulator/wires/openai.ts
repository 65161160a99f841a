import {
  shareTaskMembers,
  createChunkWriter,
  sayOpenAiError,
  findOpenAiRoute,
  countOpenAiUsage,
  STREAM_OPTIONS,
  readStreamOptions,
  placeUsage,
} from './openai-family.ts'
import {
  DEFAULT_MAX_TOKENS,
  listFields,
  readModel,
  readImageUrls,
  readMessages,
  readTexts,
  readTokens,
  completeRequest,
} from './read-body.ts'
import { Refused, buildVector, createWholeWriter } from './wire.ts'
import type { StatedFacts, AnswerWriter, Body, FinishReason, ModelRequest, Wire, Fields } from './wire.ts'

/** OpenAI's chat, completions and embeddings, as vLLM and Azure serve them. */

/** `POST /v1/chat/completions`, as vLLM and Azure serve it. */
export const openAiChatWire: Wire = {
  api: 'openai-chat',
  ...shareTaskMembers('chat', () => CHAT_FIELDS),
  route: (url) => findOpenAiRoute(url, '/chat/completions', 'chat'),
  read(body, route) {
    return completeRequest({
      task: 'chat',
      model: route.model ?? readModel(body),
      stream: body['stream'] === true,
      texts: [readMessages(body)],
      images: readImageUrls(body['messages']),
      ...readLength(body),
      cacheSalt: typeof body['cache_salt'] === 'string' ? body['cache_salt'] : '',
      reasons: true,
      answer: (facts) => createChatWriter(facts, readStreamOptions(body), route.form === 'azure'),
    })
  },
}

/** `POST /v1/completions`: text for a prompt, without a role and without a chat template. */
export const openAiCompletionsWire: Wire = {
  api: 'openai-completions',
  ...shareTaskMembers('completions', () => COMPLETIONS_FIELDS),
  route: (url) => findOpenAiRoute(url, '/completions', 'completions'),
  read(body, route) {
    return completeRequest({
      task: 'completions',
      model: route.model ?? readModel(body),
      stream: body['stream'] === true,
      texts: readOnePrompt(body),
      ...readLength(body),
      cacheSalt: typeof body['cache_salt'] === 'string' ? body['cache_salt'] : '',
      answer: (facts) => createCompletionsWriter(facts, readStreamOptions(body)),
    })
  },
}

/** `POST /v1/embeddings`: a vector for each text. */
export const openAiEmbeddingsWire: Wire = {
  api: 'openai-embeddings',
  ...shareTaskMembers('embeddings', () => EMBEDDINGS_FIELDS),
  route: (url) => findOpenAiRoute(url, '/embeddings', 'embeddings'),
  read: (body, route) => readEmbeddingsRequest(body, route.model),
}

/** The requested length of the answer to an OpenAI-like request. */
export function readLength(body: Body): { maxTokens: number; minTokens: number; ignoreEos: boolean } {
  const maxTokens = readTokens(body, 'max_completion_tokens') ?? readTokens(body, 'max_tokens') ?? DEFAULT_MAX_TOKENS
  const minTokens = readTokens(body, 'min_tokens', 0) ?? 0
  if (minTokens > maxTokens) throw new Refused(`min_tokens must be less than or equal to max_tokens=${maxTokens}`)
  return { maxTokens, minTokens, ignoreEos: body['ignore_eos'] === true }
}

function createChatWriter(
  facts: StatedFacts,
  asked: ReturnType<typeof readStreamOptions>,
  azure: boolean,
): AnswerWriter {
  const { usage, reasoningField } = facts.manners
  const buildChoice = (delta: unknown, finish: FinishReason | null = null) => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finish,
  })
  return createChunkWriter(facts, {
    object: 'chat.completion.chunk',
    wholeObject: 'chat.completion',
    idPrefix: 'chatcmpl',
    usage: placeUsage(usage, asked),
    usageOf: (outputTokens) => countOpenAiUsage(facts, outputTokens),
    opening: buildChoice({ role: 'assistant', content: '' }),
    ...(azure ? { preface: AZURE_PREFACE } : {}),
    choice: (part, text) => buildChoice(part === 'text' ? { content: text } : { [reasoningField]: text }),
    finish: (reason) => buildChoice({}, reason),
    answer: (reasoning, text, reason) => ({
      index: 0,
      message: {
        role: 'assistant',
        content: text,
        ...(reasoning === '' || reasoningField === 'hidden' ? {} : { [reasoningField]: reasoning }),
      },
      logprobs: null,
      finish_reason: reason,
    }),
    wholeUsage: usage !== 'none',
    error: (message) => sayOpenAiError(500, message),
  })
}

/** What Azure's content filter says about the prompt, before everything else. */
const AZURE_PREFACE = {
  choices: [],
  created: 0,
  id: '',
  model: '',
  object: '',
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: 'safe' } } }],
}

/** The prompt; only one, because there is one answer. */
export function readOnePrompt(body: Body): readonly string[] {
  const texts = readTexts(body, 'prompt')
  if (texts.length > 1) throw new Refused('prompt must be a single text')
  return texts
}

function createCompletionsWriter(facts: StatedFacts, asked: ReturnType<typeof readStreamOptions>): AnswerWriter {
  const { usage } = facts.manners
  return createChunkWriter(facts, {
    ...COMPLETIONS_FORM,
    usage: placeUsage(usage, asked),
    usageOf: (outputTokens) => countOpenAiUsage(facts, outputTokens),
    wholeUsage: usage !== 'none',
    error: (message) => sayOpenAiError(500, message),
  })
}

const buildCompletionChoice = (text: string, finish: FinishReason | null) => ({
  index: 0,
  text,
  logprobs: null,
  finish_reason: finish,
})

/** The chunks of completions. */
export const COMPLETIONS_FORM = {
  object: 'text_completion',
  wholeObject: 'text_completion',
  idPrefix: 'cmpl',
  opening: null,
  choice: (_: unknown, text: string) => buildCompletionChoice(text, null),
  finish: (reason: FinishReason) => buildCompletionChoice('', reason),
  answer: (_: string, text: string, reason: FinishReason) => buildCompletionChoice(text, reason),
} as const

/** An embeddings request of the family. */
export function readEmbeddingsRequest(body: Body, model: string | null): ModelRequest {
  const texts = readTexts(body, 'input')
  const dimensions = readTokens(body, 'dimensions')
  const base64 = body['encoding_format'] === 'base64'
  return completeRequest({
    task: 'embeddings',
    model: model ?? readModel(body),
    stream: false,
    texts,
    maxTokens: 1,
    answer: (facts) => createWholeWriter(() => buildEmbeddings(facts, texts.length, base64, dimensions)),
  })
}

function buildEmbeddings(facts: StatedFacts, count: number, base64: boolean, dimensions: number | null): unknown {
  const vector = buildVector(dimensions ?? facts.manners.embeddingDimensions)
  const said = base64 ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
  return {
    object: 'list',
    data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: said })),
    model: facts.model,
    usage: { prompt_tokens: facts.inputTokens, total_tokens: facts.inputTokens },
  }
}

/** Fields of both generating APIs: those that OpenAI documents and those that vLLM adds. */
const SAMPLING: Fields = {
  ...listFields('text', 'model user service_tier'),
  ...listFields('number', 'frequency_penalty presence_penalty temperature top_p'),
  ...listFields('whole', 'max_tokens n seed'),
  stop: 'text|list',
  logit_bias: 'object',
  stream: 'flag',
  stream_options: STREAM_OPTIONS,
}

/** vLLM's sampling parameters and its own additions, for chat and completions alike. */
const VLLM: Fields = {
  ...listFields('number', 'min_p repetition_penalty length_penalty'),
  ...listFields('whole', 'top_k min_tokens truncate_prompt_tokens prompt_logprobs priority'),
  ...listFields(
    'flag',
    'use_beam_search include_stop_str_in_output ignore_eos skip_special_tokens spaces_between_special_tokens ' +
      'add_special_tokens return_tokens_as_token_ids return_token_ids',
  ),
  ...listFields(
    'text',
    'cache_salt request_id session_id truncation_side guided_regex guided_decoding_backend guided_whitespace_pattern',
  ),
  ...listFields('list', 'stop_token_ids allowed_token_ids bad_words logits_processors guided_choice'),
  ...listFields('object', 'kv_transfer_params vllm_xargs structured_outputs response_format'),
  ...listFields('any', 'guided_json guided_grammar structural_tag'),
}

/** A message of a chat. */
const MESSAGE: Fields = {
  ...listFields('text', 'role name tool_call_id refusal reasoning reasoning_content'),
  content: 'text|list',
  tool_calls: 'list',
  ...listFields('object', 'audio function_call'),
}

const CHAT_FIELDS: Fields = {
  ...SAMPLING,
  ...VLLM,
  messages: [MESSAGE],
  ...listFields('whole', 'max_completion_tokens top_logprobs best_of thinking_token_budget'),
  ...listFields(
    'flag',
    'logprobs store parallel_tool_calls echo add_generation_prompt continue_final_message include_reasoning',
  ),
  ...listFields(
    'text',
    'reasoning_effort verbosity prompt_cache_key prompt_cache_retention safety_identifier chat_template',
  ),
  ...listFields('list', 'tools functions modalities documents'),
  ...listFields('object', 'audio metadata prediction web_search_options moderation prompt_cache_options'),
  ...listFields('object', 'chat_template_kwargs mm_processor_kwargs media_io_kwargs'),
  tool_choice: 'text|object',
  function_call: 'text|object',
}

const COMPLETIONS_FIELDS: Fields = {
  ...SAMPLING,
  ...VLLM,
  prompt: 'text|list',
  ...listFields('whole', 'best_of logprobs'),
  echo: 'flag',
  suffix: 'text',
}

const EMBEDDINGS_FIELDS: Fields = {
  input: 'text|list',
  ...listFields('text', 'model user encoding_format cache_salt request_id'),
  ...listFields('whole', 'dimensions truncate_prompt_tokens priority'),
  ...listFields('flag', 'add_special_tokens normalize'),
  additional_data: 'any',
}
