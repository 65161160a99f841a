import type { ServerTimings, Usage } from '../delta.ts'
import { asCount, asMs, asObject } from '../json.ts'

/**
 * The token counts that one event of an OpenAI-like answer states, wherever its server puts them: `usage`, `x_groq.usage`,
 * the first choice's `usage`, llama.cpp's `timings`. Null when it states none.
 */
export function readOpenAiUsage(event: Record<string, unknown>): Usage | null {
  const usage = asObject(event['usage']) ?? usageElsewhere(event)
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
export function readServerTimings(event: Record<string, unknown>): ServerTimings | null {
  const timings = event['timings'] === undefined ? null : asObject(event['timings'])
  const usage = event['usage'] === undefined ? null : asObject(event['usage'])
  const agreed = asObject(event['sla_metrics'] ?? usage?.['sla_metrics'])
  const serverTtftMs = asMs(timings?.['prompt_ms'] ?? usage?.['time_to_first_token_ms'] ?? agreed?.['ttft_ms'])
  const serverTpotMs = asMs(timings?.['predicted_per_token_ms'] ?? usage?.['time_per_output_token_ms'])
  return serverTtftMs === null && serverTpotMs === null ? null : { serverTtftMs, serverTpotMs, serverLoadMs: null }
}

function usageElsewhere(event: Record<string, unknown>): Record<string, unknown> | null {
  const groq = event['x_groq'] === undefined ? null : asObject(asObject(event['x_groq'])?.['usage'])
  if (groq !== null) return groq
  const choices = event['choices']
  return Array.isArray(choices) ? asObject(asObject(choices[0])?.['usage']) : null
}
