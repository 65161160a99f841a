import { ValueError } from '../define.ts'
import { meanOfDistribution, readDistribution, renderDistribution } from './distribution.ts'
import type { Distribution } from './distribution.ts'
import { parseDuration } from './simple.ts'

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
