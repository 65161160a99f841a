import { assumePreflight } from '../load/preflight/preflight.ts'
import { assumeTarget } from '../load/preflight/candidates.ts'
import { systemClock } from '../load/clock.ts'
import { planLevels } from '../plan/run-plan.ts'
import { listPossibleLevels } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { renderPlan } from '../render/progress.ts'
import type { ReportPlan } from '../report/run-report.ts'
import type { Settings, SourcedSetting } from '../settings.ts'
import { dropCodeMarks, showUrl } from '../text.ts'

/** What the cost of a plan rests on when no request was sent to find it out. */
const ASSUMPTION = 'assumes answers of 1 s'
/** No prompt is sent, so none need be unique. */
const NONCE = '0'.repeat(16)

/** What a run would do, found out without sending anything. */
interface DryRun {
  /** Fit to be shown. */
  readonly url: string
  readonly api: string
  readonly plan: ReportPlan
}

/** The plan, its cost and every setting with its source, as text. */
export function renderDryRun(settings: Settings, sources: readonly SourcedSetting[]): string {
  const { url, api, plan } = planWithoutAsking(settings)
  const width = Math.max(...sources.map(({ name }) => name.length))
  return [
    `would measure ${url} (${api}); nothing was sent`,
    renderPlan(plan),
    `(before preflight: ${ASSUMPTION})`,
    '',
    ...plan.cut.map((cut) => `  ! ${dropCodeMarks(cut)}`),
    ...sources.map(({ name, value, source }) => `${name.padEnd(width)}  ${value}  (${source})`),
    '',
  ].join('\n')
}

/** The same as JSON, for programs. */
export function encodeDryRun(settings: Settings, sources: readonly SourcedSetting[]): string {
  return `${JSON.stringify({ schema: 'plateau/dry-run@1', ...planWithoutAsking(settings), settings: sources }, null, 2)}\n`
}

function planWithoutAsking(settings: Settings): DryRun {
  const target = assumeTarget(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const plan = planLevels(
    settings,
    assumePreflight(settings, target, () => NONCE),
  )
  return { url: showUrl(target.url), api: target.api.name, plan: reportPlan(plan) }
}

/** The plan in one line, for a log. */
export function planLine(plan: Plan, { preflight }: Pick<Settings, 'preflight'>): string {
  return `${renderPlan(reportPlan(plan))}${preflight ? '' : ` (without preflight: ${ASSUMPTION})`}`
}

/** The plan as the report has it. */
function reportPlan(plan: Plan): ReportPlan {
  return { levels: listPossibleLevels(plan.ladder), passes: plan.ladder.passes, expected: plan.expected, cut: plan.cut }
}
