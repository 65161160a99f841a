import { pluralise } from '../text.ts'
import { MISSING, keepTogether } from '../words/format.ts'
import { IN_FOUR_OF_FIVE } from '../words/metric-words.ts'
import {
  dropAbsent,
  makeFigureColumn,
  joinSentences,
  keepUnit,
  linkTo,
  say,
  emphasise,
  makeWordColumn,
} from '../words/sentences.ts'
import type { Sentence, TitledTable } from '../words/sentences.ts'
import { describeCommits } from '../words/commits.ts'
import {
  COMMENT_ROOM,
  fitBudget,
  foldBlocks,
  layMarkdownList,
  layMarkdownTable,
  ROWS,
  writeMarkdown,
} from './markdown.ts'
import type { Room } from './markdown.ts'
import { drawMermaidChart } from './mermaid.ts'
import { signWarning, viewAll } from './view.ts'
import type { ReportView, VerdictView, View } from './view.ts'
import type { ViewInput } from './view/input.ts'
import type { LimitView } from './view/report.ts'
import { rankTitles, viewTitleOfAll } from './view/title.ts'

/** Findings shown on the first screen when they are the answer. */
const FIRST_FINDINGS = 5

/** At most this many charts: those of metrics that moved together look alike. */
const MOST_CHARTS = 3

/**
 * The comment about one name, as GitHub's Markdown that fits into `room`. Its first screen says what moved, how
 * certain that is, where it comes from, what else changed and what to do; a green one is a line with the rest folded.
 */
export function renderComment(input: ViewInput, room: Room = COMMENT_ROOM): string {
  const view = viewAll(input)
  const { mostOfCharts = Infinity } = room
  return fitBudget((most) => layComment(view, most, mostOfCharts).join('\n\n'), room) + '\n'
}

/** The blocks of a comment, with at most `most` rows in each table and list, and `mostOfCharts` characters of charts. */
function layComment(view: View, most: number, mostOfCharts = Infinity): string[] {
  const measured = layMeasured(view, most, mostOfCharts)
  return dropAbsent(
    view.verdict.title.isGreen
      ? layGreen(view, most, measured)
      : [...layLead(view, most), ...layMain(view, most, measured)],
  )
}

/** What could not be delivered or read, for the end of a summary. */
export function renderWarnings(warnings: readonly string[]): string {
  return `**Not delivered, or not read**\n\n${layMarkdownList(warnings.map(signWarning), Infinity) ?? ''}`
}

type Block = string | null

function layGreen(view: View, most: number, measured: readonly Block[]): Block[] {
  const { verdict } = view
  // Tells an innocent pull request at once why it looks slower than last week.
  const owner = verdict.hasBaselineMoved ? verdict.owner : null
  const answers = verdict.answers.filter(({ answer }) => answer !== owner)
  return [
    writeMarkdown(verdict.title.signed),
    layParagraph(owner),
    layParagraph(verdict.baseline.slowDrift),
    ...layRemarks(verdict, most),
    foldPresent('Figures', [
      layComparisons(verdict, most),
      layAnswers({ ...verdict, answers }, most),
      ...measured,
      layFooter(view, most),
    ]),
  ]
}

/** The blocks above the table: the title, or, where nothing was compared, why. */
function layLead({ verdict }: View, most: number): Block[] {
  const { title, uncompared, baseline } = verdict
  const { instead, warning } = uncompared
  const remarks = layRemarks(verdict, most)
  if (instead === null) return [`### ${writeMarkdown(title.signed)}`, ...remarks]
  const lead = writeMarkdown(instead.lead, most)
  const rest = [
    instead.isFirst ? layMarkdownTable(baseline.outlook, most) : null,
    layParagraph(instead.advice),
    warning === null ? null : `⚠️ ${warning}`,
  ]
  return instead.isTitle
    ? [`${title.icon} ${lead}`, ...rest, ...remarks]
    : [`### ${writeMarkdown(title.signed)}`, ...remarks, lead, ...rest]
}

