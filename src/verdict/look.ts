import type { Baseline, HistoryEntry, HistoryRow } from '../report/history.ts'
import type { EarlierAttempt, FreshPasses, Looks } from '../report/looks.ts'
import { ERROR_RATE_SHARE, METRICS_SHARE } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import { pickPast } from './history/past.ts'
import { recordControls, rateAssumed } from './compare/control.ts'
import type { Past } from './history/past.ts'
import type { Trial } from './compare/control.ts'
import type { Before, MissedMetric, CompareInput, RawComparison } from './compare/compare.ts'
import { compareMetric } from './compare/compare.ts'
import type { Comparison, Outlook } from '../report/verdict.ts'
import { toleranceOf, metricOf } from '../vocabulary/metrics.ts'
import { isLearnt, estimateSpread } from './history/spread.ts'
import { findLostLevels, findLevelsOfRise, findLevelsToRepeat, pastOfFailures } from './compare/failures.ts'
import { chooseMetrics } from './history/observe.ts'
import type { MetricChoice } from './history/observe.ts'
import { findSmallestVisible } from './compare/stand.ts'

/** The settings that the verdict depends on. */
export type DecisionPolicy = Pick<
  Settings,
  | 'gate'
  | 'metrics'
  | 'tolerance'
  | 'falseAlarmRate'
  | 'expectedSpread'
  | 'decision'
  | 'onNotComparable'
  | 'onUnmeasured'
  | 'onSkip'
>

/** Everything that a verdict depends on: what was measured, at least one candidate, and by what it is judged. */
export interface DecideInput extends Looks {
  /** Null for `baseline: none`. */
  readonly baseline: Baseline | null
  readonly policy: DecisionPolicy
  /** Why the run cannot be used, or null. */
  readonly trouble: 'cancelled' | 'endpoint' | 'run-invalid' | null
  readonly accepted: readonly Acceptance[]
  /** The settings behind `policy` and `limits` as they were given, for the record; default none. */
  readonly decidedBy?: readonly DecidingSetting[]
}

/** What is known before a second look. */
export type ScreenInput = Omit<DecideInput, 'secondLook'>

/** Opens the trial of a run; null where there is nothing to compare it with. */
export function openTrial(
  input: Pick<DecideInput, 'candidates' | 'controls' | 'sessions' | 'baseline' | 'earlier'>,
): Trial | null {
  const { candidates, controls = [], sessions, baseline } = input
  const earlier = selectAttempts(input)
  const entries = baseline?.entries ?? []
  const { series } = candidates[0]!
  const past = pickPast(entries, series)
  const paired = candidates.flatMap((row, i) => {
    const control = controls[i] ?? null
    return control === null ? [] : [{ row, control }]
  })
  const rows = paired.map(({ control }) => control)
  if (rows.length === 0) return past === null ? null : { candidates, past, control: null, earlier }
  const pairs = pickPast(selectPairs(entries, rows[0]!), series)
  const own = pairs ?? pickPast(recordControls(rows), series)
  if (past === null && own === null) return null
  const beside = { controls: rows, isFresh: sessions?.fresh ?? false, alone: pairs === null }
  return {
    candidates,
    past,
    control: own === null ? null : { candidates: paired.map(({ row }) => row), past: own, beside },
    earlier,
  }
}

/** The recorded runs measured beside the same control: at the same host and in the same way. */
function selectPairs(entries: readonly HistoryEntry[], control: HistoryRow): HistoryEntry[] {
  return entries.filter((entry) => entry.control !== undefined && isSameControl(entry.control, control))
}

/** Whether two controls were measured in the same way, at the same host, with the same model. */
function isSameControl(a: HistoryRow, b: HistoryRow): boolean {
  const differ = (one: string | null | undefined, other: string | null | undefined) =>
    one != null && other != null && one !== other
  return (
    a.series.key === b.series.key &&
    !differ(a.context.host, b.context.host) &&
    !differ(a.context.model, b.context.model)
  )
}

/**
 * The earlier attempts that count together with this one: of the same series, not known to be of another build, and
 * equally with or without fresh deployments.
 */
export function selectAttempts({
  candidates,
  sessions,
  earlier = [],
}: Pick<DecideInput, 'candidates' | 'sessions' | 'earlier'>): readonly EarlierAttempt[] {
  const { series, context } = candidates[0]!
  const isFresh = sessions?.fresh === true
  const isSameBuild = (build: string | undefined) =>
    build === undefined || context.build === undefined || build === context.build
  return earlier.filter(
    (attempt) =>
      (attempt.sessions?.fresh === true) === isFresh &&
      attempt.candidates.every((row) => row.series.key === series.key && isSameBuild(row.context.build)),
  )
}

