import type { Task } from '../../../src/vocabulary/load.ts'
import { asObject, asText } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import {
  readContent,
  DEFAULT_MAX_TOKENS,
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
  type Body,
  type ApiComplaint,
  type FinishReason,
  type TokenKind,
  type Said,
  type Wire,
  type Fields,
  decodeSegment,
  buildVector,
  EVENT_STREAM,
  formatHex,
  answerJson,
  buildParts,
  writeTokens,
  createWholeWriter,
} from '../../../src/simulator/wires/wire.ts'

const CONTENT: Fields = { role: 'text', parts: 'list|object' }

const GENERATION_CONFIG: Fields = {
  ...listFields('whole', 'candidateCount maxOutputTokens seed logprobs'),
  ...listFields('number', 'temperature topP topK presencePenalty frequencyPenalty'),
  ...listFields('flag', 'responseLogprobs enableEnhancedCivicAnswers audioTimestamp enableAffectiveDialog'),
  ...listFields('text', 'responseMimeType mediaResolution'),
  ...listFields('list', 'stopSequences responseModalities responseFormat'),
  ...listFields(
    'object',
    'responseSchema responseJsonSchema _responseJsonSchema speechConfig thinkingConfig imageConfig routingConfig ' +
      'modelSelectionConfig audioTranscriptionConfig translationConfig',
  ),
}

const FIELDS: Readonly<Record<string, Fields>> = {
  generateContent: {
    contents: [CONTENT],
    systemInstruction: CONTENT,
    generationConfig: GENERATION_CONFIG,
    ...listFields('list', 'tools safetySettings'),
    ...listFields('object', 'toolConfig labels modelArmorConfig outputConfig'),
    ...listFields('text', 'model cachedContent serviceTier continuationToken'),
    store: 'flag',
  },
  embedContent: {
    content: CONTENT,
    ...listFields('text', 'model taskType title'),
    outputDimensionality: 'whole',
    embedContentConfig: 'object',
  },
  batchEmbedContents: { requests: 'list' },
}

const TASKS: Readonly<Record<string, Task>> = {
  generateContent: 'chat',
  streamGenerateContent: 'chat',
  embedContent: 'embeddings',
  batchEmbedContents: 'embeddings',
}

/** `POST /v1beta/models/<model>:streamGenerateContent`, as the Gemini API and Vertex AI have it, whole answers and embeddings. */
export const geminiWire: Wire = {
  api: 'gemini',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) =>
      `Invalid JSON payload received. Unknown name "${path.split('.').at(-1)}"${at(path)}: Cannot find field.`,
    wrongType: (path, expected) => `Invalid value at '${snake(path)}', which must be ${expected}`,
    tooLong: (limit, inputTokens) =>
      `The input token count (${inputTokens}) exceeds the maximum number of tokens allowed (${limit}).`,
    noModel,
    wrongTask: (task, model) => noModel(model, { form: task === 'embeddings' ? 'embedContent' : 'generateContent' }),
  },
  route({ pathname, searchParams }) {
    const match = /\/(?:models|tunedModels)\/([^/:]+):([A-Za-z]+)$/.exec(pathname)
    const method = match?.[2]
    if (method === undefined || !Object.hasOwn(TASKS, method)) return null
    const stream = method === 'streamGenerateContent'
    const form = stream && searchParams.get('alt') !== 'sse' ? 'array' : method.replace('streamG', 'g')
    return { task: TASKS[method]!, model: decodeSegment(match![1]), stream, form }
  },
  fields: ({ form }) => FIELDS[form === 'array' ? 'generateContent' : form]!,
  taskOf: () => 'chat',
  read(given, route, task) {
    const body = camelCased(given)
    if (task === 'embeddings') return readEmbed(body, route.model, route.form === 'batchEmbedContents')
    const config = camelCased(asObject(body['generationConfig']) ?? {})
    const instruction = asObject(body['systemInstruction'])
    return completeRequest({
      task: 'chat',
      model: route.model,
      stream: route.stream ?? false,
      texts: [(instruction === null ? '' : `${partsText(instruction)}\n`) + readMessages(body, 'contents', 'parts')],
      images: listParts(body['contents'], 'parts').flatMap(
        ({ inlineData }) => asText(asObject(inlineData)?.['data']) ?? [],
      ),
      maxTokens: readTokens(config, 'maxOutputTokens') ?? DEFAULT_MAX_TOKENS,
      reasons: true,
      answer: (facts) => createContentWriter(facts, route.form === 'array'),
    })
  },
  error: sayGeminiError,
}

