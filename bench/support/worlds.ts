/** What staging endpoints go through beside independent runs of one deployment: the worlds in which the gate is asked how often it is wrong. */
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { GROUPS_FOR_PROOF } from '../../src/verdict/judge.ts'
import { DAY_MS, UNCHANGED, USUAL } from '../../test/support/simulated-history.ts'
import type { Surroundings, World } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'
import type { Study } from './calibration.ts'
import { release, slowAll, slower, slowerInAll, unchanged } from './calibration-studies.ts'

const HOUR_MS = DAY_MS / 24

/** A world that has all of its spread from its surroundings, but for a little of its own. */
function surround(surroundings: (random: Random) => Surroundings, spread = 0.005): Partial<Study> {
  return { world: { ...USUAL, spread, surroundings } }
}

/** Each run has something of the run before. */
function correlateRuns(spread: number, memory: number): Partial<Study> {
  return surround((random) => {
    let last = spread * drawNormal(random)
    return ({ recorded }) => {
      const next = memory * last + Math.sqrt(1 - memory ** 2) * spread * drawNormal(random)
      if (recorded) last = next
      return next
    }
  })
}

/** Student's distribution with three degrees of freedom, which has this standard deviation. */
function drawHeavyTails(spread: number): Partial<Study> {
  return surround((random) => () => {
    const chi = drawNormal(random) ** 2 + drawNormal(random) ** 2 + drawNormal(random) ** 2
    return (spread * drawNormal(random)) / Math.sqrt(chi)
  })
}

/** Days that differ, on top of a spread of 2 % from run to run. */
function varyDays(sd: number, runsADay: number): Partial<Study> {
  const startsAt = (group: number) =>
    Math.floor(group / runsADay) * DAY_MS + 9 * HOUR_MS + ((group % runsADay) * 10 * HOUR_MS) / runsADay
  return {
    ...surround((random) => {
      const seed = random()
      return ({ ms }) => sd * drawNormal(seedRandom(`${seed}/${Math.floor(ms / DAY_MS)}`))
    }, 0.02),
    startsAt,
    asksAt: (groups) => (Math.floor((groups - 1) / runsADay) + 1) * DAY_MS + 12 * HOUR_MS,
  }
}

/** Slower by `height` in the afternoon than at night. Main is recorded at night, pull requests come by day. */
function varyHours(height: number): Partial<Study> {
  return {
    ...surround(
      () =>
        ({ ms }) =>
          (height / 2) * -Math.cos((2 * Math.PI * (ms - 3 * HOUR_MS)) / DAY_MS),
      0.02,
    ),
    startsAt: (group) => group * DAY_MS + 3 * HOUR_MS,
    asksAt: (groups) => groups * DAY_MS + 13 * HOUR_MS,
  }
}

/** The other way round. */
function swapHours(height: number): Partial<Study> {
  return {
    ...varyHours(height),
    startsAt: (group) => group * DAY_MS + 13 * HOUR_MS,
    asksAt: (groups) => groups * DAY_MS + 3 * HOUR_MS,
  }
}

/** A tenth of the runs meet a node that is slower by 6 to 10 %. */
function addSlowNodes(share: number): Partial<Study> {
  return surround((random) => () => (random() < share ? Math.log(1.06 + 0.04 * random()) : 0), 0.02)
}

/** Two kinds of node, so far apart; a run meets the one of the run before it, but for this share of them. */
function mixNodes(apart: number, moves: number): Partial<Study> {
  return surround((random) => {
    let isSlow = random() < 0.5
    return ({ recorded }) => {
      const next = random() < moves ? random() < 0.5 : isSlow
      if (recorded) isSlow = next
      return next ? apart : 0
    }
  }, 0.02)
}

/** From run `group` on the spread is another. */
function changeSpread(at: number, before: number, after: number): Partial<Study> {
  return surround(
    (random) =>
      ({ group }) =>
        (group < at ? before : after) * drawNormal(random),
  )
}

/** Main steps after `before` runs; one, two and three runs later somebody asks. */
function stepMain(by: number, before: number): Partial<Study> {
  return {
    world: USUAL,
    main: (group) => (group < before ? UNCHANGED : slowAll(by)),
    groups: [before + 1, before + 2, before + 3],
  }
}

/** `runs: n`, of which this share of the variance is common to the runs of one job. */
function repeatRuns(shared: number, main: number, candidate: number): Partial<Study> {
  return { ...keepUsual({ sharedByGroup: shared }), rows: { main, candidate } }
}

const keepUsual = (world: Partial<World>): Partial<Study> => ({ world: { ...USUAL, ...world } })

