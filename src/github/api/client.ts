import { getOctokit } from '@actions/github'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import Bottleneck from 'bottleneck/light.js'
import { randomUUID } from 'node:crypto'
import type { ActionContext } from '../context.ts'
import { messageOf } from '../../errors.ts'
import { asObject, asText } from '../../json.ts'
import type { Unreadable } from '../../report/verdict.ts'
import { escapeForTerminal } from '../../text.ts'

type Octokit = ReturnType<typeof getOctokit>

/** GitHub's REST API, as one repository's token sees it. */
export interface GithubClient {
  readonly octokit: Octokit
  /** The repository as every route takes it. */
  readonly repo: { readonly owner: string; readonly repo: string }
  /** The login that this token writes as; requested once. */
  readonly login: () => Promise<string>
}

/** More retries would make a job wait for a comment. */
const MOST_RETRIES = 2
/** A longer rate limit is reported, not waited for. */
const LONGEST_WAIT_SECONDS = 60
/** After a request could not reach GitHub, others fail at once for this long: a job makes many. */
const UNREACHABLE_MS = 60_000
/** For all attempts of one request together. */
const REQUEST_TIMEOUT_MS = 180_000

/** What a client needs from outside. */
interface ClientPorts {
  /** Gets a line for every wait. */
  readonly log: (line: string) => void
  /** Ends every request. */
  readonly signal: AbortSignal
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number
  /**
   * The nth retry waits n² times this, which is also what one second of a rate limit takes, and what lies between two writes. What
   * notifies people comes three times as long after what did before.
   */
  readonly pauseMs: number
}

/**
 * Creates a client that waits for rate limits, for a bounded time, and retries after server errors. Once all attempts
 * of a request failed to reach GitHub, others fail with the same error at once, for a minute.
 */
export function connectGithub(
  token: string,
  { apiUrl, repository }: Pick<ActionContext, 'apiUrl' | 'repository'>,
  { log, signal, now = () => performance.now(), pauseMs }: ClientPorts,
): GithubClient {
  const octokit = getOctokit(
    token,
    {
      baseUrl: apiUrl,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      // The throttling plugin handles rate limits; both together would multiply the attempts.
      retry: {
        retries: MOST_RETRIES,
        retryAfterBaseValue: pauseMs,
        doNotRetry: [400, 401, 403, 404, 409, 410, 413, 422, 429, 451],
      },
      throttle: buildThrottle({ log, signal, pauseMs }),
    },
    retry,
    throttling,
  )
  octokit.hook.before('request', (options) => {
    options.request = {
      ...options.request,
      fetch: keepResponses(options.request?.['fetch'] as typeof globalThis.fetch),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    }
  })
  // The last hook is the outermost: a request that fails there has used up its retries.
  failWhileUnreachable(octokit, { signal, now })
  let login: Promise<string> | null = null
  return {
    octokit,
    repo: { owner: repository.owner, repo: repository.name },
    login: () => (login ??= readOwnLogin(octokit)),
  }
}

/** How requests are kept apart, and which rate limits are waited for. */
function buildThrottle({ log, signal, pauseMs }: Pick<ClientPorts, 'log' | 'signal' | 'pauseMs'>) {
  const wait =
    (what: string) =>
    (
      seconds: number,
      { method, url }: { method: string; url: string },
      _octokit: unknown,
      retries: number,
    ): boolean => {
      const again = retries < MOST_RETRIES && seconds <= LONGEST_WAIT_SECONDS && !signal.aborted
      log(`GitHub's ${what} rate limit at ${method} ${url}: ${again ? `waiting ${seconds} s` : 'given up'}`)
      return again
    }
  const keepApart = (pauses: number): Bottleneck.Group =>
    new Bottleneck.Group({ maxConcurrent: 1, minTime: pauses * pauseMs })
  return {
    // Without an id all clients of a process would share the pauses between writes.
    id: randomUUID(),
    retryAfterBaseValue: pauseMs,
    // The plugin's own, where a pause takes a second.
    write: keepApart(1),
    notifications: keepApart(3),
    onRateLimit: wait('primary'),
    onSecondaryRateLimit: wait('secondary'),
  }
}

/** Fails requests at once for a while after one could not reach GitHub. */
function failWhileUnreachable(octokit: Octokit, { signal, now }: Pick<Required<ClientPorts>, 'signal' | 'now'>): void {
  let unreachable: { readonly error: unknown; readonly until: number } | null = null
  octokit.hook.wrap('request', async (request, options) => {
    if (unreachable !== null && now() < unreachable.until) throw unreachable.error
    try {
      return await request(options)
    } catch (error) {
      const isTried = options.request?.['retries'] !== 0
      if (statusOf(error) === null && isTried && !signal.aborted) unreachable = { error, until: now() + UNREACHABLE_MS }
      throw error
    }
  })
}

/** The response of each body that somebody still holds. */
const responses = new WeakMap<ReadableStream, Response>()

/**
 * Keeps each response as long as its body: the client hands on the body alone, and a response that nobody holds takes its unread
 * body with it when it is collected.
 */
function keepResponses(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (...given) => {
    const response = await fetch(...given)
    if (response.body !== null) responses.set(response.body, response)
    return response
  }
}

