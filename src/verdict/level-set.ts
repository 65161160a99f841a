import { findCurveShape } from '../metrics/plateau.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { isOfObjectives, WHOLE_RUN } from './observe.ts'
import type { RunY } from './observe.ts'

/** The levels over which a metric is averaged. */
export interface LevelSet {
  readonly levels: readonly number[]
  /** Whether they form a plateau; null for metrics that have nothing to do with it. */
  readonly ofPlateau: boolean | null
}

/**
 * The knee of the mean throughput curve of recorded runs only, so that no candidate can move it. Null when the curve
 * still grows at its end.
 */
export function findHistoryKnee(throughput: readonly RunY[]): number | null {
  const runs = throughput.filter((run) => run.size > 0)
  const levels = pickHeldLevels(runs, listLevels(runs))
  const complete = runs.filter((run) => levels.every((level) => run.has(level)))
  const points = levels.map((concurrency) => {
    // Throughput has s = −1.
    const sum = complete.reduce((sum, run) => sum - run.get(concurrency)!.y, 0)
    return { concurrency, y: sum / complete.length }
  })
  const shape = findCurveShape(points)
  return shape !== null && (shape.reached || shape.falls) ? shape.knee : null
}

/**
 * The levels of a metric. TTFT: up to the knee, above which it is queueing, which throughput shows. Throughput: from
 * the knee on, including collapsed levels, because they matter, too; without a knee, the highest level. All others:
 * all levels.
 */
export function levelSetOf(metric: GatedMetric, runs: readonly RunY[], knee: number | null): LevelSet {
  const row = metricOf(metric)
  const { field, stopsAtKnee } = row
  if (field === 'within' || isOfObjectives(row)) return { levels: [WHOLE_RUN], ofPlateau: null }
  const all = listLevels(runs)
  if (field === 'plateau') {
    const flat =
      knee === null
        ? []
        : pickHeldLevels(
            runs,
            all.filter((level) => level >= knee),
          )
    if (flat.length > 0) return { levels: flat, ofPlateau: true }
    return { levels: pickHeldLevels(runs, all).slice(-1), ofPlateau: false }
  }
  const beforeQueueing = knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all
  return { levels: pickHeldLevels(runs, beforeQueueing), ofPlateau: null }
}

/**
 * Runs that lack a level of the set are left out; where too few would remain, the level that most runs lack is
 * dropped instead.
 */
function pickHeldLevels(all: readonly RunY[], wanted: readonly number[]): number[] {
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

function listLevels(runs: readonly RunY[]): number[] {
  return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b)
}
