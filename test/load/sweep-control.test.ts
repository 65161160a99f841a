import { describe, expect, it } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import { measureSweep } from '../../src/load/sweep.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import type { ControlTiming, SweepPorts } from '../../src/load/sweep.ts'
import { planSweep } from '../../src/plan/plan.ts'
import type { PlanOptions } from '../../src/plan/plan.ts'
import { planThreads } from '../../src/plan/shares.ts'
import type { ReplayedTrace } from '../../src/plan/prompts.ts'
import type { WorkloadOptions } from '../../src/plan/compose-request.ts'
import { readLengths } from '../../src/settings/values/distributions.ts'
import { healthyClient, scriptedBeside, scriptedEndpoint, SCRIPTED_WORKLOAD } from './scripted-endpoint.ts'
import type { Answer, Call } from './scripted-endpoint.ts'
import { orderOf, virtualCrew } from './virtual-crew.ts'
import { NO_AUTH } from '../../src/load/auth/authorizers.ts'
import { SEARCH_BOUNDS } from '../plan/search-bounds.ts'

/** A candidate and its control in the same virtual time. */

type Script = (call: Pick<Call, 'worker' | 'spec' | 'startAt' | 'number'>, concurrency: number) => Answer

const STEADY: Script = ({ spec }) => ({ latencyMs: 50 * spec.outputTokens })
const DEAD: Answer = { latencyMs: 5, failure: 'connect', status: 0 }

interface Setup {
  readonly timing?: ControlTiming
  readonly plan?: Partial<PlanOptions>
  readonly levels?: PlanOptions['ladder']['levels']
  readonly seed?: string
  readonly soak?: boolean
  readonly most?: Partial<PlanOptions['ladder']>
  readonly candidate?: Script
  readonly control?: Script
  readonly ports?: Partial<SweepPorts>
  readonly workload?: Partial<WorkloadOptions>
  /** This machine has so many, and threads that `note` hears of; absent: none but this one. */
  readonly cores?: number
  readonly note?: (line: string) => void
}

async function sweep({
  timing = 'turns',
  plan,
  levels = [1, 2, 4],
  seed = 's',
  soak,
  most,
  ports,
  workload,
  cores,
  note,
  ...scripts
}: Setup = {}) {
  const concurrency = { candidate: 0, control: 0 }
  const play = (side: 'candidate' | 'control') => (call: Parameters<Script>[0]) =>
    (scripts[side] ?? STEADY)(call, concurrency[side])
  const candidate = scriptedEndpoint(play('candidate'))
  const control = scriptedBeside(candidate.clock, play('control'))
  const started: string[] = []
  const log: string[] = []
  const orderThreads = (url: string) => () => ({ endpoint: orderOf(url), auth: NO_AUTH })
  const { crew } = virtualCrew(
    candidate.clock,
    (url) => (url === 'candidate' ? candidate : control).transport,
    (threads, level, url) => note?.(`${url} ${level} in ${threads}`),
  )
  let nonces = 0
  const result = await candidate.run(
    measureSweep(
      planSweep({
        ladder: { levels, named: [], mostPasses: 2, seed, ...most },
        levelDurationMs: 5_000,
        levelRequests: null,
        warmupRequests: 1,
        maxDurationMs: null,
        maxRequests: null,
        maxOutputTokens: null,
        minSamples: () => 1,
        lone: { latencyMs: 1_000, inputTokens: 64, outputTokens: 20 },
        sentinel: 'apart',
        soak: true,
        ...plan,
      }),
      {
        ...SCRIPTED_WORKLOAD,
        inputTokens: readLengths('normal(64,8)'),
        prefixCache: 'allow',
        nonce: () => (nonces++).toString(16).padStart(16, '0'),
        ...workload,
      },
      { maxDurationMs: null, maxRequests: null, maxOutputTokens: null, soak: soak ?? false },
      {
        clock: candidate.clock,
        openTransport: () => candidate.transport,
        target: 'http://127.0.0.1:8000',
        serverMetrics: null,
        control: {
          openTransport: () => control.transport,
          target: 'http://127.0.0.1:8001',
          serverMetrics: null,
          timing,
          orderThreads: orderThreads('control'),
        },
        crew,
        threads: cores === undefined ? null : planThreads('auto', cores),
        orderThreads: orderThreads('candidate'),
        health: healthyClient,
        collectGarbage: () => {},
        signal: new AbortController().signal,
        log: (line) => void log.push(line),
        onLevelStart(level, side) {
          concurrency[side] = level.concurrency
          started.push(`${side} ${level.concurrency}/${level.pass}`)
        },
        onLevelEnd(run, side) {
          concurrency[side] = 0
          return run.stopped === null
        },
        searchLevel: (measured, { most }) => {
          const top = measured.at(-1)
          if (top?.held === false) return { ended: 'too-much', atCapacity: [] }
          if (top?.run.concurrency === most) return { ended: 'process', atCapacity: [] }
          return { next: top === undefined ? 1 : 2 * top.run.concurrency }
        },
        chooseWindowMs: () => 5_000,
        isPrecise: () => false,
        ...ports,
      },
    ),
  )
  return { ...result, started, log, calls: { candidate: candidate.calls, control: control.calls } }
}

