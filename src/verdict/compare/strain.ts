import type { HistoryRow } from '../../report/history.ts'
import { mean, poolSquares } from '../../stats/mean.ts'
import { studentTTail } from '../../stats/distributions.ts'
import { isTooMuch } from '../../vocabulary/load.ts'
import type { MetricHistory } from '../history/segments.ts'
import { estimateSpread, SPREAD_OF_TIMES } from '../history/spread.ts'

/** How a level keeps the objectives: the share that does, and its strain on the log scale, NaN where older histories lack it. */
interface SeenStrain {
  readonly attainment: number
  readonly strain: number
}

/**
 * One-sided p of the strain being no worse at the level whose attainment fell most. Times spread evenly on the log
 * scale, while a share does not move far from the objective and falls at once near it, so that its own spread says
 * little of the next run. Student's test of one run against k, as in `standOf`; each group is the mean of its runs.
 *
 * @param rows of the run that is judged, fresh passes included.
 * @returns 0 where nothing speaks against the fall: no attainment fell by more than `minorFall`, the strain is unknown, or too many failed for any.
 */
export function rateStrain(
  { newest, segments }: MetricHistory,
  rows: readonly HistoryRow[],
  minorFall: number,
): number {
  const falls = rows[0]!.levels.flatMap(({ concurrency }) => {
    const [now, main] = [
      averageStrain(rows, concurrency),
      averageStrain(
        newest.recorded.flatMap(({ entries }) => entries.map(({ row }) => row)),
        concurrency,
      ),
    ]
    return now === null || main === null ? [] : [{ concurrency, now, fall: main.attainment - now.attainment }]
  })
  const [most] = falls.toSorted((a, b) => b.fall - a.fall)
  if (most === undefined || most.fall <= minorFall || !Number.isFinite(most.now.strain)) return 0
  // What is an outlier by its share is none by its times: it is where these are just beyond the objective.
  const points = [...segments.slice(0, -1), newest.recorded].map((segment) =>
    segment.flatMap(({ entries }) => {
      const seen = averageStrain(
        entries.map(({ row }) => row),
        most.concurrency,
      )
      return seen === null || !Number.isFinite(seen.strain) ? [] : [seen.strain]
    }),
  )
  const last = points.at(-1)!
  if (last.length === 0) return 0
  const { sd, degrees } = estimateSpread(poolSquares(points), { defaultSd: SPREAD_OF_TIMES })
  const d = most.now.strain - mean(last)
  return studentTTail(d / (sd * Math.sqrt(1 + 1 / last.length)), degrees)
}

/** The mean over the runs that tell; null where none does. */
function averageStrain(rows: readonly HistoryRow[], concurrency: number): SeenStrain | null {
  const seen = rows.flatMap((row) => seeStrain(row, concurrency) ?? [])
  if (seen.length === 0) return null
  return { attainment: mean(seen.map((one) => one.attainment)), strain: mean(seen.map((one) => one.strain)) }
}

function seeStrain({ levels }: HistoryRow, concurrency: number): SeenStrain | null {
  const level = levels.find((one) => one.concurrency === concurrency)
  if (level === undefined) return null
  if (isTooMuch(level.state)) return { attainment: 0, strain: Infinity }
  if (!level.valid || level.kept === undefined) return null
  const { attainment, strain } = level.kept
  return { attainment, strain: strain === undefined ? NaN : Math.log(strain ?? Infinity) }
}
