import { EndpointError } from '../errors.ts'
import { apiByName, guessApi } from '../protocol/apis.ts'
import type { Api, ApiName, OptionalField, RequestSpec, Task } from '../protocol/api.ts'
import { taskOfPath } from '../protocol/openai-url.ts'
import type { Settings } from '../settings.ts'
import { plain, shownUrl } from '../text.ts'
import { explain, isUnknownHost } from './explain.ts'
import { getText } from './get-text.ts'
import type { Clock, Exchange } from './ports.ts'
import { connectionOptions, requestHeaders, sendEach } from './target.ts'
import type { Target } from './target.ts'

export interface ReadinessPorts {
  readonly clock: Clock
  readonly nonce: () => string
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/** An endpoint that has answered, and how to speak to it. */
export interface Ready {
  readonly target: Target
  readonly servedModel: string | null
  /** What the version page or the served model showed; null when no version was expected. */
  readonly build: string | null
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000
const PROBE_TOKENS = 8
const SHORTEST_PROBE_MS = 1_000
const WAITABLE_STATUS = new Set([408, 425, 429, 500, 502, 503, 504, 529])
/** Refusals that say: not this API, not this task, not these fields. */
const MISMATCH_STATUS = new Set([400, 404, 405, 415, 422, 501])

/**
 * Waits, up to `ready-timeout`, until the endpoint answers a minimal request with tokens and shows the expected
 * version. With `api: auto` it finds the API on the way.
 *
 * @throws EndpointError at once for what waiting does not mend (key, path, redirect, TLS, unknown host, wrong format),
 * and after `ready-timeout` for everything else.
 */
export async function waitUntilReady(settings: Settings, ports: ReadinessPorts): Promise<Ready> {
  const from = ports.clock.now()
  const patience = createPatience(settings, ports, from)
  let model = settings.model
  for (;;) {
    model ??= await findModel(settings, ports)
    const attempt = await tryCandidates(within(settings, ports, from), candidatesOf(settings, model), ports)
    if (attempt.ok) {
      const build = await waitForVersion(settings, attempt.exchange.servedModel, ports, patience)
      return { target: attempt.target, servedModel: attempt.exchange.servedModel, build }
    }
    const error = explain(attempt.exchange, shownUrl(attempt.target.url))
    if (!isWaitable(attempt.exchange)) throw error
    await patience(error, attempt.exchange.retryAfterMs)
  }
}

/** The same settings with no probe lasting longer than what is left of `ready-timeout`: a server may accept and keep silent. */
function within(settings: Settings, { clock }: ReadinessPorts, from: number): Settings {
  const left = settings.readyTimeoutMs - (clock.now() - from)
  return { ...settings, requestTimeoutMs: Math.min(settings.requestTimeoutMs, Math.max(SHORTEST_PROBE_MS, left)) }
}

/** Checks the expected version once more, at the end of a run: null when it still shows, else what shows now. */
export async function versionNow(
  settings: Settings,
  servedModel: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (settings.expectVersion === null) return null
  const shown = await shownVersion(settings, servedModel, signal)
  return shown.includes(settings.expectVersion) ? null : shown
}

/** The ways to speak to the endpoint that come into question, the likeliest first. */
export function candidatesOf(settings: Settings, model: string | null): Target[] {
  const api = apiByName(settings.api === 'auto' ? guessApi(settings.endpoint) : settings.api)
  const said = settings.task === 'auto' ? api.taskOf(settings.endpoint) : settings.task
  if (api.name === 'databricks') {
    const tasks: readonly Task[] = said === null ? ['chat', 'completions', 'embeddings'] : [said]
    return tasks.map((task) => targetOf(settings, api, task, model))
  }
  return openAiNames(settings, api.name).map((name) => targetOf(settings, apiByName(name), taskOfApi(name), model))
}

/** A base URL says nothing about the task, so each is tried unless the user names one. */
function openAiNames({ api, task, endpoint }: Settings, guessed: ApiName): readonly ApiName[] {
  if (api !== 'auto' || taskOfPath(endpoint) !== null) return [guessed]
  return task === 'auto' ? ['openai-chat', 'openai-completions', 'openai-embeddings'] : [`openai-${task}`]
}

/** Without preflight nothing is tried: the likeliest way to speak, with the one field that makes servers count tokens. */
export function assumedTarget(settings: Settings): Target {
  const [target] = candidatesOf(settings, settings.model)
  const fields =
    target!.api.name === 'openai-chat' || target!.api.name === 'openai-completions' ? ['stream_options' as const] : []
  return withFields(target!, fields)
}

/** The same target with other optional fields. */
export function withFields(target: Target, fields: readonly OptionalField[]): Target {
  return { ...target, dialect: { ...target.dialect, fields: new Set(fields) } }
}

function targetOf(settings: Settings, api: Api, task: Task, model: string | null): Target {
  return {
    api,
    url: api.url(settings.endpoint, task),
    dialect: {
      task,
      model: api.modelInBody(settings.endpoint, model),
      fields: new Set(),
      lengthField: 'max_tokens',
      extraBody: settings.extraBody,
    },
  }
}

function taskOfApi(name: ApiName): Task {
  return name === 'openai-completions' ? 'completions' : name === 'openai-embeddings' ? 'embeddings' : 'chat'
}

interface Attempted {
  readonly ok: boolean
  readonly target: Target
  readonly exchange: Exchange
}

/** Tries each candidate until one answers, or one fails in a way that is not about the API. */
async function tryCandidates(
  settings: Settings,
  candidates: readonly Target[],
  ports: ReadinessPorts,
): Promise<Attempted> {
  let first: Attempted | null = null
  for (const candidate of candidates) {
    for (const target of lengthForms(candidate)) {
      const [exchange] = await sendEach(settings, target, [probeSpec(ports.nonce())], ports.signal)
      const attempt = { ok: exchange!.failure === null && !exchange!.cancelled, target, exchange: exchange! }
      if (attempt.ok) return attempt
      first ??= attempt
      if (!isMismatch(exchange!)) return first === attempt || isWaitable(exchange!) ? attempt : first
      if (!/max_completion_tokens|max_tokens/.test(exchange!.failureMessage ?? '')) break
    }
  }
  return first!
}

/** Newer OpenAI models refuse `max_tokens`; everybody else knows it. */
function lengthForms(target: Target): Target[] {
  if (target.dialect.task !== 'chat') return [target]
  return [target, { ...target, dialect: { ...target.dialect, lengthField: 'max_completion_tokens' } }]
}

/** A request as small as useful. */
export function probeSpec(nonce: string): RequestSpec {
  return { prompts: ['Write a few words.'], outputTokens: PROBE_TOKENS, nonce }
}

/** A 200 that cannot be read is no such refusal: the path is there, and what is wrong with it must be said. */
function isMismatch({ status }: Exchange): boolean {
  return status !== null && MISMATCH_STATUS.has(status)
}

function isWaitable(exchange: Exchange): boolean {
  const { failure, status } = exchange
  if (failure === 'connect')
    return !isUnknownHost(exchange) && !/^UND_ERR_(INVALID|NOT_SUPPORTED)/.test(exchange.errorCode ?? '')
  if (failure === 'incomplete' || failure === 'error_event' || failure?.startsWith('timeout_') === true) return true
  return status !== null && WAITABLE_STATUS.has(status)
}

/** Returns a function that pauses before the next try, or throws the reason when `ready-timeout` has passed. */
function createPatience(settings: Settings, { clock, log, signal }: ReadinessPorts, from: number) {
  let pause = FIRST_PAUSE_MS
  let said = -Infinity
  return async (reason: EndpointError, retryAfterMs: number | null): Promise<void> => {
    const left = settings.readyTimeoutMs - (clock.now() - from)
    if (left <= 0 || signal.aborted) throw reason
    if (clock.now() - said > 10_000) {
      said = clock.now()
      log(
        `waiting for the endpoint, at most ${Math.ceil(left / 1000)} s more (ready-timeout): ${reason.message.split('\n')[0]}`,
      )
    }
    await clock.sleep(Math.min(left, Math.max(pause, retryAfterMs ?? 0)), signal)
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2)
  }
}

async function waitForVersion(
  settings: Settings,
  servedModel: string | null,
  ports: ReadinessPorts,
  patience: (reason: EndpointError, retryAfterMs: number | null) => Promise<void>,
): Promise<string | null> {
  if (settings.expectVersion === null) return null
  for (;;) {
    const shown = await shownVersion(settings, servedModel, ports.signal)
    if (shown.includes(settings.expectVersion)) return settings.expectVersion
    const reason = new EndpointError(
      `the endpoint does not show version "${settings.expectVersion}", it shows "${plain(shown)}"`,
      {
        tried: `GET ${shownUrl(versionUrl(settings))}`,
        remedy: 'wait for the rollout (`ready-timeout`), or check `expect-version` and `version-url`',
      },
    )
    await patience(reason, null)
  }
}

/** The version page and the served model's name, in one text. */
async function shownVersion(settings: Settings, servedModel: string | null, signal: AbortSignal): Promise<string> {
  const url = versionUrl(settings)
  // The key goes to the endpoint's own host only.
  const headers = url.origin === settings.endpoint.origin ? requestHeaders(settings) : {}
  const page = await getText(url, headers, connectionOptions(settings), signal)
  return [page?.status === 200 ? page.text.trim() : '', servedModel ?? ''].join(' ').trim()
}

function versionUrl({ versionUrl, endpoint }: Settings): URL {
  return versionUrl ?? new URL('/version', endpoint.origin)
}

/** The first model that the server lists, for a user who named none. */
async function findModel(settings: Settings, { log, signal }: ReadinessPorts): Promise<string | null> {
  const [target] = candidatesOf(settings, null)
  const url = new URL(target!.url)
  const path = url.pathname.replace(/\/(chat\/completions|completions|embeddings)$/, '/models')
  if (path === url.pathname) return null
  url.pathname = path
  const page = await getText(url, requestHeaders(settings), connectionOptions(settings), signal)
  const ids = page?.status === 200 ? modelIds(page.text) : []
  if (ids[0] === undefined) return null
  log(`model: ${plain(ids[0])}${ids.length > 1 ? `, the first of ${ids.length} that the endpoint lists` : ''}`)
  return ids[0]
}

function modelIds(text: string): string[] {
  try {
    const { data } = JSON.parse(text) as { data?: unknown }
    if (!Array.isArray(data)) return []
    return data.map((entry: unknown) => (entry as { id?: unknown } | null)?.id).filter((id) => typeof id === 'string')
  } catch {
    return []
  }
}
