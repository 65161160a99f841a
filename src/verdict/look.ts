import { isTooMuch } from '../vocabulary/levels.ts'
import type { HistoryRow } from '../report/history.ts'
import type { ErrorRateComparison, LostLevel } from '../report/verdict.ts'
import { VERDICT_WORDS } from '../report/verdict.ts'
import { compareMetric } from './compare.ts'
import type { MissedMetric, RawComparison } from './compare.ts'
import type { Beside } from './control.ts'
import { compareErrorRates, findLostLevels, levelsOfRise, findLevelsToRepeat } from './failures.ts'
import { chooseMetrics } from './observe.ts'
import type { MetricChoice } from './observe.ts'
import { pastOf, recordControls, selectPairs, seeAttempts, selectAttempts } from './past.ts'
import type { Past } from './past.ts'
import { ERROR_RATE_SHARE } from './policy.ts'
import type { DecideInput, DecisionPolicy } from './policy.ts'
import type { EarlierAttempt, FreshPasses, Looks, SecondLook } from '../report/looks.ts'
import { isLearnt } from './spread.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'

/** A run with what it is compared with: the recorded runs, its control, or both. */
export interface Trial {
  readonly candidates: readonly HistoryRow[]
  /** All recorded runs that can be compared with it. */
  readonly past: Past | null
  readonly control: ControlSide | null
  /** Earlier attempts that count together with this one. */
  readonly earlier: readonly EarlierAttempt[]
}

/** The candidates with a control, and the recorded runs measured beside the same one; without any, the control itself. */
export interface ControlSide {
  readonly candidates: readonly HistoryRow[]
  readonly past: Past
  readonly beside: Beside
}

/** Opens the trial of a run; null where there is nothing to compare it with. */
export function openTrial(
  input: Pick<DecideInput, 'candidates' | 'controls' | 'sessions' | 'baseline' | 'earlier'>,
): Trial | null {
  const { candidates, controls = [], sessions, baseline } = input
  const earlier = selectAttempts(input)
  const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries
  const { series } = candidates[0]!
  const past = pastOf(entries, series)
  const paired = candidates.flatMap((row, i) => {
    const control = controls[i] ?? null
    return control === null ? [] : [{ row, control }]
  })
  const rows = paired.map(({ control }) => control)
  if (rows.length === 0) return past === null ? null : { candidates, past, control: null, earlier }
  const pairs = pastOf(selectPairs(entries, rows[0]!), series)
  const own = pairs ?? pastOf(recordControls(rows), series)
  if (past === null && own === null) return null
  const beside = { controls: rows, isFresh: sessions?.fresh ?? false, alone: pairs === null }
  return {
    candidates,
    past,
    control: own === null ? null : { candidates: paired.map(({ row }) => row), past: own, beside },
    earlier,
  }
}

/** How often at most a growing run is judged: after each fresh session of each attempt, else once. */
export function countLooks({ sessions, earlier = [] }: Pick<Looks, 'sessions' | 'earlier'>): number {
  return sessions?.fresh === true ? sessions.most * (1 + earlier.length) : 1
}

/** Compares one metric with its control, or, where that is impossible, with the history alone. */
function lookAt(
  choice: MetricChoice,
  { candidates, past, control, earlier }: Trial,
  { fresh, policy }: { readonly fresh: FreshPasses | null; readonly policy: DecisionPolicy },
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
  })
  if (found?.kind !== 'compared') return alone
  return alone?.kind === 'compared' && isLearnt(alone.history.groups) ? { ...found, inHistory: alone.all } : found
}

/** Whether the newest recorded run was measured at the same host, as far as is known. */
function isSameHost({ entries }: Past, candidates: readonly HistoryRow[]): boolean {
  const [before, now] = [entries.at(-1)!.row.context.host, candidates[0]!.context.host]
  return before == null || now == null || before === now
}

/** The runs with whose failures a run is compared: all recorded ones, or the control while there are none. */
function pastOfFailures({ past, control }: Trial): Past {
  return past ?? control!.past
}

/**
 * Lost levels, and a risen error rate. What fails at the control, too, is not the candidate's doing. The last of
 * several fresh sessions counts as the repeat of the others.
 */
export function findFailures(
  trial: Trial,
  secondLook: SecondLook,
  policy: DecisionPolicy,
): { readonly lostLevels: readonly LostLevel[]; readonly errorRate: ErrorRateComparison | null } {
  const { control } = trial
  const past = pastOfFailures(trial)
  const fresh = typeof secondLook === 'string' ? null : secondLook.row
  const lostLevels = findLostLevels(past, trial.candidates, fresh, policy)
  const repeats = secondLook === 'none' && control?.beside.isFresh === true && trial.candidates.length > 1
  const look = {
    candidates: repeats ? trial.candidates.slice(0, -1) : trial.candidates,
    alpha: ERROR_RATE_SHARE * policy.falseAlarmRate,
    secondLook: repeats ? { row: trial.candidates.at(-1)!, control: null } : secondLook,
  }
  const errorRate = compareErrorRates(past, look.candidates, look)
  if (control === null || trial.past === null) return { lostLevels, errorRate }
  const now = pastOf(recordControls(control.beside.controls), control.beside.controls[0]!.series)!
  const beside = compareErrorRates(now, look.candidates, look)
  const fails = (concurrency: number) =>
    control.beside.controls.every(({ levels }) =>
      levels.some((level) => level.concurrency === concurrency && isTooMuch(level.state)),
    )
  return {
    lostLevels: lostLevels.map((lost) =>
      lost.verdict === 'regressed' && fails(lost.concurrency) ? { ...lost, verdict: 'suspect' } : lost,
    ),
    errorRate: errorRate === null || beside === null ? errorRate : pickMilder(errorRate, beside),
  }
}

