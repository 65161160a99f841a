import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RowLevel } from '../../../src/report/history.ts'
import { testFisherGreater } from '../../../src/stats/chance.ts'
import { aRow, inputOf, judged, lost, steady, unusable, screenRun } from '../recorded.ts'

/** The same counts of failures at every level, one number a pass. */
function failing(failures: readonly number[], of = 200): (concurrency: number) => Partial<RowLevel> {
  return (concurrency) => {
    const { passes } = aRow({}, { levels: [concurrency], passes: failures.map(() => 1) }).levels[0]!
    return { passes: passes.map((pass, i) => ({ ...pass, ok: of - failures[i]!, failed: failures[i]! })) }
  }
}

const top = (level: Partial<RowLevel>) => (concurrency: number) => (concurrency === 8 ? level : {})
const broken = aRow({}, { level: top(lost()) })
const again = aRow({}, { levels: [8], level: () => lost() })
const repeated = { secondLook: again }

test('a level that fails in the run and in its repeat is lost', () => {
  const verdict = judged(broken, steady(10), repeated)
  expect(verdict).toMatchObject({ verdict: 'regressed', check: 'fail' })
  expect(verdict.lostLevels).toEqual([
    {
      concurrency: 8,
      verdict: 'regressed',
      candidate: { ok: 0, failed: 400 },
      baseline: { ok: 6000, failed: 0 },
      repeatFailed: true,
      p: expect.any(Number),
      reason: 'the server did not hold it',
    },
  ])
})

test('a level that was not repeated, or holds in the repeat, is suspect', () => {
  const once = judged(broken, steady(10), { secondLook: 'unusable' })
  expect(once).toMatchObject({ verdict: 'suspect', reasons: ['level-lost'], check: 'warn' })
  expect(once.lostLevels[0]).toMatchObject({ verdict: 'suspect', repeatFailed: null })
  const held = judged(broken, steady(10), { secondLook: aRow({}, { levels: [8] }) })
  expect(held.lostLevels[0]).toMatchObject({ verdict: 'suspect', repeatFailed: false })
  expect(held.verdict).toBe('suspect')
})

test('runs of one go repeat each other', () => {
  expect(judged([broken, broken], steady(10)).lostLevels[0]).toMatchObject({ verdict: 'regressed', repeatFailed: true })
  for (const runs of [
    [broken, aRow()],
    [aRow(), broken],
    [broken, broken, aRow()],
  ]) {
    const verdict = judged(runs, steady(10))
    expect(verdict).toMatchObject({ verdict: 'suspect', reasons: ['level-lost'], check: 'warn' })
    expect(verdict.lostLevels).toMatchObject([{ concurrency: 8, verdict: 'suspect', repeatFailed: false }])
  }
})

test.each(['limited', 'client-saturated', 'invalid'] as const)(
  'a level that is %s is not lost, and not red',
  (state) => {
    const row = aRow({}, { level: top(unusable(state)) })
    const repeats = (['unusable', again, aRow({}, { levels: [8] })] as const).map((secondLook) =>
      judged(row, steady(10), { secondLook }),
    )
    for (const verdict of repeats) {
      expect(verdict.lostLevels).toMatchObject([{ concurrency: 8, verdict: 'not-measured', p: null }])
      expect(verdict.reasons).toEqual(expect.not.arrayContaining(['level-lost']))
    }
    expect(repeats.map(({ lostLevels }) => lostLevels[0]!.repeatFailed)).toEqual([null, true, false])
  },
)

test('a level that was not tried because a lower one was lost is said', () => {
  const verdict = judged(
    aRow({}, { levels: [1, 2, 4], level: (concurrency) => (concurrency === 4 ? lost() : {}) }),
    steady(10),
  )
  expect(verdict.lostLevels).toMatchObject([
    { concurrency: 4, verdict: 'suspect' },
    { concurrency: 8, verdict: 'not-measured', reason: 'it was not tried' },
  ])
})

test('only a level that three of the newest five held, or all of fewer, can be lost', () => {
  const without = aRow({}, { level: top(unusable('invalid')) })
  const lostAfter = (held: readonly boolean[]) =>
    judged(
      broken,
      held.map((is) => (is ? aRow() : without)),
      repeated,
    ).lostLevels.length
  expect(lostAfter([false, false, false, true, true, true, false, false])).toBe(1)
  expect(lostAfter([true, true, true, false, false, true, true, false])).toBe(0)
  expect(lostAfter([true, true])).toBe(1)
  expect(lostAfter([true, false])).toBe(0)
})

test('a level on which nothing ended had a request of each worker that did not', () => {
  const hung = aRow({}, { level: top({ valid: false, state: 'lost', passes: [{ ok: 0, failed: 0, figures: {} }] }) })
  const verdict = judged(hung, steady(10), { secondLook: hung })
  expect(verdict.lostLevels[0]).toMatchObject({ verdict: 'regressed', candidate: { ok: 0, failed: 16 } })
})

