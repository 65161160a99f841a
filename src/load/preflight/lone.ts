import type { LoneRequest } from '../../plan/cost.ts'
import { countTurns, weighKinds } from '../../plan/kinds.ts'
import type { WorkloadOptions } from '../../plan/workload-options.ts'
import type { Exchange } from '../ports.ts'

/** The last turn of the longest conversation of a kind, with answers before it that are made up, so that no cache holds them. */
export interface LastTurn {
  readonly answer: Exchange
  /** How many turns it has. */
  readonly turns: number
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
