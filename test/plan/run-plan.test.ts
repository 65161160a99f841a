import { describe, expect, it } from 'vitest'
import { countAsking, countRequiredSamples, planLevels } from '../../src/plan/run-plan.ts'
import { readLatencyBounds, readLimits } from '../../src/settings/values/limits.ts'
import { settingsFor } from '../support/run-settings.ts'

it('a level needs the samples of the highest percentile that a limit or a budget names', () => {
  const required = (limits: string, within: string | null = null) =>
    countRequiredSamples(
      {
        limits: limits === '' ? [] : readLimits(limits),
        throughputWithin: within === null ? null : readLatencyBounds(within),
      },
      4,
    )
  expect(required('')).toBe(1)
  expect(required('ttft-p50 <= 300ms')).toBe(1)
  expect(required('throughput >= 100tok/s, error-rate <= 1%')).toBe(1)
  expect(required('ttft-p90 <= 300ms')).toBe(64)
  expect(required('ttft-p90 <= 300ms, latency-p99@4 <= 9s')).toBe(662)
  expect(required('ttft-p50 <= 300ms', 'tpot-p95 <= 50ms')).toBe(130)
  expect(required('ttft-p90@8 <= 300ms')).toBe(1)
})

it('level 1 tells whether the endpoint changed where its prompts are alike, else single requests beside the levels', () => {
  const sentinelOf = (...flags: readonly string[]) =>
    planLevels(settingsFor('http://127.0.0.1:1', flags), {
      lone: { latencyMs: 200, inputTokens: 512, outputTokens: 128 },
    }).sentinel
  expect(sentinelOf()).toBe('level 1')
  expect(sentinelOf('--input-tokens', '300', '--output-tokens', 'uniform(50,90)')).toBe('level 1')
  expect(sentinelOf('--input-tokens', 'uniform(50,90)')).toBe('apart')
  expect(sentinelOf('--concurrency', '4,8')).toBe('apart')
  expect(sentinelOf('--turns', '4')).toBe('apart')
  expect(sentinelOf('--preflight', 'false')).toBeNull()
})

it('a window is as long as it was given, else as the noise asks for; a number of requests ends it itself', () => {
  const windowsOf = (...flags: readonly string[]) =>
    planLevels(settingsFor('http://127.0.0.1:1', flags), {
      lone: { latencyMs: 200, inputTokens: 512, outputTokens: 128 },
    }).windows
  expect(windowsOf()).toEqual({ firstMs: 3_000, leastMs: 3_000, mostMs: 8_000 })
  expect(windowsOf('--level-duration', '5s')).toEqual({ firstMs: 5_000, leastMs: 5_000, mostMs: 5_000 })
  expect(windowsOf('--level-requests', '300')).toEqual({ firstMs: 8_000, leastMs: 8_000, mostMs: 8_000 })
})

it('of workers that hold conversations those have a request under way whose users do not think', () => {
  const asking = (...flags: readonly string[]) =>
    countAsking(settingsFor('http://127.0.0.1:1', flags), { latencyMs: 200, inputTokens: 512, outputTokens: 128 }, 30)
  expect(asking()).toBe(30)
  expect(asking('--turns', '4')).toBe(30)
  // 4 answers of 200 ms, and 3 pauses between them.
  expect(asking('--turns', '4', '--think-time', '1s')).toBeCloseTo((30 * 800) / 3_800)
})

/** Levels that were measured before, of a server that answers each request in a second. */
const known = (levels: readonly number[]) => levels.map((level) => ({ level, latencyMs: 1000 }))

const LONE = { latencyMs: 200, inputTokens: 512, outputTokens: 128 }

