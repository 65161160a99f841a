import { expect, test } from 'vitest'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { viewCharts } from '../../../src/render/view/charts.ts'
import { nameRuns } from '../../../src/render/view/input.ts'
import type { RunReport } from '../../../src/report/run-report.ts'
import type { Verdict } from '../../../src/report/verdict.ts'
import { aReport } from '../../support/builders.ts'
import { aSweep, SITUATIONS } from '../../support/situations.ts'
import { aComparison, aLevelChange, aVerdict } from '../../support/verdict-builders.ts'

const NAMES = nameRuns({ subject: 'pull-request' })

/** The report of a sweep in which these levels cannot be used. */
function aReportWithout(unusable: readonly number[]): RunReport {
  const report = aReport({ measured: aSweep() })
  return {
    ...report,
    levels: report.levels.map((level) => ({ ...level, valid: !unusable.includes(level.concurrency) })),
  }
}

function strokesOf(report: RunReport, verdict: Verdict | null, kind: 'candidate' | 'baseline'): number[][] {
  const throughput = viewCharts(report, verdict, NAMES).find(({ id }) => id === 'throughput')!
  return throughput.lines.find((line) => line.kind === kind)!.strokes.map((stroke) => stroke.map(({ x }) => x))
}

/** The titles of the charts in a comment. */
function chartsIn(verdict: Verdict, report = aReport({ measured: aSweep() })): string[] {
  const comment = renderComment({ report, verdict })
  return [...comment.matchAll(/^ {2}title "(.*)"$/gm)].map(([, title]) => title!)
}

test('a line ends where a level between two points has no figure', () => {
  expect(strokesOf(aReportWithout([]), null, 'candidate')).toEqual([[1, 2, 4, 8, 16, 32]])
  expect(strokesOf(aReportWithout([4]), null, 'candidate')).toEqual([
    [1, 2],
    [8, 16, 32],
  ])
  const page = renderPage({ report: aReportWithout([4]), verdict: null })
  expect(/class="line candidate" d="([^"]*)"/.exec(page)![1]!.match(/M/g)).toHaveLength(2)
})

test('that of the baseline does so, too, and has the levels that were not compared', () => {
  const level = (concurrency: number) => aLevelChange({ concurrency, baseline: 500, candidate: 500 })
  const compared = aComparison({
    metric: 'plateau-throughput',
    byLevel: [8, 32].map(level),
    aside: [1, 2].map(level),
  })
  const verdict = aVerdict({ comparisons: [compared] })
  expect(strokesOf(aReportWithout([]), verdict, 'baseline')).toEqual([[1, 2], [8], [32]])
})

test('the throughput in a comment has main beside it, below the plateau as well', () => {
  const comment = renderComment(SITUATIONS['no change seen'])
  expect(comment).toContain('title "Throughput by concurrency, in tok/s: this PR blue, main grey"')
  expect(comment).toContain('x-axis "concurrency" ["1", "2", "4", "8", "16", "32"]')
  expect(comment).toMatch(/\| Throughput, not compared \| 1 \| 92\.5\u00a0tok\/s \| 92\.5/)
})

test('where main lacks levels, a comment draws those that both have', () => {
  const level = (concurrency: number) => aLevelChange({ concurrency, baseline: 500, candidate: 500 })
  const compared = aComparison({ metric: 'plateau-throughput', byLevel: [8, 32].map(level) })
  const comment = renderComment({
    report: aReport({ measured: aSweep() }),
    verdict: aVerdict({ comparisons: [compared] }),
  })
  expect(comment).toContain('x-axis "concurrency" ["8", "32"]')
})

test('a comment draws what moved or broke a limit, whatever it is, and nothing that did not', () => {
  expect(chartsIn(SITUATIONS.suspect.verdict)).toEqual(['TTFT (median) by concurrency: this PR blue, main grey'])
  const tail = aComparison({ metric: 'latency-p90', verdict: 'regressed', levels: [8, 16] })
  expect(chartsIn(aVerdict({ verdict: 'regressed', comparisons: [tail] }), SITUATIONS.regressed.report!)).toEqual([
    'Latency p90 by concurrency: this PR blue, main grey',
  ])
  expect(chartsIn(SITUATIONS['a limit is broken'].verdict, SITUATIONS.regressed.report!)).toEqual([
    'TTFT p90 by concurrency: this PR',
  ])
  expect(chartsIn(SITUATIONS['no change seen'].verdict)).toEqual([
    'Throughput by concurrency, in tok/s: this PR blue, main grey',
    'TPOT (median) by concurrency: this PR blue, main grey',
  ])
})
