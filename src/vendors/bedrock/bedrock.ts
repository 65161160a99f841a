import type { SettingProblem } from '../../errors.ts'
import { EMPTY_DELTA, UNKNOWN_DELTA, carryReasoning, carryText, carryTool } from '../../protocol/api.ts'
import type { Api, Dialect, RequestSpec, Delta, Usage } from '../../protocol/api.ts'
import {
  addExtraBody,
  conversationOf,
  readMessageText,
  encodeSegment,
  trimPath,
  replacePath,
} from '../../protocol/apis/request.ts'
import type { Message, PlaceImages } from '../../protocol/apis/request.ts'
import { readUnknownMembers } from '../../protocol/unknown-members.ts'
import { asCount, asObject, asText } from '../../json.ts'
import type { AuthFacts, AuthWay, Variables, Vendor } from '../vendor.ts'
import { createSigner } from './signature.ts'

/** Amazon Bedrock, `POST /model/<id>/converse-stream`: typed events in the AWS binary framing; `metadata` comes last. */
export const bedrockApi: Api = {
  name: 'bedrock',
  facts: {
    servers: 'Amazon Bedrock (Converse)',
    length: { most: 'inferenceConfig.maxTokens' },
    tokens: 'metadata.usage of the last event',
    cache: 'a unique prefix; nothing is marked for caching',
    health: 'none',
    metrics: 'none',
  },
  isIts: isBedrock,
  tasks: ['chat'],
  framing: () => 'event-stream',
  optionalFields: () => ['temperature'],
  url: (endpoint, _, model) => replacePath(endpoint, `${buildModelPath(endpoint, model)}/converse-stream`),
  taskOf: () => 'chat',
  modelInBody: () => null,
  urlOfModel: (url, model) =>
    replacePath(
      url,
      trimPath(url).replace(/\/[^/]+(?=\/converse-stream$)/, () => `/${encodeSegment(model)}`),
    ),
  modelsUrl: () => null,
  modelNames: () => [],
  body: composeBody,
  takesImages: true,
  read,
  ownsHeaders: (headers) =>
    /vnd\.amazon\.eventstream/.test(headers['content-type'] ?? '') || 'x-amzn-errortype' in headers,
}

/** Whether the URL has a host of Bedrock's runtime or the path of this API. Its hosts have OpenAI-like paths, too. */
function isBedrock(endpoint: URL): boolean {
  const path = trimPath(endpoint)
  if (/\/model\/[^/]+\/converse(-stream)?$/.test(path)) return true
  return isBedrockHost(endpoint) && /(^|\.)bedrock-runtime/.test(endpoint.hostname) && !/\/(openai|v1)(\/|$)/.test(path)
}

/** The path for a model, whose id may be an ARN with slashes and colons. */
function buildModelPath(endpoint: URL, model: string | null): string {
  const path = trimPath(endpoint).replace(/\/converse(-stream)?$/, '')
  return /\/model\/[^/]+$/.test(path) ? path : `${path}/model/${encodeSegment(model ?? 'MODEL')}`
}

