import type { Verdict } from '../report/verdict.ts'
import type { Acceptance } from '../settings/acceptance.ts'
import type { GatedMetric } from '../settings/metric-names.ts'
import type { RedFigures } from './marker.ts'
import type { Label } from './pull-request.ts'

/** The labels of a pull request that accept something, and the figures that our comment there showed. */
export interface PullLabels {
  readonly labels: readonly Label[]
  readonly figures: RedFigures
}

/** What labels accept of one verdict. */
export interface LabelAcceptances {
  readonly acceptances: readonly Acceptance[]
  /** Labels that look like one of ours and name nothing that was compared. */
  readonly meaningless: readonly string[]
}

/**
 * `plateau-accept` accepts every metric, `plateau-accept:ttft` a family, `plateau-accept:tpot-p50` one: each up to the
 * figure at which the comment showed it red (`figures`), else up to what is measured now.
 */
export function acceptancesOf(
  pulls: readonly PullLabels[],
  acceptLabel: string,
  { name, comparisons }: Pick<Verdict, 'name' | 'comparisons'>,
): LabelAcceptances {
  const acceptances: Acceptance[] = []
  const meaningless: string[] = []
  for (const { labels, figures } of pulls) {
    for (const label of labels) {
      const what = subjectOf(label.name, acceptLabel)
      if (what === null) continue
      const metrics = comparisons.map(({ metric }) => metric).filter((metric) => what === '' || isMeant(what, metric))
      if (metrics.length === 0 && what !== '') meaningless.push(label.name)
      for (const metric of metrics) {
        // Nobody at all would mean a reviewed line of the config file.
        const by = label.by ?? 'somebody'
        acceptances.push({ metric, at: figures[name]?.[metric] ?? null, since: null, why: null, by, form: 'label' })
      }
    }
  }
  return { acceptances, meaningless }
}

/**
 * The figures that the comment now carries: of what is red. A metric that a label accepts keeps the figure at which it
 * was accepted, so that a later, slower commit is not accepted with it.
 */
export function figuresOf(
  { name, comparisons }: Pick<Verdict, 'name' | 'comparisons'>,
  before: RedFigures,
  labelled: readonly Acceptance[],
): RedFigures {
  const figures = comparisons.flatMap(({ metric, verdict, worsening }): [GatedMetric, number][] => {
    const frozen = labelled.some((acceptance) => acceptance.metric === metric) ? before[name]?.[metric] : undefined
    if (frozen !== undefined) return [[metric, frozen]]
    const isRed = verdict === 'regressed' || verdict === 'suspect' || verdict === 'accepted'
    return isRed && worsening !== null && worsening > 0 ? [[metric, rounded(worsening)]] : []
  })
  return figures.length === 0 ? {} : { [name]: Object.fromEntries(figures) }
}

/** What stands after the colon; empty for the label itself, null for another label. */
function subjectOf(label: string, acceptLabel: string): string | null {
  const rest = label.slice(acceptLabel.length).trim()
  if (label.slice(0, acceptLabel.length).toLowerCase() !== acceptLabel.toLowerCase()) return null
  if (rest === '') return ''
  return rest.startsWith(':') ? rest.slice(1).trim().toLowerCase() : null
}

function isMeant(what: string, metric: GatedMetric): boolean {
  return metric === what || metric.startsWith(`${what}-`) || (what === 'throughput' && metric.includes('throughput'))
}

/** A tenth of a per mille is finer than any tolerance; more digits would only lengthen the comment. */
function rounded(worsening: number): number {
  return Math.max(0.0001, Number(worsening.toFixed(4)))
}
