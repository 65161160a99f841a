/**
 * What a doubt of runs that are slower in prefill and decode alike can have at once: innocent runs that are red, against slower ones that are found. Normal runs of
 * TTFT, TPOT and throughput, nothing but the test of one run against k others and that doubt.
 */
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { studentTTail, rejectByHolm } from '../../src/stats/chance.ts'
import { METRICS_SHARE } from '../../src/report/verdict.ts'
import { findOneFactor } from '../../src/verdict/judge.ts'
import type { AlikeRule } from '../../src/verdict/judge.ts'
import { POLICY } from '../../test/verdict/recorded.ts'

/** What runs differ by, on the log scale: each metric for itself and with the others (correlation .5), and all of them alike. */
export interface AlikeWorld {
  readonly spreadAt: (run: number) => number
  readonly alike: (random: Random, run: number) => number
}

const TOLERANCE = Math.log(1.05)
const REACH = 2

/** By each rule, null for none, the share of runs that are red in any metric, with the code slower by this in TTFT, TPOT and throughput. */
export function playAlike(
  rules: readonly (AlikeRule | null)[],
  { spreadAt, alike }: AlikeWorld,
  { k, code, draws }: { readonly k: number; readonly code: readonly [number, number, number]; readonly draws: number },
): number[] {
  const random = seedRandom(`alike/${k}/${code.join('/')}`)
  const red = rules.map(() => 0)
  for (let draw = 0; draw < draws; draw++) {
    const runs = Array.from({ length: k + 1 }, (_, run) => {
      const [common, all] = [drawNormal(random), alike(random, run)]
      return code.map(() => all + spreadAt(run) * Math.SQRT1_2 * (common + drawNormal(random)))
    })
    const seen = code.map((by, m) => {
      const recorded = runs.slice(0, k).map((run) => run[m]!)
      const sd = sampleStandardDeviation(recorded)
      const y = runs[k]![m]! + by
      // What two recorded runs were as bad as is nothing new.
      const isNew = recorded.filter((other) => other > y - sd).length < 2
      return { d: y - mean(recorded), se: sd * Math.sqrt(1 + 1 / k), isNew }
    })
    const rejected = rejectByHolm(
      seen.map(({ d, se }) => studentTTail(d / se, k - 1)),
      METRICS_SHARE * POLICY.falseAlarmRate,
    )
    const worse = seen.filter(({ d, isNew }, m) => rejected[m]! && d >= TOLERANCE && isNew)
    for (const [i, rule] of rules.entries()) {
      const factor = rule === null ? null : findOneFactor(seen[0]!, seen[1]!, rule)
      if (worse.some(({ d, se }) => factor === null || Math.abs(d - factor) > REACH * se)) red[i]!++
    }
  }
  return red.map((count) => count / draws)
}
