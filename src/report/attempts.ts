import type { Baseline, HistoryEntry, HistoryRow } from './history.ts'
import type { EarlierAttempt } from './looks.ts'

/** Orders attempts, oldest first: those of other workflow runs come before those of this one. */
export function compareAttempts(a: EarlierAttempt, b: EarlierAttempt): number {
  const { run = Infinity } = a
  const { run: other = Infinity } = b
  return run === other ? a.attempt - b.attempt : run - other
}

/** What a baseline says where it was. */
export const LEFT_OUT_ITSELF = 'the candidate itself is among the runs and was left out'

/** The recorded runs without the candidate: one that was recorded first would otherwise be compared with itself. */
export function removeCandidate(baseline: Baseline, candidate: HistoryRow): Baseline {
  const isCandidate = ({ row }: HistoryEntry): boolean =>
    row.startedAt === candidate.startedAt && row.series.key === candidate.series.key
  const entries = baseline.entries.filter((entry) => !isCandidate(entry))
  if (entries.length === baseline.entries.length) return baseline
  return {
    ...baseline,
    entries,
    passedOver: [...baseline.passedOver, LEFT_OUT_ITSELF],
  }
}

/**
 * Separates from the baseline what earlier attempts at this run recorded, so that a commit is not compared with
 * itself. Attempts known from elsewhere take precedence, because they include second looks.
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
  for (const { attempt, run: other } of earlier) if (other === undefined) own.delete(attempt)
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
    earlier: [...earlier, ...recorded].toSorted(compareAttempts),
  }
}
