import { compareBadness } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'
import { layComment } from './comment.ts'
import { pluralise } from '../text.ts'
import { COMMENT_ROOM, fitBudget, foldBlocks, layMarkdownTable, ROWS, writeMarkdown } from './markdown.ts'
import type { Room } from './markdown.ts'
import { joinSentences, linkTo, say, emphasise, makeWordColumn } from './sentences.ts'
import { viewAll } from './view.ts'
import { describeCommits } from './view/commits.ts'
import type { VerdictView, View } from './view.ts'
import type { ViewInput } from './view/input.ts'
import { viewTitle, viewTitleOfAll } from './view/title.ts'

/** A name and the parts of its comment. */
interface NamedView {
  readonly verdict: Verdict
  readonly title: VerdictView['title']
  readonly commits: VerdictView['commits']
  readonly links: ViewInput['links']
  /** The whole view, made on demand, because with hundreds of names most do not fit. */
  readonly view: () => View
}

/** Details of a name need at least this many rows to be worth their space. */
const FEWEST_ROWS = 8
/** The share of the room that the overview may take. */
const OVERVIEW_SHARE = 0.5

/**
 * The comment about all names of a workflow run: a row each, worst first, and the folded comment of each as long as
 * there is room.
 */
export function renderReportJobComment(inputs: readonly ViewInput[], room: Room = COMMENT_ROOM): string {
  const entries = inputs.toSorted((a, b) => compareBadness(a.verdict, b.verdict)).map(createEntry)
  const isGreen = entries.every(({ title }) => title.isGreen)
  const title = writeMarkdown(viewTitleOfAll(entries))
  const overview = fitBudget((most) => layOverview(entries, most * 10), { ...room, most: OVERVIEW_SHARE * room.most })
  const commits = layCommits(entries)
  const around = [title, overview, ...commits, foldBlocks('Each name', []), describeRest(entries, entries.length)]
  const details = foldEach(entries, { ...room, most: room.most - room.sizeOf(around.join('\n\n')) })
  const left = entries.length - details.length
  const blocks = [overview, ...details, ...(left === 0 ? [] : [describeRest(entries, left)])].filter(
    (text) => text !== '',
  )
  return (
    [...(isGreen ? [title, foldBlocks('Each name', blocks)] : [`### ${title}`, ...blocks]), ...commits].join('\n\n') +
    '\n'
  )
}

function createEntry(input: ViewInput): NamedView {
  let view: View | null = null
  const { verdict, commits = null, links } = input
  return {
    verdict,
    title: viewTitle(verdict, input.report),
    commits: describeCommits({ commits }),
    links,
    view: () => (view ??= viewAll(input)),
  }
}

/** The commits, which are the same for all names. */
function layCommits([first]: readonly NamedView[]): string[] {
  const commits = first === undefined ? null : first.commits
  return commits === null ? [] : [`<sub>${writeMarkdown(commits)}</sub>`]
}

/** A row each. */
function layOverview(entries: readonly NamedView[], most: number): string {
  const rows = entries.map(({ title: { icon, name, outcome } }) => [say`${icon} ${emphasise(name)}`, outcome])
  return layMarkdownTable({ columns: [makeWordColumn('Name'), makeWordColumn('what')], rows }, most) ?? ''
}

/** The folded comments of the first names, as many as fit. */
function foldEach(entries: readonly NamedView[], { most: maximum, sizeOf }: Room): string[] {
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

function foldFitting(entry: NamedView, { most: maximum, sizeOf }: Room): string | null {
  for (const most of ROWS) {
    if (most < FEWEST_ROWS) break
    const text = foldBlocks(summaryOf(entry), layComment(entry.view(), most))
    if (sizeOf(text) <= maximum) return text
  }
  return null
}

/** Where to find the details of the names left out. */
function describeRest(entries: readonly NamedView[], count: number): string {
  const { run = null, artifact = null } = entries[0]?.links ?? {}
  const places = [
    ...(run === null ? [] : [linkTo('the summary of this run', run)]),
    ...(artifact === null ? [] : [linkTo('their artifacts', artifact)]),
  ]
  const where = places.length === 0 ? 'in their reports' : say`in ${joinSentences(places, ' and in ')}`
  return writeMarkdown(say`The details of ${pluralise(count, 'more name')} are ${where}.`)
}

/** GitHub looks for mentions in a summary's HTML, so only letters that a name may have are kept. */
function summaryOf({ verdict: { name }, title }: NamedView): string {
  return `${title.icon} ${name.replace(/[^\w.-]+/g, '-').slice(0, 64)}`
}
