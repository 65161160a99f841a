import type { Comparison, LostLevel, Verdict } from '../report/verdict.ts'
import { plain } from '../text.ts'
import { countAs } from './baseline-words.ts'
import { byChance, whose } from './view/doubts.ts'
import { driftLines } from './drift.ts'
import {
  formatChange,
  formatConcurrency,
  formatCount,
  formatDay,
  formatInterval,
  formatSha,
  formatShare,
  plural,
} from './format.ts'
import { limitLines } from './limit-lines.ts'
import { describeUnused } from './lost-levels.ts'
import { capital, describeVerdict, formatFigure, formatVisible, labelOf } from './metric-words.ts'
import { outlookTable } from './outlook.ts'
import { createStyle } from './style.ts'
import type { Style } from './style.ts'
import { textTable, wrap } from './terminal.ts'
import type { Column } from './terminal.ts'
import { rateOf, renderTitle } from './view/title.ts'
import { causeOf, describeLevels, movedOf } from './view/where.ts'
import { warnUncompared } from './uncompared-in-a-row.ts'

export interface VerdictTextOptions {
  /** True to use ANSI colours. Default false. */
  readonly colour?: boolean
  /** False below a report that has listed the limits. Default true. */
  readonly limits?: boolean
}

/** The verdict for a terminal: 80 columns, ends with a line break. */
export function renderVerdictText(
  verdict: Verdict,
  { colour = false, limits = true }: VerdictTextOptions = {},
): string {
  const style = createStyle(colour)
  const sections = [
    wrap(renderTitle(verdict), { indent: 3 }).map((line) => style.bold(colourOf(verdict, style)(line))),
    limits ? limitLines(verdict.limits, style) : [],
    comparisonsOf(verdict, style),
    [...verdict.lostLevels.map(describeLost), ...errorsOf(verdict)].flatMap((line) => wrap(line, { indent: 2 })),
    whereOf(verdict),
    driftLines(verdict.drift, plain).flatMap((line) => wrap(line, { indent: 2 })),
    differencesOf(verdict),
    outlookOf(verdict, style),
    changesOf(verdict, style),
    baselineOf(verdict).flatMap((text) => wrap(text).map(style.dim)),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function colourOf({ check, verdict }: Verdict, style: Style): (text: string) => string {
  if (check === 'fail') return style.bad
  if (check === 'warn' || verdict === 'suspect') return style.warn
  return ['no-change-seen', 'proven', 'improved', 'accepted'].includes(verdict) ? style.good : (text) => text
}

/** Who reads this may have no pull request. */
const SIDES = { baseline: 'baseline', candidate: 'this run' }

const COLUMNS: readonly Column[] = [
  { heading: 'metric', align: 'left' },
  { heading: 'baseline', align: 'right' },
  { heading: 'now', align: 'right' },
  { heading: 'change', align: 'right' },
  { heading: '', align: 'left' },
  { heading: 'visible', align: 'right' },
  { heading: 'verdict', align: 'left' },
]

function comparisonsOf({ comparisons }: Verdict, style: Style): string[] {
  if (comparisons.length === 0) return []
  const [heading, ...rows] = textTable(COLUMNS, comparisons.map(rowOf))
  return [
    style.dim(heading!),
    ...rows.map((row, i) => (comparisons[i]!.verdict === 'regressed' ? style.bad(row) : row)),
    ...comparisons.flatMap((comparison) =>
      comparison.note === null
        ? []
        : wrap(`  ${labelOf(comparison)}: ${plain(comparison.note, 400)}`, { indent: 4 }).map(style.dim),
    ),
  ]
}

/** Short labels and units of one letter less: the line has 80 columns. */
function rowOf(comparison: Comparison): string[] {
  const { baseline, candidate, change, interval, verdict } = comparison
  const short = { ...comparison, unit: comparison.unit === null ? null : ('tok/s' as const) }
  const figure = (value: number | null) => formatFigure(short, value).replace(/ tok\/s$/, '')
  const unit = comparison.unit === null ? '' : `, ${comparison.unit}`
  return [
    `${labelOf(comparison)
      .replace(/ throughput$/, '')
      .replace(/^Throughput within limit$/, 'Within limit')}${unit}`,
    figure(baseline),
    figure(candidate),
    formatChange(change),
    interval === null ? '' : formatInterval(interval),
    formatVisible(comparison),
    describeVerdict(verdict)
      .replace(/^\P{L}+/u, '')
      .toLowerCase(),
  ]
}

const LOST_WORDS: Readonly<Record<Exclude<LostLevel['verdict'], 'not-measured'>, string>> = {
  regressed: 'no longer holds',
  suspect: 'did not hold, not proven',
  accepted: 'no longer holds, accepted',
}

function describeLost(level: LostLevel): string {
  const { concurrency, verdict, candidate, baseline, reason } = level
  if (verdict === 'not-measured') return describeUnused(level, plain)
  const counts = `${formatCount(candidate.failed)} of ${formatCount(candidate.ok + candidate.failed)} requests failed, ${rateOf(baseline)} in the baseline`
  return `Concurrency ${formatConcurrency(concurrency)} ${LOST_WORDS[verdict]}: ${counts}${reason === '' ? '' : ` (${plain(reason, 200)})`}.`
}

function errorsOf({ errorRate }: Verdict): string[] {
  if (errorRate === null || errorRate.verdict === 'no-change-seen') return []
  return [`${rateOf(errorRate.candidate)} of the requests fail, ${rateOf(errorRate.baseline)} in the baseline.`]
}

function whereOf(verdict: Verdict): string[] {
  const { comparisons } = verdict
  const levels = movedOf(comparisons).flatMap((comparison) => describeLevels(comparison) ?? [])
  const cause = causeOf(comparisons)
  const own = whose(verdict, SIDES, plain)
  const lines = [
    ...levels.map((text) => `${capital(text)}.`),
    ...(cause === null ? [] : [`Looks like ${cause}`]),
    ...(own === null ? [] : [own]),
  ]
  return lines.flatMap((line) => wrap(line, { indent: 2 }))
}

function differencesOf({ notComparable }: Verdict): string[] {
  if (notComparable === null) return []
  const lines = notComparable.differences.map(
    ({ field, setting, before, now }) => `  ${plain(setting ?? field)}: ${plain(before)} → ${plain(now)}`,
  )
  return [
    `${plural(notComparable.runs, 'recorded run')}, none comparable:`,
    ...lines.flatMap((line) => wrap(line, { indent: 4 })),
  ]
}

function outlookOf({ outlook }: Verdict, style: Style): string[] {
  if (outlook.length === 0) return []
  const { columns, rows } = outlookTable(outlook)
  const [heading, ...lines] = textTable(columns, rows)
  return [style.dim(heading!), ...lines]
}

function changesOf({ whatElseChanged }: Verdict, style: Style): string[] {
  if (whatElseChanged.length === 0) return []
  const lines = whatElseChanged.map(({ what, before, now }) => `  ${plain(what)}: ${plain(before)} → ${plain(now)}`)
  return [style.bold('What else changed'), ...lines.flatMap((line) => wrap(line, { indent: 4 }))]
}

function baselineOf(verdict: Verdict): string[] {
  const { baseline, comparisons } = verdict
  const { origin, runs, newest } = baseline
  const passedOver = baseline.skipped.map((sentence) => `Passed over: ${plain(sentence, 400)}`)
  const warning = warnUncompared(verdict)
  if (comparisons.length === 0 || newest === null) return [...passedOver, ...(warning === null ? [] : [warning])]
  const commit = newest.sha === null ? '' : ` ${plain(formatSha(newest.sha))}`
  const of = origin === null ? '' : ` (${plain(origin)})`
  const chance = byChance(verdict)
  const tolerances = [...new Set(comparisons.map(({ tolerance }) => formatShare(tolerance)))].join(', ')
  return [
    `Compared with ${plural(runs, 'run')}${of}${countAs(baseline)}, the newest${commit} of ${formatDay(plain(newest.startedAt))}; tolerance ${tolerances}.${chance === null ? '' : ` ${chance}`}`,
    ...passedOver,
  ]
}
