import type { RunReport } from '../../../report/run-report.ts'
import type { Comparison, Verdict } from '../../../report/verdict.ts'
import { formatOneOf, formatShare } from '../../../words/format.ts'
import { IN_FOUR_OF_FIVE, joinShortList, nameOf, nameVisible } from '../../../words/metric-words.ts'
import type { ViewSituation } from '../input.ts'
import { isFirstBesideControl } from './baseline.ts'

/** What a gate promises and what it can see: how often unchanged code is red, and how small a change it finds. */

/** How often unchanged code is red, and what that means for whatever shares a run; null where it does not matter. */
function describeChance({
  verdict: judged,
  gates,
  scenarios,
}: Pick<ViewSituation, 'verdict' | 'gates' | 'scenarios'>): string | null {
  const { falseAlarmRate, policy, verdict, comparisons, control } = judged
  if (comparisons.length === 0 || verdict === 'accepted' || policy.gate === 'release') return null
  if (falseAlarmRate === null) {
    return policy.decision === 'threshold'
      ? 'How often unchanged code would be red is not known yet: `decision: threshold` does not look at noise.'
      : null
  }
  if (policy.decision === 'statistical') {
    const often = `Unchanged code is red in about ${formatOneOf(falseAlarmRate)} runs`
    const isGiven = comparisons.some(({ assumedSpread }) => assumedSpread)
    const isShown = control !== null && control.fresh && control.sessions > 1
    const alone = isFirstBesideControl({ comparisons })
      ? `${often} measured like this one, if two deployments of it differ as assumed${isShown ? ', or as its sessions show' : ''}.`
      : `${often} made like the recorded ones${isGiven ? ', as long as these spread by no more than `expected-spread` says' : ''}.`
    const together = scenarios === 1 ? alone : `${alone} ${describeScenarios(falseAlarmRate, scenarios)}`
    return gates === 1 ? together : `${together} ${describeGates(falseAlarmRate * scenarios, gates)}`
  }
  const often = falseAlarmRate > 0.5 ? 'more than half of all' : `about ${formatOneOf(falseAlarmRate)}`
  return `With \`decision: threshold\` unchanged code would be red in ${often} runs.`
}

/** What that means for a run of several scenarios, which share its rate. */
function describeScenarios(falseAlarmRate: number, scenarios: number): string {
  return `That is at most ${countInHundred(falseAlarmRate * scenarios)} in 100 for the ${scenarios} scenarios of this run together.`
}

/** What that means where several jobs of a matrix each judge alone. */
function describeGates(falseAlarmRate: number, gates: number): string {
  return `With ${gates} jobs in this matrix that is at most ${countInHundred(gates * falseAlarmRate)} in 100 for the ${gates} gates together; with \`defer\` and a report job all of them share one rate.`
}

function countInHundred(rate: number): number {
  return Number((100 * Math.min(1, rate)).toPrecision(2))
}

/** The chance of a false alarm; of a red run also where it is higher, unless only limits decided, and what to do where a job can be run again. */
export function describeChanceAndRemedy({ verdict, gates, scenarios, links, queued }: ViewSituation): string | null {
  const likely = describeChance({ verdict, gates, scenarios })
  const inflated = describeInflation(verdict)
  const isByLimit = verdict.reasons.every((reason) => reason.startsWith('limit'))
  if (likely === null || verdict.verdict !== 'regressed' || isByLimit) return likely
  const surer = queued === null ? 're-run the job: its attempts count together' : describeRequeueing(queued)
  return [
    likely,
    ...describeUnpromised(verdict),
    ...(inflated === null ? [] : [inflated]),
    ...(links.run === null ? [] : [`To be surer, ${surer}.`]),
  ].join(' ')
}

/**
 * How often unchanged code is red where the promise does not hold and nothing in the run shows it: something that one in
 * fifty runs meets and the recorded ones have not; a spread that has just grown from 1.5 to 4 %, each metric for itself;
 * and a step of main by 7 % that the control does not follow.
 */
