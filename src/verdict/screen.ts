import type { HistoryRow } from '../report/history.ts'
import { toleranceOf } from '../settings/tolerance.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { lookAt } from './compare.ts'
import type { Look, LookInput, Missed } from './compare.ts'
import { levelsOfRise, levelsToRepeat, lostIn } from './failures.ts'
import { chooseMetrics } from './observe.ts'
import { pastOf } from './past.ts'
import type { Past } from './past.ts'
import { ERROR_RATE_SHARE } from './policy.ts'
import type { DecideInput, DecisionPolicy } from './policy.ts'

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

/** A figure of the whole run needs all of its levels. */
function levelsOf({ levels }: Look, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
}

/** What is known of the metrics of a run. */
export interface Looks {
  readonly looks: readonly Look[]
  readonly missed: readonly Missed[]
}

/**
 * Looks again with fresh passes: screened metrics are confirmed by them or not, and metrics that lacked levels by mishap
 * get these from them. The latter are seen once only, so they cannot be red: far out they count as not measured. All others
 * stay as they are.
 */
export function lookAgain({ looks, missed }: Looks, input: LookInput & { readonly confirm: HistoryRow }): Looks {
  const again = looks.map((look) => {
    if (!isScreened(look, input.policy)) return look
    const found = lookAt({ metric: look.metric, optional: false }, input)
    return found?.kind === 'look' ? found : look
  })
  const stillMissed: Missed[] = []
  for (const each of missed) {
    const levels = fillableLevels(each, input.candidates)
    const candidates = input.candidates.map((row) => fillLevels(row, input.confirm, levels))
    const found = lookAt({ metric: each.metric, optional: false }, { ...input, candidates, confirm: null })
    if (found?.kind === 'look') again.push(found)
    else stillMissed.push(each)
  }
  return { looks: again, missed: stillMissed }
}

/** Levels that a metric lacks and that may come out well another time: a rate limit would meet them again. */
export function fillableLevels({ levelsMissing }: Missed, candidates: readonly HistoryRow[]): readonly number[] {
  return levelsMissing.filter((concurrency) =>
    candidates.every((row) =>
      row.levels.some((level) => level.concurrency === concurrency && level.state !== 'limited'),
    ),
  )
}

function fillLevels(row: HistoryRow, confirm: HistoryRow, concurrencies: readonly number[]): HistoryRow {
  const fresh = new Map(confirm.levels.map((level) => [level.concurrency, level]))
  return {
    ...row,
    levels: row.levels.map((level) =>
      !level.valid && concurrencies.includes(level.concurrency) ? (fresh.get(level.concurrency) ?? level) : level,
    ),
  }
}

/** Whether a metric is worth a second look, or has had one. A plain threshold does not look twice. */
export function isScreened({ metric, first, fresh }: Look, policy: DecisionPolicy): boolean {
  if (policy.decision === 'threshold') return false
  if (fresh !== null) return true
  const least = Math.min(SCREEN_WORSENING, toleranceOf(policy, metric))
  return first.worse < SCREEN_P && first.least > Math.log1p(least)
}
