import type { Verdict } from '../report/verdict.ts'
import { markdown } from '../text.ts'
import type { Sides } from './comment-tables.ts'
import { plural } from './format.ts'
import { code, prose, table, unbroken } from './markdown.ts'
import { describeOutlook, outlookTable } from './outlook.ts'
import { warnUncompared } from './uncompared-in-a-row.ts'

/** What a comment says where nothing was compared, so that it cannot be taken for "no change". */

/** The paragraphs; empty when something was compared. */
export function uncompared(verdict: Verdict, sides: Sides, most: number): string[] {
  if (verdict.comparisons.length > 0) return []
  if (['cancelled', 'skipped', 'not-measured'].includes(verdict.verdict)) return []
  const warning = warnUncompared(verdict)
  const warned = warning === null ? [] : [`⚠️ ${warning}`]
  if (verdict.notComparable !== null) return [...notCompared(verdict, verdict.notComparable, sides, most), ...warned]
  if (verdict.baseline.origin === null) {
    return [`**Not compared.** With \`baseline: none\` only limits decide. ${limitsSentence(verdict)}`]
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
  const what = sides.baseline === 'main' ? 'this pull request' : 'this run'
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
    `**What now?** Take the change back to compare, or keep it: the next recorded runs then begin a new history.`,
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
  const sentence = describeOutlook(outlook)
  const { columns, rows } = outlookTable(outlook)
  return [
    ...(sentence === null ? [] : [sentence]),
    ...(rows.length > 1 ? [table(columns, rows, (row) => row.map(unbroken), most)] : []),
  ]
}

/** What was checked all the same. */
function limitsSentence({ limits }: Verdict): string {
  if (limits.length === 0) return 'Nothing was checked.'
  const holding = limits.filter(({ outcome }) => outcome === 'pass').length
  return `Of the limits ${holding} of ${limits.length} hold; nothing else was checked.`
}

/** Why nothing was compared, as half a sentence for the footer. */
export function whyUncompared(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'cancelled':
      return 'the run was cancelled'
    case 'skipped':
      return 'nothing was measured'
    case 'not-measured':
      return 'the run could not be measured'
    default:
      if (verdict.notComparable !== null) return 'no recorded run has these settings'
      return verdict.baseline.origin === null ? '`baseline: none`' : `no run of ${prose(verdict.name)} is recorded`
  }
}