test('a level of which the client sent nothing had no request that failed', () => {
  const passes = [{ ok: 0, failed: 0, figures: {} }]
  const unsent = aRow({}, { level: top({ ...unusable('client-saturated'), passes }) })
  const verdict = judged(unsent, steady(10), { secondLook: unsent })
  expect(verdict.lostLevels[0]).toMatchObject({ verdict: 'not-measured', candidate: { ok: 0, failed: 0 } })
  expect(verdict.lostLevels[0]!.reason).toBe('this machine was too busy, or at a limit of its own')
})

test('failures that the history has too prove nothing', () => {
  const shaky = (failed: number): Partial<RowLevel> => ({
    valid: false,
    state: 'lost',
    passes: [{ ok: 40 - failed, failed, figures: {} }],
  })
  // Five recorded runs with 1 % of failures at this level, and 2 more of 40 in this run.
  const history = Array.from({ length: 5 }, () => aRow({}, { level: top(failing([2, 2, 2])(8)) }))
  const row = aRow({}, { level: top(shaky(2)) })
  expect(judged(row, history, { secondLook: row }).lostLevels[0]).toMatchObject({ verdict: 'suspect' })
  const worse = aRow({}, { level: top(shaky(9)) })
  expect(judged(worse, history, { secondLook: worse }).lostLevels[0]).toMatchObject({
    verdict: 'regressed',
  })
})

test('an error rate that has risen by more than a point and more than chance is red', () => {
  const verdict = judged(aRow({}, { level: failing([8, 8, 8]) }), steady(10))
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['error-rate'], check: 'fail' })
  expect(verdict.errorRate).toMatchObject({
    verdict: 'regressed',
    candidate: { ok: 2304, failed: 96 },
    baseline: { ok: 24_000, failed: 0 },
    rise: expect.closeTo(0.04, 10),
  })
})

test('a rise below one point, or what recorded runs have too, is not', () => {
  const small = judged(aRow({}, { level: failing([2, 2, 2]) }), steady(10)).errorRate!
  expect(small).toMatchObject({ verdict: 'no-change-seen', rise: expect.closeTo(0.01, 10) })
  expect(small.p).toBeLessThan(1e-6)
  const usual = Array.from({ length: 10 }, () => aRow({}, { level: failing([8, 8, 8]) }))
  expect(judged(usual[0]!, usual).errorRate).toMatchObject({ verdict: 'no-change-seen', rise: 0, p: 1 })
})

/** A rise to 4 % in the run, and these failures of 200 in each fresh pass at each level. */
function failedAgain(failures: readonly number[], fresh: Partial<RowLevel> = {}) {
  const secondLook = aRow({}, { level: (concurrency) => ({ ...failing(failures)(concurrency), ...fresh }) })
  return judged(aRow({}, { level: failing([8, 8, 8]) }), steady(10), { secondLook })
}

test('a rise of the error rate is looked at again where it is greatest', () => {
  const level = (concurrency: number) => failing([4, 4, 4].map((failed) => failed * concurrency))(concurrency)
  expect(screenRun(inputOf(aRow({}, { level }), steady(10)))).toEqual({ metrics: [], levels: [2, 4, 8] })
  expect(screenRun(inputOf(aRow({}, { level: failing([2, 2, 2]) }), steady(10)))).toEqual({ metrics: [], levels: [] })
  const bad = (concurrency: number) => (concurrency === 2 ? failing([40, 40, 40])(2) : {})
  expect(screenRun(inputOf(aRow({}, { level: bad }), steady(10))).levels).toContain(2)
})

test('a rise of the error rate is red when fresh passes show it too', () => {
  expect(failedAgain([8, 8])).toMatchObject({ verdict: 'regressed', reasons: expect.arrayContaining(['error-rate']) })
  expect(failedAgain([8, 8]).errorRate).toMatchObject({ verdict: 'regressed', candidate: { ok: 2304, failed: 96 } })
})

test('failures that are over in the fresh passes are suspect, and those that they cannot tell of are not measured', () => {
  expect(failedAgain([0, 0]).errorRate!.verdict).toBe('suspect')
  // Significant, but less than a point.
  expect(failedAgain([2, 2]).errorRate!.verdict).toBe('suspect')
  expect(failedAgain([8, 8], unusable('limited')).errorRate!.verdict).toBe('not-measured')
  const interrupted = judged(aRow({}, { level: failing([8, 8, 8]) }), steady(10), { secondLook: 'unusable' })
  expect(interrupted.errorRate!.verdict).toBe('not-measured')
})

