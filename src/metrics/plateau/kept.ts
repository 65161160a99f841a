import { mean } from '../../stats/mean.ts'
import { isTooMuch } from '../../vocabulary/load.ts'
import type { Attained, LevelMetrics } from '../level/level-metrics.ts'

/** A figure over all levels, and of each pass. */
export interface KeptFigure {
  readonly value: number
  readonly passes: readonly number[]
}

/**
 * A run's figures about its objectives: the mean attainment of its levels, equally weighted, and the goodput, in
 * requests a second, of the level that is best over all passes. A level that the server lost attains 0; for one that
 * is unusable for other reasons the mean of its neighbours stands in, so that leaving it out does not change what the
 * mean is about. Both are null where no level can be used.
 */
export function sumUpKept(levels: readonly LevelMetrics[]): {
  readonly attainment: KeptFigure | null
  readonly goodput: KeptFigure | null
} {
  const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency)
  const usable = ladder.filter(tellsKept)
  if (usable.length === 0) return { attainment: null, goodput: null }
  const count = Math.min(...usable.map(({ passes }) => passes.length))
  const passes = Array.from({ length: count }, (_, pass) => pass)
  const best = usable.reduce((most, level) =>
    rateOf(level, level.attained) > rateOf(most, most.attained) ? level : most,
  )
  const pickPass = (pass: number) => (level: LevelMetrics) => level.passes[pass]!.attained
  return {
    attainment: {
      value: averageAttainment(ladder, ({ attained }) => attained),
      passes: passes.map((pass) => averageAttainment(ladder, pickPass(pass))),
    },
    goodput: {
      value: rateOf(best, best.attained),
      passes: passes.map((pass) => rateOf(best, pickPass(pass)(best))),
    },
  }
}

/** Whether a level shows how the objectives are kept; one that the server lost does, too: not at all. */
export function tellsKept({ valid, state, attained }: LevelMetrics): boolean {
  return isTooMuch(state) || (valid && attained !== undefined)
}

/** The mean attainment; at least one level must be usable. */
function averageAttainment(ladder: readonly LevelMetrics[], of: (level: LevelMetrics) => Attained | undefined): number {
  const own = ladder.map((level) => {
    if (!tellsKept(level)) return null
    return isTooMuch(level.state) ? 0 : (of(level)?.attainment ?? 0)
  })
  return mean(
    own.map(
      (share, i) =>
        share ??
        mean(
          [own.findLast((one, j) => j < i && one !== null), own.find((one, j) => j > i && one !== null)].flatMap(
            (one) => one ?? [],
          ),
        ),
    ),
  )
}

function rateOf({ state }: LevelMetrics, attained: Attained | undefined): number {
  return isTooMuch(state) ? 0 : (attained?.requestsPerSecond ?? 0)
}
