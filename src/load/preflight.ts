import { EndpointError } from '../errors.ts'
import type { Finding } from '../metrics/findings.ts'
import { fixedLength } from '../plan/lengths.ts'
import type { SingleRequest } from '../plan/plan.ts'
import { UNCALIBRATED } from '../plan/prompts.ts'
import type { PromptModel } from '../plan/prompts.ts'
import { createWorkload } from '../plan/workload.ts'
import type { WorkloadOptions } from '../plan/workload.ts'
import type { OptionalField, RequestSpec } from '../protocol/api.ts'
import type { Settings } from '../settings.ts'
import { meanLength } from '../settings/lengths.ts'
import type { Lengths } from '../settings/lengths.ts'
import { shownUrl } from '../text.ts'
import { calibratePrompt } from './calibrate.ts'
import { explain } from './explain.ts'
import type { Exchange } from './ports.ts'
import { probeSpec, waitUntilReady, withFields } from './readiness.ts'
import type { ReadinessPorts } from './readiness.ts'
import { sendEach } from './target.ts'
import type { Target } from './target.ts'

/** What is known about the endpoint before anything is measured. */
export interface Preflight {
  readonly target: Target
  readonly workload: WorkloadOptions
  /** One request at concurrency 1. */
  readonly single: SingleRequest
  readonly servedModel: string | null
  readonly build: string | null
  /** For the report: what the endpoint can do, in names a reader understands. */
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly findings: readonly Finding[]
  /** Rate-limit headers of the last answer. */
  readonly rateLimit: Readonly<Record<string, string>>
}

const FULL_LENGTH_ANSWERS = 3
const AUTO_INPUT_TOKENS = 512
const AUTO_EMBEDDINGS_TOKENS = 256
/** TTFT of a repeated prompt below this share of a fresh one's: a prefix cache answered. */
const CACHED_TTFT_SHARE = 0.7

/**
 * Finds out, one request at a time and none of them counted, how to speak to the endpoint and what stands in the way of
 * measuring it: accepted fields, prompt length, output length, buffering, compression, prefix cache, rate limits.
 *
 * @throws EndpointError when the endpoint cannot be measured at all.
 */
export async function preflight(settings: Settings, ports: ReadinessPorts): Promise<Preflight> {
  const ready = await waitUntilReady(settings, ports)
  const send = async (target: Target, specs: readonly RequestSpec[]): Promise<Exchange[]> =>
    sendEach(settings, target, specs, ports.signal)

  const fields = await acceptedFields(ready.target, send, ports.nonce)
  const target = withFields(ready.target, fields)
  const input = await calibratePrompt(settings, target, inputLengths(settings, target), send, ports.nonce)
  const workload = workloadOptions(settings, target, input.lengths, input.promptModel, ports.nonce)

  const requests = createWorkload(workload, 1, 0)
  const specs = Array.from({ length: FULL_LENGTH_ANSWERS }, () => requests.next(0, null))
  const answers = await send(target, specs)
  const failed = answers.find(({ failure }) => failure !== null)
  if (failed !== undefined) throw explain(failed, shownUrl(target.url))
  const repeated = target.dialect.task === 'embeddings' ? null : (await send(target, [specs.at(-1)!]))[0]!
  if (ports.signal.aborted) throw cancelled(target)

  const single = singleRequest(answers)
  for (const hint of hintsOf(answers, specs)) ports.log(`  ! ${hint}`)
  const prefixCache = cacheState(answers, repeated)
  const last = answers.at(-1)!
  return {
    target,
    workload,
    single,
    servedModel: ready.servedModel,
    build: ready.build,
    capabilities: {
      api: target.api.name,
      task: target.dialect.task,
      fields: [...fields],
      lengthField: target.dialect.lengthField,
      exactLength: fields.includes('ignore_eos') || fields.includes('min_tokens'),
      inputTokens: Math.round(meanLength(input.lengths)),
      tokenSource: last.tokenSource,
      inputTokensPerWord: input.promptModel.tokensPerWord,
      prefixCache,
      buffered: isBuffered(answers),
      compressed: compression(last),
    },
    findings: [...input.findings, ...answerFindings(answers, specs)],
    rateLimit: rateLimitHeaders(last),
  }
}