const levelsOf = (runs: readonly { concurrency: number; pass: number }[]): string[] =>
  runs.map(({ concurrency, pass }) => `${concurrency}/${pass}`)

/** From when to when each level had requests in flight, as the endpoint saw it. */
const overlaps = (a: readonly Call[], b: readonly Call[]): boolean =>
  a.some((one) => b.some((other) => one.startAt < other.endAt && other.startAt < one.endAt))

describe('a candidate beside its control', () => {
  it('is measured at the same levels and passes, each on both sides before the next', async () => {
    const { levelRuns, control, started, error } = await sweep()
    expect(levelsOf(control!.levelRuns)).toEqual(levelsOf(levelRuns))
    expect(levelRuns).toHaveLength(6)
    const pairs = started.map((line) => line.split(' ')[1])
    for (let i = 0; i < pairs.length; i += 2) expect(pairs[i]).toBe(pairs[i + 1])
    expect([error, control!.error]).toEqual([null, null])
  })

  it('comes first or second as a seeded coin says, the same in every run', async () => {
    const firsts = async (seed: string): Promise<string> =>
      (await sweep({ seed })).started
        .filter((_, i) => i % 2 === 0)
        .map((line) => line.split(' ')[0])
        .join()
    const all = await Promise.all(['a', 'b', 'c', 'd'].map(firsts))
    expect(new Set(all).size).toBeGreaterThan(1)
    for (const one of all) expect(one).toMatch(/candidate|control/)
    expect(all.join()).toContain('candidate')
    expect(all.join()).toContain('control')
    expect(await firsts('a')).toBe(all[0])
  })

  it('is idle while the other is loaded', async () => {
    const { calls } = await sweep({ soak: true })
    expect(overlaps(calls.candidate, calls.control)).toBe(false)
  })

  it.each(['turns', 'together'] as const)(
    'gets the requests of a rate at the same moments as the control, in %s',
    async (timing) => {
      const { calls, levelRuns, control } = await sweep({
        timing,
        levels: [5],
        most: { mostPasses: 1 },
        plan: { sentinel: null, open: { arrivals: { kind: 'poisson' }, maxInFlight: 64 } },
      })
      expect(levelsOf(control!.levelRuns)).toEqual(levelsOf(levelRuns))
      // Those that show whether both can be loaded at once come before the level.
      const [one, other] = [calls.candidate, calls.control].map((all) => {
        const due = all.slice(-20)
        return due.map(({ spec, startAt }) => [spec.prompts[0], Math.round(startAt - due[0]!.startAt)])
      })
      expect(one).toEqual(other)
      expect(new Set(one!.map(([, at]) => at)).size).toBeGreaterThan(15)
      for (const { open } of [...levelRuns, ...control!.levelRuns])
        expect(open).toMatchObject({ dropped: 0, waited: 0 })
    },
  )

  it.each([
    ['turns', 'lengths'],
    ['turns', 'prompts'],
    ['together', 'lengths'],
    ['together', 'prompts'],
  ] as const)('gets the requests of a trace at the same moments as the control, in %s, of %s', async (timing, what) => {
    const trace: ReplayedTrace = {
      atMs: [0, 0, 700, 2_000, 2_100, 2_100, 3_000],
      lengths: [[0], [0, 1], [0], [2], [2, 3], [0, 1], [4]].map((blocks, i) => ({
        inputTokens: 16 * blocks.length,
        outputTokens: 1 + i,
        blocks,
      })),
      blockTokens: 16,
      asksForLength: false,
    }
    const texts = ['a', 'b', 'a', 'c', 'd', 'b', 'e']
    const { levelRuns, control, apart, error, calls } = await sweep({
      timing,
      levels: [1, 2],
      most: { mostPasses: 2 },
      plan: { open: { atMs: trace.atMs, maxInFlight: 64 }, warmupRequests: 0 },
      workload:
        what === 'lengths'
          ? { trace, inputTokens: readLengths('20'), outputTokens: readLengths('4') }
          : {
              trace: { ...trace, lengths: null, blockTokens: null },
              prompts: texts.map((text) => ({ kind: 'prompt', text, maxTokens: 5 })),
            },
      soak: true,
    })
    expect({ error, ofControl: control!.error, apart }).toEqual({ error: null, ofControl: null, apart: null })
    expect(levelsOf(control!.levelRuns)).toEqual(levelsOf(levelRuns))
    expect(levelRuns).toHaveLength(4)
    for (const { concurrency: speed, records, stopped, window, open } of [...levelRuns, ...control!.levelRuns]) {
      const all = [...records]
      expect(stopped).toBeNull()
      expect(open).toMatchObject({ dropped: 0, waited: 0, trace: { startMs: window!.startMs, lastMs: 3_000 / speed } })
      expect(all.map(({ startMs }) => Math.round(startMs - window!.startMs)).toSorted((a, b) => a - b)).toEqual(
        trace.atMs.map((ms) => ms / speed),
      )
      expect(all.reduce((sum, { requestedTokens }) => sum + requestedTokens, 0)).toBe(what === 'lengths' ? 28 : 35)
    }
    // What a prompt begins with tells its text, which no cache of the other side or pass can hold.
    const replayed = (all: readonly Call[]) =>
      new Set(all.flatMap(({ spec }) => (spec.cacheSalt === undefined ? [] : [spec.cacheSalt])))
    const [ofCandidate, ofControl] = [replayed(calls.candidate), replayed(calls.control)]
    expect([ofCandidate.size, ofControl.size]).toEqual([4, 4])
    expect(ofCandidate.union(ofControl).size).toBe(8)
  })

  it('has the rates that a search finds, the same on both sides, up to what either does not carry', async () => {
    // One request after another, each for a fifth of a second.
    let freeAt = 0
    const slow: Script = ({ startAt }) => {
      freeAt = Math.max(freeAt, startAt) + 200
      return { latencyMs: freeAt - startAt }
    }
    const { levelRuns, control } = await sweep({
      candidate: slow,
      most: { search: { ...SEARCH_BOUNDS, load: 'rate', first: 2, most: 100 }, mostPasses: 1 },
      plan: { sentinel: null, open: { arrivals: { kind: 'constant' }, maxInFlight: 64 } },
    })
    expect(levelsOf(levelRuns)).toEqual(['1/1', '2/1', '4/1', '8/1'])
    expect(levelsOf(control!.levelRuns)).toEqual(levelsOf(levelRuns))
    expect([levelRuns.at(-1)!.stopped, control!.levelRuns.at(-1)!.stopped]).toEqual(['overloaded', null])
  })

  it('has windows as long as the earlier ones of the level on both sides ask for, the same on both', async () => {
    const asked: string[] = []
    const { levelRuns, control } = await sweep({
      levels: [1, 2],
      ports: {
        chooseWindowMs(runs, ofControl) {
          asked.push([runs, ofControl!].map((some) => levelsOf(some).join()).join(' | '))
          return 5_000 + 1_000 * runs.length
        },
      },
    })
    expect(new Set(asked)).toEqual(new Set([' | ', '1/1 | 1/1', '2/1 | 2/1']))
    const lengths = ({ pass, window }: LevelRun) => [pass, Math.round((window!.endMs - window!.startMs) / 1000)]
    for (const run of [...levelRuns, ...control!.levelRuns]) expect(lengths(run)).toEqual([run.pass, 4 + run.pass])
  })

  it('is asked the same prompts for the same lengths', async () => {
    const { calls } = await sweep({ levels: [2] })
    const asked = (all: readonly Call[]): string[] =>
      all.map(({ spec, worker }) => `${worker} ${spec.outputTokens} ${spec.prompts.join()}`)
    expect(asked(calls.control)).toEqual(asked(calls.candidate))
    expect(new Set(asked(calls.control)).size).toBeGreaterThan(10)
  })

  it('has soak and single requests on both sides', async () => {
    const { sentinelMs, settled, endedWell, control, log } = await sweep({ soak: true })
    expect([sentinelMs.length, settled, endedWell]).toEqual([3, true, true])
    expect([control!.sentinelMs.length, control!.settled, control!.endedWell]).toEqual([3, true, true])
    expect(log.filter((line) => line.startsWith('soak of the control'))).toHaveLength(2)
  })

  it('climbs no higher than either side holds', async () => {
    const failing: Script = ({ spec }, concurrency) =>
      concurrency === 4 ? { latencyMs: 5, failure: 'http_500', status: 500 } : { latencyMs: 50 * spec.outputTokens }
    for (const scripts of [{ candidate: failing }, { control: failing }]) {
      const { levelRuns, control } = await sweep({ most: { search: { ...SEARCH_BOUNDS, most: 16 } }, ...scripts })
      expect(levelsOf(levelRuns).slice(0, 3)).toEqual(['1/1', '2/1', '4/1'])
      expect(Math.max(...levelRuns.map(({ concurrency }) => concurrency))).toBe(4)
      expect(levelsOf(control!.levelRuns)).toEqual(levelsOf(levelRuns))
      expect(control!.error).toBeNull()
    }
  })

  it("ends the ascent where the control's curve is flat, whatever that of the candidate is like", async () => {
    const seen: number[] = []
    const { levelRuns } = await sweep({
      most: { search: SEARCH_BOUNDS },
      candidate: ({ spec }) => ({ latencyMs: 100 * spec.outputTokens }),
      ports: {
        searchLevel(measured) {
          seen.push(...measured.map(({ run }) => [...run.records].at(-1)!.tpotMs!))
          return measured.length === 3 ? { ended: 'plateau', atCapacity: [] } : { next: 2 ** measured.length }
        },
      },
    })
    expect(seen.every((tpotMs) => tpotMs < 60)).toBe(true)
    expect(Math.max(...levelRuns.map(({ concurrency }) => concurrency))).toBe(4)
  })
})

