import { expect, test } from 'vitest'
import { buildBaselineOfHistory, buildBaselineOfReports } from '../../../src/commands/recorded/recorded.ts'
import { buildRow } from '../../../src/report/history-row.ts'
import { addSeriesKey } from '../../../src/report/series.ts'
import { aReport, SERIES_FIELDS } from '../../support/builders.ts'
import { anEntry, aRow } from '../../support/verdict-builders.ts'

const CANDIDATE = buildRow(aReport({ startedAt: '2026-11-22T18:00:00.000Z' }))

function reportAt(startedAt: string, ok = true) {
  return { from: `${startedAt}.json`, report: aReport({ startedAt, validity: { ok, findings: [] } }) }
}

test('reports become runs, oldest first, and those of one hour one point', () => {
  const { entries, origin, passedOver } = buildBaselineOfReports(
    ['2026-11-21T10:05:00.000Z', '2026-11-20T10:00:00.000Z', '2026-11-21T10:50:00.000Z'].map((at) => reportAt(at)),
    CANDIDATE,
  )
  expect(entries.map(({ source }) => source.runId)).toEqual([
    'local-2026-11-20T10',
    'local-2026-11-21T10',
    'local-2026-11-21T10',
  ])
  expect(origin).toBe('3 reports')
  expect(passedOver).toEqual([])
})

test('a report of another name is compared all the same: it was named by hand', () => {
  const other = aReport({
    startedAt: '2026-11-21T10:05:00.000Z',
    series: addSeriesKey({ ...SERIES_FIELDS, name: 'other' }),
  })
  const { entries } = buildBaselineOfReports([{ from: 'other.json', report: other }], CANDIDATE)
  expect(entries[0]!.row.series).toEqual(CANDIDATE.series)
})

test('a report that is not valid is left out and named', () => {
  const { entries, passedOver } = buildBaselineOfReports([reportAt('2026-11-21T10:05:00.000Z', false)], CANDIDATE)
  expect(entries).toEqual([])
  expect(passedOver).toEqual(['2026-11-21T10:05:00.000Z.json: the run is not valid, so its figures must not be used'])
})

test('a candidate that was recorded before it is compared is not compared with itself', () => {
  const own = anEntry({ row: CANDIDATE })
  const other = anEntry({ row: aRow({ series: CANDIDATE.series }) })
  const { entries, passedOver } = buildBaselineOfHistory(
    { schema: 'plateau/history@1', entries: [other, own] },
    'file history.json',
    CANDIDATE,
  )
  expect(entries).toEqual([other])
  expect(passedOver).toEqual(['the candidate itself is among the runs and was left out'])
})

test('a history of other names says which it has', () => {
  const entry = anEntry({ row: aRow({ series: addSeriesKey({ ...SERIES_FIELDS, name: 'other' }) }) })
  const baseline = buildBaselineOfHistory({ schema: 'plateau/history@1', entries: [entry] }, 'file h.json', CANDIDATE)
  expect(baseline).toMatchObject({
    entries: [],
    origin: 'file h.json',
    passedOver: ['no run is called llama-8b; there are runs of other'],
  })
})
