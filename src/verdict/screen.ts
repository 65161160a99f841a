import type { HistoryRow } from '../report/history.ts'
import type { LostLevel } from '../report/verdict.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { DecideInput } from './decide-input.ts'
import { levelsOfRise } from './error-rate.ts'
import { isScreened } from './judge.ts'
import { fillableLevels } from './second-look.ts'
import { lookAt } from './look.ts'
import type { Look, Missed } from './look.ts'
import { levelsToRepeat, lostLevels } from './lost-levels.ts'
import { chooseMetrics } from './metrics.ts'
import { pastOf } from './past.ts'
import type { Past } from './past.ts'
import { ERROR_RATE_SHARE, LOST_LEVELS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'

/** What a second look must measure; both empty when there is no need. */
export interface Screening {
  readonly metrics: readonly GatedMetric[]
  readonly levels: readonly number[]
}

/** The first look at a run: what it says of every metric, which levels it lost, and what must be looked at again. */
export interface FirstLook {
  readonly looks: readonly Look[]
  readonly missed: readonly Missed[]
  readonly screening: Screening
}

/** Which metrics and levels look worse, or are missing by mishap: fresh passes over these levels are worth their time. */
export function screen({ candidates, baseline, policy, trouble }: Omit<DecideInput, 'confirm'>): Screening {
  const past = baseline === null || trouble !== null ? null : pastOf(baseline.entries, candidates[0]!.series)
  if (past === null || baseline?.unreadable != null) return { metrics: [], levels: [] }
  return firstLook(past, candidates, policy).screening
}

/** Looks at every metric and level once. */
export function firstLook(past: Past, candidates: readonly HistoryRow[], policy: DecisionPolicy): FirstLook {
  const looks: Look[] = []
  const missed: Missed[] = []
  for (const choice of chooseMetrics(policy, candidates)) {
    const look = lookAt(choice, { past, candidates, confirm: null, policy })
    if (look?.kind === 'look') looks.push(look)
    if (look?.kind === 'missed') missed.push(look)
  }
  const screened = looks.filter((look) => isScreened(look, policy))
  const levels = new Set(levelsToRepeat(lostIn(past, candidates, null, policy)))
  for (const look of screened) for (const level of levelsOf(look, candidates)) levels.add(level)
  for (const each of missed) for (const level of fillableLevels(each, candidates)) levels.add(level)
  for (const level of levelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level)
  const screening = {
    metrics: screened.map(({ metric }) => metric),
    levels: [...levels].sort((a, b) => a - b),
  }
  return { looks, missed, screening }
}

/** The levels that the history holds and the run does not; runs of one group repeat each other, as a second look does. */
export function lostIn(
  past: Past,
  candidates: readonly HistoryRow[],
  confirm: HistoryRow | null,
  { falseAlarmRate }: DecisionPolicy,
): LostLevel[] {
  return lostLevels(candidates, confirm, past.entries, LOST_LEVELS_SHARE * falseAlarmRate)
}

/** A figure of the whole run needs all of its levels. */
function levelsOf({ levels }: Look, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
}
