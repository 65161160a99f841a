import { describe, expect, it } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import { joinShares } from '../../src/load/level/level-tally.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import { fixLength } from '../../src/settings/values/distributions.ts'
import { joinSchedules } from '../../src/shards/join-parts.ts'
import { SCRIPTED_WORKLOAD } from '../load/scripted-endpoint.ts'
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

/** The same with what became of the schedule, as it is joined of parts. */
function joinAll(shards: readonly Measured[]): LevelRun[] {
  return join(shards).map((run, i) => ({
    ...run,
    ...joinSchedules(shards.flatMap(({ steer }) => steer.levels[i]!.frame.open ?? [])),
  }))
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
      // Which requests are counted depends on the moment at which the shards open the window.
      expect(level.tpotMs!.p50! / alone[i]!.tpotMs!.p50!).toBeCloseTo(1, 2)
      expect(level.outputTokensPerSecond! / alone[i]!.outputTokensPerSecond!).toBeCloseTo(1, 1)
      expect(level.valid).toBe(alone[i]!.valid)
    }
    const workersOf = (runs: readonly LevelRun[]) =>
      new Set(runs.flatMap(({ records }) => [...records].map(({ level, worker }) => `${level}/${worker}`)))
    expect(workersOf(join(await sweepTogether({ count: 5 })))).toEqual(new Set(['1/0', '4/0', '4/1', '4/2', '4/3']))
  })

  it('hold the conversations that one process holds, each whole in one of them', async () => {
    const conversations = { turns: fixLength(2), thinkTime: { kind: 'fixed', ms: 100 } as const, systemTokens: 0 }
    const [joined] = join(await sweepTogether({ count: 2, levels: [4], workload: { conversations } }))
    const [alone] = (await sweepInOneProcess({ levels: [4], workload: { conversations } })).levelRuns
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

  it('send the parts of a mix that one process sends', async () => {
    const { inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = SCRIPTED_WORKLOAD
    const part = { model: null, inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens }
    const mix = [
      { ...part, name: 'chat', percent: 75 },
      { ...part, name: 'rag', percent: 25, outputTokens: fixLength(40) },
    ]
    const setup = { levels: [5], workload: { mix } }
    const [joined] = join(await sweepTogether(setup))
    const [alone] = (await sweepInOneProcess(setup)).levelRuns
    const partsOf = (run: LevelRun, worker: number) =>
      [...run.records].filter((each) => each.worker === worker).map((each) => each.part)
    for (const worker of [0, 1, 2, 3, 4]) {
      const [some, all] = [partsOf(joined!, worker), partsOf(alone!, worker)]
      const least = Math.min(some.length, all.length)
      expect(least).toBeGreaterThan(1)
      expect(some.slice(0, least)).toEqual(all.slice(0, least))
    }
    const { parts, requests } = summariseLevel([joined!], OPTIONS)
    expect(parts!.map(({ name }) => name)).toEqual(['chat', 'rag'])
    expect(parts!.reduce((sum, { requests: { ok } }) => sum + ok, 0)).toBe(requests.ok)
  })

  describe('at a rate', () => {
    const open = { arrivals: { kind: 'poisson' }, maxInFlight: 60 } as const

    it('send what one process sends, each when it is due, whatever their clocks say', async () => {
      const setup = { levels: [20], open, aheadMs: [0, 5_000, -3_000] }
      const shards = await sweepTogether(setup)
      const [joined] = joinAll(shards)
      const [alone] = (await sweepInOneProcess(setup)).levelRuns
      const momentsOf = ({ records }: LevelRun): number[] => {
        const starts = [...records].map(({ startMs }) => startMs).toSorted((a, b) => a - b)
        return starts.map((ms) => ms - starts[0]!)
      }
      const [some, all] = [momentsOf(joined!), momentsOf(alone!)]
      expect(some.length).toBeGreaterThan(40)
      for (const [i, ms] of some.slice(0, all.length).entries()) expect(ms).toBeCloseTo(all[i]!, 1)
      // One in three of each, and none late.
      const counts = shards.map(({ steer }) =>
        joinShares({ ...steer.levels[0]!.frame, server: null }, steer.levels[0]!.shares),
      )
      for (const run of counts) expect(Math.abs(run.records.length - some.length / 3)).toBeLessThan(2)
      expect([...joined!.records].every(({ queueMs }) => queueMs < 0.001)).toBe(true)
      expect(joined!.window!.endMs - joined!.window!.startMs).toBeCloseTo(2_000, 2)
      expect(joined).toMatchObject({ stopped: null, open: { maxInFlight: 60, waited: 0, dropped: 0 } })
      expect(joined!.open!.queue!.before).toBeGreaterThan(5)
      expect(summariseLevel([joined!], OPTIONS)).toMatchObject({ state: 'ok', open: { maxInFlight: 60 } })
    })

    it('hold the conversations that arrive at one process, each whole in one of them', async () => {
      const conversations = { turns: fixLength(3), thinkTime: { kind: 'fixed', ms: 150 } as const, systemTokens: 0 }
      const answer = () => ({ latencyMs: 200 })
      const setup = { levels: [10], open, workload: { conversations }, conversation: { turns: 3, spanMs: 900 }, answer }
      const shards = await sweepTogether({ ...setup, aheadMs: [0, 5_000, -3_000] })
      const [joined] = joinAll(shards)
      const [alone] = (await sweepInOneProcess(setup)).levelRuns
      /** When each turn was sent after the first of all. */
      const momentsOf = ({ records }: LevelRun): Map<string, number> => {
        const first = Math.min(...[...records].map(({ startMs }) => startMs))
        return new Map([...records].map((each) => [`${each.conversation}, ${each.turn}`, each.startMs - first]))
      }
      const [some, all] = [momentsOf(joined!), momentsOf(alone!)]
      const both = [...some.keys()].filter((turn) => all.has(turn))
      expect(both.length).toBeGreaterThan(60)
      for (const turn of both) expect(some.get(turn)).toBeCloseTo(all.get(turn)!, 1)
      const held = shards.map(({ steer }) => {
        const run = joinShares({ ...steer.levels[0]!.frame, server: null }, steer.levels[0]!.shares)
        return new Set([...run.records].map(({ conversation }) => conversation))
      })
      expect(held[0]!.union(held[1]!).union(held[2]!).size).toBe(held[0]!.size + held[1]!.size + held[2]!.size)
      const level = summariseLevel([joined!], OPTIONS)
      expect(level).toMatchObject({ state: 'ok', conversations: { endedEarly: 0 } })
      // The last of 20 tokens comes before the end.
      expect(level.conversations!.latencyMs).toBeCloseTo((3 * 200 * 20) / 21, 6)
      expect(level.conversations!.whole).toBeGreaterThan(5)
      expect(level.conversations!.turns.map(({ turn }) => turn)).toEqual([1, 2, 3])
    })

    it('share the ceiling of requests in flight, and say together how many waited', async () => {
      const [joined] = joinAll(await sweepTogether({ levels: [20], open: { ...open, maxInFlight: 7 } }))
      expect(joined!.open).toMatchObject({ maxInFlight: 7, peakInFlight: 7 })
      expect(joined!.open!.waited).toBeGreaterThan(0)
      expect(summariseLevel([joined!], OPTIONS).invalidReasons).toContain('ceiling')
    })

    it('find together that the queue of all grows without end, and end the level, as one process does', async () => {
      // One after another, for a tenth of a second each.
      const serve = (): ((call: { readonly startAt: number }) => { readonly latencyMs: number }) => {
        let freeAt = 0
        return ({ startAt }) => {
          freeAt = Math.max(freeAt, startAt) + 100
          return { latencyMs: freeAt - startAt }
        }
      }
      const setup = { levels: [5, 40], open: { ...open, maxInFlight: 600, arrivals: { kind: 'constant' } as const } }
      const shards = await sweepTogether({ ...setup, answer: serve() })
      const alone = await sweepInOneProcess({ ...setup, answer: serve() })
      const endsOf = (runs: readonly LevelRun[]) => runs.map(({ concurrency, stopped }) => [concurrency, stopped])
      const joined = joinAll(shards)
      expect(endsOf(joined)).toEqual(endsOf(alone.levelRuns))
      expect(joined.at(-1)).toMatchObject({ stopped: 'overloaded', open: { queue: { before: expect.any(Number) } } })
      for (const { sweep } of shards) expect(sweep.error).toBeNull()
    })

    it('all give a level up that one of them gives up before its window has ended', async () => {
      let beganAt = 0
      const shards = await sweepTogether({
        levels: [20],
        open,
        onLevelStart: () => (beganAt = 0),
        answer({ startAt }, number) {
          beganAt ||= startAt
          const isRefused = number === 2 && startAt > beganAt + 1_500
          return isRefused ? { latencyMs: 10, failure: 'http_429', status: 429 } : { latencyMs: 200 }
        },
      })
      for (const { sweep } of shards) {
        expect(sweep.error).toBeNull()
        expect(sweep.levelRuns.map(({ stopped }) => stopped)).toEqual(['rate-limited'])
      }
    })
  })

  it.each([
    ['a concurrency', {}],
    ['a rate', { open: { arrivals: { kind: 'poisson' }, maxInFlight: 60 } }],
  ] as const)(
    'agree on when a level of %s begins once each has made its requests, which takes time',
    async (_, load) => {
      const events: string[] = []
      const marks = new (class extends Map<string, string> {
        override set(name: string, mark: string): this {
          events.push('mark')
          return super.set(name, mark)
        }
      })()
      await sweepTogether({
        ...load,
        count: 2,
        levels: [4],
        marks,
        workload: { nonce: () => String(events.push('made')) },
        answer({ spec }) {
          events.push('sent')
          return { latencyMs: 50 * spec.outputTokens }
        },
      })
      const before = events.slice(0, events.indexOf('sent'))
      expect(before).toContain('made')
      expect(before.slice(before.lastIndexOf('made') + 1)).toEqual(['mark', 'mark'])
    },
  )

  it('replay a trace as one process does: every request counts, and what shares blocks shares text', async () => {
    const lengths = Array.from({ length: 30 }, (_, i) => ({
      inputTokens: 32,
      outputTokens: 5,
      blocks: [i % 4, 10 + i],
    }))
    const atMs = lengths.map((_, i) => 100 * Math.floor(i / 2))
    const trace = { atMs, lengths, blockTokens: 16, asksForLength: false }
    const prompts: string[] = []
    const shards = await sweepTogether({
      levels: [2],
      passes: 2,
      workload: { trace },
      open: { atMs, maxInFlight: 60 },
      aheadMs: [0, 5_000, -3_000],
      answer({ spec }) {
        prompts.push(spec.prompts[0]!)
        return { latencyMs: 300 }
      },
    })
    const [first, second] = joinAll(shards)
    for (const run of [first!, second!]) {
      const all = [...run.records]
      expect(all.map(({ phase }) => phase)).toEqual(Array.from({ length: 30 }, () => 'counted'))
      const due = all.map(({ startMs }) => startMs - run.window!.startMs).toSorted((a, b) => a - b)
      for (const [i, ms] of due.entries()) expect(ms).toBeCloseTo(atMs[i]! / 2, 1)
      const lastAt = Math.max(...all.map(({ startMs, endMs }) => startMs + endMs))
      expect(run.window!.endMs).toBeGreaterThanOrEqual(lastAt)
      expect(run.window!.endMs).toBeLessThan(lastAt + 50)
      expect(run.open).toMatchObject({ trace: { lastMs: 700 }, dropped: 0, waited: 0 })
      expect(summariseLevel([run], OPTIONS).state).toBe('ok')
    }
    const beginnings = (some: readonly string[]) =>
      new Set(some.map((prompt) => prompt.split(' ').slice(0, 16).join(' ')))
    const [one, other] = [beginnings(prompts.slice(0, 30)), beginnings(prompts.slice(30))]
    expect([one.size, other.size, one.union(other).size]).toEqual([4, 4, 8])
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
