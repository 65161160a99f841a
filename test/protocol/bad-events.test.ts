import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ALL_APIS } from '../../src/vendors/apis.ts'

/** Members that some API gives a meaning to. */
const NAMES = words(`
  type object event id model status stop done error error_code message code x_groq
  choices delta text content refusal reasoning tool_calls function name arguments args
  candidates parts functionCall finishReason finish_reason promptFeedback blockReason thought
  response item output content_block thinking tool_plan token details generated_text
  usage usageMetadata timings tokens metrics output_tokens completion_tokens candidatesTokenCount
  text_output eval_count data embedding embeddings sla_metrics incomplete_details reason
`)
const WORDS = words(`
  response.created response.completed response.failed response.output_text.delta response.output_item.added
  message_start content_block_start content_block_delta message_delta text_delta tool_use error
  message-start content-delta tool-call-start message-end chat.completion reasoning function_call
`)

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

const { event } = fc.letrec((tie) => ({
  event: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 6 }),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, '', ' ', 0, -1, 7, 1e300, Number.MAX_SAFE_INTEGER, '7', ...WORDS),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('event'),
  ),
}))

it.each(ALL_APIS.map((api) => [api.name, api] as const))('%s reads every event without breaking', (_, api) => {
  fc.assert(
    fc.property(fc.oneof(event, fc.jsonValue()), fc.constantFrom('', 'error', ...WORDS), (json, eventName) => {
      const { text, reasoning, tool, usage, finishReason, servedModel, error } = api.read(json, eventName)
      for (const flag of [text, reasoning, tool]) expect(flag).toBeTypeOf('boolean')
      for (const word of [finishReason, servedModel, error]) expect(word === null || word.length > 0).toBe(true)
      if (error !== null) expect(error.length).toBeLessThanOrEqual(300)
      for (const count of [usage?.inputTokens, usage?.outputTokens]) expect(count ?? 0).toBeLessThanOrEqual(4e9)
    }),
    { numRuns: 150 },
  )
})
