import type { LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { RunReport } from '../../report/run-report.ts'
import {
  askedLevelsOf,
  isOpenLoop,
  isTooMuch,
  loadOf,
  spellLevels,
  SEARCH_ENDS,
  SEARCH_END_NAMES,
  reachesPlateau,
} from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { RATE_UNITS, rowOfRate } from '../../vocabulary/metrics.ts'
import {
  formatConcurrency,
  formatLevel,
  formatLoad,
  formatRate,
  formatShare,
  partOf,
  pluralise,
} from '../../words/format.ts'
import { joinShortList } from '../../words/metric-words.ts'
import { quote, say } from '../../words/sentences.ts'
import type { Sentence } from '../../words/sentences.ts'

/**
 * What the levels of a run come to together, in sentences: the plateau, how the levels were found that show it and what would let a run measure
 * higher ones, how much load keeps the latencies that were asked for, and what tokens cost.
 */

/** The plateau, and how the levels were found that show it. */
export function describeFoundPlateau(report: RunReport): string {
  return [describePlateau(report), describeSearch(report), describeOnce(report)]
    .filter((sentence) => sentence !== null)
    .join(' ')
    .trim()
}

/** The plateau in a sentence: state, throughput with its interval, knee. */
export function describePlateau(
  report: Pick<RunReport, 'plateau' | 'levels' | 'plan' | 'series' | 'imported'>,
): string {
  const { plateau, levels, series } = report
  const estimate = plateau[plateau.metric]
  if (estimate === null) return 'No plateau: no level can be used.'
  const value = `${formatRate(readLoneLevel(report) ?? estimate.value)} ${RATE_UNITS[plateau.metric]}`
  const interval =
    estimate.low === null || estimate.high === null
      ? '(one pass, no interval)'
      : `(95 % interval ${formatRate(estimate.low)} to ${formatRate(estimate.high)})`
  const load = loadOf(series)
  if (isOpenLoop(load)) return describeHighest(load, report, `${value} ${interval}`)
  const top = formatConcurrency(plateau.concurrencies.at(-1) ?? 0)
  const knee =
    plateau.kneeConcurrency === null ? '' : `, knee at concurrency ${formatConcurrency(plateau.kneeConcurrency)}`
  switch (plateau.state) {
    case 'reached':
      return `Plateau: ${value} ${interval}${knee}. More concurrency adds only latency.`
    case 'collapsing': {
      const lost = levels.find((level) => level.state === 'lost')
      const why =
        lost === undefined
          ? `beyond concurrency ${top} throughput falls by more than 10 %`
          : `the server does not hold concurrency ${lost.concurrency}`
      return `Plateau: ${value} ${interval}${knee}. It collapses: ${why}.`
    }
    case 'limited':
      return `Plateau not reached: ${value} ${interval} at concurrency ${top}, then a rate limit ended the sweep.`
    case 'not-reached': {
      const unusable = levels.filter((level) => !level.valid).length
      const advice = unusable === 0 ? adviseHigher(report) : describeUnusable(unusable, load)
      return `Plateau not reached: ${value} ${interval} at concurrency ${top}, the highest of the usable levels. ${advice}`.trim()
    }
  }
}

/** The throughput of the one level that is the plateau, as its row has it, over all passes together; the estimate is the mean of its passes. Null of several. */
function readLoneLevel({ plateau, levels }: Pick<RunReport, 'plateau' | 'levels'>): number | null {
  const [only, ...others] = plateau.concurrencies
  const level = levels.find(({ concurrency }) => concurrency === only)
  return others.length > 0 ? null : (level?.[plateau.metric] ?? null)
}

/** What comes through in an open loop is what is sent, until that is too much: there is no plateau, but a highest rate or speed. */
function describeHighest(
  load: LoadKind,
  { plateau, levels, imported }: Pick<RunReport, 'plateau' | 'levels' | 'imported'>,
  value: string,
): string {
  const tooMuch = levels.find(({ state }) => isTooMuch(state))
  const unusable = levels.filter(({ valid }) => !valid).length
  const beyond =
    tooMuch === undefined
      ? unusable === 0
        ? imported === undefined
          ? `No ${load} was too much for the server.`
          : 'Whether the server kept up is not in the results.'
        : describeUnusable(unusable, load)
      : `${formatLevel(load, tooMuch.concurrency)} is more than the server carries.`
  return `Highest throughput: ${value} at ${formatLevel(load, plateau.concurrencies.at(-1) ?? 0)}. ${beyond}`
}

/** How the search for levels ended, in a sentence; null where they were known before. A newer version may know other ends. */
export function describeSearch({ plan }: Pick<RunReport, 'plan'>): string | null {
  const end = findEnd(plan)
  return end === null ? null : `The levels were found by a search, which ended because ${SEARCH_ENDS[end].because}.`
}

/** Which levels further passes left out, in a sentence; null where they had all. */
function describeOnce({ plan: { once = [], levels } }: Pick<RunReport, 'plan'>): string | null {
  if (once.length === 0) return null
  const which =
    once.length === levels.length ? 'all levels' : spellLevels('concurrency', joinShortList(once.map(String)))
  return `Measured in one pass, because more would take too long: ${which}.`
}

/** What would let a run measure higher levels, in a sentence; empty where nothing would. */
function adviseHigher({ plan, series, imported }: Pick<RunReport, 'plan' | 'series' | 'imported'>): string {
  if (imported !== undefined) return 'Let the tool that measured it measure higher levels.'
  const end = findEnd(plan)
  if (end !== null) return SEARCH_ENDS[end].remedy ?? ''
  const load = loadOf(series)
  if (askedLevelsOf(series) === 'auto') {
    return 'Its levels are those of the recorded runs; under another `name` a run searches for higher ones.'
  }
  return ADVICE[load]
}

const ADVICE: Readonly<Record<LoadKind, string>> = {
  concurrency: 'Add higher levels to `concurrency`.',
  rate: 'Add higher rates to `rate`.',
  speed: 'Add higher speeds to `trace-speed`.',
}

function findEnd({ searchEnd }: RunReport['plan']) {
  return SEARCH_END_NAMES.find((name) => name === searchEnd) ?? null
}

/** That so many levels were measured but not used. */
function describeUnusable(count: number, load: LoadKind): string {
  return `${pluralise(count, load === 'concurrency' ? 'level' : load)} could not be used: see the findings.`
}

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
  const rest = describeUnusable(between.length, load)
  return ` It is interpolated between ${spellLevels(load, `${formatLevel(load, below)} and ${formatLevel(load, above)}`)} alone, since ${rest}`
}

