import { EndpointError, SettingsError } from '../../errors.ts'
import { buildLastTurn } from '../../plan/conversations.ts'
import type { LoneRequest } from '../../plan/cost.ts'
import { countTurns, weighKinds, createWorkload } from '../../plan/workload.ts'
import { removeConversations } from '../../plan/compose-request.ts'
import type { WorkloadOptions } from '../../plan/compose-request.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import { seedRandom } from '../../random.ts'
import type { Settings } from '../../settings.ts'
import { renderImages } from '../../settings/values/images.ts'
import type { Images } from '../../settings/values/images.ts'
import { showUrl, groupDigits } from '../../text.ts'
import { complaintOf, explainFailure, quoteServer } from '../explain.ts'
import type { Exchange } from '../ports.ts'
import { addressModel } from '../transport/request-writer.ts'
import type { ModelAddress } from '../transport/request-writer.ts'
import type { SendSingles, Target } from '../transport/target.ts'
import type { Finding } from '../../metrics/findings.ts'
import { createImageSource } from '../../plan/images.ts'
import { buildProbe, isAnswered } from './candidates.ts'
import { buildTaskText, countWordsFor } from '../../plan/prompts.ts'
import { meanLength } from '../../settings/values/distributions.ts'
import { generatesTokens, needsQuery } from '../../vocabulary/load.ts'

// Single requests before the load: of each kind, with images, and the longest ones, which show that all are answered; and what one takes alone.

const FULL_LENGTH_ANSWERS = 3

/** Single requests of full length; of a mix one of each part, so that each is known to be answered. */
export function listSingles(options: WorkloadOptions): readonly RequestSpec[] {
  const workload = removeConversations(options)
  const { mix = null } = workload
  if (mix !== null)
    return mix.map((part) => createWorkload({ ...workload, mix: [{ ...part, percent: 100 }] }, 1, 0).next(0, null))
  const requests = createWorkload(workload, 1, 0)
  return Array.from({ length: FULL_LENGTH_ANSWERS }, () => requests.next(0, null))
}

/** Why one of them failed. */
export function explainSingle(answer: Exchange, { part, model }: RequestSpec, target: Target): EndpointError {
  const error = explainFailure(answer, addressModel(target, model))
  if (part === undefined) return error
  const { what, tried, remedy } = error
  return new EndpointError(`${namePart(part)}${what}`, { tried, remedy })
}

/** How a sentence begins that is about one part of a mix; not at all where there is none. */
function namePart(part: string | null): string {
  return part === null ? '' : `${part}, a part of the mix: `
}

/** The last turn of the longest conversation of a kind, with answers before it that are made up, so that no cache holds them. */
interface LastTurn {
  readonly answer: Exchange
  /** How many turns it has. */
  readonly turns: number
}

/** The last turns of the longest conversations of each kind, which must fit the model, before anything is measured; null for requests that stand alone. */
export async function checkLastTurns(
  workload: WorkloadOptions,
  target: Target,
  send: SendSingles,
): Promise<readonly (LastTurn | null)[]> {
  const found: (LastTurn | null)[] = []
  for (const { own } of weighKinds(workload)) {
    if (own.conversations == null) {
      found.push(null)
      continue
    }
    const spec = buildLastTurn(own, own.conversations)
    const [answer] = await send(target, [spec])
    if (answer!.failure !== null) throw explainLastTurn(answer!, spec, target)
    found.push({ answer: answer!, turns: spec.turn!.turns })
  }
  return found
}

function explainLastTurn(answer: Exchange, spec: RequestSpec, target: Target): EndpointError {
  const about = complaintOf(answer)?.about
  if (about !== 'context' && about !== 'size') return explainSingle(answer, spec, target)
  const whose = namePart(spec.part ?? null)
  return new EndpointError(`${whose}turn ${spec.turn!.turn} of a conversation is too long for the model`, {
    tried: `POST ${showUrl(addressModel(target, spec.model).url)} with all turns before it`,
    remedy: 'lower `turns`, `input-tokens`, `output-tokens` or `system-prompt-tokens`',
  })
}

/** What one request of a run takes alone on the endpoint, on average over all kinds, each as often as it is sent. */
export function describeLone(
  workload: WorkloadOptions,
  /** For each kind. */
  answers: readonly (readonly Exchange[])[],
  /** For each kind; null where its requests stand alone, or where a cache holds what was said before. */
  lastTurns: readonly (LastTurn | null)[],
): LoneRequest {
  return averageLone(
    weighKinds(workload).map(({ own, weight }, i) => {
      const lone = describeKind(answers[i]!)
      const last = lastTurns[i] ?? null
      const latencyMs = lone.latencyMs + (last === null ? 0 : growByTurn(lone, last) * ((countTurns(own) - 1) / 2))
      return { ...lone, latencyMs, weight }
    }),
  )
}

/** How much longer each turn takes than the one before it, because its context has grown. */
function growByTurn({ latencyMs }: LoneRequest, { answer, turns }: LastTurn): number {
  return Math.max(0, measureLatency(answer) - latencyMs) / Math.max(1, turns - 1)
}

function describeKind(answers: readonly Exchange[]): LoneRequest {
  const latencies = answers.map(measureLatency).sort((a, b) => a - b)
  const average = (of: (answer: Exchange) => number): number =>
    answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length
  return {
    latencyMs: latencies[Math.floor(latencies.length / 2)]!,
    inputTokens: average(({ inputTokens }) => inputTokens ?? 0),
    outputTokens: average(({ outputTokens }) => outputTokens),
  }
}

