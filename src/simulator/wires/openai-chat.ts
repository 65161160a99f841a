import {
  chunkWriter,
  openAiError,
  OPENAI_WORDS,
  openAiRoute,
  openAiUsage,
  streamOptions,
  usageEvents,
} from './openai.ts'
import { CHAT_FIELDS } from './openai-fields.ts'
import { DEFAULT_MAX_TOKENS, modelOf, readMessages, readTokens, request } from './read-body.ts'
import { Refused, type AnswerFacts, type AnswerWriter, type Body, type FinishReason, type Wire } from './wire.ts'

/** `POST /v1/chat/completions`, with vLLM's manners, and Azure's forms of it. */
export const openAiChatWire: Wire = {
  api: 'openai-chat',
  alwaysStrict: false,
  words: OPENAI_WORDS,
  route: (url) => openAiRoute(url, '/chat/completions', 'chat'),
  fields: () => CHAT_FIELDS,
  headerFault: () => null,
  taskOf: () => 'chat',
  read(body, route) {
    return request({
      task: 'chat',
      model: route.model ?? modelOf(body),
      stream: body['stream'] === true,
      texts: [readMessages(body)],
      ...readLength(body),
      cacheSalt: typeof body['cache_salt'] === 'string' ? body['cache_salt'] : '',
      reasons: true,
      answer: (facts) => chatWriter(facts, streamOptions(body), route.form === 'azure'),
    })
  },
  error: openAiError,
}

/** How long the answer of an OpenAI-like request is to be. */
export function readLength(body: Body): { maxTokens: number; minTokens: number; ignoreEos: boolean } {
  const maxTokens = readTokens(body, 'max_completion_tokens') ?? readTokens(body, 'max_tokens') ?? DEFAULT_MAX_TOKENS
  const minTokens = readTokens(body, 'min_tokens', 0) ?? 0
  if (minTokens > maxTokens) throw new Refused(`min_tokens must be less than or equal to max_tokens=${maxTokens}`)
  return { maxTokens, minTokens, ignoreEos: body['ignore_eos'] === true }
}

function chatWriter(facts: AnswerFacts, asked: ReturnType<typeof streamOptions>, azure: boolean): AnswerWriter {
  const { usage, reasoningField } = facts.manners
  const choice = (delta: unknown, finish: FinishReason | null = null) => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finish,
  })
  return chunkWriter(facts, {
    object: 'chat.completion.chunk',
    wholeObject: 'chat.completion',
    idPrefix: 'chatcmpl',
    usage: usageEvents(usage, asked),
    usageOf: (outputTokens) => openAiUsage(facts, outputTokens),
    opening: choice({ role: 'assistant', content: '' }),
    ...(azure ? { preface: AZURE_PREFACE } : {}),
    choice: (part, text) => choice(part === 'text' ? { content: text } : { [reasoningField]: text }),
    finish: (reason) => choice({}, reason),
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
    error: (message) => openAiError(500, message),
  })
}

/** What Azure's content filter says of the prompt, before everything else. */
const AZURE_PREFACE = {
  choices: [],
  created: 0,
  id: '',
  model: '',
  object: '',
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: 'safe' } } }],
}
