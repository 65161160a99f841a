import type { RunReport } from '../../../report/run-report.ts'
import { loadOfVerdict } from '../../../report/verdict.ts'
import type { Comparison, Outlook, SlowDrift, Verdict, ControlSummary } from '../../../report/verdict.ts'
import { loadOf, reachesPlateau, spellLevels } from '../../../vocabulary/load.ts'
import { FIGURES_OF_LEVEL, metricOf } from '../../../vocabulary/metrics.ts'
import {
  formatChange,
  formatCount,
  formatDay,
  formatLevel,
  formatSha,
  formatShare,
  pluralise,
} from '../../../words/format.ts'
import { formatVisible, IN_FOUR_OF_FIVE, joinShortList, labelOf, nameOf } from '../../../words/metric-words.ts'
import {
  makeFigureColumn,
  keepUnit,
  linkTo,
  quote,
  quoteCode,
  quoteProse,
  say,
  makeWordColumn,
  joinSentences,
} from '../../../words/sentences.ts'
import type { Sentence, Table } from '../../../words/sentences.ts'
import { pickSameOrigin } from '../../../words/commits.ts'
import type { ViewSituation } from '../input.ts'
import { findComparison, readCurve, readLevels } from '../chart.ts'

/** What a verdict rests on: the recorded runs of the baseline, and how much they can show. */
export function viewBaseline(situation: ViewSituation) {
  const { verdict, report } = situation
  const { drift: slowDrift } = verdict
  return {
    /** How many runs the baseline has, or were found. */
    runs: countRuns(verdict),
    /** Whether the control alone is the baseline, without recorded runs. */
    isControl: isFirstBesideControl(verdict),
    /** What it was compared with, without the full stop; null where with nothing. */
    origin: describeOrigin(situation),
    tolerances: describeTolerances(verdict),
    grounds: { heading: 'What this rests on', table: tabulateGrounds(verdict, report) },
    /** Null where every level of the run could be compared. */
    narrowed: describeNarrowed(verdict, report),
    /** The recorded runs that were not used, and why. */
    passedOver: verdict.baseline.skipped.map((sentence) => quoteProse(sentence)),
    /** Null where there is nothing to tell. */
    slowDrift: slowDrift === null || slowDrift.metrics.length === 0 ? null : describeSlowDrift(slowDrift),
    outlook: tabulateOutlook(verdict.outlook, report),
    /** Null where nobody asked for one. */
    control: describeControl(verdict),
    confirmation: describeConfirmation(verdict),
    changes: {
      heading: 'What else changed',
      table: tabulateChanges(
        'What',
        verdict.whatElseChanged.map(({ what, before, now }) => [what, before, now]),
      ),
    },
  }
}

/** A table of changes. */
export function tabulateChanges(
  what: string,
  changes: readonly (readonly [what: string, before: string, now: string])[],
): Table {
  return {
    columns: [makeWordColumn(what), makeWordColumn('Before'), makeWordColumn('Now')],
    rows: changes.map(([what, ...values]) => [quote(what), ...values.map((value) => quoteCode(value))]),
  }
}

/** What each comparison rests on, one row for each metric; empty when nothing was compared. */
function tabulateGrounds(verdict: Verdict, report: Pick<RunReport, 'levels'> | null): Table {
  const load = loadOfVerdict(verdict)
  return {
    columns: [
      makeWordColumn('Metric'),
      makeWordColumn('levels'),
      makeFigureColumn('independent runs'),
      makeFigureColumn('spread between runs'),
      makeFigureColumn('tolerance'),
    ],
    rows: verdict.comparisons
      .filter(({ change }) => change !== null)
      .map((comparison) => {
        const onlySome = report !== null && lacksLevels(comparison, report)
        const { levels, groups, leftOut, tolerance } = comparison
        return [
          labelOf(comparison),
          levels.length === 0
            ? 'whole run'
            : `${joinShortList(
                levels.map((level) => formatLevel(load, level)),
                12,
              )}${onlySome ? ', the levels that both have' : ''}`,
          `${formatCount(groups)}${leftOut === 0 ? '' : ` (${formatCount(leftOut)} left out)`}`,
          describeSpread(comparison, verdict),
          formatShare(tolerance),
        ]
      }),
  }
}

