/**
 * How often the gate is wrong, over simulated histories with everything switched on: a bounded version of
 * `npm run bench -- calibration`. It is seeded, so it cannot fail by chance twice; each bound says that what was counted
 * would be a surprise (one in a thousand) if the promise did not hold.
 */
import { expect, test } from 'vitest'
import { playAttempts } from '../../bench/support/attempts-study.ts'
import { answerParts, playPart, runStudy } from '../../bench/support/calibration.ts'
import type { Answer, Question, Rate } from '../../bench/support/calibration.ts'
import {
  failingStudy,
  gatesStudy,
  release,
  slower,
  SPREADS,
  stepStudy,
  unchanged,
  usualStudy,
} from '../../bench/support/calibration-studies.ts'
import { firstPullRequest, freshSessions, oneSession, sharedWorlds } from '../../bench/support/control-studies.ts'
import { worldStudies } from '../../bench/support/worlds.ts'

const SURPRISE = 0.001

/** P(X ≥ hits) of n draws with this chance each. */
function atLeast(hits: number, n: number, chance: number): number {
  let below = 0
  let log = n * Math.log1p(-chance)
  for (let i = 0; i < hits; i++) {
    below += Math.exp(log)
    log += Math.log((n - i) / (i + 1)) + Math.log(chance / (1 - chance))
  }
  return 1 - below
}

/** What was counted fits a share of at most `share`. */
function expectAtMost({ hits, candidates }: Rate, share: number): void {
  expect(atLeast(hits, candidates, share), `${hits} of ${candidates}, promised at most ${share}`).toBeGreaterThan(
    SURPRISE,
  )
}

/** What was counted fits a share of at least `share`. */
function expectAtLeast({ hits, candidates }: Rate, share: number): void {
  const misses = candidates - hits
  expect(
    atLeast(misses, candidates, 1 - share),
    `${hits} of ${candidates}, promised at least ${share}`,
  ).toBeGreaterThan(SURPRISE)
}

function rateOf(answers: readonly Answer[], question: string, groups: number, count: string): Rate {
  return answers.find((answer) => answer.question === question && answer.groups === groups)!.rates[count]!
}

/** All numbers of groups together. */
function poolRates(answers: readonly Answer[], question: string, count: string): Rate {
  const rates = answers.filter((answer) => answer.question === question).map((answer) => answer.rates[count]!)
  const hits = rates.reduce((sum, rate) => sum + rate.hits, 0)
  const candidates = rates.reduce((sum, rate) => sum + rate.candidates, 0)
  return { ...rates[0]!, hits, candidates, share: hits / candidates }
}

test('histories that are played in parts come to what they come to in one go', () => {
  const study = usualStudy(0.05, { groups: [1, 2], histories: 5, questions: [unchanged(2), slower(1)] })
  const parts = [playPart(study, { from: 0, to: 2 }), playPart(study, { from: 2, to: 5 })]
  expect(answerParts(parts)).toEqual(runStudy(study))
})

const usual = new Map<number, readonly Answer[]>()

/** Runs with so much spread, whatever is asked of them: to let histories grow takes longer than to ask. */
function answersAt(spread: number): readonly Answer[] {
  const narrow = spread <= 0.02
  const answers =
    usual.get(spread) ??
    runStudy(
      usualStudy(spread, {
        groups: [1, 2, 3, 5, 8, 10, ...(narrow ? [20] : [])],
        histories: narrow ? 8 : 12,
        questions: [
          unchanged(4),
          ...(narrow ? [{ ...slower(7), from: 8 }] : []),
          ...(spread === 0.02 ? release(7).map((question) => ({ ...question, from: 10 })) : []),
        ],
      }),
    )
  usual.set(spread, answers)
  return answers
}

test('the bounds of the test are the binomial ones', () => {
  // SciPy: binom.sf(k - 1, n, p).
  expect(atLeast(0, 10, 0.3)).toBe(1)
  expect(atLeast(3, 10, 0.3)).toBeCloseTo(0.6172172136, 9)
  expect(atLeast(20, 1000, 0.01)).toBeCloseTo(0.0032883598, 9)
})

