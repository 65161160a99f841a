import { EMPTY_DELTA, UNKNOWN_DELTA, carryReasoning, carryText, carryTool, joinDeltas } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, Usage } from '../api.ts'
import {
  addExtraBody,
  conversationOf,
  openAiModelNames,
  taskOfPath,
  trimPath,
  replacePath,
  listServerMetricsUrls,
} from './request.ts'
import type { PlaceImages } from './request.ts'
import { asArray, asCount, asObject, asText } from '../../json.ts'
import { readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'

/** `POST /v1/messages`: typed events, no `[DONE]`. */
export const anthropic: Api = {
  name: 'anthropic',
  facts: {
    servers: 'Anthropic, Azure Foundry, LiteLLM, DeepSeek, Moonshot, Z.ai, vLLM (with auth: bearer)',
    length: { most: 'max_tokens' },
    tokens: 'usage of message_delta, else events',
    cache: 'a unique prefix; nothing is marked for caching',
    health: 'GET /v1/models',
    metrics: 'vLLM',
  },
  isIts: isAnthropic,
  tasks: ['chat'],
  headers: { 'anthropic-version': '2023-06-01' },
  keyPlace: () => ({ header: 'x-api-key' }),
  framing: () => 'sse',
  optionalFields: () => ['temperature'],
  url: (endpoint) => (isFull(endpoint) ? endpoint : placeUnderBase(endpoint, '/messages')),
  taskOf: () => 'chat',
  modelInBody: (_, model) => model,
  modelsUrl: (endpoint) =>
    isFull(endpoint)
      ? replacePath(endpoint, trimPath(endpoint).replace(/\/messages$/, '/models'))
      : placeUnderBase(endpoint, '/models'),
  modelNames: openAiModelNames,
  body: buildMessagesBody,
  takesImages: true,
  read: readAnthropicEvent,
  // Pages of vLLM and LiteLLM, which speak it too; the service itself is recognised by its headers.
  serverPages: ['/version', '/v1/models', '/v1/version', '/health/readiness'],
  metricsUrls: listServerMetricsUrls,
  ownsEvent,
}

/** Whether the URL is Anthropic's or has the paths of its API, but not its OpenAI-like path. */
function isAnthropic(endpoint: URL): boolean {
  if (taskOfPath(endpoint) !== null) return false
  const ownHost = /(^|\.)anthropic\.com$/.test(endpoint.hostname)
  return ownHost || /\/v1\/messages$|\/anthropic(\/v1)?$/.test(trimPath(endpoint))
}

function isFull(endpoint: URL): boolean {
  return trimPath(endpoint).endsWith('/messages')
}

function placeUnderBase(endpoint: URL, suffix: string): URL {
  const path = trimPath(endpoint)
  return replacePath(endpoint, `${path}${/\/v\d+$/.test(path) ? '' : '/v1'}${suffix}`)
}

function buildMessagesBody({ model, fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const { system, messages } = conversationOf(spec, placeImages)
  const body = {
    ...(model !== null && { model }),
    ...(system !== null && { system }),
    messages,
    max_tokens: spec.outputTokens,
    stream: spec.stream ?? true,
    ...(fields.has('temperature') && { temperature: 0 }),
  }
  return addExtraBody(body, extraBody)
}

const placeImages: PlaceImages = (text, images) => ({
  content: [
    { type: 'text', text },
    ...images.map((data) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } })),
  ],
})

/** What one event of a Messages stream says, or a whole answer. */
function readAnthropicEvent(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  switch (event?.['type']) {
    case 'content_block_delta':
      return readDelta(asObject(event['delta']))
    case 'content_block_start':
      return readBlock(asObject(event['content_block']))
    case 'message_start':
      return readStart(asObject(event['message']))
    case 'message_delta':
      return {
        ...EMPTY_DELTA,
        usage: readUsage(event['usage']),
        finishReason: asText(asObject(event['delta'])?.['stop_reason']),
      }
    case 'message_stop':
      return { ...EMPTY_DELTA, terminal: true }
    case 'content_block_stop':
    case 'ping':
      return EMPTY_DELTA
    case 'message':
      return readWhole(event)
    default:
      return UNKNOWN_DELTA
  }
}

function readDelta(delta: Record<string, unknown> | null): Delta {
  switch (delta?.['type']) {
    case 'text_delta':
      return carryText(asText(delta['text']))
    case 'thinking_delta':
      return carryReasoning(asText(delta['thinking']))
    case 'input_json_delta':
      return carryTool(asText(delta['partial_json']))
    // Neither signatures nor citations are output of the model.
    case 'signature_delta':
    case 'citations_delta':
      return EMPTY_DELTA
    default:
      return delta === null ? EMPTY_DELTA : readUnknownMembers(delta, NO_OUTPUT)
  }
}

/** The start of a block: it may name a tool or hold the first text; thinking may start without ever being shown. */
function readBlock(block: Record<string, unknown> | null): Delta {
  const type = block?.['type']
  if (type === 'text') return carryText(asText(block?.['text']))
  if (type === 'thinking') {
    const thinking = asText(block?.['thinking'])
    return thinking === null ? CONCEALED_DELTA : carryReasoning(thinking)
  }
  if (type === 'redacted_thinking') return CONCEALED_DELTA
  if (block === null || typeof type !== 'string' || type.endsWith('tool_result')) return EMPTY_DELTA
  return type.endsWith('tool_use') ? carryTool(asText(block['name'])) : readUnknownMembers(block, NO_OUTPUT)
}

const NO_OUTPUT: ReadonlySet<string> = new Set(['type'])
const CONCEALED_DELTA: Delta = { ...EMPTY_DELTA, concealed: true }

/** The count of output tokens at the start of a message is a placeholder. */
function readStart(message: Record<string, unknown> | null): Delta {
  const usage = readUsage(message?.['usage'])
  return {
    ...EMPTY_DELTA,
    usage: usage === null ? null : { ...usage, outputTokens: null },
    servedModel: asText(message?.['model']),
  }
}

function readWhole(message: Record<string, unknown>): Delta {
  return {
    ...joinDeltas(asArray(message['content'])?.map((block) => readWholeBlock(asObject(block))) ?? []),
    usage: readUsage(message['usage']),
    finishReason: asText(message['stop_reason']),
    servedModel: asText(message['model']),
    terminal: true,
  }
}

/** In a whole answer a block also holds a tool's arguments, which in a stream follow its start. */
function readWholeBlock(block: Record<string, unknown> | null): Delta {
  const begun = readBlock(block)
  const given = begun.tool ? asObject(block?.['input']) : null
  return given === null ? begun : joinDeltas([begun, carryTool(JSON.stringify(given))])
}

/** `input_tokens` leaves out what was read from the cache and what was written to it. */
function readUsage(value: unknown): Usage | null {
  const usage = asObject(value)
  if (usage === null) return null
  const read = asCount(usage['cache_read_input_tokens'])
  const written = asCount(usage['cache_creation_input_tokens'])
  const uncached = asCount(usage['input_tokens'])
  return {
    inputTokens: uncached === null ? null : uncached + (read ?? 0) + (written ?? 0),
    outputTokens: asCount(usage['output_tokens']),
    reasoningTokens: asCount(asObject(usage['output_tokens_details'])?.['thinking_tokens']),
    cachedTokens: read,
    totalTokens: null,
  }
}

function ownsEvent({ type, error }: Readonly<Record<string, unknown>>): boolean {
  if (typeof type !== 'string') return false
  if (type === 'error') return typeof asObject(error)?.['type'] === 'string'
  return type === 'message' || /^(message_(start|delta|stop)|content_block_)/.test(type)
}
