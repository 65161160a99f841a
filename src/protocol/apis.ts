import type { Api, ApiName } from './api.ts'
import { databricks, isDatabricks } from './databricks.ts'
import { openAiChat } from './openai-chat.ts'
import { openAiCompletions } from './openai-completions.ts'
import { openAiEmbeddings } from './openai-embeddings.ts'
import { taskOfPath } from './openai-url.ts'

const APIS: Readonly<Record<ApiName, Api>> = {
  'openai-chat': openAiChat,
  'openai-completions': openAiCompletions,
  'openai-embeddings': openAiEmbeddings,
  databricks,
}

/** The API of that name. */
export function apiByName(name: ApiName): Api {
  return APIS[name]
}

/** The API that a URL most likely speaks (`api: auto`): Databricks by host or path, otherwise OpenAI's by the last segments. */
export function guessApi(endpoint: URL): ApiName {
  if (isDatabricks(endpoint)) return 'databricks'
  const task = taskOfPath(endpoint)
  return task === null ? 'openai-chat' : `openai-${task}`
}
