import { ValueError } from '../../errors.ts'
import {
  DEFAULT_TOLERANCE,
  findMetric,
  GATED_METRICS,
  GATED_ROWS,
  METRICS,
  TAIL_ROWS,
  toleranceOf,
} from '../../vocabulary/metrics.ts'
import type { GatedMetric, GatedMetricRow, Tolerance } from '../../vocabulary/metrics.ts'
import { suggestName } from '../nearest.ts'
import { decapitalise, escapeForTerminal, joinList } from '../../text.ts'
import { readEach, readShare, splitList } from './simple.ts'

/** Tolerances and spreads of metrics: their defaults come from the table of metrics. */

/** The default of `tolerance`, in words: the smallest, and the metrics that have more. */
export function describeTolerances(): string {
  const groups = groupByShare(GATED_ROWS, ({ releaseTolerance }) => releaseTolerance)
  const ofRelease = groups.map(([share, names], i) => (i === 0 ? showShare(share) : `${names} ${showShare(share)}`))
  return `${showShare(DEFAULT_TOLERANCE)}; for release ${ofRelease.join(', ')}`
}

/** The default of `expected-spread`, in words: between runs, or between a run and its control. */
export function describeSpreads(of: 'defaultSpread' | 'defaultPairSpread' = 'defaultSpread'): string {
  const tails = new Set<GatedMetricRow>(TAIL_ROWS)
  const groups = groupByShare(
    GATED_ROWS.filter((row) => !tails.has(row)),
    (row) => row[of],
  )
  return [
    ...groups.map(([share, names]) => `${showShare(share)} for ${names}`),
    `${showShare(Math.max(...TAIL_ROWS.map((row) => row[of])))} for tails`,
  ].join(', ')
}

/** The families that have each share, in words, by rising share. */
function groupByShare(
  rows: readonly GatedMetricRow[],
  shareOf: (row: GatedMetricRow) => number,
): readonly (readonly [share: number, names: string])[] {
  const byShare = [...Map.groupBy(rows, shareOf)].sort(([a], [b]) => a - b)
  return byShare.map(([share, members]) => {
    const names = [...new Set(members.map(({ family }) => nameFamily(family)))]
    return [share, joinList(names)]
  })
}

/** The label of its first metric inside a sentence. */
function nameFamily(family: GatedMetricRow['family']): string {
  const label = METRICS.find((row) => row.family === family)!.label
  return /^[A-Z][a-z]/.test(label) ? decapitalise(label) : label
}

function showShare(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}

/** Below this no client can tell its own error from a change. */
const LEAST_CLIENT_TOLERANCE = 0.02

/** The smallest tolerance of what is compared: the client's own error must be small beside it. */
export function chooseSmallestTolerance(settings: {
  readonly gate: 'check' | 'release' | 'observe'
  readonly tolerance: Tolerance | null
  readonly metrics: readonly GatedMetric[] | 'auto'
}): number {
  const metrics =
    settings.metrics === 'auto'
      ? GATED_ROWS.filter(({ automatic, quantity }) => automatic !== null && quantity === 'time').map(
          ({ name }) => name,
        )
      : settings.metrics
  return Math.max(LEAST_CLIENT_TOLERANCE, Math.min(...metrics.map((metric) => toleranceOf(settings, metric))))
}

/** Reads `5%`, or lines `ttft-p50: 10%`, or both. */
export function readTolerance(text: string): Tolerance {
  const lines = readEach(splitList(text), readToleranceLine)
  if (lines.length === 0) throw new ValueError('must be a share, for example 5%, or lines such as ttft-p50: 10%')
  const metrics = lines.map(({ metric }) => metric)
  const twice = metrics.find((metric, index) => metrics.indexOf(metric) !== index)
  if (twice === null) throw new ValueError('must have one share for all metrics, and a line "metric: share" for others')
  if (twice !== undefined) throw new ValueError(`must name ${twice} once`)
  const all = lines.find(({ metric }) => metric === null)?.share ?? null
  const own = lines.flatMap(({ metric, share }) => (metric === null ? [] : [[metric, share] as const]))
  return { all, byMetric: Object.fromEntries(own) }
}

/** Longer than any metric's name. */
const LONGEST_NAME = 60

/** The metric of this name, when it can be compared. */
export function readGatedMetric(name: string): GatedMetric {
  const metric = findMetric(name)
  if (metric?.gated === true) return metric.name
  const suggestion = suggestName(name, GATED_METRICS) ?? `known are ${GATED_METRICS.join(', ')}`
  throw new ValueError(`has "${escapeForTerminal(name, LONGEST_NAME)}", which cannot be compared; ${suggestion}`)
}

const readWorsening = readShare({ min: 0, max: 1 })

/** A line without a metric is for all. */
function readToleranceLine(line: string): { readonly metric: GatedMetric | null; readonly share: number } {
  const colon = line.indexOf(':')
  const metric = colon === -1 ? null : readGatedMetric(line.slice(0, colon).trim())
  try {
    return { metric, share: readWorsening(line.slice(colon + 1)) }
  } catch (error) {
    if (metric === null || !(error instanceof ValueError)) throw error
    throw new ValueError(`of ${metric} ${error.message}`)
  }
}
