/** What a control and fresh sessions are worth: how often unchanged code is red beside one, and what is found. */
import type { Verdict } from '../../src/report/verdict.ts'
import { UNCHANGED, USUAL } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'
import type { Question, Study } from './calibration.ts'
import { release, slower, slowerInAll, unchanged } from './calibration-studies.ts'
import { worldStudies } from './worlds.ts'

/** Correlation of both sides of one session. */
export const COMMON = [0, 0.5, 0.8]
export const CONTROL_SPREADS = [0.02, 0.03, 0.05]
/** Recorded pairs when a candidate comes. */
export const PAIRS = [0, 10, 20]
/** Spread and correlation of every row; where both sides spread by 5 %, also nearly all of it in common. */
export const CONTROL_GRID = [
  ...CONTROL_SPREADS.flatMap((spread) => COMMON.map((common) => [spread, common] as const)),
  [0.05, 0.95] as const,
]
/** Sessions of a pull request at most. */
const MOST_SESSIONS = 4

/** TPOT that is 20 % slower. */
function muchSlower(candidates: number): Question {
  return { ...slower(candidates), name: 'much slower', slowdown: { ...UNCHANGED, tpot: 1.2 } }
}

/** How many sessions it took. */
function countSessions({ control }: Verdict): number | null {
  return control?.sessions ?? null
}

/** Unchanged code; the figure is how many sessions it took. */
function unchangedInSessions(candidates: number): Question {
  return { ...unchanged(candidates), figure: countSessions }
}

function controlStudy(
  spread: number,
  common: number,
  {
    candidates,
    ...rest
  }: Pick<Study, 'groups' | 'histories' | 'sessions'> & {
    /** Of unchanged code; a third of it is slower. */
    readonly candidates: number
  },
): Study {
  return {
    world: { ...USUAL, spread, control: { common, sharesSurroundings: common > 0 } },
    policy: POLICY,
    seed: `control/${spread}/${common}`,
    questions: [unchangedInSessions(candidates), slower(Math.ceil(candidates / 3))],
    ...rest,
  }
}

/** No history, three fresh sessions, 2 % of which half is common. */
export function firstPullRequest(histories: number): Study {
  const study = controlStudy(0.02, 0.5, { groups: [0], histories, sessions: 3, candidates: 1 })
  return { ...study, questions: [...study.questions, muchSlower(1)] }
}

/** One session beside a control, judged against recorded pairs. */
export function oneSession(spread: number, common: number, histories: number): Study {
  return controlStudy(spread, common, { groups: PAIRS, histories, candidates: 9 })
}

/** Fresh sessions until it is decided. */
export function freshSessions(spread: number, common: number, histories: number): Study {
  return controlStudy(spread, common, { groups: PAIRS, histories, candidates: 3, sessions: MOST_SESSIONS })
}

/** What was aimed at, for twenty pairs, when the rules were designed: shares of a TPOT 10 % slower that are found, and minutes of sessions of 5.5. */
export interface Aim {
  readonly spread: number
  readonly common: number
  readonly inOneSession: number
  readonly inSessions: number
  /** Of these, and of unchanged code. */
  readonly minutes: readonly [number, number]
}

export const AIMS: readonly Aim[] = [
  { spread: 0.02, common: 0, inOneSession: 0.88, inSessions: 0.95, minutes: [6.4, 5.6] },
  { spread: 0.02, common: 0.5, inOneSession: 0.97, inSessions: 0.97, minutes: [5.8, 5.5] },
  { spread: 0.02, common: 0.8, inOneSession: 1, inSessions: 0.999, minutes: [5.5, 5.5] },
  { spread: 0.03, common: 0, inOneSession: 0.48, inSessions: 0.89, minutes: [10.4, 6.8] },
  { spread: 0.03, common: 0.5, inOneSession: 0.65, inSessions: 0.93, minutes: [8.4, 6.1] },
  { spread: 0.03, common: 0.8, inOneSession: 0.96, inSessions: 0.97, minutes: [5.9, 5.5] },
  { spread: 0.05, common: 0, inOneSession: 0.13, inSessions: 0.46, minutes: [17.5, 12.5] },
  { spread: 0.05, common: 0.5, inOneSession: 0.2, inSessions: 0.63, minutes: [15.6, 10.6] },
  { spread: 0.05, common: 0.8, inOneSession: 0.5, inSessions: 0.9, minutes: [10.3, 6.8] },
  { spread: 0.05, common: 0.95, inOneSession: 0.99, inSessions: 0.98, minutes: [5.6, 5.5] },
]
export const MINUTES_OF_SESSION = 5.5

