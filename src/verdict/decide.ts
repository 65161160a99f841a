import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { EarlierAttempt } from '../report/looks.ts'
import type { ReportLimit } from '../report/run-report.ts'
import { findSeriesDifferences } from '../report/series.ts'
import { loadOf } from '../vocabulary/load.ts'
import type { Comparison, Verdict, LevelChange, ContextChange } from '../report/verdict.ts'
import { VERDICT_WORDS, DOUBTS } from '../report/verdict.ts'
import {
  acceptComparisons,
  pickAcceptances,
  concludeVerdict,
  estimateThresholdAlarmRate,
  openVerdict,
  summariseAttempts,
  summariseControl,
  summariseBaseline,
} from './conclude.ts'
import type { OverallState, OpenVerdict } from './conclude.ts'
import { judgeMetrics, SESSIONS_FOR_PROOF, GROUPS_FOR_PROOF, computeLevelOfProof, countLooks } from './judge.ts'
import type { JudgedMetric } from './judge.ts'
import { openTrial, computeOutlook, selectAttempts, takeFirstLook, takeSecondLook } from './look.ts'
import { judgeLimitsBySpread, judgeLimitsOverAttempts } from './limits.ts'
import type { Trial } from './compare/control.ts'
import { findFailures } from './compare/failures.ts'
import { findSlowDrift } from './history/past.ts'
import { toleranceOf, metricOf, unitOf } from '../vocabulary/metrics.ts'
import { boundChange, computeUpperBound, findSmallestVisible } from './compare/stand.ts'
import { changeOfY, figureOfY, findFigureBound } from './history/observe.ts'
import { averageY, isLearnt } from './history/spread.ts'
import type { MissedMetric, RawComparison, AsideLevel } from './compare/compare.ts'
import type { DecideInput, DecisionPolicy, FirstLook, ScreenInput } from './look.ts'

/**
 * Compares a run with the recorded ones and reaches the verdict.
 *
 * @param first the look that was taken of it before a second one was made.
 */
export function decideVerdict(input: DecideInput, first = takeFirstLook(input)): Verdict {
  const { candidates, baseline } = input
  const { series } = candidates[0]!
  const recorded = baseline?.entries.filter(({ row }) => row.series.name === series.name) ?? []
  const trial = first?.trial ?? openTrial(input)
  const uncompared = describeRun(input, trial, recorded)
  const trouble = findTrouble(input.trouble, baseline)
  if (trouble !== null) return concludeVerdict(uncompared, trouble)
  return first === null ? decideAlone(input, recorded, uncompared) : decideAgainst(first, recorded, input, uncompared)
}

/** What a verdict says of a run whatever it is compared with. */
function describeRun(input: DecideInput, trial: Trial | null, recorded: readonly HistoryEntry[]): OpenVerdict {
  const { candidates, baseline, policy } = input
  const { series } = candidates[0]!
  const load = loadOf(series)
  const counted = selectAttempts(input)
  return {
    ...openVerdict(series.name, policy),
    ...(load !== 'concurrency' && { load }),
    decidedBy: input.decidedBy ?? [],
    limits: judgeLimits(input, counted, trial),
    baseline: summariseBaseline(baseline, trial, recorded),
    control: summariseControl(input, trial),
    ...summariseAttempts(input.earlier ?? [], counted),
    drift: baseline?.release === undefined ? null : findSlowDrift(recorded, baseline.release, series, policy),
  }
}

/** Where there is nothing to compare with: the first run, or one that asks for something else. */
function decideAlone(
  { candidates, baseline, policy }: DecideInput,
  recorded: readonly HistoryEntry[],
  uncompared: OpenVerdict,
): Verdict {
  const open = { ...uncompared, outlook: baseline === null ? [] : computeOutlook(candidates, policy) }
  const newest = recorded.at(-1)
  if (newest !== undefined) {
    const differences = findSeriesDifferences(newest.row.series, candidates[0]!.series)
    const notComparable = { runs: recorded.length, differences }
    return concludeVerdict({ ...open, notComparable }, { word: 'not-comparable', reason: null })
  }
  if (open.baseline.lost !== null) return concludeVerdict(open, { word: 'not-comparable', reason: 'history-lost' })
  // Not a first run: it should have been compared with a control.
  if ((open.control?.troubles.length ?? 0) > 0)
    return concludeVerdict(open, { word: 'not-comparable', reason: 'control-lost' })
  return concludeVerdict(open, { word: 'no-baseline', reason: null })
}

