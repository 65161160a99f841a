/** What a control and fresh sessions are worth: how often unchanged code is red beside one, and what is found. */
import { UNCHANGED, USUAL } from '../../test/support/simulated-history.ts'
import { POLICY } from '../../test/verdict/recorded.ts'
import type { Question, Study } from './calibration.ts'
import { slower, unchanged } from './calibration-studies.ts'

/** Correlation of both sides of one session. */
export const COMMON = [0, 0.5, 0.8]
export const CONTROL_SPREADS = [0.02, 0.03, 0.05]
/** Recorded pairs when a candidate comes. */
export const PAIRS = [0, 10, 20]
/** Sessions of a pull request at most. */
const MOST_SESSIONS = 4

/** TPOT that is 20 % slower. */
function muchSlower(candidates: number): Question {
  return { ...slower(candidates), name: 'much slower', slowdown: { ...UNCHANGED, tpot: 1.2 } }
}

/** Unchanged code; the figure is how many sessions it took. */
function unchangedInSessions(candidates: number): Question {
  return { ...unchanged(candidates), figure: ({ control }) => control?.sessions ?? null }
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

/** Every study by its name, the long ones first; `scale` 1 is the whole of it. */
export function controlStudies(scale: number): Readonly<Record<string, Study>> {
  const times = (histories: number): number => Math.max(2, Math.round(histories * scale))
  const grid = CONTROL_SPREADS.flatMap((spread) => COMMON.map((common) => [spread, common] as const))
  return Object.fromEntries([
    ['first pull request', firstPullRequest(times(3000))],
    ...grid.map(([spread, common]) => [`sessions ${spread} ${common}`, freshSessions(spread, common, times(200))]),
    ...grid.map(([spread, common]) => [`control ${spread} ${common}`, oneSession(spread, common, times(300))]),
  ] as [string, Study][])
}
