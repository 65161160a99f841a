/** The APIs that this version speaks. */
export const API_NAMES = [
  'openai-chat',
  'openai-completions',
  'openai-embeddings',
  'openai-rerank',
  'openai-score',
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

/** Words of `auth` for ways of authenticating that only one vendor accepts. */
export const WAY_WORDS = ['databricks-oauth', 'databricks-oidc', 'aws-sigv4'] as const
export type WayWord = (typeof WAY_WORDS)[number]

/** The single words that `auth` takes. */
export const AUTH_WORDS = ['auto', 'bearer', 'basic', ...WAY_WORDS, 'none'] as const
export type AuthWord = (typeof AUTH_WORDS)[number]

export function isWayWord(word: AuthWord): word is WayWord {
  return (WAY_WORDS as readonly AuthWord[]).includes(word)
}

/** Words for what any endpoint may accept. */
export type KeyWord = Exclude<AuthWord, WayWord>
