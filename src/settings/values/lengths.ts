import { ValueError } from '../define.ts'
import { meanOfDistribution, readDistribution, renderDistribution } from './distribution.ts'
import type { Distribution } from './distribution.ts'
import { parseDecimal } from './simple.ts'

/** How many tokens a prompt or an answer has: a fixed number, or drawn from a distribution. */
export type Lengths = { readonly kind: 'fixed'; readonly tokens: number } | Distribution

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

function readBounded(text: string, { most, example }: Bounds): Lengths {
  const allowed = `must be a whole number from 1 to ${most}, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example ${example} or normal(${example},${example / 4})`
  const isWhole = (value: number): boolean => Number.isInteger(value) && value >= 1
  const drawn = readDistribution(text, {
    read: parseDecimal,
    least: 1,
    most,
    allowed,
    ends: { words: 'two whole numbers', isOne: isWhole },
  })
  if (drawn !== null) return drawn
  const tokens = parseDecimal(text)
  if (tokens === null || !isWhole(tokens) || tokens > most) throw new ValueError(allowed)
  return { kind: 'fixed', tokens }
}

/** The text that `readLengths` reads back. */
export function renderLengths(lengths: Lengths): string {
  return lengths.kind === 'fixed' ? String(lengths.tokens) : renderDistribution(lengths)
}

/** The mean number of tokens. */
export function meanLength(lengths: Lengths): number {
  return lengths.kind === 'fixed' ? lengths.tokens : meanOfDistribution(lengths)
}