function layMain(view: View, most: number, measured: readonly Block[]): Block[] {
  const { report, verdict } = view
  return [
    layComparisons(verdict, most),
    verdict.limits.isBroken ? layLimits(verdict.limits.rows, most) : null,
    layParagraph(verdict.baseline.slowDrift),
    // Without figures the findings are the answer.
    verdict.isMeasured || report === null ? null : layFindings(report, FIRST_FINDINGS),
    layAnswers(verdict, most),
    ...measured,
    layFooter(view, most),
  ]
}

function layRemarks({ observed, attempts, warnings, settingsNote }: VerdictView, most: number): Block[] {
  return [observed, attempts, layMarkdownList(warnings, most), layParagraph(settingsNote)]
}

/** Requests and metrics against the baseline. A phone has no room for the interval in a column of its own. */
function layComparisons({ comparisons, names, baseline }: VerdictView, most: number): Block {
  const requests = comparisons.requests.map(({ what, baseline, candidate, change, verdict }) => [
    emphasise(what),
    baseline,
    candidate,
    keepUnit(change),
    MISSING,
    verdict,
  ])
  const metrics = comparisons.rows.map((row) => {
    const mark = (words: Sentence) => (row.looksWorse ? emphasise(words) : words)
    const change = mark(keepUnit(row.change))
    return [
      mark(row.metric),
      keepUnit(row.baseline),
      keepUnit(row.candidate),
      row.interval === null ? change : say`${change} ${keepUnit(row.interval)}`,
      keepUnit(row.visible),
      row.verdict,
    ]
  })
  const columns = [
    makeWordColumn('Metric'),
    makeFigureColumn(
      baseline.isControl ? comparisons.before : `${names.baseline} ${keepTogether(`(${baseline.runs})`)}`,
    ),
    makeFigureColumn(names.candidate),
    makeFigureColumn('change, likely range'),
    makeFigureColumn(`finds ${IN_FOUR_OF_FIVE}`),
    makeWordColumn('verdict'),
  ]
  return layMarkdownTable({ columns, rows: [...requests, ...metrics] }, most)
}

function layLimits(limits: readonly LimitView[], most: number): Block {
  const columns = [makeWordColumn('Limit'), makeFigureColumn('measured'), makeWordColumn('verdict')]
  return layMarkdownTable(
    { columns, rows: limits.map(({ limit, measured, verdict }) => [limit, measured, verdict]) },
    most,
  )
}

function layFindings({ run }: ReportView, most: number): Block {
  return layMarkdownList(
    run.findings.map(({ line }) => line),
    most,
  )
}

/** The answers, then what to know about single metrics. A block to copy is indented, to be part of its entry. */
function layAnswers({ answers, comparisons }: VerdictView, most: number): Block {
  const questions = answers.map(({ question, answer, yaml }) => {
    const block = ['', '```yaml', ...yaml, '```'].join('\n  ')
    return say`${emphasise(question)} ${answer}${yaml.length === 0 ? '' : block}`
  })
  const lists = [
    layMarkdownList(questions, questions.length, most),
    layMarkdownList([...comparisons.notes, ...comparisons.unused], most),
  ]
  return dropAbsent(lists).join('\n') || null
}

/** Everything that was measured, folded. */
function layMeasured({ report, verdict }: View, most: number, mostOfCharts: number): Block[] {
  const { limits, baseline } = verdict
  return [
    report === null ? null : layCharts(report, verdict, { most, mostOfCharts }),
    report === null ? null : layLevels(report, verdict, most),
    report?.conversations == null ? null : layConversations(report.conversations, most),
    foldTable(report?.mix, most),
    foldTable(report?.server && layServer(report.server, verdict.title.isGreen), most),
    // Single requests are for whoever looks for the reason.
    ...(report === null || verdict.title.isGreen
      ? []
      : [report.split?.hasOthers === true ? foldTable(report.split, most) : null, foldTable(report.slowest, most)]),
    limits.isBroken ? null : foldPresent(`Limits: ${limits.count}`, [layLimits(limits.rows, most)]),
    report === null ? null : foldPresent('Findings', [layFindings(report, most)]),
    foldPresent(baseline.grounds.heading, [
      layMarkdownTable(baseline.grounds.table, most),
      baseline.passedOver.length === 0 ? null : `Passed over:\n\n${layMarkdownList(baseline.passedOver, most)!}`,
    ]),
  ]
}

