import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'

/** Everything that a comment, a summary or a Markdown file about one name says. */
export interface CommentInput {
  /** Null when nothing was measured. */
  readonly report: RunReport | null
  readonly verdict: Verdict
  /** Where to read on; null where there is no such place. */
  readonly links: { readonly run: string | null; readonly artifact: string | null }
  /** `owner/name` on GitHub where the artifact is; null where there is none to compare again with. */
  readonly repository: string | null
  /** A sentence when settings do not come from where a reader would look, else null. */
  readonly settingsNote: string | null
  /** What could not be delivered, and warnings: a sentence each. */
  readonly notes: readonly string[]
  /** From 1. */
  readonly attempt: number
  /** The label that accepts a change. Default `plateau-accept`; null where there are no labels. */
  readonly acceptLabel?: string | null
  /** What was measured. Default `pull-request`; a `run` is compared with a baseline rather than with main. */
  readonly subject?: 'pull-request' | 'run'
  /** True for a stored report that is shown alone: the verdict is that of its limits, and nobody asked for it. */
  readonly withoutVerdict?: boolean
}
