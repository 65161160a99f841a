import type { Task } from '../../../src/vocabulary/load.ts'
import { asArray, asObject, asText } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import {
  DEFAULT_MAX_TOKENS,
  readModel,
  readMessages,
  readTexts,
  readTokens,
  completeRequest,
  listFields,
} from '../../../src/simulator/wires/read-body.ts'
import {
  Refused,
  type StatedFacts,
  type AnswerWriter,
  type Body,
  type FinishReason,
  type TokenKind,
  type Said,
  type Timing,
  type Wire,
  type Fields,
  buildVector,
  answerJson,
  writeTokens,
} from '../../../src/simulator/wires/wire.ts'
import { readPrompt } from './common.ts'

const OPTIONS: Fields = {
  ...listFields(
    'whole',
    'num_keep seed num_predict top_k repeat_last_n mirostat num_ctx num_batch num_gpu main_gpu num_thread',
  ),
  ...listFields(
    'number',
    'top_p min_p tfs_z typical_p temperature repeat_penalty presence_penalty frequency_penalty mirostat_tau mirostat_eta',
  ),
  ...listFields(
    'flag',
    'penalize_newline numa low_vram f16_kv logits_all vocab_only use_mmap use_mlock embedding_only',
  ),
  stop: 'text|list',
}

const COMMON: Fields = {
  model: 'text',
  options: OPTIONS,
  keep_alive: 'text|number',
  truncate: 'flag',
}

const GENERATION: Fields = {
  ...COMMON,
  format: 'text|object',
  stream: 'flag',
  think: 'flag|text',
  shift: 'flag',
  logprobs: 'flag',
  top_logprobs: 'whole',
}

const FIELDS: Readonly<Record<string, Fields>> = {
  chat: { ...GENERATION, messages: 'list', tools: 'list' },
  generate: {
    ...GENERATION,
    ...listFields('text', 'prompt suffix system template'),
    ...listFields('list', 'images context'),
    raw: 'flag',
    // Of models that make pictures.
    ...listFields('whole', 'width height steps'),
  },
  embed: { ...COMMON, input: 'text|list', dimensions: 'whole' },
  embeddings: { ...COMMON, prompt: 'text' },
}

const TASKS: Readonly<Record<string, Task>> = {
  chat: 'chat',
  generate: 'completions',
  embed: 'embeddings',
  embeddings: 'embeddings',
}

const ACTIONS: Readonly<Partial<Record<Task, string>>> = {
  chat: 'chat',
  completions: 'generate',
  embeddings: 'embeddings',
}

/** Ollama, natively: `POST /api/chat`, `/api/generate` and `/api/embed`, each answer a line of JSON an event. */
export const ollamaWire: Wire = {
  api: 'ollama',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `unknown field ${JSON.stringify(path)}`,
    wrongType: (path, expected) => `json: cannot unmarshal into ${path}, which is ${expected}`,
    tooLong: () => 'the input length exceeds the context length',
    noModel: (model) => ({ status: 404, message: `model '${model}' not found` }),
    wrongTask: (task, model) => ({
      status: 400,
      message: `${JSON.stringify(model)} does not support ${ACTIONS[task]}`,
    }),
  },
  route({ pathname }) {
    const form = /^\/api\/(.+)$/.exec(pathname)?.[1]
    if (form === undefined || !Object.hasOwn(TASKS, form)) return null
    return { task: TASKS[form]!, model: null, stream: null, form }
  },
  fields: ({ form }) => FIELDS[form]!,
  taskOf: () => 'chat',
  read(body, { form }, task) {
    const model = readModel(body)
    if (model === null) throw new Refused('model is required')
    // A name without a tag is the latest.
    const named = { task, model: model.replace(/:latest$/, '') }
    if (task === 'embeddings') return readEmbed(body, named, form === 'embed')
    const chat = task === 'chat'
    return completeRequest({
      ...named,
      stream: body['stream'] !== false,
      texts: [chat ? readMessages(body) : readPrompt(body, 'prompt')],
      images: listTexts(body['messages'], 'images'),
      maxTokens: readPredict(asObject(body['options']) ?? {}),
      reasons: body['think'] !== false,
      answer: (facts) => createOllamaWriter(facts, chat),
    })
  },
  error: sayOllamaError,
}