test.each(SPREADS)(
  'at a spread of %d at most one run of unchanged code in a hundred is red or not measured',
  (spread) => {
    const answers = answersAt(spread)
    const groups = new Set(answers.map((answer) => answer.groups))
    for (const so of groups) expectAtMost(rateOf(answers, 'unchanged', so, 'red'), 0.01)
    expectAtMost(poolRates(answers, 'unchanged', 'red'), 0.01)
  },
)

test('so it is over all spreads together', () => {
  const rates = SPREADS.flatMap((spread) => answersAt(spread).filter(({ question }) => question === 'unchanged'))
  const byGroups = Map.groupBy(rates, ({ groups }) => groups)
  for (const answers of byGroups.values()) expectAtMost(poolRates(answers, 'unchanged', 'red'), 0.01)
  expectAtMost(poolRates(rates, 'unchanged', 'red'), 0.01)
})

test('so it is with histories of 20 and 50 runs', () => {
  const answers = runStudy(usualStudy(0.05, { groups: [20, 50], histories: 4, questions: [unchanged(30)] }))
  expectAtMost(rateOf(answers, 'unchanged', 20, 'red'), 0.01)
  expectAtMost(rateOf(answers, 'unchanged', 50, 'red'), 0.01)
})

test('failures of a whole run that are over in the second look are no risen error rate, lasting ones seldom', () => {
  const of = (lasting: boolean) =>
    runStudy(failingStudy(lasting, { groups: [3, 10, 20], histories: 6, questions: [unchanged(16)] }))
  expectAtMost(poolRates(of(false), 'unchanged', 'errors red'), 0.0005)
  expectAtMost(poolRates(of(true), 'unchanged', 'errors red'), 0.03)
})

test('a TPOT that is 10 % slower is found where the spread lets it be', () => {
  const narrow = answersAt(0.015)
  expectAtLeast(rateOf(narrow, 'slower', 8, 'found'), 0.85)
  expectAtLeast(rateOf(narrow, 'slower', 10, 'found'), 0.93)
  expectAtLeast(rateOf(narrow, 'slower', 20, 'found'), 0.97)
  const wider = answersAt(0.02)
  expectAtLeast(rateOf(wider, 'slower', 8, 'found'), 0.6)
  expectAtLeast(rateOf(wider, 'slower', 10, 'found'), 0.7)
  expectAtLeast(rateOf(wider, 'slower', 20, 'found'), 0.8)
})

test('a release of unchanged code passes, one of a TPOT that is 10 % slower does not', () => {
  const answers = answersAt(0.02)
  for (const groups of [10, 20]) {
    expectAtLeast(rateOf(answers, 'release unchanged', groups, 'green'), 0.85)
    expectAtMost(rateOf(answers, 'release slower', groups, 'green'), 0.06)
  }
})

test.each([10, 20])(
  'when main has stepped after %d runs, innocent changes are green and told of it, and the next slowdown is found',
  (before) => {
    const questions = [unchanged(8), { ...slower(6), from: before + 3 }]
    const answers = runStudy(stepStudy(before, { histories: 9, seed: 'test/step', questions }))
    for (const after of [1, 2, 3, 5]) expectAtMost(rateOf(answers, 'unchanged', before + after, 'red'), 0.01)
    for (const after of [1, 2]) expectAtLeast(rateOf(answers, 'unchanged', before + after, 'told'), 0.99)
    expectAtLeast(rateOf(answers, 'slower', before + 3, 'found'), 0.9)
  },
)

test('eight gates of one report job keep to one false-alarm rate together', () => {
  const [question] = gatesStudy(0.03, 4).questions
  const answers = runStudy({ ...gatesStudy(0.03, 4), groups: [8], questions: [question!] })
  expectAtMost(rateOf(answers, 'unchanged', 8, 'red'), 0.015)
})

/** One of the worlds of the bench, asked one question at one number of groups. */
function visitWorld(name: string, groups: number, question: Question): Answer[] {
  return runStudy({ ...worldStudies(0.03)[name]!, groups: [groups], questions: [question] })
}

