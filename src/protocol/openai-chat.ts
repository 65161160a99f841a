import { OPTIONAL_FIELDS, type Api } from './api.ts'
import { chatBody } from './openai-body.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { openAiUrl } from './openai-url.ts'

/** `POST /v1/chat/completions`, as OpenAI, vLLM, SGLang, TGI, llama.cpp, LiteLLM, NIM and most others speak it. */
export const openAiChat: Api = {
  name: 'openai-chat',
  framing: () => 'sse',
  optionalFields: () => OPTIONAL_FIELDS,
  url: (endpoint) => openAiUrl(endpoint, 'chat'),
  taskOf: () => 'chat',
  modelInBody: (_, model) => model,
  body: chatBody,
  read: readOpenAiEvent,
}
