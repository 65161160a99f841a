/** OpenAI's chat, completions and embeddings, as most servers speak them. */

import type { Task } from '../../vocabulary/load.ts'
import { UNKNOWN_DELTA } from '../api.ts'
import type { Api, Delta, ServerTimings, Usage } from '../api.ts'
import { asCount, asObject, asText, asMs } from '../../json.ts'
import {
  listServerMetricsUrls,
  buildChatBody,
  buildCompletionsBody,
  buildEmbeddingsBody,
  openAiKeyPlace,
  openAiModelNames,
  openAiModelsUrl,
  urlOfDeployment,
  openAiUrl,
  taskOfPath,
} from './request.ts'
import { SERVER_PAGES } from '../servers.ts'
import { readErrorMessage, readStreamError } from '../refusal.ts'
import { classifyMember, holdsCiphertext, holdsReasoning, holdsText, measureText } from '../unknown-members.ts'

/** What chat and completions have in common. */
const TEXT_FACTS = {
  length: 'ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt',
  tokens: 'usage, wherever it stands, else events',
  cache: 'cache_salt where the server takes it, and a unique prefix',
}

/** `POST /v1/chat/completions`, as OpenAI, vLLM, SGLang, TGI, llama.cpp, LiteLLM, NIM and most others speak it. */
export const openAiChat: Api = {
  name: 'openai-chat',
  facts: {
    servers:
      'vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, TGI, llama.cpp, Ollama, LiteLLM, OpenRouter, Groq, Mistral, DeepSeek, xAI, Perplexity, Z.ai, Snowflake, OpenAI, Azure OpenAI',
    ...TEXT_FACTS,
    health: 'GET /health on vLLM, SGLang, TGI, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models',
    metrics: 'vLLM, SGLang, TGI, llama.cpp, NIM, LMDeploy',
  },
  ...shareTaskMembers('chat'),
  ...streamTokens(),
  body: buildChatBody,
  takesImages: true,
  ownsEvent: (json) => Array.isArray(json['choices']) && !ownsCompletion(json),
}

/** `POST /v1/completions`: a prompt instead of messages, `choices[].text` instead of deltas. */
export const openAiCompletions: Api = {
  name: 'openai-completions',
  facts: {
    servers: 'vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, llama.cpp',
    ...TEXT_FACTS,
    health: 'GET /health on vLLM, SGLang, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models',
    metrics: 'vLLM, SGLang, llama.cpp, NIM, LMDeploy',
  },
  ...shareTaskMembers('completions'),
  ...streamTokens(),
  body: buildCompletionsBody,
  ownsEvent: ownsCompletion,
}

/** `POST /v1/embeddings`: one JSON answer, no stream. */
export const openAiEmbeddings: Api = {
  name: 'openai-embeddings',
  facts: {
    servers: 'vLLM, SGLang, NIM, text-embeddings-inference, LiteLLM, OpenAI, Azure OpenAI',
    length: 'does not apply',
    tokens: 'usage (input tokens)',
    cache: 'a unique prefix',
    health: 'GET /v1/models',
    metrics: 'vLLM, SGLang, NIM',
  },
  ...shareTaskMembers('embeddings'),
  framing: () => 'json',
  optionalFields: () => [],
  body: buildEmbeddingsBody,
  read: readEmbeddings,
  ownsEvent: ({ data }) => Array.isArray(data) && asObject(data[0])?.['embedding'] !== undefined,
}

/** What the APIs of one task share: URLs, key, models and pages. */
export function shareTaskMembers(task: Task) {
  return {
    isIts: (endpoint) => taskOfPath(endpoint) === task,
    tasks: [task],
    keyPlace: openAiKeyPlace,
    url: (endpoint) => openAiUrl(endpoint, task),
    taskOf: () => task,
    modelInBody: (_, model) => model,
    urlOfModel: urlOfDeployment,
    modelsUrl: openAiModelsUrl,
    modelNames: openAiModelNames,
    findsTask: true,
    serverPages: SERVER_PAGES,
    metricsUrls: listServerMetricsUrls,
  } satisfies Partial<Api>
}

/** What the two APIs that stream text share. */
function streamTokens() {
  return {
    framing: () => 'sse',
    optionalFields: () => ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt'],
    read: readOpenAiEvent,
    isOpenAiLike: true,
    // Without it, most servers do not count tokens.
    assumedFields: ['stream_options'],
  } satisfies Partial<Api>
}

/** Whether an event or a whole answer is of completions; chat has `message` or `delta` instead of `text`. */
function ownsCompletion(json: Readonly<Record<string, unknown>>): boolean {
  const choices = json['choices']
  if (!Array.isArray(choices)) return false
  const choice = asObject(choices[0])
  return json['object'] === 'text_completion' || (choice !== null && 'text' in choice)
}

