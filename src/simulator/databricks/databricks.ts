import { randomBytes } from 'node:crypto'
import { defineSetting } from '../../settings/setting.ts'
import { allowNone, readChoice, readDuration, readText } from '../../settings/values/simple.ts'
import { checkBasic, checkKey, checkToken, readBearer, readBasicCredentials } from '../guard.ts'
import type { Door, Keys, KeyState, ReceivedRequest, TokenState } from '../guard.ts'
import { defineServer, writeJsonPage, writePrometheusPage, createPrometheusText } from '../servers.ts'
import type { Identity, Page, Platform, PageState, MetricsState } from '../servers.ts'
import { CHAT_SHAPES, decodeSegment } from '../wires/wire.ts'
import { databricksWire } from './wire.ts'
import { asObject, parseJson } from '../../json.ts'
import type { Task } from '../../vocabulary/load.ts'
import { ValueError } from '../../errors.ts'

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

/** What Databricks' management API says about the endpoint. */
export interface EndpointPageOptions {
  /** Members that replace the simulator's own, merged deeply; `denied`: the page is refused with 403. */
  readonly endpointPage: Readonly<Record<string, unknown>> | 'denied'
  /** When a change of its configuration begins, after the start; null: never. */
  readonly configUpdateAfterMs: number | null
  /** The one task that is served; null serves all, and the page says chat. */
  readonly task: Task | null
}

/** How long a change of the configuration takes; then a new version is served. */
export const CONFIG_UPDATE_MS = 3000

const PAGE_PATH = /^\/api\/2\.0\/serving-endpoints(?:\/([^/]+))?$/

/** Answers `GET /api/2.0/serving-endpoints` and `…/<name>`; null for another path. */
export function showEndpoint(
  path: string,
  options: EndpointPageOptions,
  state: Pick<PageState, 'model' | 'ready' | 'upMs'>,
): Page | null {
  const match = PAGE_PATH.exec(path)
  if (match === null) return null
  if (options.endpointPage === 'denied') {
    const message = 'You do not have permission to view this serving endpoint.'
    return writeJsonPage({ error_code: 'PERMISSION_DENIED', message }, 403)
  }
  const name = decodeSegment(match[1])
  const endpoint = mergeDeep(describeEndpoint(name ?? state.model, options, state), options.endpointPage)
  return writeJsonPage(name === null ? { endpoints: [endpoint] } : endpoint)
}

/** A provisioned-throughput endpoint of one model, as wide as tests need it. */
function describeEndpoint(
  name: string,
  { configUpdateAfterMs, task }: EndpointPageOptions,
  { model, ready, upMs }: Pick<PageState, 'model' | 'ready' | 'upMs'>,
) {
  const begun = configUpdateAfterMs !== null && upMs >= configUpdateAfterMs
  const changing = begun && upMs < configUpdateAfterMs + CONFIG_UPDATE_MS
  const version = begun && !changing ? '2' : '1'
  const servedName = `${model}-${version}`
  const entity = {
    name: servedName,
    entity_name: model,
    entity_version: version,
    min_provisioned_throughput: 980,
    max_provisioned_throughput: 980,
    burst_scaling_enabled: false,
    scale_to_zero_enabled: false,
    state: { deployment: ready ? 'DEPLOYMENT_READY' : 'DEPLOYMENT_CREATING', deployment_state_message: '' },
  }
  return {
    name,
    id: '0123456789abcdef0123456789abcdef',
    task: `llm/v1/${task ?? 'chat'}`,
    permission_level: 'CAN_MANAGE',
    state: {
      ready: ready ? 'READY' : 'NOT_READY',
      config_update: changing || !ready ? 'IN_PROGRESS' : 'NOT_UPDATING',
    },
    config: {
      served_entities: [entity],
      traffic_config: {
        routes: [{ served_model_name: servedName, served_entity_name: servedName, traffic_percentage: 100 }],
      },
      config_version: Number(version),
    },
    ...(changing
      ? { pending_config: { served_entities: [{ ...entity, entity_version: '2' }], config_version: 2 } }
      : {}),
    ai_gateway: { fallback_config: { enabled: false }, rate_limits: [] },
    route_optimized: false,
  }
}

/** `change` in place of what `value` says: objects by their members, lists item by item, the rest as a whole. */
function mergeDeep(value: unknown, change: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(change)) {
    return change.map((item: unknown, i) => mergeDeep(value[i], item))
  }
  const [members, changed] = [asObject(value), asObject(change)]
  if (members === null || changed === null) return change
  const both = Object.entries(changed).map(([key, item]) => [key, mergeDeep(members[key], item)])
  return { ...members, ...(Object.fromEntries(both) as Record<string, unknown>) }
}

/** Reads `denied` or a JSON object; throws `ValueError`. */
export function readEndpointPage(text: string): EndpointPageOptions['endpointPage'] {
  if (text.trim() === 'denied') return 'denied'
  const members = asObject(parseJson(text))
  if (members !== null) return members
  throw new ValueError('must be denied or a JSON object, for example {"task":"llm/v1/embeddings"}')
}

/**
 * What Databricks exports of an endpoint (`GET /api/2.0/serving-endpoints/<name>/metrics`): counts are gauges of the last
 * minute, latencies are milliseconds, and the model's own first token is not among them.
 */
export function renderEndpointMetrics({ model, totals, running, slots }: MetricsState, minute: PageCounts): string {
  const page = createPrometheusText({ served_model_name: model })
  page.gauge('provisioned_concurrent_requests_total', 'Provisioned concurrency in the last minute.', slots)
  page.gauge('request_count_total', 'Requests in the last minute.', minute.all)
  page.gauge('request_4xx_count_total', '4xx errors in the last minute.', minute.refused)
  page.gauge('request_5xx_count_total', '5xx errors in the last minute.', minute.failed)
  page.gauge(
    'gpu_usage_percentage',
    'GPU usage. Simulated: the share of slots that are taken.',
    (100 * running) / slots,
  )
  page.histogram('request_latency_ms', 'Round-trip latency within the workspace.', totals.request, 1000)
  page.histogram('model_queue_time_ms', 'Time in the queue of the model.', totals.queue, 1000)
  return page.text
}

/** How many answers of which kind there were in the last whole minute. */
interface MinuteCounts {
  noteAnswer(status: number, nowMs: number): void
  readLast(nowMs: number): PageCounts
}

interface PageCounts {
  readonly all: number
  /** Refused with 4xx, failed with 5xx. */
  readonly refused: number
  readonly failed: number
}

const NONE: PageCounts = { all: 0, refused: 0, failed: 0 }

/** Counts by minutes of the clock that it is given. */
export function createMinuteCounts(): MinuteCounts {
  let minute = NaN
  let current = { ...NONE }
  let previous = NONE

  function startMinute(nowMs: number): void {
    const now = Math.floor(nowMs / 60_000)
    if (now === minute) return
    previous = now === minute + 1 ? current : NONE
    current = { ...NONE }
    minute = now
  }
  return {
    noteAnswer(status, nowMs) {
      startMinute(nowMs)
      current.all++
      if (status >= 500) current.failed++
      else if (status >= 400) current.refused++
    },
    readLast(nowMs) {
      startMinute(nowMs)
      return previous
    },
  }
}
