import { asObject } from '../../json.ts'
import {
  listFields,
  readContent,
  readImageUrls,
  DEFAULT_MAX_TOKENS,
  readModel,
  readTokens,
  completeRequest,
} from './read-body.ts'
import { shareTaskMembers, OPENAI_WORDS, findOpenAiRoute } from './openai-family.ts'
import {
  EVENT_STREAM,
  formatHex,
  buildParts,
  showsReasoning,
  formatEvent,
  writeTokens,
  Refused,
  type StatedFacts,
  type AnswerWriter,
  type Body,
  type FinishReason,
  type TokenKind,
  type Wire,
  type Fields,
} from './wire.ts'

const FIELDS: Fields = {
  ...listFields(
    'text',
    'model instructions previous_response_id prompt_cache_key prompt_cache_retention safety_identifier service_tier ' +
      'truncation user cache_salt request_id',
  ),
  ...listFields('whole', 'max_output_tokens max_tool_calls top_logprobs top_k min_tokens seed priority'),
  ...listFields('number', 'temperature top_p presence_penalty frequency_penalty repetition_penalty'),
  ...listFields(
    'flag',
    'background parallel_tool_calls store stream ignore_eos include_stop_str_in_output skip_special_tokens',
  ),
  ...listFields('list', 'include tools context_management'),
  ...listFields(
    'object',
    'metadata prompt reasoning text access_programs image moderation prompt_cache_options mm_processor_kwargs vllm_xargs ' +
      'logit_bias structured_outputs',
  ),
  ...listFields('text|object', 'tool_choice conversation'),
  stop: 'text|list',
  input: 'text|list',
  stream_options: { include_obfuscation: 'flag' },
}

/** `POST /v1/responses`: typed events, each with its place in the answer. */
export const openAiResponsesWire: Wire = {
  api: 'openai-responses',
  ...shareTaskMembers('chat', () => FIELDS),
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `Unknown parameter: '${path}'.`,
    wrongTask: () => ({ status: 400, message: 'The model does not support Responses API' }),
  },
  route(url) {
    if (url.pathname === '/openai/responses') return { task: 'chat', model: null, stream: null, form: 'azure' }
    if (url.pathname === '/serving-endpoints/responses') return { task: 'chat', model: null, stream: null, form: '' }
    return findOpenAiRoute(url, '/responses', 'chat')
  },
  read(body, route) {
    const maxTokens = readTokens(body, 'max_output_tokens')
    return completeRequest({
      task: 'chat',
      model: route.model ?? readModel(body),
      stream: body['stream'] === true,
      texts: [readInput(body)],
      images: readImageUrls(body['input']),
      maxTokens: maxTokens ?? DEFAULT_MAX_TOKENS,
      ignoreEos: body['ignore_eos'] === true,
      cacheSalt: typeof body['cache_salt'] === 'string' ? body['cache_salt'] : '',
      reasons: true,
      answer: (facts) => createResponsesWriter(facts, maxTokens),
    })
  },
}

/** A text, or a list of items, of which messages have text. */
function readInput(body: Body): string {
  const { input, instructions } = body
  const before = typeof instructions === 'string' ? `${instructions}\n` : ''
  if (typeof input === 'string') return before + input
  if (!Array.isArray(input) || input.length === 0) throw new Refused('input must be a text or a list of items')
  const items = input.map((item) => asObject(item)?.['content'])
  return before + items.map((content) => (content === undefined ? '' : readContent(content))).join('\n')
}

