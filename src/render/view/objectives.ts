import { isTooMuch, loadOf, spellLevels } from '../../vocabulary/load.ts'
import type { Attained, LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { RunReport } from '../../report/run-report.ts'
import { RATE_UNITS } from '../../vocabulary/metrics.ts'
import { formatConcurrency, formatLevel, formatLoad, formatRate, formatShare, partOf } from '../format.ts'
import { quote, say } from '../sentences.ts'
import type { Sentence } from '../sentences.ts'
import { adviseHigher, describeUnusable } from './search.ts'

/** How much load keeps the latencies that were asked for, in sentences: capacity, goodput, and throughput within latencies. */
/** The most load that keeps the objectives, in a sentence; null where none are set. */
export function describeCapacity(report: RunReport): Sentence | null {
  const { slo, levels, series } = report
  if (slo === undefined) return null
  const { state, concurrency } = slo.capacity
  const kept = say`${formatShare(slo.share)} of the requests keep ${quote(slo.objectives, 200)}`
  // The reason is the same as for a missing goodput, and given there.
  if (concurrency === null) return null
  const load = loadOf(series)
  const value = formatLoad(load, concurrency.value)
  const requests = describeReplayedRate(report, concurrency.value)
  const usable = levels.every(({ valid }) => valid) ? '' : 'usable '
  switch (state) {
    case 'found': {
      const [low, high] = [concurrency.low, concurrency.high].map((end) =>
        end === null ? null : formatLevel(load, end),
      )
      // Where every pass ends at the last level before one that is too much, there is no interval about it.
      const interval = low === null || low === high ? '' : ` (95 % interval ${low} to ${high}, by its passes alone)`
      return say`Capacity: up to ${value}${requests}${interval}, ${kept}.${describeGap(report, concurrency.value)}`
    }
    case 'at-least': {
      const more = describeBeyond(report)
      return say`Capacity: at least ${value}${requests}; at every ${usable}level ${kept}.${more === '' ? '' : ` ${more}`}`
    }
    case 'below':
      return say`Capacity: below ${value}${requests}; at no ${usable}level ${kept}.`
    case 'unknown':
      return null
  }
}

/** That levels around a capacity could not be used, so that a line over a wider gap stands in for them, which its interval does not tell; else empty. */
function describeGap({ levels, series }: RunReport, capacity: number): string {
  const tells = ({ valid, state }: LevelMetrics): boolean => valid || isTooMuch(state)
  const [kept, unusable] = [levels.filter(tells), levels.filter((level) => !tells(level))]
  const below = Math.max(...kept.flatMap(({ concurrency }) => (concurrency <= capacity ? [concurrency] : [])))
  const above = Math.min(...kept.flatMap(({ concurrency }) => (concurrency >= capacity ? [concurrency] : [])))
  const between = unusable.filter(({ concurrency }) => concurrency > below && concurrency < above)
  if (between.length === 0 || above === Infinity) return ''
  const load = loadOf(series)
  const rest = describeUnusable(between.length, load === 'concurrency' ? 'level' : load)
  return ` It is interpolated between ${spellLevels(load, `${formatLevel(load, below)} and ${formatLevel(load, above)}`)} alone, since ${rest}`
}

/** Why nothing is known beyond the highest usable level, or what would let a run measure there. */
function describeBeyond(report: RunReport): string {
  if (report.levels.some(({ state }) => state === 'limited')) return 'A rate limit ended the sweep there.'
  const highest = Math.max(...report.levels.flatMap(({ concurrency, valid }) => (valid ? [concurrency] : [])))
  const unusable = report.levels.filter(({ concurrency }) => concurrency > highest).length
  return unusable === 0
    ? adviseHigher(report)
    : describeUnusable(unusable, loadOf(report.series) === 'concurrency' ? 'level' : loadOf(report.series))
}

/** How many requests a second a speed of a trace is, on average over all of it; empty for other loads. */
function describeReplayedRate({ trace, prompts }: Pick<RunReport, 'trace' | 'prompts'>, speed: number): string {
  if (trace === undefined || prompts === undefined || trace.seconds === 0) return ''
  return `, ${formatRate((speed * prompts.sent) / trace.seconds)} req/s on average`
}

/** Which level has the best goodput, in a sentence; null where no objectives are set. */
export function describeGoodput({ slo, levels, series }: RunReport): Sentence | null {
  if (slo === undefined) return null
  const objectives = quote(slo.objectives, 200)
  let best: (LevelMetrics & { readonly attained: Attained }) | null = null
  for (const level of levels) {
    if (!level.valid || level.attained === undefined) continue
    const rate = level.attained.requestsPerSecond ?? 0
    if (best === null || rate > (best.attained.requestsPerSecond ?? 0)) best = { ...level, attained: level.attained }
  }
  if (best === null) {
    const why = levels.some(({ valid }) => valid)
      ? 'the answers do not have the times that they are about'
      : 'no usable level'
    return say`Objectives ${objectives}: ${why}.`
  }
  const { attainment, requestsPerSecond, outputTokensPerSecond } = best.attained
  const tokens = outputTokensPerSecond === null ? '' : ` (${formatRate(outputTokensPerSecond)} tok/s)`
  const load = loadOf(series)
  const at = `${spellLevels(load, formatLevel(load, best.concurrency))}, where ${formatShare(attainment)} of the requests keep them`
  return say`Objectives ${objectives}: best goodput ${formatRate(requestsPerSecond)} req/s${tokens} at ${at}${countUnusable(levels)}.`
}

/** How many levels could not be used, any of which may be better than the best; what the server did not hold is not. Empty for none. */
function countUnusable(levels: readonly LevelMetrics[]): string {
  const unusable = levels.filter(({ valid, state }) => !valid && !isTooMuch(state)).length
  return unusable === 0 ? '' : `; ${partOf(unusable, levels.length, 'level')} could not be used`
}

/** The best throughput inside these latencies in a sentence; null when it was not asked for. */
export function describeWithin({ within, plateau, levels }: RunReport): Sentence | null {
  if (within === null) return null
  const limit = quote(within.limit, 200)
  const value = within[plateau.metric]
  if (!levels.some(({ valid }) => valid)) return say`Within ${limit}: no usable level.`
  if (value === null || within.concurrency === null) return say`Within ${limit}: no level is inside these latencies.`
  const isMeasured = levels.some(({ concurrency }) => concurrency === within.concurrency)
  const best = `${formatRate(value)} ${RATE_UNITS[plateau.metric]} at concurrency ${formatConcurrency(within.concurrency)}`
  return say`Within ${limit}: ${best}${isMeasured ? '' : ', interpolated between levels'}${countUnusable(levels)}.`
}
