import type { RunReport } from '../../report/run-report.ts'
import { loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import { formatLevel, formatMs, MISSING } from '../format.ts'
import { makeFigureColumn, keepUnit, makeWordColumn } from '../parts.ts'
import { LOAD_AXES, spansDecades } from './chart.ts'
import type { Chart, ChartLine, ChartPoint } from './chart.ts'
import { listLadder, nameSide } from './sides.ts'
import type { Side } from './sides.ts'

const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const

/** How a time is distributed over the requests of each level: from its median to the highest percentile that is known. */
export function chartDistribution(report: RunReport, sides: readonly Side[], time: 'ttft' | 'tpot'): Chart {
  const found = sides.map((side) => ({ side, at: readPercentiles(side, time) }))
  const shown = found.filter(({ at }) => at.length > 0)
  const all = shown.flatMap(({ at }) => at.flatMap(({ values }) => values.flatMap((value) => value ?? [])))
  const { label } = metricOf(`${time}-p50`)
  const load = loadOf(report.series)
  return {
    id: `${time}-distribution`,
    title: `${label} of the requests by ${load}: median, p90, p95 and p99`,
    description: `From the median, where the mark is, to the highest percentile that enough requests tell. ${describeEach(shown, load)}`,
    x: LOAD_AXES[load],
    y: { label, unit: 'ms', scale: spansDecades(all) ? 'log' : 'linear', format: formatMs },
    lines: shown.map(({ side, at }): ChartLine => ({
      label: side.label,
      kind: side.kind,
      points: at.filter(({ isUsable }) => isUsable).map(toPoint),
      strokes: [],
      unusable: at.filter(({ isUsable }) => !isUsable).map(toPoint),
    })),
    areas: [],
    marks: [],
    words: [],
    isApart: true,
    table: {
      columns: [makeFigureColumn('level'), makeWordColumn('run'), ...PERCENTILES.map(makeFigureColumn)],
      rows: listLadder(report, []).flatMap((level) =>
        shown.toReversed().flatMap(({ side, at }) => {
          const spread = at.find(({ concurrency }) => concurrency === level)
          if (spread === undefined) return []
          return [
            [
              formatLevel(load, level),
              spread.isUsable ? side.label : `${side.label} (not usable)`,
              ...spread.values.map((value) => (value === null ? MISSING : keepUnit(formatMs(value)))),
            ],
          ]
        }),
      ),
    },
    note: describeMissing(found),
    hasMoved: false,
  }
}

/** The percentiles of one level; those that too few requests tell are null. */
interface Percentiles {
  readonly concurrency: number
  readonly isUsable: boolean
  readonly values: readonly (number | null)[]
}

/** Levels of which more than the median is known. */
function readPercentiles(side: Side, time: 'ttft' | 'tpot'): Percentiles[] {
  const [medians = [], ...tails] = PERCENTILES.map((percentile) => side.read(`${time}-${percentile}`))
  return medians.flatMap(({ concurrency, value, isUsable }) => {
    const above = tails.map((tail) => tail.find((reading) => reading.concurrency === concurrency)?.value ?? null)
    return above.every((one) => one === null) ? [] : [{ concurrency, isUsable, values: [value, ...above] }]
  })
}

function toPoint({ concurrency, values }: Percentiles): ChartPoint {
  const known = values.flatMap((value) => value ?? [])
  // Pooled over the passes a p90 may lie below the mean of their medians.
  const range = { low: Math.min(...known), high: Math.max(...known) }
  return { x: concurrency, y: known[0]!, label: null, range, ticks: known.slice(1) }
}

function describeEach(
  found: readonly { readonly side: Side; readonly at: readonly Percentiles[] }[],
  load: LoadKind,
): string {
  return found
    .toReversed()
    .map(({ side, at }) => {
      const levels = at.map(({ concurrency, values }) => {
        const known = values.flatMap((value, i) => (value === null ? [] : [`${PERCENTILES[i]} ${formatMs(value)}`]))
        return `at ${formatLevel(load, concurrency)} ${known.join(', ')}`
      })
      return `${side.label}: ${levels.join('; ')}.`
    })
    .join(' ')
}

/** Recorded runs of older versions, or of fewer requests, have no percentiles above the median. */
function describeMissing(
  found: readonly { readonly side: Side; readonly at: readonly Percentiles[] }[],
): string | null {
  const before = found.find(({ side, at }) => side.kind === 'baseline' && at.length === 0)
  const isKnown = before !== undefined && before.side.read('throughput').length > 0
  return isKnown ? `Of ${nameSide(before.side)} no more than the median is recorded.` : null
}
