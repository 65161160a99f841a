import { randomBytes } from 'node:crypto'
import { defineSetting } from '../../settings/setting.ts'
import { allowNone, readChoice, readDuration, readText } from '../../settings/values/simple.ts'
import { checkBasic, checkKey, checkToken, readBearer, readBasicCredentials } from '../guard.ts'
import type { Door, Keys, KeyState, ReceivedRequest, TokenState } from '../guard.ts'
import { defineServer, writeJsonPage, writePrometheusPage } from '../servers.ts'
import type { Identity, Page, Platform } from '../servers.ts'
import { CHAT_SHAPES } from '../wires/wire.ts'
import { createMinuteCounts, readEndpointPage, renderEndpointMetrics, showEndpoint } from './endpoint-page.ts'
import type { EndpointPageOptions } from './endpoint-page.ts'
import { databricksWire } from './wire.ts'

/** Its name in a sentence. */
export const PLATFORM_NAME = 'Databricks'

/** The settings of `plateau simulate` for the platform. */
export const PLATFORM_SETTINGS = {
  chatShape: defineSetting({
    name: 'databricks-shape',
    group: 'Answers',
    help: `How ${PLATFORM_NAME} streams a chat: ${CHAT_SHAPES.join(', ')}`,
    placeholder: 'SHAPE',
    default: CHAT_SHAPES[0],
    read: readChoice(CHAT_SHAPES),
  }),
  endpointPage: defineSetting({
    name: 'endpoint-page',
    group: 'Pages',
    help: `Members of the page of a ${PLATFORM_NAME} serving endpoint, merged into it; \`denied\` refuses the page`,
    placeholder: 'JSON',
    default: '{}',
    read: readEndpointPage,
  }),
  configUpdateAfter: defineSetting({
    name: 'config-update-after',
    group: 'Pages',
    help: `When the page of a ${PLATFORM_NAME} serving endpoint shows a change of configuration and then another version; \`none\`: never`,
    placeholder: 'TIME',
    default: 'none',
    read: allowNone(readDuration()),
  }),
  clientId: defineSetting({
    name: 'client-id',
    group: 'Access',
    help: `Client that may fetch a token at \`/oidc/v1/token\`, which a ${PLATFORM_NAME} workspace has`,
    placeholder: 'ID',
    default: null,
    read: readText,
  }),
}

/** How a workspace behaves. */
export interface WorkspaceOptions extends EndpointPageOptions, TokenOfficeOptions {}

const DOOR: Door = {
  paths: /^\/(serving-endpoints|ai-gateway|api\/2\.0)\//,
  pages: /^\/api\/2\.0\//,
  api: 'databricks',
  proof: checkWorkspace,
  denials: {
    missing: { status: 401, message: 'Credential was not sent or was of an unsupported type for this API.' },
    wrong: { status: 403, message: 'Invalid access token.' },
    expired: {
      status: 401,
      message: 'Access token is expired',
      headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="Access token is expired"' },
    },
  },
}

const SERVER = defineServer({
  apis: ['databricks'],
  hasPlatform: true,
  headers: { server: 'databricks', 'x-databricks-org-id': '0' },
  notFound: writeJsonPage({ error_code: 'ENDPOINT_NOT_FOUND', message: 'No API found' }, 404),
  pages: {},
})

/** Databricks model serving: what its endpoints answer, where they want a key, and the workspace around them. */
export const databricks = { wire: databricksWire, door: DOOR, server: SERVER, createPlatform: createWorkspace } as const

/** A workspace: tokens for clients, the page of the endpoint and its metrics. */
function createWorkspace(options: WorkspaceOptions, identity: Identity | null, dateMs: () => number): Platform {
  const minutes = createMinuteCounts()
  const tokens = createTokenOffice(options, identity, dateMs)
  return {
    stateOf: tokens.stateOf,
    findOpenPage(url, { method, body, headers }) {
      switch (`${method} ${url.pathname}`) {
        case 'POST /oidc/v1/token':
          return tokens.grant(body, headers['authorization']?.[0])
        case 'GET /oidc/.well-known/oauth-authorization-server':
          return writeJsonPage({ token_endpoint: `http://${headers['host']?.[0] ?? ''}/oidc/v1/token` })
        default:
          return null
      }
    },
    findPage(path, state, withMetrics) {
      if (!METRICS_PATH.test(path)) return showEndpoint(path, options, state)
      return withMetrics ? writePrometheusPage(renderEndpointMetrics(state, minutes.readLast(state.nowMs))) : null
    },
    noteAnswer: minutes.noteAnswer,
  }
}

