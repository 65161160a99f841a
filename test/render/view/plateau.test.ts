import { expect, test } from 'vitest'
import { writePlain } from '../../../src/words/terminal.ts'
import { viewLevels } from '../../../src/render/view/levels.ts'
import { describeCapacity, describeSearch } from '../../../src/render/view/plateau.ts'
import { findPlateau } from '../../../src/metrics/plateau/plateau.ts'
import type { RunReport } from '../../../src/report/run-report.ts'
import { SEARCH_END_NAMES } from '../../../src/vocabulary/load.ts'
import { aReport } from '../../support/builders.ts'

const REPORT = aReport()

const SLO: NonNullable<RunReport['slo']> = {
  objectives: 'ttft <= 500ms',
  share: 0.9,
  capacity: { state: 'at-least', concurrency: { value: 4, low: null, high: null }, passes: [] },
  attainment: null,
  goodput: null,
}

/** What would let a run measure higher levels, as it is said behind a capacity that may be higher. */
function adviceOf(report: RunReport): string {
  return writePlain(describeCapacity({ ...report, slo: SLO })!).replace(/^.*? keep ttft <= 500ms\. ?/, '')
}

function ended(searchEnd: string) {
  return { ...REPORT, series: { ...REPORT.series, concurrency: 'auto' as const }, plan: { ...REPORT.plan, searchEnd } }
}

test('a search says how it ended, and what would let it go on', () => {
  for (const end of SEARCH_END_NAMES) {
    expect(describeSearch(ended(end))).toMatch(/^The levels were found by a search, which ended because .+[^.]\.$/)
    expect(adviceOf(ended(end))).toMatch(/^$|^[A-Z].+\.$/)
  }
  expect(adviceOf(ended('max-concurrency'))).toBe('Raise max-concurrency.')
  expect(viewLevels(ended('stated')).plateau).toMatch(/ because the server states that it takes no more at once\.$/)
})

test('where one level is the plateau its figure is that of its row, not the mean of its passes', () => {
  const [level] = REPORT.levels
  const passes = [100, 400].map((rate, i) => ({ ...level!.passes[0]!, pass: i + 1, outputTokensPerSecond: rate }))
  const one = { ...level!, outputTokensPerSecond: 250, passes }
  const row = viewLevels({ ...REPORT, levels: [one], plateau: findPlateau([one]) })
  expect(row.plateau).toMatch(/^Plateau not reached: 250 tok\/s \(95 % interval /)
  expect(row.table.rows[0]!.map(writePlain)).toContain('250')
  const two = { ...one, concurrency: 1.5 * one.concurrency }
  expect(viewLevels({ ...REPORT, levels: [one, two], plateau: findPlateau([one, two]) }).plateau).toContain('200 tok/s')
})

test('without a search, and of a newer version, nothing is said of one', () => {
  expect(describeSearch(REPORT)).toBeNull()
  expect(describeSearch(ended('by-magic'))).toBeNull()
})

test('what a list would need is said of a list, and of recorded levels that they are pinned', () => {
  const adviceFor = (series: object) => adviceOf({ ...REPORT, series: { ...REPORT.series, ...series } })
  expect(adviceFor({ concurrency: [1, 2] })).toBe('Add higher levels to concurrency.')
  expect(adviceFor({ concurrency: [], rates: [1, 2] })).toBe('Add higher rates to rate.')
  expect(adviceFor({ concurrency: [], rates: 'auto' })).toContain('those of the recorded runs')
  expect(adviceFor({ concurrency: 'auto' })).toContain('under another name')
})
