import { CHARACTERS_PER_TOKEN } from '../plan/cost.ts'
import type { Plan } from '../plan/plan.ts'
import { renderPlan } from '../render/progress.ts'
import type { PlannedRanges } from '../render/progress.ts'
import type { ReportPlan } from '../report/run-report.ts'
import type { Settings } from '../settings.ts'

/** A plan as it is told before anything is measured. */
export type ShownPlan = ReportPlan & PlannedRanges

/** The plan in one line, for a log. */
export function describePlan(plan: Plan, settings: Pick<Settings, 'preflight' | 'controlTiming' | 'prompts'>): string {
  const sides = plan.sides === 1 ? '' : describeSides(settings)
  return `${renderPlan(showPlan(plan))}${sides}${settings.preflight ? '' : ` (without preflight: ${describeAssumption(settings)})`}`
}

/** What the cost of a plan is based on when no request was sent. */
export function describeAssumption({ prompts }: Pick<Settings, 'prompts'>): string {
  return `assumes answers of 1 s${prompts === null ? '' : ` and ${CHARACTERS_PER_TOKEN} characters a token`}`
}

/** Says that the cost covers both sides, and when each is loaded. */
export function describeSides({ controlTiming }: Pick<Settings, 'controlTiming'>): string {
  return `, endpoint and control ${controlTiming === 'turns' ? 'in turns' : 'together'}`
}

/** The plan as in the report. */
export function showPlan({ ladder, windows, expected, cut }: Plan): ShownPlan {
  const { passes: mostPasses, leastPasses } = ladder
  const passes = leastPasses === undefined ? { passes: mostPasses } : { passes: leastPasses, mostPasses }
  const { leastMs, mostMs } = windows
  const range = { leastSeconds: leastMs / 1000, mostSeconds: mostMs / 1000 }
  return {
    levels: ladder.levels,
    ...(ladder.search != null && { isSearched: true }),
    ...passes,
    ...(ladder.once !== undefined && { once: ladder.once }),
    ...(leastMs < mostMs && { windows: range }),
    expected,
    cut,
  }
}
