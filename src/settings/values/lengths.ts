import { ValueError } from '../define.ts'
import { parseDecimal } from './simple.ts'

/** How many tokens a prompt or an answer has: a fixed number, or drawn from a distribution. */
export type Lengths =
  | { readonly kind: 'fixed'; readonly tokens: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** `mean` and `sd` are those of the lengths themselves, not of their logarithms. */
  | { readonly kind: 'lognormal'; readonly mean: number; readonly sd: number }

const MOST_TOKENS = 1_000_000
const ALLOWED =
  `must be a whole number from 1 to ${MOST_TOKENS}, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), ` +
  'for example 512 or normal(512,128)'

/** Reads `512`, `normal(512,128)`, `uniform(100,900)` or `lognormal(512,200)`. */
export function readLengths(text: string): Lengths {
  const match = /^\s*(normal|uniform|lognormal)\s*\(([^,()]*),([^,()]*)\)\s*$/.exec(text)
  if (match === null) return { kind: 'fixed', tokens: readTokens(text) }
  const first = parseDecimal(match[2]!)
  const second = parseDecimal(match[3]!)
  if (first === null || second === null || first < 1 || first > MOST_TOKENS) throw new ValueError(ALLOWED)
  if (match[1] === 'uniform') return readUniform(first, second)
  if (second < 0 || second > first) {
    throw new ValueError(`${ALLOWED}; the standard deviation must be from 0 to the mean`)
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

function readTokens(text: string): number {
  const value = parseDecimal(text)
  if (value === null || !Number.isInteger(value) || value < 1 || value > MOST_TOKENS) throw new ValueError(ALLOWED)
  return value
}

function readUniform(min: number, max: number): Lengths {
  if (!Number.isInteger(min) || !Number.isInteger(max) || max < min || max > MOST_TOKENS) {
    throw new ValueError(`${ALLOWED}; uniform takes two whole numbers, the smaller one first`)
  }
  return { kind: 'uniform', min, max }
}
