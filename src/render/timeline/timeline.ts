import { joinList, pluralise } from '../../text.ts'
import type { MainStep } from '../../verdict/history/past.ts'
import type { Timeline, TimelineMetric, TimelinePoint, TimelineStep, VersionRow } from '../../verdict/timeline.ts'
import { formatChange, formatDay, formatInterval, formatSha, formatShare, MISSING } from '../../words/format.ts'
import {
  formatBounded,
  formatFigure,
  formatFigureRange,
  labelOf,
  nameOf,
  shortenLabel,
} from '../../words/metric-words.ts'
import {
  dropAbsent,
  makeFigureColumn,
  joinSentences,
  keepUnit,
  linkTo,
  quote,
  say,
  makeWordColumn,
} from '../../words/sentences.ts'
import type { Column, Sentence, Table } from '../../words/sentences.ts'
import { createStyle, joinSections, layExplained, layStyledTable, wrap, writePlain } from '../../words/terminal.ts'
import { cleanRunUrl, commitUrlOf, rangeUrlOf } from '../../words/commits.ts'
import { fitBudget, foldBlocks, layMarkdownList, layMarkdownTable, SUMMARY_ROOM, writeMarkdown } from '../markdown.ts'

/** The recorded runs of a name over months: in words, which the page beside lays out, too, and as text for a terminal and for GitHub. */

/** Characters of a name that a server gave itself, and of an id. */
const LONGEST_NAME = 60

/** Everything that there is to say of a timeline. */
export function viewTimeline(timeline: Timeline) {
  const { name, points, metrics, steps } = timeline
  return {
    name: quote(name),
    facts: dropAbsent([countRuns(timeline), describeNewest(points.at(-1)!), describeOthers(timeline.otherwise)]),
    now: tabulateNow(metrics, steps),
    nowNote: metrics.length === 0 ? NO_METRIC : points.length === 1 ? ONE_POINT : NOW_NOTE,
    events: listEvents(timeline),
    versions: timeline.versions.length < 2 ? null : tabulateVersions(timeline),
    runs: tabulateRuns(timeline),
  }
}

/** What happened, each kind under its heading; those of which nothing did are left out. */
function listEvents({ points, metrics, steps, releases, gaps }: Timeline) {
  const kinds: readonly (readonly [heading: string, entries: readonly Sentence[]])[] = [
    ['Steps of main', steps.map((step) => describeTimelineStep(step, points))],
    ['Accepted', points.flatMap((point) => (point.accepted.length === 0 ? [] : [describeAcceptance(point, metrics)]))],
    [
      'Releases',
      releases.map(({ name, at }) => say`${quote(name, LONGEST_NAME)}: first measured ${describePoint(points[at]!)}`),
    ],
    [
      'Gaps',
      gaps.map(
        ({ after, days }) =>
          `${formatDay(points[after]!.startedAt)} to ${formatDay(points[after + 1]!.startedAt)}: no run for ${pluralise(days, 'day')}`,
      ),
    ],
  ]
  return kinds.flatMap(([heading, entries]) => (entries.length === 0 ? [] : [{ heading, entries }]))
}

const NOW_NOTE =
  'The level is the mean since the last step, the band the tolerance about it, the spread how far single runs of the same code lie apart.'
const ONE_POINT =
  'One point tells neither spread nor steps: what it shows of the spread is assumed. Runs of other hours and days tell more.'
const NO_METRIC =
  'No recorded run has a level that can be used, so there is nothing to draw: `plateau audit` and the reports of these runs say why.'

function countRuns({ runs, points }: Timeline): string {
  const [first, last] = [formatDay(points[0]!.startedAt), formatDay(points.at(-1)!.startedAt)]
  const when = first === last ? `on ${first}` : `from ${first} to ${last}`
  return `${pluralise(runs, 'run')} in ${pluralise(points.length, 'point')} (runs of one workflow run, or else of one hour, are one point), ${when}.`
}

function describeNewest({ model, server, verdict }: TimelinePoint): Sentence {
  const what = [...(model === null ? [] : [quote(model, LONGEST_NAME)]), ...nameServer(server)]
  const on = what.length === 0 ? '' : say` of ${joinSentences(what, ' on ')}`
  return say`The newest run${on}: ${nameVerdict(verdict)}.`
}

