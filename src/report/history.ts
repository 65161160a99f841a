import type { Clues } from './clues.ts'
import type { TokenText } from '../metrics/level/level-metrics.ts'
import type { LevelState, PlateauState } from '../vocabulary/load.ts'
import type { KeptFigure } from '../metrics/plateau/capacity.ts'
import { MEDIAN_ROWS } from '../vocabulary/metrics.ts'
import type { GatedMetric, MedianRow, RateField, TailRow } from '../vocabulary/metrics.ts'
import type { RunContext } from './run-report.ts'
import type { Series } from './series.ts'
import type { Unreadable, VerdictWord } from './verdict.ts'
import { encodeCanonically } from './series.ts'

/** Name and version of the format of a history. */
export const HISTORY_SCHEMA = 'plateau/history@1'

/** Recorded runs, oldest first, that candidates are compared with. Several names may share one. */
export interface History {
  readonly schema: typeof HISTORY_SCHEMA
  readonly entries: readonly HistoryEntry[]
}

/** One recorded run. */
export interface HistoryEntry {
  readonly row: HistoryRow
  /** The control of the same session; absent where the run was measured without one. */
  readonly control?: HistoryRow
  readonly source: RunSource
  /** Its verdict when it was recorded. */
  readonly verdict: VerdictWord
  /**
   * Metrics in which a new segment may begin: `opens` when the run was judged regressed or improved (later runs
   * decide whether it was a step), `accepted` when somebody wanted the change. Others are absent.
   */
  readonly segments: Readonly<Partial<Record<GatedMetric, SegmentMark>>>
}

export type SegmentMark = 'opens' | 'accepted'

/** Where a recorded run comes from. */
export interface RunSource {
  /** The commit; null when unknown. */
  readonly sha: string | null
  /** Branch or tag; null when unknown. */
  readonly ref: string | null
  /** The workflow run, or a substitute for it. Runs with one id share hour and machine, and count as one group. */
  readonly runId: string
  /** From 1. */
  readonly attempt: number
  /** For example `push`, `schedule`, or `command`. */
  readonly event: string
  readonly url: string | null
  /** For `workflow_run`: the id of the run that triggered it, as information only: it proves nothing. Absent otherwise. */
  readonly triggeredBy?: string
}

/** Whether a text is the name of a commit, whole or shortened. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(text)
}

/** A run reduced to what a comparison needs; 400 of them, with their controls, fit in 1 MiB of zip. */
export interface HistoryRow {
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly series: Series
  readonly context: RunContext
  /** By rising concurrency. */
  readonly levels: readonly RowLevel[]
  /** What `throughput` counts. */
  readonly throughputMetric: RateField
  readonly plateauState: PlateauState
  /** The best throughput inside `throughput-within`, and that setting; null when not asked for or never reached. */
  readonly within: { readonly limit: string; readonly value: number } | null
  /** Its objectives and their figures. Absent where none were set. */
  readonly slo?: RowSlo
  /** What, besides the series, makes single metrics incomparable. */
  readonly traits: RowTraits
}

/** Objectives of a run, and the figures about them. */
export interface RowSlo {
  readonly objectives: string
  readonly share: number
  /** In requests in flight; absent where no level could be used. */
  readonly capacity?: KeptFigure
  /**
   * The mean attainment over the levels, and their best goodput in requests a second; absent where no level could be
   * used, or no request kept its objectives.
   */
  readonly attainment?: KeptFigure
  readonly goodput?: KeptFigure
}

/** Properties of an answer that decide what its figures mean. */
export interface RowTraits {
  /** Where tokens were counted, for example `usage` or `chunks`; null when there are none. */
  readonly tokenSource: string | null
  /** True when the stream came in one piece, so that TTFT is the latency. */
  readonly buffered: boolean
  /** True when the model reasons before it answers. */
  readonly reasoning: boolean
}

/** One level of a row. */
export interface RowLevel {
  readonly concurrency: number
  readonly valid: boolean
  /** `buffered` is stored as `ok`: the traits tell it, so that other versions need not know the word. */
  readonly state: Exclude<LevelState, 'buffered'>
  /** Percentiles above the median, pooled over the passes, where the sample allows. Milliseconds. */
  readonly tails: Readonly<Partial<Record<TailRow['name'], number>>>
  /** How its requests kept the objectives, over all passes. Absent without objectives, and in older histories. */
  readonly kept?: KeptAtLevel
  /** What may say why its times are as they are. Absent of a level that cannot be used, and in older histories. */
  readonly clues?: Clues
  /** That further passes left it out, because they would take too long. */
  readonly once?: true
  readonly passes: readonly RowPass[]
}

