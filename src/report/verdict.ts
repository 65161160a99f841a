import type { Clues } from './clues.ts'
import type { LoadKind, OpenLoadKind } from '../vocabulary/load.ts'
import type { Consequence } from '../settings/lists/gate-settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { FigureOfLevel, FigureUnit, GatedMetric } from '../vocabulary/metrics.ts'
import type { ReportLimit } from './run-report.ts'
import type { SeriesDifference } from './series.ts'

/** Name and version of the format of a verdict. */
export const VERDICT_SCHEMA = 'plateau/verdict@1'

/** The verdicts on a run or a metric, worst first: a run's is the first that one of its parts has. */
export const VERDICT_WORDS = [
  'cancelled',
  'regressed',
  'not-measured',
  'suspect',
  'not-comparable',
  'no-baseline',
  'skipped',
  'accepted',
  'no-change-seen',
  'proven',
  'improved',
] as const
export type VerdictWord = (typeof VERDICT_WORDS)[number]

/** Those that only a run has: nothing was compared. */
export const WORDS_OF_A_RUN = ['cancelled', 'no-baseline', 'skipped'] as const satisfies readonly VerdictWord[]
/** The verdicts on a metric. */
export type ComparisonWord = Exclude<VerdictWord, (typeof WORDS_OF_A_RUN)[number]>

/** Whether the word says that a metric is worse, proven or not. */
export function looksWorse(word: VerdictWord): boolean {
  return word === 'regressed' || word === 'suspect'
}

/** Whether the word says that nothing got worse, as far as can be seen. */
export function looksGood(word: VerdictWord): boolean {
  return word === 'no-change-seen' || word === 'proven' || word === 'improved'
}

/** Orders verdicts, the worst first: failing before warning before passing, then by the word. */
export function compareBadness(a: Pick<Verdict, 'check' | 'verdict'>, b: Pick<Verdict, 'check' | 'verdict'>): number {
  const rankVerdict = ({ check, verdict }: Pick<Verdict, 'check' | 'verdict'>): number =>
    ['fail', 'warn', 'pass'].indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict)
  return rankVerdict(a) - rankVerdict(b)
}

/** Reasons that are not metrics. */
export const REASONS: readonly { readonly code: string; readonly meaning: string }[] = [
  { code: 'limit', meaning: 'A limit is broken' },
  { code: 'level-lost', meaning: 'A concurrency that the baseline holds no longer holds' },
  { code: 'error-rate', meaning: 'More requests fail than in the baseline' },
  { code: 'limit-not-measured', meaning: 'A limit could not be checked' },
  { code: 'levels-missing', meaning: 'Too many levels could not be measured, for reasons that are not the server’s' },
  { code: 'run-invalid', meaning: 'The run as a whole is not valid' },
  { code: 'endpoint', meaning: 'The endpoint could not be reached or refused' },
  { code: 'baseline', meaning: 'The history may exist and could not be read' },
  { code: 'history-lost', meaning: 'Runs were recorded, and none of them can be used any more' },
  {
    code: 'control-lost',
    meaning: 'The control could not be measured, and no run is recorded to compare with instead',
  },
  { code: 'not-proven', meaning: '`gate: release`: not every metric is proven to be within its tolerance' },
  { code: 'fork', meaning: 'A pull request of a fork has no key' },
  { code: 'foreign-commit', meaning: 'Nothing shows that the commit is of this repository and not of a fork' },
  { code: 'dependabot', meaning: 'A run of Dependabot has no key' },
  { code: 'no-key', meaning: 'There is no key, and the event is not trusted' },
  { code: 'no-writer', meaning: 'Who caused the run is not known to have write access here' },
  { code: 'nothing-to-measure', meaning: 'Nothing to measure, all measuring jobs were skipped' },
  { code: 'cancelled', meaning: 'The run was interrupted' },
  { code: 'leg-missing', meaning: 'A measuring job left no result' },
]

