import type { HistoryRow } from '../report/history.ts'
import type { ErrorRateComparison, LostLevel } from '../report/verdict.ts'
import { VERDICT_WORDS } from '../report/verdict.ts'
import { compareMetric } from './compare.ts'
import type { MissedMetric, RawComparison } from './compare.ts'
import { recordControls, selectPairs } from './control.ts'
import type { Beside } from './control.ts'
import { compareErrorRates, findLostLevels } from './failures.ts'
import type { MetricChoice } from './observe.ts'
import { pastOf } from './past.ts'
import type { Past } from './past.ts'
import { ERROR_RATE_SHARE, pickFreshPasses } from './policy.ts'
import type { DecideInput, DecisionPolicy } from './policy.ts'
import type { FreshPasses, SecondLook } from '../report/looks.ts'

/** What a run is held against: what was recorded, and what was measured beside it. At least one is there. */
export interface Sides {
  readonly candidates: readonly HistoryRow[]
  /** All recorded runs that can be compared with it. */
  readonly past: Past | null
  readonly control: ControlSide | null
}

/** The candidates that have a control, and the recorded runs that were measured beside the same one; without any, the control itself. */
export interface ControlSide {
  readonly candidates: readonly HistoryRow[]
  readonly past: Past
  readonly beside: Omit<Beside, 'fresh'>
}

/** Both sides of a run; null where there is nothing to hold it against. */
export function sidesOf({
  candidates,
  controls = [],
  sessions,
  baseline,
}: Pick<DecideInput, 'candidates' | 'controls' | 'sessions' | 'baseline'>): Sides | null {
  const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries
  const { series } = candidates[0]!
  const past = pastOf(entries, series)
  const paired = candidates.flatMap((row, i) => {
    const control = controls[i] ?? null
    return control === null ? [] : [{ row, control }]
  })
  const rows = paired.map(({ control }) => control)
  const pairs = rows.length === 0 ? null : pastOf(selectPairs(entries, rows[0]!), series)
  const own = pairs ?? pastOf(recordControls(rows), series)
  if (past === null && own === null) return null
  const beside = { controls: rows, isFresh: sessions?.fresh ?? false, alone: pairs === null }
  return {
    candidates,
    past,
    control: own === null ? null : { candidates: paired.map(({ row }) => row), past: own, beside },
  }
}

/** Looks at one metric: beside its control, and where that does not work, in the history alone. */
export function lookAt(
  choice: MetricChoice,
  { candidates, past, control }: Sides,
  { fresh, policy }: { readonly fresh: FreshPasses | null; readonly policy: DecisionPolicy },
): RawComparison | MissedMetric | null {
  const found =
    control === null
      ? null
      : compareMetric(choice, {
          past: control.past,
          candidates: control.candidates,
          fresh: fresh?.row ?? null,
          beside: { ...control.beside, fresh: fresh?.control ?? null },
          policy,
        })
  if (past === null || found?.kind === 'compared') return found
  return compareMetric(choice, { past, candidates, fresh: fresh?.row ?? null, beside: null, policy })
}

/** The recorded runs by whose failures a run is judged: all of them, or before there are any, the control. */
export function pastOfFailures({ past, control }: Sides): Past {
  return past ?? control!.past
}

/**
 * What failed more than it does: levels that were lost, and the error rate. What fails beside the control, too, is not the
 * candidate's doing. Of fresh sessions the last repeats those before.
 */
export function findFailures(
  sides: Sides,
  secondLook: SecondLook,
  policy: DecisionPolicy,
): { readonly lostLevels: readonly LostLevel[]; readonly errorRate: ErrorRateComparison | null } {
  const { control } = sides
  const past = pastOfFailures(sides)
  const lostLevels = findLostLevels(past, sides.candidates, pickFreshPasses(secondLook), policy)
  const repeats = secondLook === 'none' && control?.beside.isFresh === true && sides.candidates.length > 1
  const look = {
    candidates: repeats ? sides.candidates.slice(0, -1) : sides.candidates,
    alpha: ERROR_RATE_SHARE * policy.falseAlarmRate,
    secondLook: repeats ? { row: sides.candidates.at(-1)!, control: null } : secondLook,
  }
  const errorRate = compareErrorRates(past, look.candidates, look)
  if (control === null || sides.past === null) return { lostLevels, errorRate }
  const now = pastOf(recordControls(control.beside.controls), control.beside.controls[0]!.series)!
  const beside = compareErrorRates(now, look.candidates, look)
  const fails = (concurrency: number) =>
    control.beside.controls.every(({ levels }) =>
      levels.some((level) => level.concurrency === concurrency && level.state === 'lost'),
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
