import type { Verdict } from '../report/verdict.ts'
import { markdown } from '../text.ts'
import type { CommentInput } from './view.ts'
import type { Sides } from './view/comparisons.ts'
import { plural, unbroken } from './format.ts'
import { code, prose, table } from './markdown.ts'
import { outlookTable } from './outlook.ts'
import { warnUncompared } from './uncompared-in-a-row.ts'

/** What a comment says where nothing was compared, so that it cannot be taken for "no change". */

/** Where a stored report is shown and what it was compared with is not known. */
export const WITHOUT_VERDICT = 'No verdict was given with this stored report, so only its limits are shown.'

/** The paragraphs; empty when something was compared. */
export function uncompared({ verdict, withoutVerdict = false }: CommentInput, sides: Sides, most: number): string[] {
  if (verdict.comparisons.length > 0) return []
  if (['cancelled', 'skipped', 'not-measured'].includes(verdict.verdict)) return []
  const warning = warnUncompared(verdict)
  const warned = warning === null ? [] : [`⚠️ ${warning}`]
  if (verdict.notComparable !== null) return [...notCompared(verdict, verdict.notComparable, sides, most), ...warned]
  if (verdict.baseline.origin === null) {
    const why = withoutVerdict ? WITHOUT_VERDICT : 'With `baseline: none` only limits decide.'
    return [`**Not compared.** ${why} ${limitsSentence(verdict)}`]
  }
  return [...nothingYet(verdict, sides, most), ...warned]
}

function notCompared(
  verdict: Verdict,
  { runs, differences }: NonNullable<Verdict['notComparable']>,
  sides: Sides,
  most: number,
): string[] {
  const name = `**${markdown(verdict.name)}**`
  const isPull = sides.baseline === 'main'
  const what = isPull ? 'this pull request' : 'this run'
  const next = isPull
    ? 'after the merge the next run on main records the first to compare with'
    : 'the next recorded runs then begin a new history'
  const changes = differences
    .slice(0, Math.min(most, 10))
    .map(({ field, setting, before, now }) => `${code(setting ?? field)} (${code(before)} → ${code(now)})`)
  const more = differences.length - changes.length
  const changed =
    changes.length === 0
      ? 'differs in its settings'
      : `changes ${changes.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const exist = plural(runs, 'baseline run')
  return [
    `**Not compared.** ${exist} of ${name} ${runs === 1 ? 'exists' : 'exist'}, but ${what} ${changed}. ${limitsSentence(verdict)}`,
    `**What now?** Take the change back to compare, or keep it: ${next}.`,
  ]
}

function nothingYet(verdict: Verdict, sides: Sides, most: number): string[] {
  const name = `**${markdown(verdict.name)}**`
  const record = sides.baseline === 'main' ? ': the next run on main records the first' : ''
  return [
    `**Nothing to compare yet.** No run of ${name} is recorded${record}. ${limitsSentence(verdict)}`,
    ...outlookOf(verdict, most),
    'Limits work today; so does `expected-spread`: it says how much your runs spread until the history does.',
  ]
}

function outlookOf({ outlook }: Verdict, most: number): string[] {
  const { columns, rows } = outlookTable(outlook)
  return rows.length === 0 ? [] : [table(columns, rows, (row) => row.map(unbroken), most)]
}

/** What was checked all the same. */
function limitsSentence({ limits }: Verdict): string {
  if (limits.length === 0) return 'Nothing was checked.'
  const holding = limits.filter(({ outcome }) => outcome === 'pass').length
  return `Of the limits ${holding} of ${limits.length} hold; nothing else was checked.`
}

/** Why nothing was compared, as half a sentence for the footer. */
export function whyUncompared({
  verdict,
  withoutVerdict,
}: Required<Pick<CommentInput, 'verdict' | 'withoutVerdict'>>): string {
  switch (verdict.verdict) {
    case 'cancelled':
      return 'the run was cancelled'
    case 'skipped':
      return 'nothing was measured'
    case 'not-measured':
      return 'the run could not be measured'
    default:
      if (verdict.notComparable !== null) return 'no recorded run has these settings'
      if (verdict.baseline.origin !== null) return `no run of ${prose(verdict.name)} is recorded`
      return withoutVerdict ? 'no verdict was given' : 'of `baseline: none`'
  }
}
