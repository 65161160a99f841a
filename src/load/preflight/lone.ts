import { EndpointError } from '../../errors.ts'
import { buildLastTurn } from '../../plan/conversations.ts'
import type { LoneRequest } from '../../plan/cost.ts'
import { countTurns, weighKinds, createWorkload } from '../../plan/workload.ts'
import { removeConversations } from '../../plan/compose-request.ts'
import type { WorkloadOptions } from '../../plan/compose-request.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import { showUrl } from '../../text.ts'
import { complaintOf, explainFailure } from '../explain.ts'
import type { Exchange } from '../ports.ts'
import { addressModel } from '../transport/request-writer.ts'
import type { SendSingles, Target } from '../transport/target.ts'

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
export function namePart(part: string | null): string {
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