function measureLatency({ startAt, lastTokenAt, endAt }: Exchange): number {
  return (lastTokenAt ?? endAt) - startAt
}

/** The mean of some requests, each as often as its kind is sent. */
export function averageLone(kinds: readonly (LoneRequest & { readonly weight: number })[]): LoneRequest {
  const all = kinds.reduce((sum, { weight }) => sum + weight, 0)
  const average = (figure: keyof LoneRequest): number =>
    kinds.reduce((sum, kind) => sum + kind.weight * kind[figure], 0) / all
  return {
    latencyMs: average('latencyMs'),
    inputTokens: average('inputTokens'),
    outputTokens: average('outputTokens'),
  }
}

/**
 * Finds out, with a small request with `images` and one without, whether the model takes them. A server that counts no
 * tokens for them may drop them without a word, which is a finding.
 *
 * @throws EndpointError when they are refused.
 */
export async function probeImages(
  { images, mix, seed }: Pick<Settings, 'images' | 'mix' | 'seed'>,
  target: Target,
  send: SendSingles,
  nonce: () => string,
): Promise<Finding[]> {
  const asking: readonly Asking[] = mix ?? [{ images }]
  const findings: Finding[] = []
  for (const { name = null, images: asked, model = null } of asking) {
    if (asked === null) continue
    const [plain, probe] = [buildProbe(nonce()), buildProbe(nonce())].map((one) => ({
      ...one,
      ...(model !== null && { model }),
    }))
    const drawn = createImageSource(asked, seed)(seedRandom(`${seed}/probe`), probe!.nonce)
    const [without, seen] = await send(target, [plain!, { ...probe!, images: drawn }])
    // Whatever is wrong then is not about images; the requests of the load tell it.
    if (!isAnswered(without!)) continue
    const whose = namePart(name)
    if (!isAnswered(seen!))
      throw refuseImages(`${whose}the endpoint`, renderImages(asked), seen!, addressModel(target, model ?? undefined))
    const [tokens, more] = [without!.inputTokens, seen!.inputTokens]
    if (tokens === null || more === null || more > tokens) continue
    const message = `${whose}the server counts ${more} input tokens with \`images\` and ${tokens} without: it may not look at them`
    findings.push({ code: 'images-uncounted', message })
  }
  return findings
}

/** A run, or a part of a mix: the images that it sends, and the model that it asks for where that is its own. */
interface Asking {
  readonly name?: string
  readonly images: Images | null
  readonly model?: string | null
}

/** Statuses that refuse what is asked; llama.cpp says 500, and some say an error in a 200. */
const REFUSES = new Set([200, 400, 404, 413, 415, 422, 500, 501])

/** The same request without images was accepted, so it is the images that are refused. */
function refuseImages(who: string, images: string, exchange: Exchange, target: ModelAddress): EndpointError {
  const { status, cancelled } = exchange
  if (cancelled || status === null || !REFUSES.has(status)) return explainFailure(exchange, target)
  const about = complaintOf(exchange)?.about
  const isTooMuch = about === 'context' || about === 'size' || about === 'batch'
  return new EndpointError(`${who} takes text, and refuses ${images} beside it (${status})${quoteServer(exchange)}`, {
    tried: `POST ${showUrl(target.url)}`,
    remedy: isTooMuch
      ? 'make `images` fewer or smaller, or raise what the server takes of them'
      : 'set `model` and `endpoint` to a model that takes images, and as many as that; or remove `images`',
  })
}

/** Prompt and answer share the context, so that one token of the answer is enough to ask for. */
const ANSWER_TOKENS = 1

/**
 * Sends one request as long as the longest of a trace is with its answer, so that no run fails at its end for a reason that
 * could be known at its beginning.
 *
 * @throws SettingsError where the endpoint says that it is too long.
 */
export async function checkLongestRequest(
  { trace, task, seed, outputTokens, promptModel, nonce }: WorkloadOptions,
  send: (spec: RequestSpec) => Promise<Exchange>,
): Promise<void> {
  const requests = trace?.lengths ?? []
  const usual = Math.round(meanLength(outputTokens))
  const whole = requests.map(
    (request) => request.inputTokens + (generatesTokens(task) ? (request.outputTokens ?? usual) : 0),
  )
  const most = whole.reduce((a, b) => Math.max(a, b), 0)
  // The mean one was answered already.
  if (needsQuery(task) || most * requests.length <= 1.1 * whole.reduce((a, b) => a + b, 0)) return
  const longest = whole.indexOf(most)
  const id = nonce()
  const words = countWordsFor(most - ANSWER_TOKENS, promptModel)
  const prompts = [buildTaskText(task, words, seedRandom(`${seed}/longest`), id)]
  const exchange = await send({ prompts, outputTokens: ANSWER_TOKENS, nonce: id })
  const about = isAnswered(exchange) ? null : (complaintOf(exchange)?.about ?? null)
  if (about !== 'context' && about !== 'size') return
  const { inputTokens, outputTokens: answer } = requests[longest]!
  const [size, sum] = generatesTokens(task)
    ? [
        `${groupDigits(inputTokens)} input and ${groupDigits(answer ?? usual)} output tokens`,
        '.input_length + .output_length',
      ]
    : [`${groupDigits(inputTokens)} input tokens`, '.input_length']
  const message = `its request ${groupDigits(longest + 1)} has ${size}, more than the endpoint takes; leave out what is too long (jq -c 'select(${sum} < ${most})'), or let the server take more (vLLM: --max-model-len)`
  throw new SettingsError([{ setting: 'trace-file', given: null, message }])
}
