import { EMPTY_DELTA, UNKNOWN_DELTA, carryReasoning, carryText, joinDeltas } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, ServerTimings, Usage } from '../api.ts'
import type { Task } from '../../vocabulary/load.ts'
import { addExtraBody, messagesOf, readPromptText, trimPath, replacePath } from './request.ts'
import { asCount, asMs, asObject, asText, readNames } from '../../json.ts'
import { readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'

const PATH: Readonly<Partial<Record<Task, string>>> = {
  chat: '/api/chat',
  completions: '/api/generate',
  embeddings: '/api/embed',
}

/** Ollama's own API: JSON lines, the server's counts and timings in the last one. */
export const ollama: Api = {
  name: 'ollama',
  facts: {
    servers: 'Ollama (native API)',
    length: { most: 'options.num_predict' },
    tokens: 'eval_count of the last line',
    cache: 'a unique prefix',
    health: 'GET /api/version',
    metrics: 'none',
  },
  isIts: isOllama,
  tasks: ['chat', 'completions', 'embeddings'],
  framing: (task) => (task === 'embeddings' ? 'json' : 'ndjson'),
  optionalFields: (task) => (task === 'embeddings' ? [] : ['temperature']),
  url: (endpoint, task) => replacePath(endpoint, `${findBasePath(endpoint)}${PATH[taskOf(endpoint) ?? task]!}`),
  taskOf,
  modelInBody: (_, model) => model,
  modelsUrl: (endpoint) => replacePath(endpoint, `${findBasePath(endpoint)}/api/tags`),
  modelNames: (json) => readNames(asObject(json)?.['models'], 'name'),
  body: composeBody,
  read,
  findsTask: true,
  takesImages: true,
  serverPages: ['/api/version'],
  ownsEvent: (json) => typeof json['done'] === 'boolean' && ('response' in json || 'message' in json),
}

/** Whether the URL has the paths of Ollama's own API, or Ollama's port and no path. */
function isOllama(endpoint: URL): boolean {
  const path = trimPath(endpoint)
  return taskOf(endpoint) !== null || (endpoint.port === '11434' && (path === '' || path === '/api'))
}

function taskOf(endpoint: URL): Task | null {
  switch (/\/api\/(chat|generate|embed|embeddings)$/.exec(trimPath(endpoint))?.[1]) {
    case 'chat':
      return 'chat'
    case 'generate':
      return 'completions'
    // The older embeddings path takes one text at a time.
    case 'embed':
    case 'embeddings':
      return 'embeddings'
    default:
      return null
  }
}

function findBasePath(endpoint: URL): string {
  return trimPath(endpoint).replace(/\/(v1|api(\/(chat|generate|embed|embeddings))?)$/, '')
}

function composeBody({ task, model, fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const named = model === null ? {} : { model }
  if (task === 'embeddings') return addExtraBody({ ...named, input: spec.prompts }, extraBody)
  const body = {
    ...named,
    ...(task === 'chat'
      ? { messages: messagesOf(spec, (content, images) => ({ content, images })) }
      : { prompt: readPromptText(spec) }),
    stream: spec.stream ?? true,
    options: { num_predict: spec.outputTokens, ...(fields.has('temperature') && { temperature: 0 }) },
  }
  return addExtraBody(body, extraBody)
}

/** What one line says, or a whole answer, which has the shape of a last line with the text in it. */
function read(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  if (Array.isArray(event?.['embeddings'])) return readEmbeddings(event, event['embeddings'])
  // A chat has `message`; a completion has its text in the line itself.
  const said = event?.['message'] === undefined ? event : asObject(event['message'])
  if (event === null || said === null || typeof event['done'] !== 'boolean') return UNKNOWN_DELTA
  const last = event['done']
  return {
    ...readSaid(said),
    usage: last ? usageOf(event) : null,
    finishReason: last ? asText(event['done_reason']) : null,
    servedModel: asText(event['model']),
    terminal: last,
    ...(last && { server: readServerTimings(event) }),
  }
}

function readSaid(said: Record<string, unknown>): Delta {
  const text = asText(said['content'] ?? said['response'])
  const thinking = asText(said['thinking'])
  const tool = said['tool_calls'] !== undefined && namesTool(said['tool_calls'])
  if (text === null && thinking === null && !tool) return readUnknownMembers(said, KNOWN_MEMBERS)
  return joinDeltas([carryText(text), carryReasoning(thinking), { ...EMPTY_DELTA, tool }])
}

/** Known members of a message, and of a completion's line. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set(
  'content response thinking tool_calls tool_name images created_at done done_reason remote_model remote_host'.split(
    ' ',
  ),
)

function readEmbeddings(answer: Record<string, unknown>, embeddings: readonly unknown[]): Delta {
  const results = embeddings.map((vector, index) => ({ index, isWhole: Array.isArray(vector) && vector.length > 0 }))
  return {
    ...EMPTY_DELTA,
    text: results.some(({ isWhole }) => isWhole),
    results,
    usage: usageOf(answer),
    servedModel: asText(answer['model']),
    terminal: true,
    server: readServerTimings(answer),
  }
}

function namesTool(calls: unknown): boolean {
  return Array.isArray(calls) && calls.some((call) => asText(asObject(asObject(call)?.['function'])?.['name']) !== null)
}

/** Older servers omit the count of a cached prompt; newer ones state how much was cached. */
function usageOf(event: Record<string, unknown>): Usage {
  return {
    inputTokens: asCount(event['prompt_eval_count']),
    outputTokens: asCount(event['eval_count']),
    reasoningTokens: null,
    cachedTokens: asCount(event['prompt_eval_cached_count']),
    totalTokens: null,
    source: 'server-final',
  }
}

const NANOSECONDS = 1e6

function readServerTimings(event: Record<string, unknown>): ServerTimings {
  const loadMs = toMilliseconds(event['load_duration'])
  const promptMs = toMilliseconds(event['prompt_eval_duration'])
  const answerMs = toMilliseconds(event['eval_duration'])
  const tokens = asCount(event['eval_count'])
  return {
    serverTtftMs: promptMs === null ? null : (loadMs ?? 0) + promptMs,
    serverTpotMs: answerMs === null || !tokens ? null : answerMs / tokens,
    serverLoadMs: loadMs,
  }
}

function toMilliseconds(nanoseconds: unknown): number | null {
  const value = asMs(nanoseconds)
  return value === null ? null : value / NANOSECONDS
}
