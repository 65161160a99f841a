import type { HistoryEntry, HistoryRow, RowLevel } from '../report/history.ts'
import type { LostLevel, RequestCounts } from '../report/verdict.ts'
import { fisherGreater } from '../stats/fisher.ts'
import { holm } from '../stats/holm.ts'
import { sumCounts } from './counts.ts'

/** A level counts as held when it was valid in so many of the newest recorded runs, or in all when there are fewer. */
const NEWEST = 5
const HELD = 3

const STATE_WORDS: Readonly<Record<RowLevel['state'], string>> = {
  ok: 'held',
  lost: 'the server did not hold it',
  limited: 'the endpoint limited the rate',
  'client-saturated': 'the client was the bottleneck',
  invalid: 'its figures are not valid',
}

/** The levels that recorded runs hold, ascending. */
function heldByHistory(entries: readonly HistoryEntry[]): number[] {
  const newest = entries.slice(-NEWEST)
  const counts = new Map<number, number>()
  for (const { row } of newest) {
    for (const { concurrency, valid } of row.levels) {
      if (valid) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1)
    }
  }
  const enough = Math.min(HELD, newest.length)
  return [...counts]
    .filter(([, count]) => count >= enough)
    .map(([concurrency]) => concurrency)
    .sort((a, b) => a - b)
}

/**
 * Levels that the history holds and this run does not. One is proven lost when the server failed it in the run and in a
 * full repeat, and fails more of its requests than recorded runs do (Fisher, over all held levels by Holm).
 *
 * @param candidates runs of the same code, at least one, which repeat each other.
 * @param confirm the fresh passes of a second look, a further repeat.
 */
export function lostLevels(
  candidates: readonly HistoryRow[],
  confirm: HistoryRow | null,
  entries: readonly HistoryEntry[],
  alpha: number,
): LostLevel[] {
  const held = heldByHistory(entries)
  const rows = confirm === null ? candidates : [...candidates, confirm]
  const tests = held.map((level) => {
    const at = Math.max(
      0,
      candidates.findIndex((row) => levelOf(row, level)?.state === 'lost'),
    )
    return testLevel(level, rows[at]!, rows.toSpliced(at, 1), entries)
  })
  const significant = holm(
    tests.map(({ p }) => p ?? 1),
    alpha,
  )
  return tests.flatMap((test, i): LostLevel[] => {
    if (test.state === null) return []
    const { state, ...lost } = test
    const proven = significant[i]! && test.repeatFailed === true
    return [{ ...lost, verdict: state !== 'lost' ? 'not-measured' : proven ? 'regressed' : 'suspect' }]
  })
}

/** Levels that failed and were not repeated yet. */
export function levelsToRepeat(lost: readonly LostLevel[]): number[] {
  return lost
    .filter(({ verdict, repeatFailed }) => verdict === 'suspect' && repeatFailed === null)
    .map(({ concurrency }) => concurrency)
}

type Tested = Omit<LostLevel, 'verdict'> & { readonly state: RowLevel['state'] | 'absent' | null }

function testLevel(
  concurrency: number,
  candidate: HistoryRow,
  repeats: readonly HistoryRow[],
  entries: readonly HistoryEntry[],
): Tested {
  const level = levelOf(candidate, concurrency)
  const state = level === undefined ? 'absent' : level.valid ? null : level.state
  const again = repeats.flatMap((row) => levelOf(row, concurrency) ?? [])
  const seen = level === undefined ? [] : [level, ...(state === 'lost' ? again : [])]
  const counts = sumCounts(seen.map(countsOf))
  const baseline = sumCounts(entries.flatMap(({ row }) => levelOf(row, concurrency) ?? []).map(countsOf))
  return {
    concurrency,
    state,
    candidate: counts,
    baseline,
    repeatFailed: state === null || again.length === 0 ? null : again.every((repeat) => isFailed(repeat, state)),
    p: state === 'lost' ? fisherGreater(shareOf(counts), shareOf(baseline)) : null,
    reason: level === undefined ? 'it was not tried' : STATE_WORDS[level.state],
  }
}

/** A server that fails must fail again; what could not be used may come out well another time. */
function isFailed({ state, valid }: RowLevel, before: Tested['state']): boolean {
  return before === 'lost' ? state === 'lost' : !valid
}

function levelOf(row: HistoryRow, concurrency: number): RowLevel | undefined {
  return row.levels.find((level) => level.concurrency === concurrency)
}

/** A level on which nothing ended at all had a request of every worker that did not. */
function countsOf(level: RowLevel): RequestCounts {
  const { ok, failed } = sumCounts(level.passes)
  return ok === 0 && !level.valid ? { ok, failed: Math.max(failed, level.concurrency) } : { ok, failed }
}

function shareOf({ ok, failed }: RequestCounts) {
  return { hits: failed, n: ok + failed }
}
