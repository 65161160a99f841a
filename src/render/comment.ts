import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { markdown } from '../text.ts'
import { countAs } from './baseline-words.ts'
import { answersOf, metricNotes } from './view/answers.ts'
import type { CommentInput } from './view.ts'
import { comparisonTable, levelChangeTable, limitTable, measuredTable } from './view/comparisons.ts'
import type { Sides } from './view/comparisons.ts'
import { uncompared, whyUncompared } from './comment-uncompared.ts'
import { whose } from './view/doubts.ts'
import { describeStandIns } from './view/cross-check.ts'
import { driftLines } from './drift.ts'
import { findingLines } from './findings.ts'
import { formatDay, formatSha, plural, unbroken, unbrokenUnits } from './format.ts'
import { groundsTable } from './view/baseline.ts'
import { details, fitted, link, list, prose, table } from './markdown.ts'
import { mermaidCharts } from './mermaid.ts'
import { describePlateau, describeWithin } from './plateau.ts'
import { serverTable } from './view/server-side.ts'
import { iconOf, titleOf } from './view/title.ts'

/** Findings that stand on the first screen when they are the answer. */
const FIRST_FINDINGS = 5

/**
 * The comment about one name, as GitHub's Markdown of at most 60,000 characters. Its first screen says what moved, how
 * sure that is, whose it is, what else changed and what to do; a green one is a line with the rest folded.
 */
export function renderComment(input: CommentInput): string {
  return fitted((most) => commentBlocks(input, most).join('\n\n')) + '\n'
}

/** The blocks of a comment, with at most so many rows in each table and list. */
export function commentBlocks(input: CommentInput, most: number): string[] {
  const { verdict } = input
  const sides = sidesOf(input)
  const title = unbrokenUnits(`${iconOf(verdict)} ${titleOf(verdict, markdown)}`)
  const remarks = [...observed(verdict), ...notesOf(input, most)]
  if (isGreen(verdict)) {
    const moved = mainHasMoved(verdict, sides)
    const answers = answersList(input, sides, most, { isOwnerSaid: moved.length > 0 })
    const folded = [
      comparisonTable(verdict, sides, most),
      answers,
      ...measured(input, sides, most),
      footer(input, most),
    ]
    return [title, ...moved, ...driftLines(verdict.drift, markdown), ...remarks, details('Figures', present(folded))]
  }
  const without = uncompared(input, sides, most)
  const isTitled = verdict.verdict !== 'not-comparable' && verdict.verdict !== 'no-baseline'
  const [first, ...others] = without
  // "Not compared." says it better than the title, which must stand alone in a log.
  const beginning =
    isTitled || first === undefined
      ? [`### ${title}`, ...remarks, ...without]
      : [`${iconOf(verdict)} ${first}`, ...others, ...remarks]
  return present([
    ...beginning,
    comparisonTable(verdict, sides, most),
    isBroken(verdict) ? limitTable(verdict.limits, most) : null,
    ...driftLines(verdict.drift, markdown),
    ...whyNotMeasured(input),
    answersList(input, sides, most, { isOwnerSaid: false }),
    ...measured(input, sides, most),
    footer(input, most),
  ])
}

/** What the two sides are called. */
export function sidesOf({ subject = 'pull-request' }: Pick<CommentInput, 'subject'>): Sides {
  return subject === 'pull-request'
    ? { baseline: 'main', candidate: 'this PR' }
    : { baseline: 'baseline', candidate: 'this run' }
}

/** True when there is nothing to do. */
export function isGreen({ verdict, check }: Pick<Verdict, 'verdict' | 'check'>): boolean {
  return check === 'pass' && ['no-change-seen', 'proven', 'improved'].includes(verdict)
}

function answersList(
  input: CommentInput,
  sides: Sides,
  most: number,
  { isOwnerSaid }: { readonly isOwnerSaid: boolean },
): string | null {
  const answers = answersOf(input, sides, most, { isOwnerSaid })
  const entries = [...answers, ...metricNotes(input.verdict)]
  return entries.length === 0 ? null : list(entries, answers.length + most)
}

/** An innocent pull request is told why it looks slower than it did last week. */
function mainHasMoved(verdict: Verdict, sides: Sides): string[] {
  if (verdict.comparisons.every(({ provisional }) => provisional === null)) return []
  const answer = whose(verdict, sides, markdown)
  return answer === null ? [] : [answer]
}

/** True when a limit does not hold: its table stands on the first screen then. */
function isBroken({ limits }: Verdict): boolean {
  return limits.some(({ outcome }) => outcome !== 'pass')
}

function observed({ policy, verdict }: Verdict): string[] {
  const isBad = ['regressed', 'suspect', 'not-measured'].includes(verdict)
  return policy.gate === 'observe' && isBad ? ['Only observed: with `gate: observe` nothing fails.'] : []
}

function notesOf({ notes, settingsNote }: CommentInput, most: number): string[] {
  const warnings =
    notes.length === 0
      ? []
      : [
          list(
            notes.map((note) => `⚠️ ${prose(note)}`),
            most,
          ),
        ]
  return settingsNote === null ? warnings : [...warnings, prose(settingsNote)]
}