/** Where there is a history, or a control beside the run. */
function decideAgainst(
  first: FirstLook,
  recorded: readonly HistoryEntry[],
  input: DecideInput,
  uncompared: OpenVerdict,
): Verdict {
  const { candidates, policy, secondLook } = input
  const fresh = typeof secondLook === 'string' ? null : secondLook
  const now = candidates[0]!
  const { compared, missed } = fresh === null ? first : takeSecondLook(first, fresh, policy)
  const rules = { looksTwice: secondLook !== 'none', looks: countLooks(input), mayGoOn: false }
  const judged = judgeMetrics(compared, policy, rules)
  const comparisons = [
    ...missed.map((each) => describeMissed(each, policy, now)),
    ...judged.map((each) => describeCompared(each, policy, now)),
  ]
  const accepted = pickAcceptances(input.accepted, recorded, now.startedAt)
  const { trial, screening } = first
  const again = { metrics: screening.metrics.map(({ metric }) => metric), levels: screening.levels }
  const screened = again.metrics.length + again.levels.length > 0
  const open: OpenVerdict = {
    ...uncompared,
    comparisons: acceptComparisons(comparisons, accepted, policy.gate).toSorted(compareSeverity),
    ...findFailures(trial, secondLook, policy),
    whatElseChanged: listOtherChanges(trial, now),
    confirmation: screened ? { ...again, passes: countFreshPasses(fresh?.row ?? null) } : null,
    falseAlarmRate:
      policy.decision === 'threshold' ? estimateThresholdAlarmRate(compared, policy) : policy.falseAlarmRate,
  }
  const levelsMissing = missed.some((each) => each.levelsMissing.length > 0)
  return concludeVerdict(open, null, levelsMissing)
}

/** The limits as other runs let them be judged; most runs have none. */
function judgeLimits(
  input: DecideInput,
  counted: readonly EarlierAttempt[],
  trial: Trial | null,
): readonly ReportLimit[] {
  if (input.limits.length === 0) return []
  const limits = judgeLimitsOverAttempts(input.limits, counted)
  const past = trial?.past ?? null
  return past === null ? limits : judgeLimitsBySpread(limits, past, input.candidates[0]!, input.policy)
}

/** What makes a comparison impossible or meaningless; limits are still judged. */
function findTrouble(trouble: DecideInput['trouble'], baseline: Baseline | null): OverallState | null {
  if (trouble === 'cancelled') return { word: 'cancelled', reason: 'cancelled' }
  if (trouble !== null) return { word: 'not-measured', reason: trouble }
  return baseline?.unreadable == null ? null : { word: 'not-measured', reason: 'baseline' }
}

function countFreshPasses(fresh: HistoryRow | null): number {
  return Math.max(0, ...(fresh?.levels.map((level) => level.passes.length) ?? []))
}

/** Orders by the word, then by how much worse a metric is. */
function compareSeverity(a: Comparison, b: Comparison): number {
  const rank = ({ verdict }: Comparison) => VERDICT_WORDS.indexOf(verdict)
  return rank(a) - rank(b) || (b.worsening ?? 0) - (a.worsening ?? 0)
}

