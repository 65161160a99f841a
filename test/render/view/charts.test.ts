import { expect, test } from 'vitest'
import { renderComment } from '../../../src/render/comment.ts'
import { renderPage } from '../../../src/render/page.ts'
import { writePlain } from '../../../src/words/terminal.ts'
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
  expect(comment).toContain('title "Throughput by concurrency, in tok/s: this PR line, main bars"')
  expect(comment).toContain('x-axis "concurrency" ["1", "2", "4", "8", "16", "32"]')
  expect(comment).toMatch(/\| Throughput, not compared \| 1 \| 92\.5\u00a0tok\/s \| 92\.5/)
})

test('where main lacks levels it has no bar in a comment; where the run does, its line is that of the longest stretch', () => {
  const level = (concurrency: number) => aLevelChange({ concurrency, baseline: 500, candidate: 500 })
  const compared = aComparison({ metric: 'plateau-throughput', byLevel: [8, 32].map(level) })
  const verdict = aVerdict({ comparisons: [compared] })
  const whole = renderComment({ report: aReport({ measured: aSweep() }), verdict })
  expect(whole).toContain('x-axis "concurrency" ["1", "2", "4", "8", "16", "32"]')
  expect(whole).toContain('  bar [0, 0, 0, 500, 0, 500]')
  const cut = renderComment({ report: aReportWithout([4]), verdict })
  expect(cut).toContain('title "Throughput by concurrency, in tok/s, levels 8 to 32: this PR line, main bars"')
  expect(cut).toContain('x-axis "concurrency" ["8", "16", "32"]')
})

test('a comment draws the curve first, then what moved or broke a limit, whatever it is, and nothing that did not', () => {
  expect(chartsIn(SITUATIONS.regressed.verdict, SITUATIONS.regressed.report!)).toEqual([
    'Throughput by latency: this PR blue, main grey',
    'Throughput by concurrency, in tok/s: this PR line, main bars',
    'TPOT (median) by concurrency: this PR line, main bars',
  ])
  expect(chartsIn(SITUATIONS.suspect.verdict).slice(1)).toEqual([
    'TTFT (median) by concurrency: this PR line, main bars',
  ])
  const tail = aComparison({ metric: 'latency-p90', verdict: 'regressed', levels: [8, 16] })
  expect(
    chartsIn(aVerdict({ verdict: 'regressed', comparisons: [tail] }), SITUATIONS.regressed.report!).slice(1),
  ).toEqual(['Latency p90 by concurrency: this PR line, main bars'])
  expect(chartsIn(SITUATIONS['a limit is broken'].verdict, SITUATIONS.regressed.report!)).toEqual([
    'Throughput by latency: this PR blue',
    'TTFT p90 by concurrency: this PR',
  ])
  expect(chartsIn(SITUATIONS['no change seen'].verdict).slice(1)).toEqual([
    'Throughput by concurrency, in tok/s: this PR line, main bars',
    'TPOT (median) by concurrency: this PR line, main bars',
  ])
})

test('the curve stands first, then throughput and times, what moved, the objectives, and how times are distributed', () => {
  const ids = (name: keyof typeof SITUATIONS) =>
    viewCharts(SITUATIONS[name].report!, SITUATIONS[name].verdict, NAMES).map(({ id }) => id)
  expect(ids('regressed')).toEqual([
    'curve',
    'throughput',
    'ttft-p50',
    'tpot-p50',
    'ttft-distribution',
    'tpot-distribution',
  ])
  expect(ids('beside a control and with objectives').slice(4, 6)).toEqual(['attainment', 'goodput'])
  expect(ids('a limit is broken')).toContain('ttft-p90')
})

test('the curve has throughput over latency with the concurrency at each point, of main and of the control, too', () => {
  const { report, verdict } = SITUATIONS['beside a control and with objectives']
  const curve = viewCharts(report!, verdict, NAMES)[0]!
  expect(curve.lines.map(({ kind }) => kind)).toEqual(['baseline', 'control', 'candidate'])
  const own = curve.lines.at(-1)!
  expect(own.points.map(({ label }) => label)).toEqual(['1', '2', '4', '8', '16', '32'])
  const level = report!.levels[3]!
  expect(own.points[3]).toMatchObject({ x: level.latencyMs!.p50, y: level.outputTokensPerSecond })
  expect(own.points[3]!.range!.low).toBeLessThan(own.points[3]!.range!.high)
  expect(curve.areas.map(({ label }) => label)).toEqual(['plateau', 'objective: latency at most 5.00 s'])
  expect(curve.areas[1]).toMatchObject({ from: null, to: 5000, low: null, high: null })
  expect(curve.marks.map(({ label }) => label)).toEqual(['knee 7.5', 'capacity 17.2', 'main: capacity 22'])
  // A place between two levels lies on the line between them.
  const [before, after] = [own.points[2]!, own.points[3]!]
  const knee = curve.marks[0]!
  const share = (knee.x! - before.x) / (after.x - before.x)
  expect(share).toBeGreaterThan(0)
  expect(share).toBeLessThan(1)
  expect(knee.y!).toBeCloseTo(before.y + share * (after.y - before.y), 6)
})

