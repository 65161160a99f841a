import { expect, test } from 'vitest'
import type { MeasuredLevel } from '../../../src/metrics/level/level-metrics.ts'
import type { ServerSide } from '../../../src/metrics/level/server-side.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { writePlain } from '../../../src/words/terminal.ts'
import { renderText } from '../../../src/render/text.ts'
import { viewServer, viewSplit } from '../../../src/render/view/clues.ts'
import { buildRow } from '../../../src/report/history-row.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import type { RunReport } from '../../../src/report/run-report.ts'
import { aLevel, aReport } from '../../support/builders.ts'
import { SITUATIONS } from '../../support/situations.ts'

const told = SITUATIONS['red, and the server says why']
const comment = (input: Parameters<typeof renderComment>[0]) => renderComment(input).replaceAll('\u00a0', ' ')

function fold(text: string, summary: string): string {
  const found = text.slice(text.indexOf(`<summary>${summary}`))
  return found.slice(0, found.indexOf('</details>'))
}

test('the server’s own figures stand beside those of main and the control, level by level', () => {
  const lines = fold(comment(told), 'Server side').split('\n')
  expect(lines[2]).toBe(
    '| level | run of | queued | run | wait | KV | hits | evicted | TTFT | server | TPOT | server |',
  )
  const of = (run: string) => lines.find((line) => line.startsWith(`| 32 | ${run} |`))
  expect(of('this PR')).toContain('| 4.20 s | 8 | 24 | 20 % | 2 % | 0 |')
  expect(of('main')).toContain('| 4.20 s | 8 | 24 | 20 % | 71 % | 0 |')
  expect(of('control')).toContain('| 4.20 s | 8 | 24 | 20 % | 71 % | 0 |')
  expect(renderPage({ report: told.report!, verdict: told.verdict })).toContain('<td>control</td>')
})

test('a green comment shows the run alone, and so does one whose recorded runs have none of it', () => {
  const { verdict } = SITUATIONS['no change seen']
  expect(fold(comment({ ...told, verdict }), 'Server side')).not.toContain('run of')
  const { sides: _, ...older } = told.verdict
  const alone = comment({ ...told, verdict: older })
  expect(fold(alone, 'Server side')).not.toContain('run of')
  expect(alone).not.toContain('The time of a median request')
})

test('the time of a median request is split on both sides, and the parts add up', () => {
  const lines = fold(comment(told), 'The time of a median request').split('\n')
  expect(lines[2]).toBe('| level | run of | connect | queue | prefill | decode | drain | all |')
  expect(lines).toContain('| 1 | this PR | 0 ms | 0.402 ms | 51.6 ms | 1.04 s | 1.00 ms | 1.09 s |')
  expect(lines).toContain('| 1 | main | 0 ms | 0.401 ms | 39.6 ms | 1.04 s | 1.00 ms | 1.08 s |')
})

test('where the server does not state its queue, queue and prefill are one figure, never a guess', () => {
  const heading = (report: Parameters<typeof viewSplit>[0]) =>
    viewSplit(report, 'this run', [])!.table.columns.map((column) => column.heading)
  const silent = aReport({ measured: [aLevel(1), aLevel(2)] })
  expect(heading(silent)).toEqual(['level', 'run of', 'connect', 'queue and prefill', 'decode', 'drain', 'all'])
  const levels = silent.levels.map((level, i) =>
    i === 0 ? level : { ...level, split: { ...level.split!, queueMs: 10 } },
  )
  const { table, note } = viewSplit({ ...silent, levels }, 'this run', [])!
  expect(table.rows.map((row) => row.map(writePlain).slice(3, 5))).toEqual([
    ['not known', '50.0 ms with it'],
    ['10.0 ms', '40.0 ms'],
  ])
  expect(note).toContain('both are one figure')
  expect(viewSplit(aReport({ measured: [] }), 'this run', [])).toBeNull()
})

test('what was sent late in an open loop has a column of its own', () => {
  const levels = aReport().levels.map((level) => ({ ...level, split: { ...level.split!, lateMs: 12 } }))
  const { table, note } = viewSplit({ ...aReport(), levels }, 'this run', [])!
  expect(table.columns.map(({ heading }) => heading)).toContain('sent late')
  expect(note).toContain('Sent late: from when it was due.')
})

