import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'

/** Everything that a comment, a summary, a page or a text about one name is made from. */
export interface ViewInput {
  /** Null when nothing was measured. */
  readonly report: RunReport | null
  readonly verdict: Verdict
  /** Where to read on; null where there is no such place. Default nowhere. */
  readonly links?: { readonly run: string | null; readonly artifact: string | null }
  /** `owner/name` on GitHub where the artifact is. Default null: there is none to compare again with. */
  readonly repository?: string | null
  /** The measured commit and the one that its change stands on. Default null: not known. */
  readonly commits?: { readonly head: string; readonly base: string | null } | null
  /** A sentence when settings do not come from where a reader would look. Default null. */
  readonly settingsNote?: string | null
  /** What could not be delivered, and warnings: a sentence each. Default none. */
  readonly notes?: readonly string[]
  /** From 1. Default 1. */
  readonly attempt?: number
  /** The label that accepts a change. Default `plateau-accept`; null where there are no labels. */
  readonly acceptLabel?: string | null
  /** Number of the pull request that a merge queue tries here. Default null: there is no queue. */
  readonly queued?: number | null
  /** What was measured. Default `pull-request`; a `run` is compared with a baseline rather than with main. */
  readonly subject?: 'pull-request' | 'run'
  /** True for a stored report that is shown alone: the verdict is that of its limits, and nobody asked for it. Default false. */
  readonly withoutVerdict?: boolean
}

/** The input with its defaults. */
export type ViewSituation = Required<ViewInput>

/** An input with nothing left open. */
export function completeInput(input: ViewInput): ViewSituation {
  return {
    links: { run: null, artifact: null },
    repository: null,
    commits: null,
    settingsNote: null,
    notes: [],
    attempt: 1,
    acceptLabel: 'plateau-accept',
    queued: null,
    subject: 'pull-request',
    withoutVerdict: false,
    ...input,
  }
}

/** What the two sides are called. */
export interface Sides {
  /** `main`, or `baseline` outside pull requests. */
  readonly baseline: 'main' | 'baseline'
  readonly candidate: 'this PR' | 'this run'
}

/** The names of the sides. */
export function sidesOf(subject: ViewSituation['subject']): Sides {
  return subject === 'pull-request'
    ? { baseline: 'main', candidate: 'this PR' }
    : { baseline: 'baseline', candidate: 'this run' }
}

/** What a sentence calls the runs compared with: `main` or `the baseline`. */
export function nameOfBaseline({ baseline }: Sides): string {
  return baseline === 'main' ? 'main' : 'the baseline'
}
