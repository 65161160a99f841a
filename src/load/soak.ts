import { mean } from 'simple-statistics'
import type { LevelRun } from '../metrics/level-run.ts'
import type { Clock } from './ports.ts'

/**
 * Means of one slice of load; TPOT is null where it is not measurable. Not medians: at a low concurrency TTFT takes two
 * values, with and without somebody else's prefill before it, and the median of a few requests jumps between them.
 */
interface Slice {
  readonly ttftMs: number
  readonly tpotMs: number | null
}

const SLICES = 3
const AGREE = 0.05
/** Differences of TTFT below this are the client's as much as the server's. */
const TTFT_FLOOR_MS = 2
const LONGEST_MS = 60_000

/**
 * Unrecorded load until TTFT and TPOT of three successive slices agree within 5 %, at most a minute: a young engine
 * compiles, fills caches and scales, and is slow for reasons that are not the change under test.
 *
 * @param runSlice measures one slice.
 * @returns seconds spent, and whether the slices agreed in the end; null when a budget ended it before that.
 */
export async function runSoak(
  runSlice: () => Promise<LevelRun>,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ seconds: number; settled: boolean | null }> {
  const from = clock.now()
  const slices: Slice[] = []
  while (clock.now() - from < LONGEST_MS && !signal.aborted) {
    const run = await runSlice()
    const slice = sliceOf(run)
    if (run.stopped === 'budget') return { seconds: (clock.now() - from) / 1000, settled: null }
    // More load would not settle an endpoint that refuses or fails it.
    if (slice === null || run.stopped !== null) break
    slices.push(slice)
    if (agree(slices.slice(-SLICES))) return { seconds: (clock.now() - from) / 1000, settled: true }
  }
  return { seconds: (clock.now() - from) / 1000, settled: false }
}

function sliceOf({ records }: LevelRun): Slice | null {
  const ok = [...records].filter(({ phase, outcome }) => phase === 'counted' && outcome === 'ok')
  const ttfts = ok.flatMap(({ ttftMs, lastTokenMs }) => ttftMs ?? lastTokenMs ?? [])
  const tpots = ok.flatMap(({ tpotMs }) => tpotMs ?? [])
  if (ttfts.length === 0) return null
  return { ttftMs: mean(ttfts), tpotMs: tpots.length === 0 ? null : mean(tpots) }
}

function agree(slices: readonly Slice[]): boolean {
  if (slices.length < SLICES) return false
  const isWithin = (values: readonly number[], floorMs: number): boolean =>
    values.length === 0 ||
    Math.max(...values) <= Math.max(Math.min(...values) * (1 + AGREE), Math.min(...values) + floorMs)
  return (
    isWithin(
      slices.map(({ ttftMs }) => ttftMs),
      TTFT_FLOOR_MS,
    ) &&
    isWithin(
      slices.flatMap(({ tpotMs }) => tpotMs ?? []),
      0,
    )
  )
}
