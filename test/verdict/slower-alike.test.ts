import { expect, test } from 'vitest'
import { entriesOf } from '../../src/report/history-row.ts'
import type { GatedMetric } from '../../src/vocabulary/metrics.ts'
import { aRow, judged, of, passesOf, recorded, steady } from './recorded.ts'
import type { Slower } from './recorded.ts'

const METRICS = ['ttft-p50', 'tpot-p50', 'plateau-throughput'] satisfies GatedMetric[]
const ALIKE = ['slower-alike', 'slower-alike', 'slower-alike']

function wordsOf(
  slower: Slower,
  history: Parameters<typeof judged>[1] = steady(10),
  overrides: Parameters<typeof judged>[2] = {},
) {
  const verdict = judged(aRow(slower), history, overrides)
  return METRICS.map((metric) => of(verdict, metric)).map((comparison) => comparison.doubt ?? comparison.verdict)
}

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
})

test('a metric that is slower by another factor than both is red', () => {
  expect(wordsOf({ all: 1.08, throughput: 1.1 })).toEqual(['slower-alike', 'slower-alike', 'regressed'])
  expect(wordsOf({ throughput: 1.12 })[2]).toBe('regressed')
})

test('what is slower by more than machines of one kind differ is red', () => {
  expect(wordsOf({ all: 1.12 })).toEqual(['regressed', 'regressed', 'regressed'])
})

test('with so many recorded runs that one of them would have met such a machine it is red', () => {
  expect(wordsOf({ all: 1.08 }, steady(29))).toEqual(ALIKE)
  expect(wordsOf({ all: 1.08 }, steady(30))).toEqual(['regressed', 'regressed', 'regressed'])
})

test('where only one of both is compared it is red', () => {
  const [decode] = judged(aRow({ all: 1.08 }), steady(10), { policy: { metrics: ['tpot-p50'] } }).comparisons
  expect(decode).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('a re-run tells: what is as slow again is red, and what is not, is not', () => {
  const slow = aRow({ all: 1.08 })
  const earlier = [{ attempt: 1, verdict: 'suspect' as const, candidates: [slow], secondLook: passesOf(slow) }]
  const rerun = (all: number) => wordsOf({ all }, steady(10), { earlier, secondLook: passesOf(aRow({ all })) })
  expect(rerun(1.08)).toEqual(['regressed', 'regressed', 'regressed'])
  expect(rerun(1)).not.toContain('regressed')
})

test('a control meets the same machine: what is slower than it is red', () => {
  const pairs = recorded(steady(10)).map((entry) => ({ ...entry, control: { ...entry.row } }))
  expect(wordsOf({ all: 1.08 }, pairs, { controls: [aRow()] })).toEqual(['regressed', 'regressed', 'regressed'])
})

test('on main it begins a segment as what is red does, so that a step of main in everything is known at once', () => {
  const row = aRow({ all: 1.08 })
  const source = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }
  const [entry] = entriesOf(judged(row, steady(10)), [row], source)
  expect(entry!.segments).toEqual({ 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' })
})
