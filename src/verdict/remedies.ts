import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { SpreadByCause } from './causes.ts'
import { allowForUnlikeness, weighAssumed } from './spread.ts'
import type { Spread } from './spread.ts'

/** A change of how a gate measures, and the smallest change of the code that is seen without and with it. */
export interface Remedy {
  readonly what: 'passes' | 'runs' | 'sessions' | 'control' | 'hours'
  /** Without it, as a fraction; of a run at an hour or day that the history does not know for `hours`. */
  readonly now: number
  readonly smallestVisible: number
}

/** So many times a candidate is deployed and measured anew for `sessions`. */
export const FRESH_SESSIONS = 4

/** What a metric of a history shows. */
export interface Seen {
  readonly metric: GatedMetric
  readonly spread: Spread
  /** The spread as it would be known with twice the points. */
  readonly twice: Spread
  readonly causes: SpreadByCause
  /** The variance of the level of main as a part of that of one run: 1/k for k points of days of their own. */
  readonly ofMean: number
  /** The passes of a run. */
  readonly passes: number
  /** Whether all are of one day, or some hours of the day are far from all of them. */
  readonly narrow: boolean
  /** The smallest visible change for this variance of the difference and its degrees of freedom. */
  see(variance: number, degrees: number): number
  /** The same as it would be with twice the points. */
  seeTwice(variance: number, degrees: number): number
}

/**
 * What would show smaller changes, as far as these runs tell. S² = H + R + W: what runs of one day have in common, what deployments
 * differ by, and the noise of passes. Twice the passes halve W; n fresh sessions leave H + (S² − H)/n of the candidate; a control
 * that shares H with it leaves S² (1 − (H/S²)²), or what pairs have left where there are any.
 */
export function listRemedies(seen: Seen): Remedy[] {
  const { spread, twice, causes, ofMean, passes, see } = seen
  const { degrees } = spread
  const variance = spread.sd ** 2
  const now = see(variance * (1 + ofMean), degrees)
  const noise = (causes.pass ?? 0) ** 2 / passes
  const calmer = Math.max(variance - noise / 2, noise / 2)
  const ofDay = variance * spread.sharedByDay
  const ofSessions = ofDay + (variance - ofDay) / FRESH_SESSIONS
  const remedies: (Remedy | null)[] = [
    noise === 0 ? null : { what: 'passes', now, smallestVisible: see(calmer * (1 + ofMean), degrees) },
    { what: 'runs', now, smallestVisible: seen.seeTwice(twice.sd ** 2 * (1 + ofMean / 2), twice.degrees) },
    { what: 'sessions', now, smallestVisible: see(ofSessions + variance * ofMean, degrees) },
    seeWithControl(seen, now),
    seeElsewhere(seen, now),
  ]
  return remedies.filter((remedy) => remedy !== null)
}

/** Null where neither pairs nor days with several points tell what a control would share. */
function seeWithControl({ metric, spread, causes, ofMean, see }: Seen, now: number): Remedy | null {
  const { control } = causes
  if (control !== null) {
    const assumed = weighAssumed(control.degrees)
    const usual = PART_OF_DIFFERENCES * metricOf(metric).defaultSpread
    const degrees = assumed + control.degrees
    const variance = (assumed * usual ** 2 + control.degrees * control.sd ** 2) / degrees
    return { what: 'control', now, smallestVisible: see(variance * (1 + 1 / control.pairs), degrees) }
  }
  if (spread.sharedByDay === 0) return null
  const left = spread.sd ** 2 * (1 - spread.sharedByDay ** 2)
  return { what: 'control', now, smallestVisible: see(left * (1 + ofMean), spread.degrees) }
}

/** Differences from a control are assumed to spread by so much of what runs are. */
const PART_OF_DIFFERENCES = 0.6

/** What a run at another hour or day sees, and what it would see if the history had runs like it that spread as these do. */
function seeElsewhere({ metric, spread, ofMean, narrow, see }: Seen, now: number): Remedy | null {
  if (!narrow) return null
  const wide = allowForUnlikeness(spread, metricOf(metric).defaultSpread)
  return { what: 'hours', now: see(wide.sd ** 2 * (1 + ofMean), wide.degrees), smallestVisible: now }
}
