import { TOOL_NAMES } from '../../vocabulary/tools.ts'
import { API_NAMES, AUTH_WORDS } from '../../vocabulary/endpoint-names.ts'
import { TASKS } from '../../vocabulary/load.ts'
import { APIS_OF_SEVERAL_TASKS } from '../../vendors/apis.ts'
import { CROSS_CHECK_MODEL, describeCredential } from '../../vendors/vendors.ts'
import { readAuth } from '../auth.ts'
import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { findPastedSigns, findSecretsInBody, findSecretsInHeaders } from '../secrets.ts'
import { readExtraBody, readHeaders } from '../values/headers-and-body.ts'
import { readHosts, readHttpUrl, readProxyUrl } from '../values/urls.ts'
import { allowNone, allowWord, SWITCH, readChoice, readDuration, readLine, splitList } from '../values/simple.ts'

const group = 'Endpoint'

/** A file of certificates or keys. */
const PEM = { group, placeholder: 'FILE', default: null, inputOnly: true, read: readLine } as const

/** What is measured, and how to reach it. */
export const ENDPOINT_SETTINGS = {
  endpoint: defineSetting({
    name: 'endpoint',
    group,
    help: 'Base URL or full URL of the endpoint, http or https; the query is sent but never shown',
    placeholder: 'URL',
    default: null,
    inputOnly: true,
    required: true,
    unless: 'results',
    common: true,
    read: readHttpUrl,
  }),
  results: defineSetting({
    name: 'results',
    group,
    help: `Results of a load tool to judge, in place of measuring: paths or patterns such as results/*.json, of ${TOOL_NAMES.join(', ')}; nothing is sent then, and no endpoint is needed`,
    placeholder: 'PATHS',
    default: null,
    file: 'list',
    read: readPaths,
  }),
  api: defineSetting({
    name: 'api',
    group,
    help: `What the endpoint speaks: ${API_NAMES.join(', ')}; auto finds out from the URL and the answers`,
    placeholder: 'NAME',
    default: 'auto',
    read: allowWord('auto', readChoice(API_NAMES)),
  }),
  /** `auto`: from the URL and preflight. */
  task: defineSetting({
    name: 'task',
    group,
    help: `What the endpoint serves, where its API has several tasks (${APIS_OF_SEVERAL_TASKS.join(', ')}): ${TASKS.join(', ')}`,
    placeholder: 'TASK',
    default: 'auto',
    read: readChoice(['auto', ...TASKS]),
  }),
  model: defineSetting({
    name: 'model',
    group,
    help: 'The model to ask for',
    placeholder: 'NAME',
    default: null,
    derived: 'the one the server names',
    common: true,
    read: readLine,
  }),
  /** Null when there is none, or when `auth` is none. */
  apiKey: defineSetting({
    name: 'api-key',
    group,
    help: 'The key, from a secret; for the command best in PLATEAU_API_KEY, where no process list shows it; never in a config file',
    placeholder: 'KEY',
    default: null,
    env: 'PLATEAU_API_KEY',
    secret: true,
    flagOnly: true,
    common: true,
    read: readKey,
  }),
  auth: defineSetting({
    name: 'auth',
    group,
    help: `How the client proves who it is: ${AUTH_WORDS.join(', ')} or header:<name>; auto sends the key where the API wants it`,
    placeholder: 'HOW',
    default: 'auto',
    inputOnly: true,
    read: readAuth,
  }),
  clientId: defineSetting({
    name: 'client-id',
    group,
    help: describeCredential('client-id'),
    placeholder: 'ID',
    default: null,
    env: 'PLATEAU_CLIENT_ID',
    inputOnly: true,
    read: readLine,
  }),
  clientSecret: defineSetting({
    name: 'client-secret',
    group,
    help: describeCredential('client-secret'),
    placeholder: 'SECRET',
    default: null,
    env: 'PLATEAU_CLIENT_SECRET',
    secret: true,
    flagOnly: true,
    read: readSecret,
  }),
  tokenUrl: defineSetting({
    name: 'token-url',
    group,
    help: describeCredential('token-url'),
    placeholder: 'URL',
    default: null,
    inputOnly: true,
    derived: 'the host of the endpoint',
    read: readHttpUrl,
  }),
  oidcAudience: defineSetting({
    name: 'oidc-audience',
    group,
    help: describeCredential('oidc-audience'),
    placeholder: 'TEXT',
    default: null,
    inputOnly: true,
    derived: 'the address that gives out the token',
    read: readLine,
  }),
  headers: defineSetting({
    name: 'headers',
    group,
    help: 'Headers of every request, lines of "Name: value" or a JSON object; the values are never shown. "Accept-Encoding: gzip" measures compressed streams as real clients get them',
    placeholder: 'LINES',
    default: null,
    inputOnly: true,
    secret: true,
    secretsIn: findSecretsInHeaders,
    file: 'map',
    read: readHeaders,
  }),
  extraBody: defineSetting({
    name: 'extra-body',
    group,
    help: 'A JSON object whose members are added to the body of every request',
    placeholder: 'JSON',
    default: null,
    // Some of its members may be keys.
    secret: true,
    secretsIn: findSecretsInBody,
    file: 'map',
    read: readExtraBody,
  }),
  endpointLabel: defineSetting({
    name: 'endpoint-label',
    group,
    help: 'What reports call the endpoint; its host is not shown unless written here',
    placeholder: 'TEXT',
    default: null,
    derived: 'the name',
    read: readLine,
  }),
  allowedHosts: defineSetting({
    name: 'allowed-hosts',
    group,
    help: 'Where the key may go, by https unless http:// is said: hosts, host:port or *.domain; any other endpoint is refused',
    placeholder: 'HOSTS',
    default: null,
    inputOnly: true,
    derived: 'any',
    file: 'list',
    read: (text) => readHosts(splitList(text)),
  }),
  expectVersion: defineSetting({
    name: 'expect-version',
    group,
    help: 'Text, a commit SHA say, that the version page or the served model must show; waited for, checked again at the end',
    placeholder: 'TEXT',
    default: null,
    derived: 'not checked',
    read: readLine,
  }),
  versionUrl: defineSetting({
    name: 'version-url',
    group,
    help: 'Where expect-version looks',
    placeholder: 'URL',
    default: null,
    inputOnly: true,
    derived: '/version of the endpoint',
    read: readHttpUrl,
  }),
  /** From t0 to the end of the answer. */
  requestTimeoutMs: defineSetting({
    name: 'request-timeout',
    group,
    help: 'Longest time of one request',
    placeholder: '300s',
    default: '300s',
    read: readDuration({ minMs: 100, maxMs: 3_600_000 }),
  }),
  readyTimeoutMs: defineSetting({
    name: 'ready-timeout',
    group,
    help: 'How long to wait for the endpoint, the expected version and a cold start; not counted in max-duration; the command waits for no port of its own machine that refuses',
    placeholder: '10m',
    default: '10m',
    read: readDuration({ minMs: 1000, maxMs: 7_200_000 }),
  }),
  preflight: defineSetting({
    name: 'preflight',
    group,
    help: 'Find out first, with a few requests, what the endpoint can do and what a run costs',
    default: 'true',
    ...SWITCH,
  }),
  selfProof: defineSetting({
    name: 'self-proof',
    group,
    help: 'Before the load, measure for about a second a server on this machine that records when it sent what: how accurately this machine times, and what rate it sustains',
    default: 'true',
    ...SWITCH,
  }),
  fullParse: defineSetting({
    name: 'full-parse',
    group,
    help: 'Parse every event of an answer, also those that are known by their bytes: to check that the figures are the same, for more processor time',
    default: 'false',
    ...SWITCH,
  }),
  /** The load lasts until three slices agree. */
  soak: defineSetting({
    name: 'soak',
    group,
    help: 'Unrecorded load until a young engine has settled, at most 60 s, and no longer than it helps: auto or off',
    placeholder: 'WORD',
    default: 'auto',
    read: readChoice(['auto', 'off']),
  }),
  /** `auto`: at the usual path of servers that have them. */
  serverMetrics: defineSetting({
    name: 'server-metrics',
    group,
    help: "Metrics of the server (Prometheus), read around and during the load of each level and shown beside the client's figures: auto, off or their URL",
    placeholder: 'URL',
    default: 'auto',
    inputOnly: true,
    read: readMetricsPlace,
  }),
  crossCheck: defineSetting({
    name: 'cross-check',
    group,
    help: `three-point: after the sweep, TTFT and TPOT once more from answers that do not stream, at 1, n/2 and n tokens, as ${CROSS_CHECK_MODEL} does; or none`,
    placeholder: 'WORD',
    default: 'none',
    commandOnly: true,
    read: readChoice(['none', 'three-point']),
  }),
  caCert: defineSetting({
    name: 'ca-cert',
    help: 'PEM file with certificate authorities to trust besides the usual ones',
    ...PEM,
  }),
  /** Becomes `clientPem`. */
  clientCert: defineSetting({
    name: 'client-cert',
    help: 'PEM file with the client certificate for an endpoint that wants one (mTLS), and its chain; with client-key',
    ...PEM,
  }),
  clientKey: defineSetting({
    name: 'client-key',
    help: 'PEM file with the key of client-cert, without a passphrase; its content is never shown',
    ...PEM,
  }),
  insecureTls: defineSetting({
    name: 'insecure-tls',
    group,
    help: 'Accept any certificate of the endpoint, which every report then says; whoever is in between can read the key',
    default: 'false',
    ...SWITCH,
    inputOnly: true,
  }),
  /** Null: requests go direct. May hold user info, which is never shown. */
  proxy: defineSetting({
    name: 'proxy',
    group,
    help: 'HTTP proxy for the requests; nothing is proxied unless it is given here',
    placeholder: 'URL',
    default: 'none',
    inputOnly: true,
    read: allowNone(readProxyUrl),
  }),
}

function readMetricsPlace(text: string): URL | 'auto' | 'off' {
  const word = text.trim()
  if (word === 'auto' || word === 'off') return word
  try {
    return readHttpUrl(text)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new ValueError(`must be auto, off or the URL of the metrics; as a URL it ${error.message}`)
  }
}

/** An empty key is nearly always a missing secret. */
function readKey(text: string): string {
  if (text.trim() === '') throw new ValueError('is empty: the secret it comes from is missing; or set auth to none')
  return readSecret(text)
}

/** Reads a key or other credentials. */
export function readSecret(text: string): string {
  if (text.trim() === '') throw new ValueError('is empty: the secret it comes from is missing')
  const key = readLine(text)
  const fault = findPastedSigns(key)
  if (fault !== null) throw new ValueError(fault)
  // A header can carry nothing but ASCII.
  if (!/^[\x20-\x7e]+$/.test(key)) throw new ValueError('must be visible ASCII characters; look for a stray character')
  return key
}

function readPaths(text: string): readonly string[] {
  const paths = splitList(text)
  if (paths.length === 0) throw new ValueError('must be paths or patterns, for example results/*.json')
  return paths
}
