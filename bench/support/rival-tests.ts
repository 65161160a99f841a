/** The tests that other tools decide by, as their authors give them: small, and only to compare with. */
import type { Random } from '../../src/random.ts'
import { shuffle } from '../../src/random.ts'
import { mean } from 'simple-statistics'
import { studentTTail } from '../../src/stats/chance.ts'

/** One-sided p of `now` being larger than `before`: Welch's t test. At least two values each. */
export function testWelch(now: readonly number[], before: readonly number[]): number {
  const [a, b] = [varianceOfMean(now), varianceOfMean(before)]
  const degrees = (a + b) ** 2 / (a ** 2 / (now.length - 1) + b ** 2 / (before.length - 1))
  return studentTTail((mean([...now]) - mean([...before])) / Math.sqrt(a + b), degrees)
}

function varianceOfMean(values: readonly number[]): number {
  const centre = mean([...values])
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1) / values.length
}

/** One-sided p of `now` being larger than `before`: Mann–Whitney by the normal approximation, with ties and continuity. */
export function testMannWhitney(now: readonly number[], before: readonly number[]): number {
  const all = [...now.map((value) => ({ value, now: true })), ...before.map((value) => ({ value, now: false }))]
  all.sort((a, b) => a.value - b.value)
  const [m, n] = [now.length, before.length]
  let ranks = 0
  let ties = 0
  for (let i = 0; i < all.length;) {
    let end = i
    while (end < all.length && all[end]!.value === all[i]!.value) end++
    const rank = (i + 1 + end) / 2
    for (let j = i; j < end; j++) if (all[j]!.now) ranks += rank
    ties += (end - i) ** 3 - (end - i)
    i = end
  }
  const u = ranks - (m * (m + 1)) / 2
  const total = m + n
  const sd = Math.sqrt(((m * n) / 12) * (total + 1 - ties / (total * (total - 1))))
  return normalTail((u - (m * n) / 2 - 0.5) / sd)
}

/** P(Z > z): Student's t with so many degrees of freedom is normal to seven digits. */
function normalTail(z: number): number {
  return studentTTail(z, 1e7)
}

/**
 * Energy distance of two samples, times mn/(m + n): what E-divisive maximises, with U-statistics inside the samples. Source: D. S. Matteson
 * and N. A. James, A nonparametric approach for multiple change point analysis of multivariate data, JASA 109 (2014).
 */
export function measureEnergy(a: readonly number[], b: readonly number[]): number {
  const sum = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((total, one) => total + y.reduce((part, other) => part + Math.abs(one - other), 0), 0)
  const [m, n] = [a.length, b.length]
  const apart = (2 * sum(a, b)) / (m * n)
  const inside = (x: readonly number[]): number => (x.length < 2 ? 0 : sum(x, x) / (x.length * (x.length - 1)))
  return ((m * n) / (m + n)) * (apart - inside(a) - inside(b))
}

/** Fewer points are no level. */
const LEAST_POINTS = 2
const PERMUTATIONS = 99
const LEVEL = 0.05

/** The places where a series changes, ascending: the first point of each new level. E-divisive with a permutation test for each. */
export function findChanges(series: readonly number[], random: Random): number[] {
  const best = findSplit(series)
  if (best === null) return []
  let asFar = 1
  for (let i = 0; i < PERMUTATIONS; i++) {
    if (findSplit(shuffle(series, random))!.energy >= best.energy) asFar++
    // What cannot be significant any more need not be shuffled on.
    if (asFar > LEVEL * (PERMUTATIONS + 1)) return []
  }
  const { at } = best
  const after = findChanges(series.slice(at), random).map((place) => at + place)
  return [...findChanges(series.slice(0, at), random), at, ...after]
}

/** The split in two that lies furthest apart; null where there is none. */
function findSplit(series: readonly number[]): { readonly at: number; readonly energy: number } | null {
  let best: { at: number; energy: number } | null = null
  for (let at = LEAST_POINTS; at <= series.length - LEAST_POINTS; at++) {
    const energy = measureEnergy(series.slice(0, at), series.slice(at))
    if (best === null || energy > best.energy) best = { at, energy }
  }
  return best
}
