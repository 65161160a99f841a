import { EMPTY_DELTA, UNKNOWN_DELTA, carryReasoning, carryText, carryTool, joinDeltas } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, Usage } from '../api.ts'
import {
  openAiKeyPlace,
  openAiModelNames,
  openAiModelsUrl,
  placeUnderOpenAiBase,
  pickOptionalMembers,
  addExtraBody,
  messagesOf,
  writeDataUrl,
  trimPath,
  listServerMetricsUrls,
} from './request.ts'
import type { PlaceImages } from './request.ts'
import { asArray, asCount, asObject, asText } from '../../json.ts'
import { classifyMember, holdsCiphertext, measureText, readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'
import { SERVER_PAGES } from '../servers.ts'

/**
 * `POST /v1/responses`: typed events, no `[DONE]`. Platforms for agents speak it under paths of their own, such as `/invocations`.
 */
export const openAiResponses: Api = {
  name: 'openai-responses',
  facts: {
    servers: 'OpenAI, Azure OpenAI, vLLM, SGLang, Ollama, LiteLLM, OpenRouter',
    length: { most: 'ignore_eos where the server takes it, else max_output_tokens (at least 16)' },
    tokens: 'response.usage of the last event, else events',
    cache: 'cache_salt where the server takes it, and a unique prefix',
    health: 'GET /v1/models',
    metrics: 'vLLM, SGLang',
  },
  isIts: isOpenAiResponses,
  tasks: ['chat'],
  keyPlace: openAiKeyPlace,
  framing: () => 'sse',
  optionalFields: () => ['temperature', 'ignore_eos', 'cache_salt'],
  url: (endpoint) => (isFull(endpoint) ? endpoint : placeUnderOpenAiBase(endpoint, '/responses')),
  taskOf: () => 'chat',
  modelInBody: (endpoint, model) => (trimPath(endpoint).endsWith('/invocations') ? null : model),
  modelsUrl: openAiModelsUrl,
  modelNames: openAiModelNames,
  body: buildResponsesBody,
  takesImages: true,
  read: readResponsesEvent,
  serverPages: SERVER_PAGES,
  metricsUrls: listServerMetricsUrls,
  ownsEvent: ({ object, type }) =>
    object === 'response' || (typeof type === 'string' && /^response\.(created|in_progress|output|queued)/.test(type)),
}

/** Whether the path is that of the Responses API. */
export function isOpenAiResponses(endpoint: URL): boolean {
  return /\/(open-)?responses$/.test(trimPath(endpoint))
}

/** Whether requests go to the URL itself: a path of agents (`/invocations`) does, but does not show the API. */
function isFull(endpoint: URL): boolean {
  return isOpenAiResponses(endpoint) || trimPath(endpoint).endsWith('/invocations')
}

/** OpenAI refuses fewer. */
const LEAST_OUTPUT_TOKENS = 16

function buildResponsesBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...(dialect.model !== null && { model: dialect.model }),
    // Agents do not take a bare text.
    input: messagesOf(spec, placeImages),
    max_output_tokens: Math.max(LEAST_OUTPUT_TOKENS, spec.outputTokens),
    stream: spec.stream ?? true,
    // By default the server keeps every answer for weeks.
    store: false,
    ...pickOptionalMembers(dialect, spec),
  }
  return addExtraBody(body, dialect.extraBody)
}

const placeImages: PlaceImages = (text, images) => ({
  content: [
    { type: 'input_text', text },
    ...images.map((image) => ({ type: 'input_image', image_url: writeDataUrl(image), detail: 'auto' })),
  ],
})

/**
 * What one event of a Responses stream says, or a whole answer. The `type` decides, because some servers omit the
 * `event:` lines, and some leave `status` null.
 */
