import type { Task } from '../../vocabulary/tasks.ts'
import { isAzureHost } from './azure.ts'

const SUFFIX: Readonly<Record<Task, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
}

/** The path of `task` under an OpenAI-like base. */
export function taskSuffix(task: Task): string {
  return SUFFIX[task]
}

/** The task that a full OpenAI-like URL names by its last segments, or null for a base. */
export function taskOfPath(endpoint: URL): Task | null {
  const path = trimPath(endpoint)
  for (const task of ['chat', 'completions', 'embeddings'] as const) if (path.endsWith(SUFFIX[task])) return task
  return null
}

/** The URL to post to: a full URL as it is, a base with the task's path. */
export function openAiUrl(endpoint: URL, task: Task): URL {
  return taskOfPath(endpoint) === null ? placeUnderOpenAiBase(endpoint, SUFFIX[task]) : endpoint
}

/**
 * The base with `suffix`: one with a version (`/v1`, `/v1beta/openai`) or a deployment as it is, any other with the version
 * that is missing: `/v1`, on Azure `/openai/v1`. The query is kept.
 */
export function placeUnderOpenAiBase(endpoint: URL, suffix: string): URL {
  const path = trimPath(endpoint)
  return replacePath(endpoint, path + findMissingVersion(endpoint, path) + suffix)
}

function findMissingVersion(endpoint: URL, path: string): string {
  if (/\/v\d[a-z0-9.]*(\/|$)|\/deployments\//i.test(path)) return ''
  if (!isAzureHost(endpoint)) return '/v1'
  // `/models` is the base of the models in Foundry that are not OpenAI's.
  if (path.endsWith('/models')) return ''
  return path.endsWith('/openai') ? '/v1' : '/openai/v1'
}

/** The path without slashes at its end. */
export function trimPath(endpoint: URL): string {
  // Looking behind lets it begin once a row of slashes: else a path full of them takes the square of its length.
  return endpoint.pathname.replace(/(?<!\/)\/+$/, '')
}

/** The same URL with another path. */
export function replacePath(endpoint: URL, path: string): URL {
  const url = new URL(endpoint)
  url.pathname = path
  return url
}
