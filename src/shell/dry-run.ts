import { assumePreflight } from '../load/preflight/preflight.ts'
import { assumeTarget } from '../load/preflight/candidates.ts'
import { systemClock } from '../load/clock.ts'
import { planLevels } from '../plan/run-plan.ts'
import { listPossibleLevels } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { renderPlan } from '../render/progress.ts'
import type { ReportPlan } from '../report/run-report.ts'
import type { Settings, SourcedSetting } from '../settings.ts'
import { showUrl } from '../text.ts'

/** What the cost of a plan rests on when no request was sent to find it out. */
const ASSUMPTION = 'assumes answers of 1 s'
/** No prompt is sent, so none need be unique. */
const NONCE = '0'.repeat(16)

/** The plan, its cost and every setting with its source, as text. Nothing is sent to find it out. */
export function renderDryRun(settings: Settings, sources: readonly SourcedSetting[]): string {
  const target = assumeTarget(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const plan = planLevels(
    settings,
    assumePreflight(settings, target, () => NONCE),
  )
  const width = Math.max(...sources.map(({ name }) => name.length))
  return [
    `would measure ${showUrl(target.url)} (${target.api.name}); nothing was sent`,
    `${renderPlan(reportPlan(plan))} (before preflight: ${ASSUMPTION})`,
    '',
    ...plan.cut.map((cut) => `  ! ${cut}`),
    ...sources.map(({ name, value, source }) => `${name.padEnd(width)}  ${value}  (${source})`),
    '',
  ].join('\n')
}

/** The plan in one line, for a log. */
export function planLine(plan: Plan, { preflight }: Pick<Settings, 'preflight'>): string {
  return `${renderPlan(reportPlan(plan))}${preflight ? '' : ` (without preflight: ${ASSUMPTION})`}`
}

/** The plan as the report has it. */
function reportPlan(plan: Plan): ReportPlan {
  return { levels: listPossibleLevels(plan.ladder), passes: plan.ladder.passes, expected: plan.expected, cut: plan.cut }
}
