/** What the calibration asks, and how often: one list, from which bench and tables are made. */
import type { Verdict } from '../../src/report/verdict.ts'
import { UNCHANGED, USUAL } from '../../test/support/simulated-history.ts'
import type { Slowdown } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'
import { isRed } from './calibration.ts'
import type { Question, Study } from './calibration.ts'

export const SPREADS = [0.015, 0.02, 0.03, 0.05]
export const SHORT = [1, 2, 3, 5, 8, 10]
export const LONG = [20, 50]
export const FAILING_GROUPS = [1, 3, 5, 10, 20, 50]
export const GATES_SPREADS = [0.02, 0.03]

export const SLOWER_TPOT: Slowdown = { ...UNCHANGED, tpot: 1.1 }
/** A server whose steps take a fifth longer gives its tokens a fifth slower, one by one and together. */
export const STEP: Slowdown = { ttft: 1, tpot: 1.2, throughput: 1.2 }

/** All of it slower by one factor. */
export function slowAll(by: number): Slowdown {
  return { ttft: by, tpot: by, throughput: by }
}

const found = (verdict: Verdict): boolean => verdict.verdict === 'regressed' && verdict.reasons.includes('tpot-p50')
/** What is significant, and explained otherwise than by the code. */
const doubted = ({ comparisons }: Verdict): boolean =>
  comparisons.some(({ metric, doubt }) => metric === 'tpot-p50' && doubt !== null)
/** By how much a TPOT that is red is shown as slower. */
const shown = (verdict: Verdict): number | null =>
  found(verdict) ? verdict.comparisons.find(({ metric }) => metric === 'tpot-p50')!.change : null
const green = (verdict: Verdict): boolean => verdict.check === 'pass'
const told = ({ comparisons }: Verdict): boolean => comparisons.some(({ provisional }) => provisional !== null)

/** Unchanged code, judged by the defaults. */
export function unchanged(candidates: number): Question {
  return {
    name: 'unchanged',
    slowdown: UNCHANGED,
    candidates,
    counts: {
      red: isRed,
      'not measured': ({ verdict }) => verdict === 'not-measured',
      suspect: ({ verdict }) => verdict === 'suspect',
      regressed: ({ verdict }) => verdict === 'regressed',
      'errors red': ({ errorRate }) => errorRate?.verdict === 'regressed',
      'red though told': (verdict) => isRed(verdict) && told(verdict),
      told,
    },
  }
}

/** TPOT that is 10 % slower than main, and nothing else. */
export function slower(candidates: number): Question {
  return { name: 'slower', slowdown: SLOWER_TPOT, candidates, counts: { found, doubted }, figure: shown }
}

/** Everything that is slower by this many percent, as on a slower machine. */
export function slowerInAll(percent: number, candidates: number): Question {
  const slowdown = slowAll(1 + percent / 100)
  return { name: `all ${percent} %`, slowdown, candidates, counts: { found: ({ verdict }) => verdict === 'regressed' } }
}

/** TPOT that is slower by what the report names. */
export function named(candidates: number): Question {
  return { name: 'named', slowdown: UNCHANGED, asNamed: true, candidates, counts: { found } }
}

/** The same two, by `gate: release`. */
export function release(candidates: number): readonly Question[] {
  const policy = { gate: 'release' } as const
  return [
    { name: 'release unchanged', slowdown: UNCHANGED, policy, candidates, from: 8, counts: { green } },
    { name: 'release slower', slowdown: SLOWER_TPOT, policy, candidates, from: 8, counts: { green } },
  ]
}

function threshold(candidates: number): readonly Question[] {
  const policy = { decision: 'threshold' } as const
  return [
    { name: 'threshold unchanged', slowdown: UNCHANGED, policy, candidates, counts: { red: isRed } },
    { name: 'threshold slower', slowdown: SLOWER_TPOT, policy, candidates, counts: { found } },
  ]
}

