import { expect, test } from 'vitest'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { writePlain } from '../../../src/words/terminal.ts'
import { renderText } from '../../../src/render/text.ts'
import { describePrompts, describeUnsent } from '../../../src/render/view/report.ts'
import type { RunReport, SentPrompts } from '../../../src/report/run-report.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { aReport } from '../../support/builders.ts'
import { SITUATIONS } from '../../support/situations.ts'
import { aVerdict } from '../../support/verdict-builders.ts'

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

const ALL: SentPrompts = {
  form: '',
  noun: 'prompt',
  container: 'JSON lines',
  found: 200,
  leftOut: [],
  ignored: [],
  sent: 200,
  length: null,
  seed: null,
}

const SOME: SentPrompts = {
  form: 'ShareGPT',
  noun: 'conversation',
  container: 'JSON, gzip',
  found: 52_002,
  leftOut: [
    { why: 'without a question', count: 12 },
    { why: 'not 100 to 2,000 characters long', count: 1_990 },
  ],
  ignored: ['model', '<b>x</b>'],
  sent: 1_000,
  length: '100 to 2,000 characters',
  seed: 'main',
}

test.each<[string, SentPrompts, string, string | null]>([
  ['a file that is sent whole', ALL, '200 prompts from a file', null],
  ['one prompt', { ...ALL, found: 1, sent: 1 }, '1 prompt from a file', null],
  [
    'a choice',
    SOME,
    '1,000 of 52,002 ShareGPT conversations from a file, 100 to 2,000 characters, seed main',
    'The file of prompts is JSON, gzip. Not sent: 12 without a question, 1,990 not 100 to 2,000 characters long, 49,000 not drawn. Ignored beside the prompts: model, <b>x</b>.',
  ],
])('%s is told', (_, prompts, told, unsent) => {
  const rest = describeUnsent(prompts)
  expect(writePlain(describePrompts(prompts))).toBe(told)
  expect(rest === null ? null : writePlain(rest)).toBe(unsent)
})

test('terminal, comment and page say what was sent, and show names of others as they are', () => {
  const plain = aReport()
  const workload = { ...plain.series.workload, promptsHash: 'b'.repeat(64) }
  const report: RunReport = { ...plain, series: { ...plain.series, workload }, prompts: SOME }
  const comment = renderComment({ report, verdict: aVerdict() })
  const page = renderPage({ report, verdict: aVerdict() })
  expect(renderText(report).replaceAll(/\s+/g, ' ')).toContain('1,000 of 52,002 ShareGPT conversations from a file')
  for (const line of renderText(report).split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(comment).toContain('Ignored beside the prompts: model, &lt;b&gt;')
  expect(page).toContain('Ignored beside the prompts: model, &lt;b&gt;x&lt;/b&gt;.')
  expect(page).toContain('49,000 not drawn')
})

const PROOF: NonNullable<RunReport['selfProof']> = {
  streams: 32,
  answers: 61,
  ttftErrorMs: { p50: 0.4123, p99: 1.3 },
  tpotError: { p50: 0.001, p99: 0.004 },
  tokensPerSecond: 38_123,
  plannedTokensPerSecond: 3150,
}
const SENTENCE =
  'This machine times TTFT to ±0.412 ms and TPOT to ±0.1 % at 32 streams (p99: 1.30 ms, 0.4 %); it can hold 38,000 tokens/s.'

test('how true the machine times stands in comment, text and page', () => {
  const report = aReport({ selfProof: PROOF })
  const comment = renderComment({ ...SITUATIONS.regressed, report }).replaceAll('\u00a0', ' ')
  expect(/<sub>(.*)<\/sub>/.exec(comment)![1]).toContain(SENTENCE)
  expect(renderText(report).replaceAll(/\s+/g, ' ')).toContain(SENTENCE)
  expect(renderPage({ report, verdict: null }).replaceAll('\u00a0', ' ')).toContain(SENTENCE)
})

test('where answers have one token nothing is said of TPOT', () => {
  const report = aReport({ selfProof: { ...PROOF, streams: 1, tpotError: null } })
  expect(renderText(report).replaceAll(/\s+/g, ' ')).toContain(
    'This machine times TTFT to ±0.412 ms at 1 stream (p99: 1.30 ms); it can hold 38,000 tokens/s.',
  )
})

test('a report keeps the proof, and one without says nothing of it', () => {
  expect(decodeRunReport(encodeRunReport(aReport({ selfProof: PROOF }))).selfProof).toEqual(PROOF)
  expect(renderText(aReport())).not.toContain('This machine times')
})
