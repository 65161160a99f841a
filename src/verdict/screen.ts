import type { HistoryRow } from '../report/history.ts'
import { toleranceOf } from '../settings/values/tolerance.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { FreshPasses } from '../report/looks.ts'
import type { MissedMetric, RawComparison } from './compare.ts'
import { findLostLevels, levelsOfRise, findLevelsToRepeat } from './failures.ts'
import { chooseMetrics } from './observe.ts'
import { ERROR_RATE_SHARE } from './policy.ts'
import type { DecideInput, DecisionPolicy } from './policy.ts'
import { lookAt, pastOfFailures, sidesOf } from './sides.ts'
import type { Sides } from './sides.ts'

/** A metric is looked at again from this p and this worsening on. */
export const SCREEN_P = 0.05
const SCREEN_WORSENING = 0.03

/** What a second look must measure; both empty when there is no need. */
export interface Screening {
  readonly metrics: readonly GatedMetric[]
  readonly levels: readonly number[]
}

/** The first look at a run: what it says of every metric, which levels it lost, and what must be looked at again. */
export interface FirstLook {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
  readonly screening: Screening
}

/** What is known before a second look. */
export type ScreenInput = Omit<DecideInput, 'secondLook'>

/** Which metrics and levels look worse, or are missing by mishap: fresh passes over these levels are worth their time. */
export function screen(input: ScreenInput): Screening {
  const { baseline, policy, trouble } = input
  const sides = trouble !== null || baseline?.unreadable != null ? null : sidesOf(input)
  return sides === null ? { metrics: [], levels: [] } : takeFirstLook(sides, policy).screening
}

/** Looks at every metric and level once. */
export function takeFirstLook(sides: Sides, policy: DecisionPolicy): FirstLook {
  const { candidates } = sides
  const past = pastOfFailures(sides)
  const compared: RawComparison[] = []
  const missed: MissedMetric[] = []
  for (const choice of chooseMetrics(policy, candidates)) {
    const raw = lookAt(choice, sides, { fresh: null, policy })
    if (raw?.kind === 'compared') compared.push(raw)
    if (raw?.kind === 'missed') missed.push(raw)
  }
  const screened = compared.filter((raw) => isScreened(raw, policy))
  const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)))
  for (const raw of screened) for (const level of levelsOf(raw, candidates)) levels.add(level)
  for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level)
  for (const level of levelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level)
  const screening = {
    metrics: screened.map(({ metric }) => metric),
    levels: [...levels].sort((a, b) => a - b),
  }
  return { compared, missed, screening }
}

/** A figure of the whole run needs all of its levels. */
function levelsOf({ levels }: RawComparison, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
}

/** What is known of the metrics of a run. */
export interface LookResult {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
}

/**
 * Looks again with fresh passes: screened metrics are confirmed by them or not, and metrics that lacked levels by mishap
 * get these from them. The latter are seen once only, so they cannot be red: where they are far worse they are `not-measured`,
 * which fails and opens a segment on main. All others stay as they are.
 */
export function takeSecondLook(
  { compared, missed }: LookResult,
  sides: Sides,
  { fresh, policy }: { readonly fresh: FreshPasses; readonly policy: DecisionPolicy },
): LookResult {
  const again = compared.map((raw) => {
    if (!isScreened(raw, policy)) return raw
    const found = lookAt({ metric: raw.metric, optional: false }, sides, { fresh, policy })
    return found?.kind === 'compared' ? found : raw
  })
  const stillMissed: MissedMetric[] = []
  for (const each of missed) {
    const levels = listFillableLevels(each, sides.candidates)
    const filled = fillSides(sides, fresh, levels)
    const found = lookAt({ metric: each.metric, optional: false }, filled, { fresh: null, policy })
    if (found?.kind === 'compared') again.push(found)
    else stillMissed.push(each)
  }
  return { compared: again, missed: stillMissed }
}

/** Levels that a metric lacks and that may come out well another time: a rate limit would meet them again. */
export function listFillableLevels(
  { levelsMissing }: MissedMetric,
  candidates: readonly HistoryRow[],
): readonly number[] {
  return levelsMissing.filter((concurrency) =>
    candidates.every((row) =>
      row.levels.some((level) => level.concurrency === concurrency && level.state !== 'limited'),
    ),
  )
}

function fillSides({ candidates, past, control }: Sides, fresh: FreshPasses, levels: readonly number[]): Sides {
  const fill = (rows: readonly HistoryRow[], by: HistoryRow | null) =>
    by === null ? rows : rows.map((row) => fillLevels(row, by, levels))
  return {
    candidates: fill(candidates, fresh.row),
    past,
    control:
      control === null
        ? null
        : {
            ...control,
            candidates: fill(control.candidates, fresh.row),
            beside: { ...control.beside, controls: fill(control.beside.controls, fresh.control) },
          },
  }
}

function fillLevels(row: HistoryRow, fresh: HistoryRow, concurrencies: readonly number[]): HistoryRow {
  const freshLevels = new Map(fresh.levels.map((level) => [level.concurrency, level]))
  return {
    ...row,
    levels: row.levels.map((level) =>
      !level.valid && concurrencies.includes(level.concurrency) ? (freshLevels.get(level.concurrency) ?? level) : level,
    ),
  }
}

/**
 * Whether a metric is worth a second look, or has had one. It is from 3 % on, or from the tolerance where that is smaller. A
 * plain threshold does not look twice.
 */
export function isScreened({ metric, first, fresh }: RawComparison, policy: DecisionPolicy): boolean {
  if (policy.decision === 'threshold') return false
  if (fresh !== null) return true
  const least = Math.min(SCREEN_WORSENING, toleranceOf(policy, metric))
  return first.worse < SCREEN_P && first.least > Math.log1p(least)
}