const nameServer = (server: string | null): Sentence[] => (server === null ? [] : [quote(server, LONGEST_NAME)])

function describeOthers(others: Timeline['otherwise']): Sentence | null {
  if (others === null) return null
  const changed = others.differences.map(
    ({ field, before, now }) => say`${field} (${quote(before, 40)} → ${quote(now, 40)})`,
  )
  const why = changed.length === 0 ? 'their settings' : joinSentences(changed.slice(0, 4), ', ')
  const count = others.runs === 1 ? '1 run is' : `${pluralise(others.runs, 'run')} are`
  return say`${count} not shown, the last of ${formatDay(others.last)}: measured in another way, so not comparable with the newest; since then changed: ${why}.`
}

function tabulateNow(metrics: readonly TimelineMetric[], steps: readonly TimelineStep[]): Table {
  return {
    columns: [makeWordColumn('Metric'), ...['Level', 'Band', 'Spread', 'Steps', 'Newest run'].map(makeFigureColumn)],
    rows: metrics.map((one) => {
      const { level, low, high, from } = one.stretches.at(-1)!
      const newest = one.figures.findLastIndex((figure) => figure !== null)
      // One of several is enough, because their mean is then a bound, too.
      const bound = one.bounds.slice(from).find((each) => each !== null) ?? null
      return [
        labelOf(one),
        keepUnit(formatBounded(one, level, bound)),
        formatFigureRange(one, low, high),
        formatShare(one.spread),
        String(steps.filter(({ metric }) => metric === one.metric).length),
        keepUnit(formatBounded(one, one.figures[newest] ?? null, one.bounds[newest] ?? null)),
      ]
    }),
  }
}

function describeTimelineStep(step: TimelineStep, points: readonly TimelinePoint[]): Sentence {
  const { url } = points[step.at]!
  const range = step.after === null ? commitUrlOf(url, step.sha) : rangeUrlOf(url, step.after, step.sha)
  const news = [step.model, step.server].flatMap((change, i) =>
    change === null
      ? []
      : [
          say`${i === 0 ? 'model' : 'server'} ${quote(change.before, LONGEST_NAME)} → ${quote(change.now, LONGEST_NAME)}`,
        ],
  )
  return describeStep(step, { range, news })
}

/** For example `2026-09-09: TPOT +30.0 %, between 1a2b3c4 and 2b3c4d5, 8 points at the new level; accepted`. */
export function describeStep(
  { metric, ofPlateau, startedAt, after, sha, change, points, accepted, provisional }: MainStep,
  { range = null, news = [] }: { readonly range?: string | null; readonly news?: readonly Sentence[] } = {},
): Sentence {
  const commits =
    sha === null
      ? ''
      : after === null
        ? say`, with ${linkTo(showCommit(sha), range)}`
        : say`, between ${linkTo(say`${showCommit(after)} and ${showCommit(sha)}`, range)}`
  const state = accepted ? '; accepted' : provisional ? '; not yet known if it stays' : ''
  const size = `${nameOf({ metric, ofPlateau })} ${formatChange(change)}`
  const also = news.map((sentence) => say`, ${sentence}`)
  return say`${formatDay(startedAt)}: ${size}${commits}${also}, ${pluralise(points, 'point')} at the new level${state}`
}

const showCommit = (sha: string): Sentence => quote(formatSha(sha))

function describeAcceptance(point: TimelinePoint, metrics: readonly TimelineMetric[]): Sentence {
  const names = point.accepted.map((metric) => nameOf(metrics.find((one) => one.metric === metric) ?? { metric }))
  return say`${formatDay(point.startedAt)}: ${joinList(names)}, ${describePoint(point)}`
}

/** For example `with 1a2b3c4 on 2026-11-01`, linked. */
function describePoint({ sha, url, startedAt }: TimelinePoint): Sentence {
  const day = formatDay(startedAt)
  return sha === null
    ? say`on ${linkTo(day, cleanRunUrl(url))}`
    : say`with ${linkCommit(sha, url)} on ${linkTo(day, cleanRunUrl(url))}`
}

function linkCommit(sha: string, url: string | null): Sentence {
  return linkTo(quote(formatSha(sha), 12), commitUrlOf(url, sha))
}

/** More versions than these are counted. */
const MOST_VERSIONS = 20

