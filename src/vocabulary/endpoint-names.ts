/** What a request is for. Some APIs serve all of them behind one path. */
export const TASKS = ['chat', 'completions', 'embeddings', 'rerank', 'score'] as const
export type Task = (typeof TASKS)[number]

/** The tasks that generate nothing, so that nothing streams, with what a request holds one or several of. */
const ITEM_WORDS: Readonly<Record<string, string>> = { embeddings: 'sequence', rerank: 'document', score: 'pair' }

/** Whether its answers have tokens that come one by one; the others have latency and input tokens. */
export function generatesTokens(task: string): boolean {
  return !Object.hasOwn(ITEM_WORDS, task)
}

/** What one request of the task holds one or several of. */
export function nameItem(task: string): string {
  return ITEM_WORDS[task] ?? 'prompt'
}

/** Whether each item is held against a query. */
export function needsQuery(task: string): boolean {
  return task === 'rerank' || task === 'score'
}

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
