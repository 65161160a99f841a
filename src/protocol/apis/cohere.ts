import { EMPTY_DELTA, UNKNOWN_DELTA, carryReasoning, carryText, joinDeltas } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, Usage } from '../api.ts'
import { addExtraBody, messagesOf, placeImageUrls, taskOfPath, trimPath, replacePath } from './request.ts'
import { asArray, asCount, asObject, asText, readNames } from '../../json.ts'
import { readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'

/** `POST /v2/chat` of Cohere: typed events; `[DONE]` may follow the last. */
export const cohere: Api = {
  name: 'cohere',
  facts: {
    servers: 'Cohere v2: the platform, private deployments',
    length: { most: 'max_tokens' },
    tokens: 'usage.tokens of message-end (not billed_units), else events',
    cache: 'a unique prefix',
    health: 'GET /v1/models',
    metrics: 'none',
  },
  isIts: isCohere,
  tasks: ['chat'],
  framing: () => 'sse',
  optionalFields: () => ['temperature'],
  url: (endpoint) => (isFull(endpoint) ? endpoint : replacePath(endpoint, `${removeVersion(endpoint)}/v2/chat`)),
  taskOf: () => 'chat',
  modelInBody: (_, model) => model,
  modelsUrl: (endpoint) => {
    const url = replacePath(endpoint, `${removeVersion(endpoint)}/v1/models`)
    url.searchParams.set('endpoint', 'chat')
    return url
  },
  modelNames: (json) => readNames(asObject(json)?.['models'], 'name'),
  body: buildChatBody,
  takesImages: true,
  read: readCohereEvent,
  ownsEvent: ({ type }) => typeof type === 'string' && /^(message|content|tool-call)-(start|delta|end)$/.test(type),
}

/** Whether the URL is Cohere's or has the path of its API, but not its OpenAI-like path. */
function isCohere(endpoint: URL): boolean {
  const ownHost = /(^|\.)cohere\.(com|ai)$/.test(endpoint.hostname)
  const isOpenAi = taskOfPath(endpoint) !== null || /^\/compatibility(\/|$)/.test(endpoint.pathname)
  return (ownHost && !isOpenAi) || isFull(endpoint)
}

function isFull(endpoint: URL): boolean {
  return trimPath(endpoint).endsWith('/v2/chat')
}

function removeVersion(endpoint: URL): string {
  return trimPath(endpoint).replace(/\/v[12](\/chat)?$/, '')
}

function buildChatBody({ model, fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...(model !== null && { model }),
    messages: messagesOf(spec, placeImageUrls),
    max_tokens: spec.outputTokens,
    stream: spec.stream ?? true,
    ...(fields.has('temperature') && { temperature: 0 }),
  }
  return addExtraBody(body, extraBody)
}

/** What one event of a v2 chat stream says, or a whole answer, which has no type. */
function readCohereEvent(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  const type = event?.['type']
  const whole = asObject(event?.['message'])
  if (event === null || (type === undefined && whole === null)) return UNKNOWN_DELTA
  if (type === undefined) return readWhole(event, whole!)
  if (typeof type !== 'string' || !KNOWN.test(type)) return UNKNOWN_DELTA
  const delta = asObject(event['delta'])
  if (type === 'message-end') return readEnd(delta ?? {})
  const message = asObject(delta?.['message'])
  return message === null ? EMPTY_DELTA : readMessage(message)
}

const KNOWN = /^(message|content|tool-plan|tool-call|citation)-(start|delta|end)$|^debug$/

function readMessage(message: Record<string, unknown>): Delta {
  const content = asObject(message['content'])
  const text = asText(content?.['text'])
  if (text !== null) return carryText(text)
  // The plan is the model's reasoning before it calls a tool.
  const reasoning = asText(content?.['thinking']) ?? asText(message['tool_plan'])
  if (reasoning !== null) return carryReasoning(reasoning)
  const tool = callsOf(message['tool_calls']).reduce<number>((sum, call) => sum + measureCall(call), 0)
  if (tool > 0) return { ...EMPTY_DELTA, tool: true, characters: tool }
  return readUnknownMembers(content ?? message, KNOWN_MEMBERS)
}

/** A whole answer has all parts of its content in a list. */
function readWhole(answer: Record<string, unknown>, message: Record<string, unknown>): Delta {
  const { usage, finishReason, error, terminal } = readEnd(answer)
  const content = asArray(message['content']) ?? [{ text: message['content'] }]
  const members = [...content.map((part) => ({ content: part })), { ...message, content: null, tool_calls: null }]
  const said = joinDeltas([...members, { tool_calls: message['tool_calls'] }].map(readMessage))
  return { ...said, usage, finishReason, error, terminal }
}

const KNOWN_MEMBERS: ReadonlySet<string> = new Set(['type', 'role', 'content', 'tool_calls', 'tool_plan', 'citations'])

function callsOf(calls: unknown): readonly unknown[] {
  return Array.isArray(calls) ? calls : [calls]
}

/** Characters of a tool's name and of the arguments for it. */
function measureCall(call: unknown): number {
  const tool = asObject(asObject(call)?.['function'])
  return (asText(tool?.['name'])?.length ?? 0) + (asText(tool?.['arguments'])?.length ?? 0)
}

function readEnd(end: Record<string, unknown>): Delta {
  const finishReason = asText(end['finish_reason'])
  const said = readStreamError(end, '')
  const failed = finishReason !== null && /^(ERROR|TIMEOUT)/.test(finishReason)
  return {
    ...EMPTY_DELTA,
    usage: readUsage(end['usage']),
    finishReason,
    error: said ?? (failed ? `finish_reason "${finishReason}"` : null),
    terminal: true,
  }
}

/** `tokens` counts what the model read and wrote, `billed_units` what is paid for. */
function readUsage(value: unknown): Usage | null {
  const usage = asObject(value)
  const tokens = asObject(usage?.['tokens'])
  if (usage === null || tokens === null) return null
  return {
    inputTokens: asCount(tokens['input_tokens']),
    outputTokens: asCount(tokens['output_tokens']),
    reasoningTokens: null,
    cachedTokens: asCount(usage['cached_tokens']),
    totalTokens: null,
  }
}
