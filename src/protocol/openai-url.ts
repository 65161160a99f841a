import type { Task } from './api.ts'

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
  const path = barePath(endpoint)
  for (const task of ['chat', 'completions', 'embeddings'] as const) if (path.endsWith(SUFFIX[task])) return task
  return null
}

/**
 * The URL to post to: a full URL as it is; a base with a version (`/v1`, `/v1beta/openai`, `/openai/deployments/<name>`)
 * with the task's path; any other base with `/v1` and the task's path. The query is kept.
 */
export function openAiUrl(endpoint: URL, task: Task): URL {
  if (taskOfPath(endpoint) !== null) return endpoint
  const path = barePath(endpoint)
  const versioned = /\/v\d+[a-z0-9.]*(\/|$)|\/deployments\//i.test(path)
  return withPath(endpoint, `${path}${versioned ? '' : '/v1'}${SUFFIX[task]}`)
}

/** The path without slashes at its end. */
export function barePath(endpoint: URL): string {
  return endpoint.pathname.replace(/\/+$/, '')
}

/** The same URL with another path. */
export function withPath(endpoint: URL, path: string): URL {
  const url = new URL(endpoint)
  url.pathname = path
  return url
}