/** What runs spread by, and whether that is known. */
function describeSpread(comparison: Comparison, verdict: Verdict): string {
  const { spread, assumedShare = assumeShare(comparison, verdict) } = comparison
  return `${formatShare(spread)}${assumedShare === 1 ? ', assumed' : assumedShare > 0 ? ', partly assumed' : ''}`
}

/** How much of a spread is assumed, as far as older verdicts tell: one run, or one session beside a control alone, shows nothing of it. */
function assumeShare({ assumedSpread, groups, segments, control }: Comparison, verdict: Verdict): number {
  const shown = control?.pairs === 0 ? (verdict.control?.fresh === true ? verdict.control.sessions : 1) : groups
  if (segments === 1 && shown === 1) return 1
  return assumedSpread ? 0.5 : 0
}

/** Whether levels were measured that could have been compared, and were not. */
function lacksLevels(comparison: Comparison, { levels }: Pick<RunReport, 'levels'>): boolean {
  return levels.some(({ concurrency }) => lacksLevel(comparison, concurrency))
}

/** How many points are used where the baseline moved earlier in every metric (the most of any); else null. */
function countSinceStep({ comparisons, baseline: { groups } }: Verdict): number | null {
  const compared = comparisons.filter(({ change }) => change !== null)
  if (compared.length === 0 || compared.some(({ segments }) => segments < 2)) return null
  const used = Math.max(...compared.map((comparison) => comparison.groups))
  return used < groups ? used : null
}

/** The number of runs, in short. */
function countRuns(verdict: Verdict): string {
  const { runs, groups } = verdict.baseline
  const used = countSinceStep(verdict)
  if (used === null) return pluralise(runs, 'run')
  return `${formatCount(used)} of ${groups === runs ? pluralise(runs, 'run') : pluralise(groups, 'point')}`
}

/** What it was compared with; null where with nothing. */
function describeOrigin({ verdict, links, subject, defaultBranch, intoBranch }: ViewSituation): Sentence | null {
  const { baseline, comparisons } = verdict
  if (isFirstBesideControl(verdict)) return nameControlAlone(verdict.control!)
  if (comparisons.length === 0 || baseline.runs === 0) return null
  const origin = baseline.origin === null ? '' : say` (${quote(baseline.origin)})`
  const runs = say`Compared with ${pluralise(baseline.runs, 'run')}${origin}${describeGroups(verdict)}${describeStep(verdict)}`
  const control = comparisons.some((comparison) => comparison.control !== null) ? ', and with the control' : ''
  if (baseline.newest === null) return say`${runs}${control}`
  const { sha, startedAt, url } = baseline.newest
  const commit = sha === null ? '' : say`${linkTo(quote(formatSha(sha), 20), pickSameOrigin(url, links.run))} `
  const branch = subject === 'run' ? 'this run' : 'this branch'
  const ancestor =
    intoBranch !== null
      ? say` and of ${quote(defaultBranch)}; this pull request goes into ${quoteCode(intoBranch)}`
      : baseline.ancestor === null
        ? ''
        : baseline.ancestor
          ? `, which ${branch} contains`
          : `, which is newer than ${branch}`
  const newest = baseline.runs === 1 ? '' : 'the newest '
  return say`${runs}, ${newest}${commit}of ${quote(formatDay(startedAt))}${ancestor}${control}`
}

/** What follows the number of runs where several count as one; else empty. */
function describeGroups({ baseline: { runs, groups } }: Verdict): string {
  return groups === runs
    ? ''
    : `, which count as ${formatCount(groups)} (runs of one hour or one workflow run share machine and deployment)`
}

