import { seedRandom, shuffle } from '../random.ts'

/** Which part of a mix a request is of, and which of that part's requests it is, from 0. */
export interface PlaceInMix {
  readonly part: number
  readonly line: number
}

/**
 * The parts of the requests of one level in one pass, by their numbers: in every block of requests each part has exactly its
 * share, in an order of the seed. So all passes ask for the same, and a window of any length for nearly its share of each.
 *
 * @param percents of the parts, together 100.
 */
export function createMixOrder(percents: readonly number[], seed: string): (number: number) => PlaceInMix {
  const unit = percents.reduce(findDivisor, 100)
  const counts = percents.map((percent) => percent / unit)
  const parts = counts.flatMap((count, part) => Array.from({ length: count }, () => part))
  let known: { readonly block: number; readonly places: readonly PlaceInMix[] } | null = null
  return (number) => {
    const block = Math.floor(number / parts.length)
    if (known?.block !== block) known = { block, places: placeBlock(parts, counts, seed, block) }
    return known.places[number % parts.length]!
  }
}

function placeBlock(
  parts: readonly number[],
  counts: readonly number[],
  seed: string,
  block: number,
): readonly PlaceInMix[] {
  const before = counts.map((count) => count * block)
  return shuffle(parts, seedRandom(`${seed}/mix/${block}`)).map((part) => ({ part, line: before[part]!++ }))
}

function findDivisor(a: number, b: number): number {
  return b === 0 ? a : findDivisor(b, a % b)
}