/** Main that takes a step after `before` runs; candidates come after one, two, three and five runs at the new level. */
export function stepStudy(before: number, study: Pick<Study, 'histories' | 'seed' | 'questions'>): Study {
  return {
    world: { ...USUAL, spread: 0.015 },
    policy: POLICY,
    main: (group) => (group < before ? UNCHANGED : STEP),
    groups: [1, 2, 3, 5].map((after) => before + after),
    ...study,
  }
}

/** In one run of twenty 5 points more of all requests fail from beginning to end, in its second look too or not. */
export function failingStudy(lasting: boolean, study: Pick<Study, 'groups' | 'histories' | 'questions'>): Study {
  const failingRuns = { share: 0.05, errors: 0.05, lasting }
  return { ...usualStudy(0.02, study), world: { ...USUAL, failingRuns } }
}

export function usualStudy(spread: number, study: Pick<Study, 'groups' | 'histories' | 'questions'>): Study {
  return { world: { ...USUAL, spread }, policy: POLICY, seed: `usual/${spread}`, ...study }
}

/** Eight gates of one pull request, which share one false-alarm rate or have one each; ten recorded runs. */
export function gatesStudy(spread: number, histories: number): Study {
  const apart = (question: Question): Question => ({ ...question, name: `${question.name} apart`, apart: true })
  const questions = [unchanged(5), slower(2)]
  const study = { groups: [10], histories, questions: [...questions, ...questions.map(apart)] }
  return { ...usualStudy(spread, study), seed: `gates/${spread}`, gates: 8 }
}

/** Every study of the bench by its name. `scale` 1 is the whole of it. */
export function studies(scale: number): Readonly<Record<string, Study>> {
  const times = (histories: number): number => Math.max(2, Math.round(histories * scale))
  const everything = (candidates: number, others: number): readonly Question[] => [
    unchanged(candidates),
    slower(others),
    named(others),
    ...release(others),
    ...threshold(others),
  ]
  const plain = (candidates: number): readonly Question[] => [unchanged(candidates), slower(1)]
  const half = { ...USUAL, sharedByConfirm: 0.5 }
  const slowJobs = { ...USUAL, slowJobs: { share: 0.015, factor: 1.25 } }
  const expected = { ...POLICY, expectedSpread: 0.015 }
  return Object.fromEntries([
    ...SPREADS.flatMap((spread) => [
      [`short ${spread}`, usualStudy(spread, { groups: SHORT, histories: times(4000), questions: everything(8, 1) })],
      [`long ${spread}`, usualStudy(spread, { groups: LONG, histories: times(500), questions: everything(20, 6) })],
    ]),
    ...GATES_SPREADS.map((spread) => [`gates ${spread}`, gatesStudy(spread, times(120))]),
    ...[0.02, 0.05].map((spread) => [
      `half ${spread}`,
      {
        ...usualStudy(spread, { groups: SHORT, histories: times(2000), questions: plain(5) }),
        world: { ...half, spread },
      },
    ]),
    ...[10, 20].map((before) => [
      `step ${before}`,
      stepStudy(before, { histories: times(1000), seed: `step/${before}`, questions: plain(4) }),
    ]),
    [
      'slow jobs',
      {
        ...usualStudy(0.02, { groups: [5, 10, 20, 50], histories: times(500), questions: plain(20) }),
        world: slowJobs,
      },
    ],
    ...[false, true].map((lasting) => [
      `failing ${lasting}`,
      failingStudy(lasting, { groups: FAILING_GROUPS, histories: times(500), questions: [unchanged(20)] }),
    ]),
    ...[0.015, 0.03].map((spread) => [
      `expected ${spread}`,
      {
        ...usualStudy(spread, { groups: [1, 2, 3, 4, 5], histories: times(4000), questions: plain(5) }),
        policy: expected,
      },
    ]),
  ] as [string, Study][])
}
