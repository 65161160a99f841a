import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { EarlierAttempt, FreshPasses } from '../report/looks.ts'
import type { Verdict } from '../report/verdict.ts'
import { isSameControl } from './control.ts'
import type { DecideInput } from './policy.ts'

/** What attempts before this one measured, as one comparison sees it. */
export interface Before {
  /** Their runs, each with its control; null where the comparison has none. */
  readonly runs: readonly FreshPasses[]
  /** The fresh passes of their second looks. */
  readonly fresh: readonly FreshPasses[]
}

/**
 * The earlier attempts that count together with this one: they asked for the same (series), of a server that is not known to be of another
 * build, and deployed anew what this one deploys anew.
 */
export function selectAttempts({
  candidates,
  sessions,
  earlier = [],
}: Pick<DecideInput, 'candidates' | 'sessions' | 'earlier'>): readonly EarlierAttempt[] {
  const { series, context } = candidates[0]!
  const isFresh = sessions?.fresh === true
  const isSameBuild = (build: string | undefined) =>
    build === undefined || context.build === undefined || build === context.build
  return earlier.filter(
    (attempt) =>
      (attempt.sessions?.fresh === true) === isFresh &&
      attempt.candidates.every((row) => row.series.key === series.key && isSameBuild(row.context.build)),
  )
}

/**
 * The baseline without what earlier attempts of this very run recorded, and these attempts: a history that grows with each of them would
 * have the commit compared with itself. Those that are known otherwise have more to tell, their second looks.
 */
export function setAttemptsApart(
  baseline: Baseline | null,
  {
    run,
    earlier = [],
  }: { readonly run?: { readonly id: string; readonly attempt: number }; readonly earlier?: readonly EarlierAttempt[] },
): { readonly baseline: Baseline | null; readonly earlier: readonly EarlierAttempt[] } {
  if (baseline === null || run === undefined) return { baseline, earlier }
  const isOwn = ({ source }: HistoryEntry): boolean => source.runId === run.id && source.attempt < run.attempt
  const own = Map.groupBy(baseline.entries.filter(isOwn), ({ source }) => source.attempt)
  for (const { attempt } of earlier) own.delete(attempt)
  const recorded = [...own].map(([attempt, entries]): EarlierAttempt => {
    const controls = entries.map(({ control }) => control ?? null)
    return {
      attempt,
      verdict: entries[0]!.verdict,
      candidates: entries.map(({ row }) => row),
      ...(controls.some((control) => control !== null) && { controls }),
      secondLook: 'none',
    }
  })
  return {
    baseline: { ...baseline, entries: baseline.entries.filter((entry) => !isOwn(entry)) },
    earlier: [...earlier, ...recorded].toSorted((a, b) => a.attempt - b.attempt),
  }
}

/** The earlier attempts as a verdict keeps them: which counted, and what had been said of them. */
export function summarizeAttempts(
  input: Pick<DecideInput, 'candidates' | 'sessions' | 'earlier'>,
): Pick<Verdict, 'earlier'> {
  if (input.earlier === undefined || input.earlier.length === 0) return {}
  const counted = selectAttempts(input)
  return {
    earlier: input.earlier.map((one) => ({
      attempt: one.attempt,
      verdict: one.verdict,
      isCounted: counted.includes(one),
    })),
  }
}

/**
 * What these attempts bring to a comparison.
 *
 * @param control of this attempt, where the comparison is beside one: then only what was measured beside it counts.
 */
export function seeAttempts(attempts: readonly EarlierAttempt[], control: HistoryRow | null): Before {
  const pair = (row: HistoryRow, beside: HistoryRow | null): FreshPasses[] => {
    if (control === null) return [{ row, control: null }]
    return beside !== null && isSameControl(beside, control) ? [{ row, control: beside }] : []
  }
  return {
    runs: attempts.flatMap(({ candidates, controls = [] }) =>
      candidates.flatMap((row, i) => pair(row, controls[i] ?? null)),
    ),
    fresh: attempts.flatMap(({ secondLook }) =>
      typeof secondLook === 'string' ? [] : pair(secondLook.row, secondLook.control),
    ),
  }
}
