import { EMPTY_DELTA, UNKNOWN_DELTA, carryReasoning, carryText, joinDeltas } from '../api.ts'
import type { Api, Dialect, KeyPlace, RequestSpec, Delta, Usage } from '../api.ts'
import {
  addExtraBody,
  conversationOf,
  readMessageText,
  taskOfPath,
  encodeSegment,
  trimPath,
  replacePath,
} from './request.ts'
import type { Message, PlaceImages } from './request.ts'
import { asArray, asCount, asObject, asText } from '../../json.ts'
import { readErrorMessage, readStreamError } from '../refusal.ts'
import { readUnknownMembers } from '../unknown-members.ts'

/** `POST …/models/<model>:streamGenerateContent` of the Gemini API and of Vertex AI: CRLF, no `[DONE]`. */
export const gemini: Api = {
  name: 'gemini',
  facts: {
    servers: 'Gemini API (key), Vertex AI (bearer token)',
    length: { most: 'maxOutputTokens, thoughts included,' },
    tokens: 'usageMetadata: candidates and thoughts, in every event',
    cache: 'a unique prefix',
    health: 'GET /v1beta/models',
    metrics: 'none',
  },
  isIts: isGemini,
  tasks: ['chat'],
  keyPlace: chooseKeyPlace,
  framing: () => 'sse',
  optionalFields: () => ['temperature'],
  url: buildStreamUrl,
  taskOf: () => 'chat',
  modelInBody: () => null,
  urlOfModel,
  modelsUrl: (endpoint) => (isVertex(endpoint) ? null : replacePath(endpoint, `${findVersionedBase(endpoint)}/models`)),
  modelNames: readModelNames,
  body: buildContentBody,
  takesImages: true,
  read: readGeminiEvent,
  ownsEvent,
}

/** Whether the URL is Google's or names one of its methods, but not an OpenAI-like path. */
function isGemini(endpoint: URL): boolean {
  if (METHOD.test(endpoint.pathname)) return true
  if (taskOfPath(endpoint) !== null || /\/openai(\/|$)|\/openapi(\/|$)/.test(endpoint.pathname)) return false
  return (
    endpoint.hostname === 'generativelanguage.googleapis.com' || (isVertex(endpoint) && !isOtherPublisher(endpoint))
  )
}

/** The methods that generate; the model stands before the colon. */
const METHOD = /:(streamGenerateContent|generateContent)$/

function isVertex({ hostname }: URL): boolean {
  return /(^|[.-])aiplatform\.googleapis\.com$/.test(hostname)
}

function isOtherPublisher({ pathname }: URL): boolean {
  return /\/publishers\/(?!google\/)/.test(pathname)
}

/** Vertex AI takes a bearer token where the path names a project, else a key, as the Gemini API does. */
function chooseKeyPlace(endpoint: URL): KeyPlace {
  const bearer = isVertex(endpoint) && endpoint.pathname.includes('/projects/')
  return bearer ? 'bearer' : { header: 'x-goog-api-key' }
}

/** Always asks for events: without `alt=sse` the server sends a JSON list. */
function buildStreamUrl(endpoint: URL, _: unknown, model: string | null): URL {
  const url = replacePath(endpoint, buildMethodPath(endpoint, model))
  url.searchParams.set('alt', 'sse')
  return url
}

function buildMethodPath(endpoint: URL, model: string | null): string {
  const path = trimPath(endpoint)
  if (METHOD.test(path)) return path.replace(METHOD, ':streamGenerateContent')
  const named = /\/(models|tunedModels|endpoints)\/[^/]+$/.test(path)
  const full = named ? path : placeModel(endpoint, findVersionedBase(endpoint), buildModelPath(model))
  return `${full}:streamGenerateContent`
}

/** A bare name is one of the folder that the URL has: `endpoints` are models, too. */
function urlOfModel(url: URL, model: string): URL | null {
  const named = /^(.*)\/(models|tunedModels|endpoints)\/[^/]+:streamGenerateContent$/.exec(url.pathname)
  if (named === null) return null
  const [, base, folder] = named as unknown as [string, string, string]
  const path = model.includes('/') ? buildModelPath(model) : `${folder}/${encodeSegment(model)}`
  return replacePath(url, `${placeModel(url, base, path)}:streamGenerateContent`)
}

/** The path above `/models`. */
function findVersionedBase(endpoint: URL): string {
  const path = trimPath(endpoint).replace(/\/models(\/.*)?$/s, '')
  const versioned = /\/v\d[a-z0-9]*(\/|$)/.test(path)
  return `${path}${versioned ? '' : isVertex(endpoint) ? '/v1' : '/v1beta'}`
}

/** Lists call models `models/<name>`; a tuned model and an endpoint have folders of their own. */
function buildModelPath(model: string | null): string {
  const [, folder, name] = /^(?:.*\/)?(models|tunedModels|endpoints)\/([^/]+)$/.exec(model ?? '') ?? [
    null,
    'models',
    model,
  ]
  return `${folder}/${encodeSegment(name ?? 'MODEL')}`
}

