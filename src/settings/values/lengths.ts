import { ValueError } from '../define.ts'
import { parseDecimal } from './simple.ts'

/** How many tokens a prompt or an answer has: a fixed number, or drawn from a distribution. */
export type Lengths =
  | { readonly kind: 'fixed'; readonly tokens: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** `mean` and `sd` are those of the lengths themselves, not of their logarithms. */
  | { readonly kind: 'lognormal'; readonly mean: number; readonly sd: number }

/** What lengths may be: at most so much, and an example for messages. */
interface Bounds {
  readonly most: number
  readonly example: number
}

/** Reads `512`, `normal(512,128)`, `uniform(100,900)` or `lognormal(512,200)`. */
export function readLengths(text: string): Lengths {
  return readBounded(text, { most: 1_000_000, example: 512 })
}

/** The same for how many turns a conversation has: `4`, `uniform(2,8)`. */
export function readTurns(text: string): Lengths {
  return readBounded(text, { most: 1000, example: 4 })
}

function describeAllowed({ most, example }: Bounds): string {
  return `must be a whole number from 1 to ${most}, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example ${example} or normal(${example},${example / 4})`
}

function readBounded(text: string, bounds: Bounds): Lengths {
  const allowed = describeAllowed(bounds)
  const match = /^\s*(normal|uniform|lognormal)\s*\(([^,()]*),([^,()]*)\)\s*$/.exec(text)
  if (match === null) return { kind: 'fixed', tokens: readTokens(text, bounds) }
  const first = parseDecimal(match[2]!)
  const second = parseDecimal(match[3]!)
  if (first === null || second === null || first < 1 || first > bounds.most) {
    throw new ValueError(allowed)
  }
  if (match[1] === 'uniform') return readUniform(first, second, bounds)
  if (second < 0 || second > first) {
    throw new ValueError(`${allowed}; the standard deviation must be from 0 to the mean`)
  }
  return { kind: match[1] === 'normal' ? 'normal' : 'lognormal', mean: first, sd: second }
}

/** The text that `readLengths` reads back. */
export function renderLengths(lengths: Lengths): string {
  switch (lengths.kind) {
    case 'fixed':
      return String(lengths.tokens)
    case 'uniform':
      return `uniform(${lengths.min},${lengths.max})`
    default:
      return `${lengths.kind}(${lengths.mean},${lengths.sd})`
  }
}

/** The mean number of tokens. */
export function meanLength(lengths: Lengths): number {
  if (lengths.kind === 'fixed') return lengths.tokens
  return lengths.kind === 'uniform' ? (lengths.min + lengths.max) / 2 : lengths.mean
}

function readTokens(text: string, bounds: Bounds): number {
  const value = parseDecimal(text)
  if (value === null || !Number.isInteger(value) || value < 1 || value > bounds.most) {
    throw new ValueError(describeAllowed(bounds))
  }
  return value
}

function readUniform(min: number, max: number, bounds: Bounds): Lengths {
  if (!Number.isInteger(min) || !Number.isInteger(max) || max < min || max > bounds.most) {
    throw new ValueError(`${describeAllowed(bounds)}; uniform takes two whole numbers, the smaller one first`)
  }
  return { kind: 'uniform', min, max }
}
