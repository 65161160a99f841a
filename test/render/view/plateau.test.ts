import { expect, test } from 'vitest'
import { viewLevels } from '../../../src/render/view/levels.ts'
import { adviseHigher, describeSearch } from '../../../src/render/view/plateau.ts'
import { SEARCH_END_NAMES } from '../../../src/vocabulary/search-ends.ts'
import { aReport } from '../../support/builders.ts'

const REPORT = aReport()

function ended(searchEnd: string) {
  return { ...REPORT, series: { ...REPORT.series, concurrency: 'auto' as const }, plan: { ...REPORT.plan, searchEnd } }
}

test('a search says how it ended, and what would let it go on', () => {
  for (const end of SEARCH_END_NAMES) {
    expect(describeSearch(ended(end))).toMatch(/^The levels were found by a search, which ended because .+[^.]\.$/)
    expect(adviseHigher(ended(end))).toMatch(/^$|^[A-Z].+\.$/)
  }
  expect(adviseHigher(ended('max-concurrency'))).toBe('Raise `max-concurrency`.')
  expect(viewLevels(ended('stated')).plateau).toMatch(/ because the server states that it takes no more at once\.$/)
})

test('without a search, and of a newer version, nothing is said of one', () => {
  expect(describeSearch(REPORT)).toBeNull()
  expect(describeSearch(ended('by-magic'))).toBeNull()
})

test('what a list would need is said of a list, and of recorded levels that they are pinned', () => {
  const adviceOf = (series: object) => adviseHigher({ ...REPORT, series: { ...REPORT.series, ...series } })
  expect(adviceOf({ concurrency: [1, 2] })).toBe('Add higher levels to `concurrency`.')
  expect(adviceOf({ concurrency: [], rates: [1, 2] })).toBe('Add higher rates to `rate`.')
  expect(adviceOf({ concurrency: [], rates: 'auto' })).toContain('those of the recorded runs')
  expect(adviceOf({ concurrency: 'auto' })).toContain('under another `name`')
})
