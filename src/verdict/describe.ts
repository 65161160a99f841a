import type { HistoryRow } from '../report/history.ts'
import { DOUBTS } from '../report/reasons.ts'
import type { Comparison, LevelChange, Outlook, VerdictWord } from '../report/verdict.ts'
import { studentTQuantile, studentTTail } from '../stats/distributions.ts'
import { mean } from '../stats/mean.ts'
import { metricOf, toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { AsideLevel, MissedMetric, RawComparison } from './compare.ts'
import { GROUPS_FOR_PROOF, SESSIONS_FOR_PROOF } from './judge.ts'
import type { JudgedMetric } from './judge.ts'
import { changeOfY, chooseMetrics, figureOfY, unitOf, boundOf } from './observe.ts'
import { METRICS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'
import type { MetricHistory } from './segments.ts'
import { estimateSpread } from './spread.ts'
import type { Spread } from './spread.ts'
import { boundChange } from './stand.ts'

/** What a verdict says of a metric that was compared. */
export function describeCompared(judged: JudgedMetric, policy: DecisionPolicy, now: HistoryRow): Comparison {
  const { raw, verdict, doubt, p, alpha } = judged
  const { metric, history, spread, all } = raw
  const statistical = policy.decision === 'statistical'
  const tolerance = toleranceOf(policy, metric)
  const { d, se } = all.newest
  return {
    ...headOf(metric, verdict, tolerance),
    unit: unitOf(metric, now),
    ofPlateau: raw.ofPlateau,
    levels: raw.levels,
    baseline: figureOfY(metric, history.newest.centre),
    candidate: figureOfY(metric, all.y),
    ...boundsOf(raw, now),
    change: changeOfY(metric, d),
    interval: boundChange(metric, all.newest, spread),
    worsening: Math.expm1(d),
    p: statistical ? p : null,
    // A plain threshold needs no significance: a change as large as the threshold exceeds it in half of all cases.
    smallestVisible: findSmallestVisible(se, spread.degrees, {
      alpha: statistical ? alpha : 0.5,
      tolerance,
      trimmed: statistical && history.trimmed,
    }),
    spread: spread.sd,
    assumedSpread: spread.assumed,
    groups: raw.control?.pairs === 0 ? 0 : history.newest.points.length,
    segments: history.segments.length,
    leftOut: raw.leftOut,
    provisional: provisionalOf(raw),
    ...(raw.step !== null && { step: raw.step }),
    confirmed: raw.fresh === null ? null : verdict === 'regressed',
    byLevel: byLevelOf(raw),
    aside: raw.aside.map((level) => changeAt(metric, level)),
    doubt,
    control: raw.control === null ? null : { theta: raw.control.theta, pairs: raw.control.pairs },
    note: noteOf(judged, policy),
  }
}

/** Which of the two figures is a bound: of recorded runs one is enough, because their mean is then one, too. */
function boundsOf({ metric, history }: RawComparison, now: HistoryRow): Pick<Comparison, 'bounds'> {
  const rows = history.newest.points.flatMap(({ entries }) => entries.map(({ row }) => row))
  const baseline = rows.flatMap((row) => boundOf(row, metric, now) ?? [])[0]
  const candidate = boundOf(now, metric, now)
  if (baseline === undefined && candidate === null) return {}
  return { bounds: { ...(baseline !== undefined && { baseline }), ...(candidate !== null && { candidate }) } }
}

/** The same of one that could not be compared. */
export function describeMissed(
  { metric, verdict, note }: MissedMetric,
  policy: DecisionPolicy,
  now: HistoryRow,
): Comparison {
  return {
    ...headOf(metric, verdict, toleranceOf(policy, metric)),
    unit: unitOf(metric, now),
    ofPlateau: null,
    levels: [],
    baseline: null,
    candidate: null,
    change: null,
    interval: null,
    worsening: null,
    p: null,
    smallestVisible: null,
    spread: null,
    assumedSpread: false,
    groups: 0,
    segments: 0,
    leftOut: 0,
    provisional: null,
    confirmed: null,
    byLevel: [],
    aside: [],
    doubt: null,
    control: null,
    note,
  }
}

function headOf(metric: Comparison['metric'], verdict: VerdictWord, tolerance: number) {
  return { metric, better: metricOf(metric).better, verdict, tolerance, accepted: null }
}

function provisionalOf({ metric, history, all }: RawComparison): Comparison['provisional'] {
  const first = history.newest.points[0]?.entries[0]
  if (history.before === null || all.before === null || first === undefined) return null
  return {
    sha: first.source.sha,
    startedAt: first.row.startedAt,
    runs: history.newest.points.reduce((sum, point) => sum + point.runs.length, 0),
    mainChange: changeOfY(metric, history.newest.centre - history.before.centre),
    changeFromBefore: changeOfY(metric, all.before.d),
  }
}

function byLevelOf({ metric, levels, history, byLevel }: RawComparison): Comparison['byLevel'] {
  const { points, centre, trust } = history.newest
  // With few pairs, every level is shrunk equally towards the control.
  const shift = trust === 1 ? 0 : centre - mean(points.map(({ y }) => y))
  return levels.map((concurrency) => {
    let before = 0
    for (const { runs } of history.newest.points) {
      let sum = 0
      for (const run of runs) sum += run.get(concurrency)!.y
      before += sum / runs.length / history.newest.points.length
    }
    return changeAt(metric, { concurrency, before: before + shift, now: byLevel.get(concurrency)! })
  })
}

function changeAt(metric: Comparison['metric'], { concurrency, before, now }: AsideLevel): LevelChange {
  return {
    concurrency,
    baseline: figureOfY(metric, before),
    candidate: figureOfY(metric, now),
    change: changeOfY(metric, now - before),
  }
}

function noteOf(
  { raw, verdict, doubt, isEnough, isQuicker, isTooCalm }: JudgedMetric,
  { gate }: Pick<DecisionPolicy, 'gate'>,
): string | null {
  if (gate === 'release' && verdict === 'no-change-seen' && !isEnough) {
    return raw.control === null
      ? `a proof needs ${GROUPS_FOR_PROOF} recorded runs, and has ${raw.history.groups}`
      : `a proof needs ${GROUPS_FOR_PROOF} recorded runs with this control, or ${SESSIONS_FOR_PROOF} sessions in which both sides are deployed anew`
  }
  if (gate === 'release' && verdict === 'no-change-seen' && isQuicker) {
    return 'no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell'
  }
  if (gate === 'release' && isTooCalm) {
    return 'no proof, because so small a spread as that of the recorded runs is not trusted to last, and by a larger one this may be beyond the tolerance: run it again, or beside a control'
  }
  if (doubt !== null) return DOUBTS[doubt]
  if (verdict === 'not-measured')
    return 'it looks clearly worse, but no fresh passes could be used, so nothing confirms it'
  return raw.ofPlateau === false ? 'no plateau was reached' : null
}

/**
 * The power that the first look needs so that the second look and the doubts leave four of five changes; more where
 * outliers are looked for, because there are more doubts. Calibrated: 0.80 left 75 to 79 of 100, and 0.84 with
 * outliers 74 to 80.
 */
const FIRST_LOOK_POWER = { usual: 0.84, trimmed: 0.9 }

/**
 * The smallest worsening, as a fraction, that is red in four of five cases, second look included:
 * max((t₁₋ₐ + t.₈₄) SE, ln(1 + δ) + t.₈₄ SE) with a = the α of the metrics / m; t.₉₀ where outliers are looked for.
 */
export function findSmallestVisible(
  se: number,
  degrees: number,
  { alpha, tolerance, trimmed }: { readonly alpha: number; readonly tolerance: number; readonly trimmed: boolean },
): number {
  const power = studentTQuantile(FIRST_LOOK_POWER[trimmed ? 'trimmed' : 'usual'], degrees) * se
  const significance = studentTQuantile(1 - alpha, degrees) * se
  return Math.expm1(power + Math.max(significance, Math.log1p(tolerance)))
}

const RUNS = [1, 3, 8]

/** What this gate could see with more recorded runs, if they had the assumed spread. */
export function outlookOf(candidates: readonly HistoryRow[], policy: DecisionPolicy): Outlook[] {
  const metrics = chooseMetrics(policy, candidates)
  const alpha = (METRICS_SHARE * policy.falseAlarmRate) / metrics.length
  return metrics.flatMap(({ metric }) =>
    RUNS.map((runs) => {
      const sd = policy.expectedSpread === 'auto' ? metricOf(metric).defaultSpread : policy.expectedSpread
      const { degrees } = estimateSpread(
        { squares: 0, degrees: runs - 1 },
        {
          within: { squares: 0, degrees: 0 },
          passes: 1,
          defaultSd: sd,
          expected: 'auto',
        },
      )
      const se = sd * Math.sqrt(1 + 1 / runs)
      return {
        metric,
        runs,
        smallestVisible: findSmallestVisible(se, degrees, {
          alpha,
          tolerance: toleranceOf(policy, metric),
          trimmed: false,
        }),
      }
    }),
  )
}

/** From this many groups on, their spread shows how often a plain threshold is wrong. */
const FEWEST_GROUPS = 3
/** With this many degrees of freedom, Student's distribution is the normal one to six digits. */
const NORMAL = 1e6

/**
 * About how often `decision: threshold` would call unchanged code worse: for each metric P(Z > ln(1 + δ) / SE), with
 * the spread that the history shows (nothing assumed) and, for a median of k runs, SE = S √(1 + π / (2k + 1));
 * metrics taken as independent, which overstates it. Student's distribution would overstate it threefold for a short
 * history (22 % where 7 % was true). Null while the history is too short to tell.
 */
export function estimateThresholdAlarmRate(
  compared: readonly { readonly metric: GatedMetric; readonly history: MetricHistory; readonly spread: Spread }[],
  policy: DecisionPolicy,
): number | null {
  let quiet = 1
  for (const { metric, history, spread } of compared) {
    const k = history.newest.points.length
    if (history.groups < FEWEST_GROUPS || spread.observed === null) return null
    const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1))
    const threshold = Math.log1p(toleranceOf(policy, metric))
    quiet *= se === 0 ? 1 : 1 - studentTTail(threshold / se, NORMAL)
  }
  return compared.length === 0 ? null : 1 - quiet
}
