import type { Comparison } from '../../../report/verdict.ts'
import { metricOf } from '../../../vocabulary/metrics.ts'
import type { TimeFamily } from '../../../vocabulary/metrics.ts'
import { spellLevels } from '../../../vocabulary/load.ts'
import type { LoadKind } from '../../../vocabulary/load.ts'
import { formatChange, formatLevel } from '../../format.ts'
import { nameOf, joinShortList, worseningOf } from '../../metric-words.ts'

/** At which levels something moved, and what it may buy, which is only a hint. */

/** Metrics that a reader wants explained: those that are red, suspected or accepted. */
export function findMoved(comparisons: readonly Comparison[]): readonly Comparison[] {
  return comparisons.filter(
    ({ verdict, change }) => change !== null && ['regressed', 'suspect', 'accepted'].includes(verdict),
  )
}

/** `TPOT +18 % at concurrency 1 to +24 % at 32`; null when the levels are not known. */
export function describeLevels(comparison: Comparison, load: LoadKind): string | null {
  const { byLevel, better } = comparison
  if (byLevel.length === 0) return null
  const ladder = byLevel.toSorted((a, b) => a.concurrency - b.concurrency)
  const moved = ladder.filter(({ change }) => hasMoved(comparison, worseningOf(better, change)))
  const describeAt = ({ concurrency, change }: (typeof ladder)[number]) =>
    `${formatChange(change)} at ${formatLevel(load, concurrency)}`
  const [only] = ladder.length === 1 ? ladder : moved
  if (ladder.length === 1 || moved.length === 1) {
    return `${nameOf(comparison)} ${formatChange(only!.change)} at ${spellLevels(load, formatLevel(load, only!.concurrency))}`
  }
  if (moved.length === ladder.length) return `${nameOf(comparison)} ${describeSameAtAll(ladder, load)}`
  const levels = (moved.length === 0 ? ladder : moved).map(({ concurrency }) => formatLevel(load, concurrency))
  const worst = ladder.reduce((a, b) => (worseningOf(better, b.change) > worseningOf(better, a.change) ? b : a))
  return `${nameOf(comparison)} at ${spellLevels(load, joinShortList(levels))}, most ${describeAt(worst)}`
}

/** What the change buys, when another metric has become better; null when none has. */
export function nameTrade(comparisons: readonly Comparison[]): string | null {
  const isWorse = (what: FamilyOrPlateau) => findMoved(comparisons).some((comparison) => isOfFamily(comparison, what))
  const isImproved = (what: FamilyOrPlateau) =>
    comparisons.some((comparison) => isOfFamily(comparison, what) && isBetter(comparison))
  if (isWorse('tpot') && isImproved('plateau')) return 'more throughput for slower tokens, as larger batches give'
  if (isWorse('ttft') && isImproved('plateau')) return 'more throughput for a later first token, as larger batches give'
  if (isWorse('tpot') && isImproved('ttft')) {
    return 'an earlier first token for slower ones after it, as prefill before decode gives'
  }
  if (isWorse('ttft') && isImproved('tpot')) {
    return 'steadier tokens for a later first one, as chunked prefill gives'
  }
  if (isWorse('plateau') && (isImproved('tpot') || isImproved('ttft'))) {
    return 'faster requests for less throughput, as smaller batches give'
  }
  return null
}

/** What a metric measures: a time, at any percentile, or the plateau. */
export type FamilyOrPlateau = TimeFamily | 'plateau'

/** Whether a comparison is of this. */
export function isOfFamily({ metric }: Comparison, what: FamilyOrPlateau): boolean {
  const { family, field } = metricOf(metric)
  return family === what || field === what
}

/** The change over levels that all moved: once where it reads the same at both ends. */
function describeSameAtAll(ladder: Comparison['byLevel'], load: LoadKind): string {
  const [first, last] = [ladder[0]!, ladder.at(-1)!]
  const [from, to] = [formatLevel(load, first.concurrency), formatLevel(load, last.concurrency)]
  return formatChange(first.change) === formatChange(last.change)
    ? `${formatChange(first.change)} at ${spellLevels(load, `${from} to ${to}`)}`
    : `${formatChange(first.change)} at ${spellLevels(load, from)} to ${formatChange(last.change)} at ${to}`
}

/** Whether a level moved: by at least half of the overall worsening. */
export function hasMoved({ worsening }: Comparison, atLevel: number): boolean {
  return atLevel >= (worsening ?? 0) / 2
}

/** The whole interval is on the good side. */
function isBetter({ better, interval }: Comparison): boolean {
  return interval !== null && (better === 'lower' ? interval.high < 0 : interval.low > 0)
}