/** What a verdict says of a metric that was compared. */
function describeCompared(judged: JudgedMetric, policy: DecisionPolicy, now: HistoryRow): Comparison {
  const { raw, verdict, doubt, p, alpha } = judged
  const { metric, history, spread, all } = raw
  const statistical = policy.decision === 'statistical'
  const tolerance = toleranceOf(policy, metric)
  const { d, se } = all.newest
  return {
    ...headOf(metric, verdict, tolerance),
    unit: unitOf(metric, now),
    ofPlateau: raw.ofPlateau,
    levels: raw.levels,
    baseline: figureOfY(metric, history.newest.centre),
    candidate: figureOfY(metric, all.y),
    ...findBounds(raw, now),
    change: changeOfY(metric, d),
    interval: boundChange(metric, all.newest, spread),
    worsening: Math.expm1(d),
    p: statistical ? p : null,
    // A plain threshold needs no significance: a change as large as the threshold exceeds it in half of all cases.
    smallestVisible: findSmallestVisible(se, spread.degrees, {
      alpha: statistical ? alpha : 0.5,
      tolerance,
      trimmed: statistical && history.trimmed,
    }),
    spread: spread.sd,
    assumedSpread: spread.assumed,
    ...(spread.assumedShare > 0 && { assumedShare: spread.assumedShare }),
    ...(spread.before !== null && { spreadBefore: spread.before }),
    groups: raw.control?.pairs === 0 ? 0 : history.newest.points.length,
    segments: history.segments.length,
    leftOut: raw.leftOut,
    provisional: describeProvisional(raw),
    ...(raw.step !== null && { step: raw.step }),
    confirmed: raw.fresh === null ? null : verdict === 'regressed',
    byLevel: listLevelChanges(raw),
    aside: raw.aside.map((level) => buildChangeAt(metric, level)),
    doubt,
    control: raw.control === null ? null : { theta: raw.control.theta, pairs: raw.control.pairs },
    note: chooseNote(judged, policy),
  }
}

/** Which of the two figures is a bound: of recorded runs one is enough, because their mean is then one, too. */
function findBounds({ metric, history }: RawComparison, now: HistoryRow): Pick<Comparison, 'bounds'> {
  const rows = history.newest.points.flatMap(({ entries }) => entries.map(({ row }) => row))
  const baseline = rows.flatMap((row) => findFigureBound(row, metric, now) ?? [])[0]
  const candidate = findFigureBound(now, metric, now)
  if (baseline === undefined && candidate === null) return {}
  return { bounds: { ...(baseline !== undefined && { baseline }), ...(candidate !== null && { candidate }) } }
}

/** What a verdict says of a metric that could not be compared. */
function describeMissed({ metric, verdict, note }: MissedMetric, policy: DecisionPolicy, now: HistoryRow): Comparison {
  return {
    ...headOf(metric, verdict, toleranceOf(policy, metric)),
    unit: unitOf(metric, now),
    ofPlateau: null,
    levels: [],
    baseline: null,
    candidate: null,
    change: null,
    interval: null,
    worsening: null,
    p: null,
    smallestVisible: null,
    spread: null,
    assumedSpread: false,
    groups: 0,
    segments: 0,
    leftOut: 0,
    provisional: null,
    confirmed: null,
    byLevel: [],
    aside: [],
    doubt: null,
    control: null,
    note,
  }
}

function headOf(metric: Comparison['metric'], verdict: Comparison['verdict'], tolerance: number) {
  return { metric, better: metricOf(metric).better, verdict, tolerance, accepted: null }
}

function describeProvisional({ metric, history, all }: RawComparison): Comparison['provisional'] {
  const first = history.newest.points[0]?.entries[0]
  if (history.before === null || all.before === null || first === undefined) return null
  return {
    sha: first.source.sha,
    startedAt: first.row.startedAt,
    runs: history.newest.points.reduce((sum, point) => sum + point.runs.length, 0),
    mainChange: changeOfY(metric, history.newest.centre - history.before.centre),
    changeFromBefore: changeOfY(metric, all.before.d),
  }
}

function listLevelChanges({ metric, levels, history, byLevel }: RawComparison): Comparison['byLevel'] {
  const { points, centre, trust } = history.newest
  // With few pairs, every level is shrunk equally towards the control.
  const shift = trust === 1 ? 0 : centre - averageY(points)
  return levels.map((concurrency) => {
    let before = 0
    for (const { runs } of history.newest.points) {
      let sum = 0
      for (const run of runs) sum += run.get(concurrency)!.y
      before += sum / runs.length / history.newest.points.length
    }
    return buildChangeAt(metric, { concurrency, before: before + shift, now: byLevel.get(concurrency)! })
  })
}