/** The same two with twenty pairs alone, and as many slower ones as unchanged: what is compared with an aim must be known well. */
function asAimed(study: Study): Study {
  const questions = study.questions.map((question): Question => ({ ...question, candidates: 3, figure: countSessions }))
  return { ...study, groups: [PAIRS.at(-1)!], questions }
}

/** Spreads and correlations at which one session is played with normal runs alone. */
export const PLAIN_GRID = AIMS.filter(({ common }) => COMMON.includes(common))

/** Only normal numbers: no noise inside runs, nothing lost, no run twice, no segments of main; and the session is not looked at again. */
function plainSession(spread: number, common: number, histories: number): Study {
  const study = oneSession(spread, common, histories)
  return {
    ...study,
    world: { ...study.world, passSpread: 0, requestErrors: 0, invalidLevels: 0, missingPasses: 0, twoRows: 0 },
    recordsUnjudged: true,
    // A session that deploys anew has no second look; with so many pairs nothing else differs.
    sessions: 1,
    groups: [PAIRS.at(-1)!],
    questions: [slower(2)],
  }
}

/** Worlds that a control goes through as well, a live deployment of main that shares four fifths of what is the run's own, too. */
const SHARED_WORLDS = [
  'each run has .6 of the one before, 2 %',
  'Student t3, 3 %',
  '2 % of the runs 20 % slower',
  'main at night, pull requests by day, 10 %',
  'all recorded in one day, days differ by 3 %',
  '5 runs a day, days differ by 3 %',
  'a slow node in a tenth of the runs',
  'spread from 1.5 to 4 % after 10 runs',
  'main drifts by .5 % a run',
  'main steps by 7 %, 20 before',
  'main quickens by 7 %, 20 before',
]

/** Each of them at its first number of runs that is not a handful, by the name that tables show. */
export function sharedWorlds(scale: number): Readonly<Record<string, Study>> {
  const worlds = worldStudies(scale)
  return Object.fromEntries(
    SHARED_WORLDS.map((name) => {
      const study = worlds[name]!
      const control = { common: 0.8, sharesSurroundings: true, followsMain: true }
      const groups = [study.groups.find((k) => k >= 10)!]
      const questions = [unchanged(9), slower(3), slowerInAll(10, 3), slowerInAll(20, 3), ...release(3)]
      return [`${name}, beside a control`, { ...study, world: { ...study.world, control }, groups, questions }]
    }),
  )
}

/** Main stepped by 7 %, and a reference that nobody changes did not: one session, and up to four fresh ones. */
export function pinnedControl(histories: number): Readonly<Record<string, Study>> {
  const main = worldStudies(1)['main steps by 7 %, 20 before']!.main!
  const rest = { groups: [21, 22, 23], histories, candidates: 3 }
  return {
    'pinned control, one session': { ...controlStudy(0.03, 0.5, rest), main },
    'pinned control, fresh sessions': { ...controlStudy(0.03, 0.5, { ...rest, sessions: MOST_SESSIONS }), main },
  }
}

/** Every study by its name, in the order of the tables; `scale` 1 is the whole of it. */
export function controlStudies(scale: number): Readonly<Record<string, Study>> {
  const times = (histories: number): number => Math.max(2, Math.round(histories * scale))
  const grid = CONTROL_GRID
  return Object.fromEntries([
    ['first pull request', firstPullRequest(times(3000))],
    ...grid.map(([spread, common]) => [`control ${spread} ${common}`, oneSession(spread, common, times(300))]),
    ...grid.map(([spread, common]) => [`sessions ${spread} ${common}`, freshSessions(spread, common, times(200))]),
    ...AIMS.flatMap(({ spread, common }) => [
      [`aim, one session ${spread} ${common}`, asAimed(oneSession(spread, common, times(1500)))],
      [`aim, sessions ${spread} ${common}`, asAimed(freshSessions(spread, common, times(1000)))],
    ]),
    ...PLAIN_GRID.map(({ spread, common }) => [`plain ${spread} ${common}`, plainSession(spread, common, times(2000))]),
    ...Object.entries(sharedWorlds(scale * 0.6)),
    ...Object.entries(pinnedControl(times(100))),
  ] as [string, Study][])
}
