import type { Comparison, FigureBound } from '../report/verdict.ts'
import { decapitalise, joinList } from '../text.ts'
import { spellLevels } from '../vocabulary/load.ts'
import type { LoadKind } from '../vocabulary/load.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { TimeFamily } from '../vocabulary/metrics.ts'
import { formatChange, formatConcurrency, formatLevel, formatMs, formatRate, formatShare, MISSING } from './format.ts'

/** A metric that was compared, in words: its names, its figures, which way it changed, and at which levels it moved. */

/** A metric; and of throughput whether it is that of a plateau. */
type NamedMetric = Pick<Comparison, 'metric'> & Partial<Pick<Comparison, 'ofPlateau'>>

/** `TTFT`, `TTFT p90`, `Plateau throughput`; or `Highest throughput` where no plateau was reached. */
export function labelOf({ metric, ofPlateau = null }: NamedMetric): string {
  return ofPlateau === false ? 'Highest throughput' : metricOf(metric).label
}

/** `Plateau` for `Plateau throughput` and `Within limit` for `Throughput within limit`, where columns are narrow. */
export function shortenLabel(named: NamedMetric): string {
  return named.ofPlateau === false ? 'Highest' : (metricOf(named.metric).shortLabel ?? labelOf(named))
}

/** The label inside a sentence; abbreviations stay capitalised. */
export function nameOf(comparison: NamedMetric): string {
  const label = labelOf(comparison)
  return /^[A-Z]{2}/.test(label) ? label : decapitalise(label)
}

/** The figure of a comparison with its unit. */
export function formatFigure({ unit }: Pick<Comparison, 'unit'>, value: number | null): string {
  if (value === null) return MISSING
  if (unit === '%') return formatShare(value)
  if (unit === 'in flight') return `${formatConcurrency(value)} ${unit}`
  return unit === null ? formatMs(value) : `${formatRate(value)} ${unit}`
}

/** From one figure to another, with the unit once where both have the same. */
export function formatFigureRange(of: Pick<Comparison, 'unit'>, low: number, high: number): string {
  const [from, to] = [formatFigure(of, low), formatFigure(of, high)]
  const unit = to.replace(/^\S+/, '')
  return `${from.endsWith(unit) ? from.slice(0, from.length - unit.length) : from} to ${to}`
}

const BOUND_WORDS: Readonly<Record<FigureBound, string>> = { 'at-least': 'at least', below: 'below' }

/** A figure, which says so where it is only a bound. */
export function formatBounded(of: Pick<Comparison, 'unit'>, value: number | null, bound: FigureBound | null): string {
  const figure = formatFigure(of, value)
  return bound === null || value === null ? figure : `${BOUND_WORDS[bound]} ${figure}`
}

/** The figure of one of the two sides of a comparison; one that is only a bound says so. */
export function formatSide(comparison: Comparison, side: 'baseline' | 'candidate'): string {
  return formatBounded(comparison, comparison[side], comparison.bounds?.[side] ?? null)
}

/** Whether neither side is more than a bound, so that their quotient is no change. */
export function isBoundedTwice({ bounds }: Pick<Comparison, 'bounds'>): boolean {
  return bounds?.baseline !== undefined && bounds.candidate !== undefined
}

/** The smallest worsening that would be seen, as the change that a reader would see: `+7.0 %`, `−6.5 %`. */
export function formatVisible({ metric, smallestVisible }: Pick<Comparison, 'metric' | 'smallestVisible'>): string {
  return smallestVisible === null ? MISSING : formatChange(toNaturalChange(metricOf(metric).better, smallestVisible))
}

/** The metric with that change: `TPOT +7.0 %`. */
export function nameVisible(comparison: NamedMetric & Pick<Comparison, 'smallestVisible'>): string {
  return `${nameOf(comparison)} ${formatVisible(comparison)}`
}

/** How often a change of that size is found, before `runs`. */
export const IN_FOUR_OF_FIVE = 'in 4 of 5'

/** A worsening, positive when worse, as a natural change. */
export function toNaturalChange(better: 'lower' | 'higher', worsening: number): number {
  return better === 'lower' ? worsening : 1 / (1 + worsening) - 1
}

/** A natural change as a worsening, positive when worse: the conversion is its own inverse. */
export const worseningOf = toNaturalChange

/** Whether a natural change is for the worse. */
export function isForTheWorse({ metric, change }: Pick<Comparison, 'metric'> & { readonly change: number }): boolean {
  return metricOf(metric).better === 'lower' ? change > 0 : change < 0
}

/** `slower` or `faster`, `lower` or `higher`: the direction of a natural change. */
export function directionOf({ better }: Pick<Comparison, 'better'>, change: number): string {
  if (better === 'higher') return change < 0 ? 'lower' : 'higher'
  return change > 0 ? 'slower' : 'faster'
}

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

/** The change over levels that all moved: once where it reads the same at both ends. */
function describeSameAtAll(ladder: Comparison['byLevel'], load: LoadKind): string {
  const [first, last] = [ladder[0]!, ladder.at(-1)!]
  const [from, to] = [formatLevel(load, first.concurrency), formatLevel(load, last.concurrency)]
  return formatChange(first.change) === formatChange(last.change)
    ? `${formatChange(first.change)} at ${spellLevels(load, `${from} to ${to}`)}`
    : `${formatChange(first.change)} at ${spellLevels(load, from)} to ${formatChange(last.change)} at ${to}`
}

/** What a metric measures: a time, at any percentile, or the plateau. */
export type FamilyOrPlateau = TimeFamily | 'plateau'

/** Whether a comparison is of this. */
export function isOfFamily({ metric }: Comparison, what: FamilyOrPlateau): boolean {
  const { family, field } = metricOf(metric)
  return family === what || field === what
}

/** Whether a level moved: by at least half of the overall worsening. */
export function hasMoved({ worsening }: Comparison, atLevel: number): boolean {
  return atLevel >= (worsening ?? 0) / 2
}

/** A list in words that names only so many: `A, B and 7 more`. */
export function joinShortList(parts: readonly string[], most = 6): string {
  if (parts.length <= most) return joinList(parts)
  return joinList([...parts.slice(0, most - 1), `${parts.length - most + 1} more`])
}
