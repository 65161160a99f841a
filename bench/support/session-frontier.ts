/**
 * What up to four fresh sessions beside recorded pairs find, and what keeps them from finding more: normal runs of three metrics through the tests of
 * several sessions alone, by other bounds, and with things known that a gate has to learn.
 */
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { mean } from 'simple-statistics'
import { poolSquares, findInflation } from '../../src/verdict/history/spread.ts'
import { studentTQuantile, studentTTail, computeLevelOfLook } from '../../src/stats/chance.ts'
import type { RepeatedTest } from '../../src/stats/chance.ts'
import { estimateSlope, poolProducts } from '../../src/verdict/compare/control.ts'
import { FOR_ANOTHER_METRIC, SURE_OF_MOVE } from '../../src/verdict/judge.ts'
import { METRICS_SHARE } from '../../src/report/verdict.ts'
import { SERIES_FIELDS } from '../../test/support/builders.ts'
import { FULL_LADDER, USUAL } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'

/** How sessions are tested, and what is known. */
export interface SessionRule {
  /** Null: only all four together are tested. */
  readonly bound: RepeatedTest['bound'] | null
  /** Whether another session follows where a metric is suspect. */
  readonly asksSuspects: boolean
  /** Whether red is doubted where main's newest runs lie as high. */
  readonly doubtsMain: boolean
  /** Whether spread and slope are known. */
  readonly isKnown: boolean
}

/** Both sides spread by `spread`, and have `common` as their correlation. */
export interface SessionWorld {
  readonly spread: number
  readonly common: number
  readonly pairs: number
}

/** What came of runs, as shares, and the mean of their sessions. */
export interface SessionAnswer {
  readonly red: number
  readonly sessions: number
}

const METRICS = [0, 1, 2]
const MOST = 4
const OF_PASSES = USUAL.passSpread / Math.sqrt(SERIES_FIELDS.passes * FULL_LADDER.length)
const TOLERANCE = 0.05
const ALPHA = (METRICS_SHARE * POLICY.falseAlarmRate) / METRICS.length

