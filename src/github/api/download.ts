import type { GithubClient, Octokit } from './client.ts'

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
