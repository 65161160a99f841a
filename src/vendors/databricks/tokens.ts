import { asObject, parseJson } from '../../json.ts'
import { escapeForTerminal } from '../../text.ts'
import type { Credentials, Token, TokenPorts } from '../vendor.ts'
import { isRouteOptimized } from './urls.ts'

/** Path of a workspace's token endpoint. */
const TOKEN_PATH = '/oidc/v1/token'

/** Where a GitHub Actions job gets a token that identifies the job. The token here is never shown. */
export interface GithubIdentity {
  readonly url: URL
  readonly token: string
}

/** Fetches a token of a service principal with its id and secret (OAuth machine-to-machine). Throws EndpointError. */
export async function fetchOauthToken(credentials: Credentials, ports: TokenPorts): Promise<Token> {
  const { clientId, clientSecret } = credentials
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const grant: Grant = {
    form: { grant_type: 'client_credentials' },
    headers: { authorization: `Basic ${basic}` },
    refused:
      'check `client-id` and `client-secret`: the secret may have expired; the service principal must be in this workspace ' +
      'and may query the endpoint (CAN_QUERY)',
  }
  return fetchFromWorkspace(credentials, grant, ports)
}

/**
 * Fetches a token of a service principal with the identity of a GitHub Actions job, so that no secret is stored.
 * Throws EndpointError.
 */
export async function fetchOidcToken(
  credentials: Credentials,
  github: GithubIdentity,
  ports: TokenPorts,
): Promise<Token> {
  const audience = credentials.oidcAudience ?? tokenUrlOf(credentials).href
  const identity = await fetchIdentity(github, audience, ports)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: identity,
    client_id: credentials.clientId ?? '',
  }
  return fetchFromWorkspace(credentials, { form, headers: {}, refused: describePolicy(identity, audience) }, ports)
}

/** Where the two ways of asking a workspace for a token differ. */
interface Grant {
  readonly form: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** What to do when the workspace refuses. */
  readonly refused: string
}

async function fetchFromWorkspace(
  credentials: Credentials,
  { form, headers, refused }: Grant,
  { ask }: TokenPorts,
): Promise<Token> {
  const { token, members } = await ask({
    method: 'POST',
    url: tokenUrlOf(credentials),
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...form, scope: 'all-apis', ...describeRoute(credentials.endpoint) }).toString(),
    member: 'access_token',
    who: 'the token endpoint',
    refused,
    misplaced: 'is this the host of a Databricks workspace? if not, set `token-url` to the workspace of the endpoint',
    unreachable: 'check the host of `endpoint` (or `token-url`) and the network; `proxy` if one is needed',
  })
  return { value: token, lifetimeMs: lifetimeOf(members['expires_in']) }
}

/** Where tokens come from: `token-url`, which may be only a host, else the endpoint's own host. */
function tokenUrlOf({ tokenUrl, endpoint }: Pick<Credentials, 'tokenUrl' | 'endpoint'>): URL {
  if (tokenUrl === null) return new URL(TOKEN_PATH, endpoint.origin)
  return tokenUrl.pathname === '/' ? new URL(TOKEN_PATH, tokenUrl) : tokenUrl
}

/** A route-optimised endpoint takes only tokens that name it, by the first label of its host. */
function describeRoute(endpoint: URL): Readonly<Record<string, string>> {
  if (!isRouteOptimized(endpoint)) return {}
  const detail = {
    type: 'workspace_permission',
    object_type: 'serving-endpoints',
    object_path: `/serving-endpoints/${endpoint.hostname.split('.')[0]}`,
    actions: ['query_inference_endpoint'],
  }
  return { authorization_details: JSON.stringify([detail]) }
}

/** Seconds, as a number or text, in milliseconds; null when not usable. */
function lifetimeOf(expiresIn: unknown): number | null {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? 1000 * seconds : null
}

/** Fetches the signed text with which GitHub identifies this job. */
async function fetchIdentity(github: GithubIdentity, audience: string, { ask, hide }: TokenPorts): Promise<string> {
  const url = new URL(github.url)
  url.searchParams.set('audience', audience)
  const permission =
    'give the job permissions: id-token: write, also the job that calls a reusable workflow; pull requests of forks never have it'
  const { token } = await ask({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${github.token}` },
    body: null,
    member: 'value',
    who: "GitHub's identity service",
    isGithubs: true,
    refused: permission,
    misplaced: permission,
    unreachable: 'check that the runner reaches the host of ACTIONS_ID_TOKEN_REQUEST_URL; `proxy` if one is needed',
  })
  hide(token)
  return token
}

/** What the federation policy of the service principal must contain for this job. None of it is secret. */
function describePolicy(identity: string, audience: string): string {
  const claims = asObject(parseJson(Buffer.from(identity.split('.')[1] ?? '', 'base64url').toString('utf8')))
  const readMember = (name: string): string => {
    const value = claims?.[name]
    return typeof value === 'string' ? escapeForTerminal(value, 200) : 'unknown'
  }
  return (
    'check `client-id`, and that the service principal has a federation policy for this job: ' +
    `issuer ${readMember('iss')}, subject ${readMember('sub')}, audience ${escapeForTerminal(audience, 200)} (\`oidc-audience\`)`
  )
}