/** Without figures the findings are the answer. */
function whyNotMeasured({ verdict, report }: CommentInput): string[] {
  if (verdict.verdict !== 'not-measured' || report === null || report.validity.findings.length === 0) return []
  return [list(findingLines(report.validity.findings, prose), FIRST_FINDINGS)]
}

/** Everything that was measured, folded. */
function measured({ report, verdict }: CommentInput, sides: Sides, most: number): string[] {
  const limits = limitTable(verdict.limits, most)
  const grounds = groundsTable(verdict.comparisons, report)
  const holding = verdict.limits.filter(({ outcome }) => outcome === 'pass').length
  const passedOver = verdict.baseline.skipped.map((sentence) => prose(sentence, 200))
  return present([
    report === null ? null : byLevel(report, verdict, sides, most),
    report === null ? null : serverSide(report, most),
    limits === null || isBroken(verdict)
      ? null
      : details(`Limits: ${holding} of ${verdict.limits.length} hold`, [limits]),
    report === null || report.validity.findings.length === 0
      ? null
      : details('Findings', [list(findingLines(report.validity.findings, prose), most)]),
    fold('What this rests on', [
      grounds.rows.length === 0 ? null : table(grounds.columns, grounds.rows, (row) => row, most),
      passedOver.length === 0 ? null : `Passed over:\n\n${list(passedOver, most)}`,
    ]),
  ])
}

function byLevel(report: RunReport, verdict: Verdict, sides: Sides, most: number): string | null {
  return fold('By level', [
    measuredTable(report, most),
    describeStandIns(report),
    report.levels.length === 0 ? null : describePlateau(report),
    describeWithin(report, markdown),
    levelChangeTable(verdict.comparisons, sides, most),
    ...mermaidCharts(report, verdict, sides),
  ])
}

function serverSide(report: RunReport, most: number): string | null {
  const told = serverTable(report)
  if (told === null) return null
  return details('Server side', [
    table(told.columns, told.rows, (cells) => cells.map(unbroken), most),
    `Source: ${markdown(told.source)}. ${told.note}`,
  ])
}

/** What the comment rests on, in small letters. */
function footer(input: CommentInput, most: number): string {
  const { report, verdict, links, attempt } = input
  const build = report?.context.build
  const parts = [
    `${comparedWith(input)}.`,
    report === null ? null : build === undefined ? 'Build not checked.' : `Build checked: ${markdown(build)}.`,
    attempt > 1 ? `Attempt ${attempt}.` : null,
    verdict.confirmation === null ? null : confirmationOf(verdict.confirmation.passes),
    report === null || report.plan.cut.length === 0
      ? null
      : report.plan.cut
          .slice(0, most)
          .map((cut) => prose(cut))
          .join(' '),
    [
      ...(links.run === null ? [] : [link('Run', links.run)]),
      ...(links.artifact === null ? [] : [link('Report', links.artifact)]),
    ].join(' · '),
  ]
  return `<sub>${present(parts).join(' ').trimEnd()}</sub>`
}

function comparedWith({ verdict, links, subject, withoutVerdict = false }: CommentInput): string {
  const { baseline, comparisons, name } = verdict
  if (comparisons.length === 0 || baseline.runs === 0) {
    return `Not compared because ${whyUncompared({ verdict, withoutVerdict })}`
  }
  const origin = baseline.origin === null ? '' : ` (${markdown(baseline.origin)})`
  const runs = `Compared with ${plural(baseline.runs, 'run')} of ${markdown(name)}${origin}${countAs(baseline)}`
  if (baseline.newest === null) return runs
  const { sha, startedAt, url } = baseline.newest
  const commit = sha === null ? null : markdown(formatSha(sha))
  const newest = [
    commit === null ? null : link(commit, sameOrigin(url, links.run)),
    `of ${markdown(formatDay(startedAt))}`,
  ]
  const branch = subject === 'run' ? 'this run' : 'this branch'
  const ancestor =
    baseline.ancestor === null
      ? ''
      : baseline.ancestor
        ? `, which ${branch} contains`
        : `, which is newer than ${branch}`
  return `${runs}, the newest ${present(newest).join(' ')}${ancestor}`
}

/** A URL out of an artifact is linked only where this run itself is. */
function sameOrigin(url: string | null, run: string | null): string | null {
  if (url === null || run === null || !URL.canParse(url) || !URL.canParse(run)) return null
  return new URL(url).origin === new URL(run).origin ? url : null
}

function confirmationOf(passes: number): string {
  return passes === 0 ? 'No second look was possible.' : `Second look: ${plural(passes, 'fresh pass', 'fresh passes')}.`
}

function fold(summary: string, blocks: readonly (string | null)[]): string | null {
  const shown = present(blocks)
  return shown.length === 0 ? null : details(summary, shown)
}

function present(blocks: readonly (string | null)[]): string[] {
  return blocks.filter((block) => block !== null)
}
