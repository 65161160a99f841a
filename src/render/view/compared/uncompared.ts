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

function explainUncompared({ verdict, withoutVerdict }: ViewSituation, names: RunNames) {
  if (verdict.comparisons.length > 0) return null
  const obstacle = findObstacle(verdict)
  const name = emphasise(quote(verdict.name))
  const isFirst = obstacle === 'first'
  const not = emphasise(isFirst ? 'Nothing to compare yet.' : 'Not compared.')
  const tell = (why: Sentence, advice: Sentence | null) => ({
    lead: say`${not} ${why} ${describeLimits(verdict)}`,
    /** True where it replaces the title, because it states the verdict better. */
    isTitle: verdict.verdict === 'not-comparable' || verdict.verdict === 'no-baseline',
    /** True where there are just no runs yet, so that the outlook is of interest. */
    isFirst,
    /** What to do about it; null where there is nothing. */
    advice,
  })
  switch (obstacle) {
    case 'cancelled':
    case 'skipped':
    case 'not-measured':
      return null
    case 'settings':
      return tell(describeDifferences(verdict.notComparable!, name, names), adviseReturn(names))
    case 'history-lost':
      // Recorded runs are gone, so this is not a first run.
      return tell(say`${name} has a history, but ${quoteProse(verdict.baseline.lost!)}.`, adviseKeeping(names))
    case 'control-lost': {
      const troubles = makeList(
        verdict.control!.troubles.map((trouble) => quoteProse(trouble)),
        '; ',
      )
      return tell(
        say`The control could not be measured: ${troubles}. No recorded run of ${name} is there instead.`,
        'Look at the server of the control, then run it again.',
      )
    }
    case 'unasked':
      return tell(withoutVerdict ? WITHOUT_VERDICT : 'With `baseline: none` only limits decide.', null)
    case 'first':
      return tell(
        say`No run of ${name} is recorded${names.isPullRequest ? `: the next run on ${names.baseline} records the first` : ''}.`,
        'Limits work today; so does `expected-spread`: it says how much your runs spread until the history does.',
      )
  }
}

function adviseKeeping({ baseline, isPullRequest }: RunNames): Sentence {
  const next = isPullRequest ? `The next run on ${baseline} begins` : 'The next recorded run begins'
  return say`${emphasise('What now?')} ${next} a new history. To keep one, record at least once within the time that artifacts are kept, on a schedule for example.`
}

function adviseReturn({ baseline, isPullRequest, intoBranch }: RunNames): Sentence {
  const next =
    isPullRequest && intoBranch === null
      ? `after the merge the next run on ${baseline} records the first to compare with`
      : 'the next recorded runs then begin a new history'
  return say`${emphasise('What now?')} Take the change back to compare, or keep it: ${next}.`
}

function describeDifferences(
  { runs, differences }: NonNullable<Verdict['notComparable']>,
  name: Sentence,
  { isPullRequest }: RunNames,
): Sentence {
  // Reports that were named by hand count as runs of this name, whatever their own is.
  const [what, of] = isPullRequest ? ['this pull request', say` of ${name}`] : [say`this run of ${name}`, '']
  const changes = differences.map(
    ({ field, setting, before, now }) => say`${quoteCode(setting ?? field)} (${quoteCode(before)} → ${quoteCode(now)})`,
  )
  const changed =
    changes.length === 0 ? 'differs in its settings' : say`changes ${makeList(changes, ', ', MOST_DIFFERENCES)}`
  return say`${pluralise(runs, 'baseline run')}${of} ${runs === 1 ? 'exists' : 'exist'}, but ${what} ${changed}.`
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
