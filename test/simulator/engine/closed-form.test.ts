import { describe, expect, it } from 'vitest'
import { kneeConcurrency, plateauTokensPerSecond } from '../../../src/simulator/engine/closed-form.ts'
import { decodeTpotMs, idleTtftMs, findSteadyState } from '../../support/closed-form.ts'
import { ENGINE_DEFAULTS, type EngineOptions } from '../../../src/simulator/engine/engine.ts'
import { createVirtualEndpoint } from '../../support/virtual-endpoint.ts'

const WORKLOAD = { inputTokens: 512, outputTokens: 128 }
const PROMPT = Array.from({ length: WORKLOAD.inputTokens }, (_, i) => `word${i}`).join(' ')

/** A closed loop of `concurrency` clients, out of phase, lengths ± 10 % with the mean kept; counts its middle. */
async function measure(model: Partial<EngineOptions>, concurrency: number, requests = 160) {
  const { transport, run } = createVirtualEndpoint(model)
  const { signal } = new AbortController()
  const seen: { latencyMs: number; ttftMs: number; tpotMs: number; tokens: number }[] = []
  const n = WORKLOAD.outputTokens
  const client = async (worker: number): Promise<void> => {
    for (let i = 0; i < requests; i++) {
      const outputTokens =
        i === 0 ? Math.ceil((n * (worker + 0.5)) / concurrency) : n + ((i * 7 + worker * 3) % 27) - 13
      const exchange = await transport.send(worker, { prompts: [PROMPT], outputTokens, nonce: '' }, signal)
      if (i < 20 || i >= requests - 20) continue
      const latencyMs = exchange.lastTokenAt! - exchange.startAt
      const ttftMs = exchange.firstTokenAt! - exchange.startAt
      seen.push({ latencyMs, ttftMs, tpotMs: exchange.tpotMs!, tokens: exchange.outputTokens })
    }
  }
  await run(Promise.all(Array.from({ length: concurrency }, (_, worker) => client(worker))))
  const mean = (of: (one: (typeof seen)[number]) => number) => seen.reduce((sum, one) => sum + of(one), 0) / seen.length
  const latencyMs = mean((one) => one.latencyMs)
  return {
    ttftMs: mean((one) => one.ttftMs),
    tpotMs: mean((one) => one.tpotMs),
    latencyMs,
    outputTokensPerSecond: (1000 * concurrency * mean((one) => one.tokens)) / latencyMs,
  }
}

const off = (measured: number, truth: number): number => Math.abs(measured / truth - 1)