/** What follows the number of runs where only those since a step are used; else empty. */
function describeStep(verdict: Verdict): string {
  const used = countSinceStep(verdict)
  return used === null ? '' : `, of which the ${formatCount(used)} since the last step are used`
}

/** The tolerances of all comparisons, by metric where they differ. */
function describeTolerances({ comparisons }: Verdict): string {
  const byShare = Map.groupBy(comparisons, ({ tolerance }) => formatShare(tolerance))
  if (byShare.size < 2) return `tolerance ${[...byShare.keys()].join('')}`
  return `tolerance ${[...byShare].map(([share, same]) => `${share} for ${joinShortList(same.map(nameOf))}`).join(', ')}`
}

/** How far recorded runs have drifted since a release, in one sentence. */
export function describeSlowDrift({ since, released, newest, metrics }: SlowDrift): Sentence {
  const beginning = say`Slow drift since ${quote(since)}`
  if (metrics.length === 0) {
    return say`${beginning}: too few runs to tell (${String(released)} before, ${String(newest)} since).`
  }
  const changes = metrics.map((metric) => `${nameOf(metric)} ${formatChange(metric.change)}`).join(', ')
  return say`${beginning} (${pluralise(newest, 'newest run')} against ${String(released)}): ${changes}.`
}

/** What a gate would see with more recorded runs: one row for each metric, one column for each number of runs. */
function tabulateOutlook(outlook: readonly Outlook[], report: Pick<RunReport, 'plateau' | 'series'> | null): Table {
  const hasPlateau =
    report === null || (loadOf(report.series) === 'concurrency' && reachesPlateau(report.plateau.state))
  const nameMetric = (metric: Outlook['metric']): string =>
    labelOf({ metric, ofPlateau: metricOf(metric).comparedOver === 'plateau' ? hasPlateau : null })
  const counts = [...new Set(outlook.map(({ runs }) => runs))].sort((a, b) => a - b)
  const metrics = [...new Set(outlook.map(({ metric }) => metric))]
  const showVisible = (metric: Outlook['metric'], runs: number): string =>
    formatVisible(
      outlook.find((entry) => entry.metric === metric && entry.runs === runs) ?? { metric, smallestVisible: null },
    )
  return {
    columns: [
      makeWordColumn(`Worsening found ${IN_FOUR_OF_FIVE} runs, after`),
      ...counts.map((runs) => makeFigureColumn(`${runs} recorded`)),
    ],
    rows: metrics.map((metric) => [nameMetric(metric), ...counts.map((runs) => keepUnit(showVisible(metric, runs)))]),
  }
}

/** What a second look has measured; null where none was due. */
function describeConfirmation({ confirmation }: Verdict): string | null {
  if (confirmation === null) return null
  const { passes } = confirmation
  return passes === 0
    ? 'No second look was possible.'
    : `Second look: ${pluralise(passes, 'fresh pass', 'fresh passes')}.`
}

/** Whether it was compared with the control alone, because no recorded run was measured beside it. */
export function isFirstBesideControl({ comparisons }: Pick<Verdict, 'comparisons'>): boolean {
  const judged = comparisons.filter(({ change }) => change !== null)
  return judged.length > 0 && judged.every(({ control }) => control?.pairs === 0)
}

/** What it was compared with, where that is the control alone, without the full stop. */
function nameControlAlone({ sessions, fresh }: ControlSummary): string {
  const each = sessions === 1 ? '' : ' for each'
  const how = fresh ? `in ${pluralise(sessions, 'session')}, both started anew${each}` : 'measured beside it'
  return `Compared with the control alone, ${how}`
}

/** What a comparison with a control rests on, and why there was none; null where nobody asked for one. */
function describeControl(verdict: Verdict): Sentence | null {
  const { control } = verdict
  if (control === null) return null
  const troubles = control.troubles.map((why) => say`The control: ${quoteProse(why)}.`)
  const grounds = isJudgedByControl(verdict)
    ? describeGrounds(verdict)
    : 'The control did not decide: the recorded runs alone did.'
  return joinSentences([grounds, ...troubles], ' ')
}