test('the ten slowest requests are named, so that they are found in the server’s log', () => {
  const lines = fold(comment(told), 'The ten slowest requests').split('\n')
  expect(lines[2]).toBe('| id | level | pass | at | latency | of the median | TTFT | TPOT | tokens in | out |')
  expect(lines.filter((line) => line.startsWith('| `'))).toHaveLength(10)
  expect(lines[4]).toMatch(/^\| `[\da-f]{16}` \| 8 \| 1 \| \d+ s \| [\d.]+ s \| [\d.]+ × \| /)
  expect(lines.join(' ')).toContain('as `x-request-id`')
  expect(comment(SITUATIONS['no change seen'])).not.toContain('slowest')
})

test('what the server calls a request stands beside its id, where any has such a name', () => {
  const [first, second] = told.report!.slowest!
  const report = { ...told.report!, slowest: [{ ...first!, serverId: 'req_011CSHo' }, second!] }
  const lines = fold(comment({ ...told, report }), 'The ten slowest requests').split('\n')
  expect(lines[2]).toMatch(/^\| id \| server’s id \| level \|/)
  expect(lines[4]).toMatch(/^\| `[\da-f]{16}` \| `req_011CSHo` \| 8 \|/)
  expect(lines[5]).toMatch(/^\| `[\da-f]{16}` \| – \| 8 \|/)
  expect(lines.join(' ')).toContain('a header of the answer')
})

test('where all were sent with one id, they have the server’s alone, and the note says why', () => {
  const [first, second] = told.report!.slowest!
  const unnamed = [first!, second!].map((request) => {
    const { id: _, ...one } = request
    return one
  })
  const lay = (slowest: NonNullable<RunReport['slowest']>) =>
    fold(comment({ ...told, report: { ...told.report!, slowest } }), 'The ten slowest requests').split('\n')
  const named = lay([{ ...unnamed[0]!, serverId: 'req_1' }, unnamed[1]!])
  expect(named[2]).toMatch(/^\| server’s id \| level \|/)
  expect(named[4]).toMatch(/^\| `req_1` \| 8 \|/)
  expect(named.join(' ')).toContain('the `x-request-id` that `headers` or `auth` says')
  expect(lay(unnamed)[2]).toMatch(/^\| level \| pass \|/)
})

test('an id that somebody wrote into a report, or a server into its answer, shows harmlessly', () => {
  const hostile = '`</td><b>@team|'
  const slowest = [{ ...told.report!.slowest![0]!, id: hostile, serverId: hostile }]
  const report = { ...told.report!, slowest }
  expect(renderPage({ report, verdict: told.verdict })).not.toContain('<b>')
  expect(fold(renderComment({ ...told, report }), 'The ten slowest requests')).not.toContain('<b>@team|')
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

function measureLevel(concurrency: number, server: Partial<ServerSide> | null = ALL): MeasuredLevel {
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
  const text = renderText(reportOf(measureLevel(1, { ...ALL, waiting: 0 }), measureLevel(2, null), measureLevel(4)))
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
  const { table } = viewServer(
    reportOf(measureLevel(1, { running: 1, waiting: 0 }), measureLevel(2, { running: 2 })),
    'this run',
    [],
  )!
  expect(table.columns.map(({ heading }) => heading)).toEqual(['level', 'run', 'wait'])
  expect(table.rows.map((row) => row.map(writePlain))).toEqual([
    ['1', '1', '0'],
    ['2', '2', '–'],
  ])
  const silent = reportOf(measureLevel(1, null))
  expect(viewServer(silent, 'this run', [])).toBeNull()
  expect(renderText(silent)).not.toContain('Server side')
  expect(renderPage({ report: silent, verdict: null })).not.toContain('Server side')
})

test('the page and the comment have it too, the comment folded', () => {
  const report = reportOf(measureLevel(1), measureLevel(2))
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
  const report = reportOf(measureLevel(1, { source: '<b>@team</b>\n::error::x', running: 1 }))
  expect(renderText(report)).toContain('Server side (<b>@team</b> ::error::x)')
  expect(renderPage({ report, verdict: null })).not.toContain('<b>')
  expect(renderComment({ ...SITUATIONS.regressed, report })).not.toContain('<b>')
})

test('a report keeps it, a history what may say why, and older reports are read without it', () => {
  const report = reportOf(measureLevel(1), measureLevel(2, null))
  const decoded = decodeRunReport(encodeRunReport(report))
  expect(decoded.levels[0]!.server).toEqual({ source: 'vLLM', ...ALL })
  expect(decoded.levels[1]).not.toHaveProperty('server')
  expect(buildRow(report).levels[0]!.clues).toMatchObject({ serverQueueMs: 812, waiting: 0.5 })
  expect(buildRow(report).levels[1]!.clues).not.toHaveProperty('waiting')
})