/** The workload of a run; also used without preflight, with what is then assumed. */
export function workloadOptions(
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
    prefixCache: settings.prefixCache,
    sharedPrefixTokens: settings.sharedPrefixTokens,
    batchSize: settings.batchSize,
    nonce,
  }
}

/** What is assumed when the user switched preflight off. */
export function assumedPreflight(settings: Settings, target: Target, nonce: () => string): Preflight {
  const lengths = inputLengths(settings, target)
  return {
    target,
    workload: workloadOptions(settings, target, lengths, UNCALIBRATED, nonce),
    single: {
      latencyMs: 1000,
      inputTokens: meanLength(lengths),
      outputTokens: target.dialect.task === 'embeddings' ? 0 : meanLength(settings.outputTokens),
    },
    servedModel: null,
    build: null,
    capabilities: { api: target.api.name, task: target.dialect.task, preflight: false },
    findings: [],
    rateLimit: {},
  }
}

function inputLengths(settings: Settings, target: Target): Lengths {
  if (settings.inputTokens !== 'auto') return settings.inputTokens
  return fixedLength(target.dialect.task === 'embeddings' ? AUTO_EMBEDDINGS_TOKENS : AUTO_INPUT_TOKENS)
}

/** The optional fields that the endpoint takes: all at once where it takes them all, else one by one. */
async function acceptedFields(
  target: Target,
  send: (target: Target, specs: readonly RequestSpec[]) => Promise<Exchange[]>,
  nonce: () => string,
): Promise<OptionalField[]> {
  const takes = async (fields: readonly OptionalField[]): Promise<boolean> => {
    const [exchange] = await send(withFields(target, fields), [probeSpec(nonce())])
    if (exchange!.failure === null || isRefusal(exchange!)) return exchange!.failure === null
    // A rate limit or a broken connection says nothing about the fields.
    throw explain(exchange!, shownUrl(target.url))
  }
  const wanted = target.api.optionalFields(target.dialect.task)
  if (wanted.length === 0 || (await takes(wanted))) return [...wanted]
  const accepted: OptionalField[] = []
  for (const field of wanted) if (await takes([...accepted, field])) accepted.push(field)
  return accepted
}

/** Whether the server says no to what was asked: some do so with a 500, or with an error inside a 200. */
function isRefusal({ status, failure }: Exchange): boolean {
  return status === 400 || status === 422 || status === 500 || (status === 200 && failure === 'error_event')
}

function singleRequest(answers: readonly Exchange[]): SingleRequest {
  const latencies = answers
    .map(({ startAt, lastTokenAt, endAt }) => (lastTokenAt ?? endAt) - startAt)
    .sort((a, b) => a - b)
  const mean = (of: (answer: Exchange) => number): number =>
    answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length
  return {
    latencyMs: latencies[Math.floor(latencies.length / 2)]!,
    inputTokens: mean(({ inputTokens }) => inputTokens ?? 0),
    outputTokens: mean(({ outputTokens }) => outputTokens),
  }
}

/** Whether the server answered a repeated prompt from a cache. */
function cacheState(fresh: readonly Exchange[], repeated: Exchange | null): 'on' | 'not-seen' | 'unknown' {
  if (repeated === null || repeated.failure !== null || repeated.firstTokenAt === null) return 'unknown'
  if ((repeated.cachedTokens ?? 0) > 0) return 'on'
  const ttfts = fresh.flatMap(({ startAt, firstTokenAt }) => (firstTokenAt === null ? [] : [firstTokenAt - startAt]))
  const fastest = Math.min(...ttfts)
  return repeated.firstTokenAt - repeated.startAt < CACHED_TTFT_SHARE * fastest ? 'on' : 'not-seen'
}

