import type { LostLevel } from '../report/verdict.ts'
import { formatConcurrency, formatCount } from './format.ts'
import type { Escape } from './view/title.ts'

/** Why a level that the baseline holds has no figures, where that is not the server's doing. */
export function describeUnused({ concurrency, candidate, reason, repeatFailed }: LostLevel, escape: Escape): string {
  const { ok, failed } = candidate
  const counts = failed === 0 ? '' : `, ${formatCount(failed)} of ${formatCount(ok + failed)} requests failed`
  const again =
    repeatFailed === null ? '' : repeatFailed ? ', nor when it was repeated' : ', but did when it was repeated'
  return `Concurrency ${formatConcurrency(concurrency)} gave no usable figures (${escape(reason, 200)}${counts})${again}.`
}
