import type { Comparison, LostLevel, Verdict } from '../../report/verdict.ts'
import { markdown, plain } from '../../text.ts'
import type { CommentInput } from '../view.ts'
import { failedOf } from './comparisons.ts'
import type { Sides } from './comparisons.ts'
import { byChance, nameOfBaseline, whose } from './doubts.ts'
import { formatConcurrency, formatDay } from '../format.ts'
import { code, prose } from '../markdown.ts'
import { describeUnused } from '../lost-levels.ts'
import { capital, labelOf, nameOf, naturalChange } from '../metric-words.ts'
import { causeOf, describeLevels, movedOf, tradeOf } from './where.ts'

/**
 * The questions that a reader of a red comment has, each with its answer; those without one are left out.
 *
 * @param isOwnerSaid whether the comment says elsewhere whose change it is.
 */
export function answersOf(
  input: CommentInput,
  sides: Sides,
  most: number,
  { isOwnerSaid }: { readonly isOwnerSaid: boolean },
): string[] {
  const { verdict } = input
  const answers: readonly (readonly [question: string, answer: string | null])[] = [
    ['Where?', where(verdict, most)],
    [
      sides.baseline === 'main' ? 'You or main?' : 'New, or before?',
      isOwnerSaid ? null : whose(verdict, sides, markdown),
    ],
    ['What else changed?', whatElseChanged(verdict, most)],
    ['Reproduce:', reproduce(input)],
    ['Intended?', intended(input, sides)],
    ['What now?', whatNow(verdict, nameOfBaseline(sides))],
    ['By chance?', chance(input)],
  ]
  return answers.flatMap(([question, answer]) => (answer === null ? [] : [`**${question}** ${answer}`]))
}

function where({ comparisons, lostLevels }: Verdict, most: number): string | null {
  const levels = movedOf(comparisons)
    .map(describeLevels)
    .filter((text) => text !== null)
    .slice(0, Math.min(most, 4))
  const cause = causeOf(comparisons)
  const parts = [
    ...lostLevels
      .filter((level) => level.verdict !== 'not-measured')
      .slice(0, most)
      .map(describeLost),
    ...(levels.length === 0 ? [] : [`${capital(levels.join('; '))}.`]),
    ...(cause === null ? [] : [`Looks like ${cause}`]),
  ]
  return parts.length === 0 ? null : parts.join(' ')
}

function describeLost(level: LostLevel): string {
  const again =
    level.repeatFailed === null
      ? ', not repeated'
      : level.repeatFailed
        ? ', and again when repeated'
        : ', but held when repeated'
  const reason = level.reason === '' ? '' : ` (${prose(level.reason, 200)})`
  return `At concurrency ${formatConcurrency(level.concurrency)}: ${failedOf(level.candidate)}${reason}${again}; in the baseline ${failedOf(level.baseline)}.`
}

function whatElseChanged({ whatElseChanged, baseline, comparisons }: Verdict, most: number): string | null {
  if (baseline.newest === null || comparisons.length === 0) return null
  if (whatElseChanged.length === 0) return 'Nothing that is recorded about model, server and runner.'
  const changes = whatElseChanged
    .slice(0, most)
    .map(({ what, before, now }) => `${markdown(what)} ${code(before)} → ${code(now)}`)
  const more = whatElseChanged.length - changes.length
  return `${changes.join('; ')}${more > 0 ? ` and ${more} more` : ''}.`
}

/** The run is named by its number: no host and no key stand in a comment. */
function reproduce({ verdict, links, repository }: CommentInput): string | null {
  const run = links.run === null ? null : /\/actions\/runs\/(\d+)/.exec(links.run)
  if (run === null || repository === null || links.artifact === null || verdict.comparisons.length === 0) return null
  return code(`plateau compare --run ${run[1]!} --repository ${plain(repository)} --name ${plain(verdict.name)}`, 300)
}

