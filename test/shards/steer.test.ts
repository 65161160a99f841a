import { describe, expect, it } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import { joinShares } from '../../src/load/level-tally.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { LevelRun } from '../../src/metrics/level-run.ts'
import { fixLength } from '../../src/plan/lengths.ts'
import { sweepInOneProcess, sweepTogether } from './together.ts'
import type { Measured } from './together.ts'

/** The levels of all shards, joined. */
function join(shards: readonly Measured[]): LevelRun[] {
  return shards[0]!.steer.levels.map(({ frame }, i) =>
    joinShares(
      { ...frame, server: null },
      shards.flatMap(({ steer }) => steer.levels[i]!.shares),
    ),
  )
}

const OPTIONS = { task: 'chat', tolerance: 0.05 } as const

describe('the shards of a run', () => {
  it('open and end the window of each level at one moment, whatever their clocks say', async () => {
    const shards = await sweepTogether({ aheadMs: [0, 5_000, -3_000], levels: [2, 4, 8], passes: 2 })
    const windows = shards.map(({ steer }) => steer.levels.map(({ frame }) => frame.window!))
    expect(windows[0]).toHaveLength(6)
    for (const [i, { startMs, endMs }] of windows[0]!.entries()) {
      expect(endMs - startMs).toBeCloseTo(2_000, 2)
      for (const own of windows) {
        expect(own[i]!.startMs).toBeCloseTo(startMs, 2)
        expect(own[i]!.endMs).toBeCloseTo(endMs, 2)
      }
    }
    const orders = shards.map(({ sweep }) => sweep.levelRuns.map(({ concurrency, pass }) => `${concurrency}/${pass}`))
    expect(new Set(orders.map(String)).size).toBe(1)
  })

  it('come to what one process comes to, with the same lengths for the same workers, also where a level has fewer workers than there are shards', async () => {
    const levels = join(await sweepTogether({ count: 5 })).map((run) => summariseLevel([run], OPTIONS))
    const alone = (await sweepInOneProcess()).levelRuns.map((run) => summariseLevel([run], OPTIONS))
    for (const [i, level] of levels.entries()) {
      expect(level.concurrency).toBe(alone[i]!.concurrency)
      expect(level.inFlight.mean).toBeCloseTo(alone[i]!.inFlight.mean!, 1)
      expect(level.tpotMs!.p50).toBeCloseTo(alone[i]!.tpotMs!.p50!, 6)
      expect(level.outputTokensPerSecond! / alone[i]!.outputTokensPerSecond!).toBeCloseTo(1, 1)
      expect(level.valid).toBe(alone[i]!.valid)
    }
    const workersOf = (runs: readonly LevelRun[]) =>
      new Set(runs.flatMap(({ records }) => [...records].map(({ level, worker }) => `${level}/${worker}`)))
    expect(workersOf(join(await sweepTogether({ count: 5 })))).toEqual(new Set(['1/0', '4/0', '4/1', '4/2', '4/3']))
  })

  it('hold the conversations that one process holds, each whole in one of them', async () => {
    const conversations = { turns: fixLength(2), thinkTime: { kind: 'fixed', ms: 100 } as const, systemTokens: 0 }
    const [joined] = join(await sweepTogether({ count: 2, levels: [4], conversations }))
    const [alone] = (await sweepInOneProcess({ levels: [4], conversations })).levelRuns
    const placesOf = ({ records }: LevelRun) =>
      new Set(
        [...records].map(({ worker, conversation, turn, turns }) => `${worker}: ${conversation}, ${turn} of ${turns}`),
      )
    const [some, all] = [placesOf(joined!), placesOf(alone!)]
    // One more turn or less may have ended.
    expect(some.symmetricDifference(all).size).toBeLessThanOrEqual(4)
    expect(joined!.records.length).toBe(some.size)
    const { conversations: figures } = summariseLevel([joined!], OPTIONS)
    expect(figures!.whole).toBeGreaterThan(0)
    expect(figures!.endedEarly).toBe(0)
  })

  it('keep the load on until the last counted request of all has ended', async () => {
    // Worker 2 answers last: it belongs to the third shard.
    const shards = await sweepTogether({
      levels: [3],
      answer: ({ worker, spec }) => ({ latencyMs: (worker === 2 ? 400 : 50) * spec.outputTokens }),
    })
    const [run] = join(shards)
    const endOf = (worker: number, phase: string) =>
      Math.max(
        ...[...run!.records]
          .filter((record) => record.worker === worker && record.phase === phase)
          .map(({ startMs, endMs }) => startMs + endMs),
      )
    const lastCounted = endOf(2, 'counted')
    expect(endOf(0, 'tail')).toBeGreaterThan(lastCounted - 2_000)
    expect(endOf(0, 'counted')).toBeLessThan(lastCounted - 2_000)
    // And the window waits until the slow one has started a counted request.
    expect(run!.window!.endMs - run!.window!.startMs).toBeGreaterThanOrEqual(2_000)
  })

  it('all give a level up that one of them gives up, and try no higher one', async () => {
    const shards = await sweepTogether({
      levels: [3, 6],
      passes: 2,
      answer: ({ worker, spec }) =>
        worker === 1 ? { latencyMs: 10, failure: 'http_429', status: 429 } : { latencyMs: 50 * spec.outputTokens },
    })
    for (const { sweep } of shards) {
      expect(sweep.levelRuns.every(({ stopped }) => stopped === 'rate-limited')).toBe(true)
      expect(sweep.error).toBeNull()
    }
    const counts = shards.map(({ sweep }) => sweep.levelRuns.length)
    expect(new Set(counts).size).toBe(1)
  })

  it('try no higher level where one of them did not hold one', async () => {
    const shards = await sweepTogether({ levels: [3, 6], passes: 2, isHeld: (number) => number !== 2 })
    const levels = shards.map(({ sweep }) => String(sweep.levelRuns.map(({ concurrency }) => concurrency)))
    expect(new Set(levels).size).toBe(1)
    expect(shards[0]!.sweep.levelRuns.length).toBeLessThan(4)
  })

  it('name one that left, and no secret of it: the run is an error, never a smaller one', async () => {
    const shards = await sweepTogether({
      levels: [2, 4],
      onLevelStart(number, { concurrency }) {
        if (number !== 2 || concurrency !== 4) return
        throw new EndpointError('it had enough of sk-secret', { tried: 'a level', remedy: 'none' })
      },
    })
    const errors = shards.map(({ sweep }) => sweep.error?.what)
    const ofOthers = 'shard 2/3 left the run: it had enough of ***'
    expect(errors).toEqual([ofOthers, 'it had enough of sk-secret', ofOthers])
  })
})
