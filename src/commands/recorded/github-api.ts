import type { Dispatcher, Response } from 'undici'
import { BaselineError, SettingsError, ValueError } from '../../errors.ts'
import { defineSetting } from '../../settings/setting.ts'
import type { ValuesOf } from '../../settings/setting.ts'
import { readText } from '../../settings/values/simple.ts'
import { escapeForTerminal, trimSlashes } from '../../text.ts'
import { USER_AGENT } from '../../version.ts'

const group = 'GitHub'

/** The settings of a command that reads workflow runs: where, and with which token. */
export const GITHUB_SETTINGS = {
  repository: defineSetting({
    name: 'repository',
    group,
    help: 'Repository of the workflow run',
    placeholder: 'OWNER/NAME',
    default: null,
    env: 'GITHUB_REPOSITORY',
    read: readRepository,
  }),
  githubToken: defineSetting({
    name: 'github-token',
    group,
    help: 'Token that may read the workflow run (actions: read)',
    placeholder: 'TOKEN',
    default: null,
    env: 'GITHUB_TOKEN',
    secret: true,
    read: readText,
  }),
  githubApiUrl: defineSetting({
    name: 'github-api-url',
    group,
    help: 'Base of the REST API',
    placeholder: 'URL',
    default: 'https://api.github.com',
    env: 'GITHUB_API_URL',
    read: readApiUrl,
  }),
}

function readRepository(text: string): string {
  const repository = text.trim()
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) || /(^|\/)\.{1,2}(\/|$)/.test(repository)) {
    throw new ValueError('must be owner/name')
  }
  return repository
}

/** The token is sent there, so it must be https; a server on this machine is for tests. */
function readApiUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url === null || (url.protocol !== 'https:' && !isLocal) || url.username !== '' || url.search !== '') {
    throw new ValueError('must be an https URL without user info and query, for example https://api.github.com')
  }
  return url
}

/** What these settings come to. */
export type GithubPlace = ValuesOf<typeof GITHUB_SETTINGS>

/** Where the command reads workflow runs, and with which token. */
export interface GithubApi {
  /** Base URL, for example `https://api.github.com`. */
  readonly url: URL
  /** `owner/name`. */
  readonly repository: string
  /** Sent to `url`'s host and nowhere else. */
  readonly token: string
  readonly signal: AbortSignal
}

const TIMEOUT_MS = 60_000
const MAXIMUM_JSON_BYTES = 8 * 1024 * 1024

/** The proxy of the environment is used for GitHub only; measured traffic goes direct. */
let proxyAgent: Dispatcher | null = null

/**
 * Reads a path under the repository as JSON.
 *
 * @throws SettingsError when the token, the repository or what is asked for is wrong.
 * @throws BaselineError when GitHub cannot be reached.
 */
export async function getJson(api: GithubApi, path: string): Promise<unknown> {
  const response = await sendRequest(api, path)
  if (response.status !== 200) throw explainRefusal(api, path, response.status)
  const bytes = await readBody(response, MAXIMUM_JSON_BYTES)
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw refuseForeignAnswer(`${api.url.host} answered with something that is not JSON`, cause)
  }
}

/** The error about an answer that does not come from GitHub's API. */
export function refuseForeignAnswer(what: string, cause?: unknown): BaselineError {
  const remedy = 'check GITHUB_API_URL: it must be the base of the REST API, for example https://api.github.com'
  return new BaselineError(what, { remedy, cause })
}

/**
 * Reads what a path under the repository redirects to, without the token: downloads are at a signed URL of another
 * host.
 *
 * @throws SettingsError, BaselineError as `getJson`.
 */
export async function getSigned(api: GithubApi, path: string, maximumBytes: number): Promise<Uint8Array> {
  const first = await sendRequest(api, path)
  const location = first.headers.get('location')
  await first.body?.cancel()
  if (first.status !== 302 || location === null) throw explainRefusal(api, path, first.status)
  const second = await send(new URL(location, api.url), {}, api.signal)
  if (second.status !== 200) {
    await second.body?.cancel()
    throw new BaselineError(
      `the download from ${escapeForTerminal(new URL(location, api.url).host)} ended with ${second.status}`,
      {
        remedy: 'try again; the signed address lives for a minute',
      },
    )
  }
  return readBody(second, maximumBytes)
}

async function sendRequest(api: GithubApi, path: string): Promise<Response> {
  const base = trimSlashes(api.url.href)
  return send(
    new URL(`${base}/repos/${api.repository}/${path}`),
    {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${api.token}`,
      'x-github-api-version': '2022-11-28',
    },
    api.signal,
  )
}

/** Never follows redirects, which would take the token along. */
async function send(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  // Few commands ask GitHub, and loading undici takes a quarter of the time in which a command starts.
  const { EnvHttpProxyAgent, fetch } = await import('undici')
  proxyAgent ??= new EnvHttpProxyAgent()
  try {
    return await fetch(url, {
      headers: { 'user-agent': USER_AGENT, ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      dispatcher: proxyAgent,
    })
  } catch (cause) {
    throw explainUnreachable(url, cause)
  }
}

async function readBody(response: Response, maximumBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of response.body ?? []) {
      bytes += part.byteLength
      if (bytes > maximumBytes) throw new TooLarge()
      parts.push(part)
    }
  } catch (cause) {
    if (!(cause instanceof TooLarge)) throw explainUnreachable(new URL(response.url), cause)
    throw new BaselineError(`the answer of ${new URL(response.url).host} is larger than ${maximumBytes} bytes`, {
      remedy: 'check --run: an artifact of this program is far smaller',
    })
  }
  return Buffer.concat(parts)
}

class TooLarge extends Error {}

function explainUnreachable(url: URL, cause: unknown): BaselineError {
  const { message } = ((cause as Error).cause ?? cause) as Error
  return new BaselineError(`${url.host} could not be reached: ${escapeForTerminal(message)}`, {
    remedy: 'check the network, HTTPS_PROXY and GITHUB_API_URL',
    cause,
  })
}

/** What a refusal means for the user. */
function explainRefusal({ url, repository }: GithubApi, path: string, status: number): Error {
  switch (status) {
    case 401:
      return refuseSetting('github-token', null, `is not accepted by ${url.host}; give one that is valid there`)
    case 403:
    case 429:
      return refuseSetting(
        'github-token',
        null,
        `may not read ${repository}, or its rate limit is spent: it needs actions: read`,
      )
    case 404:
      return refuseSetting(
        'run',
        null,
        `${path} does not exist in ${repository}, or the token may not see it (actions: read)`,
      )
    case 410:
      return refuseSetting('run', null, 'has artifacts that have expired; measure again')
    default:
      return new BaselineError(`${url.host} answered ${status} to ${path}`, { remedy: 'try again in a while' })
  }
}

function refuseSetting(setting: string, given: string | null, message: string): SettingsError {
  return new SettingsError([{ setting, given, message }])
}
