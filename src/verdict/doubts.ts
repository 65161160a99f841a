import type { HistoryEntry } from '../report/history.ts'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { studentTTail } from '../stats/chance.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { Difference } from './compare/stand.ts'
import type { RawComparison } from './compare/compare.ts'
import type { Doubt } from '../report/reasons.ts'
import { NEWEST_OF_MOVE } from './compare/stand.ts'
import type { GroupPoint } from './history/past.ts'
import { averageY } from './history/spread.ts'
import { SCREEN_P } from './look.ts'

// What else than slower code may explain that a run is worse: main that has moved, another hour or day, or its machine, which was slow as a
// recorded one was, or slow in prefill and decode alike.

/**
 * This many recorded points, outliers included, that were as bad, or better by less than one standard deviation, mean
 * that it is nothing new: a slow node, say, that a tenth of the runs meet.
 */
const SEEN_BEFORE = 2

/**
 * Where outliers are looked for, a single one is enough that was as bad, or worse than the run by at most this many
 * standard deviations: heavy tails (Student's t with three degrees of freedom), or one slow run in fifty, are no
 * change either.
 */
const OUTLIER_REACH = 2

/**
 * When it is sure enough that the run is worse, and not main that has moved: what speaks against a move (`against`), or by
 * how much the run is worse than main's newest points (`beyond`). Further sessions show where the run lies, so red ends
 * them only where slower code is e times as likely, or p below .001; after the last one it must be as likely, or p below .01.
 */
export const SURE_OF_MOVE = { open: { against: 2, beyond: 3.09 }, last: { against: 0, beyond: 2.33 } }

/** What moves main mostly moves several metrics: each that looks worse beside another makes a move e times as likely. */
export const FOR_ANOTHER_METRIC = 2

/**
 * The evidence against a move of main, by the number of newest points, over all metrics that look worse: one in which
 * the newest run of main lay low by chance must not decide alone.
 */
function sumEvidence(raws: readonly RawComparison[]): number[] {
  const sums: number[] = []
  for (const { all } of raws) {
    for (const [i, { against }] of all.moves.entries()) {
      sums[i] = sums[i] === undefined ? against : sums[i] + against - FOR_ANOTHER_METRIC
    }
  }
  return sums
}

/** Whether main has just become worse in a metric, as far as its newest runs tell. */
function hasJustWorsened({ history: { newest, segments } }: RawComparison): boolean {
  const previous = segments.at(-2)
  if (previous === undefined || newest.recorded.length > NEWEST_OF_MOVE) return false
  return newest.centre > averageY(previous)
}

/**
 * What else than slower code may explain a significant difference; null when nothing does.
 *
 * @param anyTime whether it is significant even with the allowance for other hours and days.
 * @param mayGoOn whether another session may follow, so that nothing has to be decided yet.
 * @param screened those of the compared that look worse.
 */
export function findDoubt(
  raw: RawComparison,
  {
    anyTime,
    mayGoOn,
    compared,
    screened,
  }: {
    readonly anyTime: boolean
    readonly mayGoOn: boolean
    readonly compared: readonly RawComparison[]
    readonly screened: ReadonlySet<RawComparison>
  },
): Doubt | null {
  const { all, unlike, history, spread, control, inHistory } = raw
  const isLikeOutlier = (point: GroupPoint): boolean =>
    !history.newest.points.includes(point) && point.y < all.y + OUTLIER_REACH * spread.sd
  if (control?.isOutside === true) return 'control-elsewhere'
  if (inHistory !== null && inHistory.worse >= SCREEN_P) return 'history-disagrees'
  const sessions = control?.isFresh === true ? control.sessions : 1
  const sure = SURE_OF_MOVE[mayGoOn ? 'open' : 'last']
  const againstMove = sumEvidence(compared.filter((each) => screened.has(each) || hasJustWorsened(each)))
  if (all.moves.some((move, i) => !move.isNewLevel && move.beyond <= sure.beyond && againstMove[i]! < sure.against))
    return 'main-moved'
  const asBad = history.newest.recorded.filter(({ y }) => y > all.y - spread.sd)
  // Several sessions in a row are unlikely to meet such a slow node.
  if (sessions === 1 && (asBad.length >= SEEN_BEFORE || (history.trimmed && asBad.some(isLikeOutlier))))
    return 'seen-before'
  // Nor do attempts one after another: what is as slow again is what the code is.
  if (sessions === 1 && raw.own === null && findSlowRun(raw, compared) !== null) return 'seen-once'
  if (unlike !== null && !anyTime) return `other-${unlike.what}`
  // A control beside the run meets the same machines.
  return control === null && raw.own === null && isSlowerAlike(raw, compared) ? 'slower-alike' : null
}

/** A recorded run as all compared metrics show it together. */
interface SeenRun {
  readonly entry: HistoryEntry
  /** By how many standard deviations it is worse than main, on average over the metrics. */
  readonly worse: number
  /** Whether no metric calls it an outlier. */
  readonly isUsual: boolean
}

/** How often runs that are all alike have one that passes for apart from the others. */
const APART_P = 0.05

/** Runs that are alike are no further apart than so many standard deviations, in a metric or on average over all. */
const REACH = 2