/** Both sides of one session in each metric, on the log scale; larger is worse. */
interface Pair {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

function drawMetrics(random: Random, sd: number): readonly number[] {
  const together = Math.sqrt(USUAL.correlation) * drawNormal(random)
  const own = Math.sqrt(1 - USUAL.correlation)
  return METRICS.map(() => sd * (together + own * drawNormal(random)))
}

function drawPair(random: Random, { spread, common }: SessionWorld): Pair {
  const run = drawMetrics(random, spread)
  const own = drawMetrics(random, spread * Math.sqrt(1 - common ** 2))
  const passes = (value: number): number => value + OF_PASSES * drawNormal(random)
  return { y: run.map(passes), x: run.map((value, i) => passes(common * value + own[i]!)) }
}

/** What pairs show of one metric. */
interface Learnt {
  readonly theta: number
  readonly cost: number
  readonly meanX: number
  readonly squaresX: number
  /** y − θx of each pair. */
  readonly points: readonly number[]
  /** Null: to be estimated. */
  readonly sd: number | null
}

function learn(pairs: readonly Pair[], metric: number, { spread, common }: SessionWorld, isKnown: boolean): Learnt {
  const points = pairs.map(({ x, y }) => ({ x: x[metric]!, y: y[metric]! }))
  const pooled = poolProducts([points])
  const { theta, cost } = isKnown ? { theta: common, cost: 0 } : estimateSlope(pooled)
  const variance = spread ** 2 * (1 - common ** 2) + OF_PASSES ** 2 * (1 + common ** 2)
  return {
    theta,
    cost,
    meanX: mean(points.map(({ x }) => x)),
    squaresX: pooled.squares,
    points: points.map(({ x, y }) => y - theta * x),
    sd: isKnown ? Math.sqrt(variance) : null,
  }
}

/** Where the mean of some sessions stands in one metric. */
function compare({ theta, cost, meanX, squaresX, points, sd }: Learnt, sessions: readonly Pair[], metric: number) {
  const ys = sessions.map(({ x, y }) => y[metric]! - theta * x[metric]!)
  const ownX = mean(sessions.map(({ x }) => x[metric]!))
  const degrees = sd === null ? points.length - 1 - cost + ys.length - 1 : Infinity
  const unit =
    (sd ?? Math.sqrt(poolSquares([points, ys]).squares / degrees)) * findInflation(points.length >= 20, false)
  const y = mean(ys)
  const d = y - mean(points)
  const se = unit * Math.sqrt(1 / ys.length + 1 / points.length + (cost * (ownX - meanX)) ** 2 / squaresX)
  const usable = Math.min(degrees, 1e6)
  return { y, unit, points, d, se, degrees: usable, worse: studentTTail(d / se, usable) }
}

/** In which metrics red is doubted, as main's newest one, two or three runs lie as high. */
function doubtMain(stands: readonly ReturnType<typeof compare>[], looks: number): readonly boolean[] {
  const sure = SURE_OF_MOVE[looks < MOST ? 'open' : 'last']
  const square = (value: number): number => Math.max(0, value) ** 2
  const doubts = [1, 2, 3].map((n) => {
    const beyond = stands.map(
      ({ y, unit, points }) => (y - mean(points.slice(-n))) / (unit * Math.sqrt(1 / looks + 1 / n)),
    )
    const stays = stands.map(({ unit, points }) => {
      const rest = points.slice(0, -n)
      return (mean(points.slice(-n)) - mean(rest)) / (unit * Math.sqrt(1 / n + 1 / rest.length))
    })
    const evidence = stands.flatMap(({ worse, d }, i) =>
      worse < 0.05 && d > Math.log(1.03) ? square(beyond[i]!) - square(stays[i]!) : [],
    )
    const against = evidence.reduce((sum, one) => sum + one - FOR_ANOTHER_METRIC, FOR_ANOTHER_METRIC)
    return beyond.map((by) => by <= sure.beyond && against < sure.against)
  })
  return METRICS.map((metric) => doubts.some((doubt) => doubt[metric]!))
}

/** Plays runs whose second metric is slower by `code`, on the log scale; where it is 0, red counts in any metric. */
export function playSessions(
  rule: SessionRule,
  world: SessionWorld,
  { code, draws }: { readonly code: number; readonly draws: number },
): SessionAnswer {
  const random = seedRandom(`sessions/${world.spread}/${world.common}/${world.pairs}/${code}`)
  const levels = Array.from({ length: MOST }, (_, i) =>
    rule.bound === null ? ALPHA : computeLevelOfLook(ALPHA, { most: MOST, look: i + 1, bound: rule.bound }),
  )
  let red = 0
  let all = 0
  for (let draw = 0; draw < draws; draw++) {
    const pairs = Array.from({ length: world.pairs }, () => drawPair(random, world))
    const learnt = METRICS.map((metric) => learn(pairs, metric, world, rule.isKnown))
    const sessions: Pair[] = []
    for (;;) {
      const { x, y } = drawPair(random, world)
      sessions.push({ x, y: y.map((value, metric) => (metric === 1 ? value + code : value)) })
      const looks = sessions.length
      if (rule.bound === null && looks < MOST) continue
      const stands = learnt.map((one, metric) => compare(one, sessions, metric))
      const isOver = (d: number): boolean => d >= Math.log1p(TOLERANCE)
      const doubts = rule.doubtsMain ? doubtMain(stands, looks) : []
      const reds = stands.map(({ worse, d }, i) => worse <= levels[looks - 1]! && isOver(d) && doubts[i] !== true)
      const isSuspect = stands.some(({ worse, d }) => worse < 0.05 && isOver(d))
      const isNarrow = stands.every(
        ({ d, se, degrees }) => d + studentTQuantile(0.95, degrees) * se < Math.log1p(2 * TOLERANCE),
      )
      const isGreen = isNarrow && !(rule.asksSuspects && isSuspect)
      if (!reds.includes(true) && !isGreen && looks < MOST) continue
      if (code > 0 ? reds[1]! : reds.includes(true)) red++
      break
    }
    all += sessions.length
  }
  return { red: red / draws, sessions: all / draws }
}
