import { EndpointError } from '../../errors.ts'
import type { Api } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import { isLoopback } from '../../settings/values/urls.ts'
import type { DescribedEndpoint, EndpointWatch, WatchPorts } from '../../vendors/vendor.ts'
import { vendorOf } from '../../vendors/vendors.ts'
import { escapeForTerminal, formatSeconds, showUrl } from '../../text.ts'
import { createAuthorizer } from '../auth/authorizers.ts'
import type { AuthPorts, Authorizer, Exchange } from '../ports.ts'
import {
  isMismatch,
  isWaitable,
  tryCandidates,
  listCandidates,
  chooseMetModel,
  guessLikeliestApi,
} from './candidates.ts'
import type { AttemptPorts, Attempted } from './candidates.ts'
import { diagnoseFailure, findModel } from './identify.ts'
import { complaintOf, explainFailure } from '../explain.ts'
import type { IdentifyPorts } from './identify.ts'
import { lookAtPort } from './look-at-port.ts'
import { getPage } from '../transport/target.ts'
import type { Target } from '../transport/target.ts'

export interface ReadinessPorts extends AuthPorts, AttemptPorts, IdentifyPorts {
  readonly log: (line: string) => void
  /**
   * Whether to wait for a server on this machine that refuses connections. In a job it may be starting in another
   * step; for somebody at a terminal it is simply not running. Default: true.
   */
  readonly awaitsLocalServer?: boolean
}