test.each([
  ['main at night, pull requests by day, 5 %', 10, 0.02],
  ['main at night, pull requests by day, 10 %', 10, 0.02],
  ['all recorded in one day, days differ by 3 %', 20, 0.02],
  ['each run has .6 of the one before, 2 %', 10, 0.01],
  ['5 runs a day, days differ by 3 %', 20, 0.03],
  ['a slow node in a tenth of the runs', 20, 0.03],
  ['main with 5 runs, pull requests with 1, a quarter shared', 10, 0.02],
  ['main steps by 7 %, 20 before', 21, 0.04],
])('in the world "%s" at most the stated share of unchanged code is red', (name, groups, share) => {
  expectAtMost(rateOf(visitWorld(name, groups, unchanged(5)), 'unchanged', groups, 'red'), share)
})

test('one bad run of main does not hide the next slowdown', () => {
  const answers = visitWorld('one run of main 20 % slower, 9 before', 11, slower(2))
  expectAtLeast(rateOf(answers, 'slower', 11, 'found'), 0.7)
})

test('the first pull request beside a control, in three fresh sessions: unchanged code is not red, a TPOT 10 % slower is', () => {
  const answers = runStudy(firstPullRequest(60))
  expectAtMost(rateOf(answers, 'unchanged', 0, 'red'), 0.01)
  expectAtLeast(rateOf(answers, 'slower', 0, 'found'), 0.8)
  expectAtLeast(rateOf(answers, 'much slower', 0, 'found'), 0.95)
})

test.each([
  ['main at night, pull requests by day, 10 %', 0],
  ['main steps by 7 %, 20 before', 0.5],
  ['a slow node in a tenth of the runs', 0.85],
])('in the world "%s" a control that goes through it as well keeps to one in a hundred', (name, power) => {
  const study = sharedWorlds(0.02)[`${name}, beside a control`]!
  const [groups] = study.groups as [number]
  const answers = runStudy({ ...study, questions: [unchanged(6), slower(2)] })
  expectAtMost(rateOf(answers, 'unchanged', groups, 'red'), 0.01)
  // Where the control has gone where no recorded run has seen it, what would be red is suspect.
  if (power > 0) expectAtLeast(rateOf(answers, 'slower', groups, 'found'), power)
})

test('in fresh sessions beside a control that shares half a TPOT 10 % slower is found at a spread of 3 %', () => {
  const answers = runStudy({ ...freshSessions(0.03, 0.5, 5), groups: [20], questions: [slower(8)] })
  expectAtLeast(rateOf(answers, 'slower', 20, 'found'), 0.9)
})

test('a release while the spread has just grown from 1.5 to 4 % seldom passes with a TPOT 10 % slower', () => {
  const questions = release(3).slice(1)
  const study = worldStudies(0.06)['spread from 1.5 to 4 % after 10 runs']!
  expectAtMost(rateOf(runStudy({ ...study, groups: [10], questions }), 'release slower', 10, 'green'), 0.1)
})

test('a release after main has become faster by 7 % seldom passes with a TPOT 10 % slower', () => {
  const questions = release(2).slice(1)
  const answers = runStudy({ ...worldStudies(0.04)['main quickens by 7 %, 20 before']!, groups: [21], questions })
  expectAtMost(rateOf(answers, 'release slower', 21, 'green'), 0.1)
})

test('one session beside a control keeps to one in a hundred, and a TPOT 10 % slower is found at a spread of 3 %', () => {
  const answers = runStudy({ ...oneSession(0.03, 0.8, 20), groups: [10] })
  expectAtMost(rateOf(answers, 'unchanged', 10, 'red'), 0.01)
  expectAtLeast(rateOf(answers, 'slower', 10, 'found'), 0.85)
})

test('attempts count together: a slowdown stays red when it is tried again, and unchanged code is not red for good', () => {
  const answer = playAttempts({ world: 'independent, 3 %', together: true, groups: 10, histories: 12, commits: 5 })
  const rate = (share: number): Rate => {
    const { commits: candidates } = answer
    return { share, standardError: 0, hits: Math.round(share * candidates), candidates, histories: 12 }
  }
  expectAtMost(rate(answer.first), 0.01)
  expectAtMost(rate(answer.any), 0.015)
  expect(answer.finally).toBe(0)
  const [first, , third] = answer.slower[20]
  expectAtLeast(rate(third), 0.9)
  expect(first - third).toBeLessThan(0.05)
})
