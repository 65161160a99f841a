import { GATED_ROWS, METRICS, TAIL_ROWS } from '../../vocabulary/metrics.ts'
import type { GatedMetricRow } from '../../vocabulary/metrics.ts'

/** What metrics have unless told otherwise, in the words of help and docs: made from the table of metrics. */

/** Of every metric where `gate` is not `release`; a fraction. */
export const DEFAULT_TOLERANCE = 0.05

/** The default of `tolerance`: the smallest for most metrics, and those that have more. */
export function describeTolerances(): string {
  const groups = groupByShare(GATED_ROWS, ({ releaseTolerance }) => releaseTolerance)
  const ofRelease = groups.map(([share, names], i) => (i === 0 ? percent(share) : `${names} ${percent(share)}`))
  return `${percent(DEFAULT_TOLERANCE)}; for release ${ofRelease.join(', ')}`
}

/** The default of `expected-spread`. */
export function describeSpreads(): string {
  const tails = new Set<GatedMetricRow>(TAIL_ROWS)
  const groups = groupByShare(
    GATED_ROWS.filter((row) => !tails.has(row)),
    ({ defaultSpread }) => defaultSpread,
  )
  return [
    ...groups.map(([share, names]) => `${percent(share)} for ${names}`),
    `${percent(Math.max(...TAIL_ROWS.map(({ defaultSpread }) => defaultSpread)))} for tails`,
  ].join(', ')
}

/** The families that have each share, as one says them, by rising share. */
function groupByShare(
  rows: readonly GatedMetricRow[],
  shareOf: (row: GatedMetricRow) => number,
): readonly (readonly [share: number, names: string])[] {
  const byShare = [...Map.groupBy(rows, shareOf)].sort(([a], [b]) => a - b)
  return byShare.map(([share, members]) => {
    const names = [...new Set(members.map(({ family }) => nameFamily(family)))]
    return [share, [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')]
  })
}

/** The label of its first metric inside a sentence. */
function nameFamily(family: GatedMetricRow['family']): string {
  const label = METRICS.find((row) => row.family === family)!.label
  return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}