/** What may explain a significant difference although the code is no slower, with half a sentence for the reader. */
export const DOUBTS = {
  'main-moved':
    'not red, because the newest recorded runs are about as bad in what looks worse: the default branch itself may just have become so, and its next runs will tell',
  'seen-before': 'not red, because recorded runs of the same code were about as bad now and then',
  'seen-once':
    'not red, because one recorded run of the same code was apart from all others and about as bad: what slowed that one may have slowed this one, and a re-run will tell',
  'slower-alike':
    'not red, because TTFT and TPOT are slower by about the same factor, as on a slower machine, and few runs are recorded that could have met one: run it again, and a second attempt of the action that is as slow is red; a control tells at once',
  'history-disagrees':
    'not red, because the runs of the default branch that were recorded without this control were about as bad: this control may be faster than what was measured so far',
  'control-elsewhere':
    'not red, because the control itself was faster or slower than beside any recorded run, and nothing tells how far main follows it there',
  'other-hour':
    'not red, because no recorded run is from this time of the day, and hours may differ by as much: record runs at this time, too',
  'other-day':
    'not red, because all recorded runs are from one day or two, and days may differ by as much: record runs on other days, too',
  'attempts-differ':
    'not red, because this attempt alone is not worse: what an attempt before it measured did not come again',
  'many-gates':
    'not red, because among as many metrics as the gates of this pull request compare, one is as bad as this by chance more often than promised',
} as const
export type Doubt = keyof typeof DOUBTS

/** How a run compares with the history: data for the comment, the outputs and the report job. */
export interface Verdict {
  readonly schema: typeof VERDICT_SCHEMA
  readonly name: string
  readonly verdict: VerdictWord
  /** What the verdict rests on: names of metrics, `limit`, `level-lost`, `error-rate`, or a code of REASONS. */
  readonly reasons: readonly string[]
  /** What the check does. */
  readonly check: Consequence
  /** What the numbers of its levels count; absent: workers of a closed loop. */
  readonly load?: OpenLoadKind
  readonly policy: VerdictPolicy
  /** The settings that the verdict depends on, where they differ from their defaults. */
  readonly decidedBy: readonly DecidingSetting[]
  /** Worst first; empty when nothing was compared. */
  readonly comparisons: readonly Comparison[]
  readonly lostLevels: readonly LostLevel[]
  /** Null when nothing was compared. */
  readonly errorRate: ErrorRateComparison | null
  readonly limits: readonly ReportLimit[]
  readonly whatElseChanged: readonly ContextChange[]
  readonly baseline: BaselineSummary
  /** Set when runs of this name exist and none can be compared. */
  readonly notComparable: { readonly runs: number; readonly differences: readonly SeriesDifference[] } | null
  /** For first runs: what this gate could see with more recorded runs. */
  readonly outlook: readonly Outlook[]
  /** The second look; null when none was due. */
  readonly confirmation: Confirmation | null
  /** How often a run of unchanged code is red: as promised, or for `decision: threshold` as estimated (null: unknown). */
  readonly falseAlarmRate: number | null
  /** Slow drift, under the name that verdict files have for it. Shown, but never part of the verdict; null where not asked for. */
  readonly drift: SlowDrift | null
  /** The control; null where there was none. */
  readonly control: ControlSummary | null
  /** Attempts at the same commit before this one, oldest first; absent where none is known. */
  readonly earlier?: readonly AttemptSummary[]
  /** What stood beside the run at each level, for charts. Absent where nothing did, and in older verdicts. */
  readonly sides?: Sides
}

/** The recorded runs since main last moved, and what was measured of the control beside this run; each absent where there is none. */
export interface Sides {
  readonly baseline?: SideCurve
  readonly control?: SideCurve
}

/** One side at each level that it has, by rising concurrency. */
export interface SideCurve {
  /** Runs that it is the mean of. */
  readonly runs: number
  readonly levels: readonly SideLevel[]
}

/** Figures of valid levels: milliseconds, per second, or a share. */
export interface SideLevel {
  readonly concurrency: number
  readonly figures: Readonly<Partial<Record<FigureOfLevel, SideFigure>>>
  /** The mean of each over the runs that have it. Absent where none has any, and in older verdicts. */
  readonly clues?: Clues
}

/** The mean over the runs, and the lowest and the highest of them; of one run these are absent. */
export interface SideFigure {
  readonly value: number
  readonly low?: number
  readonly high?: number
}

/** What the numbers of the levels of a verdict count. */
export function loadOfVerdict({ load }: Pick<Verdict, 'load'>): LoadKind {
  return load ?? 'concurrency'
}

/** An earlier attempt at the same commit, its verdict, and whether its runs count together with this one's. */
interface AttemptSummary {
  readonly attempt: number
  /** Id of the workflow run that it is an attempt at; absent: the same one. */
  readonly run?: number
  readonly verdict: VerdictWord
  readonly isCounted: boolean
}

