import { renderTitle } from '../render/view/title.ts'
import type { Verdict } from '../report/verdict.ts'
import type { ActionLog } from './step/log.ts'

const LEVELS = { fail: 'error', warn: 'warning', pass: 'notice' } as const

/** The one annotation of a run: its title is the verdict, its text says where the rest is. A deferred job is not red. */
export function annotateVerdict(verdict: Verdict, log: ActionLog, { defer }: { readonly defer: boolean }): void {
  const level = defer ? 'notice' : LEVELS[verdict.check]
  log.annotate(level, renderTitle(verdict), whereToLook(verdict))
}

function whereToLook({ baseline, check, verdict }: Verdict): string {
  const compared = baseline.runs === 0 ? 'Compared with nothing' : `Compared with ${baseline.runs} recorded runs`
  if (verdict === 'skipped') return 'Nothing was sent to the endpoint. The summary of this run says why.'
  return check === 'fail'
    ? `${compared}. The summary of this run says what moved, what else changed, and what to do.`
    : `${compared}. The summary of this run has the figures.`
}
