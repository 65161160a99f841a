import { loadOfVerdict, looksWorse } from '../../../report/verdict.ts'
import type { Comparison, LevelChange, LostLevel, Verdict } from '../../../report/verdict.ts'
import { spellLevels } from '../../../vocabulary/load.ts'
import {
  capitalise,
  formatChange,
  formatFailed,
  formatFailedShare,
  formatInterval,
  formatLevel,
  formatShare,
  keepTogether,
  MISSING,
  partOf,
} from '../../../words/format.ts'
import {
  formatFigure,
  formatSide,
  formatVisible,
  isBoundedTwice,
  labelOf,
  shortenLabel,
  worseningOf,
} from '../../../words/metric-words.ts'
import { makeFigureColumn, keepUnit, quote, quoteProse, say, makeWordColumn } from '../../../words/sentences.ts'
import type { Sentence, Table } from '../../../words/sentences.ts'
import type { RunNames } from '../input.ts'
import { isFirstBesideControl } from './baseline.ts'

/** What was compared: metrics, levels that the baseline holds, and the error rate. */
export function viewComparisons(verdict: Verdict, names: RunNames) {
  return {
    /** Metrics, worst first. */
    rows: listComparisonRows(verdict),
    /** Lost levels, and the error rate where it has risen. */
    requests: listRequestRows(verdict),
    /** What the runs compared with are called at the head of a column. */
    before: nameBefore(verdict, names),
    byLevel: tabulateLevels(verdict, names),
    lost: describeLost(verdict),
    errors: describeErrors(verdict),
    unused: describeUnused(verdict),
    notes: describeNotes(verdict),
  }
}

/** Each metric against the baseline. Layouts choose the columns. */
function listComparisonRows({ comparisons }: Verdict) {
  return comparisons.map((comparison) => {
    const { interval, verdict, tolerance, accepted } = comparison
    const isKnown = !isBoundedTwice(comparison)
    const by = accepted?.by == null ? '' : say` by ${quote(`@${accepted.by}`)}`
    return {
      metric: labelOf(comparison),
      baseline: formatSide(comparison, 'baseline'),
      candidate: formatSide(comparison, 'candidate'),
      change: formatChange(isKnown ? comparison.change : null),
      /** Null without one. */
      interval: interval === null || !isKnown ? null : formatInterval(interval),
      visible: formatVisible(comparison),
      verdict: say`${describeWord(verdict, tolerance)}${by}`,
      /** Shorter forms for 80 columns. */
      short: shortenFigures(comparison),
      looksWorse: looksWorse(verdict),
      isRegressed: verdict === 'regressed',
    }
  })
}

/** The short forms, with a throughput's unit only after its name. */
function shortenFigures(comparison: Comparison) {
  const { unit, verdict } = comparison
  const formatBare = (side: 'baseline' | 'candidate') =>
    unit === null ? formatSide(comparison, side) : formatSide(comparison, side).replace(` ${unit}`, '')
  const name = shortenLabel(comparison)
  return {
    metric: unit === null ? name : `${name}, ${unit}`,
    baseline: formatBare('baseline'),
    candidate: formatBare('candidate'),
    verdict: describeWord(verdict)
      .replace(/^\P{L}+/u, '')
      .toLowerCase(),
  }
}

/** A level at the beginning of a sentence. */
function nameLost(verdict: Verdict, level: number): string {
  const load = loadOfVerdict(verdict)
  return capitalise(spellLevels(load, formatLevel(load, level)))
}

/** What became of a level, in a cell and in a sentence; null where the server is not the cause. */
const LOST_WORDS: Readonly<Record<LostLevel['verdict'], { readonly cell: string; readonly clause: string | null }>> = {
  regressed: { cell: '❌ No longer holds', clause: 'no longer holds' },
  suspect: { cell: '⚠️ Did not hold', clause: 'did not hold, not proven' },
  'not-measured': { cell: '❔ Not usable', clause: null },
}

const ERROR_WORDS: Readonly<Record<NonNullable<Verdict['errorRate']>['verdict'], string>> = {
  regressed: '❌ More fail',
  'not-measured': '❔ More failed, not confirmed',
  suspect: '⚠️ More failed, not confirmed',
  'no-change-seen': 'No change seen',
}

/** What is compared of the counts of requests: lost levels, and the error rate. */
function listRequestRows(verdictOf: Verdict) {
  const { lostLevels, errorRate } = verdictOf
  const lost = lostLevels.map(({ concurrency, baseline, candidate, verdict }) => ({
    what: nameLost(verdictOf, concurrency),
    baseline: formatFailed(baseline),
    candidate: formatFailed(candidate),
    change: MISSING,
    verdict: LOST_WORDS[verdict].cell,
  }))
  if (errorRate === null || errorRate.verdict === 'no-change-seen') return lost
  const { candidate, baseline, rise, verdict } = errorRate
  const errors = {
    what: 'Requests failed',
    baseline: formatFailedShare(baseline),
    candidate: formatFailedShare(candidate),
    change: `+${formatShare(rise).replace('%', 'points')}`,
    verdict: ERROR_WORDS[verdict],
  }
  return [...lost, errors]
}

