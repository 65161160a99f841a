import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import type { Sides } from './view/comparisons.ts'
import { THROUGHPUT_UNITS } from './format.ts'
import { throughputSeries, timeSeries } from './level-series.ts'
import type { LevelSeries } from './level-series.ts'

/** Blue and grey that have contrast on white and on black. */
const PALETTE = '#2f81f7, #8c959f'

/** More categories than this overlap. */
const MOST_LEVELS = 40

/** Charts in the language that GitHub draws: throughput, and TPOT where there is one. All their numbers are in tables too. */
export function mermaidCharts(report: RunReport, verdict: Verdict, sides: Sides): string[] {
  const unit = THROUGHPUT_UNITS[report.plateau.metric]
  return [
    chart('Throughput', unit, throughputSeries(report, verdict), sides),
    chart('TPOT', 'ms', timeSeries(report, verdict, 'tpot'), sides),
  ].filter((text) => text !== null)
}

/** Only words of ours and numbers stand in it. Older versions have no legend: the title names the lines. */
function chart(what: string, unit: string, { points, baseline }: LevelSeries, sides: Sides): string | null {
  if (points.length < 2 || points.length > MOST_LEVELS) return null
  const before = points.map(({ concurrency }) => baseline.find((point) => point.concurrency === concurrency)?.value)
  // A line needs a value at every category.
  const both = before.every((value) => value !== undefined)
  const legend = both ? `${sides.candidate} blue, ${sides.baseline} grey` : sides.candidate
  const now = points.map(({ value }) => value)
  const top = Math.max(...now, ...(both ? before : [])) * 1.1
  return [
    '```mermaid',
    '---',
    'config:',
    '  themeVariables:',
    '    xyChart:',
    `      plotColorPalette: "${PALETTE}"`,
    '---',
    'xychart-beta',
    `  title "${what} in ${unit} by concurrency: ${legend}"`,
    `  x-axis "concurrency" [${points.map(({ concurrency }) => `"${concurrency}"`).join(', ')}]`,
    `  y-axis "${unit}" 0 --> ${short(top)}`,
    `  line [${now.map(short).join(', ')}]`,
    ...(both ? [`  line [${before.map(short).join(', ')}]`] : []),
    '```',
  ].join('\n')
}

/** Four significant digits, never with an exponent. */
function short(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 6 })
}
