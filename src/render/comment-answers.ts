import type { Comparison, LostLevel, Verdict } from '../report/verdict.ts'
import { markdown, plain } from '../text.ts'
import type { CommentInput } from './comment-input.ts'
import { failedOf } from './comment-tables.ts'
import type { Sides } from './comment-tables.ts'
import { byChance, whose } from './doubts.ts'
import { formatConcurrency, formatDay } from './format.ts'
import { code, prose } from './markdown.ts'
import { capital, labelOf, nameOf, shortList } from './metric-words.ts'
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
    [sides.baseline === 'main' ? 'You or main?' : 'New, or before?', isOwnerSaid ? null : whose(verdict, sides, markdown)],
    ['What else changed?', whatElseChanged(verdict, most)],
    ['Reproduce:', reproduce(input)],
    ['Intended?', intended(input)],
    ['What now?', whatNow(verdict)],
    ['By chance?', byChance(verdict)],
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
    ...lostLevels.slice(0, most).map(describeLost),
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

function intended({ report, verdict, acceptLabel = 'plateau-accept' }: CommentInput): string | null {
  const worst = verdict.comparisons.filter((comparison) => comparison.verdict === 'regressed')
  if (worst.length === 0) return null
  const trade = tradeOf(verdict.comparisons)
  const looks = trade === null ? '' : `It looks like ${trade}. `
  const lines = worst.slice(0, 3).map((comparison) => code(acceptLine(comparison, report?.startedAt ?? null), 200))
  const file = `a line under \`accept\` in the config file: ${lines.join(', ')}`
  if (verdict.policy.gate === 'release') return `${looks}A release takes only ${file}.`
  if (acceptLabel === null) return `${looks}Then add ${file}.`
  const label =
    worst.length === 1
      ? `${code(`${acceptLabel}:${worst[0]!.metric}`)} for ${nameOf(worst[0]!)}, or ${code(acceptLabel)} for everything,`
      : `${code(acceptLabel)}, or ${code(`${acceptLabel}:${worst[0]!.metric}`)} for one metric,`
  return `${looks}Add the label ${label} and re-run the job; or ${file}.`
}

/** What to do where accepting is not the answer. */
function whatNow({ verdict, reasons, comparisons, policy }: Verdict): string | null {
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
      if (lost) return 'Look at the server log of this time: requests failed that main answers.'
      return reasons.includes('limit') && policy.gate !== 'observe'
        ? 'A limit holds or breaks whatever main is like: mend the cause, or move the limit in the settings.'
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

/** As `accept` reads it: how much worse, in whole percent, rounded up. */
function acceptLine({ metric, worsening }: Comparison, startedAt: string | null): string {
  const since = startedAt === null ? 'YYYY-MM-DD' : formatDay(startedAt)
  return `${metric} +${Math.ceil((worsening ?? 0) * 100 - 1e-6)}% since ${since}: why`
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
    ...(lostLevels.some(({ verdict }) => verdict === 'not-measured')
      ? [
          `Concurrency ${shortList(
            lostLevels
              .filter(({ verdict }) => verdict === 'not-measured')
              .map(({ concurrency }) => formatConcurrency(concurrency)),
          )} could not be measured, for reasons that are not the server’s.`,
        ]
      : []),
  ]
}
