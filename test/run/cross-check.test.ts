import { describe, expect, test } from 'vitest'
import { createBudget } from '../../src/load/budget.ts'
import type { BudgetLimits } from '../../src/load/budget.ts'
import { measureThreePoints } from '../../src/run/cross-check.ts'
import type { ThreePoints } from '../../src/run/cross-check.ts'
import { computeThreePoint } from '../../src/metrics/three-point.ts'
import type { ThreePoint } from '../../src/metrics/three-point.ts'
import type { RequestSpec } from '../../src/protocol/api.ts'
import { healthyClient, scriptedEndpoint, SCRIPTED_WORKLOAD } from '../load/scripted-endpoint.ts'
import type { Answer } from '../load/scripted-endpoint.ts'

const NO_LIMITS: BudgetLimits = { maxDurationMs: null, maxRequests: null, maxOutputTokens: null }

interface Setup {
  readonly task?: Partial<ThreePoints>
  readonly limits?: Partial<BudgetLimits>
  readonly answer?: (spec: RequestSpec) => Answer
}

/** 100 ms to the first token and 10 ms for each, unless `answer` says else. */
async function check({ task, limits, answer }: Setup = {}) {
  const specs: RequestSpec[] = []
  const log: string[] = []
  let closed = 0
  const endpoint = scriptedEndpoint(({ spec }) => {
    specs.push(spec)
    return answer?.(spec) ?? { latencyMs: 100 + 10 * (spec.outputTokens - 1) }
  })
  const { levels, missing } = await endpoint.run(
    measureThreePoints(
      { concurrencies: [1, 4], lengths: [1, 10, 20], ...task },
      SCRIPTED_WORKLOAD,
      createBudget({ ...NO_LIMITS, ...limits }, endpoint.clock),
      {
        clock: endpoint.clock,
        signal: new AbortController().signal,
        log: (line) => log.push(line),
        health: healthyClient,
        collectGarbage: () => {},
        openTransport: () => ({
          // The last byte of a whole answer is its end.
          async send(...request) {
            const exchange = await endpoint.transport.send(...request)
            return { ...exchange, lastTokenAt: exchange.failure === null ? exchange.endAt : null }
          },
          close: async () => void closed++,
        }),
        target: 'http://endpoint/v1/chat/completions',
      },
    ),
  )
  const points: ThreePoint[] = levels.map((runs) => computeThreePoint(runs, null))
  return { points, missing, specs, closed }
}

describe('the three points', () => {
  test('give TTFT, TPOT and the throughput of the notebook', async () => {
    const { points, missing } = await check()
    expect(missing).toBeNull()
    expect(points.map(({ concurrency }) => concurrency)).toEqual([1, 4])
    expect(points[0]!.ttftMs).toBeCloseTo(100, 6)
    expect(points[0]!.tpotMs).toBeCloseTo(10, 6)
    expect(points[0]!.latencyMs).toBeCloseTo(290, 6)
    // One token in, twenty out.
    expect(points[0]!.notebookThroughput).toBeCloseTo(21 / 0.29, 6)
    expect(points[1]!.notebookThroughput).toBeCloseTo((4 * 21) / 0.29, 6)
  })

  test('are whole answers of exactly these lengths, at least five of each', async () => {
    const { specs, closed } = await check({ task: { concurrencies: [1] } })
    expect(specs.every(({ stream }) => stream === false)).toBe(true)
    for (const length of [1, 10, 20]) {
      expect(specs.filter(({ outputTokens }) => outputTokens === length).length).toBeGreaterThanOrEqual(5)
    }
    expect(new Set(specs.map(({ outputTokens }) => outputTokens))).toEqual(new Set([1, 10, 20]))
    expect(closed).toBe(3)
  })

  test('end with the budget, and keep the level that is complete', async () => {
    const { points, missing, specs } = await check({ limits: { maxRequests: 30 } })
    expect(specs.length).toBeLessThanOrEqual(30)
    expect(points.map(({ concurrency }) => concurrency)).toEqual([1])
    expect(missing).toContain('budget')
  })

  test('send nothing when nothing is left', async () => {
    const { specs, missing } = await check({ limits: { maxOutputTokens: -5 } })
    expect(specs).toEqual([])
    expect(missing).toBe('a budget was used up before concurrency 1')
  })

  test('say nothing where half of the answers failed, and something where fewer did', async () => {
    let sent = 0
    const failing = (every: number) => (): Answer =>
      ++sent % every === 0 ? { latencyMs: 5, failure: 'http_500' } : { latencyMs: 100 }
    const task = { concurrencies: [1] }
    // Of six answers a point, the warm-up included.
    const half = await check({ task, answer: failing(2) })
    expect(half.points).toEqual([])
    expect(half.missing).toBe('concurrency 1: requests that do not stream fail (http_500)')
    sent = 0
    expect((await check({ task, answer: failing(3) })).missing).toBeNull()
  })

  test('end where answers that do not stream fail, and say so', async () => {
    const { points, missing } = await check({ answer: () => ({ latencyMs: 5, failure: 'http_500' }) })
    expect(points).toEqual([])
    expect(missing).toBe('concurrency 1: requests that do not stream fail (http_500)')
  })
})
