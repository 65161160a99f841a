/**
 * The official clients, each asked for the same few answers. What they say about an answer is taken from their own objects:
 * they are the judges of what the simulated endpoint sends. They are installed apart, so their types are not known here.
 */
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'

/** What a client gives, whose types only the install apart knows: a module, and what its methods return. */
type Given = ReturnType<typeof JSON.parse>

/** What one client read of one answer. */
export interface ClientAnswer {
  readonly what: string
  readonly text: string
  /** Null where the client does not say. */
  readonly outputTokens: number | null
  readonly inputTokens: number | null
  readonly finishReason: string | null
}

/** One official client. */
export interface OfficialClient {
  readonly package: string
  /** The API whose key place and schema the endpoint uses. */
  readonly api: ApiName
  /** Flags of the simulated endpoint; by default it wants the key in the API's own place. */
  readonly flags?: readonly string[]
  /** Imports the package, asks, and yields one answer after another. `origin` has no path. */
  ask(load: (name: string) => Promise<Given>, origin: string, key: string): AsyncIterable<ClientAnswer>
}

export const MODEL = 'simulated-model'
export const PROMPT = 'Count from one to a hundred in words.'
/** Output tokens that every answer is asked for. */
export const TOKENS = 12

export const AWS_CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE0000', secretAccessKey: 'secret/Example+Key0123456789' }
/** What makes the simulated endpoint verify AWS signatures. */
export const SIGNED = [
  '--auth',
  'aws-sigv4',
  '--client-id',
  AWS_CREDENTIALS.accessKeyId,
  '--client-secret',
  AWS_CREDENTIALS.secretAccessKey,
]

const messages = [{ role: 'user', content: PROMPT }]

export const CLIENTS: readonly OfficialClient[] = [
  { package: 'openai', api: 'openai-chat', ask: askOpenAi },
  { package: 'openai', api: 'openai-responses', ask: askOpenAiResponses },
  { package: '@anthropic-ai/sdk', api: 'anthropic', ask: askAnthropic },
  { package: 'ollama', api: 'ollama', ask: askOllama },
  { package: '@google/genai', api: 'gemini', ask: askGemini },
  { package: 'cohere-ai', api: 'cohere', ask: askCohere },
  { package: '@aws-sdk/client-bedrock-runtime', api: 'bedrock', ask: askBedrock },
  { package: '@aws-sdk/client-bedrock-runtime', api: 'bedrock', flags: SIGNED, ask: askBedrockSigned },
]

function openAiAnswer(what: string, text: string, usage: Given, finishReason: string | null): ClientAnswer {
  return {
    what,
    text,
    finishReason,
    outputTokens: usage?.completion_tokens ?? usage?.output_tokens ?? null,
    inputTokens: usage?.prompt_tokens ?? usage?.input_tokens ?? null,
  }
}

async function* askOpenAi(load: (name: string) => Promise<Given>, origin: string, apiKey: string) {
  const { default: OpenAI } = await load('openai')
  const client = new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0 })
  const chat = { model: MODEL, messages, max_completion_tokens: TOKENS, temperature: 0 }

  const whole = await client.chat.completions.create(chat)
  yield openAiAnswer('chat', whole.choices[0].message.content, whole.usage, whole.choices[0].finish_reason)

  let text = ''
  let usage: unknown = null
  let finish: string | null = null
  for await (const chunk of await client.chat.completions.create({
    ...chat,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    text += chunk.choices[0]?.delta.content ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
    usage = chunk.usage ?? usage
  }
  yield openAiAnswer('chat, streamed', text, usage, finish)

  text = ''
  for await (const chunk of await client.completions.create({
    model: MODEL,
    prompt: PROMPT,
    max_tokens: TOKENS,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    text += chunk.choices[0]?.text ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
    usage = chunk.usage ?? usage
  }
  yield openAiAnswer('completions, streamed', text, usage, finish)

  const embedded = await client.embeddings.create({ model: MODEL, input: [PROMPT, PROMPT] })
  if (embedded.data.length !== 2 || embedded.data[0].embedding.length === 0) throw new Error('no embeddings')
  const models = await client.models.list()
  if (models.data[0].id !== MODEL) throw new Error('the model is not listed')
}

async function* askOpenAiResponses(load: (name: string) => Promise<Given>, origin: string, apiKey: string) {
  const { default: OpenAI } = await load('openai')
  const client = new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0 })
  const request = { model: MODEL, input: PROMPT, max_output_tokens: TOKENS }
  const whole = await client.responses.create(request)
  yield openAiAnswer('response', whole.output_text, whole.usage, whole.incomplete_details?.reason ?? whole.status)

  // The helper rebuilds the answer from its events and fails on any that is out of place.
  const stream = client.responses.stream(request)
  let text = ''
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
  const last = await stream.finalResponse()
  if (last.output_text !== text) throw new Error('the last event does not repeat the text')
  yield openAiAnswer('response, streamed', text, last.usage, last.incomplete_details?.reason ?? last.status)
}

async function* askAnthropic(load: (name: string) => Promise<Given>, origin: string, apiKey: string) {
  const { default: Anthropic } = await load('@anthropic-ai/sdk')
  const client = new Anthropic({ apiKey, baseURL: origin, maxRetries: 0 })
  const request = { model: MODEL, messages, max_tokens: TOKENS }
  const answer = (what: string, message: Given): ClientAnswer => ({
    what,
    text: message.content.map((block: Given) => block.text ?? '').join(''),
    outputTokens: message.usage.output_tokens,
    inputTokens: message.usage.input_tokens,
    finishReason: message.stop_reason,
  })
  yield answer('message', await client.messages.create(request))
  // The helper rebuilds the message from its events.
  yield answer('message, streamed', await client.messages.stream(request).finalMessage())
}

async function* askOllama(load: (name: string) => Promise<Given>, origin: string, key: string) {
  const { Ollama } = await load('ollama')
  const client = new Ollama({ host: origin, headers: { authorization: `Bearer ${key}` } })
  const options = { num_predict: TOKENS, temperature: 0 }
  const answer = (what: string, text: string, last: Given): ClientAnswer => ({
    what,
    text,
    outputTokens: last.eval_count,
    inputTokens: last.prompt_eval_count,
    finishReason: last.done_reason,
  })
  const whole = await client.chat({ model: MODEL, messages, options })
  yield answer('chat', whole.message.content, whole)
  let text = ''
  let last: Given = null
  for await (const part of await client.chat({ model: MODEL, messages, options, stream: true })) {
    text += part.message.content
    last = part
  }
  yield answer('chat, streamed', text, last)
  text = ''
  for await (const part of await client.generate({ model: MODEL, prompt: PROMPT, options, stream: true })) {
    text += part.response
    last = part
  }
  yield answer('generate, streamed', text, last)
  const { embeddings } = await client.embed({ model: MODEL, input: [PROMPT, PROMPT] })
  if (embeddings.length !== 2) throw new Error('no embeddings')
  const { models } = await client.list()
  if (!models[0].name.startsWith(MODEL)) throw new Error('the model is not listed')
}

async function* askGemini(load: (name: string) => Promise<Given>, origin: string, apiKey: string) {
  const { GoogleGenAI } = await load('@google/genai')
  const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: origin } })
  const request = { model: MODEL, contents: PROMPT, config: { maxOutputTokens: TOKENS, temperature: 0 } }
  const answer = (what: string, text: string, last: Given): ClientAnswer => ({
    what,
    text,
    outputTokens: last.usageMetadata.candidatesTokenCount,
    inputTokens: last.usageMetadata.promptTokenCount,
    finishReason: last.candidates[0].finishReason,
  })
  const whole = await client.models.generateContent(request)
  yield answer('content', whole.text, whole)
  let text = ''
  let last: Given = null
  for await (const part of await client.models.generateContentStream(request)) {
    text += part.text ?? ''
    last = part
  }
  yield answer('content, streamed', text, last)
}

