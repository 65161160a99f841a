/** What one session beside recorded pairs finds, guard by guard: normal runs of one metric through the functions that the gate tests them with. */
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { mean } from 'simple-statistics'
import {
  poolSquares,
  findGrownSpread,
  listYs,
  findInflation,
  isTrimmed,
  trimSegment,
} from '../../src/verdict/history/spread.ts'
import { normalTail, normalTailQuantile, studentTQuantile } from '../../src/stats/chance.ts'
import { estimateSlope, poolProducts } from '../../src/verdict/compare/control.ts'
import { METRICS_SHARE } from '../../src/report/verdict.ts'
import { POLICY } from '../../test/verdict/recorded.ts'
import type { SessionWorld } from './session-frontier.ts'

/** What a test does besides comparing with the mean of the pairs by their spread. */
interface Test {
  /** Whether the slope on the control is estimated, and has its error. */
  readonly estimatesSlope: boolean
  /** Whether outliers are looked for, which widens the error. */
  readonly trims: boolean
  /** Whether the newest runs alone count where they spread more. */
  readonly asksNewest: boolean
}

/** Each test with the guards of the one before and one more, in the order in which the gate has them. */
export const TESTS = {
  'Student’s t, slope known': { estimatesSlope: false, trims: false, asksNewest: false },
  'slope estimated': { estimatesSlope: true, trims: false, asksNewest: false },
  'outliers looked for': { estimatesSlope: true, trims: true, asksNewest: false },
  'newest six spread more': { estimatesSlope: true, trims: true, asksNewest: true },
} as const satisfies Readonly<Record<string, Test>>

const DRAWS = 10_000
const METRICS = 3
const ALPHA = (METRICS_SHARE * POLICY.falseAlarmRate) / METRICS
const TOLERANCE = 0.05

/** A run and its control, on the log scale; larger is worse. */
interface Pair {
  readonly x: number
  readonly y: number
}

function drawPair(random: Random, { spread, common }: SessionWorld): Pair {
  const run = drawNormal(random)
  return { y: spread * run, x: spread * (common * run + Math.sqrt(1 - common ** 2) * drawNormal(random)) }
}

/** Whether the run is red. */
function isFound(
  { estimatesSlope, trims, asksNewest }: Test,
  pairs: readonly Pair[],
  run: Pair,
  { common }: SessionWorld,
): boolean {
  const { theta, cost } = estimatesSlope ? estimateSlope(poolProducts([pairs])) : { theta: common, cost: 0 }
  const all = pairs.map(({ x, y }) => ({ x, y: y - theta * x, mark: null }))
  const points = trims ? trimSegment(all, new Set()) : all
  const pooled = poolSquares([listYs(points)])
  const newest = asksNewest ? findGrownSpread([points]) : null
  const isGrown = newest !== null && newest.squares / newest.degrees > pooled.squares / pooled.degrees
  const { squares, degrees } = isGrown ? newest : pooled
  const xs = points.map(({ x }) => x)
  const ofSlope = (cost * (run.x - mean(xs))) ** 2 / poolSquares([xs]).squares
  const wider = findInflation(trims && isTrimmed(all), points.length < all.length)
  const free = degrees - cost
  const se = wider * Math.sqrt((squares / free) * (1 + 1 / points.length + ofSlope))
  const d = run.y - theta * run.x - mean(listYs(points))
  return d > Math.max(studentTQuantile(1 - ALPHA, free) * se, Math.log1p(TOLERANCE))
}

/** The share of slowdowns that could be found if spread and slope were known. */
export function findPowerOfKnown({ spread, common, pairs }: SessionWorld, slowdown = 1.1): number {
  const se = spread * Math.sqrt((1 - common ** 2) * (1 + 1 / pairs))
  return normalTail(normalTailQuantile(ALPHA) - Math.log(slowdown) / se)
}

/** The share of slowdowns that each test finds, all of them on the same draws. */
export function findPowerBySteps(world: SessionWorld, slowdown = 1.1): Readonly<Record<keyof typeof TESTS, number>> {
  const random = seedRandom(`steps/${world.spread}/${world.common}/${world.pairs}`)
  const tests = Object.entries(TESTS)
  const found = tests.map(() => 0)
  for (let draw = 0; draw < DRAWS; draw++) {
    const pairs = Array.from({ length: world.pairs }, () => drawPair(random, world))
    const { x, y } = drawPair(random, world)
    const run = { x, y: y + Math.log(slowdown) }
    for (const [i, [, test]] of tests.entries()) if (isFound(test, pairs, run, world)) found[i]!++
  }
  return Object.fromEntries(tests.map(([name], i) => [name, found[i]! / DRAWS])) as Record<keyof typeof TESTS, number>
}