function describeGrounds(verdict: Verdict): string {
  const { sessions, fresh } = verdict.control!
  if (isFirstBesideControl(verdict)) {
    const spread = sessions > 1 && fresh ? 'such sessions' : 'two deployments of the same code'
    return `It needs no history, because both sides were measured in the same minutes; how much ${spread} differ is ${sessions > 1 && fresh ? 'partly ' : ''}assumed.`
  }
  const sides = `Measured beside its control in ${pluralise(sessions, 'session')}${fresh ? ', both sides started anew for each' : ''}.`
  const moved = verdict.comparisons
    .filter(({ control }) => control !== null && control.pairs > 0)
    .map((comparison) => `${formatShare(comparison.control!.theta)} in ${nameOf(comparison)}`)
  const pairs = Math.max(...verdict.comparisons.map(({ control }) => control?.pairs ?? 0))
  return `${sides} ${pluralise(pairs, 'recorded run')} beside the control ${pairs === 1 ? 'tells' : 'tell'} how much of its movement is common: ${joinShortList(moved)}.`
}

/** Whether it lacks a level, apart from those that the metric never uses: TTFT above its highest level, throughput below its lowest. */
function lacksLevel({ metric, better, levels }: Comparison, concurrency: number): boolean {
  if (levels.includes(concurrency)) return false
  if (metricOf(metric).stopsAtKnee) return concurrency < Math.max(...levels)
  return better === 'lower' || concurrency > Math.min(...levels)
}

/** Whether any metric was compared with the control, so that hour, network and machine are the same on both sides. */
function isJudgedByControl({ comparisons }: Pick<Verdict, 'comparisons'>): boolean {
  return comparisons.some(({ control }) => control !== null)
}

/** At which levels the run has usable figures that are not compared, and on whose side these are lacking; null where there are none. */
function describeNarrowed(verdict: Verdict, report: Pick<RunReport, 'levels' | 'plateau'> | null): string | null {
  if (report === null) return null
  const narrowed = FIGURES_OF_LEVEL.flatMap((name) => {
    const comparison = findComparison(verdict.comparisons, name)
    if (comparison === undefined || comparison.change === null || comparison.levels.length === 0) return []
    const { control } = verdict.sides ?? {}
    const beside = comparison.control === null || control === undefined ? null : readCurve(name, control)
    return readLevels(report.levels, name, report.plateau.metric)
      .filter(({ isUsable, concurrency }) => isUsable && lacksLevel(comparison, concurrency))
      .map(({ concurrency }) => ({ concurrency, isLost: beside?.every((level) => level.concurrency !== concurrency) }))
  })
  const load = loadOfVerdict(verdict)
  const nameLevels = (found: typeof narrowed): string => {
    const levels = [...new Set(found.map(({ concurrency }) => concurrency))].sort((a, b) => a - b)
    return spellLevels(load, joinShortList(levels.map((level) => formatLevel(load, level))))
  }
  const [held, lost] = [narrowed.filter(({ isLost }) => isLost !== true), narrowed.filter(({ isLost }) => isLost)]
  // Recorded ones, or others of this one: which, the verdict does not tell.
  const runs = isJudgedByControl(verdict) ? 'runs beside the control' : 'runs'
  // What a second look lacks is not compared either, and its levels are not in the verdict.
  const lacks =
    (verdict.confirmation?.passes ?? 0) > 0 ? `the second look or some ${runs} lack` : `too few ${runs} have`
  const causes = [
    ...(held.length === 0 ? [] : [`${lacks} usable figures at ${nameLevels(held)}`]),
    ...(lost.length === 0 ? [] : [`the control lacks usable figures at ${nameLevels(lost)}`]),
  ]
  return causes.length === 0 ? null : `Not everything is compared at every level: ${causes.join(', and ')}.`
}