function createResponsesWriter(facts: StatedFacts, maxTokens: number | null): AnswerWriter {
  const thinks = showsReasoning(facts)
  let sequence = 0
  /** What is being written; null between two items. */
  let open: TokenKind | null = null
  let items = 0
  /** Tokens of the item so far. */
  let written = 0
  const done: unknown[] = []

  function writeEvent(type: string, members: object): string {
    return formatEvent({ type, sequence_number: sequence++, ...members }, type)
  }
  function place(part: TokenKind) {
    const index = part === 'text' && thinks ? 1 : 0
    const where = { item_id: writeItemId(facts, part), output_index: index }
    return part === 'text' ? { ...where, content_index: 0 } : { ...where, summary_index: 0 }
  }
  function start(part: TokenKind): string {
    open = part
    written = 0
    return (
      writeEvent('response.output_item.added', {
        output_index: items++,
        item: buildItem(facts, part, '', 'in_progress'),
      }) + writeEvent(NAMES[part].added, { ...place(part), part: buildPiece(part, '') })
    )
  }
  function stop(): string {
    if (open === null) return ''
    const part = open
    const text = writeTokens(written)
    const finished = buildItem(facts, part, text, 'completed')
    done.push(finished)
    open = null
    return (
      writeEvent(NAMES[part].textDone, { ...place(part), text, ...(part === 'text' ? { logprobs: [] } : {}) }) +
      writeEvent(NAMES[part].done, { ...place(part), part: buildPiece(part, text) }) +
      writeEvent('response.output_item.done', { output_index: items - 1, item: finished })
    )
  }

  const begun = buildResponse(facts, maxTokens, { status: 'in_progress', output: [], usage: null })
  return {
    streamType: EVENT_STREAM,
    opening: Buffer.from(
      writeEvent('response.created', { response: begun }) + writeEvent('response.in_progress', { response: begun }),
    ),
    tokens(part, count) {
      const before = open === part ? '' : stop() + start(part)
      written += count
      const delta = { ...place(part), delta: writeTokens(count), ...(part === 'text' ? { logprobs: [] } : {}) }
      return Buffer.from(before + writeEvent(NAMES[part].delta, delta))
    },
    closing(finish, total) {
      const rest = stop()
      const ended = buildResponse(facts, maxTokens, { ...endOf(finish), output: done, usage: usageOf(facts, total) })
      return Buffer.from(rest + writeEvent(`response.${endOf(finish).status}`, { response: ended }))
    },
    error: (message) => Buffer.from(writeEvent('error', { code: 'server_error', message, param: null })),
    whole(finish, total) {
      const output = buildParts(facts, total, (part, text) => buildItem(facts, part, text, 'completed'))
      const ended = { ...endOf(finish), output, usage: usageOf(facts, total) }
      return Buffer.from(JSON.stringify(buildResponse(facts, maxTokens, ended)))
    },
  }
}

/** The events of a text and of a reasoning summary. */
const NAMES = {
  text: {
    added: 'response.content_part.added',
    delta: 'response.output_text.delta',
    textDone: 'response.output_text.done',
    done: 'response.content_part.done',
  },
  reasoning: {
    added: 'response.reasoning_summary_part.added',
    delta: 'response.reasoning_summary_text.delta',
    textDone: 'response.reasoning_summary_text.done',
    done: 'response.reasoning_summary_part.done',
  },
} as const

function buildPiece(part: TokenKind, text: string): unknown {
  return part === 'text' ? { type: 'output_text', text, annotations: [], logprobs: [] } : { type: 'summary_text', text }
}

function writeItemId({ id }: StatedFacts, part: TokenKind): string {
  return `${part === 'text' ? 'msg' : 'rs'}_${formatHex(id, 48)}`
}

/** A message or reasoning item; empty when it has just begun. */
function buildItem(facts: StatedFacts, part: TokenKind, text: string, status: string): unknown {
  const id = writeItemId(facts, part)
  const pieces = text === '' && status === 'in_progress' ? [] : [buildPiece(part, text)]
  return part === 'text'
    ? { id, type: 'message', status, role: 'assistant', content: pieces }
    : { id, type: 'reasoning', summary: pieces }
}

function endOf(finish: FinishReason): { readonly status: string; readonly incomplete_details: unknown } {
  return finish === 'length'
    ? { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    : { status: 'completed', incomplete_details: null }
}

function buildResponse(facts: StatedFacts, maxTokens: number | null, members: object): unknown {
  return {
    id: `resp_${formatHex(facts.id, 48)}`,
    object: 'response',
    created_at: facts.created,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: maxTokens,
    metadata: {},
    model: facts.model,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    user: null,
    ...members,
  }
}

function usageOf({ inputTokens, cachedTokens, reasoningTokens }: StatedFacts, outputTokens: number): unknown {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens ?? 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: Math.min(reasoningTokens, outputTokens) },
    total_tokens: inputTokens + outputTokens,
  }
}
