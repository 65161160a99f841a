import { getOctokit } from '@actions/github'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { randomUUID } from 'node:crypto'
import type { ActionContext } from '../context.ts'
import { statusOf } from '../../baseline/artifact-source.ts'
import { asObject, asText } from '../../json.ts'

export type Octokit = ReturnType<typeof getOctokit>

/** GitHub's REST API, as one repository's token sees it. */
export interface GithubClient {
  readonly octokit: Octokit
  /** The repository in the form that every route takes. */
  readonly repo: { readonly owner: string; readonly repo: string }
  /** The login that this token writes as; asked for once. */
  readonly login: () => Promise<string>
}

/** More attempts than this would make a job wait for a comment. */
const MOST_RETRIES = 2
/** A limit that lasts longer is said instead of waited for. */
const LONGEST_WAIT_SECONDS = 60
/** So long after a request has found no GitHub the others do not look for it: a job makes many. */
const UNREACHABLE_MS = 60_000
/** All attempts of one request together. */
const REQUEST_TIMEOUT_MS = 180_000

/**
 * A client that waits for primary and secondary rate limits, for a bounded time, and tries again after a server's error.
 * Once GitHub could not be reached in all attempts, other requests fail with the same error at once, for a minute.
 * `log` gets a line for every wait; `signal` ends whatever is under way; `now` is a monotonic clock in milliseconds; before the
 * nth retry there are n² pauses of `pauseMs`, and each second that a rate limit asks for takes as long.
 */
export function connect(
  token: string,
  { apiUrl, repository }: Pick<ActionContext, 'apiUrl' | 'repository'>,
  {
    log,
    signal,
    now = () => performance.now(),
    pauseMs = 1_000,
  }: {
    readonly log: (line: string) => void
    readonly signal: AbortSignal
    readonly now?: () => number
    readonly pauseMs?: number
  },
): GithubClient {
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
  const octokit = getOctokit(
    token,
    {
      baseUrl: apiUrl,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      // Rate limits are the throttling plugin's: both would multiply the attempts.
      retry: {
        retries: MOST_RETRIES,
        retryAfterBaseValue: pauseMs,
        doNotRetry: [400, 401, 403, 404, 409, 410, 413, 422, 429, 451],
      },
      // Pauses between writes are for this client's own; without an id all clients of a process share them.
      throttle: {
        id: randomUUID(),
        retryAfterBaseValue: pauseMs,
        onRateLimit: wait('primary'),
        onSecondaryRateLimit: wait('secondary'),
      },
    },
    retry,
    throttling,
  )
  octokit.hook.before('request', (options) => {
    options.request = {
      ...options.request,
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    }
  })
  let unreachable: { readonly error: unknown; readonly until: number } | null = null
  // The last hook is the outermost: what fails here has used up its retries.
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
  let login: Promise<string> | null = null
  return {
    octokit,
    repo: { owner: repository.owner, repo: repository.name },
    login: () => (login ??= readOwnLogin(octokit)),
  }
}

/** True for an error of a request, answered or not. */
export function isRefusal(error: unknown): boolean {
  return typeof (error as { readonly status?: unknown } | null)?.status === 'number'
}

/** GitHub could not be asked for something without which there is no result. The message says why, and what to do. */
export class GithubError extends Error {
  override readonly name = 'GithubError'
}

/** What an error says of itself, on one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]! : String(error)
}

/** The author of comments that the workflow's own token writes. */
const ACTIONS_BOT = 'github-actions[bot]'

/** GitHub's other API, as far as this question needs it. */
interface Graphql {
  readonly graphql: (query: string) => Promise<unknown>
}

/**
 * The login that this token writes as. `GET /user` refuses the tokens of apps, GITHUB_TOKEN among them, and this query
 * answers all of them.
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
 * What a route redirects to, fetched without the token: the signed URL is another host's. A route that answers itself is
 * taken at its word. Rejects as soon as there are more than `maximumBytes`.
 */
export async function download(
  client: GithubClient,
  route: string,
  { maximumBytes, accept = 'application/json' }: { readonly maximumBytes: number; readonly accept?: string },
): Promise<Uint8Array> {
  const answer = await client.octokit.request(`GET /repos/{owner}/{repo}${route}`, {
    ...client.repo,
    headers: { accept },
    request: { redirect: 'manual', parseSuccessResponseBody: false },
  })
  const { location } = answer.headers
  const body = answer.data as ReadableStream<Uint8Array> | null
  if (answer.status < 300 && body !== null) return readBounded(body, maximumBytes)
  await body?.cancel()
  if (location === undefined) throw new Error(`GitHub answered with ${answer.status} and no address`)
  return fetchSigned(client.octokit, location, maximumBytes)
}

/** By the fetch of GitHub's client, which goes through the proxy of the runner. */
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