const WORLDS: Readonly<Record<string, Partial<Study>>> = {
  'independent, 2 %': keepUsual({}),
  'independent, 3 %': keepUsual({ spread: 0.03 }),
  'independent, 5 %': keepUsual({ spread: 0.05 }),
  'each run has .6 of the one before, 2 %': correlateRuns(0.02, 0.6),
  'each run has .9 of the one before, 2 %': correlateRuns(0.02, 0.9),
  'Student t3, 2 %': drawHeavyTails(0.02),
  'Student t3, 3 %': drawHeavyTails(0.03),
  '2 % of the runs 20 % slower': keepUsual({ slowJobs: { share: 0.02, factor: 1.2 } }),
  'one run of main 20 % slower, 9 before': {
    ...keepUsual({}),
    main: (group) => (group === 9 ? slowAll(1.2) : UNCHANGED),
    groups: [11, 12, 15],
  },
  'main at night, pull requests by day, 5 %': varyHours(0.05),
  'main at night, pull requests by day, 10 %': varyHours(0.1),
  'main by day, pull requests at night, 5 %': swapHours(0.05),
  'all recorded in one day, days differ by 3 %': varyDays(0.03, 50),
  '5 runs a day, days do not differ': { ...varyDays(0, 5), groups: [10, 15, 20, 50] },
  '5 runs a day, days differ by 3 %': { ...varyDays(0.03, 5), groups: [10, 15, 20, 50] },
  'a slow node in a tenth of the runs': addSlowNodes(0.1),
  'two kinds of node, 5 % apart': mixNodes(0.05, 1),
  'two kinds of node, 5 % apart, kept by 9 of 10 runs': mixNodes(0.05, 0.2),
  'spread from 1.5 to 4 % after 10 runs': { ...changeSpread(10, 0.015, 0.04), groups: [10, 15, 20] },
  'the same, each metric for itself': {
    ...keepUsual({}),
    spreadAt: (group) => (group < 10 ? 0.015 : 0.04),
    groups: [10, 15, 20],
  },
  'main drifts by .5 % a run': { ...keepUsual({}), main: (group) => slowAll(1.005 ** group) },
  'main quickens by .5 % a run': { ...keepUsual({}), main: (group) => slowAll(0.995 ** group) },
  'main quickens by 7 %, 20 before': stepMain(1 / 1.07, 20),
  'main steps by 5 %, 20 before': stepMain(1.05, 20),
  'main steps by 7 %, 20 before': stepMain(1.07, 20),
  'main steps by 10 %, 20 before': stepMain(1.1, 20),
  'main steps by 7 %, 47 before': stepMain(1.07, 47),
  'main steps by 7 %, 15 before, and again 5 runs later': {
    world: USUAL,
    main: (group) => slowAll(1.07 ** (Number(group >= 15) + Number(group >= 20))),
    groups: [21, 22, 23],
  },
  'main steps by 7 %, 20 before, and back 3 runs later': {
    world: USUAL,
    main: (group) => (group >= 20 && group < 23 ? slowAll(1.07) : UNCHANGED),
    groups: [24, 25, 26],
  },
  'main with 5 runs, pull requests with 1, a quarter shared': repeatRuns(0.25, 5, 1),
  'main with 5 runs, pull requests with 1, three quarters shared': repeatRuns(0.75, 5, 1),
  'main with 1 run, pull requests with 3, a quarter shared': repeatRuns(0.25, 1, 3),
  'main and pull requests with 3 runs, a quarter shared': repeatRuns(0.25, 3, 3),
  '.5 % of the requests fail': keepUsual({ requestErrors: 0.005 }),
  '1 % of the requests fail': keepUsual({ requestErrors: 0.01 }),
}

/** The studies of all worlds. `scale` 1 is the whole of it. */
export function worldStudies(scale: number): Readonly<Record<string, Study>> {
  return Object.fromEntries(
    Object.entries(WORLDS).map(([name, rest]) => [
      name,
      {
        world: USUAL,
        policy: POLICY,
        groups: [5, 10, 20],
        histories: Math.max(2, Math.round(500 * scale)),
        seed: name,
        questions: [unchanged(5), slower(2), slowerInAll(10, 2), slowerInAll(20, 2), ...release(2)],
        ...rest,
      } satisfies Study,
    ]),
  )
}

/** Worlds in which a proof is most easily wrong, and what it costs where runs are independent; each with the name of its world. */
const PROVEN_WORLDS = [
  'independent, 2 %',
  'independent, 3 %',
  'spread from 1.5 to 4 % after 10 runs',
  'the same, each metric for itself',
  'main quickens by 7 %, 20 before',
]

/** `gate: release` alone, with more runs of it than the table of worlds has; by the names of the worlds and this beginning. */
export const PROOF = 'proof, '

/** Every study of proofs by its name. */
export function proofStudies(scale: number): Readonly<Record<string, Study>> {
  const worlds = worldStudies(scale * 0.3)
  return Object.fromEntries(
    PROVEN_WORLDS.map((name) => {
      const study = worlds[name]!
      const groups = study.groups.filter((k) => k >= GROUPS_FOR_PROOF)
      return [`${PROOF}${name}`, { ...study, groups, questions: release(4) }]
    }),
  )
}
