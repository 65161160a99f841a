import { formatChange } from '../../render/format.ts'
import { nameOf } from '../../render/metric-words.ts'
import { looksWorse } from '../../report/verdict.ts'
import type { Comparison, Verdict } from '../../report/verdict.ts'
import { findMetricsNamed } from '../../settings/values/acceptance.ts'
import type { Acceptance } from '../../settings/values/acceptance.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import type { WorseFigures } from './marker.ts'
import type { Label } from './pull-request.ts'

/** The accept labels of a pull request, and how much worse it was last known to be. */
export interface PullLabels {
  readonly number: number
  readonly labels: readonly Label[]
  readonly figures: WorseFigures
  /** True for the pull request being measured: without a figure its label accepts what is measured now. */
  readonly isMeasured: boolean
}

/** What labels accept in one verdict. */
interface LabelAcceptances {
  readonly acceptances: readonly Acceptance[]
  /**
   * Sentences about labels that accept nothing, and why, and about those that accept without a figure that somebody
   * saw.
   */
  readonly notes: readonly string[]
}

/**
 * `plateau-accept` accepts every metric, `plateau-accept:ttft` a family, `plateau-accept:tpot-p50` one, each up to
 * the figure that people saw: that of our comment or, after a merge, of the pull request's last run. Without either,
 * a merged label accepts nothing. In the pull request itself, a label without a figure (no comment, or a deleted one)
 * accepts what this run measures; refusing it would make labels useless with `comment: never`.
 */
export function acceptancesOf(
  pulls: readonly PullLabels[],
  acceptLabel: string,
  { name, comparisons }: Pick<Verdict, 'name' | 'comparisons'>,
): LabelAcceptances {
  const acceptances: Acceptance[] = []
  const notes: string[] = []
  for (const { number, labels, figures, isMeasured } of pulls) {
    for (const label of labels) {
      const what = subjectOf(label.name, acceptLabel)
      if (what === null) continue
      const meant = comparisons.filter(({ metric }) => what === '' || findMetricsNamed(what).includes(metric))
      if (meant.length === 0 && what !== '') notes.push(`the label "${label.name}" names no metric that was compared`)
      const unseen = meant.filter(
        (comparison) => looksWorse(comparison.verdict) && figures[name]?.[comparison.metric] === undefined,
      )
      if (unseen.length > 0) notes.push(noteUnseen(label, number, unseen, isMeasured))
      for (const { metric } of meant) {
        const at = figures[name]?.[metric] ?? null
        if (at === null && !isMeasured) continue
        // Null would mean a reviewed line of the config file.
        acceptances.push({ metric, at, since: null, why: null, by: label.by ?? 'somebody', form: 'label' })
      }
    }
  }
  return { acceptances, notes }
}

function noteUnseen({ name }: Label, number: number, unseen: readonly Comparison[], isMeasured: boolean): string {
  if (isMeasured) {
    const changes = unseen.map((comparison) => `${nameOf(comparison)} ${formatChange(comparison.change)}`)
    return `the label "${name}" accepts up to ${changes.join(', ')} (as measured now)`
  }
  const what = unseen.map((comparison) => nameOf(comparison)).join(', ')
  return (
    `the label "${name}" of #${number} accepts nothing for ${what}: neither a comment there nor an artifact of its last ` +
    'run says how much worse it was; a line under accept in the config file does'
  )
}

/**
 * The figures of what is red, for the comment to carry. A metric that a label accepts keeps the figure at which it
 * was accepted, so that the label does not accept a later, slower commit.
 */
export function figuresOf(
  { name, comparisons }: Pick<Verdict, 'name' | 'comparisons'>,
  before: WorseFigures,
  labelled: readonly Acceptance[],
): WorseFigures {
  const figures = comparisons.flatMap(({ metric, verdict, worsening }): [GatedMetric, number][] => {
    const frozen = labelled.some((acceptance) => acceptance.metric === metric) ? before[name]?.[metric] : undefined
    if (frozen !== undefined) return [[metric, frozen]]
    return (looksWorse(verdict) || verdict === 'accepted') && worsening !== null && worsening > 0
      ? [[metric, roundFigure(worsening)]]
      : []
  })
  return figures.length === 0 ? {} : { [name]: Object.fromEntries(figures) }
}

/** The text after the colon; empty for the label itself, null for another label. */
function subjectOf(label: string, acceptLabel: string): string | null {
  const rest = label.slice(acceptLabel.length).trim()
  if (label.slice(0, acceptLabel.length).toLowerCase() !== acceptLabel.toLowerCase()) return null
  if (rest === '') return ''
  return rest.startsWith(':') ? rest.slice(1).trim().toLowerCase() : null
}

/** 0.01 % is finer than any tolerance; more digits would only lengthen the comment. */
function roundFigure(worsening: number): number {
  return Math.max(0.0001, Number(worsening.toFixed(4)))
}
