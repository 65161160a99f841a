import { expect, test } from 'vitest'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderText } from '../../src/render/text.ts'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { aReport } from '../support/builders.ts'
import { SITUATIONS } from '../support/situations.ts'

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
