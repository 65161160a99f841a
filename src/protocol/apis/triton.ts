import { EMPTY_DELTA, UNKNOWN_DELTA, carryText } from '../api.ts'
import type { Api, Dialect, RequestSpec, Delta, Usage } from '../api.ts'
import {
  addExtraBody,
  readPromptText,
  encodeSegment,
  replacePath,
  trimGenerate,
  listServerMetricsUrls,
} from './request.ts'
import { asCount, asObject, asText } from '../../json.ts'
import { readUnknownMembers } from '../unknown-members.ts'
import { readStreamError } from '../refusal.ts'

/**
 * Triton's generate extension, `POST /v2/models/<model>[/versions/<version>]/generate_stream`, with the parameters of
 * the TensorRT-LLM and vLLM backends. No event marks the end; counts and finish reasons come only from backends that
 * support asking for them.
 */
export const triton: Api = {
  name: 'triton',
  facts: {
    servers: 'Triton Inference Server with TensorRT-LLM (engines, LLM API) or vLLM',
    length: 'ignore_eos and min_tokens where the backend takes them, else max_tokens and the prompt',
    tokens: 'num_output_tokens where the backend counts, else events',
    cache: 'a unique prefix',
    health: 'GET /v2/health/ready',
    metrics: 'GET :8002/metrics, not read',
  },
  isIts: isTriton,
  tasks: ['completions'],
  framing: () => 'sse',
  // A broken connection still fails.
  endsByClose: true,
  optionalFields: () => ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'sampling_param_max_tokens'],
  url: (endpoint, _, model) => replacePath(endpoint, `${buildModelPath(endpoint, model)}/generate_stream`),
  taskOf: () => 'completions',
  modelInBody: () => null,
  urlOfModel,
  modelsUrl: () => null,
  modelNames: () => [],
  body: composeBody,
  read,
  serverPages: ['/v2'],
  metricsUrls: listServerMetricsUrls,
  ownsEvent: (json) => typeof json['text_output'] === 'string',
}

const NAMED = /\/v2\/models\/[^/]+(\/versions\/[^/]+)?$/

/** Whether the URL has a path of Triton. */
function isTriton(endpoint: URL): boolean {
  return NAMED.test(trimGenerate(endpoint))
}

function buildModelPath(endpoint: URL, model: string | null): string {
  const path = trimGenerate(endpoint)
  if (NAMED.test(path)) return path
  return `${path.replace(/\/v2(\/models)?$/, '')}/v2/models/${encodeSegment(model ?? 'MODEL')}`
}

/** A version in the URL is one of its own model, and of no other. */
function urlOfModel(url: URL, model: string): URL {
  const path = trimGenerate(url)
  const named = `/v2/models/${encodeSegment(model)}`
  if (path.includes(`${named}/versions/`)) return url
  return replacePath(url, `${path.replace(NAMED, '')}${named}/generate_stream`)
}

function composeBody({ fields, extraBody }: Dialect, spec: RequestSpec): Record<string, unknown> {
  const parameters = {
    stream: true,
    max_tokens: spec.outputTokens,
    ...(fields.has('stream_options') && ASK_FOR_COUNTS),
    ...(fields.has('temperature') && { temperature: 0 }),
    ...(fields.has('ignore_eos') && { ignore_eos: true }),
    ...(fields.has('min_tokens') && { min_tokens: spec.outputTokens }),
    // Names of TensorRT-LLM's LLM API, which ignores the others; vLLM refuses these.
    ...(fields.has('sampling_param_max_tokens') && { streaming: true, sampling_param_max_tokens: spec.outputTokens }),
  }
  return addExtraBody({ text_input: readPromptText(spec), parameters }, extraBody)
}

/** Sent where other APIs send `stream_options`. */
const ASK_FOR_COUNTS = { return_num_input_tokens: true, return_num_output_tokens: true, return_finish_reason: true }

function read(json: unknown, eventName: string): Delta {
  const error = readStreamError(json, eventName)
  if (error !== null) return { ...EMPTY_DELTA, error }
  const event = asObject(json)
  if (event === null) return UNKNOWN_DELTA
  const said = readSaid(event)
  if (event['text_output'] === undefined && !said.reasoning) return UNKNOWN_DELTA
  const model = asText(event['model_name'])
  const version = asText(event['model_version'])
  const reason = finishReason(event['finish_reason'])
  return {
    ...said,
    usage: usageOf(event),
    finishReason: reason,
    error: reason === 'abort' ? 'finish_reason "abort"' : null,
    servedModel: model === null || version === null ? model : `${model}:${version}`,
  }
}

function readSaid(event: Record<string, unknown>): Delta {
  const output = event['text_output']
  const text = Array.isArray(output) ? output.map(asText).join('') : (asText(output) ?? '')
  return text === '' ? readUnknownMembers(event, KNOWN_MEMBERS) : carryText(text)
}

/** Members beside the text: numbers, sometimes very many. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set(
  'text_output context_logits generation_logits cum_log_probs output_log_probs log_probs finish_reason sequence_id batch_index'.split(
    ' ',
  ),
)

/** Each event counts only its own tokens, unlike in other APIs, so they are summed. */
function usageOf(event: Record<string, unknown>): Usage | null {
  const outputTokens = asCount(unwrapSingle(event['num_output_tokens']))
  const inputTokens = asCount(unwrapSingle(event['num_input_tokens']))
  if (outputTokens === null && inputTokens === null) return null
  return { inputTokens, outputTokens, perEvent: true, reasoningTokens: null, cachedTokens: null, totalTokens: null }
}

/** Every event but the last says "None". */
function finishReason(value: unknown): string | null {
  const reason = asText(unwrapSingle(value))
  return reason === 'None' ? null : reason
}

/** A tensor of one value is that value, or a list of it. */
function unwrapSingle(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value
}
