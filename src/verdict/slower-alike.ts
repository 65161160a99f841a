import { metricOf } from '../vocabulary/metrics.ts'
import type { Difference } from './compare/stand.ts'
import type { RawComparison } from './compare/raw-comparison.ts'

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
const REACH = 2

/**
 * Whether a run is slower as on a slower machine, while too few runs are recorded for one to have been met: prefill
 * (TTFT) and decode (TPOT) are slower by one factor, and this metric by as much. A machine slows both, code mostly one.
 * False where one of them is not compared.
 */
export function isSlowerAlike(raw: RawComparison, compared: readonly RawComparison[]): boolean {
  if (raw.history.newest.recorded.length >= RUNS_THAT_MEET) return false
  const [prefill, decode] = (['ttft', 'tpot'] as const).map(
    (family) => compared.find(({ metric }) => metricOf(metric).family === family)?.all.newest,
  )
  if (prefill === undefined || decode === undefined) return false
  const factor = findOneFactor(prefill, decode)
  const { d, se } = raw.all.newest
  return factor !== null && Math.abs(d - factor) <= REACH * se
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
