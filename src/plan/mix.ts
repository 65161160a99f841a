import { seedRandom, shuffle } from '../random.ts'

/** Which scenario of a mix a request is of, and which of that one's requests it is, from 0. */
export interface PlaceInMix {
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
