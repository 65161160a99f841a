import { ValueError } from './define.ts'
import { GATED_METRICS } from './metric-names.ts'
import type { GatedMetric } from './metric-names.ts'
import { nearest } from './nearest.ts'
import { readShare, splitList } from './values.ts'

/** Changes that are never red, as fractions. */
export interface Tolerance {
  /** For metrics without one of their own; null: the default of the gate. */
  readonly all: number | null
  readonly byMetric: Readonly<Partial<Record<GatedMetric, number>>>
}

/** The tolerance of a metric: its own, else that for all, else the default of the gate. */
export function toleranceOf(
  { gate, tolerance }: { readonly gate: 'check' | 'release' | 'observe'; readonly tolerance: Tolerance | null },
  metric: GatedMetric,
): number {
  const given = tolerance?.byMetric[metric] ?? tolerance?.all ?? null
  if (given !== null) return given
  if (gate !== 'release') return 0.05
  return /^(ttft|ttfo|latency)-/.test(metric) ? 0.15 : 0.1
}

const share = readShare({ min: 0, max: 1 })

/** Reads `5%`, or lines `ttft-p50: 10%`, or both. */
export function readTolerance(text: string): Tolerance {
  let all: number | null = null
  const byMetric: Partial<Record<GatedMetric, number>> = {}
  for (const line of splitList(text)) {
    const colon = line.indexOf(':')
    if (colon === -1) {
      if (all !== null) throw new ValueError('must have one share for all metrics, and a line "metric: share" for others')
      all = share(line)
      continue
    }
    const name = line.slice(0, colon).trim()
    const metric = GATED_METRICS.find((known) => known === name)
    if (metric === undefined) {
      const similar = nearest(name, GATED_METRICS)
      throw new ValueError(`has "${name}", which is not a metric${similar === null ? '' : `; did you mean ${similar}?`}`)
    }
    if (metric in byMetric) throw new ValueError(`must name ${metric} once`)
    byMetric[metric] = share(line.slice(colon + 1))
  }
  if (all === null && Object.keys(byMetric).length === 0) throw new ValueError('must be a share, for example 5%')
  return { all, byMetric }
}
