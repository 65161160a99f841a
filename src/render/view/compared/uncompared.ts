import type { Verdict } from '../../../report/verdict.ts'
import { pluralise } from '../../../words/format.ts'
import { makeList, quote, quoteCode, quoteProse, say, emphasise } from '../../../words/sentences.ts'
import type { Sentence } from '../../../words/sentences.ts'
import type { RunNames, ViewSituation } from '../input.ts'
import { tabulateChanges } from './baseline.ts'

/** For a stored report that is shown without its verdict. */
export const WITHOUT_VERDICT = 'No verdict was given with this stored report, so only its limits are shown.'

/** From this many runs without a comparison on, there is a warning. */
const TOO_MANY = 3

/** More differences than these are counted. */
const MOST_DIFFERENCES = 10

/** Why nothing was compared, and what to do. */
interface UncomparedView {
  readonly lead: Sentence
  /** True where it replaces the title, because it states the verdict better. */
  readonly isTitle: boolean
  /** True where there are just no runs yet, so that the outlook is of interest. */
  readonly isFirst: boolean
  /** What to do about it; null where there is nothing. */
  readonly advice: Sentence | null
}

/** What to say where nothing was compared, so that it is not mistaken for "no change". */
export function viewUncompared(situation: ViewSituation, names: RunNames) {
  const { verdict } = situation
  const { notComparable } = verdict
  return {
    /** Null when something was compared, or was not going to be. */
    instead: explainUncompared(situation, names),
    /** Why nothing was compared, without the full stop. */
    reason: say`Not compared because ${nameObstacle(situation)}`,
    /** How many recorded runs could not be compared with, as a heading for the differences; null without any. */
    recordedRuns:
      notComparable === null ? null : `${pluralise(notComparable.runs, 'recorded run')}, none with these settings:`,
    differences: tabulateChanges(
      'Setting',
      (notComparable?.differences ?? []).map(({ field, setting, before, now }) => [setting ?? field, before, now]),
    ),
    warning: warnUncompared(verdict),
  }
}

/** What stands in the way of a comparison. */
type Obstacle =
  'cancelled' | 'skipped' | 'not-measured' | 'settings' | 'history-lost' | 'control-lost' | 'first' | 'unasked'

/** Why nothing was compared; of a verdict with comparisons it means nothing, whatever came of them. */
export function findObstacle({ verdict, reasons, baseline, notComparable }: Verdict): Obstacle {
  if (verdict === 'cancelled' || verdict === 'skipped' || verdict === 'not-measured') return verdict
  if (notComparable !== null) return 'settings'
  if (baseline.lost !== null) return 'history-lost'
  if (reasons.includes('control-lost')) return 'control-lost'
  return baseline.origin === null ? 'unasked' : 'first'
}

function explainUncompared({ verdict, withoutVerdict }: ViewSituation, names: RunNames): UncomparedView | null {
  if (verdict.comparisons.length > 0) return null
  const isTitle = verdict.verdict === 'not-comparable' || verdict.verdict === 'no-baseline'
  const limits = describeLimits(verdict)
  const name = emphasise(quote(verdict.name))
  const not = emphasise('Not compared.')
  switch (findObstacle(verdict)) {
    case 'cancelled':
    case 'skipped':
    case 'not-measured':
      return null
    case 'settings':
      return { ...explainDifferences(verdict.notComparable!, { name, limits, names }), isTitle }
    case 'history-lost':
      return { ...explainLoss(verdict.baseline.lost!, { name, limits, names }), isTitle }
    case 'control-lost': {
      const troubles = verdict.control!.troubles.map((trouble) => quoteProse(trouble))
      const lead = say`${not} The control could not be measured: ${makeList(troubles, '; ')}. No recorded run of ${name} is there instead. ${limits}`
      return { lead, isTitle, isFirst: false, advice: 'Look at the server of the control, then run it again.' }
    }
    case 'unasked': {
      const why = withoutVerdict ? WITHOUT_VERDICT : 'With `baseline: none` only limits decide.'
      return { lead: say`${not} ${why} ${limits}`, isTitle, isFirst: false, advice: null }
    }
    case 'first': {
      const record = names.isPullRequest ? `: the next run on ${names.baseline} records the first` : ''
      return {
        lead: say`${emphasise('Nothing to compare yet.')} No run of ${name} is recorded${record}. ${limits}`,
        isTitle,
        isFirst: true,
        advice:
          'Limits work today; so does `expected-spread`: it says how much your runs spread until the history does.',
      }
    }
  }
}

