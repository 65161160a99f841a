import type { OwnOptions } from './compose-request.ts'
import { countMeanTurns } from './conversations.ts'
import type { LoneRequest } from './cost.ts'
import type { WorkloadOptions } from './workload-options.ts'

/** What all requests of one kind have in common, those of a run or of one part of a mix, and how often it is sent, in any unit. */
export interface WeighedKind {
  readonly own: OwnOptions
  readonly weight: number
}

/** The kinds of requests of a run. A part has a share of all that begins, and a conversation sends a request for each of its turns. */
export function weighKinds(options: WorkloadOptions): readonly WeighedKind[] {
  const { mix } = options
  const kinds = mix?.map((part) => ({ own: { ...options, ...part }, percent: part.percent })) ?? [
    { own: options, percent: 100 },
  ]
  return kinds.map(({ own, percent }) => ({ own, weight: percent * countTurns(own) }))
}

/** How many requests each of a kind sends on average. */
export function countTurns({ conversations = null, prompts }: OwnOptions): number {
  return conversations === null ? 1 : countMeanTurns(conversations.turns, prompts)
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
