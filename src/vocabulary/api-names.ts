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
