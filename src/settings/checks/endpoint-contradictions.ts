import type { SettingProblem } from '../../errors.ts'
import { APIS_OF_SEVERAL_TASKS, findApi, guessApi } from '../../vendors/apis.ts'
import { VENDORS, WAYS, findKeyPlaceAt, authWayOf } from '../../vendors/vendors.ts'
import { CREDENTIALS, credentialsOf, listSecretVariablesIn } from '../auth.ts'
import type { Auth } from '../auth.ts'
import { spellSetting } from '../setting.ts'
import { findPastedSigns, findHeaderWords } from '../secrets.ts'
import { apiOf, contradict, contradictAlone, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'
import { decodePercent } from '../../text.ts'
import type { GivenValues } from '../setting.ts'
import type { RunValues } from '../lists/run-settings.ts'
import { isAllowedHost, spellHost } from '../values/urls.ts'

/** Contradictions about the endpoint: who asks it, its host, what is checked before the load, TLS, and its model. */
export function* findEndpointContradictions(input: CheckInput): Iterable<SettingProblem> {
  const { values, given } = input
  const { versionUrl, task, expectVersion } = values
  const api = apiOf(values)
  yield* findAuthProblems(input)
  yield* findHostProblems(values)
  if (given.has('task') && task !== undefined && task !== 'auto' && api?.tasks.length === 1) {
    yield contradict(
      'task',
      `is only for api: ${APIS_OF_SEVERAL_TASKS.join(' and ')}; ${api.name} has one task, remove task`,
    )
  }
  if (values.preflight === false && expectVersion != null) {
    yield contradict('expect-version', 'is checked in preflight, which is off; remove one of them')
  }
  if (values.preflight === false && values.soak === 'auto' && given.has('soak')) {
    yield contradict('soak', 'comes after preflight, which is off; set soak to off, or leave preflight on')
  }
  if (versionUrl != null && expectVersion === null) {
    yield contradictAlone('version-url', 'is where expect-version looks', 'expect-version')
  }
  yield* findTlsProblems(values)
  yield* findModelProblems(input)
}

/** The way of authentication, what it needs, and where credentials go. */
function* findAuthProblems(input: CheckInput): Iterable<SettingProblem> {
  const { values } = input
  if (values.auth != null) {
    yield* findIdleCredentials(input, values.auth)
    yield* findMissingKey(input, values.auth)
    yield* findBadKey(input, values.auth)
    yield* findWayProblems(input, values.auth)
    yield* findHeaderProblems(input, values.auth)
  }
  const { allowedHosts, allowFork } = values
  if (allowFork === true && allowedHosts === null) {
    yield contradict(
      'let-forks-use-my-key',
      'needs allowed-hosts, so that no pull request says where the key goes; list the hosts of the endpoint there',
    )
  }
}

/** Credentials without effect: most likely `auth` is not what was meant. */
function* findIdleCredentials({ given }: CheckInput, auth: Auth): Iterable<SettingProblem> {
  for (const name of CREDENTIALS) {
    if (credentialsOf(auth.kind).includes(name) || !isIdle(given, name, 'auth')) continue
    if (name === 'api-key') {
      yield contradict('auth', `is ${auth.kind}, but an api-key is given; remove one of them`)
      continue
    }
    const users = WAYS.flatMap(({ word, settings }) => (settings.some((setting) => setting === name) ? [word] : []))
    yield contradict(name, `is for auth: ${users.join(' or ')}, and auth is ${auth.kind}; change auth or remove it`)
  }
}

function* findMissingKey({ values, entry }: CheckInput, auth: Auth): Iterable<SettingProblem> {
  const { apiKey } = values
  const needsKey = auth.kind === 'bearer' || auth.kind === 'basic' || auth.kind === 'header'
  if (needsKey && apiKey === null) {
    const what = auth.kind === 'header' ? `sends the key in ${auth.name}` : `is ${auth.kind}`
    yield contradict('auth', `${what}, but there is no key; set PLATEAU_API_KEY or ${spellSetting('api-key', entry)}`)
  }
  if (auth.kind !== 'basic') return
  yield* findBareToken(values, 'api-key')
  yield* findBareToken(values, 'control-api-key')
}

/** `auth: basic` needs a user and a password; only few vendors accept a key alone. */
function* findBareToken(values: CheckInput['values'], name: KeyName): Iterable<SettingProblem> {
  const { endpoint, key } = keyOf(values, name)
  const { api } = values
  if (key == null || key.includes(':') || endpoint == null) return
  const takers = VENDORS.filter(({ takesBareToken }) => takesBareToken === true)
  if (takers.some((vendor) => vendor.isIts(endpoint) || vendor.api.name === api)) return
  const names = takers.map(({ name }) => name).join(' or ')
  yield contradict(
    name,
    `must be user:password with auth: basic; only a ${names} token may stand alone, its user is "token"`,
  )
}

/** A key pasted together with its header or other text. No message shows it. */
function* findBadKey({ values, variables }: CheckInput, auth: Auth): Iterable<SettingProblem> {
  for (const name of listSecretVariablesIn(auth.kind, variables)) {
    const fault = findPastedSigns(variables[name]!)
    if (fault !== null) yield contradict(name, fault)
  }
  // The value of a custom header may be anything.
  if (auth.kind === 'header' || auth.kind === 'none') return
  for (const name of KEY_NAMES) {
    const { key } = keyOf(values, name)
    if (key == null) continue
    const words = findHeaderWords(key)
    if (words !== null) {
      yield contradict(name, `${words}, which the client writes itself; give the key alone`)
    } else if (auth.kind !== 'basic' && /\s/.test(key)) {
      yield contradict(name, 'has a space in it, which no key has; look for two keys, or for words beside it')
    }
  }
}

const KEY_NAMES = ['api-key', 'control-api-key'] as const
type KeyName = (typeof KEY_NAMES)[number]

/** A key, and where it goes. */
function keyOf({ apiKey, endpoint, control, controlApiKey }: CheckInput['values'], name: KeyName) {
  return name === 'api-key' ? { key: apiKey, endpoint } : { key: controlApiKey, endpoint: control }
}

/** What a vendor's way lacks, and whether its credentials would go to another owner's host. */
function* findWayProblems({ values, variables, entry }: CheckInput, auth: Auth): Iterable<SettingProblem> {
  const { endpoint, control, api, clientId, clientSecret, tokenUrl } = values
  const spell = (setting: string): string => spellSetting(setting, entry)
  const told = new Set<string>()
  for (const place of control == null ? [endpoint] : [endpoint, control]) {
    const facts = { endpoint: place, api, clientId, clientSecret, tokenUrl, variables, entry, spell }
    for (const problem of authWayOf(auth.kind)?.findProblems(facts) ?? []) {
      if (!told.has(problem.message)) yield problem
      told.add(problem.message)
    }
  }
}

/** A header that `auth` writes can have one value only. */
function* findHeaderProblems(input: CheckInput, auth: Auth): Iterable<SettingProblem> {
  const { headers } = input.values
  if (headers == null) return
  const taken = headersOf(input, auth).find((name) => Object.hasOwn(headers, name))
  if (taken === undefined) return
  yield contradict(
    'headers',
    authWayOf(auth.kind) !== null
      ? `sets ${taken}, which auth: ${auth.kind} writes; remove one of them`
      : `sets ${taken}, which carries the api-key; remove one of them, or say with auth: header:<name> where the key goes`,
  )
}

function headersOf({ values }: CheckInput, auth: Auth): readonly string[] {
  const { apiKey, endpoint } = values
  const way = authWayOf(auth.kind)
  const api = apiOf(values)
  if (way !== null) return way.headers
  if (auth.kind === 'none' || apiKey == null) return []
  if (auth.kind === 'header') return [auth.name]
  if (auth.kind !== 'auto' || api === null) return ['authorization']
  // Where the key goes into another header, `authorization` is free for a gateway.
  return endpoint == null || findKeyPlaceAt(endpoint, api) !== 'bearer' ? [] : ['authorization']
}

function* findTlsProblems({
  endpoint,
  control,
  caCert,
  clientCert,
  clientKey,
  insecureTls,
}: RunValues): Iterable<SettingProblem> {
  const onlyForTls = {
    'ca-cert': caCert != null,
    'client-cert': clientCert != null,
    'client-key': clientKey != null,
    'insecure-tls': insecureTls === true,
  }
  for (const [setting, isGiven] of Object.entries(onlyForTls)) {
    if (!isGiven || endpoint?.protocol !== 'http:' || control?.protocol === 'https:') continue
    yield contradict(setting, 'is for an https endpoint, and this one is http; remove it or change endpoint')
  }
  if (clientCert === null && clientKey != null) {
    yield contradict('client-key', 'is the key of client-cert, which is not given; give both or remove client-key')
  }
  if (clientKey === null && clientCert != null) {
    yield contradict('client-cert', 'is shown with its client-key, which is not given; give both or remove client-cert')
  }
  if (insecureTls === true && caCert != null) {
    yield contradict('ca-cert', 'says whom to trust, and with insecure-tls everybody is trusted; remove one of them')
  }
}

/** No URL that the key is sent to may lie outside `allowed-hosts`. */
function* findHostProblems(values: RunValues): Iterable<SettingProblem> {
  const { allowedHosts, endpoint, control, versionUrl, serverMetrics, tokenUrl } = values
  const urls = { endpoint, control, 'version-url': versionUrl, 'server-metrics': serverMetrics, 'token-url': tokenUrl }
  for (const [setting, url] of Object.entries(urls)) {
    if (allowedHosts == null || !(url instanceof URL) || isAllowedHost(url, allowedHosts)) continue
    yield contradict(
      setting,
      `has the host ${url.host}, which is not among allowed-hosts; add ${spellHost(url)} there if it is right`,
    )
  }
}

/** A model beside a URL that names another one, so that no request would ask for it, and one that no URL can name. */
function* findModelProblems({ values, given, isOfMix }: CheckInput): Iterable<SettingProblem> {
  const { endpoint, control, model, controlModel } = values
  for (const [name, asked, where, url] of [
    ['model', model, 'endpoint', endpoint],
    ['control-model', controlModel, 'control', control],
  ] as const) {
    if (asked == null || url == null || values.api === undefined || !isMeantFor(given, name, where)) continue
    const api = apiOf(values) ?? findApi(guessApi(url))
    if (DOTS.test(asked) && standsInPath(api, url)) {
      yield contradict(
        name,
        `stands in the path of a URL with ${api.name}, in which "." and ".." name no model; give the model another name at its server`,
      )
      continue
    }
    // In a mix that of a part stands in the URL of its requests.
    if (isOfMix || !namesOther(api, url, asked)) continue
    yield contradict(
      name,
      `is asked for nowhere, because the URL of ${where} names another one; remove it, or write it into that URL in the other's place`,
    )
  }
}

/** Whether a model is meant for this URL. What stands at the top of a config file may be meant for scenarios without a URL of their own. */
function isMeantFor(given: GivenValues, name: string, where: string): boolean {
  const value = given.get(name)
  if (value === undefined) return false
  return value.source !== 'file' || value.isOfScenario === true || given.get(where)?.isOfScenario !== true
}

type Api = ReturnType<typeof findApi>

/** Whether the path of a URL has a model of its own that is not this one, and a body would not say otherwise. */
function namesOther({ modelInBody, url, urlOfModel, tasks }: Api, endpoint: URL, model: string): boolean {
  if (urlOfModel === undefined || modelInBody(endpoint, model) !== null) return false
  const own = url(endpoint, tasks[0]!, model)
  const other = urlOfModel(own, model)
  // Where the path has no place for another model, it has one that stays.
  return other === null || decodePercent(other.pathname) !== decodePercent(own.pathname)
}

/** A name that ends as the path of another folder does. */
const DOTS = /(^|\/)\.{1,2}$/

/** Whether the model of a request stands in the path of its URL. */
function standsInPath({ url, urlOfModel, tasks: [task] }: Api, endpoint: URL): boolean {
  const [one, other] = ['a', 'b'].map((model) => url(endpoint, task!, model))
  return one!.href !== other!.href || (urlOfModel?.(one!, 'a') ?? null) !== null
}
