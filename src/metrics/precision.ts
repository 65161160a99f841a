import { mean, sampleStandardDeviation } from '../stats/mean.ts'
import { MEDIAN_ROWS, metricOf, RATE_FIELDS } from '../vocabulary/metrics.ts'
import type { LevelPass, MeasuredLevel } from './level/level-metrics.ts'

/** The noise inside a run is small when its part of the error is below this share of the rest. */
export const SMALL_SHARE = 0.5

/** A figure of a pass, and its assumed spreads between runs and between a run and its control. */
interface PassFigure {
  readonly read: (pass: LevelPass) => number | null | undefined
  readonly spread: number
  readonly pairSpread: number
}

/**
 * Whether more passes would help little: in every compared figure, averaged over the levels, the noise between passes
 * is small beside the spread between runs. With a control, the difference of the two counts.
 *
 * @param expectedSpread the spread of all figures where it is known; else each figure's assumed one.
 */
export function isPreciseEnough(
  levels: readonly MeasuredLevel[],
  control: readonly MeasuredLevel[] | null,
  expectedSpread: number | 'auto',
): boolean {
  return listFigures(levels).every(({ read, spread, pairSpread }) => {
    const values = differPasses(levels, control, read)
    if (values.length < 2) return true
    const rest = (expectedSpread === 'auto' ? spread : expectedSpread) * (control === null ? 1 : pairSpread / spread)
    return sampleStandardDeviation(values) / Math.sqrt(values.length) <= SMALL_SHARE * rest
  })
}

/** The compared times of streamed or of whole answers; and throughput. */
function listFigures(levels: readonly MeasuredLevel[]): PassFigure[] {
  const streams = levels.some(({ passes }) => passes.some(({ ttftMs }) => ttftMs !== null))
  const times = MEDIAN_ROWS.filter(({ automatic }) => automatic !== null && (automatic === 'whole') !== streams)
  const plateau = metricOf('plateau-throughput')
  const rate = RATE_FIELDS.find((field) => levels.some(({ passes }) => passes.some((pass) => pass[field] !== null)))
  return [
    ...times.map(({ field, defaultSpread: spread, defaultPairSpread: pairSpread }) => ({
      read: (pass: LevelPass) => pass[field]?.p50,
      spread,
      pairSpread,
    })),
    // A level's throughput is assumed to spread like the plateau's.
    ...(rate === undefined
      ? []
      : [
          {
            read: (pass: LevelPass) => pass[rate],
            spread: plateau.defaultSpread,
            pairSpread: plateau.defaultPairSpread,
          },
        ]),
  ]
}

/**
 * For each pass, the mean log figure over the levels, minus the control's; only levels that have it in every pass on
 * both sides.
 */
function differPasses(
  levels: readonly MeasuredLevel[],
  control: readonly MeasuredLevel[] | null,
  read: PassFigure['read'],
): number[] {
  const most = Math.max(0, ...levels.map(({ passes }) => passes.length))
  const rows = levels.flatMap((level) => {
    const other = control?.find(({ concurrency }) => concurrency === level.concurrency)
    if (control !== null && other === undefined) return []
    const logs = level.passes.map(
      (pass, i) =>
        logOf(read(pass)) -
        (other === undefined ? 0 : logOf(other.passes[i] === undefined ? null : read(other.passes[i]))),
    )
    return logs.length === most && logs.every(Number.isFinite) ? [logs] : []
  })
  return rows.length === 0 ? [] : Array.from({ length: most }, (_, i) => mean(rows.map((logs) => logs[i]!)))
}

/** The logarithm; NaN where there is none. */
function logOf(value: number | null | undefined): number {
  return value == null || value <= 0 ? NaN : Math.log(value)
}
