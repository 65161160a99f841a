import type { Task } from '../../vocabulary/load.ts'
import { asObject } from '../../json.ts'
import { DONE, decodeSegment, EVENT_STREAM, answerJson, rememberByCount, formatEvent, writeTokens } from './wire.ts'
import type {
  StatedFacts,
  AnswerWriter,
  Body,
  FinishReason,
  TokenKind,
  Route,
  Said,
  UsagePlace,
  Wire,
  Words,
  Fields,
} from './wire.ts'

/** Common parts of the APIs of OpenAI's family: paths, usage, chunks, errors. */

/**
 * The route of a path that is `suffix` (`/chat/completions`) under one of the bases: `/v1`, or Azure's `/openai/v1`
 * and `/openai/deployments/<name>`, which names the model.
 */
export function findOpenAiRoute(url: URL, suffix: string, task: Task): Route | null {
  const match = /^(?:\/v1|\/(openai)\/v1|\/openai\/deployments\/([^/]+))(\/.+)$/.exec(url.pathname)
  if (match === null || match[3] !== suffix) return null
  const azure = match[1] !== undefined || match[2] !== undefined
  return { task, model: decodeSegment(match[2]), stream: null, form: azure ? 'azure' : '' }
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'AuthenticationError',
  404: 'NotFoundError',
  429: 'RateLimitError',
}

/** An error in vLLM's form; other servers of the family differ only in `type` and `code`. */
export function sayOpenAiError(status: number, message: string): Said {
  const type = status >= 500 ? 'InternalServerError' : (ERROR_TYPES[status] ?? 'BadRequestError')
  return answerJson(status, { error: { message, type, param: null, code: status } })
}

const TASK_NAMES: Readonly<Record<Task, string>> = {
  chat: 'Chat Completions',
  completions: 'Completions',
  embeddings: 'Embeddings',
  rerank: 'Rerank (Score)',
  score: 'Score',
}

/** How the family refuses. */
export const OPENAI_WORDS: Words = {
  badBody: 400,
  unknownField: (path) => `Unrecognized request argument supplied: ${path}`,
  wrongType: (path, expected) => `Invalid type for '${path}': expected ${expected}`,
  tooLong: (limit, inputTokens, outputTokens) =>
    `This model's maximum context length is ${limit} tokens. However, you requested ${inputTokens + outputTokens} tokens ` +
    `(${inputTokens} in the messages, ${outputTokens} in the completion). ` +
    'Please reduce the length of the messages or completion.',
  noModel: (model, { form }) => ({
    status: 404,
    message:
      form === 'azure'
        ? 'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.'
        : `The model \`${model}\` does not exist.`,
  }),
  wrongTask: (task) => ({ status: 400, message: `The model does not support ${TASK_NAMES[task]} API` }),
}

/** The members that the wires of one task share: which fields they take, and how they refuse. */
export function shareTaskMembers(task: Task, fields: () => Fields) {
  return { words: OPENAI_WORDS, fields, taskOf: () => task, error: sayOpenAiError } satisfies Partial<Wire>
}

/** What `stream_options` says about usage. */
export function readStreamOptions(body: Body): { readonly includeUsage: boolean; readonly continuousUsage: boolean } {
  const options = asObject(body['stream_options']) ?? {}
  return {
    includeUsage: options['include_usage'] === true,
    continuousUsage: options['continuous_usage_stats'] === true,
  }
}

export const STREAM_OPTIONS: Fields = {
  include_usage: 'flag',
  continuous_usage_stats: 'flag',
  include_obfuscation: 'flag',
}

/** The usage of an answer of `outputTokens` so far. */
export function countOpenAiUsage(facts: StatedFacts, outputTokens: number): Record<string, unknown> {
  const { inputTokens, cachedTokens, reasoningTokens } = facts
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    ...(reasoningTokens === 0
      ? {}
      : { completion_tokens_details: { reasoning_tokens: Math.min(reasoningTokens, outputTokens) } }),
  }
}

/** Which events of a stream have usage. */
export interface UsageEvents {
  readonly everywhere: boolean
  readonly atFinish: boolean
  /** In a separate event without choices. */
  readonly apart: boolean
}

/** Where an OpenAI-like stream has its usage, by the server's settings and the request. */
export function placeUsage(
  place: UsagePlace,
  { includeUsage, continuousUsage }: ReturnType<typeof readStreamOptions>,
): UsageEvents {
  const everywhere = place === 'every-chunk' || continuousUsage
  return {
    everywhere,
    atFinish: everywhere || place === 'finish-chunk',
    apart: includeUsage && place !== 'none' && place !== 'finish-chunk',
  }
}

/** How one API of the family fills its chunks. */
export interface ChunkForm {
  /** The `object` of a chunk and of a whole answer. */
  readonly object: string
  readonly wholeObject: string
  readonly idPrefix: string
  readonly usage: UsageEvents
  /** The `usage` of a whole answer; null for none. */
  usageOf(outputTokens: number, finished: boolean): unknown
  /** The choice before the first token; null for none. */
  readonly opening: unknown
  /** An event before everything else, such as Azure's. */
  readonly preface?: unknown
  choice(part: TokenKind, text: string): unknown
  finish(reason: FinishReason): unknown
  /** The choice of a whole answer. */
  answer(reasoning: string, text: string, reason: FinishReason): unknown
  readonly wholeUsage: boolean
  /** An error in the middle of the stream. */
  error(message: string): Said
}

/** Writes an answer of chunks with choices. */
export function createChunkWriter(facts: StatedFacts, form: ChunkForm): AnswerWriter {
  const { everywhere, atFinish, apart } = form.usage
  const named = { id: `${form.idPrefix}-${facts.id}`, object: form.object, created: facts.created, model: facts.model }

  function writeChunk(choices: readonly unknown[], usage?: unknown): string {
    return formatEvent(usage === undefined ? { ...named, choices } : { ...named, choices, usage })
  }
  const opening = [
    ...(form.preface === undefined ? [] : [formatEvent(form.preface)]),
    ...(form.opening === null ? [] : [writeChunk([form.opening], everywhere ? form.usageOf(0, false) : undefined)]),
  ].join('')
  const built: Readonly<Record<TokenKind, (count: number) => Buffer>> = {
    reasoning: rememberByCount((count) => writeChunk([form.choice('reasoning', writeTokens(count))])),
    text: rememberByCount((count) => writeChunk([form.choice('text', writeTokens(count))])),
  }
  return {
    streamType: EVENT_STREAM,
    opening: opening === '' ? null : Buffer.from(opening),
    tokens(part, count, total) {
      return everywhere
        ? Buffer.from(writeChunk([form.choice(part, writeTokens(count))], form.usageOf(total, false)))
        : built[part](count)
    },
    closing(reason, total) {
      const finish = writeChunk([form.finish(reason)], atFinish ? form.usageOf(total, true) : undefined)
      return Buffer.from(finish + (apart ? writeChunk([], form.usageOf(total, true)) : '') + DONE)
    },
    // As in vLLM: still 200, and still [DONE].
    error: (message) => Buffer.from(`data: ${form.error(message).body}\n\n${DONE}`),
    whole(reason, total) {
      const reasoning = Math.min(facts.reasoningTokens, total)
      const choices = [form.answer(writeTokens(reasoning), writeTokens(total - reasoning), reason)]
      const answer = { ...named, object: form.wholeObject, choices }
      return Buffer.from(JSON.stringify(form.wholeUsage ? { ...answer, usage: form.usageOf(total, true) } : answer))
    },
  }
}
