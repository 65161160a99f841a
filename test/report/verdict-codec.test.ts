import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VERDICT_JSON_SCHEMA } from '../../scripts/docs/json-schemas.ts'
import { decodeVerdict, encodeVerdict, VerdictError } from '../../src/report/verdict-codec.ts'
import type { Comparison, Verdict } from '../../src/report/verdict.ts'

const COMPARISON: Comparison = {
  metric: 'tpot-p50',
  better: 'lower',
  verdict: 'regressed',
  unit: null,
  ofPlateau: null,
  levels: [1, 2, 4],
  baseline: 10.5,
  candidate: 12.7,
  change: 0.21,
  interval: { low: -0.02, high: 0.29 },
  worsening: 0.21,
  p: 1e-9,
  smallestVisible: 0.07,
  tolerance: 0.05,
  spread: 0.02,
  assumedSpread: false,
  groups: 12,
  segments: 2,
  leftOut: 1,
  provisional: { sha: 'abc', startedAt: '2026-11-20T00:00:00.000Z', runs: 2, mainChange: 0.2, changeFromBefore: -0.1 },
  confirmed: true,
  accepted: { by: 'octocat', at: 0.21, why: null },
  byLevel: [{ concurrency: 1, baseline: 10, candidate: 12, change: 0.2 }],
  aside: [{ concurrency: 4, baseline: 12, candidate: 12, change: 0 }],
  doubt: 'other-hour',
  control: { theta: 0.71, pairs: 8 },
  note: 'half a sentence',
}

const VERDICT: Verdict = {
  schema: 'plateau/verdict@1',
  name: 'llama-8b',
  verdict: 'regressed',
  reasons: ['tpot-p50', 'level-lost'],
  check: 'fail',
  policy: { gate: 'check', decision: 'statistical', onNotComparable: 'warn', onUnmeasured: 'fail', onSkip: 'pass' },
  decidedBy: [{ setting: 'tolerance', value: '5%, ttft-p50: 10%' }],
  comparisons: [COMPARISON],
  lostLevels: [
    {
      concurrency: 32,
      verdict: 'regressed',
      candidate: { ok: 3, failed: 90 },
      baseline: { ok: 900, failed: 0 },
      repeatFailed: true,
      p: 0,
      reason: 'timeouts',
    },
  ],
  errorRate: {
    verdict: 'no-change-seen',
    candidate: { ok: 100, failed: 0 },
    baseline: { ok: 900, failed: 9 },
    rise: -0.01,
    p: 1,
  },
  limits: [{ limit: 'ttft-p90@8 <= 800ms', concurrency: 8, outcome: 'pass', value: 300, bound: 310, reason: null }],
  whatElseChanged: [{ what: 'served model', before: 'a', now: 'b' }],
  baseline: {
    origin: 'file .plateau/history.json',
    runs: 14,
    groups: 12,
    newest: { sha: null, startedAt: '2026-11-21T00:00:00.000Z', url: 'https://github.com/o/r/actions/runs/1' },
    ancestor: null,
    skipped: ['artifact 7 was passed over'],
    unreadable: null,
    lost: null,
    uncomparedInARow: 0,
  },
  notComparable: { runs: 2, differences: [{ field: 'passes', setting: 'passes', before: '3', now: '5' }] },
  outlook: [{ metric: 'tpot-p50', runs: 8, smallestVisible: 0.1 }],
  confirmation: { metrics: ['tpot-p50'], levels: [1, 2], passes: 2 },
  falseAlarmRate: 0.01,
  drift: {
    since: 'v1.4',
    released: 12,
    newest: 5,
    metrics: [{ metric: 'tpot-p50', ofPlateau: null, change: 0.061 }],
  },
  control: { pairs: 8, sessions: 3, fresh: true, troubles: ['the third could not be reached'] },
}

const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => value + 0)

