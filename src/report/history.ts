import type { LevelState, TokenText } from '../metrics/level-metrics.ts'
import type { PlateauState } from '../metrics/plateau.ts'
import type { GatedMetric, MedianRow, RateField, TailRow } from '../vocabulary/metrics.ts'
import type { RunContext } from './run-report.ts'
import type { Series } from './series.ts'
import type { Unreadable, VerdictWord } from './verdict.ts'

/** Name and version of the format of a history. */
export const HISTORY_SCHEMA = 'plateau/history@1'

/** Recorded runs, oldest first: what candidates are compared with. Several names may share one. */
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
  /** What was said of it when it was recorded. */
  readonly verdict: VerdictWord
  /**
   * Metrics with which something began: `opens` when the run was judged regressed or improved (what follows decides
   * whether it was a step), `accepted` when somebody wanted the change. All others are absent.
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
  /** The workflow run, or what stands for it. Runs of one id share the hour and the machine and count as one group. */
  readonly runId: string
  /** From 1. */
  readonly attempt: number
  /** For example `push`, `schedule`, or `command`. */
  readonly event: string
  readonly url: string | null
  /** Of `workflow_run`: the id of the run that triggered it, for people: it proves nothing. Absent otherwise. */
  readonly triggeredBy?: string
}

/** A run in the fewest figures that a comparison needs; 400 of them fit in 1 MiB of zip, with those of their controls. */
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
  /** Best throughput inside `throughput-within` and what that was; null when it was not asked for or never reached. */
  readonly within: { readonly limit: string; readonly value: number } | null
  /** What its requests were to keep, and what it came to. Absent where no objectives were set. */
  readonly slo?: RowSlo
  /** What makes single metrics incomparable, beside the series. */
  readonly traits: RowTraits
}

/** Objectives of a run, and what it came to by them. */
export interface RowSlo {
  readonly objectives: string
  readonly share: number
  /** In requests in flight; absent where no level could be used. */
  readonly capacity?: FigureOfRun
  /** The mean share over the levels, and the best goodput of them in requests a second; absent where none could be used, or nothing was kept. */
  readonly attainment?: FigureOfRun
  readonly goodput?: FigureOfRun
}

/** A figure of a whole run, and the same of its passes. */
export interface FigureOfRun {
  readonly value: number
  readonly passes: readonly number[]
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
  /** A `buffered` one is `ok` here: the traits say it, and no other version of this program has to know the word. */
  readonly state: Exclude<LevelState, 'buffered'>
  /** Percentiles above the median, pooled over the passes, where the sample allows. Milliseconds. */
  readonly tails: Readonly<Partial<Record<TailRow['name'], number>>>
  readonly passes: readonly RowPass[]
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

/** The recorded runs of one name, as a store gives them. */
export interface Baseline {
  /** Oldest first, all series; no two of one run and attempt and start. */
  readonly entries: readonly HistoryEntry[]
  /** Where they come from, in words, for example `file .plateau/history.json`. */
  readonly origin: string
  /** Whether the newest is an ancestor of the base of this pull request; null when that is not known. */
  readonly ancestor: boolean | null
  /** What was passed over and why, a sentence each; names artifacts and files, fit to be shown after escaping. */
  readonly passedOver: readonly string[]
  /** Why the history could not be read, when it may exist all the same (a lost network, say); else null. */
  readonly unreadable: Unreadable | null
  /** Why of the recorded runs that were found none can be used, as half a sentence; absent where one can, or none was found. */
  readonly lost?: string
  /** The newest release, where slow drift since then is asked for and recorded runs lead to it. */
  readonly release?: Release
}

/** A release among recorded runs. */
export interface Release {
  /** A tag or commit, or a day. */
  readonly name: string
  /** Runs up to this time lead to it. ISO 8601. */
  readonly until: string
}
