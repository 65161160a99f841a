import { checkBasic, checkKey, checkToken, readBearer } from '../guard.ts'
import type { Door, Keys, KeyState, ReceivedRequest } from '../guard.ts'
import type { Identity, Platform } from '../platform.ts'
import { defineServer, writeJsonPage, writePrometheusPage } from '../servers.ts'
import { createMinuteCounts, renderEndpointMetrics, showEndpoint } from './endpoint-page.ts'
import type { EndpointPageOptions } from './endpoint-page.ts'
import { createTokenOffice } from './token-office.ts'
import type { TokenOfficeOptions } from './token-office.ts'
import { databricksWire } from './wire.ts'

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
