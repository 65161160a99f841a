import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import type { Commits } from '../../words/commits.ts'

/** Everything that a comment, a summary, a page or a text about one name is made from. */
export interface ViewInput {
  /** Null when nothing was measured. */
  readonly report: RunReport | null
  readonly verdict: Verdict
  /** Links to the run and its artifact; null where there is none. Default none. */
  readonly links?: { readonly run: string | null; readonly artifact: string | null }
  /** `owner/name` on GitHub where the artifact is. Default null: there is no artifact to compare again. */
  readonly repository?: string | null
  /** The measured commit and its base. Default null: not known. */
  readonly commits?: Commits | null
  /** A sentence when settings do not come from where a reader would look. Default null. */
  readonly settingsNote?: string | null
  /** What could not be delivered, and warnings: a sentence each. Default none. */
  readonly notes?: readonly string[]
  /** From 1. Default 1. */
  readonly attempt?: number
  /** How many gates of the pull request judge separately, including this one. Default 1. */
  readonly gates?: number
  /** How many scenarios of the run share its false-alarm rate, including this one. Default 1. */
  readonly scenarios?: number
  /** The label that accepts a change. Default `plateau-accept`; null where there are no labels. */
  readonly acceptLabel?: string | null
  /** Number of the pull request that a merge queue tests here. Default null: there is no queue. */
  readonly queued?: number | null
  /** What was measured. Default `pull-request`; a `run` is compared with a baseline rather than with main. */
  readonly subject?: 'pull-request' | 'run'
  /** Whose runs are recorded. Default `main`. */
  readonly defaultBranch?: string
  /** The branch that the pull request goes into, where that is another one. Default null. */
  readonly intoBranch?: string | null
  /** True for a stored report that is shown alone, so that the verdict is only about its limits. Default false. */
  readonly withoutVerdict?: boolean
}

/** The input with its defaults. */
export type ViewSituation = Required<ViewInput>

/** Fills in the defaults. */
export function completeInput(input: ViewInput): ViewSituation {
  return {
    links: { run: null, artifact: null },
    repository: null,
    commits: null,
    settingsNote: null,
    notes: [],
    attempt: 1,
    gates: 1,
    scenarios: 1,
    acceptLabel: 'plateau-accept',
    queued: null,
    subject: 'pull-request',
    defaultBranch: 'main',
    intoBranch: null,
    withoutVerdict: false,
    ...input,
  }
}

/** What the runs of a comparison are called. */
export interface RunNames {
  /** The default branch, or `baseline` outside pull requests. */
  readonly baseline: string
  readonly candidate: 'this PR' | 'this run'
  readonly isPullRequest: boolean
  /** The branch that a pull request goes into, where it is not the one whose runs are recorded. */
  readonly intoBranch: string | null
}

/** What to call the recorded runs and the current one. */
export function nameRuns({
  subject = 'pull-request',
  defaultBranch = 'main',
  intoBranch = null,
}: Pick<ViewInput, 'subject' | 'defaultBranch' | 'intoBranch'>): RunNames {
  return subject === 'pull-request'
    ? { baseline: nameBranch(defaultBranch), candidate: 'this PR', isPullRequest: true, intoBranch }
    : { baseline: 'baseline', candidate: 'this run', isPullRequest: false, intoBranch: null }
}

/** Names appear in headings and charts, which cannot quote: an unusual one is replaced by a description. */
function nameBranch(branch: string): string {
  return /^[\w/-]{1,40}$/.test(branch) ? branch : 'the default branch'
}

/** A side by its label inside a sentence: a branch has its name, all else an article. */
export function nameSide(label: string): string {
  return label === 'baseline' || label === 'control' ? `the ${label}` : label
}
