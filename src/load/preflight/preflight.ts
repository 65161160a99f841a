import { generatesTokens } from '../../vocabulary/load.ts'
import { EndpointError, SettingsError } from '../../errors.ts'
import type { Finding } from '../../metrics/findings.ts'
import { assumeLone } from '../../plan/cost.ts'
import { weighKinds } from '../../plan/workload.ts'
import type { LoneRequest } from '../../plan/cost.ts'
import { UNCALIBRATED } from '../../plan/prompts.ts'
import type { WorkloadOptions, ConversationOptions } from '../../plan/compose-request.ts'
import type { OptionalField } from '../../protocol/api.ts'
import { forcesLength } from '../../protocol/apis/request.ts'
import type { DescribedEndpoint } from '../../vendors/vendor.ts'
import { readGateway } from '../../protocol/answer-headers.ts'
import { describeVersion } from '../../protocol/servers.ts'
import type { Server } from '../../protocol/servers.ts'
import type { Settings } from '../../settings.ts'
import { findMisfit } from '../../settings/prompts-file/prompt.ts'
import { findImageMisfit } from '../../settings/values/images.ts'
import { fixLength, meanLength } from '../../settings/values/distributions.ts'
import { showUrl } from '../../text.ts'
import { checkAnswers, pickRateLimitHeaders } from './answer-checks.ts'
import { assumeTarget, setFields, findAcceptedFields, listWantedFields } from './candidates.ts'
import { calibratePrompt } from './calibrate.ts'
import {
  averageLone,
  checkLastTurns,
  describeLone,
  explainSingle,
  listSingles,
  checkLongestRequest,
  probeImages,
} from './single-requests.ts'
import { suggestModels, identifyServer, listServerHints } from './identify.ts'
import { createAuthorizer } from '../auth/authorizers.ts'
import type { Exchange } from '../ports.ts'
import { waitUntilReady } from './readiness.ts'
import type { ReadinessPorts, Ready } from './readiness.ts'
import { sendEach } from '../transport/target.ts'
import type { SendSingles, Target } from '../transport/target.ts'
import type { Lengths } from '../../settings/values/distributions.ts'
import type { PromptModel } from '../../plan/prompts.ts'
import { ENDPOINT_SETTINGS } from '../../settings/lists/endpoint-settings.ts'

/** What is known about the endpoint before anything is measured. */
export interface Preflight {
  readonly target: Target
  readonly workload: WorkloadOptions
  /** How long it took until the endpoint was ready. */
  readonly waitedMs: number
  /** The length of `input-tokens: auto` where the endpoint accepts less than usual; else null. */
  readonly shrunkTo: number | null
  /** One request at concurrency 1. */
  readonly lone: LoneRequest
  readonly servedModel: string | null
  readonly build: string | null
  /** Name and version of the server; null where it does not show them. */
  readonly serverVersion: string | null
  /** How many requests the server says it takes at once; null where it does not. */
  readonly atOnce: Server['atOnce']
  /** The vendor's description of the endpoint; null where there is none. */
  readonly described: DescribedEndpoint | null
  /** What the endpoint can do, for the report, by names that a reader understands. */
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly findings: readonly Finding[]
  /** Rate-limit headers of the last answer. */
  readonly rateLimit: Readonly<Record<string, string>>
}

/** What single requests have shown of an endpoint, whatever will be sent to it. */
export interface KnownEndpoint {
  readonly ready: Ready
  /** Those of the optional fields that it accepts. */
  readonly fields: readonly OptionalField[]
  readonly server: Server | null
}

/** The endpoints that earlier measurements of this process have met, so that several scenarios on one endpoint do not each ask it the same. */
export interface KnownEndpoints {
  /** Null where nothing is known of the endpoint as these settings ask it. */
  recall(settings: Settings): KnownEndpoint | null
  keep(settings: Settings, known: KnownEndpoint): void
}

