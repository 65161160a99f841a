import { BaselineError } from '../errors.ts'
import { isSha } from '../report/history.ts'
import type { Baseline, HistoryEntry } from '../report/history.ts'
import { escapeForTerminal } from '../text.ts'

/** Where recorded runs are kept. */
export interface BaselineStore {
  /**
   * The recorded runs of this name; none when nothing was ever recorded.
   *
   * @throws BaselineError when there is a history and it cannot be read.
   */
  load(name: string): Promise<Baseline>
  /**
   * Adds runs to what is stored now, also when others have written meanwhile. One that is there already is not added again.
   *
   * @returns how many were there already.
   * @throws BaselineError when it cannot be written; nothing is lost then.
   */
  save(entries: readonly HistoryEntry[]): Promise<number>
}

/** The error about a history file: what is wrong with it and what to do, each half a sentence. */
export function refuseHistory(path: string, what: string, remedy: string, cause?: unknown): BaselineError {
  return new BaselineError(`The history ${escapeForTerminal(path, 300)} ${what}.`, { remedy, cause })
}

/**
 * The entries, oldest first, up to and including the newest one of this ref: a branch, a tag or the beginning of a
 * commit. Null when none is of it.
 */
export function takeEntriesUpTo(entries: readonly HistoryEntry[], ref: string): readonly HistoryEntry[] | null {
  const newest = entries.findLastIndex(({ source }) => {
    if (isSha(ref) && source.sha?.toLowerCase().startsWith(ref.toLowerCase())) return true
    return source.ref !== null && shortenRef(source.ref) === shortenRef(ref)
  })
  return newest === -1 ? null : entries.slice(0, newest + 1)
}

/**
 * The same for a store: all entries where no ref is given, or none is recorded.
 *
 * @param runs says which they are, after "No run".
 * @throws BaselineError when none is of the ref.
 */
export function cutUpTo(entries: readonly HistoryEntry[], ref: string | null, runs: string): readonly HistoryEntry[] {
  const cut = ref === null || entries.length === 0 ? entries : takeEntriesUpTo(entries, ref)
  if (cut !== null) return cut
  const remedy = 'give baseline-ref a branch, tag or commit that is recorded there'
  throw new BaselineError(`No run ${runs} is of ${escapeForTerminal(ref ?? '')}.`, { remedy })
}

/** `main` for `refs/heads/main`, `v1.2` for `refs/tags/v1.2`. */
function shortenRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '')
}

/** Twice what a history of two thousand commits needs; each commit that is gone costs one more. */
const MOST_QUESTIONS = 24

/**
 * The entries, oldest first, up to and including the newest whose commit leads to `commit`; null when none does. The
 * history of a branch is a line: once a commit is not an ancestor, no later one is, so a binary search finds it.
 */
export async function takeEntriesLeadingTo(
  entries: readonly HistoryEntry[],
  commit: string,
  isAncestor: (sha: string, of: string) => Promise<boolean | null>,
): Promise<readonly HistoryEntry[] | null> {
  const takeUpTo = (sha: string) => entries.slice(0, entries.findLastIndex(({ source }) => source.sha === sha) + 1)
  if (entries.some(({ source }) => source.sha === commit)) return takeUpTo(commit)
  const shas = [...new Set(entries.flatMap(({ source }) => source.sha ?? []))]
  let low = 0
  let high = shas.length
  for (let asked = 0; low < high && asked < MOST_QUESTIONS; asked++) {
    const middle = Math.floor((low + high) / 2)
    const leads = await isAncestor(shas[middle]!, commit)
    if (leads === true) low = middle + 1
    else if (leads === false) high = middle
    else {
      // A commit that is gone (a forced push) says nothing.
      shas.splice(middle, 1)
      high--
    }
  }
  return low === 0 ? null : takeUpTo(shas[low - 1]!)
}
