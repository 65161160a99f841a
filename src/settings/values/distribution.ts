import { ValueError } from '../define.ts'

/** Numbers that are drawn. `mean` and `sd` are those of the numbers themselves, not of their logarithms. */
export type Distribution =
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  | { readonly kind: 'lognormal'; readonly mean: number; readonly sd: number }

/** How the numbers of a distribution are read, and which are allowed. */
interface DistributionRule {
  /** Null for what is none. */
  readonly read: (text: string) => number | null
  /** The least mean. */
  readonly least: number
  /** The most that a mean or an end of a range may be. */
  readonly most: number
  /** What is allowed, as a sentence without a full stop. */
  readonly allowed: string
  /** What the ends of a range must be, in words, and whether one is that. */
  readonly ends: { readonly words: string; readonly isOne: (value: number) => boolean }
}

/** Reads `normal(mean,sd)`, `uniform(min,max)` or `lognormal(mean,sd)`; null for a text of another form. */
export function readDistribution(text: string, rule: DistributionRule): Distribution | null {
  const { read, least, most, allowed } = rule
  const match = /^\s*(normal|uniform|lognormal)\s*\(([^,()]*),([^,()]*)\)\s*$/.exec(text)
  if (match === null) return null
  const [first, second] = [read(match[2]!), read(match[3]!)]
  if (first === null || second === null) throw new ValueError(allowed)
  if (match[1] === 'uniform') return readRange(first, second, rule)
  if (first < least || first > most) throw new ValueError(allowed)
  if (second < 0 || second > first)
    throw new ValueError(`${allowed}; the standard deviation must be from 0 to the mean`)
  return { kind: match[1] === 'normal' ? 'normal' : 'lognormal', mean: first, sd: second }
}

function readRange(min: number, max: number, { most, allowed, ends }: DistributionRule): Distribution {
  if (!ends.isOne(min) || !ends.isOne(max) || max < min || max > most)
    throw new ValueError(`${allowed}; uniform takes ${ends.words}, the smaller one first`)
  return { kind: 'uniform', min, max }
}

/** The text that is read back, its numbers as `write` has them. */
export function renderDistribution(given: Distribution, write: (value: number) => string = String): string {
  const [first, second] = given.kind === 'uniform' ? [given.min, given.max] : [given.mean, given.sd]
  return `${given.kind}(${write(first)},${write(second)})`
}

/** Its mean. */
export function meanOfDistribution(given: Distribution): number {
  return given.kind === 'uniform' ? (given.min + given.max) / 2 : given.mean
}