/** Main and the control stand beside the run where it is not green. */
function layServer(
  { heading, table, beside, sourced }: NonNullable<ReportView['server']>,
  isGreen: boolean,
): TitledTable {
  return { heading, table: (isGreen ? null : beside) ?? table, note: sourced }
}

function layConversations(
  { what, levels, turns, turnsHeading, note }: NonNullable<ReportView['conversations']>,
  most: number,
): Block {
  return foldPresent('Conversations', [
    writeMarkdown(say`${what}.`),
    layMarkdownTable(levels, most),
    `${turnsHeading}:`,
    layMarkdownTable(turns, most),
    writeMarkdown(note),
  ])
}

function layLevels({ levels }: ReportView, { comparisons }: VerdictView, most: number): Block {
  return foldPresent('By level', [
    layMarkdownTable(levels.table, most),
    layParagraph(levels.standIns),
    layParagraph(levels.plateau),
    layParagraph(levels.within),
    layParagraph(levels.schedule),
    layParagraph(levels.capacity),
    layParagraph(levels.goodput),
    layParagraph(levels.price),
    layMarkdownTable(comparisons.byLevel, most),
  ])
}

/** All their numbers are in tables, too: those of the curve under it, others by level. */
function layCharts(
  { charts }: ReportView,
  { links }: VerdictView,
  { most, mostOfCharts }: { readonly most: number; readonly mostOfCharts: number },
): Block {
  let left = mostOfCharts
  const drawn = pickCharts(charts).flatMap((chart) => {
    const drawing = drawMermaidChart(chart)
    if (drawing === null || drawing.length > left) return []
    left -= drawing.length
    return [drawing, chart.id === 'curve' ? layMarkdownTable(chart.table, most) : null]
  })
  if (drawn.length === 0) return null
  return foldPresent('Charts: the curve first', [...drawn, layParagraph(leadToPage(links.artifact))])
}

/** The curve, and what has moved or broken a limit; where nothing has, throughput and the time of a token or of a request. */
function pickCharts(charts: ReportView['charts']): ReportView['charts'] {
  const curve = charts.filter(({ id }) => id === 'curve')
  const moved = charts.filter(({ hasMoved }) => hasMoved)
  if (moved.length > 0) return [...curve, ...moved.slice(0, MOST_CHARTS)]
  return [...curve, ...charts.filter(({ id }) => id === 'throughput' || id === 'tpot-p50' || id === 'latency-p50')]
}

/** Where to see what GitHub cannot draw; null where there is no such place. */
function leadToPage(artifact: string | null): Sentence | null {
  if (artifact === null) return null
  return say`With both sides at every level, intervals, knee, capacity and distributions: \`report.html\` (and \`curve.svg\`) in ${linkTo('the report', artifact)}.`
}

/** What the comment rests on, in small letters. */
function layFooter({ report, verdict }: View, most: number): string {
  const { baseline, uncompared, links } = verdict
  const sentences = [
    say`${baseline.origin ?? uncompared.reason}.`,
    report?.run.imported ?? null,
    report?.run.build == null ? null : say`${report.run.build.sentence}.`,
    report?.run.unsent ?? null,
    report?.run.proof ?? null,
    report?.run.shards ?? null,
    verdict.commits,
    verdict.attempt,
    baseline.narrowed,
    baseline.control,
    baseline.confirmation,
    verdict.fineness,
    report === null || report.run.cuts.length === 0 ? null : joinSentences(report.run.cuts.slice(0, most), ' '),
    joinSentences(
      [
        ...(links.run === null ? [] : [linkTo('Run', links.run)]),
        ...(links.artifact === null ? [] : [linkTo('Report with all charts', links.artifact)]),
      ],
      ' · ',
    ),
  ]
  return `<sub>${sentences
    .flatMap((sentence) => (sentence === null ? [] : [writeMarkdown(sentence)]))
    .join(' ')
    .trimEnd()}</sub>`
}

function layParagraph(sentence: Sentence | null): Block {
  return sentence === null ? null : writeMarkdown(sentence)
}

