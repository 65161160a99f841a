import { describe, expect, test } from 'vitest'
import { entriesOf } from '../../src/report/history-row.ts'
import type { GatedMetric } from '../../src/vocabulary/metrics.ts'
import { aRow, judged, of, passesOf, recorded, spreadValues, steady } from './recorded.ts'
import type { Slower } from './recorded.ts'

const METRICS = ['ttft-p50', 'tpot-p50', 'plateau-throughput'] satisfies GatedMetric[]
const RED = ['regressed', 'regressed', 'regressed']
const ALIKE = ['slower-alike', 'slower-alike', 'slower-alike']

function wordsOf(
  slower: Slower,
  history: Parameters<typeof judged>[1] = steady(10),
  overrides: Parameters<typeof judged>[2] = {},
) {
  const verdict = judged(aRow(slower), history, overrides)
  return METRICS.map((metric) => of(verdict, metric)).map((comparison) => comparison.doubt ?? comparison.verdict)
}

/** Sixteen runs that spread by 1 %, the eighth of them slower by `factor` in everything; main's verdict on it, if it was one. */
function withSlowRun(factor: number, mark: 'opens' | null = null) {
  const rows = spreadValues(16, 0.01).map((y, i) => aRow({ all: Math.exp(y) * (i === 7 ? factor : 1) }))
  const segments = { 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' } as const
  return recorded(rows, (i) => (i === 7 && mark !== null ? { segments } : {}))
}

describe('a recorded run that was as slow', () => {
  test('what one recorded run was, apart from all others in everything, is not red', () => {
    expect(wordsOf({ all: 1.12 }, withSlowRun(1.12))).toEqual(['seen-once', 'seen-once', 'seen-once'])
    expect(wordsOf({ all: 1.12 }, withSlowRun(1))).toEqual(RED)
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
    expect(wordsOf({ all: 1.25 }, withSlowRun(1.12))).toEqual(RED)
    // It is known as an outlier, so that its spread hides nothing.
    expect(wordsOf({ all: 1.12 }, withSlowRun(1.12, 'opens'))).not.toContain('regressed')
    expect(wordsOf({ all: 1.12 }, withSlowRun(1.3, 'opens'))).toEqual(RED)
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
    expect(wordsOf({ all: 1.073 }, history)).toEqual(RED)
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
})

describe('what is slower in prefill and decode alike', () => {
  test('what is slower in prefill and decode alike, as on a slower machine, is suspect and not red', () => {
    expect(wordsOf({ all: 1.08 })).toEqual(ALIKE)
    expect(wordsOf({ ttft: 1.07, tpot: 1.08, throughput: 1.08 })).toEqual(ALIKE)
    const verdict = judged(aRow({ all: 1.08 }), steady(10))
    expect(verdict).toMatchObject({ verdict: 'suspect', check: 'warn' })
    expect(of(verdict, 'tpot-p50').note).toMatch(/TTFT and TPOT are slower by about the same factor.*run it again/)
  })

  test('what is slower in one of both is red', () => {
    expect(wordsOf({ tpot: 1.1 })[1]).toBe('regressed')
    expect(wordsOf({ tpot: 1.1, ttft: 1.03 })[1]).toBe('regressed')
    expect(wordsOf({ ttft: 1.1 })[0]).toBe('regressed')
    expect(wordsOf({ ttft: 0.91, tpot: 1.1 })[1]).toBe('regressed')
    // Both are, and each is as near to one factor as chance may have it, but not to that of the other.
    expect(wordsOf({ ttft: 1.04, tpot: 1.08 })[1]).toBe('regressed')
    expect(wordsOf({ ttft: 1.08, tpot: 1.04 })[0]).toBe('regressed')
  })

  test('a metric that is slower by another factor than both is red', () => {
    expect(wordsOf({ all: 1.08, throughput: 1.1 })).toEqual(['slower-alike', 'slower-alike', 'regressed'])
    expect(wordsOf({ throughput: 1.12 })[2]).toBe('regressed')
  })

  test('what is slower by more than machines of one kind differ is red', () => {
    expect(wordsOf({ all: 1.12 })).toEqual(RED)
  })

  test('with so many recorded runs that one of them would have met such a machine it is red', () => {
    expect(wordsOf({ all: 1.08 }, steady(29))).toEqual(ALIKE)
    expect(wordsOf({ all: 1.08 }, steady(30))).toEqual(RED)
  })

  test('where only one of both is compared it is red', () => {
    const [decode] = judged(aRow({ all: 1.08 }), steady(10), { policy: { metrics: ['tpot-p50'] } }).comparisons
    expect(decode).toMatchObject({ verdict: 'regressed', doubt: null })
  })

  test('a re-run tells: what is as slow again is red, and what is not, is not', () => {
    const slow = aRow({ all: 1.08 })
    const earlier = [{ attempt: 1, verdict: 'suspect' as const, candidates: [slow], secondLook: passesOf(slow) }]
    const rerun = (all: number) => wordsOf({ all }, steady(10), { earlier, secondLook: passesOf(aRow({ all })) })
    expect(rerun(1.08)).toEqual(RED)
    expect(rerun(1)).not.toContain('regressed')
  })

  test('a control meets the same machine: what is slower than it is red', () => {
    const pairs = recorded(steady(10)).map((entry) => ({ ...entry, control: { ...entry.row } }))
    expect(wordsOf({ all: 1.08 }, pairs, { controls: [aRow()] })).toEqual(RED)
  })

  test('on main it begins a segment as what is red does, so that a step of main in everything is known at once', () => {
    const row = aRow({ all: 1.08 })
    const source = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }
    const [entry] = entriesOf(judged(row, steady(10)), [row], source)
    expect(entry!.segments).toEqual({ 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' })
  })
})