test('what is written is read back', () => {
  expect(decodeVerdict(encodeVerdict(VERDICT))).toEqual(VERDICT)
  const empty = { ...VERDICT, errorRate: null, notComparable: null, confirmation: null, falseAlarmRate: null }
  expect(decodeVerdict(encodeVerdict(empty))).toEqual(empty)
})

test('a verdict from before slow drift and controls were told is read', () => {
  const before = structuredClone(VERDICT) as unknown as { comparisons: Record<string, unknown>[] }
  for (const one of [before, ...before.comparisons]) Reflect.deleteProperty(one, 'control')
  Reflect.deleteProperty(before, 'drift')
  expect(decodeVerdict(JSON.stringify(before))).toEqual({
    ...VERDICT,
    drift: null,
    control: null,
    comparisons: VERDICT.comparisons.map((comparison) => ({ ...comparison, control: null })),
  })
})

test('whatever finite figures a comparison has are read back', () => {
  fc.assert(
    fc.property(
      fc.record({ change: fc.option(finite), worsening: fc.option(finite), note: fc.option(fc.string()) }),
      (part) => {
        const verdict = { ...VERDICT, comparisons: [{ ...COMPARISON, ...part }] }
        expect(decodeVerdict(encodeVerdict(verdict))).toEqual(verdict)
      },
    ),
  )
})

test.each<[path: string, change: (verdict: Record<string, any>) => void]>([
  ['schema', (verdict) => (verdict['schema'] = 'other')],
  ['verdict', (verdict) => (verdict['verdict'] = 'fine')],
  ['check', (verdict) => (verdict['check'] = 'maybe')],
  ['policy.gate', (verdict) => delete verdict['policy'].gate],
  ['comparisons[0].metric', (verdict) => (verdict['comparisons'][0].metric = 'speed')],
  ['comparisons[0].verdict', (verdict) => (verdict['comparisons'][0].verdict = 'skipped')],
  ['comparisons[0].p', (verdict) => (verdict['comparisons'][0].p = 2)],
  ['comparisons[0].baseline', (verdict) => (verdict['comparisons'][0].baseline = -1)],
  ['comparisons[0].interval.low', (verdict) => (verdict['comparisons'][0].interval.low = 'low')],
  ['lostLevels[0].candidate.failed', (verdict) => (verdict['lostLevels'][0].candidate.failed = -1)],
  ['baseline.newest.url', (verdict) => (verdict['baseline'].newest.url = 'javascript:alert(1)')],
  ['drift.newest', (verdict) => (verdict['drift'].newest = -1)],
  ['reasons', (verdict) => (verdict['reasons'] = Array(1001).fill('limit'))],
])('a bad %s is refused with its path', (path, change) => {
  const verdict = structuredClone(VERDICT) as unknown as Record<string, any>
  change(verdict)
  expect(() => decodeVerdict(JSON.stringify(verdict))).toThrow(VerdictError)
  expect(() => decodeVerdict(JSON.stringify(verdict))).toThrow(`${path}: `)
})

test('prototypes, newer versions and figures that are not finite are refused', () => {
  const text = encodeVerdict(VERDICT)
  expect(() => decodeVerdict(text.replace('"policy": {', '"policy": { "__proto__": {},'))).toThrow('"__proto__"')
  expect(() => decodeVerdict(text.replace('verdict@1', 'verdict@2'))).toThrow('newer version')
  expect(() => encodeVerdict({ ...VERDICT, comparisons: [{ ...COMPARISON, tolerance: Infinity }] })).toThrow(
    'comparisons[0].tolerance',
  )
})

test('an absurdly long text costs nothing but its end', () => {
  const verdict = { ...VERDICT, comparisons: [{ ...COMPARISON, note: 'n'.repeat(50_000) }] }
  expect(decodeVerdict(encodeVerdict(verdict)).comparisons[0]!.note).toHaveLength(20_000)
})

test('the JSON schema is published', () => {
  const schema = VERDICT_JSON_SCHEMA
  expect(schema['title']).toBe('Plateau verdict')
  expect(schema['required']).toContain('baseline')
})
