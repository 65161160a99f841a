import { drawNormal } from '../random.ts'
import type { Random } from '../random.ts'
import type { Distribution } from '../settings/values/distribution.ts'
import type { Durations } from '../settings/values/durations.ts'

/** One number of a distribution; a normal one may be below 0. */
export function drawFrom(distribution: Distribution, random: Random): number {
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