describe('the search of a run', () => {
  const plan = (
    flags: string,
    from: Partial<Parameters<typeof planLevels>[1]> = {},
    history: readonly number[] | null = null,
  ) =>
    planLevels(
      settingsFor('http://127.0.0.1:1', flags === '' ? [] : flags.split(' ')),
      { lone: LONE, ...from },
      history === null ? null : known(history),
    ).ladder
  const boundOf = (...given: Parameters<typeof plan>) => {
    const { most, mostBy } = plan(...given).search!
    return [most, mostBy]
  }

  it('is bounded by the least of what the user, the server and this machine allow, and knows which', () => {
    expect(boundOf('')).toEqual([4096, 'process'])
    expect(boundOf('--max-concurrency 48')).toEqual([48, 'max-concurrency'])
    expect(boundOf('', { connections: 900 })).toEqual([900, 'files'])
    // One step beyond what it works on shows that throughput grows no more; one that refuses is not asked for more.
    expect(boundOf('', { atOnce: { requests: 4, beyond: 'queue' } })).toEqual([8, 'stated'])
    expect(boundOf('', { atOnce: { requests: 128, beyond: 'refuse' } })).toEqual([128, 'stated'])
    expect(boundOf('--max-concurrency 6', { atOnce: { requests: 4, beyond: 'queue' }, connections: 100 })).toEqual([
      6,
      'max-concurrency',
    ])
  })

  it('is not needed where levels are listed, or recorded runs have some', () => {
    expect(plan('--concurrency 1,2')).toMatchObject({ levels: [1, 2], search: null })
    expect(plan('', {}, [1, 2, 4, 8, 16, 32])).toMatchObject({ levels: [1, 2, 4, 8, 16, 32], search: null })
    expect(plan('--max-concurrency 8', {}, [1, 2, 8, 32])).toMatchObject({ levels: [1, 2, 8], search: null })
    expect(plan('--limits ttft-p50@3<=1s', {}, [1, 2, 8])).toMatchObject({ levels: [1, 2, 3, 8], search: null })
    expect(plan('--rate auto', {}, [0.5, 4])).toMatchObject({ levels: [0.5, 4], search: null })
    expect(plan('--rate 5', {}, [0.5, 4])).toMatchObject({ levels: [5], search: null })
  })

  it('is expected to take a few levels, within its bounds, and those that limits name', () => {
    expect(plan('').levels).toEqual([1, 2, 4, 8, 16, 32])
    expect(plan('--max-concurrency 6 --limits ttft-p50@3<=1s').levels).toEqual([1, 2, 3, 4, 6])
  })

  it('begins for a trace there, too, and ends where the trace is as fast as any rate; each speed has so much time', () => {
    // 100 requests in 50 s.
    const trace = { atMs: Array.from({ length: 101 }, (_, i) => 500 * i), lengths: null, blockTokens: null }
    const planOf = (...flags: readonly string[]) =>
      planLevels({ ...settingsFor('http://127.0.0.1:1', flags), trace, traceSpeed: 'auto' }, { lone: LONE })
    const { ladder, windows, openLoad } = planOf()
    expect(ladder.search).toMatchObject({ load: 'speed', first: 1, least: 0.001, most: 10_000, mostBy: 'process' })
    expect(windows.mostMs).toBe(30_000)
    const count = (speed: number): number => (openLoad!(speed, 1) as { readonly dueMs: readonly number[] }).dueMs.length
    expect([0.02, 0.5, 1, 2, 100].map(count)).toEqual([3, 30, 60, 101, 101])
    // What a level lacks is not waited for across a gap of days.
    const gap = { ...trace, atMs: [0, 500, 3 * 86_400_000] }
    const { openLoad: withGap } = planLevels(
      { ...settingsFor('http://127.0.0.1:1'), trace: gap, traceSpeed: 'auto' },
      { lone: LONE },
    )
    expect(withGap!(1, 1)).toMatchObject({ dueMs: [0, 500] })
    expect(count(0.001)).toBe(1)
    expect(planOf('--level-duration', '5m').windows.mostMs).toBe(300_000)
    const busy = { ...trace, atMs: trace.atMs.map((ms) => ms / 1e6) }
    expect(
      planLevels({ ...settingsFor('http://127.0.0.1:1'), trace: busy, traceSpeed: 'auto' }, { lone: LONE }).ladder
        .search,
    ).toMatchObject({ first: 0.001, most: expect.closeTo(0.99, 2), mostBy: 'process' })
  })

  it('begins for rates at half a request in flight', () => {
    expect(plan('--rate auto').search).toMatchObject({ load: 'rate', first: 3 })
    expect(plan('--rate auto', { lone: { ...LONE, latencyMs: 900_000 } }).search).toMatchObject({ first: 0.01 })
  })
})

it('conversations have windows that hold a whole one, and are costed by their mean turn and the pauses of users', () => {
  const lone = { latencyMs: 1000, inputTokens: 100, outputTokens: 50 }
  const planOf = (...flags: readonly string[]) =>
    planLevels(settingsFor('http://127.0.0.1:1', ['--concurrency', '8', '--soak', 'off', ...flags]), { lone })
  expect(planOf('--turns', '2').windows).toEqual({ firstMs: 3_000, leastMs: 3_000, mostMs: 8_000 })
  expect(planOf('--turns', '5', '--think-time', '2s').windows).toEqual({
    firstMs: 13_000,
    leastMs: 13_000,
    mostMs: 26_000,
  })
  const [alone, talk] = [
    planOf('--level-duration', '60s'),
    planOf('--level-duration', '60s', '--turns', '5', '--system-prompt-tokens', '300'),
  ]
  expect(talk.expected.requests).toBe(alone.expected.requests)
  expect(talk.expected.inputTokens / talk.expected.requests).toBeCloseTo(300 + 100 + 2 * 150, 0)
  const slow = planOf('--level-duration', '60s', '--turns', '5', '--think-time', '10s')
  expect(slow.expected.requests).toBeLessThan(alone.expected.requests / 3)
})

it('a ladder that was measured before costs what it cost then, so that a large server keeps its passes', () => {
  const settings = settingsFor('http://127.0.0.1:1', ['--max-output-tokens', 'none'])
  const levels = [1, 2, 8, 32, 128, 512, 1024]
  const lone = { ...LONE, latencyMs: 1300 }
  const guessed = planLevels(
    settings,
    { lone },
    levels.map((level) => ({ level, latencyMs: null })),
  )
  expect(guessed.ladder.mostPasses).toBeLessThan(3)
  const { ladder, expected, cut } = planLevels(settings, { lone }, known(levels))
  expect([ladder.mostPasses, cut]).toEqual([3, []])
  expect(expected.seconds).toBeLessThan(200)
})
