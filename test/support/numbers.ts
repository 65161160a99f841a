import * as fc from 'fast-check'

const STEPS = 1_000_000

/**
 * A number between two, for properties: large ones as often as small ones, and both ends. Where 0 lies between or beside them, nine in ten
 * of fast-check's doubles are next to it, because most doubles are, so that a property of times or shares would hold of nothing.
 */
export function aNumberFrom(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: STEPS }).map((step) => min + ((max - min) * step) / STEPS)
}
