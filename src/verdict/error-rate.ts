import type { HistoryEntry, HistoryRow, RowLevel } from '../report/history.ts'
import type { ErrorRateComparison, RequestCounts } from '../report/verdict.ts'
import { fisherGreater } from '../stats/fisher.ts'
import { sizeOf, sumCounts } from './counts.ts'

/** A rise below one point is never red. */
const LEAST_RISE = 0.01

/**
 * The share of failed requests of a run against that of recorded runs, over the levels that the run measured; levels
 * that a rate limit or the client broke are not the server's. One-sided Fisher; failures come in clusters, so all counts
 * are divided by the design effect, the variance between passes over that of independent requests, of the side that
 * shows more of it: a history without a failure cannot tell how they would come.
 *
 * Source of the design effect: J. N. K. Rao and A. J. Scott, A simple method for the analysis of clustered binary data,
 * Biometrics 48 (1992). Null when one side has no requests.
 */
export function compareErrorRates(
  candidates: readonly HistoryRow[],
  entries: readonly HistoryEntry[],
  alpha: number,
): ErrorRateComparison | null {
  const levels = new Set(candidates.flatMap((row) => row.levels.filter(isServers).map((level) => level.concurrency)))
  const own = candidates.flatMap((row) => countsOfPasses(row, levels))
  const theirs = entries.flatMap(({ row }) => countsOfPasses(row, levels))
  const candidate = sumCounts(own)
  const baseline = sumCounts(theirs)
  if (sizeOf(candidate) === 0 || sizeOf(baseline) === 0) return null
  const rise = candidate.failed / sizeOf(candidate) - baseline.failed / sizeOf(baseline)
  const effect = Math.max(designEffect(own), designEffect(theirs))
  // Rounded so that the candidate never looks worse than it is.
  const a = { hits: Math.floor(candidate.failed / effect), n: Math.ceil(sizeOf(candidate) / effect) }
  const b = { hits: Math.ceil(baseline.failed / effect), n: Math.ceil(sizeOf(baseline) / effect) }
  const p = rise > 0 ? fisherGreater(a, b) : 1
  return { verdict: p <= alpha && rise > LEAST_RISE ? 'regressed' : 'no-change-seen', candidate, baseline, rise, p }
}

function isServers({ state }: RowLevel): boolean {
  return state !== 'limited' && state !== 'client-saturated'
}

/** Over its levels, the counts of each pass of a run. */
function countsOfPasses(row: HistoryRow, levels: ReadonlySet<number>): RequestCounts[] {
  const counts: { ok: number; failed: number }[] = []
  for (const level of row.levels) {
    if (!isServers(level) || !levels.has(level.concurrency)) continue
    for (const [i, { ok, failed }] of level.passes.entries()) {
      const pass = (counts[i] ??= { ok: 0, failed: 0 })
      pass.ok += ok
      pass.failed += failed
    }
  }
  return counts
}

/** Pearson's X² of the passes about their common rate, per degree of freedom; at least 1. */
function designEffect(passes: readonly RequestCounts[]): number {
  const { ok, failed } = sumCounts(passes)
  const filled = passes.filter((pass) => sizeOf(pass) > 0)
  if (filled.length < 2 || failed === 0 || ok === 0) return 1
  const rate = failed / (ok + failed)
  const chiSquare = filled.reduce((sum, pass) => {
    const expected = sizeOf(pass) * rate
    return sum + (pass.failed - expected) ** 2 / (expected * (1 - rate))
  }, 0)
  return Math.max(1, chiSquare / (filled.length - 1))
}