/**
 * A recorded run of main that was slow by itself and as this one is: apart from all other runs in what the metrics say
 * together (p < .05/k, by its distance from the others over their own spread), within two standard deviations of this one
 * in this metric, and worse than this one by no more than that on average. What slows a machine
 * slows all metrics, so together they show with one such run what each alone shows with two. Null when there is none.
 */
export function findSlowRun(
  { history, all, spread }: RawComparison,
  compared: readonly RawComparison[],
): HistoryEntry | null {
  const runs = seeRuns(compared)
  const now = mean(compared.map((raw) => measureWorse(raw, raw.all.y)))
  const isAsBad = ({ entry, worse }: SeenRun): boolean =>
    worse <= now + REACH &&
    history.newest.recorded.some(
      (point) => point.entries[0] === entry && Math.abs(point.y - all.y) <= REACH * spread.sd,
    )
  return runs.find((run) => isAsBad(run) && isApart(run, runs))?.entry ?? null
}

/** The runs of the newest segments that all metrics have. */
function seeRuns(compared: readonly RawComparison[]): SeenRun[] {
  const seen = compared.map(
    (raw) =>
      new Map(
        raw.history.newest.recorded.map((point) => [
          point.entries[0]!,
          { worse: measureWorse(raw, point.y), isUsual: raw.history.newest.points.includes(point) },
        ]),
      ),
  )
  return [...seen[0]!.keys()].flatMap((entry) => {
    const figures = seen.flatMap((ofMetric) => ofMetric.get(entry) ?? [])
    if (figures.length < compared.length) return []
    return [{ entry, worse: mean(figures.map(({ worse }) => worse)), isUsual: figures.every(({ isUsual }) => isUsual) }]
  })
}

function measureWorse({ history, spread }: RawComparison, y: number): number {
  return (y - history.newest.centre) / spread.sd
}

/** Whether a run is too far from the others to be one of them: the deleted residual, by Student's distribution. */
function isApart({ entry, worse }: SeenRun, runs: readonly SeenRun[]): boolean {
  const others = runs.flatMap((run) => (run.isUsual && run.entry !== entry ? run.worse : []))
  if (others.length < 2) return false
  const se = sampleStandardDeviation(others) * Math.sqrt(1 + 1 / others.length)
  return studentTTail((worse - mean(others)) / se, others.length - 1) < APART_P / runs.length
}

/** Of all runs that something slows now and then, whatever their share q, so many recorded runs leave at most q (1 − q)ᵏ that none of these has met: 1.2 %. */
const RUNS_THAT_MEET = 30

/** What is taken for one factor of prefill and decode. */
export interface AlikeRule {
  /**
   * By more than this no machine is held to be slower than another of its kind. GPUs of one kind in one cluster differ
   * by 8 % on average and by 22 % at most (Sinha et al., SC 2022); each point more takes slowdowns by code.
   */
  readonly most: number
  /** Twice the log likelihood ratio that it takes; 2: e times as likely. */
  readonly sure: number
}

export const ALIKE: AlikeRule = { most: 1.09, sure: 2 }

/** The correlation of two metrics of one run, as the calibration has it. */
const CORRELATION = 0.5

/** A metric goes along with a factor that is no further from it than so many standard errors. */
const GOES_ALONG = 2

/**
 * Whether a run is slower as on a slower machine, while too few runs are recorded for one to have been met: prefill
 * (TTFT) and decode (TPOT) are slower by one factor, and this metric by as much. A machine slows both, code mostly one.
 * False where one of them is not compared.
 */
function isSlowerAlike(raw: RawComparison, compared: readonly RawComparison[]): boolean {
  if (raw.history.newest.recorded.length >= RUNS_THAT_MEET) return false
  const [prefill, decode] = (['prefill', 'decode'] as const).map(
    (phase) => compared.find(({ metric }) => metricOf(metric).phase === phase)?.all.newest,
  )
  if (prefill === undefined || decode === undefined) return false
  const factor = findOneFactor(prefill, decode)
  const { d, se } = raw.all.newest
  return factor !== null && Math.abs(d - factor) <= GOES_ALONG * se
}

/**
 * The log of the one factor by which prefill and decode are slower; null where it is above `most`, or not likely enough: min(D²) / SE² of both, each as far as
 * it is worse, says that neither is unchanged, and the square of their difference over its variance that they have not one factor. The former less the
 * latter is twice the log likelihood ratio.
 */
export function findOneFactor(
  prefill: Difference,
  decode: Difference,
  { most, sure }: AlikeRule = ALIKE,
): number | null {
  const [ofPrefill, ofDecode] = [prefill.se ** -2, decode.se ** -2]
  const factor = (prefill.d * ofPrefill + decode.d * ofDecode) / (ofPrefill + ofDecode)
  const changed = Math.min(...[prefill, decode].map(({ d, se }) => (Math.max(0, d) / se) ** 2))
  const apart = prefill.se ** 2 + decode.se ** 2 - 2 * CORRELATION * prefill.se * decode.se
  const isAlike = changed - (prefill.d - decode.d) ** 2 / apart >= sure
  return isAlike && factor <= Math.log(most) ? factor : null
}
