import { encodeAwsEvent } from '../aws-events.ts'
import { asObject, asText } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import {
  DEFAULT_MAX_TOKENS,
  readContent,
  readMessages,
  readTokens,
  completeRequest,
  listFields,
  listParts,
} from '../../../src/simulator/wires/read-body.ts'
import type {
  StatedFacts,
  AnswerWriter,
  FinishReason,
  TokenKind,
  Said,
  Timing,
  Wire,
  Fields,
} from '../../../src/simulator/wires/wire.ts'
import {
  decodeSegment,
  formatHex,
  answerJson,
  buildParts,
  rememberByCount,
  showsReasoning,
  writeTokens,
} from '../../../src/simulator/wires/wire.ts'
import { concealsReasoning } from './common.ts'

const FIELDS: Fields = {
  messages: [{ role: 'text', content: 'list' }],
  system: 'list',
  inferenceConfig: { maxTokens: 'whole', temperature: 'number', topP: 'number', stopSequences: 'list' },
  ...listFields(
    'object',
    'toolConfig guardrailConfig promptVariables requestMetadata performanceConfig serviceTier outputConfig',
  ),
  additionalModelRequestFields: 'any',
  additionalModelResponseFieldPaths: 'list',
}

const EVENT_STREAM = 'application/vnd.amazon.eventstream'

/** `POST /model/<model>/converse` and `/converse-stream`: binary frames with checksums. */
export const bedrockWire: Wire = {
  api: 'bedrock',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) =>
      `Malformed input request: #: extraneous key [${path}] is not permitted, please reformat your input and try again.`,
    wrongType: (path, expected) =>
      `Malformed input request: #/${path.replaceAll('.', '/')}: expected ${expected}, please reformat your input and try again.`,
    tooLong: () => 'Input is too long for requested model.',
    noModel: () => ({ status: 400, message: 'The provided model identifier is invalid.' }),
    wrongTask: () => ({
      status: 400,
      message:
        "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    }),
  },
  route({ pathname }) {
    const match = /^\/model\/([^/]+)\/converse(-stream)?$/.exec(pathname)
    if (match === null) return null
    return { task: 'chat', model: decodeSegment(match[1]), stream: match[2] !== undefined, form: '' }
  },
  fields: () => FIELDS,
  headerProblem({ accept }) {
    if (typeof accept !== 'string' || /\*\/\*|application\/(\*|json|vnd\.amazon\.eventstream)/.test(accept)) return null
    return `The provided Accept header '${accept}' is not supported.`
  },
  taskOf: () => 'chat',
  read(body, route) {
    const system = Array.isArray(body['system']) ? `${readContent(body['system'])}\n` : ''
    return completeRequest({
      task: 'chat',
      model: route.model,
      stream: route.stream ?? false,
      texts: [system + readMessages(body)],
      images: listParts(body['messages']).flatMap(
        ({ image }) => asText(asObject(asObject(image)?.['source'])?.['bytes']) ?? [],
      ),
      maxTokens: readTokens(asObject(body['inferenceConfig']) ?? {}, 'maxTokens') ?? DEFAULT_MAX_TOKENS,
      reasons: true,
      answer: createConverseWriter,
    })
  },
  error: sayBedrockError,
}

const EXCEPTIONS: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  413: 'ValidationException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

function sayBedrockError(status: number, message: string): Said {
  const exception = EXCEPTIONS[status] ?? 'InternalServerException'
  return answerJson(status, { message }, { 'x-amzn-errortype': exception, 'x-amzn-requestid': requestId(status) })
}

function requestId(id: number): string {
  return `00000000-0000-4000-8000-${formatHex(id, 12)}`
}

/** Padding that hides the length of a text from who can only see the length of a frame. */
const PADDING = { p: 'abcdefghijkl' }

function createConverseWriter(facts: StatedFacts): AnswerWriter {
  const thinks = showsReasoning(facts)
  const conceals = concealsReasoning(facts)
  let open: TokenKind = thinks ? 'reasoning' : 'text'
  const frame = (name: string, json: object): Buffer => Buffer.from(encodeAwsEvent(name, { ...json, ...PADDING }))
  const indexOf = (part: TokenKind): number => (part === 'text' && (thinks || conceals) ? 1 : 0)
  const delta = (part: TokenKind, said: object): Buffer =>
    frame('contentBlockDelta', { contentBlockIndex: indexOf(part), delta: said })
  function stop(part: TokenKind): Buffer {
    const signed = part === 'reasoning' ? [delta(part, { reasoningContent: { signature: SIGNATURE } })] : []
    return Buffer.concat([...signed, frame('contentBlockStop', { contentBlockIndex: indexOf(part) })])
  }
  const built: Readonly<Record<TokenKind, (count: number) => Buffer>> = {
    reasoning: rememberByCount((count) => delta('reasoning', { reasoningContent: { text: writeTokens(count) } })),
    text: rememberByCount((count) => delta('text', { text: writeTokens(count) })),
  }
  return {
    streamType: EVENT_STREAM,
    headers: { 'x-amzn-requestid': requestId(facts.id) },
    // A block of text is begun by its first delta.
    opening: Buffer.concat([
      frame('messageStart', { role: 'assistant' }),
      // Of reasoning that is not shown there is a signature, and no count.
      ...(conceals ? [stop('reasoning')] : []),
    ]),
    tokens(part, count) {
      if (part === open) return built[part](count)
      const before = stop(open)
      open = part
      return Buffer.concat([before, built[part](count)])
    },
    closing: (finish, total, timing) =>
      Buffer.concat([
        stop(open),
        frame('messageStop', { stopReason: STOP_REASONS[finish] }),
        frame('metadata', { usage: usageOf(facts, total), metrics: metricsOf(timing) }),
      ]),
    error: (message) => Buffer.from(encodeAwsEvent('modelStreamErrorException', { message }, 'exception')),
    whole(finish, total, timing) {
      const content = buildParts(facts, total, (part, text) =>
        part === 'text' ? { text } : { reasoningContent: { reasoningText: { text, signature: SIGNATURE } } },
      )
      return Buffer.from(
        JSON.stringify({
          metrics: metricsOf(timing),
          output: { message: { content, role: 'assistant' } },
          stopReason: STOP_REASONS[finish],
          usage: usageOf(facts, total),
        }),
      )
    },
  }
}

const SIGNATURE = 'c2ltdWxhdGVk'
const STOP_REASONS: Readonly<Record<FinishReason, string>> = { length: 'max_tokens', stop: 'end_turn' }

function metricsOf({ totalMs }: Timing): object {
  return { latencyMs: Math.round(totalMs) }
}

/** As with Anthropic, what was read from the cache is not among the input tokens. */
function usageOf({ inputTokens, cachedTokens }: StatedFacts, outputTokens: number): unknown {
  const cached = cachedTokens ?? 0
  return {
    inputTokens: inputTokens - cached,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    ...(cachedTokens === null ? {} : { cacheReadInputTokens: cached, cacheWriteInputTokens: 0 }),
  }
}
