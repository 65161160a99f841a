import { curveShape } from '../metrics/plateau.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { WHOLE_RUN } from './observe.ts'
import type { RunY } from './observe.ts'

/** The levels over which a metric is averaged. */
export interface LevelSet {
  readonly levels: readonly number[]
  /** Whether they form a plateau; null for metrics to which that is nothing. */
  readonly ofPlateau: boolean | null
}

/**
 * The knee of the mean throughput curve of recorded runs: found once, so that no candidate can move it. Null when the
 * curve still grows at its end.
 */
export function historyKnee(throughput: readonly RunY[]): number | null {
  const runs = throughput.filter((run) => run.size > 0)
  const levels = heldLevels(runs, allLevels(runs))
  const complete = runs.filter((run) => levels.every((level) => run.has(level)))
  const points = levels.map((concurrency) => {
    // Throughput has s = −1.
    const sum = complete.reduce((sum, run) => sum - run.get(concurrency)!.y, 0)
    return { concurrency, y: sum / complete.length }
  })
  const shape = curveShape(points)
  return shape !== null && (shape.reached || shape.falls) ? shape.knee : null
}

/**
 * The levels of a metric. TTFT: up to the knee, above which it is queueing and throughput tells. Throughput: from the
 * knee on, without one the highest level. All others: all.
 */
export function levelSetOf(metric: GatedMetric, runs: readonly RunY[], knee: number | null): LevelSet {
  const { field, stopsAtKnee } = metricOf(metric)
  if (field === 'within') return { levels: [WHOLE_RUN], ofPlateau: null }
  const all = allLevels(runs)
  if (field === 'plateau') {
    const flat =
      knee === null
        ? []
        : heldLevels(
            runs,
            all.filter((level) => level >= knee),
          )
    if (flat.length > 0) return { levels: flat, ofPlateau: true }
    return { levels: heldLevels(runs, all).slice(-1), ofPlateau: false }
  }
  const beforeQueueing = knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all
  return { levels: heldLevels(runs, beforeQueueing), ofPlateau: null }
}

/**
 * A run that lacks a level of the set is left out; only when too few would remain, the level that most runs lack is
 * dropped instead.
 */
function heldLevels(all: readonly RunY[], wanted: readonly number[]): number[] {
  const levels = [...wanted]
  const runs = all.filter((run) => levels.some((level) => run.has(level)))
  const enough = Math.max(3, runs.length / 2)
  while (levels.length > 0) {
    const complete = runs.filter((run) => levels.every((level) => run.has(level))).length
    if (complete === runs.length || complete >= enough) break
    const lacking = levels.map((level) => runs.filter((run) => !run.has(level)).length)
    levels.splice(lacking.lastIndexOf(Math.max(...lacking)), 1)
  }
  return levels
}

function allLevels(runs: readonly RunY[]): number[] {
  return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b)
}