function buildChangeAt(metric: Comparison['metric'], { concurrency, before, now }: AsideLevel): LevelChange {
  return {
    concurrency,
    baseline: figureOfY(metric, before),
    candidate: figureOfY(metric, now),
    change: changeOfY(metric, now - before),
  }
}

function chooseNote(
  { raw, verdict, doubt, slowRun, isEnough, isQuicker, isTooCalm }: JudgedMetric,
  { gate }: Pick<DecisionPolicy, 'gate'>,
): string | null {
  if (gate === 'release' && verdict === 'no-change-seen' && !isEnough) {
    return raw.control === null
      ? `a proof needs ${GROUPS_FOR_PROOF} recorded runs, and has ${raw.history.groups}`
      : `a proof needs ${GROUPS_FOR_PROOF} recorded runs with this control, or ${SESSIONS_FOR_PROOF} sessions in which both sides are deployed anew`
  }
  if (gate === 'release' && verdict === 'no-change-seen' && isQuicker) {
    return 'no proof, because the newest recorded runs are better than those before: the default branch may just have become faster, and its next runs will tell'
  }
  if (gate === 'release' && isTooCalm) {
    return 'no proof, because so small a spread as that of the recorded runs is not trusted to last, and by a larger one this may be beyond the tolerance: run it again, or beside a control'
  }
  if (doubt !== null) return `${DOUBTS[doubt]}${slowRun === null ? '' : ` (${nameEntry(slowRun)})`}`
  if (verdict === 'not-measured')
    return 'it looks clearly worse, but only one look at it could be used, so nothing confirms it: run it again, and where it stays so, fix what the findings and the log name'
  return raw.ofPlateau === false ? 'no plateau was reached' : null
}

/** A recorded run by its commit, as far as that is known, and its day. */
function nameEntry({ source, row }: HistoryEntry): string {
  return `${source.sha === null ? '' : `${source.sha.slice(0, 7)}, `}${row.startedAt.slice(0, 10)}`
}

/** What else changed since the newest recorded run; without one, how the control differs, apart from its host. */
function listOtherChanges({ past, control }: Trial, now: HistoryRow): ContextChange[] {
  if (past !== null) return findContextChanges(past.entries.at(-1)!.row, now)
  return findContextChanges(control!.beside.controls[0]!, now).filter(({ what }) => what !== 'host')
}

/** The context that is compared, in the reader's words. Undefined and null: not known. */
const CONTEXT: readonly (readonly [string, (row: HistoryRow) => string | number | null | undefined])[] = [
  ['model', ({ context }) => context.model],
  ['served model', ({ context }) => context.servedModel],
  ['server version', ({ context }) => context.serverVersion],
  ['build', ({ context }) => context.build],
  ['provisioned capacity', ({ context }) => context.provisioned],
  ['region', ({ context }) => context.region],
  ['host', ({ context }) => context.host],
  ['tokens of a request', ({ context }) => context.requestTokens],
  ['load tool', ({ context }) => context.loadTool],
  ['runner', ({ context }) => context.runner.environment],
  ['runner system', ({ context }) => context.runner.os],
  ['runner architecture', ({ context }) => context.runner.arch],
  ['runner CPUs', ({ context }) => context.runner.cpuCount],
  ['Node', ({ context }) => context.node],
  ['token counts from', ({ traits }) => traits.tokenSource],
  ['answers', ({ traits }) => (traits.buffered ? 'in one piece' : 'streamed')],
  ['reasoning', ({ traits }) => (traits.reasoning ? 'yes' : 'no')],
]

