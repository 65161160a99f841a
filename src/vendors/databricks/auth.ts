import type { SettingProblem } from '../../errors.ts'
import { asObject, parseJson } from '../../json.ts'
import { escapeForTerminal } from '../../text.ts'
import type {
  AuthFacts,
  AuthWay,
  Credentials,
  CredentialSetting,
  Token,
  TokenPorts,
  Variables,
  Vendor,
} from '../vendor.ts'
import { isDatabricks, isDatabricksHost, isRouteOptimized } from './urls.ts'

const REQUEST_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const REQUEST_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'

/** Tokens of a service principal: by its id and secret, or by the identity of a GitHub Actions job. */
export const WAYS: readonly AuthWay[] = [
  {
    word: 'databricks-oauth',
    settings: ['client-id', 'client-secret', 'token-url'],
    variables: [],
    secret: { setting: 'client-secret' },
    headers: ['authorization'],
    *findProblems(facts) {
      yield* findMissingId('databricks-oauth', facts)
      yield* findMissingSecret(facts)
      yield* findWrongHost('databricks-oauth', facts)
    },
    fetchToken: fetchOauthToken,
  },
  {
    word: 'databricks-oidc',
    settings: ['client-id', 'oidc-audience', 'token-url'],
    variables: [
      { name: REQUEST_URL, isSecret: false },
      { name: REQUEST_TOKEN, isSecret: true },
    ],
    secret: { variable: REQUEST_TOKEN },
    headers: ['authorization'],
    *findProblems(facts) {
      yield* findMissingIdentity(facts)
      yield* findMissingId('databricks-oidc', facts)
      yield* findWrongHost('databricks-oidc', facts)
    },
    fetchToken: (credentials, ports) => fetchOidcToken(credentials, readIdentity(credentials.variables)!, ports),
  },
]

/** Help for the settings of these ways. */
export const CREDENTIAL_HELP: Readonly<Record<CredentialSetting, string>> = {
  'client-id': 'The service principal that a token is fetched for, with auth: databricks-oauth or databricks-oidc',
  'client-secret':
    'Its secret, with auth: databricks-oauth; for the command best in PLATEAU_CLIENT_SECRET; never in a config file',
  'token-url':
    'The workspace that gives out the tokens of databricks-oauth and databricks-oidc, where the endpoint has another host: route-optimised endpoints, gateways',
  'oidc-audience': 'The audience in the federation policy of the service principal, with auth: databricks-oidc',
}

/** Variables of Databricks' command line and SDKs. */
export const BORROWED: Vendor['borrowed'] = [
  { variable: 'DATABRICKS_TOKEN', setting: 'api-key' },
  { variable: 'DATABRICKS_CLIENT_ID', setting: 'client-id' },
  { variable: 'DATABRICKS_CLIENT_SECRET', setting: 'client-secret' },
  { variable: 'DATABRICKS_TOKEN_AUDIENCE', setting: 'oidc-audience' },
]

/** Whether these variables are for this endpoint: those of another workspace must not be sent here. */
export function ownsVariables(endpoint: URL, env: NodeJS.ProcessEnv): boolean {
  if (!isDatabricksHost(endpoint)) return false
  const named = env['DATABRICKS_HOST']?.trim() ?? ''
  const workspace = named.includes('://') ? named : `https://${named}`
  // The host of a route-optimised endpoint says nothing about its workspace.
  return (
    named === '' || isRouteOptimized(endpoint) || (URL.canParse(workspace) && new URL(workspace).host === endpoint.host)
  )
}

/** Where a GitHub Actions job gets a token that identifies the job. The token here is never shown. */
interface GithubIdentity {
  readonly url: URL
  readonly token: string
}

/** What the runner gives a job that may ask for its identity; null when it may not. */
function readIdentity(variables: Variables): GithubIdentity | null {
  const { [REQUEST_URL]: url, [REQUEST_TOKEN]: token } = variables
  const isThere = url !== undefined && token !== undefined && /^https?:/.test(url) && URL.canParse(url)
  return isThere ? { url: new URL(url), token } : null
}

function* findMissingIdentity({ variables, entry, spell }: AuthFacts): Iterable<SettingProblem> {
  if (readIdentity(variables) !== null) return
  const message =
    entry === 'action'
      ? 'is databricks-oidc, and this job may not ask GitHub for its identity; give it permissions: id-token: write, ' +
        'also the job that calls a reusable workflow (pull requests of forks never have it)'
      : 'is databricks-oidc, which only a job of GitHub Actions with permissions: id-token: write can use; ' +
        `use auth: databricks-oauth with ${spell('client-id')} and PLATEAU_CLIENT_SECRET`
  yield { setting: 'auth', given: null, message }
}

function* findMissingId(word: string, { clientId, spell }: AuthFacts): Iterable<SettingProblem> {
  if (clientId !== null) return
  const message = `is needed with auth: ${word}: the application id of the service principal, in PLATEAU_CLIENT_ID or ${spell('client-id')}`
  yield { setting: 'client-id', given: null, message }
}

function* findMissingSecret({ clientSecret, entry }: AuthFacts): Iterable<SettingProblem> {
  if (clientSecret !== null) return
  const how =
    entry === 'command'
      ? 'set PLATEAU_CLIENT_SECRET'
      : 'give the input client-secret; if it is given, the secret that it comes from is empty in this run: look at its ' +
        'name, that it exists for this repository and environment, and that a called workflow gets it'
  yield { setting: 'client-secret', given: null, message: `is needed with auth: databricks-oauth; ${how}` }
}

/** Databricks credentials must not go to other hosts. */
function* findWrongHost(word: string, { endpoint, api, tokenUrl }: AuthFacts): Iterable<SettingProblem> {
  if (endpoint == null || tokenUrl !== null) return
  if (isRouteOptimized(endpoint)) {
    const message = 'is needed for a route-optimised endpoint, whose host gives out no tokens: https://<workspace>'
    yield { setting: 'token-url', given: null, message }
  } else if (!isDatabricks(endpoint) && api !== 'databricks') {
    const message = `is ${word}, and ${endpoint.host} is not a Databricks workspace; set token-url to the workspace of a gateway, or change auth`
    yield { setting: 'auth', given: null, message }
  }
}

/** Path of a workspace's token endpoint. */
const TOKEN_PATH = '/oidc/v1/token'

/** Fetches a token of a service principal with its id and secret (OAuth machine-to-machine). Throws EndpointError. */
async function fetchOauthToken(credentials: Credentials, ports: TokenPorts): Promise<Token> {
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
async function fetchOidcToken(credentials: Credentials, github: GithubIdentity, ports: TokenPorts): Promise<Token> {
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
  return { value: token, lifetimeMs: readLifetime(members['expires_in']) }
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
function readLifetime(expiresIn: unknown): number | null {
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
