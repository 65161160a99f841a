import type { RunReport } from '../report/run-report.ts'
import { loadOf } from '../vocabulary/load.ts'
import { loadOfVerdict } from '../report/verdict.ts'
import type { Verdict } from '../report/verdict.ts'
import { quoteProse, say } from '../words/sentences.ts'
import type { Sentence } from '../words/sentences.ts'
import { describeCommits } from '../words/commits.ts'
import { viewAnswers } from './view/compared/answers.ts'
import { viewBaseline } from './view/compared/baseline.ts'
import { viewCharts } from './view/charts.ts'
import { viewComparisons } from './view/compared/comparisons.ts'
import { viewConversations, viewLevels, viewMix, viewCrossCheck } from './view/levels.ts'
import { viewRun, viewLimits } from './view/report.ts'
import { listCluesAside, viewServer, viewSlowest, viewSplit } from './view/clues.ts'
import { completeInput, nameRuns } from './view/input.ts'
import type { ViewInput, ViewSituation } from './view/input.ts'
import { viewTitle } from './view/title.ts'
import { viewUncompared } from './view/compared/uncompared.ts'

/**
 * Everything to say about a run and its verdict, as data. Each fact is put into words once, in `view/`; the layouts
 * (text, comment, page) choose what to show in which order, and escape it. Null, or a table without rows, means
 * nothing to say.
 */
export interface View {
  /** Null when nothing was measured. */
  readonly report: ReportView | null
  readonly verdict: VerdictView
}

export type ReportView = ReturnType<typeof viewReport>
export type VerdictView = ReturnType<typeof viewVerdict>

export function viewAll(input: ViewInput): View {
  const situation = completeInput(input)
  const { report, verdict } = situation
  return {
    report: report === null ? null : viewReport(report, verdict, nameRuns(situation)),
    verdict: viewSituation(situation),
  }
}

/** What to say about a run; its verdict adds to limits and charts. */
export function viewReport(report: RunReport, verdict: Verdict | null, names = nameRuns({ subject: 'run' })) {
  const aside = listCluesAside(verdict, names)
  return {
    run: viewRun(report, verdict),
    limits: viewLimits(verdict?.limits ?? report.limits ?? [], loadOf(report.series)),
    levels: viewLevels(report),
    mix: viewMix(report),
    server: viewServer(report, names.candidate, aside),
    split: viewSplit(report, names.candidate, aside),
    slowest: viewSlowest(report),
    crossCheck: viewCrossCheck(report),
    conversations: viewConversations(report),
    charts: viewCharts(report, verdict, names),
  }
}

/** What to say about a verdict. */
export function viewVerdict(input: ViewInput) {
  return viewSituation(completeInput(input))
}

function viewSituation(situation: ViewSituation) {
  const { verdict, notes, settingsNote, attempt, links } = situation
  const names = nameRuns(situation)
  return {
    names,
    title: viewTitle(verdict, situation.report),
    limits: viewLimits(verdict.limits, loadOfVerdict(verdict)),
    comparisons: viewComparisons(verdict, names),
    ...viewAnswers(situation, names),
    baseline: viewBaseline(situation),
    uncompared: viewUncompared(situation, names),
    /** Why a bad verdict does not fail the check; null where it does. */
    observed: isOnlyObserved(verdict) ? 'Only observed: with `gate: observe` nothing fails.' : null,
    isMeasured: verdict.verdict !== 'not-measured',
    /** What could not be delivered, and warnings. */
    warnings: notes.map(signWarning),
    settingsNote: settingsNote === null ? null : quoteProse(settingsNote),
    commits: describeCommits(situation.commits),
    /** Null for the first. */
    attempt: attempt > 1 ? `Attempt ${attempt}.` : null,
    attempts: describeAttempts(verdict),
    links,
  }
}

/** What could not be delivered or read, after its sign. */
export function signWarning(warning: string): Sentence {
  return say`⚠️ ${quoteProse(warning)}`
}

/** How earlier attempts count in the figures; null where none is known, or nothing was compared. */
function describeAttempts({ earlier = [], comparisons, limits }: Verdict): string | null {
  if (earlier.length === 0 || comparisons.length + limits.length === 0) return null
  const wordsOf = (attempts: typeof earlier) => attempts.map(({ verdict }) => verdict.replaceAll('-', ' ')).join(', ')
  const counted = earlier.filter(({ isCounted }) => isCounted)
  const others = earlier.filter(({ isCounted }) => !isCounted)
  const isOfOther = counted.some(({ run }) => run !== undefined)
  const before = counted.length === 1 ? 'the attempt before' : `the ${counted.length} attempts before`
  const all = counted.length === 1 ? 'both' : 'all'
  const areLimitsPooled = limits.some(({ alone }) => alone !== undefined)
  const figures = [
    ...(comparisons.length === 0 ? [] : [`figures are the mean of ${all}, failures those of this attempt alone`]),
    ...(limits.length === 0
      ? []
      : [`limits are judged by ${areLimitsPooled ? `the median of ${all}` : 'this attempt alone'}`]),
  ]
  return [
    ...(counted.length === 0
      ? []
      : [
          `Counted together with ${before}${isOfOther ? ' at this commit' : ''} (${wordsOf(counted)}): ${figures.join(', ')}.`,
        ]),
    ...others.map(
      (one) =>
        `Attempt ${one.attempt}${one.run === undefined ? '' : ` of run ${one.run}`} (${wordsOf([one])}) is not counted: it was measured in another way, or at another build.`,
    ),
  ].join(' ')
}

function isOnlyObserved({ policy, verdict }: Verdict): boolean {
  return policy.gate === 'observe' && ['regressed', 'suspect', 'not-measured'].includes(verdict)
}
