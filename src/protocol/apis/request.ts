import type { OptionalField, RequestSpec, Dialect, KeyPlace } from '../api.ts'
import { asObject, asText, readNames } from '../../json.ts'
import { TASKS } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import { trimSlashes } from '../../text.ts'

// What requests of several APIs have in common: messages and fields of any, then those of the OpenAI-like APIs: URLs of tasks and of the list of models, where
// the key goes, and bodies; last what an endpoint's URL says, whatever its API.

/** A message in the form of prompts files: `role` and `content`. */
export type Message = Readonly<Record<string, unknown>>

/** A conversation for APIs that take the system's words separately. */
interface Conversation {
  /** The system's words, null when it has none. */
  readonly system: string | null
  readonly messages: readonly Message[]
}

/** The members of a message with a text and images, as an API has them. */
export type PlaceImages = (text: string, images: readonly string[]) => Message

/** The messages of a request. */
export function messagesOf({ prompts, messages, images }: RequestSpec, place: PlaceImages): readonly Message[] {
  if (messages !== undefined) return messages
  const text = prompts[0] ?? ''
  return [{ role: 'user', ...(images === undefined ? { content: text } : place(text, images)) }]
}

/** A text and images as parts of a content, as OpenAI's chat and those who follow it have them. */
export const placeImageUrls: PlaceImages = (text, images) => ({
  content: [
    { type: 'text', text },
    ...images.map((image) => ({ type: 'image_url', image_url: { url: writeDataUrl(image) } })),
  ],
})

/** A URL that holds an image itself. */
export function writeDataUrl(image: string): string {
  return `data:image/png;base64,${image}`
}

/** The messages of a request, with the system's words apart. */
export function conversationOf(spec: RequestSpec, place: PlaceImages): Conversation {
  const all = messagesOf(spec, place)
  const system = all.filter(isSystem)
  if (system.length === 0) return { system: null, messages: all }
  return { system: system.map(readMessageText).join('\n\n'), messages: all.filter((message) => !isSystem(message)) }
}

/** The prompt of an API that takes one text: the messages of a prompts file are joined by a blank line. */
export function readPromptText({ prompts, messages }: RequestSpec): string {
  return messages === undefined ? (prompts[0] ?? '') : messages.map(readMessageText).join('\n\n')
}

/** The text of a message whose content is a text or a list of parts; '' where it has none. */
export function readMessageText({ content }: Message): string {
  if (!Array.isArray(content)) return asText(content) ?? ''
  return content.map((part: unknown) => asText(asObject(part)?.['text']) ?? '').join('')
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

/**
 * Adds the user's members to a body. Objects of the same name (`options`, `parameters`) are merged, so that an extra
 * option does not remove the output length.
 */
export function addExtraBody(
  body: Record<string, unknown>,
  extraBody: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = { ...body }
  for (const [name, value] of Object.entries(extraBody)) {
    const ours = asObject(body[name])
    const theirs = asObject(value)
    merged[name] = ours === null || theirs === null ? value : { ...ours, ...theirs }
  }
  return merged
}

/** Whether these optional fields force an answer's length. */
export function forcesLength(fields: Iterable<OptionalField>): boolean {
  return [...fields].some((field) => field === 'ignore_eos' || field === 'min_tokens')
}

const FULL_PATH = /\/(chat\/completions|completions|embeddings|(open-)?responses)$/
/** llama.cpp has a second name for it, and NIM another. */
const RERANKING = /\/(re)?ranking$/

const SUFFIX: Readonly<Record<Task, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
  rerank: '/rerank',
  score: '/score',
}

/** The path of `task` under an OpenAI-like base. */
export function suffixOfTask(task: Task): string {
  return SUFFIX[task]
}

/** The task that a full OpenAI-like URL names by its last segments, or null for a base. */
export function taskOfPath(endpoint: URL): Task | null {
  const path = trimPath(endpoint)
  return TASKS.find((task) => path.endsWith(SUFFIX[task])) ?? (RERANKING.test(path) ? 'rerank' : null)
}

/** The URL to post to: a full URL as it is, a base with the task's path. */
export function openAiUrl(endpoint: URL, task: Task): URL {
  return taskOfPath(endpoint) === null ? placeUnderOpenAiBase(endpoint, SUFFIX[task]) : endpoint
}

/**
 * The base with `suffix`. A base without a version (`/v1`, `/v1beta/openai`) or deployment first gets `/v1`, on Azure
 * `/openai/v1`. The query is kept.
 */
export function placeUnderOpenAiBase(endpoint: URL, suffix: string): URL {
  const path = trimPath(endpoint)
  return replacePath(endpoint, path + findMissingVersion(endpoint, path) + suffix)
}