function composeBody({ fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const { system, messages } = conversationOf(spec, placeImages)
  const body = {
    ...(system !== null && { system: [{ text: system }] }),
    messages: messages.map((message) => ({ role: message['role'], content: blocksOf(message) })),
    inferenceConfig: { maxTokens: spec.outputTokens, ...(fields.has('temperature') && { temperature: 0 }) },
  }
  return addExtraBody(body, extraBody)
}

const placeImages: PlaceImages = (text, images) => ({
  content: [{ text }, ...images.map((bytes) => ({ image: { format: 'png', source: { bytes } } }))],
})

/** Blocks in Bedrock's own form have no `type`; any other content is read as text. */
function blocksOf(message: Message): readonly unknown[] {
  const content = message['content']
  const isOwn = Array.isArray(content) && content.every((block) => asObject(block)?.['type'] === undefined)
  return isOwn ? content : [{ text: readMessageText(message) }]
}

/** Errors are exceptions of the framing and do not come here. The random padding in `p` has no meaning. */
function read(json: unknown, eventName: string): Delta {
  const event = asObject(json)
  if (event === null) return UNKNOWN_DELTA
  switch (eventName) {
    case 'contentBlockDelta':
      return readDelta(asObject(event['delta']))
    case 'contentBlockStart':
      return namesTool(event) ? { ...EMPTY_DELTA, tool: true } : EMPTY_DELTA
    case 'messageStart':
    case 'contentBlockStop':
      return EMPTY_DELTA
    case 'messageStop':
      return { ...EMPTY_DELTA, finishReason: asText(event['stopReason']) }
    case 'metadata':
      return { ...EMPTY_DELTA, usage: usageOf(asObject(event['usage'])), terminal: true }
    default:
      return UNKNOWN_DELTA
  }
}

function readDelta(delta: Record<string, unknown> | null): Delta {
  if (delta === null) return EMPTY_DELTA
  const thought = asObject(delta['reasoningContent'])
  if (thought !== null) {
    // A signature or encrypted reasoning is not text.
    const reasoning = asText(thought['text'])
    return reasoning === null ? { ...EMPTY_DELTA, concealed: true } : carryReasoning(reasoning)
  }
  const text = asText(delta['text'])
  if (text !== null) return carryText(text)
  const input = asText(asObject(delta['toolUse'])?.['input'])
  return input === null ? readUnknownMembers(delta, KNOWN_MEMBERS) : carryTool(input)
}

const KNOWN_MEMBERS: ReadonlySet<string> = new Set(['text', 'toolUse', 'reasoningContent', 'citation', 'toolResult'])

function namesTool(event: Record<string, unknown>): boolean {
  return asText(asObject(asObject(event['start'])?.['toolUse'])?.['name']) !== null
}

/** `inputTokens` leaves out what was read from the cache and written to it, if the total shows that. */
function usageOf(usage: Record<string, unknown> | null): Usage | null {
  if (usage === null) return null
  const sent = asCount(usage['inputTokens'])
  const outputTokens = asCount(usage['outputTokens'])
  const totalTokens = asCount(usage['totalTokens'])
  const cachedTokens = asCount(usage['cacheReadInputTokens'])
  const cached = (cachedTokens ?? 0) + (asCount(usage['cacheWriteInputTokens']) ?? 0)
  const leftOut = sent !== null && totalTokens === sent + cached + (outputTokens ?? 0)
  return {
    inputTokens: leftOut ? sent + cached : sent,
    outputTokens,
    reasoningTokens: null,
    cachedTokens,
    totalTokens,
    source: 'server-final',
  }
}

/** Amazon's names of its endpoints for models; customers can choose the names of other AWS hosts. */
const SERVICE_HOST =
  /^(bedrock(-runtime|-mantle)?(-fips)?|vpce-[a-z0-9-]{1,80}\.bedrock-runtime)\.[a-z]{2}(-[a-z]+)+-\d\.(amazonaws\.com(\.cn)?|api\.aws|vpce\.amazonaws\.com)$/
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/
const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/

/** Whether the host is one of Amazon Bedrock. */
function isBedrockHost({ hostname }: URL): boolean {
  return AWS_HOST.test(hostname) && hostname.split('.').some((label) => label.startsWith('bedrock'))
}

/** Whether the host is Bedrock's own; only there a Bedrock key from the environment may go. */
function isServiceHost({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && SERVICE_HOST.test(hostname)
}

/** The region in the name of an AWS host; null when there is none. */
function awsRegionOf({ hostname }: URL): string | null {
  return AWS_HOST.test(hostname) ? (hostname.split('.').find((label) => AWS_REGION.test(label)) ?? null) : null
}

const SERVICE = 'bedrock'

/** Signs each request with the AWS credentials of the environment. */
const AWS_SIGV4: AuthWay = {
  word: 'aws-sigv4',
  settings: [],
  variables: [
    { name: 'AWS_ACCESS_KEY_ID', isSecret: true },
    { name: 'AWS_SECRET_ACCESS_KEY', isSecret: true },
    { name: 'AWS_SESSION_TOKEN', isSecret: true },
    { name: 'AWS_REGION', isSecret: false },
    { name: 'AWS_DEFAULT_REGION', isSecret: false },
  ],
  secret: { variable: 'AWS_SECRET_ACCESS_KEY' },
  headers: ['authorization', 'x-amz-date', 'x-amz-security-token'],
  *findProblems(facts) {
    yield* findBadVariables(facts)
    yield* findWrongHost(facts)
  },
  createSigner({ endpoint, variables }) {
    const sign = createSigner({ ...readCredentials(variables, endpoint), service: SERVICE })
    return ({ method, url, body }, at) =>
      sign({ method, host: url.host, path: url.pathname, query: url.search.slice(1), body }, at)
  },
}

/** What requests are signed with; '' for anything missing. Only the region may be shown. */
function readCredentials(variables: Variables, endpoint: URL | null) {
  return {
    accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
    // Only with temporary credentials.
    sessionToken: variables['AWS_SESSION_TOKEN'] ?? null,
    // The signature must be for the host's region, whatever the environment says.
    region:
      (endpoint === null ? null : awsRegionOf(endpoint)) ??
      variables['AWS_REGION'] ??
      variables['AWS_DEFAULT_REGION'] ??
      '',
  }
}

function* findBadVariables({ endpoint, variables }: AuthFacts): Iterable<SettingProblem> {
  const { accessKeyId, secretAccessKey, sessionToken, region } = readCredentials(variables, endpoint ?? null)
  const needed = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === '' ? [name] : []))
  if (missing.length > 0) {
    const message =
      `is aws-sigv4, and the environment has no ${missing.join(', no ')}; set it, in a workflow with ` +
      'aws-actions/configure-aws-credentials, or use an API key of Bedrock with auth: bearer'
    return yield { setting: 'auth', given: null, message }
  }
  const wrong = Object.entries({ ...needed, AWS_SESSION_TOKEN: sessionToken }).flatMap(([name, value]) =>
    value === null || /^[\x21-\x7e]+$/.test(value) ? [] : [name],
  )
  if (wrong.length > 0) {
    const message = `is aws-sigv4, and ${wrong.join(', ')} of the environment has characters that no header can carry`
    yield { setting: 'auth', given: null, message }
  }
}

/** Signatures must not go to other hosts. */
function* findWrongHost({ endpoint, api }: AuthFacts): Iterable<SettingProblem> {
  if (endpoint == null || isBedrockHost(endpoint) || awsRegionOf(endpoint) !== null || api === 'bedrock') return
  if (/\/model\/[^/]+\//.test(endpoint.pathname)) return
  const message = `is aws-sigv4, which signs requests to Amazon Bedrock, and ${endpoint.host} is none; set api: bedrock, or change auth`
  yield { setting: 'auth', given: null, message }
}

/** Amazon Bedrock. */
export const bedrock: Vendor = {
  name: 'Amazon Bedrock',
  api: bedrockApi,
  isIts: isBedrockHost,
  // AWS gateways in front of other services send it, too.
  ownsHeaders: (headers) => 'x-amzn-requestid' in headers && !('anthropic-organization-id' in headers),
  ways: [AWS_SIGV4],
  borrowed: [{ variable: 'AWS_BEARER_TOKEN_BEDROCK', setting: 'api-key' }],
  ownsVariables: isServiceHost,
}
