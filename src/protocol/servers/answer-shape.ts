import type { ApiName } from '../../vocabulary/api-names.ts'
import { asObject, parseJson } from '../json.ts'

/** As much of an answer's beginning as is looked at, in characters. */
const LONGEST = 4_096

/**
 * The API whose answer this is the beginning of: an event stream, JSON lines, a whole answer or an error body, with its
 * headers. Null when many APIs, or none, answer so. It finds what was not asked for; it is no reader of answers.
 */
export function apiOfAnswer(head: string, headers: Readonly<Record<string, string>>): ApiName | null {
  if (/vnd\.amazon\.eventstream/.test(headers['content-type'] ?? '') || 'x-amzn-errortype' in headers) return 'bedrock'
  for (const json of eventsOf(head.slice(0, LONGEST))) {
    const api = apiOfEvent(json) ?? apiOfError(json)
    if (api !== null) return api
  }
  return null
}

/** The JSON objects that stand alone, on a line, or after `data:`. */
function* eventsOf(head: string): Iterable<Record<string, unknown>> {
  const whole = parseJson(head)
  const first: unknown = Array.isArray(whole) ? whole[0] : whole
  if (asObject(first) !== null) return yield asObject(first)!
  for (const line of head.split(/[\r\n]+/)) {
    const json = asObject(parseJson(line.replace(/^\uFEFF?\s*(data:)?\s*[[,]?/, '').replace(/[,\]]\s*$/, '')))
    if (json !== null) yield json
  }
}

function apiOfEvent(json: Record<string, unknown>): ApiName | null {
  const object = json['object']
  const type = typeof json['type'] === 'string' ? json['type'] : ''
  if (Array.isArray(json['choices'])) {
    if (object === 'text_completion') return 'openai-completions'
    const choice = asObject(json['choices'][0])
    return choice !== null && 'text' in choice ? 'openai-completions' : 'openai-chat'
  }
  if (/^response\.(created|in_progress|output|queued)/.test(type) || object === 'response') return 'openai-responses'
  if (Array.isArray(json['data']) && asObject(json['data'][0])?.['embedding'] !== undefined) return 'openai-embeddings'
  if (/^(message_(start|delta|stop)|content_block_)/.test(type) || type === 'message') return 'anthropic'
  if (/^(message|content|tool-call)-(start|delta|end)$/.test(type)) return 'cohere'
  if (Array.isArray(json['candidates']) || 'usageMetadata' in json) return 'gemini'
  if (typeof json['done'] === 'boolean' && ('response' in json || 'message' in json)) return 'ollama'
  if (asObject(json['token']) !== null || typeof json['generated_text'] === 'string') return 'tgi'
  if (typeof json['text_output'] === 'string') return 'triton'
  if (typeof json['content'] === 'string' && typeof json['stop'] === 'boolean') return 'llamacpp'
  return null
}

/** Errors that are shaped as one API's only. */
function apiOfError(json: Record<string, unknown>): ApiName | null {
  const error = asObject(json['error'])
  if (json['type'] === 'error' && typeof error?.['type'] === 'string') return 'anthropic'
  if (typeof error?.['status'] === 'string' && typeof error['code'] === 'number') return 'gemini'
  if (typeof json['error'] === 'string' && typeof json['error_type'] === 'string') return 'tgi'
  if (typeof json['error_code'] === 'string' && typeof json['message'] === 'string') return 'databricks'
  return null
}
