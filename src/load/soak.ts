import { mean, sampleStandardDeviation } from 'simple-statistics'
import type { LevelRun } from '../metrics/level-run.ts'
import { SOAK } from '../plan/cost.ts'
import type { Clock } from './ports.ts'

/** One figure of a slice: its mean, and the standard error of that by what its requests differ by; 0 where one request says nothing of it. */
interface Figure {
  readonly mean: number
  readonly error: number
}

/**
 * One slice of load; TPOT is null where it is not measurable. Means and not medians: at a low concurrency TTFT takes two
 * values, with and without somebody else's prefill before it, and the median of a few requests jumps between them.
 */
interface Slice {
  readonly ttftMs: Figure
  readonly tpotMs: Figure | null
}

const AGREE = 0.05
/** Differences of TTFT below this are the client's as much as the server's. */
const TTFT_FLOOR_MS = 2
/** The range of three means of the same is larger than this many standard errors in 1 of 20 (studentised range, 21 degrees of freedom). */
const RANGE_BY_CHANCE = 3.56
/** What requests differ by excuses this much and no more: a slice so noisy would hide an engine that warms up. */
const MOST_BY_CHANCE = 0.2
const LONGEST_MS = 60_000

/**
 * Unrecorded load until TTFT and TPOT of three successive slices agree within 5 %, or within what their requests differ by, at most a
 * minute: a young engine compiles, fills caches and scales, and is slow for reasons that are not the change under test. More load helps
 * only an engine that becomes faster: where three slices are no faster than the three before, it ends.
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
    if (agree(slices.slice(-SOAK.slices))) return { seconds: (clock.now() - from) / 1000, settled: true }
    if (!isBecomingFaster(slices)) break
  }
  return { seconds: (clock.now() - from) / 1000, settled: false }
}

function sliceOf({ records }: LevelRun): Slice | null {
  const ok = [...records].filter(({ phase, outcome }) => phase === 'counted' && outcome === 'ok')
  const ttfts = ok.flatMap(({ ttftMs, lastTokenMs }) => ttftMs ?? lastTokenMs ?? [])
  const tpots = ok.flatMap(({ tpotMs }) => tpotMs ?? [])
  if (ttfts.length === 0) return null
  return { ttftMs: figureOf(ttfts), tpotMs: tpots.length === 0 ? null : figureOf(tpots) }
}

function figureOf(values: number[]): Figure {
  const error = values.length < 2 ? 0 : sampleStandardDeviation(values) / Math.sqrt(values.length)
  return { mean: mean(values), error }
}

function agree(slices: readonly Slice[]): boolean {
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

/** Whether the figures of some slices are one, as far as can be told. */
function isWithin(figures: readonly Figure[], floorMs: number): boolean {
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
  const isFaster = (read: (slice: Slice) => Figure | null): boolean => {
    const meanOf = (some: readonly Slice[]): number => mean(some.map((slice) => read(slice)?.mean ?? 0))
    return meanOf(last) < (1 - AGREE) * meanOf(before)
  }
  return isFaster(({ ttftMs }) => ttftMs) || isFaster(({ tpotMs }) => tpotMs)
}
