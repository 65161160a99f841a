import { describe, expect, it } from 'vitest'
import { createBudget, grantBeforeLevels } from '../../src/load/budget.ts'

const NONE = { maxDurationMs: null, maxRequests: null, maxOutputTokens: null }

function budgetAt(limits: Partial<typeof NONE | Record<keyof typeof NONE, number>>) {
  let now = 1000
  const budget = createBudget({ ...NONE, ...limits }, { now: () => now, sleep: async () => {} })
  return { budget, pass: (ms: number) => (now += ms) }
}

describe('the budget', () => {
  it('without limits is never used up', () => {
    const { budget, pass } = budgetAt({})
    for (let i = 0; i < 1000; i++) budget.spendRequest(1e9)
    pass(1e12)
    expect(budget.exhausted()).toBe(false)
  })

  it('is used up by requests', () => {
    const { budget } = budgetAt({ maxRequests: 2 })
    budget.spendRequest(1)
    expect(budget.exhausted()).toBe(false)
    budget.spendRequest(1)
    expect(budget.exhausted()).toBe(true)
  })

  it('is used up by output tokens as they are asked for', () => {
    const { budget } = budgetAt({ maxOutputTokens: 100 })
    budget.spendRequest(99)
    expect(budget.exhausted()).toBe(false)
    budget.spendRequest(1)
    expect(budget.exhausted()).toBe(true)
  })

  it('is used up by time since it was made', () => {
    const { budget, pass } = budgetAt({ maxDurationMs: 500 })
    pass(499)
    expect(budget.exhausted()).toBe(false)
    pass(1)
    expect(budget.exhausted()).toBe(true)
  })
})

it('says of which limit most is used, and of none that is not set', () => {
  const { budget, pass } = budgetAt({ maxDurationMs: 1000, maxOutputTokens: 100 })
  expect(budget.nearest()).toBe('max-duration')
  budget.spendRequest(30)
  expect([budget.nearest(), budget.usedShare()]).toEqual(['max-output-tokens', 0.3])
  pass(400)
  expect([budget.nearest(), budget.usedShare()]).toEqual(['max-duration', 0.4])
  const { budget: alone } = budgetAt({ maxRequests: 2 })
  alone.spendRequest(1)
  expect(alone.nearest()).toBe('max-requests')
})

it('grants soak and first single requests a quarter of requests and tokens, rounded up, and a minute', () => {
  expect(grantBeforeLevels({ maxDurationMs: 1e9, maxRequests: 10, maxOutputTokens: 400 })).toEqual({
    maxDurationMs: 60_000,
    maxRequests: 3,
    maxOutputTokens: 100,
  })
  expect(grantBeforeLevels(NONE)).toEqual({ ...NONE, maxDurationMs: 60_000 })
})

it('goes to another thread as data, whatever its limits came with, and is spent by both', () => {
  const clock = { now: () => 0, sleep: async () => {} }
  const given = { maxDurationMs: null, maxRequests: 2, maxOutputTokens: null, endpoint: new URL('http://127.0.0.1') }
  const mine = createBudget(given, clock)
  const { limits, memory } = structuredClone({ limits: mine.limits, memory: mine.memory })
  const others = createBudget(limits, clock, memory)
  mine.spendRequest(1)
  others.spendRequest(1)
  expect([mine.spent(), others.spent()]).toEqual([true, true])
})
