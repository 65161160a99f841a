import type { RunReport } from '../../report/run-report.ts'
import type { Comparison, LevelChange, LostLevel, RequestCounts, Verdict } from '../../report/verdict.ts'
import { markdown } from '../../text.ts'
import {
  formatChange,
  formatConcurrency,
  formatCount,
  formatInterval,
  formatShare,
  MISSING,
  plural,
  unbroken,
} from '../format.ts'
import { levelTable } from './levels.ts'
import { describeLimit, formatLimitValue, LIMIT_OUTCOMES, sortedLimits } from './limits.ts'
import { code, prose, table } from '../markdown.ts'
import { describeVerdict, formatFigure, formatVisible, labelOf } from '../metric-words.ts'
import type { Column } from '../terminal.ts'
import { rateOf } from './title.ts'

/** The tables of a comment. Each takes the most rows that it may have; null where there is nothing to show. */

/** What the two sides are called. */
export interface Sides {
  /** `main`, or `baseline` outside pull requests. */
  readonly baseline: string
  /** `this PR` or `this run`. */
  readonly candidate: string
}

/** Metrics, lost levels and the error rate against the baseline, worst first. */
export function comparisonTable(verdict: Verdict, sides: Sides, most: number): string | null {
  const { comparisons, lostLevels, errorRate } = verdict
  const errors = errorRate === null || errorRate.verdict === 'no-change-seen' ? [] : [errorRate]
  const rows = [
    ...lostLevels.map((level) => () => lostRow(level)),
    ...errors.map((rates) => () => errorRow(rates)),
    ...comparisons.map((comparison) => () => comparisonRow(comparison)),
  ]
  if (rows.length === 0) return null
  const columns = [
    left('Metric'),
    right(`${sides.baseline} ${unbroken(`(${plural(verdict.baseline.runs, 'run')})`)}`),
    right(sides.candidate),
    right('change, likely range'),
    right('would catch'),
    left('verdict'),
  ]
  return table(columns, rows, (row) => row(), most)
}

function comparisonRow(comparison: Comparison): string[] {
  const { baseline, candidate, change, interval, verdict, tolerance } = comparison
  const isRed = verdict === 'regressed' || verdict === 'suspect'
  const bold = (text: string) => (isRed ? `**${text}**` : text)
  const range = interval === null ? '' : ` ${unbroken(formatInterval(interval))}`
  return [
    bold(labelOf(comparison)),
    unbroken(formatFigure(comparison, baseline)),
    unbroken(formatFigure(comparison, candidate)),
    `${bold(unbroken(formatChange(change)))}${range}`,
    unbroken(formatVisible(comparison)),
    `${describeVerdict(verdict, tolerance)}${acceptedBy(comparison)}`,
  ]
}

function acceptedBy({ accepted }: Comparison): string {
  return accepted?.by == null ? '' : ` by ${markdown(`@${accepted.by}`)}`
}

const LOST_WORDS: Readonly<Record<LostLevel['verdict'], string>> = {
  regressed: '❌ No longer holds',
  suspect: '⚠️ Did not hold',
  'not-measured': '❔ Not usable',
  accepted: 'Accepted',
}

function lostRow({ concurrency, baseline, candidate, verdict }: LostLevel): string[] {
  const name = `**Concurrency ${formatConcurrency(concurrency)}**`
  return [name, failedOf(baseline), failedOf(candidate), MISSING, MISSING, LOST_WORDS[verdict]]
}

const ERROR_WORDS: Readonly<Record<NonNullable<Verdict['errorRate']>['verdict'], string>> = {
  regressed: '❌ More fail',
  'not-measured': '❔ More failed, not confirmed',
  suspect: '⚠️ More failed, not confirmed',
  'no-change-seen': 'No change seen',
  accepted: 'Accepted',
}

function errorRow({ candidate, baseline, rise, verdict }: NonNullable<Verdict['errorRate']>): string[] {
  const points = `+${formatShare(rise).replace('%', 'points')}`
  return ['**Requests failed**', rateOf(baseline), rateOf(candidate), unbroken(points), MISSING, ERROR_WORDS[verdict]]
}

/** `12 of 900 failed`. */
export function failedOf({ ok, failed }: RequestCounts): string {
  return `${formatCount(failed)} of ${formatCount(ok + failed)} failed`
}

/** Limits: those that do not hold first. */
export function limitTable(limits: Verdict['limits'], most: number): string | null {
  if (limits.length === 0) return null
  return table([left('Limit'), right('measured'), left('verdict')], sortedLimits(limits), limitRow, most)
}

function limitRow(limit: Verdict['limits'][number]): string[] {
  const why = limit.reason === null ? '' : `: ${prose(limit.reason, 200)}`
  return [code(describeLimit(limit)), unbroken(formatLimitValue(limit)), `${LIMIT_OUTCOMES[limit.outcome]}${why}`]
}

/** Every level of the run as it was measured. */
export function measuredTable(report: RunReport, most: number): string | null {
  if (report.levels.length === 0) return null
  const { columns, rows } = levelTable(report)
  return table(columns, rows, (cells) => cells.map(unbroken), most)
}

/** Every metric at every level that both sides have: all that the charts show. */
export function levelChangeTable(comparisons: readonly Comparison[], sides: Sides, most: number): string | null {
  const changes = comparisons.flatMap((comparison) => comparison.byLevel.map((level) => ({ comparison, level })))
  if (changes.length === 0) return null
  const columns = [left('Metric'), right('level'), right(sides.baseline), right(sides.candidate), right('change')]
  return table(columns, changes, levelChangeRow, most)
}

function levelChangeRow({ comparison, level }: { comparison: Comparison; level: LevelChange }): string[] {
  return [
    labelOf(comparison),
    formatConcurrency(level.concurrency),
    unbroken(formatFigure(comparison, level.baseline)),
    unbroken(formatFigure(comparison, level.candidate)),
    unbroken(formatChange(level.change)),
  ]
}

function left(heading: string): Column {
  return { heading, align: 'left' }
}

function right(heading: string): Column {
  return { heading, align: 'right' }
}