/** `table` has a row for each version; `long`, for eighty columns, a row for each metric of each version. */
function tabulateVersions({ versions, metrics }: Timeline): {
  readonly heading: string
  readonly table: Table
  readonly long: Table
  readonly note: string
} {
  const shown = versions.slice(-MOST_VERSIONS)
  const isOneModel = new Set(versions.map(({ model }) => model)).size === 1
  const older = versions.length - shown.length
  const unknown = versions.some(({ server }) => server === null) ? ` ${UNKNOWN_SERVER}` : ''
  return {
    heading: 'Models and servers',
    table: {
      columns: [
        makeWordColumn('Model'),
        makeWordColumn('Server'),
        makeFigureColumn('Runs'),
        makeWordColumn('From'),
        makeWordColumn('To'),
        ...metrics.flatMap((one) => [makeFigureColumn(labelOf(one)), makeFigureColumn('Change, 95 %')]),
      ],
      rows: shown.map((row) => [
        quoteKnown(row.model),
        nameVersion(row),
        String(row.runs),
        keepUnit(formatDay(row.first)),
        keepUnit(formatDay(row.last)),
        ...metrics.flatMap((one) => describeVersion(one, row)),
      ]),
    },
    long: {
      columns: [
        makeWordColumn(isOneModel ? 'Server' : 'Model and server'),
        makeWordColumn('From'),
        makeFigureColumn('Runs'),
        makeWordColumn('Metric'),
        makeFigureColumn('Median'),
        makeFigureColumn('Change, 95 %'),
      ],
      rows: shown.flatMap((row) => {
        const model = isOneModel ? '' : say`${quoteKnown(row.model)} on `
        const version = [say`${model}${nameVersion(row)}`, formatDay(row.first), String(row.runs)]
        return metrics.map((one, i) => [
          ...(i === 0 ? version : ['', '', '']),
          shortenLabel(one),
          ...describeVersion(one, row),
        ])
      }),
    },
    note: `Medians of the points; the change is that of the means against the row above, with the spread of the recorded runs, whatever else changed between them.${unknown}${older === 0 ? '' : ` ${pluralise(older, 'older version')} left out.`}`,
  }
}

const nameVersion = ({ server }: VersionRow): Sentence => (server === null ? 'not known' : quote(server, LONGEST_NAME))

const UNKNOWN_SERVER =
  'Where the server is not known it did not say its version, or `artifact-content: figures` left it out, as in public repositories.'

function describeVersion(one: TimelineMetric, { metrics }: VersionRow): Sentence[] {
  const { median, difference } = metrics.find(({ metric }) => metric === one.metric)!
  const change = difference === null ? MISSING : `${formatChange(difference.change)} ${formatInterval(difference)}`
  return [keepUnit(formatFigure(one, median)), change]
}

type RunColumn = [column: Column, write: (point: TimelinePoint, i: number) => Sentence]

/** Every point, oldest first: the table behind the charts. */
function tabulateRuns({ points, metrics }: Timeline): Table {
  const isKnown = (field: 'server' | 'model') => points.some((point) => point[field] !== null)
  const columns: RunColumn[] = [
    [makeWordColumn('Started (UTC)'), ({ startedAt }) => keepUnit(startedAt.slice(0, 16).replace('T', ' '))],
    [makeWordColumn('Commit'), ({ sha, url }) => (sha === null ? MISSING : linkCommit(sha, url))],
    [makeWordColumn('Run'), nameRun],
    ...(new Set(points.map(({ model }) => model)).size > 1
      ? [[makeWordColumn('Model'), ({ model }) => quoteKnown(model)] satisfies RunColumn]
      : []),
    ...(isKnown('server') ? [[makeWordColumn('Server'), ({ server }) => quoteKnown(server)] satisfies RunColumn] : []),
    [makeWordColumn('Verdict'), ({ verdict }) => nameVerdict(verdict)],
    ...metrics.map((one): RunColumn => [
      makeFigureColumn(labelOf(one)),
      (_, i) => keepUnit(formatBounded(one, one.figures[i]!, one.bounds[i]!)),
    ]),
  ]
  return {
    columns: columns.map(([column]) => column),
    rows: points.map((point, i) => columns.map(([, write]) => write(point, i))),
  }
}

function nameRun({ runId, attempt, url }: TimelinePoint): Sentence {
  return linkTo(say`${quote(runId, 24)}${attempt > 1 ? ` (${attempt})` : ''}`, cleanRunUrl(url))
}