/** What preflight needs of the system. */
export interface PreflightPorts extends ReadinessPorts {
  /** Endpoints that were met before; absent: none. */
  readonly knownEndpoints?: KnownEndpoints
}

/** Below this share of a fresh prompt's TTFT, a repeated prompt was answered from a prefix cache. */
const CACHED_TTFT_SHARE = 0.7

/**
 * Finds out, with single uncounted requests, how to speak to the endpoint and what may disturb measuring it: accepted
 * fields, prompt length, output length, buffering, compression, prefix cache, rate limits. Where the user switched it
 * off, nothing is sent, and what is likeliest is assumed.
 *
 * @throws EndpointError when the endpoint cannot be measured at all.
 */
export async function runPreflight(settings: Settings, ports: PreflightPorts): Promise<Preflight> {
  if (!settings.preflight) return assumePreflight(settings, assumeTarget(settings, ports), ports.nonce)
  const known = ports.knownEndpoints?.recall(settings) ?? null
  if (known === null) return askEndpoint(settings, null, ports)
  try {
    return await askEndpoint(settings, known, ports)
  } catch (error) {
    if (!(error instanceof EndpointError) || ports.signal.aborted) throw error
    // It may be another server by now, or none for a while.
    ports.log(`asking the endpoint anew, because ${error.what}`)
    return askEndpoint(settings, null, ports)
  }
}

/** Asks the endpoint what is not `known` of it already; null: nothing is known. */
async function askEndpoint(settings: Settings, known: KnownEndpoint | null, ports: PreflightPorts): Promise<Preflight> {
  const from = ports.clock.now()
  const ready = known === null ? await waitUntilReady(settings, ports) : renewAuth(known.ready, settings, ports)
  const waitedMs = ports.clock.now() - from
  const send: SendSingles = async (target, specs) => sendEach(settings, target, specs, ports)

  checkPrompts(settings, ready.target)
  checkModels(settings, ready.target)
  const wantedFields = listWantedFields(ready.target, settings.prefixCache)
  const fields = known?.fields ?? (await findAcceptedFields(ready.target, wantedFields, send, ports.nonce))
  const target = setFields(ready.target, fields)
  const unseen = await probeImages(settings, target, send, ports.nonce)
  const wanted = chooseLengths(settings, target)
  const input = await calibratePrompt(settings, target, wanted, send, ports.nonce)
  const shrunkTo = input.lengths === wanted ? null : meanLength(input.lengths)
  if (shrunkTo !== null) {
    ports.log(`input-tokens: ${shrunkTo}, because ${meanLength(wanted)} are more than the endpoint takes`)
  }
  const workload = chooseWorkload(settings, target, input.lengths, input.promptModel, ports.nonce)

  await checkLongestRequest(workload, async (spec) => (await send(target, [spec]))[0]!)

  const specs = listSingles(workload)
  const answers = await send(target, specs)
  const failed = answers.findIndex(({ failure }) => failure !== null)
  if (failed !== -1) {
    const [exchange, spec] = [answers[failed]!, specs[failed]!]
    const asked = { settings, target, exchange, model: spec.model ?? target.dialect.model }
    throw await suggestModels(explainSingle(exchange, spec, target), asked, ports.signal)
  }
  const repeated = generatesTokens(target.dialect.task) ? (await send(target, [specs.at(-1)!]))[0]! : null
  if (ports.signal.aborted) throw cancelError(target)

  const lastTurns = await checkLastTurns(workload, target, send)
  const prefixCache = judgeCache(answers, repeated)
  const lone = describeLone(
    workload,
    workload.mix == null ? [answers] : answers.map((answer) => [answer]),
    prefixCache === 'not-seen' ? lastTurns : [],
  )
  const last = answers.at(-1)!
  const checks = checkAnswers(answers, specs, repeated, settings.headers['accept-encoding'])
  const server = known === null ? await identifyServer(settings, target, last, ports) : known.server
  ports.knownEndpoints?.keep(settings, { ready, fields, server })
  for (const hint of [...checks.hints, ...listServerHints(server, settings)]) ports.log(`  ! ${hint}`)
  return {
    target,
    workload,
    waitedMs,
    shrunkTo,
    lone,
    servedModel: ready.servedModel,
    build: ready.build,
    serverVersion: server === null ? null : describeVersion(server),
    atOnce: server?.atOnce ?? null,
    described: ready.described,
    capabilities: {
      api: target.api.name,
      task: target.dialect.task,
      fields: [...fields],
      lengthField: target.dialect.lengthField,
      exactLength: forcesLength(fields),
      inputTokens: Math.round(meanLength(input.lengths)),
      tokenSource: last.tokenSource,
      inputTokensPerWord: input.promptModel.tokensPerWord,
      prefixCache,
      buffered: checks.buffered,
      compressed: checks.compressed,
      ...(checks.gateway !== null && { gateway: checks.gateway }),
      ...(server?.atOnce != null && { requestsAtOnce: server.atOnce.requests }),
      ...(checks.unknownEvents > 0 && { unknownEvents: checks.unknownEvents }),
      ...ready.described?.capabilities,
    },
    findings: [...(ready.described?.findings ?? []), ...input.findings, ...unseen, ...checks.findings],
    rateLimit: pickRateLimitHeaders(last),
  }
}

