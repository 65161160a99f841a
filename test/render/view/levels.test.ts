import { expect, test } from 'vitest'
import type { CrossCheck } from '../../../src/metrics/three-point.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { renderText } from '../../../src/render/text.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { addSeriesKey } from '../../../src/report/series.ts'
import type { SeriesWorkload } from '../../../src/report/series.ts'
import { aLevel, aReport, SERIES_FIELDS } from '../../support/builders.ts'
import { SITUATIONS } from '../../support/situations.ts'
import { aVerdict } from '../../support/verdict-builders.ts'

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

const FIGURES = {
  turns: [
    { turn: 1, requests: { ok: 30, failed: 0 }, inputTokens: 360, cachedShare: 0.8, ttftMs: 20, latencyMs: 100 },
    { turn: 2, requests: { ok: 29, failed: 1 }, inputTokens: 442, cachedShare: null, ttftMs: 25, latencyMs: 110 },
  ],
  whole: 12,
  latencyMs: 210,
  spanMs: 2210,
  endedEarly: 0,
}

function reportOf(workload: Partial<SeriesWorkload>, figures: Partial<typeof FIGURES> = {}) {
  const levels = [1, 2].map((concurrency) => ({ ...aLevel(concurrency), conversations: { ...FIGURES, ...figures } }))
  const series = addSeriesKey({ ...SERIES_FIELDS, workload: { ...SERIES_FIELDS.workload, turns: '2', ...workload } })
  return aReport({ measured: levels, series })
}

const plain = (text: string) => text.replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ')

test('text, comment and page say what conversations came to, level by level and turn by turn', () => {
  const report = reportOf({ thinkTime: 2, systemPromptTokens: 300 })
  const comment = renderComment({ report, verdict: aVerdict() })
  for (const written of [renderText(report), comment, renderPage({ report, verdict: null })].map(plain)) {
    expect(written).toContain('Conversations of 2 turns, 2.00 s of think-time, a system prompt of 300 tokens')
    expect(written).toMatch(/Turn by turn at level \d/)
    expect(written).toMatch(/2.{1,40}29\/1.{1,40}442.{1,40}not stated/)
    expect(written).not.toContain('ended early: a turn failed')
  }
  expect(plain(renderText(report))).toContain('512 input and 128 output tokens a turn')
  expect(plain(renderText(aReport()))).not.toMatch(/Conversations|a turn/)
})

test('think-time that is drawn is named as it was given', () => {
  const report = reportOf({ thinkTime: 'lognormal(5s,2s)' })
  expect(plain(renderText(report))).toContain('Conversations of 2 turns, lognormal(5s,2s) of think-time')
  expect(decodeRunReport(encodeRunReport(report)).series.workload.thinkTime).toBe('lognormal(5s,2s)')
})

test('windows that hold no whole conversation are named, and so is what ended some early', () => {
  const tooShort = 'Where none is whole, the windows are too short for one: raise level-duration.'
  expect(plain(renderText(reportOf({}, { whole: 0 })))).toContain(tooShort)
  const text = plain(renderText(reportOf({}, { whole: 0, endedEarly: 3 })))
  expect(text).not.toContain(tooShort)
  expect(text).toContain('Some ended early: a turn failed, or its answer had no text to go on with')
})

test('what a report of others calls its turns is shown as it is', () => {
  const report = reportOf({ turns: '<b>&|`' })
  expect(renderPage({ report, verdict: null })).toContain('&lt;b&gt;&amp;|`')
  expect(renderComment({ report, verdict: aVerdict() })).not.toContain('<b>')
})
