import { ValueError } from '../settings/define.ts'
import { parseDecimal } from '../settings/values/simple.ts'

/** Factors on what makes up TTFT (overhead and prefill) and TPOT (the decode step). */
export interface Slowdown {
  readonly ttft: number
  readonly tpot: number
}

/** Reads `1.2` or `tpot=1.2, ttft=1.1`; throws `ValueError`. */
export function readSlowdown(text: string): Slowdown {
  const wrong = new ValueError('must be a factor from 0.01 to 100, for example 1.2 or tpot=1.2, ttft=1.1')
  const factor = (given: string): number => {
    const value = parseDecimal(given)
    if (value === null || value < 0.01 || value > 100) throw wrong
    return value
  }
  if (!text.includes('=')) return { ttft: factor(text), tpot: factor(text) }
  const slowdown = { ttft: 1, tpot: 1 }
  for (const part of text.split(',')) {
    const match = /^\s*(ttft|tpot)\s*=(.*)$/.exec(part)
    if (match === null) throw wrong
    slowdown[match[1] as keyof Slowdown] = factor(match[2]!)
  }
  return slowdown
}
