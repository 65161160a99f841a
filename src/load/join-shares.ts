import type { ClientHealth, LevelRun } from '../metrics/level-run.ts'
import { sumUpShares } from './level-tally.ts'
import type { ShareFacts } from './share.ts'

/** What is said of a level in one pass beside what its requests say. */
export type LevelFrame = Pick<LevelRun, 'concurrency' | 'pass' | 'startedAtSeconds' | 'window' | 'server' | 'stopped'>

/** What the shares of a level come to together, whichever threads and machines carried them. */
export function joinShares(frame: LevelFrame, shares: readonly Pick<ShareFacts, 'tally' | 'health'>[]): LevelRun {
  const tallies = shares.map(({ tally }) => tally)
  const { queueP99Ms, ...facts } = sumUpShares(tallies, frame.window)
  return { ...frame, ...facts, client: { ...pickBusiest(shares), queueP99Ms } }
}

/** How well the thread kept up that did so worst. */
function pickBusiest(shares: readonly Pick<ShareFacts, 'health'>[]): Omit<ClientHealth, 'queueP99Ms'> {
  const pickWorst = (figure: keyof NonNullable<ShareFacts['health']>): number =>
    Math.max(0, ...shares.map(({ health }) => health?.[figure] ?? 0))
  return {
    eventLoopUtilization: pickWorst('eventLoopUtilization'),
    delayP90Ms: pickWorst('delayP90Ms'),
    delayP99Ms: pickWorst('delayP99Ms'),
    ...(shares.length > 1 && { threads: shares.length }),
  }
}