/** What a list in each of the messages holds. */
function listTexts(messages: unknown, member: string): readonly string[] {
  const lists = (asArray(messages) ?? []).flatMap((message) => asArray(asObject(message)?.[member]) ?? [])
  return lists.flatMap((text) => asText(text) ?? [])
}

function sayOllamaError(status: number, message: string): Said {
  return answerJson(status, { error: message })
}

/** −1 is "until the end of the text", −2 "until the context is full". */
function readPredict(options: Body): number {
  const asked = options['num_predict']
  return asked === -1 || asked === -2 ? DEFAULT_MAX_TOKENS : (readTokens(options, 'num_predict') ?? DEFAULT_MAX_TOKENS)
}

function readEmbed(body: Body, named: { readonly task: Task; readonly model: string }, batch: boolean) {
  const texts = batch ? readTexts(body, 'input') : [readPrompt(body, 'prompt')]
  const dimensions = readTokens(body, 'dimensions')
  return completeRequest({ ...named, stream: false, texts, maxTokens: 1, answer: embedWriter })

  function embedWriter(facts: StatedFacts): AnswerWriter {
    const vector = buildVector(dimensions ?? facts.manners.embeddingDimensions)
    const nothing = () => Buffer.alloc(0)
    return {
      streamType: LINES,
      opening: null,
      tokens: nothing,
      closing: nothing,
      error: nothing,
      whole(_, __, { totalMs }) {
        const counts = {
          total_duration: nanoseconds(totalMs),
          load_duration: WARM_LOAD,
          prompt_eval_count: facts.inputTokens,
        }
        const answer = { model: facts.model, embeddings: texts.map(() => vector), ...counts }
        return Buffer.from(JSON.stringify(batch ? answer : { embedding: vector }))
      },
    }
  }
}

const LINES = 'application/x-ndjson'
/** Nanoseconds that it takes to find a model that is loaded. */
const WARM_LOAD = 1e6

/** A line an event; the last one is empty and holds what was counted and measured. */
function createOllamaWriter(facts: StatedFacts, chat: boolean): AnswerWriter {
  const model = JSON.stringify(facts.model)

  function content(thinking: string, text: string): object {
    const thought = thinking === '' || facts.manners.reasoningField === 'hidden' ? {} : { thinking }
    return chat ? { message: { role: 'assistant', content: text, ...thought } } : { response: text, ...thought }
  }
  const said: Readonly<Record<TokenKind, (count: number) => string>> = {
    reasoning: (count) => members(content(writeTokens(count), '')),
    text: (count) => members(content('', writeTokens(count))),
  }
  function end(finish: FinishReason, total: number, timing: Timing): object {
    return {
      done: true,
      done_reason: finish,
      ...(chat ? {} : { context: [] }),
      total_duration: nanoseconds(timing.totalMs),
      load_duration: WARM_LOAD,
      prompt_eval_count: facts.inputTokens,
      ...(facts.cachedTokens === null ? {} : { prompt_eval_cached_count: facts.cachedTokens }),
      prompt_eval_duration: nanoseconds(timing.prefillMs),
      eval_count: total,
      eval_duration: nanoseconds(timing.decodeMs),
    }
  }
  let lines = 0
  /** A millisecond after the one before: on the machine's clock two would now and then have one time. */
  function line(middle: string): Buffer {
    const at = new Date(1000 * facts.created + lines++).toISOString()
    return Buffer.from(`{"model":${model},"created_at":"${at}",${middle}}\n`)
  }
  return {
    streamType: LINES,
    opening: null,
    tokens: (part, count) => line(`${said[part](count)},"done":false`),
    closing: (finish, total, timing) => line(`${members(content('', ''))},${members(end(finish, total, timing))}`),
    error: (message) => Buffer.from(`${sayOllamaError(500, message).body}\n`),
    whole(finish, total, timing) {
      const thinking = Math.min(facts.reasoningTokens, total)
      const answer = content(writeTokens(thinking), writeTokens(total - thinking))
      return line(`${members(answer)},${members(end(finish, total, timing))}`)
    },
  }
}

/** The members of an object, without its braces. */
function members(object: object): string {
  return JSON.stringify(object).slice(1, -1)
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6)
}
