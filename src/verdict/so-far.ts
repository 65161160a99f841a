import { openUsableTrial } from './history/trial.ts'
import { judgeMetrics, isSpreadAssumed, computeLevelOfProof, takeFirstLook, countLooks } from './judge.ts'
import type { JudgedMetric } from './judge.ts'
import type { DecisionPolicy, ScreenInput } from './policy.ts'
import { findFailures } from './compare/failures.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import type { Comparison } from '../report/verdict.ts'
import { computeUpperBound } from './compare/stand.ts'
import { changeOfY } from './history/observe.ts'

/** What the sessions so far come to. */
export interface SoFar {
  readonly word: 'red' | 'green' | 'open'
  /** Where it is open, what keeps it so. */
  readonly open: readonly OpenGround[]
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
 * Whether another session could still change the verdict. Red at the bound that accounts for all sessions; green when
 * none is suspect and no metric can be worse by twice its tolerance (one-sided 95 % bound; over the looks so far together
 * while the spread is partly assumed), or, with `gate: release`, when all are proven; else open. What stays open after the
 * last session is judged like any run.
 *
 * Without fresh sessions nothing is open: measuring the same deployments again does not show how deployments differ.
 */
export function judgeSoFar(input: ScreenInput): SoFar {
  const { candidates, policy } = input
  const looks = countLooks(input)
  const trial = openUsableTrial(input)
  if (trial === null) return { word: 'green', open: [] }
  const { compared, missed } = takeFirstLook(trial, policy)
  const judged = judgeMetrics(compared, policy, { looksTwice: false, looks, mayGoOn: looks.look < looks.most })
  const { lostLevels, errorRate } = findFailures(trial, 'none', policy)
  const words = [...judged, ...lostLevels].map(({ verdict }) => verdict)
  // Like a lost level, a rise of the error rate must be repeated before it counts.
  if (words.includes('regressed') || (errorRate?.verdict === 'regressed' && candidates.length > 1))
    return { word: 'red', open: [] }
  if (looks.most === 1) return { word: 'green', open: [] }
  const open: OpenGround[] = [
    ...judged.flatMap((each) => findOpenMetric(each, looks.look, policy) ?? []),
    ...missed.flatMap(({ metric, verdict, note }): OpenGround[] =>
      verdict === 'not-measured' ? [{ what: 'not-measured', metric, why: note }] : [],
    ),
    ...(lostLevels.length > 0 ? [{ what: 'levels-lost' } as const] : []),
    ...(errorRate !== null && errorRate.verdict !== 'no-change-seen' ? [{ what: 'errors' } as const] : []),
  ]
  return { word: open.length === 0 ? 'green' : 'open', open }
}

/** What is still open of a metric after this many looks; null when nothing is. */
function findOpenMetric({ raw, verdict }: JudgedMetric, look: number, policy: DecisionPolicy): OpenMetric | null {
  const { metric, ofPlateau, all, spread } = raw
  // Green ends them, so looks that would follow say nothing wrong.
  const level = isSpreadAssumed(raw) ? { level: computeLevelOfProof({ most: look, look }) } : {}
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
