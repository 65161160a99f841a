import { EMPTY_DELTA, UNKNOWN_DELTA, carryText } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, ServerTimings, Usage } from '../api.ts'
import {
  addExtraBody,
  readPromptText,
  openAiModelNames,
  trimPath,
  replacePath,
  listServerMetricsUrls,
} from './request.ts'
import { asCount, asObject, asText, asMs } from '../../json.ts'
import { readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'

/**
 * The server of llama.cpp, `POST /completion`: a raw prompt, and the server's own timings in the last event. Newer servers
 * count in every event.
 */
export const llamaCpp: Api = {
  name: 'llamacpp',
  facts: {
    servers: 'llama.cpp (native API)',
    length: 'ignore_eos and n_predict',
    tokens: 'tokens_predicted, in the last event or in each',
    cache: 'cache_prompt: false, and a unique prefix',
    health: 'GET /health (503 while the model loads)',
    metrics: 'GET /metrics, if the server runs with --metrics',
  },
  isIts: isLlamaCpp,
  tasks: ['completions'],
  framing: () => 'sse',
  optionalFields: () => ['temperature', 'ignore_eos', 'cache_prompt'],
  url: (endpoint) => replacePath(endpoint, `${findBasePath(endpoint)}/completion`),
  taskOf: () => 'completions',
  modelInBody: (_, model) => model,
  modelsUrl: (endpoint) => replacePath(endpoint, `${findBasePath(endpoint)}/v1/models`),
  modelNames: openAiModelNames,
  body: composeBody,
  read,
  serverPages: ['/props'],
  metricsUrls: listServerMetricsUrls,
  ownsEvent: (json) => typeof json['content'] === 'string' && typeof json['stop'] === 'boolean',
}

/** Whether the URL has the path of llama.cpp's native API. */
function isLlamaCpp(endpoint: URL): boolean {
  return trimPath(endpoint).endsWith('/completion')
}

/** The native API is not under `/v1`. */
function findBasePath(endpoint: URL): string {
  return trimPath(endpoint).replace(/(\/v1|\/completions?)$/, '')
}

function composeBody({ model, fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...(model !== null && { model }),
    prompt: readPromptText(spec),
    n_predict: spec.outputTokens,
    stream: spec.stream ?? true,
    ...(fields.has('temperature') && { temperature: 0 }),
    ...(fields.has('ignore_eos') && { ignore_eos: true }),
    ...(fields.has('cache_prompt') && { cache_prompt: false }),
  }
  return addExtraBody(body, extraBody)
}

function read(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  if (event === null || (typeof event['content'] !== 'string' && typeof event['stop'] !== 'boolean'))
    return UNKNOWN_DELTA
  const content = asText(event['content'])
  const timings = event['timings'] === undefined ? null : asObject(event['timings'])
  const last = event['stop'] === true
  return {
    ...(content === null ? readUnknownMembers(event, KNOWN_MEMBERS) : carryText(content)),
    usage: usageOf(event, timings),
    finishReason: last ? finishReason(event) : null,
    servedModel: asText(event['model']),
    terminal: last,
    ...(timings !== null && { server: readServerTimings(timings) }),
  }
}

/** Members beside the text; the last event repeats prompt and settings. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set(
  'content stop prompt tokens generation_settings stopping_word timings completion_probabilities probs prompt_progress id_slot'.split(
    ' ',
  ),
)

function usageOf(event: Record<string, unknown>, timings: Record<string, unknown> | null): Usage | null {
  const outputTokens = asCount(event['tokens_predicted'])
  if (outputTokens === null && timings === null) return null
  const inputTokens = asCount(event['tokens_evaluated'])
  return {
    inputTokens,
    outputTokens,
    reasoningTokens: null,
    cachedTokens: timings === null ? null : countCachedTokens(inputTokens, timings),
    totalTokens: null,
    source: 'server-final',
  }
}

/**
 * Tokens of the prompt that came from the cache; older servers state only how many did not. (`tokens_cached` is what
 * the slot holds after the answer.)
 */
function countCachedTokens(inputTokens: number | null, timings: Record<string, unknown>): number | null {
  const stated = asCount(timings['cache_n'])
  const evaluated = asCount(timings['prompt_n'])
  if (stated !== null || inputTokens === null || evaluated === null) return stated
  return Math.max(0, inputTokens - evaluated)
}

/** The finish reason in OpenAI's words. `stopped_limit` is from servers that do not have `stop_type` yet. */
function finishReason(event: Record<string, unknown>): string {
  return event['stop_type'] === 'limit' || event['stopped_limit'] === true ? 'length' : 'stop'
}

function readServerTimings(timings: Record<string, unknown>): ServerTimings {
  return {
    serverTtftMs: asMs(timings['prompt_ms']),
    serverTpotMs: asMs(timings['predicted_per_token_ms']),
    serverLoadMs: null,
  }
}
