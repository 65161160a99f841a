import { mean, sampleStandardDeviation } from 'simple-statistics'
import type { LevelRun } from '../metrics/level/level-run.ts'
import { SOAK } from '../plan/cost.ts'
import type { Clock } from './ports.ts'

/** One figure of a slice: its mean and standard error; the error is 0 for a single request. */
interface SliceMean {
  readonly mean: number
  readonly error: number
}

/**
 * One slice of load; TPOT is null where it is not measurable. Means and not medians: at a low concurrency TTFT takes
 * two values, with and without another request's prefill before it, and the median of a few requests jumps between
 * them.
 */
interface Slice {
  readonly ttftMs: SliceMean
  readonly tpotMs: SliceMean | null
}

const AGREE = 0.05
/** Smaller differences of TTFT may be the client's. */
const TTFT_FLOOR_MS = 2
/**
 * In 1 of 20 cases the range of three equal means exceeds this many standard errors (studentised range, 21 degrees of
 * freedom).
 */
const RANGE_BY_CHANCE = 3.56
/** The most that noise excuses: noisier slices would hide an engine that is warming up. */
const MOST_BY_CHANCE = 0.2

/**
 * Unrecorded load, for at most a minute, until TTFT and TPOT of three successive slices agree within 5 % or within
 * their noise: a young engine compiles, fills caches and scales, and is slow for reasons that are not the change
 * under test. It also ends when three slices are no faster than the three before.
 *
 * @param runSlice measures one slice.
 * @returns seconds spent, and whether the slices agreed in the end; null when a budget or an interrupt ended it first.
 */
export async function runSoak(
  runSlice: () => Promise<LevelRun>,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ seconds: number; settled: boolean | null }> {
  const from = clock.now()
  const slices: Slice[] = []
  while (clock.now() - from < SOAK.longestMs && !signal.aborted) {
    const run = await runSlice()
    const slice = sliceOf(run)
    if (run.stopped === 'budget') return { seconds: (clock.now() - from) / 1000, settled: null }
    // More load would not settle an endpoint that refuses or fails requests.
    if (slice === null || run.stopped !== null) break
    slices.push(slice)
    if (isSettled(slices.slice(-SOAK.slices))) return { seconds: (clock.now() - from) / 1000, settled: true }
    if (!isBecomingFaster(slices)) break
  }
  return { seconds: (clock.now() - from) / 1000, settled: signal.aborted ? null : false }
}

function sliceOf({ records }: LevelRun): Slice | null {
  const ok = [...records].filter(({ phase, outcome }) => phase === 'counted' && outcome === 'ok')
  const ttfts = ok.flatMap(({ ttftMs, lastTokenMs }) => ttftMs ?? lastTokenMs ?? [])
  const tpots = ok.flatMap(({ tpotMs }) => tpotMs ?? [])
  if (ttfts.length === 0) return null
  return { ttftMs: averageSlice(ttfts), tpotMs: tpots.length === 0 ? null : averageSlice(tpots) }
}

function averageSlice(values: number[]): SliceMean {
  const error = values.length < 2 ? 0 : sampleStandardDeviation(values) / Math.sqrt(values.length)
  return { mean: mean(values), error }
}

function isSettled(slices: readonly Slice[]): boolean {
  return (
    slices.length === SOAK.slices &&
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

/** Whether the figures of some slices are equal, as far as can be told. */
function isWithin(figures: readonly SliceMean[], floorMs: number): boolean {
  if (figures.length === 0) return true
  const means = figures.map(({ mean }) => mean)
  const least = Math.min(...means)
  const byChance = RANGE_BY_CHANCE * Math.sqrt(mean(figures.map(({ error }) => error ** 2)))
  return Math.max(...means) - least <= Math.max(AGREE * least, floorMs, Math.min(byChance, MOST_BY_CHANCE * least))
}

/** Whether the last three slices are faster than the three before in one of the figures; true while there are fewer. */
function isBecomingFaster(slices: readonly Slice[]): boolean {
  if (slices.length < 2 * SOAK.slices) return true
  const before = slices.slice(-2 * SOAK.slices, -SOAK.slices)
  const last = slices.slice(-SOAK.slices)
  const isFaster = (read: (slice: Slice) => SliceMean | null): boolean => {
    const meanOf = (some: readonly Slice[]): number => mean(some.map((slice) => read(slice)?.mean ?? 0))
    return meanOf(last) < (1 - AGREE) * meanOf(before)
  }
  return isFaster(({ ttftMs }) => ttftMs) || isFaster(({ tpotMs }) => tpotMs)
}
