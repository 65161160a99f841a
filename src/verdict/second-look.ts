import { lookAt } from './compare/compare.ts'
import type { FreshPasses } from '../report/looks.ts'
import { isScreened } from './judge.ts'
import type { RawComparison, MissedMetric } from './compare/raw-comparison.ts'
import type { HistoryRow } from '../report/history.ts'
import type { DecisionPolicy } from './policy.ts'
import type { Trial } from './history/past.ts'

/** What is known of the metrics of a run. */
interface LookResult {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
}

/**
 * Looks again with fresh passes: they confirm screened metrics or not, and supply levels that a metric lacked by
 * accident. The latter are seen only once, so they cannot be red: where clearly worse they are `not-measured`, which
 * opens a segment on main. All other metrics stay unchanged.
 */
export function takeSecondLook(
  { compared, missed }: LookResult,
  trial: Trial,
  { fresh, policy }: { readonly fresh: FreshPasses; readonly policy: DecisionPolicy },
): LookResult {
  const again = compared.map((raw) => {
    if (!isScreened(raw, policy)) return raw
    const found = lookAt({ metric: raw.metric, optional: false }, trial, { fresh, policy })
    return found?.kind === 'compared' ? found : raw
  })
  const stillMissed: MissedMetric[] = []
  for (const each of missed) {
    const levels = listFillableLevels(each, trial.candidates)
    const filled = fillTrial(trial, fresh, levels)
    const found = lookAt({ metric: each.metric, optional: false }, filled, { fresh: null, policy })
    if (found?.kind === 'compared') again.push(found)
    else stillMissed.push(each)
  }
  return { compared: again, missed: stillMissed }
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
