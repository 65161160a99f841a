import { describe, expect, it } from 'vitest'
import { runSoak } from '../../src/load/soak.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aFailure, aLevelRun, aRecord } from '../support/builders.ts'

const { signal: never } = new AbortController()

/** Slices of 2 s, one after the other; the last one repeats. */
function slicesOf(...slices: readonly (Partial<RequestRecord> | LevelRun)[]) {
  let now = 5_000
  let next = 0
  return {
    clock: { now: () => now, sleep: async () => {} },
    async runSlice(): Promise<LevelRun> {
      now += 2_000
      const slice = slices[Math.min(next++, slices.length - 1)]!
      return 'records' in slice ? slice : aLevelRun({ records: [aRecord(slice)] })
    },
  }
}

describe('the soak', () => {
  it('ends as soon as three slices in a row agree', async () => {
    const { runSlice, clock } = slicesOf({ ttftMs: 50 })
    expect(await runSoak(runSlice, clock, never)).toEqual({ seconds: 6, settled: true })
  })

  it('waits until TTFT and TPOT have both come to rest', async () => {
    const falling = [900, 400, 100, 52, 51, 50].map((ttftMs) => ({ ttftMs }))
    const slow = slicesOf(...falling)
    expect(await runSoak(slow.runSlice, slow.clock, never)).toEqual({ seconds: 12, settled: true })
    const steps = slicesOf({ tpotMs: 30 }, { tpotMs: 20 }, { tpotMs: 10 })
    expect(await runSoak(steps.runSlice, steps.clock, never)).toEqual({ seconds: 10, settled: true })
  })

  it('takes a difference of 5 % as agreement and no more', async () => {
    const near = slicesOf({ ttftMs: 100 }, { ttftMs: 105 }, { ttftMs: 102 })
    expect(await runSoak(near.runSlice, near.clock, never)).toMatchObject({ seconds: 6 })
    const far = slicesOf({ ttftMs: 100 }, { ttftMs: 106 }, { ttftMs: 102 })
    expect((await runSoak(far.runSlice, far.clock, never)).seconds).toBeGreaterThan(6)
  })

  it('forgives TTFT 2 ms, however small it is, and TPOT nothing', async () => {
    const seconds = async (...slices: readonly Partial<RequestRecord>[]) => {
      const { runSlice, clock } = slicesOf(...slices)
      return (await runSoak(runSlice, clock, never)).seconds
    }
    expect(await seconds({ ttftMs: 10 }, { ttftMs: 12 }, { ttftMs: 10 })).toBe(6)
    expect(await seconds({ ttftMs: 10 }, { ttftMs: 12.1 }, { ttftMs: 10 })).toBe(10)
    expect(await seconds({ tpotMs: 10 }, { tpotMs: 10.6 }, { tpotMs: 10 })).toBe(10)
  })

  it('forgives what the requests of a slice differ by, up to a fifth', async () => {
    const noisy = (centre: number, by: number) =>
      aLevelRun({ records: [-by, by, -by, by, -by, by, -by, by].map((off) => aRecord({ ttftMs: centre + off })) })
    const seconds = async (by: number, ...centres: readonly number[]) => {
      const { runSlice, clock } = slicesOf(...centres.map((centre) => noisy(centre, by)), noisy(100, by))
      return (await runSoak(runSlice, clock, never)).seconds
    }
    // Eight requests of 100 ± 30 ms: a standard error of 11 ms.
    expect(await seconds(30, 100, 112, 106)).toBe(6)
    expect(await seconds(1, 100, 112, 106)).toBeGreaterThan(6)
    expect(await seconds(80, 100, 124, 100)).toBeGreaterThan(6)
  })

  it('ends when three slices are no faster than the three before, for more load would not help', async () => {
    const restless = slicesOf(...Array.from({ length: 100 }, (_, i) => ({ ttftMs: i % 3 === 0 ? 50 : 500 })))
    expect(await runSoak(restless.runSlice, restless.clock, never)).toEqual({ seconds: 12, settled: false })
    const slower = slicesOf(...Array.from({ length: 100 }, (_, i) => ({ tpotMs: 10 * 1.1 ** i })))
    expect(await runSoak(slower.runSlice, slower.clock, never)).toEqual({ seconds: 12, settled: false })
  })

  it('goes on for a minute while the engine becomes faster, and says that it did not settle', async () => {
    for (const figure of ['ttftMs', 'tpotMs']) {
      const young = slicesOf(...Array.from({ length: 100 }, (_, i) => ({ [figure]: 900 * 0.9 ** i })))
      expect(await runSoak(young.runSlice, young.clock, never)).toEqual({ seconds: 60, settled: false })
    }
  })

  it('looks only at counted requests that succeeded', async () => {
    let n = 0
    const noise = (): RequestRecord[] => [
      aRecord(),
      aRecord({ phase: 'warmup', ttftMs: 1000 * ++n }),
      aFailure('http_500', { ttftMs: 1000 * n }),
    ]
    const slices = slicesOf(...[0, 0, 0].map(() => aLevelRun({ records: noise() })))
    expect(await runSoak(slices.runSlice, slices.clock, never)).toEqual({ seconds: 6, settled: true })
  })

  it('goes by the latency where answers do not stream', async () => {
    const { runSlice, clock } = slicesOf({ ttftMs: null, tpotMs: null, lastTokenMs: 80 })
    expect(await runSoak(runSlice, clock, never)).toEqual({ seconds: 6, settled: true })
  })

  it('ends at once when a slice has nothing to tell or was refused', async () => {
    const empty = slicesOf(aLevelRun({ records: [] }))
    expect(await runSoak(empty.runSlice, empty.clock, never)).toEqual({ seconds: 2, settled: false })
    const refused = slicesOf(aLevelRun({ records: [aRecord()], stopped: 'rate-limited' }))
    expect(await runSoak(refused.runSlice, refused.clock, never)).toEqual({ seconds: 2, settled: false })
  })

  it('says nothing about the endpoint when a budget ended it', async () => {
    const spent = slicesOf({}, aLevelRun({ records: [aRecord()], stopped: 'budget' }))
    expect(await runSoak(spent.runSlice, spent.clock, never)).toEqual({ seconds: 4, settled: null })
  })

  it('does not begin when the run was cancelled', async () => {
    const { runSlice, clock } = slicesOf({})
    expect(await runSoak(runSlice, clock, AbortSignal.abort())).toEqual({ seconds: 0, settled: null })
  })

  it('says nothing about the endpoint when an interrupt ended it', async () => {
    const interrupt = new AbortController()
    const { runSlice, clock } = slicesOf({}, aLevelRun({ records: [aRecord()], stopped: 'cancelled' }))
    const runNext = async (): Promise<LevelRun> => {
      const run = await runSlice()
      if (run.stopped !== null) interrupt.abort()
      return run
    }
    expect(await runSoak(runNext, clock, interrupt.signal)).toEqual({ seconds: 4, settled: null })
  })
})
