import type { HistoryRow } from '../report/history.ts'
import { isScreened } from './judge.ts'
import { lookAt } from './look.ts'
import type { Look, LookInput, Missed } from './look.ts'

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
