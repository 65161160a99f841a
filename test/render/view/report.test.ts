import { expect, test } from 'vitest'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { renderText } from '../../../src/render/text.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import type { CrossCheck } from '../../../src/metrics/three-point.ts'
import { aLevel, aReport } from '../../support/builders.ts'
import { SITUATIONS } from '../../support/situations.ts'
import type { MeasuredLevel } from '../../../src/metrics/level/level-metrics.ts'
import type { ServerSide } from '../../../src/metrics/level/server-side.ts'
import { writePlain } from '../../../src/render/terminal.ts'
import { viewServer } from '../../../src/render/view/server.ts'
import { rowOf } from '../../../src/report/history-row.ts'
import type { RunReport } from '../../../src/report/run-report.ts'

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

const NOTHING: ServerSide = {
  source: 'vLLM',
  ttftMs: null,
  tpotMs: null,
  clientTtftMs: null,
  clientTpotMs: null,
  queueMs: null,
  running: null,
  waiting: null,
  kvCacheUsage: null,
  prefixHitShare: null,
}
const ALL = {
  ttftMs: 1234,
  clientTtftMs: 1260,
  clientTpotMs: 1.02,
  tpotMs: 0.987,
  queueMs: 812,
  running: 31.5,
  waiting: 0.5,
  kvCacheUsage: 0.987,
  prefixHitShare: 0.02,
}

function told(concurrency: number, server: Partial<ServerSide> | null = ALL): MeasuredLevel {
  const level = aLevel(concurrency)
  return server === null ? level : { ...level, server: { ...NOTHING, ...server } }
}

function reportOf(...measured: readonly MeasuredLevel[]): RunReport {
  return aReport({ measured })
}

/** The part of a text from its first line that begins so to the next empty one. */
function section(text: string, beginning: string): string {
  return text.split('\n\n').find((part) => part.startsWith(beginning)) ?? ''
}

test('the terminal shows the server’s side beside the client’s in 80 columns', () => {
  const text = renderText(reportOf(told(1, { ...ALL, waiting: 0 }), told(2, null), told(4)))
  expect(section(text, 'Server side')).toMatchInlineSnapshot(`
    "Server side (vLLM)
    level    TTFT  server     TPOT    server  queued  run  wait    KV  hits
        1  1.26 s  1.23 s  1.02 ms  0.987 ms  812 ms   32     0  99 %   2 %
        4  1.26 s  1.23 s  1.02 ms  0.987 ms  812 ms   32   0.5  99 %   2 %
    TTFT and TPOT are means: the client’s, and beside them the server’s own, over
    the same requests. Queued: mean time in its queue. Run, wait: requests that it
    works on and that wait, under load. KV: KV cache in use then. Hits: prompt
    tokens from the prefix cache."
  `)
  for (const line of text.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(80)
})

test('a column that nobody fills is left out, and so is a table without rows', () => {
  const { table } = viewServer(reportOf(told(1, { running: 1, waiting: 0 }), told(2, { running: 2 })), 'this run', [])!
  expect(table.columns.map(({ heading }) => heading)).toEqual(['level', 'run', 'wait'])
  expect(table.rows.map((row) => row.map(writePlain))).toEqual([
    ['1', '1', '0'],
    ['2', '2', '–'],
  ])
  const silent = reportOf(told(1, null))
  expect(viewServer(silent, 'this run', [])).toBeNull()
  expect(renderText(silent)).not.toContain('Server side')
  expect(renderPage({ report: silent, verdict: null })).not.toContain('Server side')
})

test('the page and the comment have it too, the comment folded', () => {
  const report = reportOf(told(1), told(2))
  expect(renderPage({ report, verdict: null })).toContain('<h2>Server side</h2>')
  const comment = renderComment({ ...SITUATIONS.regressed, report }).replaceAll('\u00a0', ' ')
  const fold = comment.slice(comment.indexOf('<summary>Server side'))
  expect(fold.slice(0, fold.indexOf('</details>'))).toMatchInlineSnapshot(`
    "<summary>Server side</summary>

    | level | TTFT | server | TPOT | server | queued | run | wait | KV | hits |
    | -: | -: | -: | -: | -: | -: | -: | -: | -: | -: |
    | 1 | 1.26 s | 1.23 s | 1.02 ms | 0.987 ms | 812 ms | 32 | 0.5 | 99 % | 2 % |
    | 2 | 1.26 s | 1.23 s | 1.02 ms | 0.987 ms | 812 ms | 32 | 0.5 | 99 % | 2 % |

    Source: vLLM. TTFT and TPOT are means: the client’s, and beside them the server’s own, over the same requests. Queued: mean time in its queue. Run, wait: requests that it works on and that wait, under load. KV: KV cache in use then. Hits: prompt tokens from the prefix cache.

    "
  `)
  expect(renderComment(SITUATIONS.regressed)).not.toContain('Server side')
})

test('what a report says of its source is shown, not obeyed', () => {
  const report = reportOf(told(1, { source: '<b>@team</b>\n::error::x', running: 1 }))
  expect(renderText(report)).toContain('Server side (<b>@team</b> ::error::x)')
  expect(renderPage({ report, verdict: null })).not.toContain('<b>')
  expect(renderComment({ ...SITUATIONS.regressed, report })).not.toContain('<b>')
})

test('a report keeps it, a history what may say why, and older reports are read without it', () => {
  const report = reportOf(told(1), told(2, null))
  const decoded = decodeRunReport(encodeRunReport(report))
  expect(decoded.levels[0]!.server).toEqual({ source: 'vLLM', ...ALL })
  expect(decoded.levels[1]).not.toHaveProperty('server')
  expect(rowOf(report).levels[0]!.clues).toMatchObject({ serverQueueMs: 812, waiting: 0.5 })
  expect(rowOf(report).levels[1]!.clues).not.toHaveProperty('waiting')
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
