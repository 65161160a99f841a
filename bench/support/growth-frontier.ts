/**
 * What a rule can have at once where runs have just begun to spread more: innocent runs that are red, against slower ones that are found. Normal runs, three
 * metrics, nothing but the test of one run against k others.
 */
import { drawNormal, seedRandom } from '../../src/random.ts'
import { studentTTail } from '../../src/stats/chance.ts'
import { METRICS_SHARE } from '../../src/report/verdict.ts'
import { poolSquares, findGrownSpread } from '../../src/verdict/history/spread.ts'
import { POLICY } from '../../test/verdict/recorded.ts'

/** The p of a run that is worse by d than the mean of the recorded ones. */
export type SpreadRule = (recorded: readonly number[], d: number) => number

const METRICS = 3
const TOLERANCE = Math.log(1.05)
const ALPHA = (METRICS_SHARE * POLICY.falseAlarmRate) / METRICS

function rate(
  d: number,
  k: number,
  { squares, degrees }: { readonly squares: number; readonly degrees: number },
): number {
  return studentTTail(d / Math.sqrt((squares / degrees) * (1 + 1 / k)), degrees)
}

/** By all recorded runs. */
export const byAll: SpreadRule = (recorded, d) => rate(d, recorded.length, poolSquares([recorded]))

/** As the gate has it: by the newest six where these spread significantly more. */
export const byNewest: SpreadRule = (recorded, d) => {
  const points = recorded.map((y) => ({ y }))
  const grown = findGrownSpread([points])
  return Math.max(byAll(recorded, d), grown === null ? 0 : rate(d, recorded.length, grown))
}

/** Fewest runs on either side of a change. */
const FEWEST = { newest: 2, before: 4 }

/**
 * By all, and by every number of newest runs that spread more than those before, each as likely as the runs make it; `chance` is that of a change at one run.
 * The likelihood of squares is that of an inverse gamma prior with two degrees of freedom at the pooled variance.
 */
export function byLikelihood(chance: number): SpreadRule {
  return (recorded, d) => {
    const k = recorded.length
    const centre = recorded.reduce((sum, y) => sum + y, 0) / k
    const squares = recorded.map((y) => (y - centre) ** 2)
    const all = { squares: squares.reduce((sum, square) => sum + square, 0), degrees: k - 1 }
    const perRun = 1 - 1 / k
    const prior = all.squares / all.degrees
    const ways = [{ log: weigh(all, prior), p: rate(d, k, all) }]
    let sum = 0
    for (let n = 1; n <= k - FEWEST.before; n++) {
      sum += squares[k - n]!
      const newest = { squares: sum, degrees: n * perRun }
      const before = { squares: all.squares - sum, degrees: (k - n) * perRun }
      if (n < FEWEST.newest || newest.squares / newest.degrees <= before.squares / before.degrees) continue
      ways.push({ log: Math.log(chance) + weigh(newest, prior) + weigh(before, prior), p: rate(d, k, newest) })
    }
    const most = Math.max(...ways.map(({ log }) => log))
    const weights = ways.map(({ log }) => Math.exp(log - most))
    return ways.reduce((p, way, i) => p + weights[i]! * way.p, 0) / weights.reduce((total, weight) => total + weight, 0)
  }
}

const PRIOR_DEGREES = 2

/** The log of the likelihood of squares, their variance integrated out. */
function weigh({ squares, degrees }: { readonly squares: number; readonly degrees: number }, prior: number): number {
  const before = PRIOR_DEGREES * prior
  const [half, all] = [PRIOR_DEGREES / 2, (PRIOR_DEGREES + degrees) / 2]
  return logGamma(all) - logGamma(half) + half * Math.log(before) - all * Math.log(before + squares)
}

/** Stirling's series, after seven steps of recurrence; right to ten digits. */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 8; z++) shift += Math.log(z)
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * z) - 1 / (360 * z ** 3) - shift
}

/** The share of runs that are red: in any metric, or, where TPOT is slower by `code`, in that. */
export function playGrowth(
  rules: Readonly<Record<string, SpreadRule>>,
  {
    spreadAt,
    k,
    code,
    draws,
  }: { readonly spreadAt: (run: number) => number; readonly k: number; readonly code: number; readonly draws: number },
): Readonly<Record<string, number>> {
  const random = seedRandom(`growth/${spreadAt(0)}/${spreadAt(k)}/${k}/${code}`)
  const red = new Map(Object.keys(rules).map((name) => [name, 0]))
  for (let draw = 0; draw < draws; draw++) {
    const runs = Array.from({ length: k + 1 }, (_, run) => {
      const common = drawNormal(random)
      return Array.from({ length: METRICS }, () => spreadAt(run) * Math.SQRT1_2 * (common + drawNormal(random)))
    })
    const metrics = code > 0 ? [0] : Array.from({ length: METRICS }, (_, m) => m)
    const seen = metrics.map((m) => {
      const recorded = runs.slice(0, k).map((run) => run[m]!)
      return { recorded, d: runs[k]![m]! + code - recorded.reduce((sum, y) => sum + y, 0) / k }
    })
    for (const [name, rule] of Object.entries(rules)) {
      if (seen.some(({ recorded, d }) => d >= TOLERANCE && rule(recorded, d) < ALPHA)) red.set(name, red.get(name)! + 1)
    }
  }
  return Object.fromEntries([...red].map(([name, count]) => [name, count / draws]))
}
