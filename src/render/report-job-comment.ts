import { VERDICT_WORDS } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'
import { markdown } from '../text.ts'
import type { CommentInput } from './view.ts'
import { commentBlocks, isGreen } from './comment.ts'
import { unbrokenUnits } from './format.ts'
import { details, fitted, LONGEST_COMMENT, table } from './markdown.ts'
import { iconOf, sentenceOf, titleOf } from './view/title.ts'

/** Where the comments of single names lose their details for those that are fine, then for all. */
const ROWS_FOR_BAD_ONLY = 20
const ROWS_FOR_NONE = 3

const COLUMNS = [
  { heading: 'Name', align: 'left' },
  { heading: 'what', align: 'left' },
] as const

/** The comment about all names of a workflow run: a row each, worst first, and the comment of each folded. */
export function renderReportJobComment(inputs: readonly CommentInput[]): string {
  const sorted = inputs.toSorted((a, b) => badnessOf(a.verdict) - badnessOf(b.verdict))
  return fitted((most) => blocksOf(sorted, most).join('\n\n')) + '\n'
}

function blocksOf(inputs: readonly CommentInput[], most: number): string[] {
  const bad = inputs.filter(({ verdict }) => !isGreen(verdict))
  const detailed = most <= ROWS_FOR_NONE ? [] : most <= ROWS_FOR_BAD_ONLY ? bad : inputs
  // A row of the overview is worth more than many of the details.
  const overview = table(COLUMNS, inputs, rowOf, most * 10)
  const each = foldEach(detailed, most)
  const title = titleOfAll(inputs.map(({ verdict }) => verdict))
  return bad.length === 0 ? [title, details('Each name', [overview, ...each])] : [`### ${title}`, overview, ...each]
}

/** The comment of each. What is too long in any case is not finished. */
function foldEach(inputs: readonly CommentInput[], most: number): string[] {
  const folded: string[] = []
  let length = 0
  for (const input of inputs) {
    if (length > LONGEST_COMMENT) break
    const text = details(summaryOf(input.verdict), commentBlocks(input, most))
    folded.push(text)
    length += text.length
  }
  return folded
}

/** One sentence for all, with the sign and the words of the worst. */
function titleOfAll(verdicts: readonly Verdict[]): string {
  const [worst] = verdicts
  if (worst === undefined) return 'ℹ️ No measuring job left a result.'
  const sentence = unbrokenUnits(titleOf(worst, markdown))
  const count = verdicts.length
  if (count === 1) return `${iconOf(worst)} ${sentence}`
  if (verdicts.every(isGreen)) return `✅ Nothing got worse that could be seen, in all ${count}`
  const same = verdicts.filter(({ check }) => check === worst.check).length
  const how = { fail: `${same} of ${count} failed`, warn: `${same} of ${count} to look at`, pass: `All ${count} pass` }
  return `${iconOf(worst)} ${how[worst.check]}, first ${sentence}`
}

function rowOf({ verdict }: CommentInput): string[] {
  return [`${iconOf(verdict)} **${markdown(verdict.name)}**`, unbrokenUnits(sentenceOf(verdict, markdown))]
}

/** A summary is HTML in which GitHub still looks for mentions: only the letters that a name may have stay. */
function summaryOf(verdict: Verdict): string {
  return `${iconOf(verdict)} ${verdict.name.replace(/[^\w.-]+/g, '-').slice(0, 64)}`
}

/** Failing before warning before passing, then by the word. */
function badnessOf({ check, verdict }: Verdict): number {
  return ['fail', 'warn', 'pass'].indexOf(check) * VERDICT_WORDS.length + VERDICT_WORDS.indexOf(verdict)
}