test('main is drawn at levels that the run lacks, and a level without a figure interrupts both', () => {
  const { verdict } = SITUATIONS.regressed
  const report = aReport({ measured: aSweep().filter(({ concurrency }) => concurrency !== 4) })
  const [curve, throughput] = viewCharts(report, verdict, NAMES)
  for (const chart of [curve!, throughput!]) {
    const [main, own] = chart.lines
    expect(main!.points).toHaveLength(6)
    expect(main!.strokes).toHaveLength(1)
    expect(own!.strokes.map((stroke) => stroke.length)).toEqual([2, 3])
  }
})

test('beside a control alone no baseline is drawn, because none was recorded', () => {
  const { report, verdict } = SITUATIONS['beside a control and with objectives']
  const alone = { ...verdict, sides: { control: verdict.sides!.control! } }
  const charts = viewCharts(report!, alone, NAMES)
  expect(charts.flatMap(({ lines }) => lines.map(({ kind }) => kind))).not.toContain('baseline')
  expect(renderComment({ report: report!, verdict: alone })).toContain('this PR line, control bars')
})

test('what is compared beside a control is drawn as it was measured', () => {
  const { report, verdict } = SITUATIONS['beside a control and with objectives']
  const throughput = viewCharts(report!, verdict, NAMES).find(({ id }) => id === 'throughput')!
  const of = (side: 'baseline' | 'control') => throughput.lines.find(({ kind }) => kind === side)!.points.at(-1)!.y
  expect(of('baseline')).toBe(verdict.sides!.baseline!.levels.at(-1)!.figures.throughput!.value)
  expect(of('control')).toBe(verdict.sides!.control!.levels.at(-1)!.figures.throughput!.value)
})

test('a verdict of an older version draws what it has', () => {
  const { report, verdict } = SITUATIONS.regressed
  const { sides: _, ...older } = verdict
  const [curve, throughput] = viewCharts(report!, older, NAMES)
  expect(curve!.lines.map(({ kind }) => kind)).toEqual(['candidate'])
  expect(throughput!.lines.map(({ kind }) => kind)).toEqual(['baseline', 'candidate'])
})

test('a run that is not valid is drawn and marked: crosses for levels that cannot be used, never joined', () => {
  const { report, verdict } = SITUATIONS['a run that is not valid']
  const charts = viewCharts(report!, verdict, NAMES)
  for (const { title } of charts) expect(title).toContain('(run not valid)')
  const own = charts[0]!.lines.at(-1)!
  expect(own.unusable.map(({ label }) => label)).toEqual(['4', '32'])
  expect(own.strokes.map((stroke) => stroke.map(({ label }) => label))).toEqual([
    ['1', '2'],
    ['8', '16'],
  ])
  expect(charts[0]!.note).toContain('This run is not valid: its figures decide nothing.')
  expect(renderPage({ report: report!, verdict })).toContain('class="cross candidate"')
})

test('times are distributed from the median on, both sides where both are known, else it is said', () => {
  const { report, verdict } = SITUATIONS.regressed
  const find = (verdict: Verdict) => viewCharts(report!, verdict, NAMES).find(({ id }) => id === 'ttft-distribution')!
  const chart = find(verdict)
  expect(chart.lines.map(({ kind }) => kind)).toEqual(['baseline', 'candidate'])
  const [point] = chart.lines.at(-1)!.points
  expect(point!.ticks.length).toBeGreaterThan(0)
  expect(point!.range!.high).toBe(Math.max(point!.y, ...point!.ticks))
  const withoutTails = aVerdict({
    sides: { baseline: { runs: 3, levels: [{ concurrency: 8, figures: { throughput: { value: 500 } } }] } },
  })
  expect(find(withoutTails).lines.map(({ kind }) => kind)).toEqual(['candidate'])
  expect(find(withoutTails).note).toBe('Of main no more than the median is recorded.')
})

test('all that a chart shows stands in its table', () => {
  for (const { report, verdict } of Object.values(SITUATIONS)) {
    for (const { id, table, lines } of report === null ? [] : viewCharts(report, verdict, NAMES)) {
      const shown = lines.reduce((sum, line) => sum + line.points.length + line.unusable.length, 0)
      const cells = table.rows.flat().map((cell) => writePlain(cell))
      expect(cells.filter((cell) => cell !== '–').length, id).toBeGreaterThanOrEqual(shown)
    }
  }
})

test('whatever a branch is called, and whatever an objective says, the charts of a comment hold only our own words', () => {
  const { report, verdict } = SITUATIONS['beside a control and with objectives']
  const slo = { ...report!.slo!, objectives: 'latency <= 1ms"\n```\n<img src=x>, ttft <= 9ms"]' }
  for (const defaultBranch of ['main"\n  line [9]', '```\n<script>', 'a]b', '{"x"}%%']) {
    const comment = renderComment({ report: { ...report!, slo }, verdict, defaultBranch })
    const charts = [...comment.matchAll(/^```mermaid\n([\s\S]*?)\n```$/gm)].map(([, chart]) => chart!)
    expect(charts).toHaveLength(3)
    for (const chart of charts) {
      expect(chart).toContain('the default branch')
      expect(chart).not.toContain(defaultBranch)
      for (const line of chart.split('\n').slice(8)) {
        expect(line).toMatch(
          /^(xychart-beta| {2}title "[^"\n]*"| {2}[xy]-axis "[^"\n]*" [^\n]*| {2}(line|bar) \[[\d., ]+\])$/,
        )
      }
    }
  }
})