async function* askCohere(load: (name: string) => Promise<Given>, origin: string, token: string) {
  const { CohereClientV2 } = await load('cohere-ai')
  const client = new CohereClientV2({ token, environment: origin, maxRetries: 0 })
  const request = { model: MODEL, messages, maxTokens: TOKENS, temperature: 0 }
  const whole = await client.chat(request)
  yield {
    what: 'chat',
    text: whole.message.content.map((part: Given) => part.text ?? '').join(''),
    outputTokens: whole.usage.tokens.outputTokens,
    inputTokens: whole.usage.tokens.inputTokens,
    finishReason: whole.finishReason,
  }
  let text = ''
  let end: Given = null
  for await (const event of await client.chatStream(request)) {
    if (event.type === 'content-delta') text += event.delta.message.content.text ?? ''
    if (event.type === 'message-end') end = event.delta
  }
  yield {
    what: 'chat, streamed',
    text,
    outputTokens: end.usage.tokens.outputTokens,
    inputTokens: end.usage.tokens.inputTokens,
    finishReason: end.finishReason,
  }
}

function askBedrock(load: (name: string) => Promise<Given>, origin: string, key: string) {
  return askBedrockWith(load, origin, { token: { token: key }, authSchemePreference: ['httpBearerAuth'] })
}

/** Signed by the official client: whether the simulated endpoint verifies signatures rightly. */
function askBedrockSigned(load: (name: string) => Promise<Given>, origin: string) {
  return askBedrockWith(load, origin, { credentials: AWS_CREDENTIALS })
}

async function* askBedrockWith(load: (name: string) => Promise<Given>, origin: string, proof: object) {
  const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = await load('@aws-sdk/client-bedrock-runtime')
  const { NodeHttpHandler } = await load('@smithy/node-http-handler')
  const client = new BedrockRuntimeClient({
    endpoint: origin,
    region: 'eu-west-1',
    maxAttempts: 1,
    ...proof,
    // Its own choice is HTTP/2, which the simulated endpoint does not speak.
    requestHandler: new NodeHttpHandler(),
  })
  const request = {
    modelId: MODEL,
    messages: [{ role: 'user', content: [{ text: PROMPT }] }],
    inferenceConfig: { maxTokens: TOKENS, temperature: 0 },
  }
  const whole = await client.send(new ConverseCommand(request))
  yield {
    what: 'converse',
    text: whole.output.message.content.map((part: Given) => part.text ?? '').join(''),
    outputTokens: whole.usage.outputTokens,
    inputTokens: whole.usage.inputTokens,
    finishReason: whole.stopReason,
  }
  let text = ''
  let usage: Given = null
  let finishReason: string | null = null
  for await (const event of (await client.send(new ConverseStreamCommand(request))).stream) {
    text += event.contentBlockDelta?.delta?.text ?? ''
    finishReason = event.messageStop?.stopReason ?? finishReason
    usage = event.metadata?.usage ?? usage
  }
  yield {
    what: 'converse, streamed',
    text,
    outputTokens: usage.outputTokens,
    inputTokens: usage.inputTokens,
    finishReason,
  }
}