/** An endpoint that has answered, and how to speak to it. */
export interface Ready {
  readonly target: Target
  readonly servedModel: string | null
  /** What the version page or the served model showed; null when no version was expected. */
  readonly build: string | null
  /** The vendor's description of the endpoint; null where there is none. */
  readonly described: DescribedEndpoint | null
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000
const SHORTEST_PROBE_MS = 1_000

/**
 * Waits, up to `ready-timeout`, until the endpoint answers a minimal request with tokens and shows the expected
 * version. With `api: auto` it finds the API on the way.
 *
 * @throws EndpointError at once for what waiting does not change (key, path, redirect, TLS, unknown host, wrong
 * format, and, unless told to wait, a port of this machine that refuses), and after `ready-timeout` for everything
 * else.
 */
export async function waitUntilReady(settings: Settings, ports: ReadinessPorts): Promise<Ready> {
  const from = ports.clock.now()
  const patience = createPatience(settings, ports, from)
  const auth = createAuthorizer(settings, ports)
  const api = guessLikeliestApi(settings)
  const watch = watchEndpoint(settings, { api, auth }, { ...ports, patience })
  let model = chooseMetModel(settings)
  for (;;) {
    model ??= await findModel(settings, auth, ports)
    const known = adoptDescribedTask(settings, api, await watch(model))
    const limited = limitProbe(settings, ports, from)
    let attempt = await tryCandidates(limited, listCandidates(known, model, auth), ports)
    if (!attempt.ok) attempt = { ...attempt, exchange: await lookAtPort(attempt.exchange, settings, ports) }
    if (!attempt.ok && !isWaitable(attempt.exchange)) {
      attempt = await tryAnother(limitProbe(known, ports, from), attempt, model, auth, ports)
    }
    if (attempt.ok) {
      const build = await waitForVersion(settings, attempt.target, attempt.exchange.servedModel, ports, patience)
      const described = await watch(model)
      // Where the user named no model, it is the listed one, even if answers do not name it.
      const servedModel = attempt.exchange.servedModel ?? (settings.model === null ? model : null)
      return { target: attempt.target, servedModel, build, described }
    }
    const reason = describeWait(attempt, settings, limited)
    if (ports.awaitsLocalServer === false && isRefusedHere(attempt.exchange, settings)) throw reason
    await patience(reason, attempt.exchange.retryAfterMs)
  }
}

/** Watches the vendor's description of the endpoint; null where the API has no vendor. */
function watchEndpoint(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  { log, signal, patience }: Omit<WatchPorts, 'getPage'>,
): EndpointWatch {
  const getPageOf: WatchPorts['getPage'] = async (url, asked) => getPage(settings, target, url, asked)
  const ports = { log, signal, patience, getPage: getPageOf }
  return vendorOf(target.api)?.watchEndpoint?.(settings.endpoint, ports) ?? (async () => null)
}

/**
 * Takes the task from the vendor's description where neither the user nor the URL gives one. An explicit `task`
 * always counts; the probe then shows whether it is right.
 */
function adoptDescribedTask(settings: Settings, api: Api, described: DescribedEndpoint | null): Settings {
  if (settings.task !== 'auto' || api.taskOf(settings.endpoint) !== null || described?.task == null) return settings
  return { ...settings, task: described.task }
}

/**
 * After a failure that waiting does not change: with `api: auto`, tries once the API that the endpoint seems to
 * speak.
 *
 * @throws EndpointError with the diagnosis, when there is no such API or it fails too.
 */
async function tryAnother(
  settings: Settings,
  failed: Attempted,
  model: string | null,
  auth: Authorizer,
  ports: ReadinessPorts,
): Promise<Attempted> {
  const { error, other } = await diagnoseFailure(settings, failed, model, ports)
  if (settings.api !== 'auto' || other === null) throw mentionProxy(error, failed.exchange, settings)
  ports.log(`trying api: ${other.api}, because ${other.because}`)
  const instead: Settings = { ...settings, api: other.api }
  const asked = model ?? (await findModel(instead, auth, ports))
  const attempt = await tryCandidates(instead, listCandidates(instead, asked, auth), ports)
  if (attempt.ok || isWaitable(attempt.exchange)) return attempt
  // Otherwise the API is right and the server complains of something else.
  if (isMismatch(attempt.exchange) && complaintOf(attempt.exchange) === null) throw error
  throw (await diagnoseFailure(instead, attempt, asked, ports)).error
}

/** Limits probes to what is left of `ready-timeout`, because a server may accept and then stay silent. */
function limitProbe(settings: Settings, { clock }: ReadinessPorts, from: number): Settings {
  const left = settings.readyTimeoutMs - (clock.now() - from)
  return { ...settings, requestTimeoutMs: Math.min(settings.requestTimeoutMs, Math.max(SHORTEST_PROBE_MS, left)) }
}

/** Why the endpoint is not ready yet, for the log and for when there is no time left. */
function describeWait({ exchange, target }: Attempted, settings: Settings, limited: Settings): EndpointError {
  const error = mentionProxy(explainFailure(exchange, target), exchange, settings)
  const { requestTimeoutMs } = limited
  const isTimeout =
    exchange.failure?.startsWith('timeout_') === true ||
    /^no-(connection|handshake)$/.test(exchange.trouble?.name ?? '')
  if (requestTimeoutMs === settings.requestTimeoutMs || !isTimeout) return error
  const left = `the ${formatSeconds(requestTimeoutMs)} that \`ready-timeout\` (${formatSeconds(settings.readyTimeoutMs)}) left for it`
  return new EndpointError(`the endpoint did not answer in ${left}: ${describeProgress(exchange)}`, {
    tried: error.tried,
    remedy: 'raise `ready-timeout` if the model is still loading; else look at the log of the server',
  })
}

/** Mentions a proxy that other programs use where a host was not reached. */
function mentionProxy(error: EndpointError, { failure }: Exchange, { unusedProxy }: Settings): EndpointError {
  if (failure !== 'connect' || unusedProxy === null) return error
  const { what, tried, remedy } = error
  const more = `${unusedProxy} is set, and is used only when it is given as \`proxy\``
  return new EndpointError(what, { tried, remedy: `${remedy}; ${more}` })
}

/** How far the answer got. */
function describeProgress({ status, tokenEvents, trouble }: Exchange): string {
  if (trouble?.name === 'no-handshake') return 'it was connected, and the TLS handshake had not ended'
  if (trouble !== null) return 'there was no connection yet'
  if (status === null) return 'it was connected, and no answer had begun'
  return `the answer had begun (${status}) and not ended${tokenEvents === 0 ? '' : ', in the middle of its tokens'}`
}

/** Whether a port of this machine, the endpoint's or the proxy's, refused the connection because nothing listens there. */
function isRefusedHere({ trouble }: Exchange, { endpoint, proxy }: Settings): boolean {
  if (trouble?.name === 'proxy-refused') return isLoopback(proxy!)
  return trouble?.name === 'refused' && isLoopback(endpoint)
}

/** Checks the expected version again at the end of a run: null when it still shows, else what shows now. */
export async function findOtherVersion(
  settings: Settings,
  target: Target,
  servedModel: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (settings.expectVersion === null) return null
  const shown = await readVersion(settings, target, servedModel, signal)
  return shown.includes(settings.expectVersion) ? null : shown
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
  target: Target,
  servedModel: string | null,
  ports: ReadinessPorts,
  patience: (reason: EndpointError, retryAfterMs: number | null) => Promise<void>,
): Promise<string | null> {
  if (settings.expectVersion === null) return null
  for (;;) {
    const shown = await readVersion(settings, target, servedModel, ports.signal)
    if (shown.includes(settings.expectVersion)) return settings.expectVersion
    const reason = new EndpointError(
      `the endpoint does not show version "${settings.expectVersion}", it shows "${escapeForTerminal(shown)}"`,
      {
        tried: `GET ${showUrl(chooseVersionUrl(settings))}`,
        remedy: 'wait for the rollout (`ready-timeout`), or check `expect-version` and `version-url`',
      },
    )
    await patience(reason, null)
  }
}

/** The version page and the served model's name, in one text. */
async function readVersion(
  settings: Settings,
  target: Target,
  servedModel: string | null,
  signal: AbortSignal,
): Promise<string> {
  const page = await getPage(settings, target, chooseVersionUrl(settings), signal)
  return [page?.status === 200 ? page.text.trim() : '', servedModel ?? ''].join(' ').trim()
}

function chooseVersionUrl({ versionUrl, endpoint }: Settings): URL {
  return versionUrl ?? new URL('/version', endpoint.origin)
}
