import type { LevelRun } from './level-run.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/**
 * The requests that figures come from: those started inside the window. A pass that stopped before its window has only
 * its failures to tell, so there all of them count.
 */
export function* countedRecords(runs: readonly LevelRun[]): Generator<RequestRecord> {
  for (const run of runs) {
    for (const record of run.records) if (run.window === null || record.phase === 'counted') yield record
  }
}

/** Share of the succeeded requests whose answer came all at once. */
export function bufferedShare(runs: readonly LevelRun[]): number {
  let ok = 0
  let buffered = 0
  for (const record of countedRecords(runs)) {
    if (record.outcome !== 'ok') continue
    ok++
    if (record.buffered) buffered++
  }
  return ok === 0 ? 0 : buffered / ok
}

/** Above this share of buffered answers TTFT and TPOT are not measurable: the rest is no fair sample. */
export const BUFFERED_SHARE = 0.05

/** The mean over passes, weighted by the length of their windows. */
export function meanOverWindows(runs: readonly LevelRun[], value: (run: LevelRun) => number): number {
  let sum = 0
  let seconds = 0
  for (const run of runs) {
    if (run.window === null) continue
    const length = run.window.endMs - run.window.startMs
    sum += value(run) * length
    seconds += length
  }
  return seconds === 0 ? 0 : sum / seconds
}

/** Counted requests that every pass needs: three, and one a worker. */
export function requestsNeeded(concurrency: number): number {
  return Math.max(3, concurrency)
}

/**
 * The passes to use. One that was cancelled, or that a budget cut short before it had requests enough, is left out where
 * there are others: what is cut costs precision, it does not spoil what was measured before.
 */
export function usablePasses(runs: readonly LevelRun[]): readonly LevelRun[] {
  const usable = runs.filter((run) => {
    // Of a cancelled pass the slow requests are missing; after a budget's cut those in flight were awaited.
    if (run.stopped === 'cancelled') return false
    if (run.stopped !== 'budget') return true
    return run.window !== null && countOf(run) >= requestsNeeded(run.concurrency)
  })
  return usable.length > 0 ? usable : runs
}

function countOf(run: LevelRun): number {
  let counted = 0
  for (const record of run.records) if (record.phase === 'counted') counted++
  return counted
}
