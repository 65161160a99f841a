import { describe, expect, it } from 'vitest'
import { createEngine } from '../../../src/simulator/engine/engine.ts'
import { createFactors, type FactorSpreads } from '../../../src/simulator/engine/spread.ts'
import { serverOf } from '../../support/virtual/servers.ts'
import { createVirtualEndpoint } from '../../support/virtual-endpoint.ts'

const HOUR = 3_600_000
const NONE: FactorSpreads = {
  startSpread: 0,
  hourSpread: 0,
  runSpread: 0,
  runPauseMs: 60_000,
  runSeed: 'this start',
  seed: 'this machine',
  epochMs: 0,
}
const SEEDS = Array.from({ length: 4000 }, (_, i) => `seed ${i}`)

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The mean of what two series have in common about their means. */
function covary(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  return meanOf(a.map((value, i) => (value - meanA) * (b[i]! - meanB)))
}

describe('the spread of a simulated endpoint', () => {
  it.each([
    ['starts', (i: number) => createFactors({ ...NONE, startSpread: 0.1, runSeed: SEEDS[i]! }).at(0)],
    ['runs', (i: number) => createFactors({ ...NONE, runSpread: 0.1, runSeed: SEEDS[i]! }).at(0)],
    ['hours', (i: number) => createFactors({ ...NONE, hourSpread: 0.1 }).at(i * HOUR)],
  ])('between %s has mean 1 and the size that was asked for, half alike in prefill and decoding', (_, at) => {
    const factors = SEEDS.map((_, i) => at(i))
    const prefill = factors.map((factor) => factor.prefill)
    const decode = factors.map((factor) => factor.decode)
    const [sdOfPrefill, sdOfDecode] = [Math.sqrt(covary(prefill, prefill)), Math.sqrt(covary(decode, decode))]
    for (const mean of [meanOf(prefill), meanOf(decode)]) expect(mean).toBeCloseTo(1, 2)
    for (const sd of [sdOfPrefill, sdOfDecode]) expect(sd).toBeCloseTo(0.1, 2)
    expect(covary(prefill, decode) / (sdOfPrefill * sdOfDecode)).toBeCloseTo(0.5, 1)
  })

  it('keeps the factors of a start as long as it lives, and those of a run until nobody asks for the pause', () => {
    const start = createFactors({ ...NONE, startSpread: 0.1 })
    const run = createFactors({ ...NONE, runSpread: 0.1 })
    const [ofStart, ofRun] = [start.at(0), run.at(0)]
    for (const spread of [start, run]) spread.noteRequest(59_999, 0)
    expect(run.at(59_999)).toEqual(ofRun)
    for (const spread of [start, run]) spread.noteRequest(500_000, null)
    expect(run.at(500_000)).toEqual(ofRun)
    for (const spread of [start, run]) spread.noteRequest(560_000, 500_000)
    expect(run.at(560_000)).not.toEqual(ofRun)
    expect(start.at(560_000)).toEqual(ofStart)
  })

  it('repeats starts and runs for a seed, and gives all simulators of one seed the same hours', () => {
    const of = (runSeed: string, seed: string) =>
      createFactors({ ...NONE, startSpread: 0.1, runSpread: 0.1, runSeed, seed }).at(0)
    expect(of('monday', 'a')).toEqual(of('monday', 'b'))
    expect(of('monday', 'a')).not.toEqual(of('tuesday', 'a'))
    const hour = (runSeed: string, seed: string, epochMs: number) =>
      createFactors({ ...NONE, hourSpread: 0.1, runSeed, seed, epochMs }).at(0)
    expect(hour('monday', 'a', 0)).toEqual(hour('tuesday', 'a', HOUR - 1))
    expect(hour('monday', 'a', 0)).not.toEqual(hour('monday', 'a', HOUR))
    expect(hour('monday', 'a', 0)).not.toEqual(hour('monday', 'b', 0))
  })

  it('is on overhead, prefill and decoding alike, and begins a run anew where the engine was idle', () => {
    const model = { overheadMs: 5, prefillMsPerToken: 1, decodeMs: 8, decodeMsPerSequence: 1, runSeed: 'this start' }
    const engine = createEngine({ ...model, runSpread: 0.1, hourSpread: 0.1, seed: 'this machine' })
    const timesOf = (id: number, at: number): number[] => {
      engine.submit(id, { inputTokens: 10, outputTokens: 2, at })
      return engine.advanceTo(at + 1000).map((event) => event.at - at)
    }
    const { prefill, decode } = createFactors({ ...NONE, runSpread: 0.1, hourSpread: 0.1 }).at(0)
    const first = timesOf(1, 0)
    expect(first[0]).toBeCloseTo(15 * prefill, 9)
    expect(first[1]).toBeCloseTo(15 * prefill + 9 * decode, 9)
    expect(timesOf(2, 30_000)[1]).toBeCloseTo(first[1]!, 9)
    expect(timesOf(3, 120_000)[1]).not.toBeCloseTo(first[1]!, 2)
  })

  it('is that of a server in virtual time, too', async () => {
    const { engine } = serverOf(['--jitter', '0%', '--run-spread', '5%', '--run-pause', '10s', '--run-seed', 'a'])
    const { transport, clock, run } = createVirtualEndpoint(engine)
    const { signal } = new AbortController()
    const ask = async (pauseMs: number): Promise<number> => {
      await clock.sleep(pauseMs)
      return (await transport.send(0, { prompts: ['a prompt'], outputTokens: 4, nonce: '' }, signal)).tpotMs!
    }
    const [first, soon, later] = await run((async () => [await ask(0), await ask(9000), await ask(11_000)] as const)())
    expect(soon).toBeCloseTo(first, 9)
    expect(later).not.toBeCloseTo(first, 2)
  })
})