function isBuffered(answers: readonly Exchange[]): boolean {
  return answers.filter(({ buffered }) => buffered).length > answers.length / 2
}

function compression({ headers }: Exchange): string | null {
  const encoding = headers?.['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? null : encoding
}

/** What the levels will find, said before their time is spent. */
function hintsOf(answers: readonly Exchange[], specs: readonly RequestSpec[]): string[] {
  const hints: string[] = []
  if (isBuffered(answers)) hints.push('answers arrive all at once: TTFT and TPOT will not be measurable')
  else if (answers.every(isLate)) {
    hints.push('the first token comes when nearly all of the time is over: something in front of the server may buffer')
  }
  const short = answers.filter(
    ({ outputTokens }, i) => outputTokens > 0 && outputTokens < 0.95 * specs[i]!.outputTokens,
  )
  if (short.length === answers.length) {
    hints.push(`answers are shorter than asked for (${short[0]!.outputTokens} of ${specs[0]!.outputTokens} tokens)`)
  }
  return hints
}

/** With one request at a time nothing queues: prefill alone rarely takes nine tenths of an answer of this many events. */
function isLate({ startAt, firstTokenAt, lastTokenAt, tokenEvents }: Exchange): boolean {
  if (firstTokenAt === null || lastTokenAt === null || tokenEvents < 16) return false
  return firstTokenAt - startAt > 0.9 * (lastTokenAt - startAt)
}

/** What the full-length answers show that no level will show better. */
function answerFindings(answers: readonly Exchange[], specs: readonly RequestSpec[]): Finding[] {
  const findings: Finding[] = []
  const encoding = compression(answers.at(-1)!)
  if (encoding !== null) {
    findings.push({ code: 'compressed', message: `the stream comes as ${encoding} although identity was asked for` })
  }
  const hidden = answers.filter(({ hiddenReasoning }) => hiddenReasoning).length
  if (hidden > 0) {
    findings.push({
      code: 'hidden-reasoning',
      message: `${hidden} of ${answers.length} answers count reasoning tokens that the stream does not show`,
    })
  }
  const over = answers.findIndex(({ outputTokens }, i) => outputTokens > specs[i]!.outputTokens * 1.05 + 1)
  if (over >= 0) {
    const { outputTokens } = answers[over]!
    findings.push({
      code: 'output-length-ignored',
      message: `asked for ${specs[over]!.outputTokens} output tokens, got ${outputTokens}`,
    })
  }
  return findings
}

function rateLimitHeaders({ headers }: Exchange): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => /^x-ratelimit-|^ratelimit/.test(name)))
}

/** Whether the rate-limit headers allow what the plan needs, per minute. */
export function rateLimitFindings(
  rateLimit: Readonly<Record<string, string>>,
  expected: {
    readonly seconds: number
    readonly requests: number
    readonly inputTokens: number
    readonly outputTokens: number
  },
): Finding[] {
  const perMinute = (total: number): number => (total * 60) / Math.max(60, expected.seconds)
  const checks = [
    { header: 'x-ratelimit-limit-requests', needed: perMinute(expected.requests), what: 'requests' },
    {
      header: 'x-ratelimit-limit-tokens',
      needed: perMinute(expected.inputTokens + expected.outputTokens),
      what: 'tokens',
    },
  ]
  return checks.flatMap(({ header, needed, what }): Finding[] => {
    const allowed = Number(rateLimit[header])
    if (!(allowed > 0) || needed <= allowed) return []
    return [
      {
        code: 'rate-limit-too-low',
        message: `the endpoint allows ${allowed} ${what} (${header}), the plan needs about ${Math.round(needed)} a minute`,
      },
    ]
  })
}

function cancelled(target: Target): EndpointError {
  return new EndpointError('the run was cancelled', { tried: `POST ${shownUrl(target.url)}`, remedy: 'run again' })
}
