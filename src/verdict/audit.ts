import type { HistoryEntry } from '../report/history.ts'
import type { GatedMetric } from '../settings/metric-names.ts'
import { toleranceOf } from '../settings/tolerance.ts'
import { holm } from '../stats/holm.ts'
import { mean } from '../stats/mean.ts'
import { levelSetOf } from './level-set.ts'
import { chooseMetrics, defaultSpread } from './metrics.ts'
import { passMeans, WHOLE_RUN } from './observe.ts'
import { pastOf } from './past.ts'
import type { Past, RunGroup } from './past.ts'
import { METRICS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'
import { historyOver, seeGroups } from './reference.ts'
import type { GroupPoint, MetricHistory } from './reference.ts'
import { spreadOf } from './spread.ts'
import type { Spread } from './spread.ts'
import { smallestVisible, standOf } from './stand.ts'

/** What a history says about the gate that uses it. */
export interface Audit {
  readonly name: string
  /** Runs that are comparable with the newest, and the groups that they form. */
  readonly runs: number
  readonly groups: number
  /** Runs that were judged against all others of their segment, and those that a first look would have called worse. */
  readonly judged: number
  readonly alarms: number
  readonly promisedAlarmRate: number
  readonly metrics: readonly MetricAudit[]
}

/** One metric of the audit. Spreads are standard deviations on the log scale; changes are fractions. */
export interface MetricAudit {
  readonly metric: GatedMetric
  readonly levels: readonly number[]
  /** Groups of the newest segment, and all segments. */
  readonly groups: number
  readonly segments: number
  /** Between runs; null with fewer than two of one segment. */
  readonly spreadBetween: number | null
  /** Between the passes of a run; null with one pass. */
  readonly spreadWithin: number | null
  readonly smallestVisible: number
  readonly tolerance: number
  /** What would see smaller changes. */
  readonly remedies: readonly Remedy[]
}

/** A change of the settings, and the smallest change that would be seen with it. */
export interface Remedy {
  readonly what: 'twice-the-runs' | 'half-the-spread' | 'twice-the-passes'
  readonly smallestVisible: number
}

/** One metric of the history, ready to be tested against itself. */
interface Audited {
  readonly metric: GatedMetric
  readonly levels: readonly number[]
  readonly history: MetricHistory
  readonly passes: number
}

/**
 * Replays the runs of the newest series: each group is judged against all others of its segment, as if it came last
 * (leave-one-out). Null when nothing was recorded.
 */
export function audit(entries: readonly HistoryEntry[], policy: DecisionPolicy): Audit | null {
  const newest = entries.at(-1)
  const past = newest === undefined ? null : pastOf(entries, newest.row.series)
  if (newest === undefined || past === null) return null
  const audited = chooseMetrics(policy, [newest.row]).flatMap(({ metric }) => auditable(metric, past, policy))
  const judged = past.groups.filter((group) => audited.some((each) => othersOf(group, each) !== null))
  return {
    name: newest.row.series.name,
    runs: past.entries.length,
    groups: past.groups.length,
    judged: judged.length,
    alarms: judged.filter((group) => isAlarm(group, audited, policy)).length,
    promisedAlarmRate: policy.falseAlarmRate,
    metrics: audited.map((each) => auditMetric(each, audited.length, policy)),
  }
}

function auditable(metric: GatedMetric, past: Past, policy: DecisionPolicy): Audited[] {
  const { seen } = seeGroups(metric, past.groups, past.entries.at(-1)!.row)
  const { levels } = levelSetOf(
    metric,
    seen.flatMap((group) => group.runs),
    past.knee,
  )
  const history = historyOver(metric, seen, levels, policy.decision === 'threshold' ? 'median' : 'mean')
  if (history === null) return []
  const passes = Math.min(
    ...history.segments.flat().flatMap(({ runs }) => runs.map((run) => passMeans(run, levels).length)),
  )
  return [{ metric, levels, history, passes }]
}

function spreadIn({ metric, history, passes }: Audited, policy: DecisionPolicy): Spread {
  return spreadOf(history.segments, {
    within: history.within,
    passes,
    defaultSd: defaultSpread(metric),
    expected: policy.expectedSpread,
  })
}

/** The history without a group, its segment the newest; null when the group is not in it or alone in its segment. */
function othersOf(group: RunGroup, { history }: Audited): { point: GroupPoint; rest: MetricHistory } | null {
  const own = history.segments.find((segment) => segment.some((point) => point.entries === group.entries))
  const point = own?.find((point) => point.entries === group.entries)
  if (own === undefined || point === undefined || own.length < 2) return null
  const others = own.filter((other) => other !== point)
  const newest = { points: others, centre: mean(others.map(({ y }) => y)) }
  const segments = history.segments.map((segment) => (segment === own ? others : segment))
  return { point, rest: { ...history, newest, before: null, segments } }
}

/** Whether a first look would have called this group worse than the others. */
function isAlarm(group: RunGroup, audited: readonly Audited[], policy: DecisionPolicy): boolean {
  const stands = audited.flatMap((each) => {
    const found = othersOf(group, each)
    if (found === null) return []
    const spread = spreadIn({ ...each, history: found.rest }, policy)
    return { metric: each.metric, stand: standOf(found.point.y, found.rest, spread) }
  })
  const over = stands.map(({ metric, stand }) => stand.least >= Math.log1p(toleranceOf(policy, metric)))
  if (policy.decision === 'threshold') return over.includes(true)
  const significant = holm(
    stands.map(({ stand }) => stand.worse),
    METRICS_SHARE * policy.falseAlarmRate,
  )
  return significant.some((is, i) => is && over[i]!)
}

function auditMetric(each: Audited, family: number, policy: DecisionPolicy): MetricAudit {
  const { metric, history, levels, passes } = each
  const k = history.newest.points.length
  const tolerance = toleranceOf(policy, metric)
  const spread = spreadIn(each, policy)
  const within = history.within.degrees === 0 ? null : Math.sqrt(history.within.squares / history.within.degrees)
  const visible = (sd: number, groups: number, degrees: number) =>
    smallestVisible(sd * Math.sqrt(1 + 1 / groups), degrees, {
      alpha: (METRICS_SHARE * policy.falseAlarmRate) / family,
      tolerance,
    })
  // What passes contribute to the variance of a run halves when they double.
  const noise = within === null ? 0 : within ** 2 / passes
  const calmer = Math.sqrt(Math.max(spread.sd ** 2 - noise / 2, noise / 2))
  return {
    metric,
    levels: levels.filter((level) => level !== WHOLE_RUN),
    groups: k,
    segments: history.segments.length,
    spreadBetween: spread.observed,
    spreadWithin: within,
    smallestVisible: visible(spread.sd, k, spread.degrees),
    tolerance,
    remedies: [
      { what: 'twice-the-runs', smallestVisible: visible(spread.sd, 2 * k, spread.degrees + k) },
      { what: 'half-the-spread', smallestVisible: visible(spread.sd / 2, k, spread.degrees) },
      ...(noise === 0
        ? []
        : [{ what: 'twice-the-passes', smallestVisible: visible(calmer, k, spread.degrees) } as const]),
    ],
  }
}
