import type { Comparison, ControlSummary, Verdict } from '../../report/verdict.ts'
import { formatShare, pluralise } from '../format.ts'
import { formatVisible, joinShortList, nameOf } from '../metric-words.ts'
import { joinSentences, quoteProse, say } from '../parts.ts'
import type { Sentence } from '../parts.ts'

/** Whether the control decided about any metric: then the hour, the network and the machine are the same on both sides. */
export function isJudgedByControl({ comparisons }: Pick<Verdict, 'comparisons'>): boolean {
  return comparisons.some(({ control }) => control !== null)
}

/** Whether it was compared with its control alone, because no recorded run was measured beside one. */
export function isFirstBesideControl({ comparisons }: Pick<Verdict, 'comparisons'>): boolean {
  const judged = comparisons.filter(({ change }) => change !== null)
  return judged.length > 0 && judged.every(({ control }) => control?.pairs === 0)
}

/** What was compared with where it is the control alone, without the full stop. */
export function nameControlAlone({ sessions, fresh }: ControlSummary): string {
  const each = sessions === 1 ? '' : ' for each'
  const how = fresh ? `in ${pluralise(sessions, 'session')}, both started anew${each}` : 'measured beside it'
  return `Compared with the control alone, ${how}`
}

/** What a comparison with a control rests on, and why there was none; null where nobody asked for one. */
export function describeControl(verdict: Verdict): Sentence | null {
  const { control } = verdict
  if (control === null) return null
  const troubles = control.troubles.map((why) => say`The control: ${quoteProse(why)}.`)
  const grounds = isJudgedByControl(verdict)
    ? describeGrounds(verdict)
    : 'The control did not decide: the recorded runs alone did.'
  return joinSentences([grounds, ...troubles], ' ')
}

function describeGrounds(verdict: Verdict): string {
  const { sessions, fresh } = verdict.control!
  if (isFirstBesideControl(verdict)) {
    const spread = sessions > 1 && fresh ? 'such sessions' : 'two deployments of the same code'
    return `It needs no history, for both sides had the same minutes; how far ${spread} lie apart is ${sessions > 1 && fresh ? 'partly ' : ''}assumed.`
  }
  const sides = `Measured beside its control in ${pluralise(sessions, 'session')}${fresh ? ', both sides started anew for each' : ''}.`
  const moved = verdict.comparisons
    .filter(({ control }) => control !== null && control.pairs > 0)
    .map((comparison) => `${formatShare(comparison.control!.theta)} in ${nameOf(comparison)}`)
  const pairs = Math.max(...verdict.comparisons.map(({ control }) => control?.pairs ?? 0))
  return `${sides} ${pluralise(pairs, 'recorded run')} beside the control ${pairs === 1 ? 'tells' : 'tell'} how much of its movement is common: ${joinShortList(moved)}.`
}

/** From here on a history alone finds only what is large. */
const WIDE_SPREAD = 0.03
/** Before, what is assumed is most of the spread. */
const FEWEST_GROUPS = 8

/** What a gate on a noisy endpoint can see, and what would let it see more; null where it sees well, or has a control. */
export function describeFineness({ comparisons, control, policy }: Verdict): string | null {
  if (control !== null || policy.decision === 'threshold') return null
  const noisy = comparisons.filter((comparison) => isNoisy(comparison))
  if (noisy.length === 0) return null
  const finds = noisy.map((comparison) => `${nameOf(comparison)} ${formatVisible(comparison)}`)
  const widest = Math.max(...noisy.map(({ spread }) => spread!))
  return `Runs of the same code spread by up to ${formatShare(widest)} here, so this gate finds ${joinShortList(finds)} in 4 of 5 runs, and more history changes little. A \`control\` beside the candidate takes away what both have in common.`
}

function isNoisy({ spread, groups, smallestVisible }: Comparison): boolean {
  return spread !== null && spread >= WIDE_SPREAD && groups >= FEWEST_GROUPS && smallestVisible !== null
}
