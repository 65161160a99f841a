import type { HistoryEntry } from '../report/history.ts'

/** Hex digits from which a text names a commit and not by chance. */
const SHORTEST_SHA = 7

/**
 * The entries up to and including the newest one of this ref: a branch, a tag or the beginning of a commit. Null when none
 * is of it. Entries are oldest first.
 */
export function entriesUpTo(entries: readonly HistoryEntry[], ref: string): readonly HistoryEntry[] | null {
  const isSha = new RegExp(`^[0-9a-f]{${SHORTEST_SHA},64}$`, 'i').test(ref)
  const newest = entries.findLastIndex(({ source }) => {
    if (isSha && source.sha?.toLowerCase().startsWith(ref.toLowerCase())) return true
    return source.ref !== null && shortRef(source.ref) === shortRef(ref)
  })
  return newest === -1 ? null : entries.slice(0, newest + 1)
}

/** `main` for `refs/heads/main`, `v1.2` for `refs/tags/v1.2`. */
function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '')
}
