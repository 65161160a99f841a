import type { Counts } from './fisher.ts'

/**
 * One-sided p: how probable it is that at least `hits` of `n` are hit when each is with this chance (0 < chance < 1). Terms are summed
 * from `hits` on until they vanish, or below it where that is the shorter tail; accurate to about 1e-12.
 */
export function testBinomialGreater({ hits, n }: Counts, chance: number): number {
  if (hits <= 0) return 1
  const odds = chance / (1 - chance)
  const mode = Math.floor((n + 1) * chance)
  const isTail = hits > mode
  let log = n * Math.log1p(-chance)
  const start = isTail ? hits : hits - 1
  for (let i = 0; i < start; i++) log += Math.log(((n - i) / (i + 1)) * odds)
  let term = Math.exp(log)
  let sum = 0
  for (let i = start; i >= 0 && i <= n && term > sum * 1e-18; i += isTail ? 1 : -1) {
    sum += term
    term *= isTail ? ((n - i) / (i + 1)) * odds : i / (n - i + 1) / odds
  }
  return Math.min(1, isTail ? sum : 1 - sum)
}
