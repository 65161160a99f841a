import { expect, test } from 'vitest'
import type { CrossCheck } from '../../../src/metrics/three-point.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { renderText } from '../../../src/render/text.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { aLevel, aReport } from '../../support/builders.ts'
import { SITUATIONS } from '../../support/situations.ts'

const CROSS_CHECK: CrossCheck = {
  outputTokens: [1, 50, 100],
  levels: [
    {
      concurrency: 1,
      requests: 15,
      ttftMs: 55,
      tpotMs: 9.5,
      latencyMs: 1000,
      notebookThroughput: 612,
      streamed: { ttftMs: 50, tpotMs: 10 },
    },
    {
      concurrency: 4,
      requests: 30,
      ttftMs: null,
      tpotMs: null,
      latencyMs: null,
      notebookThroughput: null,
      streamed: { ttftMs: 50, tpotMs: 10 },
    },
  ],
}

test('the cross-check stands beside the streams, in the terminal and on the page, with what it must not be taken for', () => {
  const report = aReport({ crossCheck: CROSS_CHECK })
  const text = renderText(report)
  expect(text).toContain('Cross-check')
  expect(text).toMatch(/^ +1 +55\.0 ms +50\.0 ms +\+10 % +9\.50 ms +10\.0 ms +−5\.0 % +612$/m)
  expect(text).toMatch(/^ +4 +– +50\.0 ms +– +– +10\.0 ms +– +–$/m)
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
  const page = renderPage({ report, verdict: null })
  expect(page).toContain('<h2>Cross-check</h2>')
  for (const output of [text.replace(/\s+/g, ' '), page]) expect(output).toContain('Nothing is gated on these figures')
})

test('where streams come all at once its figures stand in their place, marked', () => {
  const buffered = aLevel(1, [{ buffered: true, tpotMs: null }])
  const report = aReport({ measured: [{ ...buffered, ttftMs: null, tpotMs: null }], crossCheck: CROSS_CHECK })
  const text = renderText(report)
  expect(text).toMatch(/^ +1 +\S+ +~55\.0 ms +– +~9\.50 ms/m)
  expect(text.replace(/\s+/g, ' ')).toContain('~ comes from answers that do not stream')
  expect(renderText(aReport())).not.toContain('~')
  const comment = renderComment({ ...SITUATIONS.regressed, report }).replaceAll('\u00a0', ' ')
  expect(comment).toMatch(/\| ~55\.0 ms \|/)
  expect(comment).toContain('~ comes from answers that do not stream')
})

test('a report keeps it, and one without it says nothing of it', () => {
  const report = aReport({ crossCheck: CROSS_CHECK })
  expect(decodeRunReport(encodeRunReport(report)).crossCheck).toEqual(CROSS_CHECK)
  expect(renderText(aReport())).not.toContain('Cross-check')
})
