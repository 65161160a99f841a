/** What the test of one run could find if more were known than is: what every guard, and every estimate, is paid from. */
import { seedRandom, drawNormal } from '../../src/random.ts'
import { normalTail, normalTailQuantile, studentTQuantile } from '../../src/stats/significance.ts'
import { METRICS_SHARE } from '../../src/verdict/policy.ts'
import { SERIES_FIELDS } from '../../test/support/builders.ts'
import { FULL_LADDER, USUAL } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'

/** Shares of slowdowns of TPOT that would be red, with nothing lost, nothing in doubt, and the slope on the control known. */
export interface BestPower {
  /** Where the spread is known as well. */
  readonly known: number
  /** Where it is estimated from the pairs, less one for their mean and one for the slope. */
  readonly student: number
}

const DRAWS = 20_000
const METRICS = 3

/** For one session against so many pairs; both sides spread by `spread`, and have `common` as their correlation. */
export function findBestPower(
  { spread, common, pairs }: { readonly spread: number; readonly common: number; readonly pairs: number },
  slowdown = 1.1,
): BestPower {
  const ofPasses = USUAL.passSpread ** 2 / (SERIES_FIELDS.passes * FULL_LADDER.length)
  const variance = spread ** 2 * (1 - common ** 2) + ofPasses * (1 + common ** 2)
  const expected = Math.log(slowdown) / Math.sqrt(variance * (1 + 1 / pairs))
  const alpha = (METRICS_SHARE * POLICY.falseAlarmRate) / METRICS
  const degrees = pairs - 2
  const bound = studentTQuantile(1 - alpha, degrees)
  const random = seedRandom(`best/${spread}/${common}/${pairs}`)
  let found = 0
  for (let draw = 0; draw < DRAWS; draw++) {
    let squares = 0
    for (let i = 0; i < degrees; i++) squares += drawNormal(random) ** 2
    if (expected + drawNormal(random) > bound * Math.sqrt(squares / degrees)) found++
  }
  return { known: normalTail(normalTailQuantile(alpha) - expected), student: found / DRAWS }
}