const quoteKnown = (text: string | null): Sentence => (text === null ? MISSING : quote(text, LONGEST_NAME))

/** A word of the verdict as it is read. */
export function nameVerdict(verdict: TimelinePoint['verdict']): string {
  return verdict === 'no-baseline' ? 'nothing to compare yet' : verdict.replaceAll('-', ' ')
}

/** This many of the newest points fit on a screen. */
const MOST_POINTS = 12

/** For a terminal: 80 columns, with a line break at the end. */
export function renderTimeline(timeline: Timeline, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = createStyle(colour)
  const view = viewTimeline(timeline)
  const newest = dropWideColumns({ ...view.runs, rows: view.runs.rows.slice(-MOST_POINTS).reverse() })
  return joinSections([
    [style.bold(writePlain(view.name)), ...view.facts.flatMap((fact) => wrap(writePlain(fact)))],
    view.now.rows.length === 0 ? wrap(writePlain(view.nowNote)) : layExplained(view.now, view.nowNote, style),
    timeline.points.length < 2 ? [] : timeline.metrics.map((metric) => drawSparkline(metric)),
    ...view.events.map(({ heading, entries }) => [
      style.bold(`${heading}:`),
      ...entries.flatMap((entry) => wrap(writePlain(entry), { indent: 2 })),
    ]),
    view.versions === null ? [] : layExplained(view.versions.long, view.versions.note, style),
    [
      ...layStyledTable(newest, style),
      ...(view.runs.rows.length > MOST_POINTS
        ? [style.dim(`… and ${pluralise(view.runs.rows.length - MOST_POINTS, 'older point')}; --page draws them all`)]
        : []),
    ],
  ])
}

/** Without the columns for which eighty letters have no room. */
function dropWideColumns({ columns, rows }: Table): Table {
  const kept = columns.flatMap(({ heading }, i) => (/^(?:Run|Model|Server)$/.test(heading) ? [] : [i]))
  return {
    columns: kept.map((i) => ({ ...columns[i]!, heading: columns[i]!.heading.replace(/ throughput$/, '') })),
    rows: rows.map((row) => kept.map((i) => row[i]!)),
  }
}

const BARS = '▁▂▃▄▅▆▇█'
const MOST_BARS = 60

/** For example `TPOT ▂▂▃▂▇▇▇`: a bar for each point, or for the middle one of several; a dot where there is none. Never finer than the tolerance. */
function drawSparkline(metric: TimelineMetric): string {
  const { figures, stretches } = metric
  const known = figures.filter((figure) => figure !== null)
  const low = Math.min(...known, ...stretches.map((stretch) => stretch.low))
  const high = Math.max(...known, ...stretches.map((stretch) => stretch.high))
  const count = Math.min(MOST_BARS, figures.length)
  const bars = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * figures.length) / count)
    const some = figures.slice(from, Math.floor(((i + 1) * figures.length) / count)).filter((figure) => figure !== null)
    if (some.length === 0) return '·'
    const middle = some.sort((a, b) => a - b)[Math.floor(some.length / 2)]!
    return BARS[Math.min(BARS.length - 1, Math.floor((BARS.length * (middle - low)) / (high - low)))]!
  })
  return `${shortenLabel(metric).padEnd(12)} ${bars.join('')}`
}

/** As GitHub's Markdown, newest first, with a line break at the end. */
export function renderTimelineMarkdown(timeline: Timeline): string {
  const { name, facts, now, nowNote, events, versions, runs } = viewTimeline(timeline)
  return fitBudget((most) => {
    const table = layMarkdownTable({ ...runs, rows: runs.rows.toReversed() }, most)
    return `${dropAbsent([
      `### ${writeMarkdown(name)}`,
      ...facts.map((fact) => writeMarkdown(fact)),
      layMarkdownTable(now, most),
      writeMarkdown(nowNote),
      ...events.flatMap(({ heading, entries }) => [`**${heading}**`, layMarkdownList(entries.toReversed(), most)]),
      ...(versions === null ? [] : [`**${versions.heading}**`, layMarkdownTable(versions.table, most), versions.note]),
      table === null ? null : foldBlocks('Runs', [table]),
    ]).join('\n\n')}\n`
  }, SUMMARY_ROOM)
}