/** What differs from an earlier run, where both are known. Never a reason not to compare. */
function findContextChanges(before: HistoryRow, now: HistoryRow): ContextChange[] {
  return CONTEXT.flatMap(([what, pick]) => {
    const old = pick(before) ?? null
    const current = pick(now) ?? null
    if (old === null || current === null || old === current) return []
    return [{ what, before: String(old), now: String(current) }]
  })
}

/** Something that another session could still decide. */
export type OpenGround = OpenMetric | MissingMetric | { readonly what: 'levels-lost' | 'errors' }

/** A metric, with changes that a reader sees, positive where it became larger. */
interface OpenMetric extends NamedMetric {
  /** It looks worse; it may be worse by more than `needed`; it is not proven for a release. */
  readonly what: 'suspect' | 'wide' | 'unproven'
  readonly change: number
  /** The worst that cannot be excluded, and what that must not reach. */
  readonly most: number
  readonly needed: number
}

interface MissingMetric extends Pick<NamedMetric, 'metric'> {
  readonly what: 'not-measured'
  /** Half a sentence. */
  readonly why: string
}

type NamedMetric = Pick<Comparison, 'metric' | 'ofPlateau'>

/**
 * What another session could still decide; nothing where the sessions so far decide. They are red at the bound that
 * accounts for all sessions; green when none is suspect and no metric can be worse by twice its tolerance (one-sided 95 %
 * bound; over the looks so far together while the spread is partly assumed), or, with `gate: release`, when all are proven;
 * else open. What stays open after the last session is judged like any run.
 *
 * Without fresh sessions nothing is open: measuring the same deployments again does not show how deployments differ.
 */
export function findOpenGrounds(input: ScreenInput): readonly OpenGround[] {
  const { candidates, policy } = input
  const looks = countLooks(input)
  const first = looks.most === 1 ? null : takeFirstLook(input)
  if (first === null) return []
  const { trial, compared, missed } = first
  const judged = judgeMetrics(compared, policy, { looksTwice: false, looks, mayGoOn: looks.look < looks.most })
  const { lostLevels, errorRate } = findFailures(trial, 'none', policy)
  const words = [...judged, ...lostLevels].map(({ verdict }) => verdict)
  // Like a lost level, a rise of the error rate must be repeated before it counts.
  if (words.includes('regressed') || (errorRate?.verdict === 'regressed' && candidates.length > 1)) return []
  return [
    ...judged.flatMap((each) => findOpenMetric(each, looks.look, policy) ?? []),
    ...missed.flatMap(({ metric, verdict, note }): OpenGround[] =>
      verdict === 'not-measured' ? [{ what: 'not-measured', metric, why: note }] : [],
    ),
    ...(lostLevels.length > 0 ? [{ what: 'levels-lost' } as const] : []),
    ...(errorRate !== null && errorRate.verdict !== 'no-change-seen' ? [{ what: 'errors' } as const] : []),
  ]
}

/** What is still open of a metric after this many looks; null when nothing is. */
function findOpenMetric({ raw, verdict }: JudgedMetric, look: number, policy: DecisionPolicy): OpenMetric | null {
  const { metric, ofPlateau, all, spread } = raw
  // A spread that is partly assumed is otherwise shown by the run's own sessions. Green ends them, so looks that would follow say nothing wrong.
  const level = isLearnt(raw.history.groups) ? {} : { level: computeLevelOfProof({ most: look, look }) }
  const most = computeUpperBound(all, spread, level)
  const isRelease = policy.gate === 'release'
  const needed = Math.log1p((isRelease ? 1 : 2) * toleranceOf(policy, metric))
  const tell = (what: OpenMetric['what']): OpenMetric => ({
    what,
    metric,
    ofPlateau,
    change: changeOfY(metric, all.newest.d),
    most: changeOfY(metric, most),
    needed: changeOfY(metric, needed),
  })
  // The bound of a metric that spreads little can be below twice the tolerance although it looks worse than the tolerance.
  if (verdict === 'suspect') return tell('suspect')
  if (isRelease) return verdict === 'proven' || verdict === 'improved' ? null : tell('unproven')
  return most < needed ? null : tell('wide')
}
