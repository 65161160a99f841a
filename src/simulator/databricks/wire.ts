import type { Task } from '../../vocabulary/load.ts'
import { listFields, readImageUrls, readModel, readMessages, completeRequest, readTask } from '../wires/read-body.ts'
import { createChunkWriter, countOpenAiUsage, OPENAI_WORDS } from '../wires/openai-family.ts'
import type { ChunkForm, UsageEvents } from '../wires/openai-family.ts'
import { readLength, COMPLETIONS_FORM, readOnePrompt, readEmbeddingsRequest } from '../wires/openai.ts'
import type { StatedFacts, AnswerWriter, FinishReason, Route, Said, Wire, Fields } from '../wires/wire.ts'
import { DONE, EVENT_STREAM, answerJson, rememberByCount, formatEvent, writeTokens } from '../wires/wire.ts'

const SUFFIXES: Readonly<Record<string, Task>> = {
  'chat/completions': 'chat',
  completions: 'completions',
  embeddings: 'embeddings',
}

const SAMPLING: Fields = {
  model: 'text',
  ...listFields('whole', 'max_tokens n top_k seed'),
  ...listFields('number', 'temperature top_p'),
  stop: 'text|list',
  stream: 'flag',
  logprobs: 'any',
}

/** The fields of the strict schema; none forces the length of an answer. */
const FIELDS: Readonly<Partial<Record<Task, Fields>>> = {
  chat: {
    ...SAMPLING,
    messages: 'list',
    tools: 'list',
    tool_choice: 'text|object',
    response_format: 'object',
    top_logprobs: 'whole',
    reasoning_effort: 'text',
  },
  completions: {
    ...SAMPLING,
    prompt: 'text|list',
    suffix: 'text',
    echo: 'flag',
    error_behavior: 'text',
    use_raw_prompt: 'flag',
  },
  embeddings: { model: 'text', input: 'text|list', instruction: 'text', encoding_format: 'text' },
}

const ERROR_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  429: 'REQUEST_LIMIT_EXCEEDED',
  503: 'TEMPORARILY_UNAVAILABLE',
}

/** Databricks model serving, native, OpenAI-compatible, AI Gateway and route-optimised. */
export const databricksWire: Wire = {
  api: 'databricks',
  samplePath: '/serving-endpoints/simulated-model/invocations',
  alwaysStrict: true,
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `Bad request: json: unknown field ${JSON.stringify(path.split('.').at(-1))}`,
    wrongType: (path, expected) => `Bad request: json: cannot unmarshal into field ${path}, which is ${expected}`,
    tooLong: (limit, inputTokens) =>
      `Bad request: rpc error: code = InvalidArgument desc = prompt token count (${inputTokens}) cannot exceed ${limit}. ` +
      'Please reduce the length of your prompt.',
    noModel: () => ({
      status: 404,
      message:
        'The given endpoint does not exist, please retry after checking the specified model and version deployment exists.',
    }),
    wrongTask: (task) => ({ status: 400, message: `Bad request: this endpoint does not serve llm/v1/${task}` }),
  },
  route: findDatabricksRoute,
  fields: (_, task) => FIELDS[task] ?? {},
  taskOf: readTask,
  read(body, route, task) {
    if (task === 'embeddings') return readEmbeddingsRequest(body, route.model)
    const chat = task === 'chat'
    return completeRequest({
      task,
      // The native path names the endpoint, and the endpoint knows its model.
      model: route.form === 'native' ? null : readModel(body),
      stream: body['stream'] === true,
      texts: chat ? [readMessages(body)] : readOnePrompt(body),
      images: readImageUrls(body['messages']),
      ...readLength(body),
      reasons: chat,
      answer: (facts) => createDatabricksWriter(facts, chat),
    })
  },
  error: sayDatabricksError,
}

function findDatabricksRoute({ pathname }: URL): Route | null {
  if (/^(\/[^/]+)?\/serving-endpoints\/[^/]+(\/served-models\/[^/]+)?\/invocations$/.test(pathname)) {
    return { task: null, model: null, stream: null, form: 'native' }
  }
  const suffix = /^(?:\/serving-endpoints|\/ai-gateway\/mlflow\/v1)\/(.+)$/.exec(pathname)?.[1]
  if (suffix === undefined || !Object.hasOwn(SUFFIXES, suffix)) return null
  return { task: SUFFIXES[suffix]!, model: null, stream: null, form: '' }
}

