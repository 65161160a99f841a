import { expect, test } from 'vitest'
import { entriesOf } from '../../src/verdict/entry.ts'
import { aComparison, aVerdict } from '../support/verdict-builders.ts'
import { aRow } from './recorded.ts'

const SOURCE = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }

test.each(['cancelled', 'run-invalid', 'endpoint'])(
  'a run whose figures mean nothing is not recorded: %s',
  (reason) => {
    const verdict = aVerdict({ verdict: 'not-measured', reasons: ['limit', reason] })
    expect(entriesOf(verdict, [aRow()], SOURCE)).toEqual([])
  },
)

test.each(['limit', 'error-rate', 'level-lost', 'baseline', 'levels-missing', 'tpot-p50'])(
  'every other run is, whatever its verdict: %s',
  (reason) => {
    const rows = [aRow(), aRow({ tpot: 1.1 })]
    const entries = entriesOf(aVerdict({ verdict: 'regressed', reasons: [reason] }), rows, SOURCE)
    expect(entries.map(({ row }) => row)).toEqual(rows)
    expect(entries.map(({ verdict, source }) => ({ verdict, source }))).toEqual(
      rows.map(() => ({ verdict: 'regressed', source: SOURCE })),
    )
  },
)

test('a metric that moved opens a segment, what somebody accepted is one at once, and the others go on', () => {
  const comparisons = [
    aComparison({ metric: 'tpot-p50', verdict: 'regressed' }),
    aComparison({ metric: 'ttft-p50', verdict: 'accepted' }),
    aComparison({ metric: 'plateau-throughput', verdict: 'improved' }),
    aComparison({ metric: 'latency-p50', verdict: 'suspect' }),
    aComparison({ metric: 'ttfo-p50', verdict: 'not-measured', worsening: null }),
  ]
  expect(entriesOf(aVerdict({ comparisons }), [aRow()], SOURCE)[0]!.segments).toEqual({
    'tpot-p50': 'opens',
    'ttft-p50': 'accepted',
    'plateau-throughput': 'opens',
  })
})