/** Recorded runs are gone, so this is not a first run. */
function explainLoss(
  lost: string,
  { name, limits, names }: { readonly name: Sentence; readonly limits: string; readonly names: RunNames },
): Omit<UncomparedView, 'isTitle'> {
  const next = names.isPullRequest ? `The next run on ${names.baseline} begins` : 'The next recorded run begins'
  return {
    lead: say`${emphasise('Not compared.')} ${name} has a history, but ${quoteProse(lost)}. ${limits}`,
    isFirst: false,
    advice: say`${emphasise('What now?')} ${next} a new history. To keep one, record at least once within the time that artifacts are kept, on a schedule for example.`,
  }
}

function explainDifferences(
  { runs, differences }: NonNullable<Verdict['notComparable']>,
  { name, limits, names }: { readonly name: Sentence; readonly limits: string; readonly names: RunNames },
): Omit<UncomparedView, 'isTitle'> {
  // Reports that were named by hand count as runs of this name, whatever their own is.
  const [what, of] = names.isPullRequest ? ['this pull request', say` of ${name}`] : [say`this run of ${name}`, '']
  const isIntoDefault = names.isPullRequest && names.intoBranch === null
  const next = isIntoDefault
    ? `after the merge the next run on ${names.baseline} records the first to compare with`
    : 'the next recorded runs then begin a new history'
  const changes = differences.map(
    ({ field, setting, before, now }) => say`${quoteCode(setting ?? field)} (${quoteCode(before)} → ${quoteCode(now)})`,
  )
  const changed =
    changes.length === 0 ? 'differs in its settings' : say`changes ${makeList(changes, ', ', MOST_DIFFERENCES)}`
  const exist = say`${pluralise(runs, 'baseline run')}${of} ${runs === 1 ? 'exists' : 'exist'}`
  return {
    lead: say`${emphasise('Not compared.')} ${exist}, but ${what} ${changed}. ${limits}`,
    isFirst: false,
    advice: say`${emphasise('What now?')} Take the change back to compare, or keep it: ${next}.`,
  }
}

/** Which limits were checked nevertheless. */
function describeLimits({ limits }: Verdict): string {
  if (limits.length === 0) return 'Nothing was checked.'
  const holding = limits.filter(({ outcome }) => outcome === 'pass').length
  return `${holding} of ${limits.length} limits hold; nothing else was checked.`
}

function nameObstacle({ verdict, withoutVerdict }: ViewSituation): Sentence {
  switch (findObstacle(verdict)) {
    case 'cancelled':
      return 'the run was cancelled'
    case 'skipped':
      return 'nothing was measured'
    case 'not-measured':
      return 'the run could not be measured'
    case 'settings':
      return 'no recorded run has these settings'
    case 'history-lost':
      return quoteProse(verdict.baseline.lost!)
    case 'control-lost':
      return 'the control could not be measured'
    case 'first':
      return say`no run of ${quoteProse(verdict.name)} is recorded`
    case 'unasked':
      return withoutVerdict ? 'no verdict was given' : 'of `baseline: none`'
  }
}

/** The warning that this gate has compared nothing for some time; null when it has. */
function warnUncompared({ baseline: { uncomparedInARow } }: Verdict): string | null {
  if (uncomparedInARow < TOO_MANY) return null
  return `${pluralise(uncomparedInARow, 'run')} in a row compared with nothing: this gate sees no regression until settings and history agree.`
}
