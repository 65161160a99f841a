import { UNKNOWN_DELTA, type Delta, type ServerTimings, type Usage } from '../delta.ts'
import { asCount, asMs, asObject, asText } from '../json.ts'
import { errorMessage } from '../refusals/refusal.ts'
import { readStreamError } from '../answer/failure.ts'

/** What one event of an OpenAI-like stream says: chat (`delta`) and completions (`text`), from any server; or a whole answer. */
export function readOpenAiEvent(json: unknown, eventName: string): Delta {
  const event = asObject(json)
  const error = readStreamError(json, eventName)
  if (event === null) return error === null ? UNKNOWN_DELTA : { ...UNKNOWN_DELTA, error, unknown: false }

  const found: Found = { text: false, reasoning: false, tool: false, concealed: false, finishReason: null, error }
  const choices = event['choices']
  if (Array.isArray(choices)) for (const choice of choices) readChoice(asObject(choice), event, found)
  // Some agents send one choice without its wrapping.
  else if (event['delta'] !== undefined) readChoice(event, event, found)

  const usage = readOpenAiUsage(event)
  const server = readServerTimings(event)
  return {
    text: found.text,
    reasoning: found.reasoning,
    tool: found.tool,
    concealed: found.concealed,
    usage,
    ...(server !== null && { server }),
    finishReason: found.finishReason,
    servedModel: asText(event['model']),
    error: found.error,
    terminal: false,
    unknown: !Array.isArray(choices) && usage === null && asObject(event['delta']) === null && found.error === null,
  }
}

interface Found {
  text: boolean
  reasoning: boolean
  tool: boolean
  concealed: boolean
  finishReason: string | null
  error: string | null
}

function readChoice(choice: Record<string, unknown> | null, event: Record<string, unknown>, found: Found): void {
  if (choice === null) return
  // Only what is new: `message` beside `delta` repeats the whole answer so far.
  const delta = asObject(choice['delta'])
  if (delta !== null) readDelta(delta, found)
  else if (asText(choice['text']) !== null) found.text = true
  else if (event['object'] === 'chat.completion') readDelta(asObject(choice['message']) ?? {}, found)
  found.finishReason = asText(choice['finish_reason']) ?? found.finishReason
  if (choice['error']) found.error ??= errorMessage(choice['error'])
  if (found.finishReason === 'error' || found.finishReason === 'abort')
    found.error ??= `finish_reason "${found.finishReason}"`
}

function readDelta(delta: Record<string, unknown>, found: Found): void {
  // An agent's tool result is input to the model, not its output.
  if (delta['role'] === 'tool') return
  const content = delta['content']
  if (typeof content === 'string') found.text ||= content !== ''
  else if (Array.isArray(content)) for (const part of content) readPart(asObject(part), found)
  if (asText(delta['refusal']) !== null) found.text = true
  // The same text may stand in two of these: flags count it once.
  if (carriesReasoning(delta)) found.reasoning = true
  if (delta['reasoning_details'] !== undefined) found.concealed ||= holdsCiphertext(delta['reasoning_details'])
  if (carriesTool(delta)) found.tool = true
}

function carriesReasoning(delta: Record<string, unknown>): boolean {
  return (
    holdsText(delta['reasoning_content']) ||
    holdsText(delta['reasoning']) ||
    holdsText(delta['thinking']) ||
    holdsText(delta['reasoning_details'])
  )
}

// Parts of a content array: Mistral's `thinking`, `reasoning` with a summary, otherwise answer text.
function readPart(part: Record<string, unknown> | null, found: Found): void {
  if (part === null) return
  const type = part['type']
  if (type === 'reasoning' || type === 'thinking') {
    found.reasoning ||= holdsText(part)
    found.concealed ||= holdsCiphertext(part)
  } else found.text ||= holdsText(part)
}

