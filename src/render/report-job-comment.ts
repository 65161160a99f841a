import { VERDICT_WORDS } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'
import { layComment, writeTitle } from './comment.ts'
import { keepUnitsTogether } from './format.ts'
import { fitBudget, foldBlocks, LONGEST_COMMENT, layMarkdownTable, writeMarkdown } from './markdown.ts'
import { say, stress, wordColumn } from './parts.ts'
import { describeCommits, viewAll } from './view.ts'
import type { VerdictView, View } from './view.ts'
import type { ViewInput } from './view/input.ts'
import { viewTitle } from './view/title.ts'

/** Where the comments of single names lose their details for those that are fine, then for all. */
const ROWS_FOR_BAD_ONLY = 20
const ROWS_FOR_NONE = 3

/** A name with what there is to say of it. */
interface NamedView {
  readonly verdict: Verdict
  readonly title: VerdictView['title']
  readonly commits: VerdictView['commits']
  /** Everything; made when it is asked for, because of hundreds of names most have no room. */
  readonly view: () => View
}

/** The comment about all names of a workflow run: a row each, worst first, and the comment of each folded. */
export function renderReportJobComment(inputs: readonly ViewInput[]): string {
  const sorted = inputs.toSorted((a, b) => badnessOf(a.verdict) - badnessOf(b.verdict))
  const entries = sorted.map(createEntry)
  return fitBudget((most) => layBlocks(entries, most).join('\n\n')) + '\n'
}

function createEntry(input: ViewInput): NamedView {
  let view: View | null = null
  const { verdict, commits = null } = input
  return {
    verdict,
    title: viewTitle(verdict),
    commits: describeCommits({ commits }),
    view: () => (view ??= viewAll(input)),
  }
}

function layBlocks(entries: readonly NamedView[], most: number): string[] {
  const bad = entries.filter(({ title }) => !title.isGreen)
  const detailed = most <= ROWS_FOR_NONE ? [] : most <= ROWS_FOR_BAD_ONLY ? bad : entries
  // A row of the overview is worth more than many of the details.
  const overview = layOverview(entries, most * 10)
  const each = foldEach(detailed, most)
  const title = titleOfAll(entries)
  return [
    ...(bad.length === 0
      ? [title, foldBlocks('Each name', [...overview, ...each])]
      : [`### ${title}`, ...overview, ...each]),
    ...layCommits(entries),
  ]
}

/** All names are of one run. */
function layCommits([first]: readonly NamedView[]): string[] {
  const commits = first === undefined ? null : first.commits
  return commits === null ? [] : [`<sub>${writeMarkdown(commits)}</sub>`]
}

/** A row each. */
function layOverview(entries: readonly NamedView[], most: number): string[] {
  const rows = entries.map(({ title: { icon, name, outcome } }) => [say`${icon} ${stress(name)}`, outcome])
  const table = layMarkdownTable({ columns: [wordColumn('Name'), wordColumn('what')], rows }, most)
  return table === null ? [] : [table]
}

/** The comment of each. What is too long in any case is not finished. */
function foldEach(entries: readonly NamedView[], most: number): string[] {
  const folded: string[] = []
  let length = 0
  for (const entry of entries) {
    if (length > LONGEST_COMMENT) break
    const text = foldBlocks(summaryOf(entry), layComment(entry.view(), most))
    folded.push(text)
    length += text.length
  }
  return folded
}

/** One sentence for all, with the sign and the words of the worst. */
function titleOfAll(entries: readonly NamedView[]): string {
  const [worst] = entries
  if (worst === undefined) return 'ℹ️ No measuring job left a result.'
  const { title } = worst
  const count = entries.length
  if (count === 1) return writeTitle(title)
  if (entries.every(({ title }) => title.isGreen)) {
    return `✅ Nothing got worse that could be seen, in all ${count}`
  }
  const { check } = worst.verdict
  const same = entries.filter(({ verdict }) => verdict.check === check).length
  const how = { fail: `${same} of ${count} failed`, warn: `${same} of ${count} to look at`, pass: `All ${count} pass` }
  return `${title.icon} ${how[check]}, first ${keepUnitsTogether(writeMarkdown(title.sentence))}`
}

/** A summary is HTML in which GitHub still looks for mentions: only the letters that a name may have stay. */
function summaryOf({ verdict: { name }, title }: NamedView): string {
  return `${title.icon} ${name.replace(/[^\w.-]+/g, '-').slice(0, 64)}`
}

/** Failing before warning before passing, then by the word. */
function badnessOf({ check, verdict }: Verdict): number {
  return ['fail', 'warn', 'pass'].indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict)
}
