import { asObject } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import {
  DEFAULT_MAX_TOKENS,
  readModel,
  readMessages,
  readTexts,
  readTokens,
  completeRequest,
  listFields,
  readImageUrls,
} from '../../../src/simulator/wires/read-body.ts'
import {
  Refused,
  type StatedFacts,
  type AnswerWriter,
  type Body,
  type FinishReason,
  type TokenKind,
  type Said,
  type Wire,
  type Fields,
  DONE,
  buildVector,
  EVENT_STREAM,
  formatHex,
  answerJson,
  buildParts,
  rememberByCount,
  showsReasoning,
  formatEvent,
  writeTokens,
  createWholeWriter,
} from '../../../src/simulator/wires/wire.ts'

const CHAT_FIELDS: Fields = {
  ...listFields('text', 'model safety_mode tool_choice'),
  ...listFields('whole', 'max_tokens seed k priority'),
  ...listFields('number', 'temperature frequency_penalty presence_penalty p'),
  ...listFields('flag', 'stream strict_tools logprobs raw_prompting'),
  ...listFields('list', 'tools documents stop_sequences'),
  ...listFields('object', 'citation_options response_format thinking'),
  messages: [
    {
      ...listFields('text', 'role tool_call_id tool_plan'),
      content: 'text|list',
      ...listFields('list', 'tool_calls citations'),
    },
  ],
}

const EMBED_FIELDS: Fields = {
  ...listFields('text', 'model input_type truncate'),
  ...listFields('list', 'texts images inputs embedding_types'),
  ...listFields('whole', 'max_tokens output_dimension priority'),
}

/** `POST /v2/chat` and `/v2/embed`. */
export const cohereWire: Wire = {
  api: 'cohere',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `invalid request: unknown field: parameter '${path}' is not a valid field`,
    wrongType: (path, expected) => `invalid type: parameter '${path}' must be ${expected}`,
    tooLong: (limit, inputTokens, outputTokens) =>
      `too many tokens: size limit exceeded by ${inputTokens + outputTokens - limit} tokens. Try using shorter or fewer inputs. The limit for this model is ${limit} tokens.`,
    noModel: (model) => ({
      status: 404,
      message: `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
    }),
    wrongTask: (task, model) => ({
      status: 400,
      message: `model '${model}' is not supported by the ${task === 'embeddings' ? 'embed' : 'chat'} API`,
    }),
  },
  route({ pathname }) {
    if (pathname === '/v2/chat') return { task: 'chat', model: null, stream: null, form: '' }
    return pathname === '/v2/embed' ? { task: 'embeddings', model: null, stream: null, form: '' } : null
  },
  fields: (_, task) => (task === 'embeddings' ? EMBED_FIELDS : CHAT_FIELDS),
  taskOf: () => 'chat',
  read(body, _, task) {
    const model = readModel(body)
    if (model === null) throw new Refused('invalid request: model is required')
    if (task === 'embeddings') return readEmbed(body, model)
    return completeRequest({
      task: 'chat',
      model,
      stream: body['stream'] === true,
      texts: [readMessages(body)],
      images: readImageUrls(body['messages']),
      maxTokens: readTokens(body, 'max_tokens') ?? DEFAULT_MAX_TOKENS,
      reasons: asObject(body['thinking'])?.['type'] !== 'disabled',
      answer: createChatWriter,
    })
  },
  error: sayCohereError,
}

function sayCohereError(status: number, message: string): Said {
  return answerJson(status, { id: uuid(status), message })
}

function uuid(id: number): string {
  return `00000000-0000-4000-8000-${formatHex(id, 12)}`
}

function readEmbed(body: Body, model: string) {
  const texts = readTexts(body, 'texts')
  return completeRequest({ task: 'embeddings', model, stream: false, texts, maxTokens: 1, answer: embedWriter })

  function embedWriter(facts: StatedFacts): AnswerWriter {
    const vector = buildVector(readTokens(body, 'output_dimension') ?? facts.manners.embeddingDimensions)
    return createWholeWriter(() => ({
      id: uuid(facts.id),
      embeddings: { float: texts.map(() => vector) },
      texts,
      meta: { api_version: { version: '2' }, billed_units: { input_tokens: facts.inputTokens } },
      response_type: 'embeddings_by_type',
    }))
  }
}

/** A content after the other, each begun and ended by an event of its own. */
function createChatWriter(facts: StatedFacts): AnswerWriter {
  const thinks = showsReasoning(facts)
  let open: TokenKind = thinks ? 'reasoning' : 'text'
  const event = (type: string, members: object): string => formatEvent({ type, ...members }, type)
  const content = (part: TokenKind, text: string): object => (part === 'text' ? { text } : { thinking: text })
  const typed = (part: TokenKind, text: string): object => ({
    type: part === 'text' ? 'text' : 'thinking',
    ...content(part, text),
  })
  const indexOf = (part: TokenKind): number => (part === 'text' && thinks ? 1 : 0)
  const delta = (part: TokenKind, said: object): object => ({
    index: indexOf(part),
    delta: { message: { content: said } },
  })
  const start = (part: TokenKind): string => event('content-start', delta(part, typed(part, '')))
  const stop = (part: TokenKind): string => event('content-end', { index: indexOf(part) })
  const built: Readonly<Record<TokenKind, (count: number) => Buffer>> = {
    reasoning: rememberByCount((count) =>
      event('content-delta', delta('reasoning', content('reasoning', writeTokens(count)))),
    ),
    text: rememberByCount((count) => event('content-delta', delta('text', content('text', writeTokens(count))))),
  }
  const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  return {
    streamType: EVENT_STREAM,
    opening: Buffer.from(event('message-start', { id: uuid(facts.id), delta: { message } }) + start(open)),
    tokens(part, count) {
      if (part === open) return built[part](count)
      const before = stop(open) + start(part)
      open = part
      return Buffer.concat([Buffer.from(before), built[part](count)])
    },
    closing(finish, total) {
      const ended = { finish_reason: FINISH_REASONS[finish], usage: usageOf(facts, total) }
      return Buffer.from(stop(open) + event('message-end', { id: uuid(facts.id), delta: ended }) + DONE)
    },
    error: (error) => Buffer.from(event('message-end', { delta: { error, finish_reason: 'ERROR' } })),
    whole(finish, total) {
      const answer = { id: uuid(facts.id), message: { role: 'assistant', content: buildParts(facts, total, typed) } }
      const ended = { finish_reason: FINISH_REASONS[finish], usage: usageOf(facts, total) }
      return Buffer.from(JSON.stringify({ ...answer, ...ended }))
    },
  }
}

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = { length: 'MAX_TOKENS', stop: 'COMPLETE' }

/** What is paid for leaves out what the template adds; `tokens` is what the model read and wrote. */
function usageOf({ inputTokens, cachedTokens }: StatedFacts, outputTokens: number): unknown {
  return {
    billed_units: { input_tokens: Math.max(1, inputTokens - 1), output_tokens: outputTokens },
    tokens: { input_tokens: inputTokens, output_tokens: outputTokens },
    ...(cachedTokens === null ? {} : { cached_tokens: cachedTokens }),
  }
}
