import { zipSync } from 'fflate'
import { BaselineError, messageOf } from '../errors.ts'
import { encodeHistory } from '../report/history-codec.ts'
import { countKnown, mergeHistories, HISTORY_SCHEMA } from '../report/history.ts'
import type { Baseline, History, HistoryEntry, Release } from '../report/history.ts'
import type { Unreadable } from '../report/verdict.ts'
import { escapeForTerminal } from '../text.ts'
import { takeEntriesLeadingTo } from './store.ts'
import { HISTORY_FILE, nameHistoryArtifact, LARGEST_ZIP_BYTES, ZIP_BOUNDS } from './artifact-rules.ts'
import type { ArtifactRules, ArtifactSource } from './artifact-rules.ts'
import { findHistories } from './artifact-search.ts'
import type { BaselineStore } from './store.ts'

/** What an artifact store must know about the run that asks. */
export interface ArtifactStoreOptions extends ArtifactRules {
  /** Attempt of the run that asks, from 1. */
  readonly attempt: number
  /** Commit that the pull request is based on; null without one. */
  readonly base: string | null
  /**
   * Only entries whose commits lead to this ref count; `newest-tag`: to the newest tag before the measured commit.
   * Null: all.
   */
  readonly upTo: { readonly ref: string } | 'newest-tag' | null
  /** Whether to look for the newest release, to show slow drift since then. */
  readonly findRelease: boolean
  /** How many of the newest entries are kept for each name. */
  readonly keep: number
}

/** What was read for one name, before `upTo` cuts it. */
interface Loaded {
  readonly entries: readonly HistoryEntry[]
  readonly unreadable: Unreadable | null
}

/**
 * Keeps the history in artifacts of workflow runs on the default branch. What cannot be reached makes the baseline
 * `unreadable`; what cannot be trusted is passed over and named.
 */
export function createArtifactStore(source: ArtifactSource, options: ArtifactStoreOptions): BaselineStore {
  const { keep, workflows, defaultBranch } = options
  const known = new Map<string, Loaded>()

  async function load(name: string): Promise<Baseline> {
    const origin = `artifacts of ${workflows.join(', ')} on ${defaultBranch}`
    const none = { entries: [], origin, ancestor: null, passedOver: [] }
    try {
      const { found, passedOver, unreadable, lost } = await findHistories(source, options, name)
      const { entries } = mergeHistories(
        found.flatMap(({ histories }) => histories),
        keep,
      )
      known.set(name, { entries, unreadable })
      const cut = await cutToRef(source, options.upTo, entries)
      const { release, trouble } = options.findRelease ? await findRelease(source, cut.entries) : NO_RELEASE
      return {
        entries: cut.entries,
        origin,
        ancestor: await isAncestorOfBase(source, found[0]?.run.headSha ?? null, options),
        passedOver: [...passedOver, ...cut.passedOver, ...trouble],
        unreadable,
        ...(lost === null ? {} : { lost }),
        ...(release === null ? {} : { release }),
      }
    } catch (error) {
      if (error instanceof BaselineError) throw error
      const unreadable = source.explainRefusal(error, 'actions: read')
      if (!known.has(name)) known.set(name, { entries: [], unreadable })
      return { ...none, unreadable }
    }
  }

  return {
    load,
    async save(entries) {
      let there = 0
      for (const [name, own] of Map.groupBy(entries, ({ row }) => row.series.name)) {
        if (!known.has(name)) await load(name)
        const { entries: before, unreadable } = known.get(name)!
        if (unreadable !== null) {
          // Uploading without the earlier entries would eventually lose them.
          throw new BaselineError(
            `The history of ${name} was not added to, because it could not be read: ${unreadable.why}.`,
            {
              remedy: `${unreadable.remedy}; what is recorded is untouched`,
            },
          )
        }
        there += countKnown({ entries: before }, own)
        const history = fitHistory([...before, ...own], keep)
        known.set(name, { entries: history.entries, unreadable: null })
        await uploadHistory(source, nameHistoryArtifact(name, options.attempt), encodeHistory(history))
      }
      return there
    },
  }
}

