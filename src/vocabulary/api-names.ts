/** The APIs that this version speaks. */
export const API_NAMES = [
  'openai-chat',
  'openai-completions',
  'openai-embeddings',
  'openai-responses',
  'databricks',
  'tgi',
  'llamacpp',
  'ollama',
  'triton',
  'anthropic',
  'gemini',
  'cohere',
  'bedrock',
] as const
export type ApiName = (typeof API_NAMES)[number]

/** The APIs for which a user may have to say the task: they serve several. */
export const APIS_OF_SEVERAL_TASKS: readonly ApiName[] = ['databricks', 'ollama']
