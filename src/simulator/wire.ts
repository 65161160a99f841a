import type { ModelRequest, Style } from './request.ts'

/** Where a stream says how many tokens it had. */
export const USAGE_PLACES = ['final-chunk', 'finish-chunk', 'every-chunk', 'none'] as const
export type UsagePlace = (typeof USAGE_PLACES)[number]

export type FinishReason = 'length' | 'stop'

/** What an answer says about itself. */
export interface AnswerFacts {
  readonly id: number
  readonly created: number
  readonly model: string
  readonly request: ModelRequest
  readonly inputTokens: number
  /** Null where the server does not report its cache. */
  readonly cachedTokens: number | null
}

/** The bytes of one stream, event by event. */
export interface StreamWire {
  /** The first event when it has no token in it; null where the API sends none. */
  readonly role: Buffer | null
  /** An event with `count` more tokens, `total` so far. */
  tokens(count: number, total: number): Buffer
  /** Everything after the last token: finish, usage, `[DONE]`. */
  closing(finishReason: FinishReason, total: number): Buffer
}

const DONE = 'data: [DONE]\n\n'
const TOKEN_TEXT = ' token'

/** Builds the events of a stream. `place` is where usage stands; Databricks knows no usage chunk of its own. */
export function createStreamWire(facts: AnswerFacts, place: UsagePlace): StreamWire {
  const { request } = facts
  const databricks = request.style === 'databricks'
  const everywhere = place === 'every-chunk' || (databricks ? place === 'final-chunk' : request.continuousUsage)
  const atFinish = everywhere || place === 'finish-chunk'
  const apart = !databricks && request.includeUsage && place !== 'none' && place !== 'finish-chunk'
  const object = request.task === 'chat' ? 'chat.completion.chunk' : 'text_completion'

  function event(choices: readonly unknown[], usage: unknown): string {
    const chunk = { id: answerId(facts), object, created: facts.created, model: facts.model, choices }
    return `data: ${JSON.stringify(usage === undefined ? chunk : { ...chunk, usage })}\n\n`
  }
  function choice(text: string | null, finishReason: FinishReason | null): unknown {
    if (request.task === 'completions')
      return { index: 0, text: text ?? '', logprobs: null, finish_reason: finishReason }
    const delta = databricks ? { role: 'assistant', content: text ?? '' } : text === null ? {} : { content: text }
    return { index: 0, delta, logprobs: null, finish_reason: finishReason }
  }

  // Events without usage differ only in their number of tokens, so that few are ever built.
  const built = new Map<number, Buffer>()
  const role = { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }
  return {
    role:
      request.task === 'chat' && !databricks
        ? Buffer.from(event([role], everywhere ? usageOf(facts, 0) : undefined))
        : null,
    tokens(count, total) {
      if (everywhere) return Buffer.from(event([choice(TOKEN_TEXT.repeat(count), null)], usageOf(facts, total)))
      let bytes = built.get(count)
      if (bytes === undefined) {
        bytes = Buffer.from(event([choice(TOKEN_TEXT.repeat(count), null)], undefined))
        built.set(count, bytes)
      }
      return bytes
    },
    closing(finishReason, total) {
      const finish = event([choice(null, finishReason)], atFinish ? usageOf(facts, total) : undefined)
      return Buffer.from(finish + (apart ? event([], usageOf(facts, total)) : '') + DONE)
    },
  }
}

/** One answer that does not stream. */
export function wholeAnswer(facts: AnswerFacts, finishReason: FinishReason, tokens: number, place: UsagePlace): Buffer {
  const text = TOKEN_TEXT.repeat(tokens)
  const chat = facts.request.task === 'chat'
  const said = chat ? { message: { role: 'assistant', content: text } } : { text }
  const answer = {
    id: answerId(facts),
    object: chat ? 'chat.completion' : 'text_completion',
    created: facts.created,
    model: facts.model,
    choices: [{ index: 0, ...said, logprobs: null, finish_reason: finishReason }],
    ...(place === 'none' ? {} : { usage: usageOf(facts, tokens) }),
  }
  return Buffer.from(JSON.stringify(answer))
}

/** The answer of an embedding model: the same short vector for each text. */
export function embeddingAnswer(facts: AnswerFacts, dimensions: number): Buffer {
  const embedding = Array.from({ length: dimensions }, (_, i) => Math.round(1000 * Math.sin(i + 1)) / 1000)
  return Buffer.from(
    JSON.stringify({
      object: 'list',
      data: facts.request.texts.map((_, index) => ({ object: 'embedding', index, embedding })),
      model: facts.model,
      usage: { prompt_tokens: facts.inputTokens, total_tokens: facts.inputTokens },
    }),
  )
}

/** An error that breaks into a stream, the way vLLM says it: still 200, and `[DONE]` all the same. */
export function errorEvent(style: Style): Buffer {
  return Buffer.from(`data: ${errorBody(style, 500, 'simulated failure of the engine')}\n\n${DONE}`)
}

const DATABRICKS_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  429: 'REQUEST_LIMIT_EXCEEDED',
  503: 'TEMPORARILY_UNAVAILABLE',
}

/** The body of a refusal. */
export function errorBody(style: Style, status: number, message: string): string {
  if (style === 'databricks') {
    return JSON.stringify({ error_code: DATABRICKS_CODES[status] ?? 'INTERNAL_ERROR', message })
  }
  const type = status >= 500 ? 'InternalServerError' : status === 429 ? 'RateLimitError' : 'BadRequestError'
  return JSON.stringify({ error: { message, type, param: null, code: status } })
}

function answerId({ id, request }: AnswerFacts): string {
  return `${request.task === 'chat' ? 'chatcmpl' : 'cmpl'}-${id}`
}

function usageOf({ inputTokens, cachedTokens }: AnswerFacts, outputTokens: number): unknown {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
  }
}