describe('the closed form', () => {
  it('says what one client alone measures, exactly', async () => {
    const measured = await measure({}, 1)
    const truth = findSteadyState(ENGINE_DEFAULTS, WORKLOAD, 1)
    expect(idleTtftMs(ENGINE_DEFAULTS, WORKLOAD)).toBeCloseTo(50.72, 9)
    expect(decodeTpotMs(ENGINE_DEFAULTS, 1)).toBe(10)
    expect(measured.ttftMs).toBeCloseTo(truth.ttftMs, 6)
    expect(measured.tpotMs).toBeCloseTo(truth.tpotMs, 6)
    expect(off(measured.outputTokensPerSecond, truth.outputTokensPerSecond)).toBeLessThan(0.0005)
  })

  it.each([2, 3, 5, 8, 12, 16, 24, 64])('agrees with the engine at concurrency %i', async (concurrency) => {
    const measured = await measure({}, concurrency)
    const truth = findSteadyState(ENGINE_DEFAULTS, WORKLOAD, concurrency)
    expect(off(measured.outputTokensPerSecond, truth.outputTokensPerSecond)).toBeLessThan(0.001)
    expect(off(measured.latencyMs, truth.latencyMs)).toBeLessThan(0.001)
    expect(off(measured.tpotMs, truth.tpotMs)).toBeLessThan(0.003)
    expect(off(measured.ttftMs, truth.ttftMs)).toBeLessThan(0.05)
  })

  it.each([2, 8, 16, 17, 40])('is exact without overhead, at concurrency %i', async (concurrency) => {
    const model = { ...ENGINE_DEFAULTS, overheadMs: 0 }
    const measured = await measure(model, concurrency)
    const truth = findSteadyState(model, WORKLOAD, concurrency)
    expect(off(measured.outputTokensPerSecond, truth.outputTokensPerSecond)).toBeLessThan(0.0003)
    expect(off(measured.tpotMs, truth.tpotMs)).toBeLessThan(0.002)
  })

  it('holds with jitter and with a run that is slower than another', async () => {
    const model = {
      ...ENGINE_DEFAULTS,
      jitter: 0.1,
      startSpread: 0.1,
      hourSpread: 0.1,
      runSpread: 0.1,
      runSeed: 'a slow day',
    }
    for (const concurrency of [4, 32]) {
      const measured = await measure(model, concurrency, 240)
      const truth = findSteadyState(model, WORKLOAD, concurrency)
      expect(off(measured.outputTokensPerSecond, truth.outputTokensPerSecond)).toBeLessThan(0.005)
    }
  })

  it('reaches the plateau when every slot is taken, and stays there', () => {
    const plateau = plateauTokensPerSecond(ENGINE_DEFAULTS, WORKLOAD)
    // 16·128 / (16·30.72 + 127·17.5) tokens a millisecond
    expect(plateau).toBeCloseTo((1000 * 16 * 128) / (16 * 30.72 + 127 * 17.5), 6)
    for (const concurrency of [18, 32, 256]) {
      expect(findSteadyState(ENGINE_DEFAULTS, WORKLOAD, concurrency).outputTokensPerSecond).toBeCloseTo(plateau, 6)
    }
    expect(findSteadyState(ENGINE_DEFAULTS, WORKLOAD, 16).outputTokensPerSecond).toBeGreaterThan(0.99 * plateau)
  })

  it('has its knee where throughput is 95 % of the plateau', () => {
    for (const overheadMs of [0, 7, 20]) {
      const model = { ...ENGINE_DEFAULTS, overheadMs }
      const knee = kneeConcurrency(model, WORKLOAD)
      const share =
        findSteadyState(model, WORKLOAD, knee).outputTokensPerSecond / plateauTokensPerSecond(model, WORKLOAD)
      expect(share).toBeCloseTo(0.95, 3)
    }
    expect(kneeConcurrency({ ...ENGINE_DEFAULTS, decodeMs: 0 }, WORKLOAD)).toBe(1)
    expect(kneeConcurrency(ENGINE_DEFAULTS, { inputTokens: 10, outputTokens: 1 })).toBe(1)
  })

  it('obeys Little’s law and latency = TTFT + TPOT × (tokens − 1)', () => {
    for (const concurrency of [1, 2, 9, 16, 40]) {
      const { ttftMs, tpotMs, latencyMs, requestsPerSecond } = findSteadyState(ENGINE_DEFAULTS, WORKLOAD, concurrency)
      expect(ttftMs + 127 * tpotMs).toBeCloseTo(latencyMs, 6)
      expect((requestsPerSecond * latencyMs) / 1000).toBeCloseTo(concurrency, 6)
    }
  })

  it('knows requests of one token, such as embeddings: the prefill is all there is', () => {
    const single = { inputTokens: 100, outputTokens: 1 }
    expect(findSteadyState(ENGINE_DEFAULTS, single, 1).requestsPerSecond).toBeCloseTo(1000 / 26, 6)
    expect(findSteadyState(ENGINE_DEFAULTS, single, 16).requestsPerSecond).toBeCloseTo(1000 / 6, 6)
    expect(findSteadyState(ENGINE_DEFAULTS, single, 16).tpotMs).toBeNaN()
  })
})