/** With credentials that go by the clock of this measurement. */
function renewAuth(ready: Ready, settings: Settings, ports: PreflightPorts): Ready {
  return { ...ready, target: { ...ready.target, auth: createAuthorizer(settings, ports) } }
}

/** Checks whether the API takes what is to be sent, which is known only now where preflight had to find the API. */
function checkPrompts(settings: Settings, target: Target): void {
  for (const own of settings.mix ?? [settings]) checkOwnPrompts(own, target)
}

function checkOwnPrompts(
  { prompts, turns, images }: Pick<Settings, 'prompts' | 'turns' | 'images'>,
  { api, dialect: { task } }: Target,
): void {
  const message = prompts === null ? null : findMisfit(prompts, { task, api })
  if (message !== null) throw new SettingsError([{ setting: 'prompts-file', given: null, message }])
  const unseen = images === null ? null : findImageMisfit(task, api)
  if (unseen !== null) throw new SettingsError([{ setting: 'images', given: null, message: unseen }])
  if (turns === null || task === 'chat') return
  const why = `make conversations, and this endpoint serves ${task}, which take none; set turns to none, or measure chat`
  throw new SettingsError([{ setting: 'turns', given: null, message: why }])
}

function cancelError(target: Target): EndpointError {
  return new EndpointError('the run was cancelled', { tried: `POST ${showUrl(target.url)}`, remedy: 'run again' })
}

/** Where neither the body nor the URL of a request can name a model, all parts ask for the same. */
function checkModels({ mix, endpoint }: Settings, { api, url }: Target): void {
  const other = mix?.find(({ model }) => model !== mix[0]!.model)
  if (other === undefined || api.modelInBody(endpoint, 'any') !== null) return
  if (api.urlOfModel?.(url, 'any') != null) return
  const message = `asks for a model of its own, and over ${api.name} no request to ${showUrl(url)} can name one; give all parts the same model`
  throw new SettingsError([{ setting: 'mix', given: other.name, message }])
}