/** The share of the requests of a level that kept the objectives, and their goodput in requests a second; both may be 0. */
export interface KeptAtLevel {
  readonly attainment: number
  readonly goodput: number
  /** As in `Attained`; null: +∞. Absent in older histories. */
  readonly strain?: number | null
}

/** One level in one pass. Times are medians in milliseconds, throughput is a rate per second. Missing: not measured. */
export interface RowPass {
  readonly ok: number
  readonly failed: number
  readonly figures: Readonly<Partial<Record<RowFigure, number>>>
  /** Absent where nothing was streamed and counted, and in older histories. */
  readonly tokenText?: TokenText
}

/** The figures of a pass by the names of the metrics. */
export type RowFigure = MedianRow['name'] | 'throughput'

/** All of them, in the order in which they are kept. */
export const ROW_FIGURES: readonly RowFigure[] = [...MEDIAN_ROWS.map(({ name }) => name), 'throughput']

/** The recorded runs of one name, as a store gives them. */
export interface Baseline {
  /** Oldest first, of all series, without duplicates; none where the history could not be read. */
  readonly entries: readonly HistoryEntry[]
  /** Their place in words, for example `file .plateau/history.json`. */
  readonly origin: string
  /** Whether the newest is an ancestor of the base of this pull request; null when that is not known. */
  readonly ancestor: boolean | null
  /**
   * What was passed over and why, a sentence each; it names artifacts and files, and must be escaped before it is
   * shown.
   */
  readonly passedOver: readonly string[]
  /** Why the history could not be read although it may exist, as when the network fails; else null. */
  readonly unreadable: Unreadable | null
  /** Why none of the recorded runs found can be used, as half a sentence; absent where one can, or none was found. */
  readonly lost?: string
  /** The newest release, if slow drift since then is asked for and there are runs recorded before it. */
  readonly release?: Release
}

/** A release among recorded runs. */
export interface Release {
  /** A tag or commit, or a day. */
  readonly name: string
  /** Runs up to this time lead to it. ISO 8601. */
  readonly until: string
}

/** The history of no runs. */
export const EMPTY_HISTORY: History = { schema: HISTORY_SCHEMA, entries: [] }

/**
 * Merges histories, oldest entry first. Duplicates are dropped, and the `keep` newest of each name are kept. The
 * order of the histories does not matter.
 */
export function mergeHistories(histories: readonly History[], keep: number): History {
  const byRun = new Map<string, HistoryEntry>()
  for (const entry of histories.flatMap(({ entries }) => entries)) {
    const key = keyOfRun(entry)
    const known = byRun.get(key)
    // Two versions of one run should not exist; the choice must not depend on the order.
    if (known === undefined || encodeCanonically(known) < encodeCanonically(entry)) byRun.set(key, entry)
  }
  const sorted = [...byRun]
    .map(([key, entry]) => ({ key, entry, startedAt: Date.parse(entry.row.startedAt) }))
    .sort((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1))
  return {
    schema: HISTORY_SCHEMA,
    entries: pickNewestOfEachName(
      sorted.map(({ entry }) => entry),
      keep,
    ),
  }
}

/** How many of these runs a history has. */
export function countKnown({ entries }: Pick<History, 'entries'>, runs: readonly HistoryEntry[]): number {
  const known = new Set(entries.map(keyOfRun))
  return runs.filter((run) => known.has(keyOfRun(run))).length
}

function keyOfRun({ row, source }: HistoryEntry): string {
  return JSON.stringify([source.runId, source.attempt, Date.parse(row.startedAt), row.series.name])
}

function pickNewestOfEachName(entries: readonly HistoryEntry[], keep: number): HistoryEntry[] {
  const kept = new Map<string, number>()
  return entries
    .toReversed()
    .filter(({ row: { series } }) => {
      const n = (kept.get(series.name) ?? 0) + 1
      kept.set(series.name, n)
      return n <= keep
    })
    .reverse()
}
