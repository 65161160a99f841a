import type { RunReport } from '../../../report/run-report.ts'
import { loadOf } from '../../../vocabulary/load.ts'
import type { Verdict } from '../../../report/verdict.ts'
import { metricOf } from '../../../vocabulary/metrics.ts'
import { formatLevel, formatMs } from '../../format.ts'
import type { Area, SideKind } from '../chart.ts'
import type { Side } from '../sides.ts'

/** What charts show of objectives: the region that one allows, and the capacities. */

/** The times up to which a request keeps an objective, as the region of an axis; none where no objective is about them. */
export function boxObjective({ slo }: RunReport, time: string, axis: 'x' | 'y'): Area[] {
  const atMostMs = findBound(slo?.objectives ?? '', time)
  if (atMostMs === null) return []
  const label = `objective: ${time === 'latency' ? time : time.toUpperCase()} at most ${formatMs(atMostMs)}`
  const none = { from: null, to: null, low: null, high: null }
  return [{ ...none, kind: 'objective', label, [axis === 'x' ? 'to' : 'high']: atMostMs }]
}

/** A report keeps its objectives as one text, in milliseconds. */
function findBound(objectives: string, time: string): number | null {
  for (const one of objectives.split(',')) {
    const [, name, amount] = /^\s*([a-z]+) <= (\d+(?:\.\d+)?)ms\s*$/.exec(one) ?? []
    if (name === time) return Number(amount)
  }
  return null
}

/** A capacity in requests in flight, with its words. */
interface PlacedCapacity {
  readonly side: SideKind
  readonly value: number
  readonly label: string
}

const STATE_WORDS = { found: '', 'at-least': 'at least ', below: 'below ', unknown: '' } as const

/** The capacity of this run, and the one it is compared with, unless that is only a bound. */
export function listCapacities(
  { slo, series }: RunReport,
  verdict: Verdict | null,
  sides: readonly Side[],
): PlacedCapacity[] {
  const load = loadOf(series)
  const own = slo?.capacity
  const comparison = verdict?.comparisons.find(({ metric }) => metricOf(metric).field === 'capacity')
  const before = comparison?.bounds?.baseline === undefined ? (comparison?.baseline ?? null) : null
  const main = sides.find(({ kind }) => kind === 'baseline')
  return [
    ...(own?.concurrency == null
      ? []
      : [
          {
            side: 'candidate' as const,
            value: own.concurrency.value,
            label: `capacity ${STATE_WORDS[own.state]}${formatLevel(load, own.concurrency.value)}`,
          },
        ]),
    ...(before === null || main === undefined
      ? []
      : [{ side: main.kind, value: before, label: `${main.label}: capacity ${formatLevel(load, before)}` }]),
  ]
}