function noModel(model: string, { form }: { readonly form: string }): ApiComplaint {
  const method = form === 'array' ? 'streamGenerateContent' : form
  return {
    status: 404,
    message: `models/${model} is not found for API version v1beta, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
  }
}

/** Where a field stands, unless it stands at the top. */
function at(path: string): string {
  const above = path.split('.').slice(0, -1).join('.')
  return above === '' ? '' : ` at '${snake(above)}'`
}

function snake(path: string): string {
  return path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Both spellings of a field are the same to the real server. */
export function camelCased(body: Body): Body {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name.replaceAll(/(?<=.)_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}

function partsText(content: Body): string {
  const parts = content['parts']
  return readContent(Array.isArray(parts) ? parts : [parts])
}

const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

function sayGeminiError(status: number, message: string): Said {
  return answerJson(status, { error: { code: status, message, status: STATUSES[status] ?? 'INTERNAL' } })
}

function readEmbed(body: Body, model: string | null, batch: boolean) {
  const requests = batch ? body['requests'] : [body]
  if (!Array.isArray(requests) || requests.length === 0) throw new Refused('requests must be a list that is not empty')
  const texts = requests.map((each: unknown) => partsText(asObject(asObject(each)?.['content']) ?? {}))
  return completeRequest({ task: 'embeddings', model, stream: false, texts, maxTokens: 1, answer: embedWriter })

  function embedWriter(facts: StatedFacts): AnswerWriter {
    const values = buildVector(facts.manners.embeddingDimensions)
    return createWholeWriter(() => (batch ? { embeddings: texts.map(() => ({ values })) } : { embedding: { values } }))
  }
}

/** Usage in every event, the finish in that of the last tokens; CRLF, or an array that grows where no stream was asked for. */
function createContentWriter(facts: StatedFacts, array: boolean): AnswerWriter {
  let events = 0
  let finished = false

  function answer(parts: readonly unknown[], total: number, finish: FinishReason | null): object {
    const content = parts.length === 0 ? { role: 'model' } : { parts, role: 'model' }
    const ended = finish === null ? {} : { finishReason: FINISH_REASONS[finish] }
    return {
      candidates: [{ content, ...ended, index: 0 }],
      usageMetadata: usageOf(facts, total),
      modelVersion: facts.model,
      responseId: formatHex(facts.id, 22),
    }
  }
  function event(json: unknown): string {
    if (!array) return `data: ${JSON.stringify(json)}\r\n\r\n`
    return `${events++ === 0 ? '[' : ',\r\n'}${JSON.stringify(json)}`
  }
  const partOf = (part: TokenKind, text: string) => (part === 'reasoning' ? { text, thought: true } : { text })
  return {
    streamType: array ? 'application/json; charset=UTF-8' : EVENT_STREAM,
    opening: null,
    tokens(part, count, total, finish) {
      finished = finish !== null
      return Buffer.from(event(answer([partOf(part, writeTokens(count))], total, finish)))
    },
    closing: (finish, total) => Buffer.from((finished ? '' : event(answer([], total, finish))) + (array ? ']' : '')),
    error(message) {
      const { error } = JSON.parse(sayGeminiError(500, message).body) as { error: unknown }
      return Buffer.from(event({ error }) + (array ? ']' : ''))
    },
    whole(finish, total) {
      return Buffer.from(JSON.stringify(answer(buildParts(facts, total, partOf), total, finish)))
    },
  }
}

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = { length: 'MAX_TOKENS', stop: 'STOP' }

/** Thoughts are not among the tokens of the candidates. */
function usageOf({ inputTokens, cachedTokens, reasoningTokens }: StatedFacts, outputTokens: number): unknown {
  const thoughts = Math.min(reasoningTokens, outputTokens)
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - thoughts,
    totalTokenCount: inputTokens + outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
    ...(cachedTokens === null ? {} : { cachedContentTokenCount: cachedTokens }),
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
  }
}