function findMissingVersion(endpoint: URL, path: string): string {
  if (/\/v\d[a-z0-9.]*(\/|$)|\/deployments\//i.test(path)) return ''
  if (!isAzureHost(endpoint)) return '/v1'
  // `/models` is the base of Foundry's models that are not OpenAI's.
  if (path.endsWith('/models')) return ''
  return path.endsWith('/openai') ? '/v1' : '/openai/v1'
}

/** `GET …/models` beside the task's path. Null on Azure, which lists models but takes names of deployments. */
export function openAiModelsUrl(endpoint: URL): URL | null {
  const path = trimPath(endpoint)
  if (openAiKeyPlace(endpoint) !== 'bearer' || path.endsWith('/invocations')) return null
  return FULL_PATH.test(path)
    ? replacePath(endpoint, path.replace(FULL_PATH, '/models'))
    : placeUnderOpenAiBase(endpoint, '/models')
}

/** The `id` of each entry of `data`. */
export function openAiModelNames(json: unknown): readonly string[] {
  return readNames(asObject(json)?.['data'], 'id')
}

/** The URL of another deployment of Azure OpenAI, whose path decides whatever the body says; null where the path names none. */
export function urlOfDeployment(url: URL, model: string): URL | null {
  const named = /(?<=\/openai\/deployments\/)[^/]+/
  if (!named.test(url.pathname)) return null
  return replacePath(
    url,
    url.pathname.replace(named, () => encodeSegment(model)),
  )
}

/**
 * Where the OpenAI-like APIs take a key. Azure wants it bare in `api-key`, and so do copies of its API behind API
 * Management and paths with deployments anywhere. A token of Entra is a bearer token, for which the user sets `auth:
 * bearer`. All others take a bearer token.
 */
export function openAiKeyPlace(endpoint: URL): KeyPlace {
  const { hostname, pathname } = endpoint
  const isGateway = hostname.endsWith('.azure-api.net') && /\/openai(\/|$)/.test(pathname)
  const isAzure = isAzureHost(endpoint) || isGateway || /\/openai\/deployments\/[^/]/.test(pathname)
  return isAzure ? { header: 'api-key' } : 'bearer'
}

/** A chat request. `stream` is always sent, because servers differ in its default. */
export function buildChatBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...buildModelMember(dialect),
    messages: messagesOf(spec, placeImageUrls),
    ...(spec.tools !== undefined && { tools: spec.tools }),
    [dialect.lengthField]: spec.outputTokens,
    ...listGenerationMembers(dialect, spec),
  }
  return addExtraBody(body, dialect.extraBody)
}

/** A request to the older completions path, which never had `max_completion_tokens`. */
export function buildCompletionsBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...buildModelMember(dialect),
    prompt: readPromptText(spec),
    max_tokens: spec.outputTokens,
    ...listGenerationMembers(dialect, spec),
  }
  return addExtraBody(body, dialect.extraBody)
}

/** An embeddings request; one prompt goes as a text, several as a list. */
export function buildEmbeddingsBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const input = spec.prompts.length === 1 ? spec.prompts[0] : spec.prompts
  return addExtraBody({ ...buildModelMember(dialect), input }, dialect.extraBody)
}

function buildModelMember({ model }: Dialect): Record<string, unknown> {
  return model === null ? {} : { model }
}

function listGenerationMembers(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const stream = spec.stream ?? true
  return {
    stream,
    // Servers refuse it beside `stream: false`.
    ...(stream && dialect.fields.has('stream_options') && { stream_options: { include_usage: true } }),
    ...pickOptionalMembers(dialect, spec),
  }
}

/** The optional fields that the endpoint accepts and that all of OpenAI's APIs share. */
export function pickOptionalMembers({ fields }: Dialect, spec: RequestSpec): Record<string, unknown> {
  return {
    ...(fields.has('temperature') && { temperature: 0 }),
    ...(fields.has('ignore_eos') && { ignore_eos: true }),
    ...(fields.has('min_tokens') && { min_tokens: spec.outputTokens }),
    ...(fields.has('cache_salt') && { cache_salt: spec.cacheSalt ?? spec.nonce }),
  }
}

/** The path without slashes at its end. */
export function trimPath(endpoint: URL): string {
  return trimSlashes(endpoint.pathname)
}

/** The path before the method of text generation, as TGI and Triton have it. */
export function trimGenerate(endpoint: URL): string {
  return trimPath(endpoint).replace(/\/generate(_stream)?$/, '')
}

/** The same URL with another path. */
export function replacePath(endpoint: URL, path: string): URL {
  const url = new URL(endpoint)
  url.pathname = path
  return url
}

/** A name as one segment of a path. Half a character, which a server or a file may have written, is replaced, as in all that is sent. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name.toWellFormed())
}

/** Whether Azure itself answers there (Azure OpenAI, Foundry), whatever the path. */
function isAzureHost(endpoint: URL): boolean {
  return AZURE_HOST.test(endpoint.hostname)
}

const AZURE_HOST = /\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/

/** vLLM and most others; NIM; TensorRT-LLM, whose `/metrics` has another format. */
const METRICS_PATHS = ['/metrics', '/v1/metrics', '/prometheus/metrics']

/**
 * Where the server of `url` may have its metrics, the likeliest first: at the same origin, and behind the same path
 * prefix if there is one. Without the query, which may be secret.
 */
export function listServerMetricsUrls(url: URL): readonly URL[] {
  // Cloud services do not show any.
  if (isAzureHost(url)) return []
  const prefix = /^(.*?)\/v\d+(\/|$)/.exec(trimPath(url))?.[1] ?? ''
  return METRICS_PATHS.map((path) => {
    const at = replacePath(url, prefix + path)
    at.search = ''
    return at
  })
}
