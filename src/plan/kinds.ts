import { prepareImages, buildSharedPrefix } from './compose-request.ts'
import type { Ingredients, OwnOptions } from './compose-request.ts'
import { writeSystemPrompt, countMeanTurns } from './conversations.ts'
import type { WorkloadOptions } from './workload-options.ts'
import { seedRandom, shuffle } from '../random.ts'

/** What all of one kind have in common, requests that stand alone or conversations: those of a run, or of one scenario of a mix. */
interface Kind extends Pick<Ingredients, 'prefix' | 'drawImages'> {
  readonly own: OwnOptions
  /** Of conversations: the system prompt. */
  readonly system: string | null
}

/** Tells by the number of a conversation, or of a request that stands alone, which kind it is, and which one of that kind. */
export function createKinds(
  options: WorkloadOptions,
  seed: string,
): (number: number) => Kind & { readonly line: number } {
  const { mix } = options
  if (mix == null) {
    const kind = prepareKind(options)
    return (line) => ({ ...kind, line })
  }
  const kinds = mix.map((scenario) => prepareKind({ ...options, ...scenario }))
  const placeOf = createMixOrder(
    mix.map(({ percent }) => percent),
    seed,
  )
  return (number) => {
    const { scenario, line } = placeOf(number)
    return { ...kinds[scenario]!, line }
  }
}

function prepareKind(own: OwnOptions): Kind {
  const { conversations = null } = own
  const system = conversations === null ? null : writeSystemPrompt(own, conversations)
  return { own, prefix: buildSharedPrefix(own), drawImages: prepareImages(own), system }
}

/** Which scenario of a mix a request is of, and which of that one's requests it is, from 0. */
interface PlaceInMix {
  readonly scenario: number
  readonly line: number
}

/**
 * The scenarios of the requests of one level in one pass, by their numbers: in every round of requests each scenario has
 * exactly its share, in an order of the seed. So all passes ask for the same, and a window of any length for nearly its share
 * of each.
 *
 * @param percents of the scenarios, together 100.
 */
export function createMixOrder(percents: readonly number[], seed: string): (number: number) => PlaceInMix {
  const unit = percents.reduce(findDivisor, 100)
  const counts = percents.map((percent) => percent / unit)
  const slots = counts.flatMap((count, scenario) => Array.from({ length: count }, () => scenario))
  let known: { readonly round: number; readonly places: readonly PlaceInMix[] } | null = null
  return (number) => {
    const round = Math.floor(number / slots.length)
    if (known?.round !== round) known = { round, places: placeRound(slots, counts, seed, round) }
    return known.places[number % slots.length]!
  }
}

function placeRound(
  slots: readonly number[],
  counts: readonly number[],
  seed: string,
  round: number,
): readonly PlaceInMix[] {
  const before = counts.map((count) => count * round)
  return shuffle(slots, seedRandom(`${seed}/mix/${round}`)).map((scenario) => ({ scenario, line: before[scenario]!++ }))
}

function findDivisor(a: number, b: number): number {
  return b === 0 ? a : findDivisor(b, a % b)
}

/** What all requests of one kind have in common, those of a run or of one scenario of a mix, and how often it is sent, in any unit. */
interface WeighedKind {
  readonly own: OwnOptions
  readonly weight: number
}

/** The kinds of requests of a run. A scenario has its share of all that begins, and a conversation sends a request for each of its turns. */
export function weighKinds(options: WorkloadOptions): readonly WeighedKind[] {
  const { mix } = options
  const kinds = mix?.map((scenario) => ({ own: { ...options, ...scenario }, percent: scenario.percent })) ?? [
    { own: options, percent: 100 },
  ]
  return kinds.map(({ own, percent }) => ({ own, weight: percent * countTurns(own) }))
}

/** How many requests each of a kind sends on average. */
export function countTurns({ conversations = null, prompts }: OwnOptions): number {
  return conversations === null ? 1 : countMeanTurns(conversations.turns, prompts)
}