/** A live deployment of main, or a pinned reference, that was measured beside the candidate. */
export interface ControlSummary {
  /** Recorded runs that were also measured beside a control. */
  readonly pairs: number
  /** Measurements of the candidate with their control, and whether both sides were deployed anew for each. */
  readonly sessions: number
  readonly fresh: boolean
  /** Where it could not be measured or used, and why: half a sentence each. */
  readonly troubles: readonly string[]
}

/** The settings that turn a verdict into a check, kept so that it can be concluded again later. */
export interface VerdictPolicy {
  readonly gate: 'check' | 'release' | 'observe'
  readonly decision: 'statistical' | 'threshold'
  readonly onNotComparable: Consequence
  readonly onUnmeasured: Consequence
  readonly onSkip: Consequence
}

/**
 * One metric against the history. Changes are natural fractions, candidate / baseline − 1: a TPOT of +0.18 is slower, a
 * throughput of −0.05 is 5 % less. `worsening` fractions are positive when worse, whatever the metric.
 */
export interface Comparison {
  readonly metric: GatedMetric
  readonly better: 'lower' | 'higher'
  readonly verdict: ComparisonWord
  /** The unit of the figure; null for times. */
  readonly unit: FigureUnit | null
  /** Whether the throughput is that of a plateau, or the highest level's because none was reached; null for times. */
  readonly ofPlateau: boolean | null
  /** Levels over which both figures are averaged (geometric mean); empty for figures of the whole run. */
  readonly levels: readonly number[]
  /** In milliseconds or per second; null when it could not be compared. */
  readonly baseline: number | null
  readonly candidate: number | null
  /** Which of the two is but a bound. Absent where neither is, and in older verdicts. */
  readonly bounds?: FigureBounds
  readonly change: number | null
  /** Two-sided 95 % interval of the change. */
  readonly interval: { readonly low: number; readonly high: number } | null
  /** exp(D) − 1. */
  readonly worsening: number | null
  /** One-sided; of the worse of two segments while one is provisional. */
  readonly p: number | null
  /** Smallest worsening that a comparison like this one finds in four of five runs, as a fraction. */
  readonly smallestVisible: number | null
  readonly tolerance: number
  /** Standard deviation between runs that was used, on the log scale; and whether `expected-spread` is part of it. */
  readonly spread: number | null
  readonly assumedSpread: boolean
  /** How much of it is assumed, in whatever way: 1 where nothing shows it. Absent where nothing is, and in older verdicts. */
  readonly assumedShare?: number
  /**
   * What the recorded runs before the newest six spread by, where these spread significantly more: `spread` then rests on
   * these six, and on what is assumed beside so few. Absent elsewhere, and in older verdicts.
   */
  readonly spreadBefore?: number
  /** Groups of the segment used as baseline, and the number of segments: the baseline moved between them. */
  readonly groups: number
  readonly segments: number
  /** Runs that lack a valid level of the set. */
  readonly leftOut: number
  /** Set while main itself has just moved. */
  readonly provisional: ProvisionalSegment | null
  /** Main's last step for the worse, if not accepted and at most twenty points old; else absent. */
  readonly step?: StepOfMain
  /** Whether the second look agreed; null when there was none. */
  readonly confirmed: boolean | null
  readonly accepted: { readonly by: string | null; readonly at: number; readonly why: string | null } | null
  readonly byLevel: readonly LevelChange[]
  /** Levels that both sides have but that were not compared: throughput below the plateau, TTFT above the knee. */
  readonly aside: readonly LevelChange[]
  /** Why it is `suspect` although it is significant; null where it is not. */
  readonly doubt: Doubt | null
  /** How much the control was trusted, and from how many recorded pairs; null where only the history was used. */
  readonly control: {
    /** How much the figure is expected to move with the control's, on the log scale: 0 not at all, 1 fully. */
    readonly theta: number
    readonly pairs: number
  } | null
  /** Half a sentence where the verdict needs one, for example why it could not be compared. */
  readonly note: string | null
}

/** `at-least`: no level was high enough to end it. `below`: no level was low enough. Of several recorded runs one such is enough. */
export type FigureBound = 'at-least' | 'below'

/** Of the figures of a comparison those that are not found but bounded. */
interface FigureBounds {
  readonly baseline?: FigureBound
  readonly candidate?: FigureBound
}