function pickMilder(a: ErrorRateComparison, b: ErrorRateComparison): ErrorRateComparison {
  return VERDICT_WORDS.indexOf(b.verdict) > VERDICT_WORDS.indexOf(a.verdict) ? b : a
}

/** A metric gets a second look below this p and above this worsening. */
export const SCREEN_P = 0.05
const SCREEN_WORSENING = 0.03

/** What a second look must measure; both empty when none is needed. */
export interface Screening {
  readonly metrics: readonly GatedMetric[]
  readonly levels: readonly number[]
}

/** The first look at a run: every metric, and what needs a second look. */
export interface FirstLook {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
  readonly screening: Screening
}

/** What is known before a second look. */
export type ScreenInput = Omit<DecideInput, 'secondLook'>

/** The metrics and levels that look worse, or are missing by accident, and so deserve fresh passes. */
export function screen(input: ScreenInput): Screening {
  const { baseline, policy, trouble } = input
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  return trial === null ? { metrics: [], levels: [] } : takeFirstLook(trial, policy).screening
}

/** Looks at every metric and level once. */
export function takeFirstLook(trial: Trial, policy: DecisionPolicy): FirstLook {
  const { candidates } = trial
  const past = pastOfFailures(trial)
  const compared: RawComparison[] = []
  const missed: MissedMetric[] = []
  for (const choice of chooseMetrics(policy, candidates)) {
    const raw = lookAt(choice, trial, { fresh: null, policy })
    if (raw?.kind === 'compared') compared.push(raw)
    if (raw?.kind === 'missed') missed.push(raw)
  }
  const screened = compared.filter((raw) => isScreened(raw, policy))
  const levels = new Set(findLevelsToRepeat(findLostLevels(past, candidates, null, policy)))
  for (const raw of screened) for (const level of levelsOf(raw, candidates)) levels.add(level)
  for (const each of missed) for (const level of listFillableLevels(each, candidates)) levels.add(level)
  for (const level of levelsOfRise(past, candidates, ERROR_RATE_SHARE * policy.falseAlarmRate)) levels.add(level)
  const screening = {
    metrics: screened.map(({ metric }) => metric),
    levels: [...levels].sort((a, b) => a - b),
  }
  return { compared, missed, screening }
}

/** The levels to repeat for a metric; a figure of the whole run needs all. */
function levelsOf({ levels }: RawComparison, candidates: readonly HistoryRow[]): readonly number[] {
  return levels.length > 0 ? levels : candidates.flatMap((row) => row.levels.map((level) => level.concurrency))
}

/** What is known of the metrics of a run. */
export interface LookResult {
  readonly compared: readonly RawComparison[]
  readonly missed: readonly MissedMetric[]
}

/**
 * Looks again with fresh passes: they confirm screened metrics or not, and supply levels that a metric lacked by
 * accident. The latter are seen only once, so they cannot be red: where clearly worse they are `not-measured`, which
 * opens a segment on main. All other metrics stay unchanged.
 */
export function takeSecondLook(
  { compared, missed }: LookResult,
  trial: Trial,
  { fresh, policy }: { readonly fresh: FreshPasses; readonly policy: DecisionPolicy },
): LookResult {
  const again = compared.map((raw) => {
    if (!isScreened(raw, policy)) return raw
    const found = lookAt({ metric: raw.metric, optional: false }, trial, { fresh, policy })
    return found?.kind === 'compared' ? found : raw
  })
  const stillMissed: MissedMetric[] = []
  for (const each of missed) {
    const levels = listFillableLevels(each, trial.candidates)
    const filled = fillTrial(trial, fresh, levels)
    const found = lookAt({ metric: each.metric, optional: false }, filled, { fresh: null, policy })
    if (found?.kind === 'compared') again.push(found)
    else stillMissed.push(each)
  }
  return { compared: again, missed: stillMissed }
}

/** Levels that a metric lacks and that may succeed another time, unlike those with a rate limit. */
function listFillableLevels({ levelsMissing }: MissedMetric, candidates: readonly HistoryRow[]): readonly number[] {
  return levelsMissing.filter((concurrency) =>
    candidates.every((row) =>
      row.levels.some((level) => level.concurrency === concurrency && level.state !== 'limited'),
    ),
  )
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