/** Whether there is text in a text, a list of parts or a part; never the ciphertext or signature of hidden reasoning. */
function holdsText(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  if (Array.isArray(value)) return value.some(holdsText)
  const part = value === undefined ? null : asObject(value)
  if (part === null) return false
  return TEXT_MEMBERS.some((name) => part[name] !== undefined && holdsText(part[name]))
}

/** Whether a list of parts or a part has reasoning in it that nobody can read: its ciphertext, or the signature of it. */
function holdsCiphertext(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsCiphertext)
  const part = asObject(value)
  if (part === null) return false
  return CIPHER_MEMBERS.some((name) => asText(part[name]) !== null) || holdsCiphertext(part['summary'])
}

const CIPHER_MEMBERS = ['signature', 'data', 'encrypted_content'] as const

const TEXT_MEMBERS = ['text', 'summary', 'thinking', 'reasoning', 'content', 'refusal'] as const

function carriesTool(delta: Record<string, unknown>): boolean {
  const calls = delta['tool_calls']
  if (Array.isArray(calls)) {
    return calls.some((call) => {
      const tool = asObject(call)
      return namesTool(asObject(tool?.['function']) ?? asObject(tool?.['custom']))
    })
  }
  return delta['function_call'] !== undefined && namesTool(asObject(delta['function_call']))
}

function namesTool(tool: Record<string, unknown> | null): boolean {
  if (tool === null) return false
  const given = tool['arguments'] ?? tool['input']
  return asText(tool['name']) !== null || asText(given) !== null || asObject(given) !== null
}

/**
 * The token counts that one event of an OpenAI-like answer states, wherever its server puts them: `usage`, `x_groq.usage`,
 * the first choice's `usage`, llama.cpp's `timings`. Null when it states none.
 */
function readOpenAiUsage(event: Record<string, unknown>): Usage | null {
  const usage = asObject(event['usage']) ?? findUsageElsewhere(event)
  const timings = event['timings'] === undefined ? null : asObject(event['timings'])
  if (usage === null && timings === null) return null
  const input = asObject(usage?.['prompt_tokens_details'])
  const output = asObject(usage?.['completion_tokens_details'])
  return {
    inputTokens: asCount(usage?.['prompt_tokens']),
    outputTokens: asCount(usage?.['completion_tokens']),
    totalTokens: asCount(usage?.['total_tokens']),
    reasoningTokens: asCount(output?.['reasoning_tokens']) ?? asCount(usage?.['reasoning_tokens']),
    cachedTokens:
      asCount(input?.['cached_tokens']) ?? asCount(usage?.['prompt_cache_hit_tokens']) ?? asCount(timings?.['cache_n']),
  }
}

/**
 * What the server itself measured, as one event of an OpenAI-like answer states it: llama.cpp's `timings` (its TTFT leaves out
 * the queue), the times in GPUStack's `usage`, `sla_metrics`. Null when it states none.
 */
function readServerTimings(event: Record<string, unknown>): ServerTimings | null {
  const timings = event['timings'] === undefined ? null : asObject(event['timings'])
  const usage = event['usage'] === undefined ? null : asObject(event['usage'])
  const agreed = asObject(event['sla_metrics'] ?? usage?.['sla_metrics'])
  const serverTtftMs = asMs(timings?.['prompt_ms'] ?? usage?.['time_to_first_token_ms'] ?? agreed?.['ttft_ms'])
  const serverTpotMs = asMs(timings?.['predicted_per_token_ms'] ?? usage?.['time_per_output_token_ms'])
  return serverTtftMs === null && serverTpotMs === null ? null : { serverTtftMs, serverTpotMs, serverLoadMs: null }
}

function findUsageElsewhere(event: Record<string, unknown>): Record<string, unknown> | null {
  const groq = event['x_groq'] === undefined ? null : asObject(asObject(event['x_groq'])?.['usage'])
  if (groq !== null) return groq
  const choices = event['choices']
  return Array.isArray(choices) ? asObject(asObject(choices[0])?.['usage']) : null
}