/** Reads the answer of an embeddings request; `text` is true when it holds an embedding. */
export function readEmbeddings(json: unknown, eventName: string): Delta {
  const { error, usage, servedModel } = readOpenAiEvent(json, eventName)
  const data = asObject(json)?.['data']
  if (!Array.isArray(data)) return { ...UNKNOWN_DELTA, error, usage, unknown: error === null }
  const results = data.map((item, i) => ({
    index: asCount(asObject(item)?.['index']) ?? i,
    isWhole: isEmbedding(item),
  }))
  const text = results.some(({ isWhole }) => isWhole)
  return { ...UNKNOWN_DELTA, text, results, error, usage, servedModel, terminal: true, unknown: false }
}

function isEmbedding(item: unknown): boolean {
  const embedding = asObject(item)?.['embedding']
  // A text is an embedding in base64.
  return Array.isArray(embedding) ? embedding.length > 0 : asText(embedding) !== null
}

/** What one event of an OpenAI-like stream says: chat (`delta`) and completions (`text`), from any server; or a whole answer. */
export function readOpenAiEvent(json: unknown, eventName: string): Delta {
  const event = asObject(json)
  const error = readStreamError(json, eventName)
  if (event === null) return error === null ? UNKNOWN_DELTA : { ...UNKNOWN_DELTA, error, unknown: false }

  const found: OpenAiContent = {
    content: '',
    thought: 0,
    said: 0,
    text: false,
    reasoning: false,
    tool: false,
    concealed: false,
    unread: null,
    finishReason: null,
    error,
  }
  const choices = event['choices']
  if (Array.isArray(choices)) for (const choice of choices) readChoice(asObject(choice), event, found)
  // Some agents send a bare choice.
  else if (event['delta'] !== undefined) readChoice(event, event, found)

  const usage = readOpenAiUsage(event)
  const server = readServerTimings(event)
  const delta: Delta = {
    text: found.text,
    reasoning: found.reasoning,
    tool: found.tool,
    concealed: found.concealed,
    content: found.content,
    characters: found.content.length + found.thought + found.said,
    unread: found.text || found.reasoning || found.tool ? null : found.unread,
    usage,
    finishReason: found.finishReason,
    servedModel: asText(event['model']),
    error: found.error,
    terminal: false,
    unknown: !Array.isArray(choices) && usage === null && asObject(event['delta']) === null && found.error === null,
  }
  // This runs for every token: spreading an object would cost more than all the reading.
  return server === null ? delta : { ...delta, server }
}

/** What an event carries, as far as it has been read. */
interface OpenAiContent {
  content: string
  /** Characters of reasoning, and of everything else but content. */
  thought: number
  said: number
  text: boolean
  reasoning: boolean
  tool: boolean
  concealed: boolean
  /** The name of a member with a text that is not read. */
  unread: string | null
  finishReason: string | null
  error: string | null
}

function readChoice(
  choice: Record<string, unknown> | null,
  event: Record<string, unknown>,
  found: OpenAiContent,
): void {
  if (choice === null) return
  // Only the delta is new: `message` beside it repeats the answer so far.
  const delta = asObject(choice['delta'])
  if (delta !== null) {
    readDelta(delta, found)
    if (!found.text && !found.reasoning && !found.tool) readBeside(choice, found)
  } else if (typeof choice['text'] === 'string') readText(choice, choice['text'], found)
  else if (event['object'] === 'chat.completion') readDelta(asObject(choice['message']) ?? {}, found)
  // A stream of whole messages, of which the new part is unknown.
  else if (measureText(choice['message']) > 0) found.unread ??= 'message'
  found.finishReason = asText(choice['finish_reason']) ?? found.finishReason
  if (choice['error']) found.error ??= readErrorMessage(choice['error'])
  if (found.finishReason === 'error' || found.finishReason === 'abort')
    found.error ??= `finish_reason "${found.finishReason}"`
}

/** The text of a completion; where it is empty, another member may hold the output. */
function readText(choice: Record<string, unknown>, text: string, found: OpenAiContent): void {
  addContent(text, found)
  if (text === '') readBeside(choice, found)
}

/** The other members of a choice whose text or delta is empty. */
function readBeside(choice: Record<string, unknown>, found: OpenAiContent): void {
  for (const name in choice) if (!CHOICE_MEMBERS.has(name)) readMember(name, choice[name], found)
}

/** Known members of a choice. */
const CHOICE_MEMBERS: ReadonlySet<string> = new Set(
  'index delta message text finish_reason stop_reason finish_details logprobs prompt_logprobs token_ids prompt_token_ids matched_stop native_finish_reason content_filter_results usage error'.split(
    ' ',
  ),
)

function readDelta(delta: Record<string, unknown>, found: OpenAiContent): void {
  // An agent's tool result is input to the model, not its output.
  if (delta['role'] === 'tool') return
  for (const name in delta) {
    const value = delta[name]
    if (value === null || value === '' || name === 'role') continue
    if (name === 'content') readContent(value, found)
    else if (name === 'refusal') addText(measureText(value), found)
    else if (name === 'tool_calls') readToolCalls(value, found)
    else if (name === 'function_call') readTool(asObject(value), found)
    else readMember(name, value, found)
  }
}