/**
 * What these attempts contribute to a comparison.
 *
 * @param control of this attempt, where there is one: then only what was measured beside it counts.
 */
function seeAttempts(attempts: readonly EarlierAttempt[], control: HistoryRow | null): Before {
  const pair = (row: HistoryRow, beside: HistoryRow | null): FreshPasses[] => {
    if (control === null) return [{ row, control: null }]
    return beside !== null && isSameControl(beside, control) ? [{ row, control: beside }] : []
  }
  return {
    runs: attempts.flatMap(({ candidates, controls = [] }) =>
      candidates.flatMap((row, i) => pair(row, controls[i] ?? null)),
    ),
    fresh: attempts.flatMap(({ secondLook }) =>
      typeof secondLook === 'string' ? [] : pair(secondLook.row, secondLook.control),
    ),
  }
}

/** A metric looks worse, and gets a second look, below this p. */
export const SCREEN_P = 0.05

/** A metric that is worse by less gets no second look. */
const SCREEN_WORSENING = 0.03

/**
 * Whether a metric needs a second look, or has had one: from 3 % on, or from the tolerance where that is smaller;
 * with earlier attempts, both together and this one alone. A plain threshold does not look twice.
 */
export function isScreened({ metric, first, own, fresh }: RawComparison, policy: DecisionPolicy): boolean {
  if (policy.decision === 'threshold') return false
  if (fresh !== null) return true
  const least = Math.log1p(Math.min(SCREEN_WORSENING, toleranceOf(policy, metric)))
  return [first, own ?? first].every((stand) => stand.worse < SCREEN_P && stand.least > least)
}

/** What is known of the metrics of a run. */
interface LookResult {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
  /** By how much the assumed variance of differences from a control was taken to be larger (`rateAssumed`). */
  readonly beyond: number
}

/** What a second look must measure; both empty when none is needed. */
interface Screening {
  /** As a comparison names them. */
  readonly metrics: readonly Pick<Comparison, 'metric' | 'ofPlateau'>[]
  readonly levels: readonly number[]
}

/** The first look at a run: every metric, and what needs a second look. Taken once, and handed on to whoever needs it. */
export interface FirstLook extends LookResult {
  readonly trial: Trial
  readonly screening: Screening
}

/** Looks at every metric and level once; null where there is nothing to compare with, or the figures cannot be judged. */
export function takeFirstLook(input: ScreenInput): FirstLook | null {
  const { policy, trouble, baseline } = input
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  if (trial === null) return null
  const { candidates } = trial
  const past = pastOfFailures(trial)
  const { compared, missed, beyond } = compareMetrics(trial, policy)
  const screened = compared.filter((raw) => isScreened(raw, policy))
  const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)))
  for (const raw of screened) for (const level of listRepeatedLevels(raw, candidates)) levels.add(level)
  for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level)
  for (const level of findLevelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level)
  const screening = {
    metrics: screened.map(({ metric, ofPlateau }) => ({ metric, ofPlateau })),
    levels: [...levels].sort((a, b) => a - b),
  }
  return { trial, compared, missed, beyond, screening }
}

/** Compares each metric; once more where all together show that less is assumed of differences from a control than there is. */
function compareMetrics(trial: Trial, policy: DecisionPolicy, beyond = 1): LookResult {
  const compared: RawComparison[] = []
  const missed: MissedMetric[] = []
  for (const choice of chooseMetrics(policy, trial.candidates)) {
    const raw = lookAtMetric(choice, trial, { fresh: null, policy, beyond })
    if (raw?.kind === 'compared') compared.push(raw)
    if (raw?.kind === 'missed') missed.push(raw)
  }
  if (trial.control === null || beyond > 1) return { compared, missed, beyond }
  const shown = rateAssumed(
    compared.flatMap(({ spread, control }) => (control === null ? [] : { ...spread, assumedSd: control.assumedSd })),
  )
  return shown > 1 ? compareMetrics(trial, policy, shown) : { compared, missed, beyond }
}

/** The levels to repeat for a metric; a figure of the whole run needs all. */
function listRepeatedLevels({ levels }: RawComparison, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
}

/** Levels that a metric lacks and that may succeed another time, unlike those with a rate limit. */
function listFillableLevels({ levelsMissing }: MissedMetric, candidates: readonly HistoryRow[]): readonly number[] {
  return levelsMissing.filter((concurrency) =>
    candidates.every((row) =>
      row.levels.some((level) => level.concurrency === concurrency && level.state !== 'limited'),
    ),
  )
}