/**
 * The history as it is uploaded: as many of the newest entries as can be read back. A large history loses its oldest
 * runs, so that it is not refused for its size.
 */
export function fitHistory(
  entries: readonly HistoryEntry[],
  keep: number,
  largestZipBytes = LARGEST_ZIP_BYTES,
): History {
  const history = mergeHistories([{ schema: HISTORY_SCHEMA, entries }], keep)
  let kept = history.entries
  for (;;) {
    const fill = fillOf(encodeHistory({ ...history, entries: kept }), largestZipBytes)
    if (fill <= 1 || kept.length === 1) return { ...history, entries: kept }
    kept = kept.slice(-Math.max(1, Math.floor((0.95 * kept.length) / fill)))
  }
}

/** Share of the bounds of reading that a history fills, with a margin for another compressor; above 1 it is too large. */
function fillOf(text: string, largestZipBytes: number): number {
  const content = new TextEncoder().encode(text)
  const zipped = zipSync({ [HISTORY_FILE]: content }).length
  return Math.max(content.length / ZIP_BOUNDS.inflatedBytes, zipped / (0.9 * largestZipBytes))
}

async function uploadHistory(source: ArtifactSource, artifactName: string, text: string): Promise<void> {
  try {
    await source.upload(artifactName, text)
  } catch (error) {
    if (error instanceof BaselineError) throw error
    throw new BaselineError(
      `The artifact ${artifactName} could not be uploaded: ${escapeForTerminal(messageOf(error), 300)}`,
      {
        remedy: 'this run is missing in the history; run again',
        cause: error,
      },
    )
  }
}

/** The entries that count, and what readers must know about the cut. */
async function cutToRef(
  source: ArtifactSource,
  upTo: ArtifactStoreOptions['upTo'],
  entries: readonly HistoryEntry[],
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly passedOver: readonly string[] }> {
  if (upTo === null || entries.length === 0) return { entries, passedOver: [] }
  const ref = upTo === 'newest-tag' ? await source.newestTag() : upTo.ref
  if (ref === null) return { entries, passedOver: ['no earlier tag leads here, so all recorded runs count'] }
  const remedy = 'give baseline-ref a branch, tag or commit that runs of the default branch have led to'
  const commit = await source.commitOf(ref)
  if (commit === null)
    throw new BaselineError(`baseline-ref ${escapeForTerminal(ref)} is not in this repository.`, { remedy })
  const cut = await takeEntriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of))
  if (cut === null) throw new BaselineError(`No recorded run leads to ${escapeForTerminal(ref)}.`, { remedy })
  return { entries: cut, passedOver: [] }
}

/** The newest release that recorded runs lead to; null when there is none. */
interface FoundRelease {
  readonly release: Release | null
  /** A sentence when the release could not be found; a comparison does not need it. */
  readonly trouble: readonly string[]
}

const NO_RELEASE: FoundRelease = { release: null, trouble: [] }

async function findRelease(source: ArtifactSource, entries: readonly HistoryEntry[]): Promise<FoundRelease> {
  try {
    const tag = await source.newestTag()
    const commit = tag === null ? null : await source.commitOf(tag)
    if (tag === null || commit === null) return NO_RELEASE
    const released = await takeEntriesLeadingTo(entries, commit, (sha, of) => source.isAncestor(sha, of))
    const newest = released?.at(-1)
    return newest === undefined ? NO_RELEASE : { release: { name: tag, until: newest.row.startedAt }, trouble: [] }
  } catch (error) {
    const why = source.describeRefusal(error, 'contents: read')
    return { release: null, trouble: [`slow drift is not told, because the newest tag could not be found: ${why}`] }
  }
}

/** Null when it does not matter or cannot be found out; it only serves to say that the baseline is newer. */
async function isAncestorOfBase(
  source: ArtifactSource,
  sha: string | null,
  { base, upTo }: ArtifactStoreOptions,
): Promise<boolean | null> {
  if (sha === null || base === null || upTo !== null) return null
  try {
    return await source.isAncestor(sha, base)
  } catch {
    return null
  }
}
