import { openAiKeyPlace } from './azure.ts'
import { asObject, asText } from '../json.ts'
import { trimPath, placeUnderOpenAiBase, replacePath } from './openai-url.ts'

const FULL_PATH = /\/(chat\/completions|completions|embeddings|(open-)?responses)$/

/** `GET …/models` beside the task's path. Null on Azure: it lists models there, and takes names of deployments. */
export function openAiModelsUrl(endpoint: URL): URL | null {
  const path = trimPath(endpoint)
  if (openAiKeyPlace(endpoint) !== 'bearer' || path.endsWith('/invocations')) return null
  return FULL_PATH.test(path)
    ? replacePath(endpoint, path.replace(FULL_PATH, '/models'))
    : placeUnderOpenAiBase(endpoint, '/models')
}

/** The `id` of each entry of `data`. */
export function openAiModelNames(json: unknown): readonly string[] {
  return readNames(asObject(json)?.['data'], 'id')
}

/** The texts that stand under `member` in the entries of a list; none when it is not a list. */
export function readNames(list: unknown, member: string): readonly string[] {
  if (!Array.isArray(list)) return []
  const names = list.map((entry: unknown) => asText(asObject(entry)?.[member]))
  return names.filter((name) => name !== null)
}