/** Vertex AI has models under their publisher, and endpoints under the project. */
function placeModel(endpoint: URL, base: string, path: string): string {
  const [project, publisher] = base.split(/(?=\/publishers\/[^/]+$)/)
  if (path.startsWith('endpoints/')) return `${project}/${path}`
  return `${project}${publisher ?? (isVertex(endpoint) ? '/publishers/google' : '')}/${path}`
}

/** The models that generate text. */
function readModelNames(json: unknown): readonly string[] {
  const models = asObject(json)?.['models']
  if (!Array.isArray(models)) return []
  return models.flatMap((entry: unknown) => {
    const model = asObject(entry)
    const name = asText(model?.['name'])
    const methods = model?.['supportedGenerationMethods']
    const answers = !Array.isArray(methods) || methods.includes('generateContent')
    return name !== null && answers ? [name.replace(/^models\//, '')] : []
  })
}

function buildContentBody({ fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const { system, messages } = conversationOf(spec, placeImages)
  const body = {
    ...(system !== null && { systemInstruction: { parts: [{ text: system }] } }),
    contents: messages.map(contentOf),
    generationConfig: { maxOutputTokens: spec.outputTokens, ...(fields.has('temperature') && { temperature: 0 }) },
  }
  return addExtraBody(body, extraBody)
}

const placeImages: PlaceImages = (text, images) => ({
  parts: [{ text }, ...images.map((data) => ({ inlineData: { mimeType: 'image/png', data } }))],
})

function contentOf(message: Message): Record<string, unknown> {
  const role = message['role'] === 'assistant' || message['role'] === 'model' ? 'model' : 'user'
  return { role, parts: message['parts'] ?? [{ text: readMessageText(message) }] }
}

/** What one event says; a whole answer has the same shape. */
function readGeminiEvent(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  const stated = asArray(event?.['candidates'])
  const blocked = readBlockReason(asObject(event?.['promptFeedback']))
  const metadata = asObject(event?.['usageMetadata'])
  if (event === null || (stated === null && blocked === null && metadata === null)) return UNKNOWN_DELTA

  const candidates = stated ?? []
  const finishReason = candidates.map(readFinishReason).findLast((reason) => reason !== null) ?? null
  return {
    ...joinDeltas(candidates.flatMap(listParts).flatMap(readPart)),
    finishReason,
    usage: metadata === null ? null : readUsage(metadata, finishReason !== null),
    servedModel: asText(event['modelVersion']),
    error: blocked === null ? null : readErrorMessage(`the prompt was blocked: ${blocked}`),
  }
}

function readFinishReason(candidate: unknown): string | null {
  const reason = asText(asObject(candidate)?.['finishReason'])
  return reason === 'FINISH_REASON_UNSPECIFIED' ? null : reason
}

function listParts(candidate: unknown): readonly unknown[] {
  return asArray(asObject(asObject(candidate)?.['content'])?.['parts']) ?? []
}

/** What a part of the answer carries: its text, and a call beside it. */
function readPart(given: unknown): readonly Delta[] {
  const part = asObject(given)
  if (part === null) return []
  const text = asText(part['text'])
  const carry = part['thought'] === true ? carryReasoning : carryText
  const call = asObject(part['functionCall'] ?? part['executableCode'] ?? part['toolCall'])
  const named = asText(call?.['name'] ?? call?.['code'] ?? call?.['toolType']) !== null
  // Streamed arguments come in parts, of which only the first names the function.
  const args = call?.['partialArgs']
  const tool = named || (Array.isArray(args) && args.length > 0)
  return [text === null ? readUnknownMembers(part, PARTS) : carry(text), { ...EMPTY_DELTA, tool }]
}

/** Known members of a part, among them results of tools, which the model did not write. */
const PARTS: ReadonlySet<string> = new Set(
  'text thought thoughtSignature functionCall executableCode toolCall functionResponse codeExecutionResult toolResponse inlineData fileData videoMetadata partMetadata'.split(
    ' ',
  ),
)

function readBlockReason(feedback: Record<string, unknown> | null): string | null {
  const reason = asText(feedback?.['blockReason'])
  if (reason === null || reason === 'BLOCK_REASON_UNSPECIFIED') return null
  const message = asText(feedback?.['blockReasonMessage'])
  return message === null ? reason : `${reason}: ${message}`
}

/**
 * Thoughts are output, but not in the count of candidates. A count of thoughts alone comes before the first candidate
 * was counted, and is the answer's only at the end.
 */
function readUsage(usage: Record<string, unknown>, ended: boolean): Usage {
  const answer = asCount(usage['candidatesTokenCount'])
  const thoughts = asCount(usage['thoughtsTokenCount'])
  const counted = answer !== null || ended
  return {
    inputTokens: asCount(usage['promptTokenCount']),
    outputTokens: counted ? (answer ?? 0) + (thoughts ?? 0) : null,
    reasoningTokens: thoughts,
    cachedTokens: asCount(usage['cachedContentTokenCount']),
    totalTokens: null,
    ...(counted && thoughts && { source: 'usage+reasoning' as const }),
  }
}

function ownsEvent(json: Readonly<Record<string, unknown>>): boolean {
  const error = asObject(json['error'])
  const isError = typeof error?.['status'] === 'string' && typeof error['code'] === 'number'
  return isError || Array.isArray(json['candidates']) || 'usageMetadata' in json
}
