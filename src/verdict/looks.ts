import type { HistoryRow } from '../report/history.ts'
import type { Comparison } from '../report/verdict.ts'
import { openTrial } from './history/trial.ts'
import { isScreened } from './judge.ts'
import type { DecisionPolicy, ScreenInput } from './policy.ts'
import { findLostLevels, levelsOfRise, findLevelsToRepeat, pastOfFailures } from './compare/failures.ts'
import type { Trial } from './history/trial.ts'
import type { MissedMetric } from './compare/compare.ts'
import type { RawComparison } from './compare/stand.ts'
import { chooseMetrics } from './observe/observe.ts'
import { ERROR_RATE_SHARE } from './policy.ts'
import { lookAtMetric } from './compare/compare.ts'
import { rateAssumed } from './compare/control.ts'
import type { FreshPasses } from '../report/looks.ts'

/** What a second look must measure; both empty when none is needed. */
interface Screening {
  /** As a comparison names them. */
  readonly metrics: readonly Pick<Comparison, 'metric' | 'ofPlateau'>[]
  readonly levels: readonly number[]
}

/** The first look at a run: every metric, and what needs a second look. */
interface FirstLook extends LookResult {
  readonly screening: Screening
}

/** The metrics and levels that look worse, or are missing by accident, and so deserve fresh passes. */
export function screenRun(input: ScreenInput): Screening {
  const { baseline, policy, trouble } = input
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  return trial === null ? { metrics: [], levels: [] } : takeFirstLook(trial, policy).screening
}

/** Looks at every metric and level once. */
export function takeFirstLook(trial: Trial, policy: DecisionPolicy): FirstLook {
  const { candidates } = trial
  const past = pastOfFailures(trial)
  const { compared, missed, beyond } = compareMetrics(trial, policy)
  const screened = compared.filter((raw) => isScreened(raw, policy))
  const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)))
  for (const raw of screened) for (const level of levelsOf(raw, candidates)) levels.add(level)
  for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level)
  for (const level of levelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level)
  const screening = {
    metrics: screened.map(({ metric, ofPlateau }) => ({ metric, ofPlateau })),
    levels: [...levels].sort((a, b) => a - b),
  }
  return { compared, missed, beyond, screening }
}

/** Compares each metric; once more where all together show that less is assumed of differences from a control than there is. */
function compareMetrics(trial: Trial, policy: DecisionPolicy, beyond = 1): LookResult {
  const compared: RawComparison[] = []
  const missed: MissedMetric[] = []
  for (const choice of chooseMetrics(policy, trial.candidates)) {
    const raw = lookAtMetric(choice, trial, { fresh: null, policy, beyond })
    if (raw?.kind === 'compared') compared.push(raw)
    if (raw?.kind === 'missed') missed.push(raw)
  }
  if (beyond > 1) return { compared, missed, beyond }
  const shown = rateAssumed(
    compared.flatMap(({ spread, control }) => (control === null ? [] : { ...spread, ...control })),
  )
  return shown > 1 ? compareMetrics(trial, policy, shown) : { compared, missed, beyond }
}

/** The levels to repeat for a metric; a figure of the whole run needs all. */
function levelsOf({ levels }: RawComparison, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
}

/** What is known of the metrics of a run. */
interface LookResult {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
  /** By how much the assumed variance of differences from a control was taken to be larger (`rateAssumed`). */
  readonly beyond: number
}

/**
 * Looks again with fresh passes: they confirm screened metrics or not, and supply levels that a metric lacked by
 * accident. The latter are seen only once, so they cannot be red: where clearly worse they are `not-measured`, which
 * opens a segment on main. All other metrics stay unchanged.
 */
export function takeSecondLook(
  { compared, missed, beyond }: LookResult,
  trial: Trial,
  { fresh, policy }: { readonly fresh: FreshPasses; readonly policy: DecisionPolicy },
): LookResult {
  const again = compared.map((raw) => {
    if (!isScreened(raw, policy)) return raw
    const found = lookAtMetric({ metric: raw.metric, optional: false }, trial, { fresh, policy, beyond })
    return found?.kind === 'compared' ? found : raw
  })
  const stillMissed: MissedMetric[] = []
  for (const each of missed) {
    const levels = listFillableLevels(each, trial.candidates)
    const filled = fillTrial(trial, fresh, levels)
    const found = lookAtMetric({ metric: each.metric, optional: false }, filled, { fresh: null, policy, beyond })
    if (found?.kind === 'compared') again.push(found)
    else stillMissed.push(each)
  }
  return { compared: again, missed: stillMissed, beyond }
}

/** Levels that a metric lacks and that may succeed another time, unlike those with a rate limit. */
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

function fillTrial({ candidates, control, ...rest }: Trial, fresh: FreshPasses, levels: readonly number[]): Trial {
  const fill = (rows: readonly HistoryRow[], by: HistoryRow | null) =>
    by === null ? rows : rows.map((row) => fillLevels(row, by, levels))
  return {
    ...rest,
    candidates: fill(candidates, fresh.row),
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
