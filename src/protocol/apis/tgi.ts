import { EMPTY_DELTA, UNKNOWN_DELTA, carryText } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, Usage } from '../api.ts'
import { addExtraBody, readPromptText, trimPath, replacePath, trimGenerate, listServerMetricsUrls } from './request.ts'
import { asCount, asObject, asText } from '../../json.ts'
import { readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'

/**
 * Text Generation Inference, `POST /generate_stream`: a raw prompt, one event a token. Without `details` nothing is
 * counted; `decoder_input_details` is refused for streams. Generation is greedy by default, and a temperature of 0 is
 * refused, so none is sent.
 */
export const tgi: Api = {
  name: 'tgi',
  facts: {
    servers: 'Text Generation Inference (native API)',
    length: { most: 'max_new_tokens' },
    tokens: 'details.generated_tokens of the last event',
    cache: 'a unique prefix',
    health: 'GET /health, GET /info',
    metrics: 'GET /metrics',
  },
  isIts: isTgi,
  tasks: ['completions'],
  framing: () => 'sse',
  optionalFields: () => [],
  url: (endpoint) => replacePath(endpoint, `${trimGenerate(endpoint)}/generate_stream`),
  taskOf: () => 'completions',
  modelInBody: () => null,
  modelsUrl: (endpoint) => replacePath(endpoint, `${trimGenerate(endpoint)}/info`),
  modelNames(json) {
    const name = asText(asObject(json)?.['model_id'])
    return name === null ? [] : [name]
  },
  body: composeBody,
  read,
  serverPages: ['/info'],
  metricsUrls: listServerMetricsUrls,
  ownsEvent: (json) =>
    asObject(json['token']) !== null ||
    typeof json['generated_text'] === 'string' ||
    (typeof json['error'] === 'string' && typeof json['error_type'] === 'string'),
}

/** Whether the URL has the path of TGI's native API. */
function isTgi(endpoint: URL): boolean {
  const path = trimPath(endpoint)
  return path.endsWith('/generate_stream') && !path.includes('/v2/models/')
}

function composeBody({ extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const parameters = { max_new_tokens: spec.outputTokens, details: true }
  return addExtraBody({ inputs: readPromptText(spec), parameters }, extraBody)
}

function read(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  const token = asObject(event?.['token'])
  if (event === null || token === null) return UNKNOWN_DELTA
  const details = asObject(event['details'])
  // A special token ends the answer and is not part of it; half a character has no text.
  const text = token['special'] === true ? null : asText(token['text'])
  return {
    ...(text === null ? readBeside(event, token) : carryText(text)),
    usage: details === null ? null : usageOf(details),
    finishReason: asText(details?.['finish_reason']),
    terminal: typeof event['generated_text'] === 'string',
  }
}

/** Reads an event whose token has no text. */
function readBeside(event: Record<string, unknown>, token: Record<string, unknown>): Delta {
  const other = readUnknownMembers(token, TOKEN_MEMBERS)
  return other === EMPTY_DELTA ? readUnknownMembers(event, EVENT_MEMBERS) : other
}

const TOKEN_MEMBERS: ReadonlySet<string> = new Set(['id', 'text', 'logprob', 'special'])
/** The last event repeats the whole text. */
const EVENT_MEMBERS: ReadonlySet<string> = new Set(['index', 'token', 'top_tokens', 'generated_text', 'details'])

function usageOf(details: Record<string, unknown>): Usage {
  return {
    inputTokens: asCount(details['input_length']),
    outputTokens: asCount(details['generated_tokens']),
    reasoningTokens: null,
    cachedTokens: null,
    totalTokens: null,
    source: 'server-final',
  }
}
