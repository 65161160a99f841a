import { median } from '../stats/mean.ts'
import type { Finding } from './findings.ts'
import type { LevelRun } from './level-run.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/** Requests that each half of a window needs before drift is looked for. */
const MINIMUM_IN_HALF = 8
/** The change that counts, and how many standard errors it must exceed. */
const CHANGE = Math.log(1.1)
const STANDARD_ERRORS = 4

/**
 * The relative change from the first to the second half of the window, or null when there is none to speak of.
 *
 * Neighbouring requests are alike, so a plain test of two halves alarms far too often. Drift is only called when in
 * every pass the medians of the halves differ by more than 10 %, all in one direction, and by more than four robust
 * standard errors (1.2533 · 1.4826 · MAD / √n each). Warming up, throttling and autoscaling are larger and repeat.
 */
export function measureDrift(runs: readonly LevelRun[], figure: 'tpot' | 'latency'): number | null {
  const changes = runs.filter((run) => run.window !== null).map((run) => changeOf(run, figure))
  const first = changes[0]
  if (first === undefined) return null
  let sum = 0
  for (const change of changes) {
    if (change === null || Math.sign(change) !== Math.sign(first!)) return null
    sum += change
  }
  return Math.expm1(sum / changes.length)
}

/** ln of second half over first half of one pass, or null when it is too small or too uncertain. */
function changeOf(run: LevelRun, figure: 'tpot' | 'latency'): number | null {
  const middle = (run.window!.startMs + run.window!.endMs) / 2
  const halves: [number[], number[]] = [[], []]
  for (const record of run.records) {
    if (record.phase !== 'counted' || record.outcome !== 'ok') continue
    const value = figure === 'tpot' ? record.tpotMs : record.lastTokenMs
    if (value !== null && value > 0) halves[centreOf(record) < middle ? 0 : 1].push(Math.log(value))
  }
  const [first, second] = halves
  if (first.length < MINIMUM_IN_HALF || second.length < MINIMUM_IN_HALF) return null
  const change = median(second) - median(first)
  const error = Math.hypot(errorOfMedian(first), errorOfMedian(second))
  return Math.abs(change) > CHANGE && Math.abs(change) > STANDARD_ERRORS * error ? change : null
}

/** A long request says most about the middle of its life. */
function centreOf(record: RequestRecord): number {
  return record.startMs + record.endMs / 2
}

function errorOfMedian(values: number[]): number {
  const centre = median(values)
  const spread = median(values.map((value) => Math.abs(value - centre)))
  return (1.2533 * 1.4826 * spread) / Math.sqrt(values.length)
}

/** The sentinel may move by this share. */
const SENTINEL_DRIFT = 0.15

/** Tells when the same single request became faster or slower in the course of the run; `readings` are its times in milliseconds. */
export function findSentinelDrift(readings: readonly number[]): Finding[] {
  if (readings.length < 2) return []
  const low = Math.min(...readings)
  const high = Math.max(...readings)
  if (high <= low * (1 + SENTINEL_DRIFT)) return []
  const shown = readings.map((value) => `${Math.round(value * 10) / 10} ms`).join(', ')
  return [{ code: 'sentinel-drift', message: `A single request took ${shown} in the course of the run.` }]
}