/** Main has moved, and the next runs have not yet said whether it stays. */
export interface ProvisionalSegment {
  /** The first run of the new level. */
  readonly sha: string | null
  readonly startedAt: string
  readonly runs: number
  /** New level of main against the old one, a natural change. */
  readonly mainChange: number
  /** The candidate against the old level of main. */
  readonly changeFromBefore: number
}

/** Main has moved for good, and nobody has accepted it. */
export interface StepOfMain {
  /** The commits between which it happened: of the last run before it, and of the first with it; null where unknown. */
  readonly after: string | null
  readonly sha: string | null
  /** When the first run with it started. */
  readonly startedAt: string
  /** Points recorded since. */
  readonly points: number
  /** New level of main against the old one, a natural change. */
  readonly mainChange: number
}

export interface LevelChange {
  readonly concurrency: number
  readonly baseline: number
  readonly candidate: number
  readonly change: number
}

/** A level that the history holds and the candidate does not. */
export interface LostLevel {
  readonly concurrency: number
  /**
   * `regressed` when proven; `suspect` when not repeated or possibly chance; `not-measured` when the server was not
   * the cause.
   */
  readonly verdict: 'regressed' | 'suspect' | 'not-measured'
  readonly candidate: RequestCounts
  readonly baseline: RequestCounts
  /** Whether a repeat failed or could not be used either; null when it was not repeated. */
  readonly repeatFailed: boolean | null
  readonly p: number | null
  readonly reason: string
}

export interface RequestCounts {
  readonly ok: number
  readonly failed: number
}

export interface ErrorRateComparison {
  /**
   * `regressed` when fresh passes show the rise too, `suspect` when they do not, `not-measured` when there were none
   * to show it.
   */
  readonly verdict: 'regressed' | 'not-measured' | 'suspect' | 'no-change-seen'
  readonly candidate: RequestCounts
  readonly baseline: RequestCounts
  /** Difference of the two rates. */
  readonly rise: number
  readonly p: number
}

/** Part of the context that differs from the newest comparable run; never a reason not to compare. */
export interface ContextChange {
  /** In the reader's words, for example `served model`. */
  readonly what: string
  readonly before: string
  readonly now: string
}

/** The runs used as baseline, or that were found. */
export interface BaselineSummary {
  /** Where they come from, in words; null without a baseline. */
  readonly origin: string | null
  /** Comparable runs, and the groups that they form. */
  readonly runs: number
  readonly groups: number
  readonly newest: { readonly sha: string | null; readonly startedAt: string; readonly url: string | null } | null
  /** Whether the newest is an ancestor of the base of the pull request; null when unknown. */
  readonly ancestor: boolean | null
  /** What was passed over and why, a sentence each. */
  readonly skipped: readonly string[]
  /** Why the history could not be read; null when it could, or there is none. */
  readonly unreadable: Unreadable | null
  /** Why none of the recorded runs found can be used, as half a sentence; else null. */
  readonly lost: string | null
  /** How many runs of this name in a row, up to this one, were not compared; 0 when this one was. */
  readonly uncomparedInARow: number
}

/** Why a history could not be read. */
export interface Unreadable {
  /** Half a sentence, for example `GitHub could not be reached (fetch failed)`. */
  readonly why: string
  /** What helps, as an imperative without a full stop. */
  readonly remedy: string
}

/** The smallest worsening of a metric that this many recorded runs would show. */
export interface Outlook {
  readonly metric: GatedMetric
  readonly runs: number
  readonly smallestVisible: number
}

/** How far recorded runs have drifted since a release, in changes that may each be too small to see. */
export interface SlowDrift {
  /** A tag or commit, or a day. */
  readonly since: string
  /** Groups up to it, and the newest groups compared with them. */
  readonly released: number
  readonly newest: number
  /** Natural changes, of metrics that enough runs on both sides have. */
  readonly metrics: readonly {
    readonly metric: GatedMetric
    readonly ofPlateau: boolean | null
    readonly change: number
  }[]
}

/** A second look at what screened. */
interface Confirmation {
  readonly metrics: readonly GatedMetric[]
  readonly levels: readonly number[]
  /** Fresh passes that were measured; 0 when there was no time or they were switched off. */
  readonly passes: number
}

/** How the false-alarm rate of a run is shared among its metrics, its lost levels and its error rate. */
export const METRICS_SHARE = 0.9

export const LOST_LEVELS_SHARE = 0.05

export const ERROR_RATE_SHARE = 0.05
