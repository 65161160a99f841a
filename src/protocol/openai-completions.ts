import { OPTIONAL_FIELDS, type Api } from './api.ts'
import { completionsBody } from './openai-body.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { openAiUrl } from './openai-url.ts'

/** `POST /v1/completions`: a prompt instead of messages, `choices[].text` instead of deltas. */
export const openAiCompletions: Api = {
  name: 'openai-completions',
  framing: () => 'sse',
  optionalFields: () => OPTIONAL_FIELDS,
  url: (endpoint) => openAiUrl(endpoint, 'completions'),
  taskOf: () => 'completions',
  modelInBody: (_, model) => model,
  body: completionsBody,
  read: readOpenAiEvent,
}