export function readResponsesEvent(json: unknown, eventName: string): Delta {
  const event = asObject(json)
  const type = event?.['type']
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  if (event?.['object'] === 'response') return readWhole(event)
  if (type === 'keepalive') return EMPTY_DELTA
  if (event === null || typeof type !== 'string' || !type.startsWith('response.')) return UNKNOWN_DELTA
  if (type.endsWith('.delta')) return deltaOf(type, asText(event['delta']))
  if (type === 'response.output_item.added') return carryTool(readToolName(event['item']))
  // The `.done` events repeat the deltas. Some agents end with the message's one and `[DONE]`.
  if (type === 'response.output_item.done') return isMessage(event['item']) ? MESSAGE_DONE : EMPTY_DELTA
  const response = asObject(event['response'])
  if (response === null) return EMPTY_DELTA
  const end = type.slice('response.'.length)
  return ENDS.has(end) ? readEnd(response, end) : { ...EMPTY_DELTA, servedModel: asText(response['model']) }
}

/** Every `.delta` is output; those of tools have many names (functions, custom tools, MCP, code). */
function deltaOf(type: string, text: string | null): Delta {
  if (type === 'response.output_text.delta' || type === 'response.refusal.delta') return carryText(text)
  return classifyMember(type) === 'reasoning' ? carryReasoning(text) : carryTool(text)
}

const MESSAGE_DONE: Delta = { ...EMPTY_DELTA, endsAtDone: true }

const ENDS: ReadonlySet<string> = new Set(['completed', 'incomplete', 'failed', 'cancelled'])

function readEnd(response: Record<string, unknown>, end: string | null): Delta {
  const failed = end === 'failed' || end === 'cancelled'
  return {
    ...EMPTY_DELTA,
    usage: readUsage(response['usage']),
    finishReason: asText(asObject(response['incomplete_details'])?.['reason']) ?? end,
    servedModel: asText(response['model']),
    error: readStreamError(response, '') ?? (failed ? `response.${end}` : null),
    terminal: true,
  }
}

/** Older versions of SGLang use the names of chat. */
function readUsage(value: unknown): Usage | null {
  const usage = asObject(value)
  if (usage === null) return null
  return {
    inputTokens: asCount(usage['input_tokens'] ?? usage['prompt_tokens']),
    outputTokens: asCount(usage['output_tokens'] ?? usage['completion_tokens']),
    reasoningTokens: asCount(asObject(usage['output_tokens_details'])?.['reasoning_tokens']),
    cachedTokens: asCount(asObject(usage['input_tokens_details'])?.['cached_tokens']),
    totalTokens: asCount(usage['total_tokens']),
  }
}

function isMessage(item: unknown): boolean {
  return asObject(item)?.['type'] === 'message'
}

function readToolName(value: unknown): string | null {
  const item = asObject(value)
  return typeof item?.['type'] === 'string' && item['type'].endsWith('_call') ? asText(item['name']) : null
}

function readWhole(response: Record<string, unknown>): Delta {
  const { usage, finishReason, servedModel, error, terminal } = readEnd(response, asText(response['status']))
  const items = asArray(response['output']) ?? []
  const said = joinDeltas(items.flatMap((item) => readItem(asObject(item) ?? {})))
  return { ...said, usage, finishReason, servedModel, error, terminal }
}

/** What one item of a whole answer says: a message, reasoning, or the call of a tool. */
function readItem(item: Record<string, unknown>): readonly Delta[] {
  const type = asText(item['type']) ?? 'message'
  if (type === 'message') return (asArray(item['content']) ?? [{ text: item['content'] }]).map(readPart)
  if (type === 'reasoning')
    return [
      {
        ...EMPTY_DELTA,
        reasoning: measureText(item) > 0,
        characters: measureText(item),
        concealed: holdsCiphertext(item),
      },
    ]
  // A tool's answer is not output of the model.
  if (type.endsWith('_output')) return []
  if (type.endsWith('_call'))
    return ['name', 'arguments', 'input', 'code'].map((member) => carryTool(asText(item[member])))
  return [readUnknownMembers(item, NO_OUTPUT)]
}

function readPart(value: unknown): Delta {
  const part = asObject(value) ?? {}
  const text = asText(part['text']) ?? asText(part['refusal'])
  return text === null ? readUnknownMembers(part, NO_OUTPUT) : carryText(text)
}

const NO_OUTPUT: ReadonlySet<string> = new Set(['type'])
