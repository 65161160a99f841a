import type { RunReport } from '../../report/run-report.ts'
import { loadOf, spellLevels } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { pluralise } from '../format.ts'
import { joinShortList } from '../metric-words.ts'
import { SEARCH_ENDS, SEARCH_END_NAMES } from '../../vocabulary/search-ends.ts'

/** How the levels of a run were found, and what would let it measure higher ones. */

/** How the search for levels ended, in a sentence; null where they were known before. A newer version may know other ends. */
export function describeSearch({ plan }: Pick<RunReport, 'plan'>): string | null {
  const end = findEnd(plan)
  return end === null ? null : `The levels were found by a search, which ended because ${SEARCH_ENDS[end].because}.`
}

/** Which levels further passes left out, in a sentence; null where they had all. */
export function describeOnce({ plan: { once = [], levels } }: Pick<RunReport, 'plan'>): string | null {
  if (once.length === 0) return null
  const which =
    once.length === levels.length ? 'all levels' : spellLevels('concurrency', joinShortList(once.map(String)))
  return `Measured in one pass, because more would take too long: ${which}.`
}

/** What would let a run measure higher levels, in a sentence; empty where nothing would. */
export function adviseHigher({ plan, series, imported }: Pick<RunReport, 'plan' | 'series' | 'imported'>): string {
  if (imported !== undefined) return 'Let the tool that measured it measure higher levels.'
  const end = findEnd(plan)
  if (end !== null) return SEARCH_ENDS[end].remedy ?? ''
  const load = loadOf(series)
  if ([series.concurrency, series.rates, series.speeds].includes('auto')) {
    return 'Its levels are those of the recorded runs; under another `name` a run searches for higher ones.'
  }
  return ADVICE[load]
}

const ADVICE: Readonly<Record<LoadKind, string>> = {
  concurrency: 'Add higher levels to `concurrency`.',
  rate: 'Add higher rates to `rate`.',
  speed: 'Add higher speeds to `trace-speed`.',
}

function findEnd({ searchEnd }: RunReport['plan']) {
  return SEARCH_END_NAMES.find((name) => name === searchEnd) ?? null
}

/** That so many levels, or other loads, were measured but not used. */
export function describeUnusable(count: number, what: string): string {
  return `${pluralise(count, what)} could not be used: see the findings.`
}
