import type { Comparison, FigureBound } from '../report/verdict.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { formatChange, formatConcurrency, formatMs, formatRate, formatShare, MISSING } from './format.ts'
import { decapitalise, joinList } from '../text.ts'

/** A metric; and of throughput whether it is that of a plateau. */
type NamedMetric = Pick<Comparison, 'metric'> & Partial<Pick<Comparison, 'ofPlateau'>>

/** `TTFT`, `TTFT p90`, `Plateau throughput`; or `Highest throughput` where no plateau was reached. */
export function labelOf({ metric, ofPlateau = null }: NamedMetric): string {
  return ofPlateau === false ? 'Highest throughput' : metricOf(metric).label
}

/** `Plateau` for `Plateau throughput`, where columns are narrow. */
export function shortenLabel(metric: NamedMetric): string {
  return labelOf(metric).replace(/ throughput$/, '')
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
export function formatVisible({ better, smallestVisible }: Pick<Comparison, 'better' | 'smallestVisible'>): string {
  return smallestVisible === null ? MISSING : formatChange(toNaturalChange(better, smallestVisible))
}

/** A worsening, positive when worse, as a natural change. */
export function toNaturalChange(better: 'lower' | 'higher', worsening: number): number {
  return better === 'lower' ? worsening : 1 / (1 + worsening) - 1
}

/** A natural change as a worsening, positive when worse: the conversion is its own inverse. */
export const worseningOf = toNaturalChange

/** Which direction is better for a metric. */
export function betterOf(metric: GatedMetric): 'lower' | 'higher' {
  return metricOf(metric).better
}

/** Whether a natural change is for the worse. */
export function isForTheWorse({ metric, change }: Pick<Comparison, 'metric'> & { readonly change: number }): boolean {
  return betterOf(metric) === 'lower' ? change > 0 : change < 0
}

/** `slower` or `faster`, `lower` or `higher`: the direction of a natural change. */
export function directionOf({ better }: Pick<Comparison, 'better'>, change: number): string {
  if (better === 'higher') return change < 0 ? 'lower' : 'higher'
  return change > 0 ? 'slower' : 'faster'
}

/** A list in words that names only so many: `A, B and 7 more`. */
export function joinShortList(parts: readonly string[], most = 6): string {
  if (parts.length <= most) return joinList(parts)
  return joinList([...parts.slice(0, most - 1), `${parts.length - most + 1} more`])
}