/** The HTTP status of a refusal; null when GitHub could not be reached. */
export function statusOf(error: unknown): number | null {
  const { status, response } = (error ?? {}) as { readonly status?: unknown; readonly response?: unknown }
  // GitHub's client reports a lost network as a 500 without a response.
  return typeof status !== 'number' || (status === 500 && response === undefined) ? null : status
}

/**
 * Why GitHub gave nothing, with its status and words, and what helps. A missing permission is refused again, so
 * running the job again is no remedy for it.
 *
 * @param permission what the token needs, as `permissions:` of a workflow names it.
 */
export function explainRefusal(error: unknown, permission: string): Unreadable {
  const status = statusOf(error)
  const words = wordsOf(error)
  const said = `${status}${words === '' ? '' : `, ${words}`}`
  const grant = `add \`${permission}\` to the permissions of the job`
  if (status === null) return { why: `GitHub could not be reached (${words})`, remedy: AGAIN }
  if (status === 401)
    return {
      why: `GitHub does not take the token (${said})`,
      remedy: 'check github-token: its default is that of the job',
    }
  if (status === 429 || (status === 403 && /rate limit/i.test(words)))
    return { why: `GitHub limits the rate of requests (${said})`, remedy: 'run the job again later' }
  // GitHub answers 404 for what a token may not see.
  if (status === 404 || (status === 403 && /not accessible by/i.test(words)))
    return { why: `\`${permission}\` is missing (GitHub answered ${said})`, remedy: grant }
  if (status === 403)
    return { why: `GitHub refuses it (${said})`, remedy: `do what it says, and where a permission is meant ${grant}` }
  if (status === 410)
    return { why: `it has expired (GitHub answered ${said})`, remedy: 'run the job that made it again' }
  return { why: `GitHub answered ${said}`, remedy: AGAIN }
}

const AGAIN = 'run the job again'

/** What `explainRefusal` says, as half a sentence. */
export function describeRefusal(error: unknown, permission: string): string {
  const { why, remedy } = explainRefusal(error, permission)
  return `${why}: ${remedy}`
}

/** The first line of an error's message, without the link to the manual that GitHub's client adds. */
function wordsOf(error: unknown): string {
  return escapeForTerminal(firstLineOf(error).replace(/ - https?:\/\/\S+$/, ''), 200)
}

/** Why something of GitHub cannot be had: its refusal with what helps, or what is wrong with what it gave. */
export function explainAbsence(error: unknown, permission: string): string {
  const isRefusal = typeof (error as { readonly status?: unknown } | null)?.status === 'number'
  return isRefusal ? describeRefusal(error, permission) : firstLineOf(error)
}

/** GitHub did not give something that the result needs. The message says why, and what to do. */
export class GithubError extends Error {
  override readonly name = 'GithubError'
}

/** The first line of an error's message. */
export function firstLineOf(error: unknown): string {
  return messageOf(error).split('\n', 1)[0]!
}

/** The author of comments that the workflow's own token writes. */
const ACTIONS_BOT = 'github-actions[bot]'

/** GitHub's GraphQL API, as far as it is needed. */
interface Graphql {
  readonly graphql: (query: string) => Promise<unknown>
}

/**
 * The login that this token writes as. `GET /user` refuses tokens of apps, such as GITHUB_TOKEN; this query answers
 * for all.
 */
async function readOwnLogin(octokit: Graphql): Promise<string> {
  try {
    const answer = asObject(await octokit.graphql('query { viewer { login } }'))
    return asText(asObject(answer?.['viewer'])?.['login']) ?? ACTIONS_BOT
  } catch {
    return ACTIONS_BOT
  }
}

/**
 * Fetches what a route redirects to, without the token, because the signed URL belongs to another host. Takes the
 * body of a route that does not redirect. Rejects as soon as there are more than `maximumBytes`.
 */
export async function download(
  client: GithubClient,
  route: string,
  { maximumBytes, mediaType = 'application/json' }: { readonly maximumBytes: number; readonly mediaType?: string },
): Promise<Uint8Array> {
  const answer = await client.octokit.request(`GET /repos/{owner}/{repo}${route}`, {
    ...client.repo,
    headers: { accept: mediaType },
    request: { redirect: 'manual', parseSuccessResponseBody: false },
  })
  const { location } = answer.headers
  const body = answer.data as ReadableStream<Uint8Array> | null
  if (answer.status < 300 && body !== null) return readBounded(body, maximumBytes)
  await body?.cancel()
  if (location === undefined) throw new Error(`GitHub answered with ${answer.status} and no address`)
  return fetchSigned(client.octokit, location, maximumBytes)
}

/** Uses the fetch of GitHub's client, which goes through the runner's proxy. */
async function fetchSigned(octokit: Octokit, url: string, maximumBytes: number): Promise<Uint8Array> {
  const fetch = octokit.request.endpoint.DEFAULTS.request?.['fetch'] as typeof globalThis.fetch
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) })
  if (!response.ok || response.body === null) throw new DownloadError(response.status)
  return readBounded(response.body, maximumBytes)
}

const DOWNLOAD_TIMEOUT_MS = 120_000

/** A signed URL that is refused. */
class DownloadError extends Error {
  override readonly name = 'DownloadError'
  readonly status: number

  constructor(status: number) {
    super(`the download was refused with ${status}`)
    this.status = status
  }
}

async function readBounded(stream: ReadableStream<Uint8Array>, maximumBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of stream) {
    bytes += part.length
    if (bytes > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
