import { availableParallelism } from 'node:os'
import { assumePreflight } from '../load/preflight/preflight.ts'
import { assumeTarget } from '../load/preflight/candidates.ts'
import { systemClock } from '../load/runtime.ts'
import { describeSecondLook } from '../gate/measure-runs.ts'
import { planLevels } from '../plan/run-plan.ts'
import { describeThreads, planThreads } from '../plan/shares.ts'
import { renderCost, renderPlan } from '../words/progress.ts'
import { wrap, writePlain } from '../words/terminal.ts'
import { describePrompts, describeUnsent } from '../render/view/report.ts'
import type { ReportPlan } from '../report/run-report.ts'
import type { Settings, SourcedSetting } from '../settings.ts'
import { describeAssumption, describeSides, showPlan } from './measure.ts'
import type { ShownPlan } from './measure.ts'
import { dropCodeMarks, pluralise, showUrl } from '../text.ts'

/** No prompt is sent, so it need not be unique. */
const NONCE = '0'.repeat(16)

/** What a run would do, as far as it is known without sending anything. */
interface DryRun {
  /** Safe to show. */
  readonly url: string
  readonly api: string
  /** Safe to show; absent without a control. */
  readonly control?: string
  readonly plan: ShownPlan
}

/**
 * The plan, its cost and every setting with its source, as text for a terminal unless another width is given. Throws
 * SettingsError for what this machine cannot do.
 */
export function renderDryRun(
  settings: Settings,
  sources: readonly SourcedSetting[],
  layout: { readonly width?: number },
): string {
  const width = Math.max(...sources.map(({ name }) => name.length))
  const listed = sources.flatMap(({ name, value, source }) =>
    wrap(`${name.padEnd(width)}  ${value}  (${source})`, { ...layout, indent: width + 2 }),
  )
  if (settings.results !== null) return ['would judge results; nothing was read or sent', '', ...listed, ''].join('\n')
  const { url, api, control, plan, secondLook } = planWithoutAsking(settings)
  const beside = control === undefined ? '' : ` beside ${control}`
  return [
    ...wrap(describeAct(`${url} (${api})${beside}`, settings), layout),
    ...wrap(`${renderPlan(plan)}${describeShare(settings)}`, layout),
    ...(secondLook === null ? [] : wrap(secondLook, layout)),
    describeThreads(planThreads(settings.clientThreads, availableParallelism())),
    ...describeFile(settings).flatMap((line) => wrap(line, layout)),
    `(before preflight: ${describeAssumption(settings)})`,
    '',
    ...plan.cut.flatMap((cut) => wrap(`  ! ${dropCodeMarks(cut)}`, { ...layout, indent: 4 })),
    ...listed,
    '',
  ].join('\n')
}

/**
 * What several scenarios, measured one after the other, cost together: a line for all, and one for each. Known before
 * anything is sent. Throws SettingsError for what this machine cannot do.
 */
export function describePlans(scenarios: readonly Settings[]): string[] {
  const plans = scenarios.map((settings) => ({ settings, plan: planWithoutAsking(settings).plan }))
  const add = (pick: (expected: ReportPlan['expected']) => number): number =>
    plans.reduce((sum, { plan }) => sum + pick(plan.expected), 0)
  const all = {
    seconds: add(({ seconds }) => seconds),
    requests: add(({ requests }) => requests),
    inputTokens: add(({ inputTokens }) => inputTokens),
    outputTokens: add(({ outputTokens }) => outputTokens),
  }
  const withPrompts = scenarios.find(({ prompts }) => prompts !== null) ?? { prompts: null }
  return [
    `${scenarios.length} scenarios, one after the other: ${renderCost(all)} (before preflight: ${describeAssumption(withPrompts)})`,
    ...plans.map(({ settings, plan }) => `  ${settings.name}: ${renderPlan(plan)}${describeShare(settings)}`),
  ]
}

/** Which prompts of a file would be sent. */
function describeFile({ sentPrompts }: Settings): string[] {
  if (sentPrompts === null) return []
  const sentences = [describePrompts(sentPrompts), describeUnsent(sentPrompts)]
  return sentences.flatMap((sentence) => (sentence === null ? [] : [writePlain(sentence)]))
}

/** Says what would be done, and that nothing was. */
function describeAct(what: string, { candidateCommand, controlCommand, redeployCommand, sessions }: Settings): string {
  const upTo = `in up to ${pluralise(sessions, 'session')}`
  if (controlCommand !== null)
    return `would start two servers in turn ${upTo}, and measure ${what}; nothing was started or sent`
  if (redeployCommand !== null) return `would deploy anew and measure ${what} ${upTo}; nothing was run or sent`
  if (candidateCommand !== null) return `would start a server and measure ${what}; nothing was started or sent`
  return `would measure ${what}; nothing was sent`
}

/** Which part of the run the cost of the plan covers. */
function describeShare(settings: Settings): string {
  const { control, controlCommand, redeployCommand } = settings
  if (controlCommand !== null) return ', for each server in each session'
  const sides = control === null ? '' : describeSides(settings)
  return redeployCommand === null ? sides : `${sides}, for each session`
}

/** The same as JSON, for programs. */
export function encodeDryRun(settings: Settings, sources: readonly SourcedSetting[]): string {
  const { results } = settings
  const prompts = settings.sentPrompts === null ? {} : { prompts: settings.sentPrompts }
  const { secondLook: _, ...planned } = results === null ? planWithoutAsking(settings) : { secondLook: null, results }
  return `${JSON.stringify({ schema: 'plateau/dry-run@1', ...planned, ...prompts, settings: sources }, null, 2)}\n`
}

/** The plan, and what is said of a second look; null where nothing is compared. */
function planWithoutAsking(settings: Settings): DryRun & { readonly secondLook: string | null } {
  const target = assumeTarget(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const { control, controlTiming } = settings
  const plan = planLevels(settings, {
    ...assumePreflight(settings, target, () => NONCE),
    control: control === null ? null : controlTiming,
    preflightAhead: settings.preflight,
  })
  return {
    url: showUrl(target.url),
    api: target.api.name,
    ...(control !== null && { control: showUrl(control) }),
    plan: showPlan(plan),
    secondLook: settings.baseline.kind === 'none' && control === null ? null : describeSecondLook(plan, settings),
  }
}
