import type { RunReport } from '../report/run-report.ts'
import { plain } from '../text.ts'
import { formatConcurrency, formatRate, plural, THROUGHPUT_UNITS } from './format.ts'

/** The plateau in a sentence: state, throughput with its interval, knee. */
export function describePlateau({ plateau, levels, series }: Pick<RunReport, 'plateau' | 'levels' | 'series'>): string {
  const estimate = plateau[plateau.metric]
  if (estimate === null) return 'No plateau: no level can be used.'
  const value = `${formatRate(estimate.value)} ${THROUGHPUT_UNITS[plateau.metric]}`
  const interval =
    estimate.low === null || estimate.high === null
      ? '(one pass, no interval)'
      : `(95 % interval ${formatRate(estimate.low)} to ${formatRate(estimate.high)})`
  const top = formatConcurrency(plateau.concurrencies.at(-1) ?? 0)
  const knee =
    plateau.kneeConcurrency === null ? '' : `, knee at concurrency ${formatConcurrency(plateau.kneeConcurrency)}`
  switch (plateau.state) {
    case 'reached':
      return `Plateau: ${value} ${interval}${knee}. More concurrency adds only latency.`
    case 'collapsing': {
      const lost = levels.find((level) => level.state === 'lost')
      const why =
        lost === undefined
          ? `beyond concurrency ${top} throughput falls by more than 10 %`
          : `the server does not hold concurrency ${lost.concurrency}`
      return `Plateau: ${value} ${interval}${knee}. It collapses: ${why}.`
    }
    case 'limited':
      return `Plateau not reached: ${value} ${interval} at concurrency ${top}, then a rate limit ended the sweep.`
    case 'not-reached': {
      const unusable = levels.filter((level) => !level.valid).length
      const advice =
        unusable === 0
          ? series.concurrency === 'auto'
            ? 'Raise `max-concurrency`.'
            : 'Add higher levels to `concurrency`.'
          : `${plural(unusable, 'level')} could not be used: see the findings.`
      return `Plateau not reached: ${value} ${interval} at concurrency ${top}, the highest throughput seen. ${advice}`
    }
  }
}

/** The best throughput inside the latency budget in a sentence; null when it was not asked for. */
export function describeWithin(
  { within, plateau, levels }: Pick<RunReport, 'within' | 'plateau' | 'levels'>,
  escape: (text: string, maximum: number) => string = plain,
): string | null {
  if (within === null) return null
  const limit = escape(within.limit, 200)
  const value = within[plateau.metric]
  if (value === null || within.concurrency === null) return `Within ${limit}: no level is inside this budget.`
  const isMeasured = levels.some(({ concurrency }) => concurrency === within.concurrency)
  return `Within ${limit}: ${formatRate(value)} ${THROUGHPUT_UNITS[plateau.metric]} at concurrency ${formatConcurrency(within.concurrency)}${isMeasured ? '' : ', interpolated between levels'}.`
}
