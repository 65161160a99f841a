import { drawNormal } from '../../random.ts'
import type { Random } from '../../random.ts'
import { groupDigits } from '../../text.ts'
import { ValueError } from '../../errors.ts'
import { parseDecimal, parseDuration, parseScaled, offerWords } from './simple.ts'

/** Numbers that are drawn. `mean` and `sd` are those of the numbers themselves, not of their logarithms. */
type Distribution =
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
function readDistribution(text: string, rule: DistributionRule): Distribution | null {
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
function renderDistribution(given: Distribution, write: (value: number) => string = String): string {
  const [first, second] = given.kind === 'uniform' ? [given.min, given.max] : [given.mean, given.sd]
  return `${given.kind}(${write(first)},${write(second)})`
}

/** Its mean. */
function meanOfDistribution(given: Distribution): number {
  return given.kind === 'uniform' ? (given.min + given.max) / 2 : given.mean
}

/** One number of a distribution; a normal one may be below 0. */
function drawFrom(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case 'uniform':
      return distribution.min + (distribution.max - distribution.min) * random()
    case 'normal':
      return distribution.mean + distribution.sd * drawNormal(random)
    case 'lognormal': {
      // From the moments of the numbers to those of their logarithms.
      const { mean, sd } = distribution
      const variance = Math.log(1 + (sd / mean) ** 2)
      return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * drawNormal(random))
    }
  }
}

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
  return fixLength(tokens)
}

/** The text that `readLengths` reads back. */
export function renderLengths(lengths: Lengths): string {
  return lengths.kind === 'fixed' ? String(lengths.tokens) : renderDistribution(lengths)
}

/** The mean number of tokens. */
export function meanLength(lengths: Lengths): number {
  return lengths.kind === 'fixed' ? lengths.tokens : meanOfDistribution(lengths)
}

/** Always `tokens`. */
export function fixLength(tokens: number): Lengths {
  return { kind: 'fixed', tokens }
}

/** The same distribution, `by` times as long; at least one token. */
export function scaleLengths(lengths: Lengths, by: number): Lengths {
  switch (lengths.kind) {
    case 'fixed':
      return fixLength(Math.max(1, Math.round(lengths.tokens * by)))
    case 'uniform':
      return { kind: 'uniform', min: lengths.min * by, max: lengths.max * by }
    default:
      return { ...lengths, mean: lengths.mean * by, sd: lengths.sd * by }
  }
}

/** How far a fixed length is spread to either side: answers of one length would keep the workers in lock-step. */
const JITTER = 0.1

/**
 * A source of output lengths in tokens, at least 1. A fixed length is spread over ± 10 %; the draws come in pairs that
 * mirror each other, so that the mean is the length asked for.
 */
export function createLengthSource(lengths: Lengths, random: Random): () => number {
  if (lengths.kind !== 'fixed') return () => drawLength(lengths, random)
  let mirrored: number | null = null
  return () => {
    const u = mirrored ?? 2 * random() - 1
    mirrored = mirrored === null ? -u : null
    return Math.max(1, Math.round(lengths.tokens * (1 + JITTER * u)))
  }
}

/** One draw, in tokens, at least 1. */
export function drawLength(lengths: Lengths, random: Random): number {
  return Math.max(1, Math.round(lengths.kind === 'fixed' ? lengths.tokens : drawFrom(lengths, random)))
}

/** Durations in milliseconds: always the same, or drawn from a distribution. */
export type Durations = { readonly kind: 'fixed'; readonly ms: number } | Distribution

/** Reads `5s`, `normal(5s,1s)`, `uniform(2s,8s)` or `lognormal(5s,2s)`; what is given or drawn on average is at most so long. */
export function readDurations(mostMs: number): (text: string) => Durations {
  const allowed = `must be a duration from 0 to ${mostMs / 1000} s, normal(mean,sd), uniform(min,max) or lognormal(mean,sd), for example 5s or lognormal(5s,2s)`
  return (text) => {
    const drawn = readDistribution(text, {
      read: parseDuration,
      least: 1,
      most: mostMs,
      allowed,
      ends: { words: 'two durations', isOne: () => true },
    })
    if (drawn !== null) return drawn
    const ms = parseDuration(text)
    if (ms === null || ms > mostMs) throw new ValueError(allowed)
    return { kind: 'fixed', ms }
  }
}

/** The text of a distribution that `readDurations` reads back, and of a fixed one its seconds as a number. */
export function renderDurations(durations: Durations): string | number {
  if (durations.kind === 'fixed') return durations.ms / 1000
  return renderDistribution(durations, (ms) => `${ms / 1000}s`)
}

/** The mean, in milliseconds. */
export function meanDuration(durations: Durations): number {
  return durations.kind === 'fixed' ? durations.ms : meanOfDistribution(durations)
}

/** One draw, in milliseconds, never below 0. */
export function drawDuration(durations: Durations, random: Random): number {
  return durations.kind === 'fixed' ? durations.ms : Math.max(0, drawFrom(durations, random))
}

/** How long prompts may be, in characters. `max` is Infinity where only the least is given. */
export interface LengthRange {
  readonly min: number
  readonly max: number
}

/** Reads `100..2000`, `100..` or `..2000`. */
export function readLengthRange(text: string): LengthRange {
  const parts = text.trim().split('..')
  const [first, second] = parts.map((part) => part.trim())
  const min = first === '' ? 0 : parseScaled(first ?? '')
  const max = second === '' ? Infinity : parseScaled(second ?? '')
  const isWhole = (value: number): boolean => value === Infinity || (Number.isInteger(value) && value >= 0)
  if (
    parts.length !== 2 ||
    (first === '' && second === '') ||
    min === null ||
    max === null ||
    !isWhole(min) ||
    !isWhole(max)
  )
    throw new ValueError('must be two numbers of characters, for example 100..2000, 100.. or ..2000')
  if (min > max) throw new ValueError('must have the smaller number first')
  return { min, max }
}

/** In words, as reports say it: `100 to 2,000 characters`. */
export function renderCharacters({ min, max }: LengthRange): string {
  if (max === Infinity) return `at least ${groupDigits(min)} characters`
  return min === 0 ? `at most ${groupDigits(max)} characters` : `${groupDigits(min)} to ${groupDigits(max)} characters`
}

/** How the gaps between requests lie about their mean: at random as from many users, all alike, or with that coefficient of variation. */
export type Arrivals =
  { readonly kind: 'poisson' } | { readonly kind: 'constant' } | { readonly kind: 'gamma'; readonly cv: number }

const MOST_CV = 10
const ALLOWED = `must be poisson, constant or gamma(cv) with a cv above 0 and up to ${MOST_CV}, for example gamma(2)`

/** Reads `poisson`, `constant` or `gamma(2)`. */
export const readArrivals = offerWords(['poisson', 'constant'], (text: string): Arrivals => {
  const word = text.trim()
  if (word === 'poisson' || word === 'constant') return { kind: word }
  const cv = parseDecimal(/^gamma\s*\(([^()]*)\)$/.exec(word)?.[1] ?? '')
  if (cv === null || cv <= 0 || cv > MOST_CV) throw new ValueError(ALLOWED)
  return { kind: 'gamma', cv }
})

/** The text that `readArrivals` reads back. */
export function renderArrivals(arrivals: Arrivals): string {
  return arrivals.kind === 'gamma' ? `gamma(${arrivals.cv})` : arrivals.kind
}
