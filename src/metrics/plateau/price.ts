import { RATE_FIELDS } from '../../vocabulary/metrics.ts'
import type { RateField } from '../../vocabulary/metrics.ts'
import type { Capacity } from './capacity.ts'
import type { LevelMetrics } from '../level/level-metrics.ts'
import type { Plateau } from './plateau.ts'

/** What a million output tokens cost (for embeddings, input tokens), in the currency of `price-per-hour`. */
export interface Price {
  readonly perHour: number
  /** Which tokens, as a throughput of a level. */
  readonly tokens: RateField
  /** At the plateau's throughput; null without one, and where no tokens are counted. */
  readonly atPlateau: number | null
  /** At the capacity; null where no objectives are set, none is known, or it is below the lowest level. */
  readonly atCapacity: number | null
}

/** What tokens cost on a server of this price that is always busy. */
export function priceTokens(
  perHour: number,
  {
    plateau,
    capacity,
    levels,
  }: { readonly plateau: Plateau; readonly capacity: Capacity | null; readonly levels: readonly LevelMetrics[] },
): Price {
  const tokens = plateau.metric
  const countsTokens = tokens !== RATE_FIELDS.at(-1)
  const spread = (rate: number | null | undefined) =>
    !countsTokens || rate === null || rate === undefined || rate <= 0 ? null : (perHour / 3600 / rate) * 1e6
  return {
    perHour,
    tokens,
    atPlateau: spread(plateau[tokens]?.value),
    atCapacity: spread(interpolateRate(capacity, levels, tokens)),
  }
}

/** The throughput at the capacity, linearly interpolated between usable levels. */
function interpolateRate(capacity: Capacity | null, levels: readonly LevelMetrics[], tokens: RateField): number | null {
  const at = capacity?.concurrency?.value
  if (at === undefined || capacity!.state === 'below') return null
  const usable = levels.filter((level) => level.valid && level[tokens] !== null)
  const left = usable.findLast(({ concurrency }) => concurrency <= at)
  const right = usable.find(({ concurrency }) => concurrency >= at)
  if (left === undefined || right === undefined) return null
  const share = left === right ? 0 : (at - left.concurrency) / (right.concurrency - left.concurrency)
  return left[tokens]! + share * (right[tokens]! - left[tokens]!)
}
