import { expect, test } from 'vitest'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { renderText } from '../../../src/render/text.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import type { CrossCheck } from '../../../src/metrics/three-point.ts'
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

test('what is provisioned stands in the terminal and on the page', () => {
  const { context, ...rest } = aReport()
  const report = { ...rest, context: { ...context, provisioned: '980 to 9,800 tokens/s (input + output)' } }
  expect(renderText(report)).toContain('Provisioned: 980 to 9,800 tokens/s (input + output).')
  expect(renderPage({ report, verdict: null })).toContain('980 to 9,800 tokens/s (input + output)')
})

test('a finding about the whole run that a level shows, too, says so without "also"', () => {
  const interrupted = { code: 'cancelled', message: 'The run was interrupted.' } as const
  const findings = [interrupted, { ...interrupted, level: 16, message: 'It was interrupted.' }]
  const text = renderText({ ...aReport(), validity: { ...aReport().validity, findings } }).replace(/\s+/g, ' ')
  expect(text).toContain('The run was interrupted. It shows at level 16.')
})

test('findings of the second look are told apart from those of the run, and from each other by what to do', () => {
  const of = (code: string, level: number, remedy: string) => ({ code, level, message: `${remedy} it.`, remedy })
  const findings = [
    of('errors', 8, 'Mend'),
    of('second-look', 8, 'Mend'),
    of('second-look', 8, 'Wait'),
    of('second-look', 16, 'Wait'),
  ]
  const text = renderText({ ...aReport(), validity: { ...aReport().validity, findings } }).replace(/\s+/g, ' ')
  expect(text).toContain('! level 8: Mend it. → Mend ! second look, level 8: Mend it. → Mend')
  expect(text).toContain('! second look, level 8: Wait it. Also at level 16. → Wait')
})

test('a mix is told whole, with the lengths of each part', () => {
  const mix =
    'chat 60% (200 in, 8 out), rag 20% (lognormal(600,100) in, 6 out), file 20% (prompts efc826a3cde1, 8 out), talk 20% (50 in, 8 out)'
  const plain = aReport()
  const series = { ...plain.series, workload: { ...plain.series.workload, mix } }
  const text = renderText({ ...plain, series })
  expect(text.replace(/\s+/g, ' ')).toContain(`a mix, in tokens: ${mix} · `)
})