function foldTable(titled: TitledTable | null | undefined, most: number): Block {
  if (titled == null) return null
  return foldPresent(titled.heading, [layMarkdownTable(titled.table, most), layParagraph(titled.note)])
}

/** Folds the blocks that are there; null for none. */
function foldPresent(summary: string, blocks: readonly Block[]): Block {
  const shown = dropAbsent(blocks)
  return shown.length === 0 ? null : foldBlocks(summary, shown)
}

/** A name of several, with its title. */
type TitledInput = ViewInput & Pick<VerdictView, 'title'>

/** Details of a name need at least this many rows to be worth their space. */
const FEWEST_ROWS = 8
/** The share of the room that the overview may take. */
const OVERVIEW_SHARE = 0.5

/**
 * The comment about all names of a workflow run: a row each, worst first, and the folded comment of each as long as
 * there is room.
 */
export function renderReportJobComment(inputs: readonly ViewInput[], room: Room = COMMENT_ROOM): string {
  const entries = rankTitles(inputs)
  const isGreen = entries.every(({ title }) => title.isGreen)
  const title = writeMarkdown(viewTitleOfAll(entries))
  const overview = fitBudget((most) => layOverview(entries, most * 10), { ...room, most: OVERVIEW_SHARE * room.most })
  const commits = layCommits(entries)
  const around = [title, overview, ...commits, foldBlocks('Each name', []), describeRest(entries, entries.length)]
  const details = foldEach(entries, { ...room, most: room.most - room.sizeOf(around.join('\n\n')) })
  const left = entries.length - details.length
  const blocks = dropAbsent([overview, ...details, left === 0 ? null : describeRest(entries, left)])
  return (
    [...(isGreen ? [title, foldBlocks('Each name', blocks)] : [`### ${title}`, ...blocks]), ...commits].join('\n\n') +
    '\n'
  )
}

/** The commits, which are the same for all names. */
function layCommits([first]: readonly TitledInput[]): string[] {
  const commits = describeCommits(first?.commits ?? null)
  return commits === null ? [] : [`<sub>${writeMarkdown(commits)}</sub>`]
}

/** A row each. */
function layOverview(entries: readonly TitledInput[], most: number): string {
  const rows = entries.map(({ title: { icon, name, outcome } }) => [say`${icon} ${emphasise(name)}`, outcome])
  return layMarkdownTable({ columns: [makeWordColumn('Name'), makeWordColumn('what')], rows }, most) ?? ''
}

/** The folded comments of the first names, as many as fit. */
function foldEach(entries: readonly TitledInput[], { most: maximum, sizeOf }: Room): string[] {
  const folded: string[] = []
  let left = maximum
  for (const entry of entries) {
    const text = foldFitting(entry, { most: left - 2, sizeOf })
    if (text === null) break
    folded.push(text)
    left -= sizeOf(text) + 2
  }
  return folded
}

/** The whole view is made here, because with hundreds of names most do not fit. */
function foldFitting(entry: TitledInput, { most: maximum, sizeOf }: Room): string | null {
  const view = viewAll(entry)
  for (const most of ROWS) {
    if (most < FEWEST_ROWS) break
    const text = foldBlocks(summaryOf(entry), layComment(view, most))
    if (sizeOf(text) <= maximum) return text
  }
  return null
}

/** Where to find the details of the names left out. */
function describeRest(entries: readonly TitledInput[], count: number): string {
  const { run = null, artifact = null } = entries[0]?.links ?? {}
  const places = [
    ...(run === null ? [] : [linkTo('the summary of this run', run)]),
    ...(artifact === null ? [] : [linkTo('their artifacts', artifact)]),
  ]
  const where = places.length === 0 ? 'in their reports' : say`in ${joinSentences(places, ' and in ')}`
  return writeMarkdown(say`The details of ${pluralise(count, 'more name')} are ${where}.`)
}

/** GitHub looks for mentions in a summary's HTML, so only letters that a name may have are kept. */
function summaryOf({ verdict: { name }, title }: TitledInput): string {
  return `${title.icon} ${name.replace(/[^\w.-]+/g, '-').slice(0, 64)}`
}