/** Why nothing is known beyond the highest usable level, or what would let a run measure there. */
function describeBeyond(report: RunReport): string {
  if (report.levels.some(({ state }) => state === 'limited')) return 'A rate limit ended the sweep there.'
  const highest = Math.max(...report.levels.flatMap(({ concurrency, valid }) => (valid ? [concurrency] : [])))
  const unusable = report.levels.filter(({ concurrency }) => concurrency > highest).length
  return unusable === 0 ? adviseHigher(report) : describeUnusable(unusable, loadOf(report.series))
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
  const [best] = levels
    .flatMap(({ valid, attained, concurrency }) =>
      valid && attained !== undefined ? [{ concurrency, ...attained }] : [],
    )
    .toSorted((a, b) => (b.requestsPerSecond ?? 0) - (a.requestsPerSecond ?? 0))
  if (best === undefined) {
    const why = levels.some(({ valid }) => valid)
      ? 'the answers do not have the times that they are about'
      : 'no usable level'
    return say`Objectives ${objectives}: ${why}.`
  }
  const { attainment, requestsPerSecond, outputTokensPerSecond } = best
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

/** What a million tokens cost, in a sentence; null where no price is given. */
export function describePrice({ price, plateau }: RunReport): string | null {
  if (price === undefined) return null
  const { perHour, tokens, atPlateau, atCapacity } = price
  const kind = rowOfRate(tokens).countsTokens ? 'output tokens' : 'input tokens'
  const where = reachesPlateau(plateau.state) ? 'on the plateau' : 'at the highest throughput'
  const found = [
    ...(atPlateau === null ? [] : [`${formatRate(atPlateau)} ${where}`]),
    ...(atCapacity === null ? [] : [`${formatRate(atCapacity)} at the capacity`]),
  ]
  return found.length === 0
    ? 'What tokens cost is not known: no throughput in tokens was measured.'
    : `At ${formatRate(perHour)} an hour, a million ${kind} cost ${found.join(', ')}, if the server is never idle.`
}
