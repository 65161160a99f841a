import type { SettingProblem } from '../../errors.ts'
import { CREDENTIALS, CREDENTIALS_OF } from '../auth.ts'
import type { Auth } from '../auth.ts'
import { contradiction, isIdle } from './facts.ts'
import type { Facts } from './facts.ts'
import { spelling } from '../define.ts'
import { awsRegionOf, isBedrockHost } from '../../vendors/bedrock/urls.ts'
import { isDatabricks, isRouteOptimised } from '../../vendors/databricks/urls.ts'
import { isAllowedHost } from '../values/urls.ts'

/** What is wrong between the way in which the client proves who it is, what that needs, and where it goes. */
export function* findAuthContradictions(facts: Facts): Iterable<SettingProblem> {
  const { values } = facts
  if (values.auth != null) {
    yield* idleCredentials(facts, values.auth)
    yield* missingCredentials(facts, values.auth)
    yield* wrongEndpoint(facts, values.auth)
    yield* headerProblems(facts, values.auth)
  }
  const { tokenUrl, allowedHosts, allowFork } = values
  if (allowedHosts != null && tokenUrl != null && !isAllowedHost(tokenUrl, allowedHosts)) {
    yield contradiction(
      'token-url',
      `has the host ${tokenUrl.host}, which is not among allowed-hosts; add it there if it is right`,
    )
  }
  if (allowFork === true && allowedHosts === null) {
    yield contradiction(
      'let-forks-use-my-key',
      'needs allowed-hosts, so that no pull request says where the key goes; list the hosts of the endpoint there',
    )
  }
}

/** Credentials that were given for nothing: most likely `auth` is not what was meant. */
function* idleCredentials({ given }: Facts, auth: Auth): Iterable<SettingProblem> {
  for (const name of CREDENTIALS) {
    if (CREDENTIALS_OF[auth.kind].includes(name) || !isIdle(given, name, 'auth')) continue
    if (name === 'api-key') {
      yield contradiction('auth', `is ${auth.kind}, but an api-key is given; remove one of them`)
      continue
    }
    const users = Object.entries(CREDENTIALS_OF).flatMap(([kind, names]) => (names.includes(name) ? [kind] : []))
    yield contradiction(name, `is for auth: ${users.join(' or ')}, and auth is ${auth.kind}; change auth or remove it`)
  }
}

function* missingCredentials({ values, entry }: Facts, auth: Auth): Iterable<SettingProblem> {
  const { apiKey, clientId, clientSecret, endpoint, api } = values
  const needsKey = auth.kind === 'bearer' || auth.kind === 'basic' || auth.kind === 'header'
  if (needsKey && apiKey === null) {
    const what = auth.kind === 'header' ? `sends the key in ${auth.name}` : `is ${auth.kind}`
    yield contradiction('auth', `${what}, but there is no key; set PLATEAU_API_KEY or ${spelling('api-key', entry)}`)
  }
  if (auth.kind === 'basic' && apiKey != null && !apiKey.includes(':') && endpoint != null) {
    if (!isDatabricks(endpoint) && api !== 'databricks') {
      yield contradiction(
        'api-key',
        'must be user:password with auth: basic; only a Databricks token may stand alone, its user is "token"',
      )
    }
  }
  const isDatabricksAuth = auth.kind === 'databricks-oauth' || auth.kind === 'databricks-oidc'
  if (isDatabricksAuth && clientId === null) {
    yield contradiction(
      'client-id',
      `is needed with auth: ${auth.kind}: the application id of the service principal, in PLATEAU_CLIENT_ID or ${spelling('client-id', entry)}`,
    )
  }
  if (auth.kind === 'databricks-oauth' && clientSecret === null) {
    const how =
      entry === 'command'
        ? 'set PLATEAU_CLIENT_SECRET'
        : 'give the input client-secret; if it is given, the secret that it comes from is empty in this run: look at its ' +
          'name, that it exists for this repository and environment, and that a called workflow gets it'
    yield contradiction('client-secret', `is needed with auth: databricks-oauth; ${how}`)
  }
}

/** Credentials of one provider must not go to the hosts of another. */
function* wrongEndpoint({ values: { endpoint, api, tokenUrl } }: Facts, auth: Auth): Iterable<SettingProblem> {
  if (endpoint == null) return
  if (auth.kind === 'databricks-oauth' || auth.kind === 'databricks-oidc') {
    if (isRouteOptimised(endpoint) && tokenUrl === null) {
      yield contradiction(
        'token-url',
        'is needed for a route-optimised endpoint, whose host gives out no tokens: https://<workspace>',
      )
    } else if (!isDatabricks(endpoint) && api !== 'databricks' && tokenUrl === null) {
      yield contradiction(
        'auth',
        `is ${auth.kind}, and ${endpoint.host} is no Databricks workspace; set token-url to the workspace of a gateway, or change auth`,
      )
    }
  }
  const isAws = isBedrockHost(endpoint) || awsRegionOf(endpoint) !== null || api === 'bedrock'
  if (auth.kind === 'aws-sigv4' && !isAws && !/\/model\/[^/]+\//.test(endpoint.pathname)) {
    yield contradiction(
      'auth',
      `is aws-sigv4, which signs requests to Amazon Bedrock, and ${endpoint.host} is none; set api: bedrock, or change auth`,
    )
  }
}

/** A header that `auth` writes can have one value only. */
function* headerProblems({ values: { apiKey, headers, api } }: Facts, auth: Auth): Iterable<SettingProblem> {
  if (headers == null) return
  const taken = headersOf(auth, apiKey, api).find((name) => Object.hasOwn(headers, name))
  if (taken === undefined) return
  yield contradiction(
    'headers',
    auth.kind === 'aws-sigv4' || auth.kind.startsWith('databricks-')
      ? `sets ${taken}, which auth: ${auth.kind} writes; remove one of them`
      : `sets ${taken}, which carries the api-key; remove one of them, or say with auth: header:<name> where the key goes`,
  )
}

/** APIs that want a bare key in a header of their own, so that `authorization` is free for a gateway. */
const OWN_KEY_HEADER: ReadonlySet<string> = new Set(['anthropic', 'gemini'])

function headersOf(auth: Auth, apiKey: string | null | undefined, api: string | undefined): readonly string[] {
  switch (auth.kind) {
    case 'none':
      return []
    case 'databricks-oauth':
    case 'databricks-oidc':
      return ['authorization']
    case 'aws-sigv4':
      return ['authorization', 'x-amz-date', 'x-amz-security-token']
    case 'header':
      return apiKey == null ? [] : [auth.name]
    case 'auto':
      return apiKey == null || OWN_KEY_HEADER.has(api ?? '') ? [] : ['authorization']
    default:
      return apiKey == null ? [] : ['authorization']
  }
}
