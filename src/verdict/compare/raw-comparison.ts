import type { GatedMetric } from '../../vocabulary/metrics.ts'
import type { StepOfMain } from '../../report/verdict.ts'
import type { Spread } from '../history/spread.ts'
import type { Unlikeness, Stand } from './stand.ts'
import type { MetricHistory } from '../history/segments.ts'

/** One metric of a run beside its history, on the scale of y. */
export interface RawComparison {
  readonly kind: 'compared'
  readonly metric: GatedMetric
  readonly levels: readonly number[]
  readonly ofPlateau: boolean | null
  readonly history: MetricHistory
  readonly spread: Spread
  /** Recorded runs that are not used for this metric. */
  readonly leftOut: number
  /**
   * The run itself; the fresh passes of the second look, if it measured this metric; and all passes together. Each
   * includes earlier attempts.
   */
  readonly first: Stand
  readonly fresh: Stand | null
  readonly all: Stand
  /** The run without earlier attempts; null where there were none. */
  readonly own: Stand | null
  /**
   * Set where the run was made at another hour or day than the recorded ones: which, and all passes with the
   * allowance for it.
   */
  readonly unlike: { readonly what: Unlikeness['what']; readonly spread: Spread; readonly all: Stand } | null
  /** y at each level, of all passes together. */
  readonly byLevel: ReadonlyMap<number, number>
  readonly aside: readonly AsideLevel[]
  /** A step of main that should still be mentioned. */
  readonly step: StepOfMain | null
  /**
   * With a control that no recorded run was measured beside: all passes against the runs recorded without it. Null
   * where there are too few.
   */
  readonly inHistory: Stand | null
  /** How the control was used; null where only the history was. */
  readonly control: UsedControl | null
}

/** The control in a comparison. */
interface UsedControl {
  readonly theta: number
  /** Recorded groups behind `theta`; 0: the control itself is the baseline. */
  readonly pairs: number
  /** Sessions used, and whether they are independent. */
  readonly sessions: number
  readonly isFresh: boolean
  /** The control is outside the range that pairs cover. */
  readonly isOutside: boolean
}

/** y at a level that both sides have but that is not compared: throughput below the plateau, TTFT above the knee. */
export interface AsideLevel {
  readonly concurrency: number
  readonly before: number
  readonly now: number
}

/** A metric that could not be compared. */
export interface MissedMetric {
  readonly kind: 'missed'
  readonly metric: GatedMetric
  readonly verdict: 'not-measured' | 'not-comparable'
  /** Half a sentence. */
  readonly note: string
  /** Levels missing for reasons other than the server, where these are too many; else none. */
  readonly levelsMissing: readonly number[]
}
