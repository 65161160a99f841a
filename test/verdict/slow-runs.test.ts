import { expect, test } from 'vitest'
import type { GatedMetric } from '../../src/vocabulary/metrics.ts'
import { aRow, judged, of, passesOf, recorded, spreadValues } from './recorded.ts'

/** Sixteen runs that spread by 1 %, the eighth of them slower by `factor` in everything; main's verdict on it, if it was one. */
function withSlowRun(factor: number, mark: 'opens' | null = null) {
  const rows = spreadValues(16, 0.01).map((y, i) => aRow({ all: Math.exp(y) * (i === 7 ? factor : 1) }))
  const segments = { 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' } as const
  return recorded(rows, (i) => (i === 7 && mark !== null ? { segments } : {}))
}

const wordsOf = (all: number, history: ReturnType<typeof withSlowRun>) =>
  (['ttft-p50', 'tpot-p50', 'plateau-throughput'] satisfies GatedMetric[]).map((metric) => {
    const { verdict, doubt } = of(judged(aRow({ all }), history), metric)
    return doubt ?? verdict
  })

const RED = ['regressed', 'regressed', 'regressed']

test('what one recorded run was, apart from all others in everything, is not red', () => {
  expect(wordsOf(1.12, withSlowRun(1.12))).toEqual(['seen-once', 'seen-once', 'seen-once'])
  expect(wordsOf(1.12, withSlowRun(1))).toEqual(RED)
})

test('the run that was as slow is named', () => {
  const history = withSlowRun(1.12).map((entry, i) => ({
    ...entry,
    source: { ...entry.source, sha: `${i}`.repeat(40).slice(0, 40) },
  }))
  const { note } = of(judged(aRow({ all: 1.12 }), history), 'tpot-p50')
  expect(note).toMatch(/apart from all others and about as bad.* \(7777777, 2026-\d\d-\d\d\)$/)
})

test('what is worse than that run, or far better, is red all the same', () => {
  expect(wordsOf(1.25, withSlowRun(1.12))).toEqual(RED)
  // It is known as an outlier, so that its spread hides nothing.
  expect(wordsOf(1.12, withSlowRun(1.12, 'opens'))).not.toContain('regressed')
  expect(wordsOf(1.12, withSlowRun(1.3, 'opens'))).toEqual(RED)
})

test('a run that is slower than that one in one metric alone is red in it', () => {
  const verdict = judged(aRow({ all: 1.12, tpot: 1.2 }), withSlowRun(1.12, 'opens'))
  expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(of(verdict, 'ttft-p50')).toMatchObject({ verdict: 'suspect', doubt: 'seen-once' })
})

test('what is slower in one metric is not excused by a run that was so in all', () => {
  const verdict = judged(aRow({ tpot: 1.12 }), withSlowRun(1.12, 'opens'))
  expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('the worst of runs that are alike is not apart from them', () => {
  // It is worse than main by 1.5 standard deviations, and better than this run by less than two. From thirty runs on a slow machine is known.
  const history = recorded(spreadValues(30, 0.02).map((y) => aRow({ all: Math.exp(y) })))
  expect(wordsOf(1.073, history)).toEqual(RED)
})

test('a re-run tells: what is as slow again is red, and what is not, is not', () => {
  const slow = aRow({ all: 1.12 })
  const earlier = [{ attempt: 1, verdict: 'suspect' as const, candidates: [slow], secondLook: passesOf(slow) }]
  const rerun = (all: number) => {
    const row = aRow({ all })
    return of(judged(row, withSlowRun(1.12), { earlier, secondLook: passesOf(row) }), 'tpot-p50')
  }
  expect(rerun(1.12)).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(rerun(1)).toMatchObject({ verdict: 'no-change-seen', doubt: null })
})
