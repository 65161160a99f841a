import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ValueError } from '../../../src/errors.ts'
import { readAcceptances } from '../../../src/settings/values/acceptance.ts'
import { GATED_METRICS } from '../../../src/vocabulary/metrics.ts'

test('an accepted change is a metric, how much worse, a day and a reason', () => {
  expect(
    readAcceptances('tpot-p50 +18% since 2026-11-20: larger model\nplateau-throughput 4.5% since 2026-11-01'),
  ).toEqual([
    { metric: 'tpot-p50', at: 0.18, since: '2026-11-20', why: 'larger model', by: null, form: 'file' },
    { metric: 'plateau-throughput', at: 0.045, since: '2026-11-01', why: null, by: null, form: 'file' },
  ])
})

test.each([
  ['', 'must have at least one line'],
  ['# a comment', 'must have at least one line'],
  ['tpot-p50 +18%', 'must be lines of metric, how much worse, day and reason'],
  ['tpot-p50 18 since 2026-11-20', 'has "18" for tpot-p50'],
  ['tpot-p50 -18% since 2026-11-20', 'has "-18%" for tpot-p50'],
  ['tpot-p50 −18% since 2026-11-20', 'how much worse it may be, for example +18%'],
  ['tpot -18% since 2026-11-20', 'has "-18%" for tpot; at is how much worse'],
  ['plateau-throughput 19 since 2026-11-20', 'how much worse it may be, for example -15%'],
  ['throughput -100% since 2026-11-20', 'it cannot become less than nothing'],
  ['pot +18% since 2026-11-20', 'has "pot", which cannot be compared'],
  ['{"tpot-p50 +18 since 2026-11-20": "x"}', 'has "+18" for tpot-p50'],
  ['{"tpot-p50 +18%": "x"}', 'has "tpot-p50 +18%", which is not one of'],
  ['tpot-p50 +2000% since 2026-11-20', 'must be a share from 0% to 1000%'],
  ['tpot-p50 +18% since yesterday', 'has "yesterday" for tpot-p50; since is a day'],
  ['tpot-p50 +18% since 2026-13-01', 'since is a day'],
  ['tpot-p50 +18% since 2026-02-29', 'since is a day'],
  ['tpot-p50 +18% since 2026-11-2', 'since is a day'],
  ['error-rate +18% since 2026-11-20', 'has "error-rate", which cannot be compared'],
  ['{"metric": ', 'must be lines such as'],
  ['{"metric": "tpot-p50", "at": {"a": 1}, "since": "2026-11-20"}', 'has "" for tpot-p50; at is how much worse'],
  ['{"metric": "tpot-p50", "at": "18%", "since": "2026-11-20", "__proto__": 1}', 'has "__proto__"'],
])('%j is refused', (text, message) => {
  expect(() => readAcceptances(text)).toThrow(ValueError)
  expect(() => readAcceptances(text)).toThrow(message)
})

test('where more is better, a change below zero is how much less it may be', () => {
  const at = (line: string): number | null => readAcceptances(`${line} since 2026-11-20`)[0]!.at
  expect(at('plateau-throughput -20%')).toBeCloseTo(0.25, 12)
  expect(at('plateau-throughput −20 %')).toBeCloseTo(0.25, 12)
  expect(at('throughput-within +25%')).toBe(0.25)
})

test('a family stands for its metrics, as in a label', () => {
  const named = (name: string): readonly string[] =>
    readAcceptances(`${name} +18% since 2026-11-20: larger model`).map(({ metric }) => metric)
  expect(named('tpot')).toEqual(['tpot-p50', 'tpot-p90', 'tpot-p95', 'tpot-p99'])
  expect(named('ttft')).toContain('ttft-p50')
  expect(named('throughput')).toEqual(['plateau-throughput', 'throughput-within'])
  expect(named('tpot-p50')).toEqual(['tpot-p50'])
})

test('a line in a list of YAML, whose colon makes a map of it, is read as a line', () => {
  expect(readAcceptances('{"tpot-p50 +41% since 2026-11-22":"larger\\n model"}')).toEqual(
    readAcceptances('tpot-p50 +41% since 2026-11-22: larger model'),
  )
})

test('a line and a map of the same members read the same', () => {
  const entry = fc.record({
    metric: fc.constantFrom(...GATED_METRICS),
    at: fc.integer({ min: 0, max: 1000 }).map((percent) => `${percent}%`),
    since: fc
      .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    why: fc.stringMatching(/^[a-z]{1,8}( [a-z:]{1,8}){0,3}$/),
  })
  fc.assert(
    fc.property(entry, (members) => {
      const { metric, at, since, why } = members
      const line = readAcceptances(`${metric} +${at} since ${since}: ${why}`)
      expect(line).toEqual(readAcceptances(JSON.stringify(members)))
      expect(line[0]).toMatchObject({ metric, since, why })
    }),
  )
})

test('on one line a semicolon parts entries, and a time says since when', () => {
  const line =
    'tpot-p50 +18.25% since 2026-11-20T18:00:00.000Z; plateau-throughput -15% since 2026-11-20: wanted; really'
  expect(readAcceptances(line)).toMatchObject([
    { metric: 'tpot-p50', at: 0.1825, since: '2026-11-20T18:00:00.000Z', why: null },
    { metric: 'plateau-throughput', since: '2026-11-20', why: 'wanted; really' },
  ])
  expect(() => readAcceptances('tpot-p50 +18% since 2026-11-20T25:00:00.000Z')).toThrow(/since is a day/)
})