function sayDatabricksError(status: number, message: string): Said {
  return answerJson(status, { error_code: ERROR_CODES[status] ?? 'INTERNAL_ERROR', message })
}

function createDatabricksWriter(facts: StatedFacts, chat: boolean): AnswerWriter {
  const { usage: place, chatShape: shape } = facts.manners
  if (chat && shape === 'agent') return createAgentWriter(facts)
  // It has no separate event for usage.
  const everywhere = place === 'every-chunk' || place === 'final-chunk'
  const usage: UsageEvents = { everywhere, atFinish: everywhere || place === 'finish-chunk', apart: false }
  const common = { usage, wholeUsage: place !== 'none', error: (message: string) => sayDatabricksError(500, message) }
  const usageOf = (outputTokens: number): unknown => countOpenAiUsage(facts, outputTokens)
  const form: ChunkForm = chat
    ? { ...createChatForm(facts), ...common, usageOf: shape === 'arrays' ? writeArraysUsage(facts) : usageOf }
    : { ...COMPLETIONS_FORM, ...common, usageOf }
  return createChunkWriter(facts, form)
}

/** Reasoning is a list of parts in every shape, answers are one in `arrays`. */
function createChatForm({ manners }: StatedFacts) {
  const writeText = (text: string): unknown =>
    manners.chatShape === 'arrays' && text !== '' ? [{ type: 'text', text }] : text
  const writeThought = (text: string) => [{ type: 'reasoning', summary: [{ type: 'summary_text', text }] }]
  const buildChoice = (content: unknown, finish: FinishReason | null) => ({
    index: 0,
    delta: { role: 'assistant', content },
    logprobs: null,
    finish_reason: finish,
  })
  return {
    object: 'chat.completion.chunk',
    wholeObject: 'chat.completion',
    idPrefix: 'chatcmpl',
    opening: null,
    choice: (part: string, text: string) =>
      buildChoice(part === 'reasoning' ? writeThought(text) : writeText(text), null),
    finish: (reason: FinishReason) => buildChoice('', reason),
    answer(reasoning: string, text: string, reason: FinishReason) {
      const silent = reasoning === '' || manners.reasoningField === 'hidden'
      const content = silent ? writeText(text) : [...writeThought(reasoning), { type: 'text', text }]
      return { index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: reason }
    },
  }
}

/** Reasoning models count only at the end. */
function writeArraysUsage(facts: StatedFacts): (outputTokens: number, finished: boolean) => unknown {
  return (outputTokens, finished) => {
    const usage = countOpenAiUsage(facts, outputTokens)
    return finished ? usage : { ...usage, completion_tokens: null, total_tokens: null }
  }
}

/** The stream of an agent: deltas without choices. */
function createAgentWriter(facts: StatedFacts): AnswerWriter {
  const id = `chatcmpl-${facts.id}`
  const buildDelta = (content: string) => ({ role: 'assistant', content, id: `msg-${facts.id}` })
  const buildUsage = (total: number) =>
    facts.manners.usage === 'none' ? {} : { usage: countOpenAiUsage(facts, total) }
  const token = rememberByCount((count) => formatEvent({ id, delta: buildDelta(writeTokens(count)) }))
  return {
    streamType: EVENT_STREAM,
    opening: null,
    tokens: (_, count) => token(count),
    closing: (reason, total) =>
      Buffer.from(formatEvent({ id, delta: buildDelta(''), finish_reason: reason, ...buildUsage(total) }) + DONE),
    error: (message) => Buffer.from(`data: ${sayDatabricksError(500, message).body}\n\n`),
    whole(reason, total) {
      const messages = [{ role: 'assistant', content: writeTokens(total), id: `msg-${facts.id}` }]
      return Buffer.from(JSON.stringify({ messages, finish_reason: reason, ...buildUsage(total) }))
    },
  }
}