/** Compares one metric with its control, or, where that is impossible, with the history alone. */
function lookAtMetric(
  choice: MetricChoice,
  { candidates, past, control, earlier }: Trial,
  { fresh, policy, beyond }: Pick<CompareInput, 'fresh' | 'policy' | 'beyond'>,
): RawComparison | MissedMetric | null {
  const found =
    control === null
      ? null
      : compareMetric(choice, {
          past: control.past,
          candidates: control.candidates,
          fresh,
          before: seeAttempts(earlier, control.beside.controls[0]!),
          beside: control.beside,
          policy,
          beyond,
        })
  if (past === null) return found
  const isFirst = control?.beside.alone === true && isSameHost(past, candidates)
  if (found?.kind === 'compared' && !isFirst) return found
  const alone = compareMetric(choice, {
    past,
    candidates,
    fresh,
    before: seeAttempts(earlier, null),
    beside: null,
    policy,
    beyond: 1,
  })
  if (found?.kind !== 'compared') return alone
  return alone?.kind === 'compared' && isLearnt(alone.history.groups) ? { ...found, inHistory: alone.all } : found
}

/** Whether the newest recorded run was measured at the same host, as far as is known. */
function isSameHost({ entries }: Past, candidates: readonly HistoryRow[]): boolean {
  const [before, now] = [entries.at(-1)!.row.context.host, candidates[0]!.context.host]
  return before == null || now == null || before === now
}

/**
 * Looks again with fresh passes: they confirm screened metrics or not, and supply levels that a metric lacked by
 * accident. The latter are seen only once, so they cannot be red: where clearly worse they are `not-measured`, which
 * opens a segment on main. All other metrics stay unchanged.
 */
export function takeSecondLook(
  { trial, compared, missed, beyond }: FirstLook,
  fresh: FreshPasses,
  policy: DecisionPolicy,
): LookResult {
  const again = compared.map((raw) => {
    if (!isScreened(raw, policy)) return raw
    const found = lookAtMetric({ metric: raw.metric, optional: false }, trial, { fresh, policy, beyond })
    return found?.kind === 'compared' ? found : raw
  })
  const stillMissed: MissedMetric[] = []
  for (const each of missed) {
    const levels = listFillableLevels(each, trial.candidates)
    const filled = fillTrial(trial, fresh, levels)
    const found = lookAtMetric({ metric: each.metric, optional: false }, filled, { fresh: null, policy, beyond })
    if (found?.kind === 'compared') again.push(found)
    else stillMissed.push(each)
  }
  return { compared: again, missed: stillMissed, beyond }
}

function fillTrial({ candidates, control, ...rest }: Trial, fresh: FreshPasses, levels: readonly number[]): Trial {
  const fill = (rows: readonly HistoryRow[], by: HistoryRow | null) =>
    by === null ? rows : rows.map((row) => fillLevels(row, by, levels))
  return {
    ...rest,
    candidates: fill(candidates, fresh.row),
    control:
      control === null
        ? null
        : {
            ...control,
            candidates: fill(control.candidates, fresh.row),
            beside: { ...control.beside, controls: fill(control.beside.controls, fresh.control) },
          },
  }
}

function fillLevels(row: HistoryRow, fresh: HistoryRow, concurrencies: readonly number[]): HistoryRow {
  const freshLevels = new Map(fresh.levels.map((level) => [level.concurrency, level]))
  return {
    ...row,
    levels: row.levels.map((level) =>
      !level.valid && concurrencies.includes(level.concurrency) ? (freshLevels.get(level.concurrency) ?? level) : level,
    ),
  }
}

const OUTLOOK_RUNS = [1, 3, 8]

/** What this gate could see with more recorded runs, if they had the assumed spread. */
export function computeOutlook(candidates: readonly HistoryRow[], policy: DecisionPolicy): Outlook[] {
  const metrics = chooseMetrics(policy, candidates)
  const alpha = (METRICS_SHARE * policy.falseAlarmRate) / metrics.length
  return metrics.flatMap(({ metric }) =>
    OUTLOOK_RUNS.map((runs) => {
      const sd = policy.expectedSpread === 'auto' ? metricOf(metric).defaultSpread : policy.expectedSpread
      const { degrees } = estimateSpread({ squares: 0, degrees: runs - 1 }, { defaultSd: sd })
      const se = sd * Math.sqrt(1 + 1 / runs)
      return {
        metric,
        runs,
        smallestVisible: findSmallestVisible(se, degrees, {
          alpha,
          tolerance: toleranceOf(policy, metric),
          trimmed: false,
        }),
      }
    }),
  )
}