const UNPROMISED = { unmet: 0.03, grown: 0.15, pinned: 0.08 }

function describeUnpromised({ falseAlarmRate, policy, comparisons, control }: Verdict): string[] {
  const isKnown = comparisons.some(({ verdict, groups }) => verdict === 'regressed' && groups > 0)
  if (policy.decision !== 'statistical' || falseAlarmRate === null || !isKnown) return []
  return control !== null && control.pairs > 0
    ? [
        `Just after the default branch has become slower and the control has not, up to ${countInHundred(UNPROMISED.pinned)} of 100 are red.`,
      ]
    : [
        `Where something slows a run now and then that no recorded run has met, up to ${countInHundred(UNPROMISED.unmet)} of 100 are red.`,
        `Where runs have just begun to spread more than the recorded ones, up to ${countInHundred(UNPROMISED.grown)} of 100 are red.`,
      ]
}

/**
 * Red changes are selected for being large: those that a gate rarely finds are overestimated when found (a true +10 %
 * at a spread of 5 % is shown as +19 %). Null where changes of this size are found in four of five runs.
 */
function describeInflation({ comparisons, policy }: Verdict): string | null {
  if (policy.decision === 'threshold') return null
  const large = comparisons.filter(
    ({ verdict, worsening, smallestVisible }) =>
      verdict === 'regressed' && worsening !== null && smallestVisible !== null && worsening < smallestVisible,
  )
  if (large.length === 0) return null
  return `What was seen is smaller than what is found ${IN_FOUR_OF_FIVE} runs (${joinShortList(large.map(nameVisible))}); on average such changes are smaller than they look when they are red.`
}

/** How to run again where a merge queue measures: not by re-running the job. */
export function describeRequeueing(queued: number): string {
  return `add #${queued} to the merge queue again`
}

/** From this spread on, a history alone finds only large changes. */
const WIDE_SPREAD = 0.03
/** With fewer groups, most of the spread is assumed. */
const FEWEST_GROUPS = 8

/** How small a change is visible at a noisy endpoint, and whether it has just become noisier; null where neither. */
export function describeFineness(verdict: Verdict, report: Pick<RunReport, 'imported'> | null): string | null {
  const sentences = [describeGrown(verdict), describeVisible(verdict, report)].filter((each) => each !== null)
  return sentences.length === 0 ? null : sentences.join(' ')
}

/**
 * Where recorded runs have begun to spread more, so that none before the newest says how much; null where none have. The spread that is used is not
 * theirs alone: they are few, and part of it is assumed.
 */
function describeGrown({ comparisons }: Verdict): string | null {
  const grown = comparisons.flatMap((comparison) =>
    comparison.spreadBefore === undefined
      ? []
      : [
          `${nameOf(comparison)} (${formatShare(comparison.spreadBefore)} before, ${formatShare(comparison.spread)} used now)`,
        ],
  )
  if (grown.length === 0) return null
  return `The newest recorded runs spread more than those before: ${joinShortList(grown)}. Those before say no more how far runs may lie apart; \`plateau audit\` splits it by its causes.`
}

/** What a gate on a noisy endpoint can see, and what would help; null where it is not noisy, or has a control. */
function describeVisible(
  { comparisons, control, policy }: Verdict,
  report: Pick<RunReport, 'imported'> | null,
): string | null {
  if (control !== null || policy.decision === 'threshold') return null
  const noisy = comparisons.filter((comparison) => isNoisy(comparison))
  if (noisy.length === 0) return null
  const widest = Math.max(...noisy.map(({ spread }) => spread!))
  return `Runs of the same code spread by up to ${formatShare(widest)} here, so this gate finds ${joinShortList(noisy.map(nameVisible))} ${IN_FOUR_OF_FIVE} runs, and more history changes little.${report?.imported === undefined ? ' A `control` beside the candidate removes what both have in common.' : ''}`
}

function isNoisy({ spread, groups, smallestVisible }: Comparison): boolean {
  return spread !== null && spread >= WIDE_SPREAD && groups >= FEWEST_GROUPS && smallestVisible !== null
}