/** The workload of a run; also used without preflight, with what is then assumed. */
function chooseWorkload(
  settings: Settings,
  target: Target,
  inputTokens: Lengths,
  promptModel: PromptModel,
  nonce: () => string,
): WorkloadOptions {
  return {
    task: target.dialect.task,
    seed: settings.seed,
    inputTokens,
    outputTokens: settings.outputTokens,
    promptModel,
    prompts: settings.prompts,
    trace: settings.trace === null ? null : { ...settings.trace, asksForLength: !forcesLength(target.dialect.fields) },
    prefixCache: settings.prefixCache,
    sharedPrefixTokens: settings.sharedPrefixTokens,
    batchSize: settings.batchSize,
    conversations: conversationsOf(settings),
    images: settings.images,
    mix:
      settings.mix?.map(({ turns, thinkTime, systemPromptTokens, ...part }) => ({
        ...part,
        inputTokens: part.inputTokens === 'auto' ? chooseLengths({ inputTokens: 'auto' }, target) : part.inputTokens,
        conversations: conversationsOf({ turns, thinkTime, systemPromptTokens }),
      })) ?? null,
    nonce,
  }
}

function conversationsOf({
  turns,
  thinkTime,
  systemPromptTokens,
}: Pick<Settings, 'turns' | 'thinkTime' | 'systemPromptTokens'>): ConversationOptions | null {
  return turns === null ? null : { turns, thinkTime, systemTokens: systemPromptTokens }
}

function chooseLengths(settings: Pick<Settings, 'inputTokens'>, target: Target): Lengths {
  if (settings.inputTokens !== 'auto') return settings.inputTokens
  return fixLength(generatesTokens(target.dialect.task) ? AUTO_INPUT_TOKENS : AUTO_ITEM_TOKENS)
}

const AUTO_INPUT_TOKENS = 512

const AUTO_ITEM_TOKENS = 256

/** What is assumed when the user switched preflight off. */
export function assumePreflight(settings: Settings, target: Target, nonce: () => string): Preflight {
  checkPrompts(settings, target)
  checkModels(settings, target)
  const workload = chooseWorkload(settings, target, chooseLengths(settings, target), UNCALIBRATED, nonce)
  return {
    target,
    workload,
    waitedMs: 0,
    shrunkTo: null,
    lone: averageLone(weighKinds(workload).map(({ own, weight }) => ({ ...assumeLone(own), weight }))),
    servedModel: null,
    build: null,
    serverVersion: null,
    atOnce: null,
    described: null,
    capabilities: { api: target.api.name, task: target.dialect.task, preflight: false },
    findings: [],
    rateLimit: {},
  }
}

/** Whether the server answered a repeated prompt from a cache. */
function judgeCache(fresh: readonly Exchange[], repeated: Exchange | null): 'on' | 'not-seen' | 'unknown' {
  if (repeated === null || repeated.failure !== null || repeated.firstTokenAt === null) return 'unknown'
  // An answer from a gateway's cache says nothing about the server's prefix cache.
  if (readGateway(repeated.headers ?? {})?.cached === true) return 'unknown'
  if ((repeated.cachedTokens ?? 0) > 0) return 'on'
  const ttfts = fresh.flatMap(({ startAt, firstTokenAt }) => (firstTokenAt === null ? [] : [firstTokenAt - startAt]))
  const fastest = Math.min(...ttfts)
  return repeated.firstTokenAt - repeated.startAt < CACHED_TTFT_SHARE * fastest ? 'on' : 'not-seen'
}

/** Knows none yet. */
export function createKnownEndpoints(): KnownEndpoints {
  const known = new Map<string, KnownEndpoint>()
  return {
    recall: (settings) => known.get(keyOf(settings)) ?? null,
    keep(settings, endpoint) {
      const { candidateCommand, controlCommand, redeployCommand } = settings
      // A server that a command starts is another one each time.
      if (candidateCommand === null && controlCommand === null && redeployCommand === null)
        known.set(keyOf(settings), endpoint)
    },
  }
}

/** Everything that says who is asked and how; held in memory only, as it has the key. */
function keyOf(settings: Settings): string {
  const { caCertPem, clientPem, variables, prefixCache } = settings
  const asked = Object.entries(settings).filter(([name]) => Object.hasOwn(ENDPOINT_SETTINGS, name))
  return JSON.stringify([asked, caCertPem, clientPem, variables, prefixCache])
}