function readMember(name: string, value: unknown, found: OpenAiContent): void {
  switch (classifyMember(name)) {
    case 'reasoning': {
      const characters = measureText(value)
      const conceals = typeof value === 'object' && holdsCiphertext(value)
      addThought(characters, found)
      found.concealed ||= conceals
      if (characters === 0 && !conceals && holdsText(value)) found.unread ??= name
      return
    }
    case 'concealed':
      found.concealed = true
      return
    case 'no-output':
      if (typeof value === 'object' && holdsReasoning(value)) found.unread ??= name
      return
    case null:
      if (holdsText(value)) found.unread ??= name
  }
}

/** Two members may hold the same text, which is counted once. */
function addThought(characters: number, found: OpenAiContent): void {
  found.reasoning ||= characters > 0
  found.thought = Math.max(found.thought, characters)
}

/** Counts answer text without keeping it. */
function addText(characters: number, found: OpenAiContent): void {
  found.text ||= characters > 0
  found.said += characters
}

function readContent(content: unknown, found: OpenAiContent): void {
  if (typeof content === 'string') addContent(content, found)
  else if (Array.isArray(content)) for (const part of content) readPart(asObject(part), found)
}

function addContent(text: string, found: OpenAiContent): void {
  found.text ||= text !== ''
  found.content = found.content === '' ? text : found.content + text
}

// Parts of a content array: Mistral's `thinking`, `reasoning` with a summary, otherwise answer text.
function readPart(part: Record<string, unknown> | null, found: OpenAiContent): void {
  if (part === null) return
  const type = part['type']
  if (type === 'reasoning' || type === 'thinking') {
    addThought(measureText(part), found)
    found.concealed ||= holdsCiphertext(part)
  } else if (typeof part['text'] === 'string') addContent(part['text'], found)
  else addText(measureText(part), found)
}

function readToolCalls(calls: unknown, found: OpenAiContent): void {
  if (!Array.isArray(calls)) return
  for (const call of calls) {
    const tool = asObject(call)
    readTool(asObject(tool?.['function']) ?? asObject(tool?.['custom']), found)
  }
}

function readTool(tool: Record<string, unknown> | null, found: OpenAiContent): void {
  if (tool === null) return
  const name = asText(tool['name'])
  const given = tool['arguments'] ?? tool['input']
  const text = asText(given)
  found.tool ||= name !== null || text !== null || asObject(given) !== null
  found.said += (name?.length ?? 0) + (text?.length ?? 0)
}

/**
 * The token counts of one event of an OpenAI-like answer, wherever its server puts them: `usage`, `x_groq.usage`, the
 * first choice's `usage`, llama.cpp's `timings`. Null when there are none.
 */
function readOpenAiUsage(event: Record<string, unknown>): Usage | null {
  const usage = asObject(event['usage']) ?? findUsageElsewhere(event)
  const timings = event['timings'] === undefined ? null : asObject(event['timings'])
  if (usage === null && timings === null) return null
  const input = asObject(usage?.['prompt_tokens_details'])
  const output = asObject(usage?.['completion_tokens_details'])
  return {
    inputTokens: asCount(usage?.['prompt_tokens']),
    outputTokens: asCount(usage?.['completion_tokens']),
    totalTokens: asCount(usage?.['total_tokens']),
    reasoningTokens: asCount(output?.['reasoning_tokens']) ?? asCount(usage?.['reasoning_tokens']),
    cachedTokens:
      asCount(input?.['cached_tokens']) ?? asCount(usage?.['prompt_cache_hit_tokens']) ?? asCount(timings?.['cache_n']),
  }
}

/**
 * The server's own times in one event of an OpenAI-like answer: llama.cpp's `timings` (whose TTFT omits the queue),
 * the times in GPUStack's `usage`, `sla_metrics`. Null when there are none.
 */
function readServerTimings(event: Record<string, unknown>): ServerTimings | null {
  if (!event['timings'] && !event['usage'] && !event['sla_metrics']) return null
  const timings = event['timings'] === undefined ? null : asObject(event['timings'])
  const usage = event['usage'] === undefined ? null : asObject(event['usage'])
  const agreed = asObject(event['sla_metrics'] ?? usage?.['sla_metrics'])
  const serverTtftMs = asMs(timings?.['prompt_ms'] ?? usage?.['time_to_first_token_ms'] ?? agreed?.['ttft_ms'])
  const serverTpotMs = asMs(timings?.['predicted_per_token_ms'] ?? usage?.['time_per_output_token_ms'])
  return serverTtftMs === null && serverTpotMs === null ? null : { serverTtftMs, serverTpotMs, serverLoadMs: null }
}

function findUsageElsewhere(event: Record<string, unknown>): Record<string, unknown> | null {
  const groq = event['x_groq'] === undefined ? null : asObject(asObject(event['x_groq'])?.['usage'])
  if (groq !== null) return groq
  const choices = event['choices']
  return Array.isArray(choices) ? asObject(asObject(choices[0])?.['usage']) : null
}
