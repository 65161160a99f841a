/**
 * What a rule can have at once where main has just stepped and its control has not: innocent runs that are red, against slower ones that are found. Normal
 * differences from a pinned control whose spread and slope are known, three metrics, up to four fresh sessions: nothing else stands in the way.
 */
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { normalTailQuantile, computeLevelOfLook } from '../../src/stats/chance.ts'
import { METRICS_SHARE } from '../../src/report/verdict.ts'
import { USUAL } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'

/** What must speak against a move of main, or by how many standard errors the run must be worse than its newest points. */
interface Sureness {
  readonly against: number
  readonly beyond: number
}

/** When red is not doubted: while another session may follow, and after the last one. */
export interface MoveRule {
  readonly open: Sureness
  readonly last: Sureness
  /** What more must speak against a move for each further metric that looks worse. */
  readonly forAnother: number
  /** Whether only the number of newest points at which main has likeliest moved is asked, or each of them. */
  readonly asks: 'likeliest' | 'each'
}

/** What came of one kind of run, as shares, and the mean of its sessions. */
export interface StepAnswer {
  readonly red: number
  readonly sessions: number
}

const METRICS = 3
const BEFORE = 20
const SESSIONS = 4
/** Spread of runs, and what a control takes of it, as in the studies of a pinned control. */
const SPREAD = 0.03
const COMMON = 0.5
const SD = Math.sqrt(SPREAD ** 2 * (1 - COMMON ** 2) + USUAL.passSpread ** 2 / 18)
const TOLERANCE = Math.log(1.05)
const SCREENED = normalTailQuantile(0.05)
/** Of each look, from the first. */
const BOUNDS = Array.from({ length: SESSIONS }, (_, i) =>
  normalTailQuantile(
    computeLevelOfLook((METRICS_SHARE * POLICY.falseAlarmRate) / METRICS, {
      most: SESSIONS,
      look: i + 1,
      bound: 'falling',
    }),
  ),
)

/** The figure of each metric, on the log scale; larger is worse. */
type Figures = readonly number[]

function drawFigures(random: Random, sd: number): Figures {
  const common = drawNormal(random)
  return Array.from({ length: METRICS }, () => sd * Math.SQRT1_2 * (common + drawNormal(random)))
}

const add = (a: Figures, b: Figures): Figures => a.map((value, i) => value + b[i]!)
const average = (all: readonly Figures[]): Figures =>
  all[0]!.map((_, i) => all.reduce((sum, figures) => sum + figures[i]!, 0) / all.length)

/**
 * Plays runs that are slower than main by `code` (on the log scale), `after` runs of main after it has become worse by `step` in everything. Red counts in
 * the metrics that are slower, or in any where none is.
 */
export function playAfterStep(
  rule: MoveRule,
  {
    step,
    after,
    code,
    draws,
  }: { readonly step: number; readonly after: number; readonly code: Figures; readonly draws: number },
): StepAnswer {
  const random = seedRandom(`step/${step}/${after}/${code.join('/')}`)
  const isSlower = code.some((by) => by > 0)
  let red = 0
  let sessions = 0
  for (let draw = 0; draw < draws; draw++) {
    const old = drawFigures(random, SD / Math.sqrt(BEFORE))
    const newest = Array.from({ length: after }, () => drawFigures(random, SD).map((value) => value + step))
    const measured: Figures[] = []
    for (;;) {
      measured.push(add(drawFigures(random, SD), code).map((value) => value + step))
      const isLast = measured.length === SESSIONS
      const { reds, isNarrow } = test(
        average(measured),
        measured.length,
        { old, newest },
        { ...(isLast ? rule.last : rule.open), asks: rule.asks, forAnother: rule.forAnother },
      )
      const ends = reds.includes(true) || isNarrow || isLast
      if (!ends) continue
      if (reds.some((isRed, i) => isRed && (!isSlower || code[i]! > 0))) red++
      break
    }
    sessions += measured.length
  }
  return { red: red / draws, sessions: sessions / draws }
}

/** Which metrics of the mean `y` of r sessions are red, and whether none is suspect or can be worse by twice the tolerance. */
function test(
  y: Figures,
  r: number,
  { old, newest }: { readonly old: Figures; readonly newest: readonly Figures[] },
  { asks, forAnother, ...sure }: Sureness & Pick<MoveRule, 'asks' | 'forAnother'>,
): { readonly reds: readonly boolean[]; readonly isNarrow: boolean } {
  const points = BEFORE + newest.length
  const centre = y.map((_, i) => (BEFORE * old[i]! + newest.reduce((sum, figures) => sum + figures[i]!, 0)) / points)
  const se = SD * Math.sqrt(1 / r + 1 / points)
  const d = y.map((value, i) => value - centre[i]!)
  const square = (value: number): number => Math.max(0, value) ** 2
  const each = newest.map((_, i) => {
    const some = average(newest.slice(-1 - i))
    const rest = points - (i + 1)
    const beyond = y.map((value, m) => (value - some[m]!) / (SD * Math.sqrt(1 / r + 1 / (i + 1))))
    const stays = y.map((_, m) => {
      const sum = BEFORE * old[m]! + newest.slice(0, -1 - i).reduce((total, figures) => total + figures[m]!, 0)
      return (some[m]! - sum / rest) / (SD * Math.sqrt(1 / (i + 1) + 1 / rest))
    })
    const evidence = d.flatMap((value, m) => (value > SCREENED * se ? square(beyond[m]!) - square(stays[m]!) : []))
    return { against: evidence.reduce((sum, one) => sum + one - forAnother, forAnother), beyond }
  })
  const moves = asks === 'each' ? each : [each.reduce((a, b) => (b.against < a.against ? b : a))]
  return {
    reds: d.map(
      (value, m) =>
        value > BOUNDS[r - 1]! * se &&
        value >= TOLERANCE &&
        moves.every(({ against, beyond }) => against >= sure.against || beyond[m]! > sure.beyond),
    ),
    isNarrow: d.every(
      (value) =>
        value + SCREENED * se < Math.log1p(2 * Math.expm1(TOLERANCE)) && !(value > SCREENED * se && value >= TOLERANCE),
    ),
  }
}