describe('passes that are to be found', () => {
  const passes = (runs: readonly { pass: number }[]): number => Math.max(...runs.map(({ pass }) => pass))

  it('end after the pass that is enough, on both sides, and are asked of both while the control is there', async () => {
    const asked: (number | null)[] = []
    const { levelRuns, control } = await sweep({
      most: { leastPasses: 2, mostPasses: 5 },
      ports: {
        isPrecise(runs, ofControl) {
          asked.push(ofControl === null ? null : ofControl.length)
          return passes(runs) === 3
        },
      },
    })
    expect([passes(levelRuns), levelRuns.length, passes(control!.levelRuns)]).toEqual([3, 9, 3])
    expect(asked).toEqual([6, 9])
  })

  it('are as many as are allowed where none is enough', async () => {
    const { levelRuns } = await sweep({ levels: [1], most: { leastPasses: 1, mostPasses: 4 } })
    expect(passes(levelRuns)).toBe(4)
  })
})

describe('a control that dies', () => {
  it('is dropped with its reason, and the candidate is measured to the end', async () => {
    const { levelRuns, control, error, endedWell, log } = await sweep({
      control: (call, concurrency) => (call.startAt > 12_000 ? DEAD : STEADY(call, concurrency)),
    })
    expect(control!.levelRuns.filter(({ stopped }) => stopped === 'failing')).toHaveLength(1)
    expect(control!.error?.message).toMatch(/the control no longer answers single requests[^]*127\.0\.0\.1:8001/)
    expect(levelsOf(levelRuns)).toHaveLength(6)
    expect(control!.levelRuns.length).toBeLessThan(6)
    expect([error, endedWell]).toEqual([null, true])
    expect(log).toContain('the control is no longer measured: the control no longer answers single requests')
  })

  it('because it refuses the key is dropped, too', async () => {
    const { levelRuns, control, error } = await sweep({
      control: (call, concurrency) =>
        call.startAt > 30_000 ? { latencyMs: 5, failure: 'http_401', status: 401 } : STEADY(call, concurrency),
    })
    expect(control!.error).toBeInstanceOf(EndpointError)
    expect([levelRuns.length, error]).toEqual([6, null])
  })

  it('does not take the candidate with it: one that refuses the key ends the run', async () => {
    const { control, error } = await sweep({
      candidate: (call, concurrency) =>
        call.startAt > 30_000 ? { latencyMs: 5, failure: 'http_401', status: 401 } : STEADY(call, concurrency),
    })
    expect(error).toBeInstanceOf(EndpointError)
    expect(control!.error).toBeNull()
  })
})

