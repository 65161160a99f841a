import type { Random } from '../random.ts'
import type { Lengths, Distribution, Durations } from '../settings/values/distributions.ts'
import { drawNormal } from '../random.ts'

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

/** One draw, in milliseconds, never below 0. */
export function drawDuration(durations: Durations, random: Random): number {
  return durations.kind === 'fixed' ? durations.ms : Math.max(0, drawFrom(durations, random))
}

/** How far a fixed length is spread to either side: answers of one length would keep the workers in lock-step. */
const JITTER = 0.1

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
