import type { BaselineSummary } from '../report/verdict.ts'
import { formatCount } from './format.ts'

/** Says that runs are fewer than they look where several count as one, as what follows a number of runs; else empty. */
export function countAs({ runs, groups }: Pick<BaselineSummary, 'runs' | 'groups'>): string {
  return groups === runs
    ? ''
    : `, which count as ${formatCount(groups)} (runs of one hour or one workflow run share machine and deployment)`
}
