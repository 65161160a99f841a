/** What comes of jobs that are run again after red: the same `decideVerdict` that judges real attempts, over simulated histories. */
import type { HistoryEntry } from '../../src/report/history.ts'
import type { EarlierAttempt } from '../../src/report/looks.ts'
import { seedRandom } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { recallLadder } from '../../src/gate/recall.ts'
import { DAY_MS, FULL_LADDER, SERIES, simulateRun, UNCHANGED } from '../../test/support/simulated-history.ts'
import type { Slowdown, Surroundings } from '../../test/support/simulated-history.ts'
import { isRed, judgeAttempt, mainRun } from './calibration.ts'
import type { Policy } from './calibration.ts'
import { slowAll } from './calibration-studies.ts'
import { worldStudies } from './worlds.ts'

/** So often a job is tried at most. */
const MOST_TRIES = 3
/** Somebody looks at it an hour later. */
const PAUSE_MS = DAY_MS / 24

/** Whether attempts count together, or each is judged as if it were the first. */
export interface AttemptsQuestion {
  /** One of `worldStudies`. */
  readonly world: string
  readonly together: boolean
  /** Recorded groups. */
  readonly groups: number
  readonly histories: number
  /** Commits of each kind for each history. */
  readonly commits: number
}

/** Shares of all commits. */
export interface AttemptsAnswer {
  /** Of unchanged code: red in the first attempt; still red in the last, when red is tried again; red in any, when it is tried three times whatever comes out. */
  readonly first: number
  readonly finally: number
  readonly any: number
  /** Of a TPOT slower by so much, %: red in the first, second and third attempt, when red is tried again. */
  readonly slower: Readonly<Record<10 | 20, readonly [number, number, number]>>
  /** Of everything slower by 10 %: red in the first attempt; in the second, made whatever the first said. */
  readonly inAll: readonly [number, number]
  readonly commits: number
}

interface Staging {
  readonly policy: Policy
  readonly random: Random
  readonly surroundings: Surroundings
  readonly entries: readonly HistoryEntry[]
}

/** Asks it; seeded by the world, so that both ways of judging meet the same histories. */
export function playAttempts({ world, together, groups, histories, commits }: AttemptsQuestion): AttemptsAnswer {
  const study = worldStudies(1)[world]!
  const counts = { first: 0, finally: 0, any: 0, slower: { 10: [0, 0, 0], 20: [0, 0, 0] } as const }
  const stands = { 10: [0, 0, 0], 20: [0, 0, 0] }
  const inAll = [0, 0]
  for (let history = 0; history < histories; history++) {
    const random = seedRandom(`attempts/${world}/${history}`)
    const surroundings = study.world.surroundings?.(random) ?? (() => 0)
    let entries: readonly HistoryEntry[] = []
    for (let group = 0; group < groups; group++)
      entries = [...entries, ...mainRun(study, { random, surroundings, entries }, group)]
    const staging = { policy: study.policy, random, surroundings, entries }
    const tryIt = (slowdown: Slowdown, isAgain: (red: boolean, tried: number) => boolean): readonly boolean[] => {
      const reds: boolean[] = []
      const earlier: EarlierAttempt[] = []
      while (reds.length < MOST_TRIES && (reds.length === 0 || isAgain(reds.at(-1)!, reds.length))) {
        const run = measure(staging, { world: study.world, slowdown, groups, attempt: reds.length })
        const { verdict, attempt } = judgeAttempt(study.policy, entries, run, together ? earlier : [])
        reds.push(isRed(verdict))
        earlier.push({ ...attempt, attempt: reds.length })
      }
      return reds
    }
    for (let commit = 0; commit < commits; commit++) {
      const reds = tryIt(UNCHANGED, (red) => red)
      if (reds[0]!) counts.first++
      if (reds.at(-1)!) counts.finally++
      if (tryIt(UNCHANGED, () => true).includes(true)) counts.any++
      for (const by of [10, 20] as const) {
        const slowdown = { ...UNCHANGED, tpot: 1 + by / 100 }
        for (const [i, red] of tryIt(slowdown, (red) => red).entries()) if (red) stands[by][i]!++
      }
      for (const [i, red] of tryIt(slowAll(1.1), (_, tried) => tried < 2).entries()) if (red) inAll[i]!++
    }
  }
  const all = histories * commits
  const share = (hits: number): number => hits / all
  const sharesOf = (hits: readonly number[]) => hits.map(share) as unknown as readonly [number, number, number]
  return {
    first: share(counts.first),
    finally: share(counts.finally),
    any: share(counts.any),
    slower: { 10: sharesOf(stands[10]), 20: sharesOf(stands[20]) },
    inAll: [share(inAll[0]!), share(inAll[1]!)],
    commits: all,
  }
}

function measure(
  { random, surroundings, entries }: Staging,
  {
    world,
    slowdown,
    groups,
    attempt,
  }: {
    readonly world: Parameters<typeof simulateRun>[0]
    readonly slowdown: Slowdown
    readonly groups: number
    readonly attempt: number
  },
) {
  const ms = groups * DAY_MS + attempt * PAUSE_MS
  return simulateRun(world, random, {
    slowdown,
    levels: recallLadder(entries, SERIES)?.map(({ level }) => level) ?? FULL_LADDER,
    ms,
    surroundings: surroundings({ group: groups, ms, recorded: false }),
  })
}