describe('control-timing: together', () => {
  it('has threads of its own for each side, and in turns none where one is enough', async () => {
    const noted: string[] = []
    const note = (line: string) => void noted.push(line)
    await sweep({ timing: 'turns', cores: 2, note })
    expect(noted).toEqual([])
    const { control, apart } = await sweep({ timing: 'together', cores: 2, note })
    expect({ apart, error: control!.error }).toEqual({ apart: null, error: null })
    expect(new Set(noted.filter((line) => line.includes(' 4 in ')))).toEqual(
      new Set(['candidate 4 in 1', 'control 4 in 1']),
    )
  })

  it('loads both at the same moment', async () => {
    const { levelRuns, control, apart } = await sweep({ timing: 'together' })
    expect(apart).toBeNull()
    const windows = (runs: typeof levelRuns): unknown[] => runs.map(({ window }) => window)
    expect(windows(control!.levelRuns)).toEqual(windows(levelRuns))
    expect(levelRuns).toHaveLength(6)
  })

  it('asks both the same prompts for the same lengths, each through connections of its own', async () => {
    const { calls } = await sweep({ timing: 'together', levels: [2] })
    const asked = (all: readonly Call[]): string[] =>
      all.map(({ spec, worker }) => `${worker} ${spec.outputTokens} ${spec.prompts.join()}`)
    // The load of the probe goes to the candidate alone, and its single requests to the control.
    const [ofCandidate, ofControl] = [asked(calls.candidate), asked(calls.control)]
    const shared = ofControl.filter((one) => ofCandidate.includes(one))
    expect(new Set(shared).size).toBeGreaterThan(10)
    expect(ofControl.slice(-20)).toEqual(ofCandidate.slice(-20))
  })

  it('takes about half the time of turns', async () => {
    const lengthOf = async (timing: ControlTiming): Promise<number> => {
      const { levelRuns, control } = await sweep({ timing })
      const ends = [...levelRuns, ...control!.levelRuns].map(({ window }) => window!.endMs)
      return Math.max(...ends)
    }
    const [together, turns] = [await lengthOf('together'), await lengthOf('turns')]
    expect(together / turns).toBeLessThan(0.6)
  })

  it('goes back to turns where the probe sees no whole answer, and measures the control all the same', async () => {
    const { levelRuns, control, apart, log } = await sweep({
      timing: 'together',
      control: ({ spec, startAt }) => ({
        latencyMs: 50 * spec.outputTokens,
        ...(startAt < 20_000 && { events: spec.outputTokens - 1 }),
      }),
    })
    expect(apart).toBe('it could not be shown that neither slows the other down')
    expect(log).toContain(`control-timing: turns, because ${apart}`)
    expect([levelRuns.length, control!.levelRuns.length, control!.error]).toEqual([6, 6, null])
  })

  it('goes back to turns, and says so, where load on the candidate slows the control down', async () => {
    let loadedUntil = 0
    const { control, apart, log, calls } = await sweep({
      timing: 'together',
      candidate({ spec, startAt }) {
        const latencyMs = 50 * spec.outputTokens
        loadedUntil = startAt + latencyMs
        return { latencyMs }
      },
      control: ({ spec, startAt }) => ({ latencyMs: (startAt < loadedUntil ? 80 : 50) * spec.outputTokens }),
    })
    expect(apart).toMatch(/^load on the candidate slows the control down: single requests took \d+ % longer$/)
    expect(log).toContain(`control-timing: turns, because ${apart}`)
    expect(control!.error).toBeNull()
    const later = (all: readonly Call[]): Call[] => all.filter(({ startAt }) => startAt > 40_000)
    expect(overlaps(later(calls.candidate), later(calls.control))).toBe(false)
  })

  it('keeps measuring the candidate when the control dies', async () => {
    const { levelRuns, control, error } = await sweep({
      timing: 'together',
      control: (call, concurrency) => (call.startAt > 50_000 ? DEAD : STEADY(call, concurrency)),
    })
    expect(control!.error).toBeInstanceOf(EndpointError)
    expect([levelRuns.length, error]).toEqual([6, null])
  })

  it('tells an error of the candidate when what is under way on the control has ended', async () => {
    const { control, error } = await sweep({
      timing: 'together',
      candidate: (call, concurrency) =>
        call.startAt > 50_000 ? { latencyMs: 5, failure: 'http_401', status: 401 } : STEADY(call, concurrency),
    })
    expect(error).toBeInstanceOf(EndpointError)
    expect(control!.levelRuns.at(-1)!.stopped).toBeNull()
  })
})