test('recorded runs that fail now and then make a run that fails as they do no news', () => {
  // Within each run failures come evenly: only the groups tell that some runs fail.
  const history = (bad: number) =>
    Array.from({ length: 20 }, (_, i) => aRow({}, { level: failing(i < bad ? [8, 8, 8] : [0, 0, 0]) }))
  const candidate = aRow({}, { level: failing([8, 8, 8]) })
  expect(judged(candidate, history(0)).errorRate!.verdict).toBe('regressed')
  expect(judged(candidate, history(2)).errorRate!.verdict).toBe('no-change-seen')
})

test('the shorter the history, the more failures it takes', () => {
  const quiet = (k: number) => Array.from({ length: k }, () => aRow({}, { level: failing([0, 0, 0], 60) }))
  const p = (k: number) => judged(aRow({}, { level: failing([2, 3, 2], 60) }), quiet(k)).errorRate!.p
  const ps = [1, 2, 3, 5, 8].map(p)
  expect(ps).toEqual(ps.toSorted((a, b) => b - a))
  // 28 failures of 720 count as 7 of 180.
  expect(ps[0]).toBeGreaterThan(0.005)
  expect(ps.at(-1)).toBeLessThan(1e-6)
})

test('counts are rounded so that the candidate never looks worse than it is', () => {
  const one = (failed: number) => aRow({}, { levels: [1], level: failing([failed, failed, failed], 61) })
  // With one recorded run failures are taken to come in fours: 30 of 183 and 3 of 183 are 7.5 of 45.75 and 0.75 of 45.75.
  const { candidate, baseline, p } = judged(one(10), [one(1)]).errorRate!
  expect([candidate, baseline]).toEqual([
    { ok: 153, failed: 30 },
    { ok: 180, failed: 3 },
  ])
  expect(p).toBeCloseTo(testFisherGreater({ hits: 7, n: 46 }, { hits: 1, n: 45 }), 12)
})

test('failures that come in one burst are one event', () => {
  // As many failures as in the red run above, all of them in one pass.
  const burst = judged(aRow({}, { level: failing([24, 0, 0]) }), steady(10)).errorRate!
  expect(burst).toMatchObject({ verdict: 'no-change-seen', candidate: { ok: 2304, failed: 96 } })
})

test.each(['limited', 'client-saturated'] as const)('what is %s is not the error rate of the server', (state) => {
  const limited = (concurrency: number) =>
    concurrency > 2 ? { ...failing([100, 100, 100])(concurrency), ...unusable(state) } : {}
  expect(judged(aRow({}, { level: limited }), steady(10)).errorRate).toMatchObject({
    verdict: 'no-change-seen',
    candidate: { ok: 1200, failed: 0 },
    baseline: { ok: 12_000, failed: 0 },
  })
})

test('without any request there is no error rate', () => {
  const empty = aRow({}, { level: () => unusable('limited') })
  expect(judged(empty, steady(3)).errorRate).toBeNull()
})

test('more failures never make the error rate look better', () => {
  const count = fc.integer({ min: 0, max: 60 })
  fc.assert(
    fc.property(count, count, (a, b) => {
      const p = (failed: number) =>
        judged(aRow({}, { level: failing([failed, failed, failed]) }), steady(3)).errorRate!.p
      expect(p(Math.max(a, b))).toBeLessThanOrEqual(p(Math.min(a, b)) + 1e-12)
    }),
  )
})

test('one refused request in 3,000 is no regression, whatever it is compared with', () => {
  const counted = (refused: number) =>
    aRow({}, { level: (concurrency) => failing([concurrency === 8 ? refused : 0, 0], 375)(concurrency) })
  for (const runs of [1, 3, 10, 30]) {
    const verdict = judged(counted(1), steady(runs, 0.015))
    expect(verdict).toMatchObject({ check: 'pass', errorRate: { verdict: 'no-change-seen', candidate: { failed: 1 } } })
    expect(verdict.errorRate!.candidate.ok).toBe(2999)
  }
  const everywhere = aRow({}, { level: failing([38, 38], 375) })
  expect(judged(everywhere, steady(10, 0.015)).check).toBe('fail')
})

test('a level whose queue grew without end, again and again, is lost, though no request of it failed', () => {
  const overloaded = { valid: false, state: 'overloaded' as const }
  const run = aRow({}, { level: top(overloaded) })
  const verdict = judged(run, steady(10), { secondLook: aRow({}, { levels: [8], level: () => overloaded }) })
  expect(verdict).toMatchObject({ verdict: 'regressed', check: 'fail' })
  expect(verdict.lostLevels).toMatchObject([
    { concurrency: 8, verdict: 'regressed', repeatFailed: true, reason: 'more requests came than the server ended' },
  ])
  const once = judged(run, steady(10), { secondLook: aRow({}, { levels: [8] }) })
  expect(once.lostLevels).toMatchObject([{ verdict: 'suspect', repeatFailed: false }])
})
