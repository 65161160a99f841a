import {
  chunkWriter,
  openAiError,
  OPENAI_WORDS,
  openAiRoute,
  openAiUsage,
  streamOptions,
  usageEvents,
} from './openai.ts'
import { readLength } from './openai-chat.ts'
import { COMPLETIONS_FIELDS } from './openai-fields.ts'
import { modelOf, readTexts, request } from './read-body.ts'
import { Refused, type AnswerFacts, type AnswerWriter, type Body, type FinishReason, type Wire } from './wire.ts'

/** `POST /v1/completions`: text for a prompt, without a role and without a chat template. */
export const openAiCompletionsWire: Wire = {
  api: 'openai-completions',
  alwaysStrict: false,
  words: OPENAI_WORDS,
  route: (url) => openAiRoute(url, '/completions', 'completions'),
  fields: () => COMPLETIONS_FIELDS,
  headerFault: () => null,
  taskOf: () => 'completions',
  read(body, route) {
    return request({
      task: 'completions',
      model: route.model ?? modelOf(body),
      stream: body['stream'] === true,
      texts: readOnePrompt(body),
      ...readLength(body),
      cacheSalt: typeof body['cache_salt'] === 'string' ? body['cache_salt'] : '',
      answer: (facts) => completionsWriter(facts, streamOptions(body)),
    })
  },
  error: openAiError,
}

/** The prompt; only one, since there is one answer. */
export function readOnePrompt(body: Body): readonly string[] {
  const texts = readTexts(body, 'prompt')
  if (texts.length > 1) throw new Refused('prompt must be a single text')
  return texts
}

function completionsWriter(facts: AnswerFacts, asked: ReturnType<typeof streamOptions>): AnswerWriter {
  const { usage } = facts.manners
  return chunkWriter(facts, {
    ...COMPLETIONS_FORM,
    usage: usageEvents(usage, asked),
    usageOf: (outputTokens) => openAiUsage(facts, outputTokens),
    wholeUsage: usage !== 'none',
    error: (message) => openAiError(500, message),
  })
}

const choice = (text: string, finish: FinishReason | null) => ({
  index: 0,
  text,
  logprobs: null,
  finish_reason: finish,
})

/** The chunks of completions, wherever their usage stands. */
export const COMPLETIONS_FORM = {
  object: 'text_completion',
  wholeObject: 'text_completion',
  idPrefix: 'cmpl',
  opening: null,
  choice: (_: unknown, text: string) => choice(text, null),
  finish: (reason: FinishReason) => choice('', reason),
  answer: (_: string, text: string, reason: FinishReason) => choice(text, reason),
} as const