const METRICS_PATH = /^\/api\/2\.0\/serving-endpoints\/[^/]+\/metrics$/

/**
 * A Databricks workspace takes a key as a bearer token or as the password of the user `token`, and tokens that it
 * gave out.
 */
function checkWorkspace(request: ReceivedRequest, keys: Keys): KeyState {
  const own = checkToken(request, keys)
  if (own === 'good' || own === 'expired' || keys.apiKey === null) return own
  const asPassword = checkBasic(request, `token:${keys.apiKey}`)
  return asPassword === 'missing' ? checkKey(readBearer(request), keys.apiKey) : asPassword
}

/** The token endpoint of a Databricks workspace (`POST /oidc/v1/token`), and the state of the tokens that it gave out. */
interface TokenOffice {
  /** Answers a request for a token; `form` is the raw body. */
  grant(form: string, authorization: string | undefined): Page
  /** The current state of a bearer token. */
  stateOf(token: string): TokenState
}

interface TokenOfficeOptions {
  /** Credentials of client_credentials; null accepts any. */
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly tokenLifetimeMs: number
}

/** The most tokens that are remembered; a run asks for a few. */
const MOST_TOKENS = 1000

/** Gives out tokens for client credentials, and to clients that `identity` vouches for. */
export function createTokenOffice(
  { clientId, clientSecret, tokenLifetimeMs }: TokenOfficeOptions,
  identity: Identity | null,
  nowMs: () => number,
): TokenOffice {
  const expiresAt = new Map<string, number>()

  function issue(): Page {
    const token = `simulated-${randomBytes(24).toString('base64url')}`
    expiresAt.set(token, nowMs() + tokenLifetimeMs)
    if (expiresAt.size > MOST_TOKENS) expiresAt.delete(expiresAt.keys().next().value!)
    const expires_in = Math.floor(tokenLifetimeMs / 1000)
    return writeJsonPage({ access_token: token, scope: 'all-apis', token_type: 'Bearer', expires_in })
  }
  function refuseClient(fields: URLSearchParams, authorization: string | undefined): Page | null {
    const given = readBasicCredentials(authorization) ?? [fields.get('client_id'), fields.get('client_secret')]
    const [id, secret] = given
    if (!id || !secret) return refuseToken(401, 'invalid_client', 'Client authentication is missing')
    const isKnown = (clientId === null || id === clientId) && (clientSecret === null || secret === clientSecret)
    return isKnown ? null : refuseToken(401, 'invalid_client', 'Client authentication failed')
  }
  function refuse(fields: URLSearchParams, authorization: string | undefined): Page | null {
    if (!(fields.get('scope') ?? '').split(' ').includes('all-apis')) {
      return refuseToken(400, 'invalid_scope', 'The scope must be all-apis')
    }
    const grantType = fields.get('grant_type')
    if (grantType === 'client_credentials') return refuseClient(fields, authorization)
    if (grantType === identity?.grantType) return identity.refuse(fields, clientId)
    return refuseToken(400, 'unsupported_grant_type', 'The grant type is not supported')
  }

  return {
    grant: (form, authorization) => refuse(new URLSearchParams(form), authorization) ?? issue(),
    stateOf(token) {
      const until = expiresAt.get(token)
      return until === undefined ? 'unknown' : nowMs() < until ? 'good' : 'expired'
    },
  }
}

/** A refusal in the form of RFC 6749, section 5.2. */
export function refuseToken(status: number, error: string, description: string): Page {
  return writeJsonPage({ error, error_description: description }, status)
}
