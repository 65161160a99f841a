import { asObject, asText } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import {
  readContent,
  readModel,
  readMessages,
  readTokens,
  completeRequest,
  listFields,
  listParts,
} from '../../../src/simulator/wires/read-body.ts'
import {
  Refused,
  type StatedFacts,
  type AnswerWriter,
  type FinishReason,
  type TokenKind,
  type Said,
  type Wire,
  type Fields,
  EVENT_STREAM,
  formatHex,
  answerJson,
  buildParts,
  rememberByCount,
  showsReasoning,
  formatEvent,
  writeTokens,
} from '../../../src/simulator/wires/wire.ts'
import { concealsReasoning } from './common.ts'

const FIELDS: Fields = {
  ...listFields('text', 'model service_tier inference_geo speed'),
  ...listFields('whole', 'max_tokens top_k'),
  ...listFields('number', 'temperature top_p'),
  ...listFields('list', 'stop_sequences tools mcp_servers'),
  ...listFields(
    'object',
    'thinking tool_choice context_management output_config output_format cache_control diagnostics',
  ),
  messages: [{ role: 'text', content: 'text|list' }],
  metadata: { user_id: 'text' },
  system: 'text|list',
  container: 'text|object',
  stream: 'flag',
}

/** `POST /v1/messages`. */
export const anthropicWire: Wire = {
  api: 'anthropic',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `${path}: Extra inputs are not permitted`,
    wrongType: (path, expected) => `${path}: Input should be ${expected}`,
    tooLong: (limit, inputTokens) => `prompt is too long: ${inputTokens} tokens > ${limit} maximum`,
    noModel: (model) => ({ status: 404, message: `model: ${model}` }),
    wrongTask: (_, model) => ({ status: 404, message: `model: ${model}` }),
  },
  route: ({ pathname }) =>
    /^(\/anthropic)?\/v1\/messages$/.test(pathname) ? { task: 'chat', model: null, stream: null, form: '' } : null,
  fields: () => FIELDS,
  headerProblem: (headers) =>
    headers['anthropic-version'] === undefined ? 'anthropic-version: header is required' : null,
  taskOf: () => 'chat',
  read(body) {
    const model = readModel(body)
    const maxTokens = readTokens(body, 'max_tokens')
    if (model === null) throw new Refused('model: Field required')
    if (maxTokens === null) throw new Refused('max_tokens: Field required')
    const system = body['system'] === undefined ? '' : `${readContent(body['system'])}\n`
    return completeRequest({
      task: 'chat',
      model,
      stream: body['stream'] === true,
      texts: [system + readMessages(body)],
      images: listParts(body['messages']).flatMap(({ source }) => asText(asObject(source)?.['data']) ?? []),
      maxTokens,
      reasons: asObject(body['thinking'])?.['type'] !== 'disabled',
      answer: createMessagesWriter,
    })
  },
  error: sayAnthropicError,
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  529: 'overloaded_error',
}

function sayAnthropicError(status: number, message: string): Said {
  const type = ERROR_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  const request_id = `req_${formatHex(status, 24)}`
  return answerJson(status, { type: 'error', error: { type, message }, request_id }, { 'request-id': request_id })
}

/** Blocks of content, each begun and ended by an event of its own. */
function createMessagesWriter(facts: StatedFacts): AnswerWriter {
  const thinks = showsReasoning(facts)
  const conceals = concealsReasoning(facts)
  let open: TokenKind = thinks ? 'reasoning' : 'text'
  const event = (type: string, members: object): string => formatEvent({ type, ...members }, type)
  const indexOf = (part: TokenKind): number => (part === 'text' && (thinks || conceals) ? 1 : 0)
  const start = (part: TokenKind): string =>
    event('content_block_start', {
      index: indexOf(part),
      content_block: part === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' },
    })
  const delta = (part: TokenKind, said: object): string =>
    event('content_block_delta', { index: indexOf(part), delta: said })
  const stop = (part: TokenKind): string =>
    (part === 'reasoning' ? delta(part, { type: 'signature_delta', signature: SIGNATURE }) : '') +
    event('content_block_stop', { index: indexOf(part) })
  const built: Readonly<Record<TokenKind, (count: number) => Buffer>> = {
    reasoning: rememberByCount((count) => delta('reasoning', { type: 'thinking_delta', thinking: writeTokens(count) })),
    text: rememberByCount((count) => delta('text', { type: 'text_delta', text: writeTokens(count) })),
  }
  const message = (content: readonly unknown[], members: object) => ({
    id: `msg_${formatHex(facts.id, 24)}`,
    type: 'message',
    role: 'assistant',
    model: facts.model,
    content,
    stop_reason: null,
    stop_sequence: null,
    ...members,
  })
  return {
    streamType: EVENT_STREAM,
    headers: { 'request-id': `req_${formatHex(facts.id, 24)}` },
    // The count of output tokens is a placeholder.
    opening: Buffer.from(
      event('message_start', { message: message([], { usage: usageOf(facts, 1) }) }) +
        // A block of its own, with nothing in it but its signature.
        (conceals ? start('reasoning') + stop('reasoning') : '') +
        start(open) +
        event('ping', {}),
    ),
    tokens(part, count) {
      if (part === open) return built[part](count)
      const before = stop(open) + start(part)
      open = part
      return Buffer.concat([Buffer.from(before), built[part](count)])
    },
    closing(finish, total) {
      const ended = {
        delta: { stop_reason: STOP_REASONS[finish], stop_sequence: null },
        usage: finalUsage(facts, total),
      }
      return Buffer.from(stop(open) + event('message_delta', ended) + event('message_stop', {}))
    },
    error: (error) => Buffer.from(event('error', { error: { type: 'overloaded_error', message: error } })),
    whole(finish, total) {
      const content = buildParts(facts, total, (part, text) =>
        part === 'text' ? { type: 'text', text } : { type: 'thinking', thinking: text, signature: SIGNATURE },
      )
      const concealed = conceals ? [{ type: 'thinking', thinking: '', signature: SIGNATURE }] : []
      const ended = { stop_reason: STOP_REASONS[finish], usage: finalUsage(facts, total) }
      return Buffer.from(JSON.stringify(message([...concealed, ...content], ended)))
    },
  }
}

const SIGNATURE = 'c2ltdWxhdGVk'
const STOP_REASONS: Readonly<Record<FinishReason, string>> = { length: 'max_tokens', stop: 'end_turn' }

/** What was read from the cache is not among the input tokens. */
function usageOf({ inputTokens, cachedTokens }: StatedFacts, outputTokens: number): object {
  const cached = cachedTokens ?? 0
  return {
    input_tokens: inputTokens - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: outputTokens,
    service_tier: 'standard',
  }
}

/** At the end it is known how much of the answer was thinking. */
function finalUsage(facts: StatedFacts, outputTokens: number): object {
  const thinking_tokens = Math.min(facts.reasoningTokens, outputTokens)
  return { ...usageOf(facts, outputTokens), output_tokens_details: thinking_tokens === 0 ? null : { thinking_tokens } }
}