function intended({ report, verdict, acceptLabel = 'plateau-accept' }: CommentInput, sides: Sides): string | null {
  const worst = verdict.comparisons.filter((comparison) => comparison.verdict === 'regressed')
  if (worst.length === 0) return null
  const trade = tradeOf(verdict.comparisons)
  const looks = trade === null ? '' : `It looks like ${trade}. `
  const entries = worst.slice(0, 3).map((comparison) => `  ${acceptEntry(comparison, report?.startedAt ?? null)}`)
  // Indented, so that the block stands inside the entry of the list.
  const block = ['', '  ```yaml', ...entries, '  ```'].join('\n')
  const file = 'under `accept:` in the config file'
  const merged = sides.baseline === 'main' ? ', which counts after the merge' : ''
  if (verdict.policy.gate === 'release') return `${looks}A release takes only an entry ${file}${merged}:${block}`
  if (acceptLabel === null) return `${looks}Then add ${file}${merged}:${block}`
  const label =
    worst.length === 1
      ? `${code(`${acceptLabel}:${worst[0]!.metric}`)} for ${nameOf(worst[0]!)}, or ${code(acceptLabel)} for everything,`
      : `${code(acceptLabel)}, or ${code(`${acceptLabel}:${worst[0]!.metric}`)} for one metric,`
  return `${looks}Add the label ${label} and re-run the job. An entry ${file} counts after the merge; for this pull request use the label:${block}`
}

/** How likely that is, and what to do about it: a limit does not depend on chance, and without a job none runs again. */
function chance({ verdict, links }: CommentInput): string | null {
  const likely = byChance(verdict)
  const isByLimit = verdict.reasons.every((reason) => reason.startsWith('limit'))
  if (likely === null || verdict.verdict !== 'regressed' || isByLimit || links.run === null) return likely
  return `${likely} To be surer, re-run the job: its attempts count together.`
}

/** What to do where accepting is not the answer. */
function whatNow({ verdict, reasons, comparisons, policy }: Verdict, baseline: string): string | null {
  if (reasons.includes('not-proven')) return proveIt(verdict, comparisons)
  switch (verdict) {
    case 'suspect':
      return 'A real change of this size shows again: look at the next run, or re-run the job. More recorded runs make it certain.'
    case 'accepted':
      return 'Nothing. It stays green up to these figures plus the tolerance; after the merge the next runs are compared with the new level.'
    case 'cancelled':
      return 'Run the job again.'
    case 'not-measured':
      return reasons.includes('baseline')
        ? 'Run the job again: the figures are measured, only the history could not be reached.'
        : 'Mend what the findings name, then run the job again.'
    case 'regressed': {
      const lost = reasons.includes('level-lost') || reasons.includes('error-rate')
      if (lost) return `Look at the server log of this time: requests failed that ${baseline} answers.`
      return reasons.includes('limit') && policy.gate !== 'observe'
        ? `A limit holds or breaks whatever ${baseline} is like: mend the cause, or move the limit in the settings.`
        : null
    }
    default:
      return null
  }
}

function proveIt(verdict: Verdict['verdict'], comparisons: readonly Comparison[]): string {
  if (verdict === 'accepted') return 'A release passes by an acceptance only when it stands in the config file.'
  const compared = comparisons.filter(({ change }) => change !== null)
  const groups = Math.min(...compared.map(({ groups }) => groups))
  const more =
    compared.length === 0
      ? 'at least 8 recorded runs'
      : groups < 8
        ? `at least 8 recorded runs (there are ${groups})`
        : 'more recorded runs'
  return `A release passes only on proof. What would prove it: ${more}, more \`runs\` in one go, or a wider \`tolerance\`.`
}

/** As `accept` reads it: the change that the table shows, in whole percent, rounded up. */
function acceptEntry({ metric, better, worsening }: Comparison, startedAt: string | null): string {
  const since = startedAt === null ? 'YYYY-MM-DD' : plain(formatDay(startedAt))
  const percent = Math.ceil(Math.abs(naturalChange(better, worsening ?? 0)) * 100 - 1e-6)
  return `- { metric: ${metric}, at: ${better === 'higher' ? '-' : ''}${percent}%, since: ${since}, why: … }`
}

/** What to know about single metrics: why one could not be compared, say. */
export function metricNotes({ comparisons, lostLevels }: Verdict): string[] {
  return [
    ...comparisons.flatMap((comparison) =>
      comparison.note === null ? [] : [`${labelOf(comparison)}: ${prose(comparison.note)}`],
    ),
    ...comparisons.flatMap((comparison) => {
      const why = comparison.accepted?.why ?? null
      return why === null ? [] : [`${labelOf(comparison)} was accepted: ${markdown(why, 200)}`]
    }),
    ...lostLevels.filter(({ verdict }) => verdict === 'not-measured').map((level) => describeUnused(level, prose)),
  ]
}