/** The label for levels aside, where a throughput is not the plateau's. */
function labelOfAside(comparison: Comparison): string {
  return comparison.unit === null ? labelOf(comparison) : 'Throughput'
}

function nameBefore(verdict: Verdict, { baseline }: RunNames): string {
  return isFirstBesideControl(verdict) ? 'control' : baseline
}

/** Every metric at every level that both the baseline and the run have: everything that the charts show. */
function tabulateLevels(verdict: Verdict, names: RunNames): Table {
  const { comparisons } = verdict
  const layCells = (comparison: Comparison, level: LevelChange, label: string): Sentence[] => [
    label,
    formatLevel(loadOfVerdict(verdict), level.concurrency),
    keepUnit(formatFigure(comparison, level.baseline)),
    keepUnit(formatFigure(comparison, level.candidate)),
    keepUnit(formatChange(level.change)),
  ]
  return {
    columns: [
      makeWordColumn('Metric'),
      ...['level', nameBefore(verdict, names), names.candidate, 'change'].map(makeFigureColumn),
    ],
    rows: comparisons.flatMap((comparison) => [
      ...comparison.byLevel.map((level) => layCells(comparison, level, labelOf(comparison))),
      ...comparison.aside.map((level) => layCells(comparison, level, `${labelOfAside(comparison)}, not compared`)),
    ]),
  }
}

/** Each level that the server lost, in a sentence. */
export function describeLost(verdictOf: Verdict): Sentence[] {
  return verdictOf.lostLevels.flatMap((level) => {
    const { concurrency, verdict, candidate, baseline, reason, repeatFailed } = level
    const { clause } = LOST_WORDS[verdict]
    if (clause === null) return []
    const why = reason === '' ? '' : say` (${quoteProse(reason, 200)})`
    const again =
      repeatFailed === null ? ', not repeated' : repeatFailed ? ', and again when repeated' : ', but held when repeated'
    return [
      say`${nameLost(verdictOf, concurrency)} ${clause}: ${formatFailed(candidate)}${why}${again}; in the baseline ${formatFailed(baseline)}.`,
    ]
  })
}

/** Why levels that the baseline holds have no figures, where the server is not the cause. */
function describeUnused(verdictOf: Verdict): Sentence[] {
  return verdictOf.lostLevels.flatMap(({ concurrency, verdict, candidate, reason, repeatFailed }) => {
    if (verdict !== 'not-measured') return []
    const { ok, failed } = candidate
    const counts = failed === 0 ? '' : `, ${partOf(failed, ok + failed, 'request')} failed`
    const again =
      repeatFailed === null ? '' : repeatFailed ? ', nor when it was repeated' : ', but did when it was repeated'
    const level = nameLost(verdictOf, concurrency)
    return [say`${level} gave no usable figures (${quoteProse(reason, 200)}${counts})${again}.`]
  })
}

/** The rise of the error rate; null without one. */
function describeErrors({ errorRate }: Verdict): string | null {
  if (errorRate === null || errorRate.verdict === 'no-change-seen') return null
  return `${formatFailedShare(errorRate.candidate)} of the requests fail, ${formatFailedShare(errorRate.baseline)} in the baseline.`
}

/** What to know about single metrics: why one could not be compared, why one was accepted, by which bound one is proven. */
function describeNotes({ comparisons }: Verdict): Sentence[] {
  return [
    ...comparisons.flatMap((comparison) =>
      reachesBeyond(comparison)
        ? [
            `${labelOf(comparison)}: its 95 % interval reaches beyond ${keepTogether(formatShare(comparison.tolerance))} because it has 2.5 % of chance at each end; a proof asks only how much worse it may be, so that all of its chance is at that one end.`,
          ]
        : [],
    ),
    ...comparisons.flatMap((comparison) =>
      comparison.note === null ? [] : [say`${labelOf(comparison)}: ${quoteProse(comparison.note)}`],
    ),
    ...comparisons.flatMap((comparison) => {
      const why = comparison.accepted?.why ?? null
      return why === null ? [] : [say`${labelOf(comparison)} was accepted: ${quote(why, 200)}`]
    }),
  ]
}

/** Whether the interval, which has two ends, reaches beyond the tolerance that is proven by a bound of one. */
function reachesBeyond({ verdict, better, interval, tolerance }: Comparison): boolean {
  if (verdict !== 'proven' || interval === null) return false
  return worseningOf(better, better === 'lower' ? interval.high : interval.low) >= tolerance
}

/** A verdict in a cell of a table; the tolerance is that of `proven`. */
function describeWord(word: Comparison['verdict'], tolerance: number | null = null): string {
  switch (word) {
    case 'regressed':
      return '❌ Regressed'
    case 'not-measured':
      return '❔ Not measured'
    case 'suspect':
      return '⚠️ Suspect'
    case 'not-comparable':
      return '❔ Not comparable'
    case 'accepted':
      return 'Accepted'
    case 'no-change-seen':
      return 'No change seen'
    case 'proven':
      return tolerance === null ? '✅ Proven' : `✅ Proven within ${keepTogether(formatShare(tolerance))}`
    case 'improved':
      return '✅ Improved'
  }
}
