import type { HistoryRow } from '../report/history.ts'
import { openUsableTrial } from './history/trial.ts'
import { isScreened, listFillableLevels, takeFirstLook } from './judge.ts'
import type { DecisionPolicy, ScreenInput } from './policy.ts'
import type { Trial } from './history/trial.ts'
import type { MissedMetric } from './compare/compare.ts'
import { lookAtMetric } from './compare/compare.ts'
import type { FreshPasses } from '../report/looks.ts'
import type { LookResult, Screening } from './judge.ts'

/** The metrics and levels that look worse, or are missing by accident, and so deserve fresh passes. */
export function screenRun(input: ScreenInput): Screening {
  const trial = openUsableTrial(input)
  return trial === null ? { metrics: [], levels: [] } : takeFirstLook(trial, input.policy).screening
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
