import type { Baseline } from '../report/history.ts'
import { boundsOf, measureCommandSessions } from '../sessions/command-sessions.ts'
import { countHeld } from '../sessions/sessions.ts'
import type { Session } from '../sessions/sessions.ts'
import type { Settings } from '../settings.ts'
import { judgeSoFar } from '../verdict/so-far.ts'
import { recallLadder } from '../verdict/history/ladder.ts'
import { measureWithoutSecrets } from './measure-runs.ts'
import type { Measured, GatePorts } from './ports.ts'
import { decideInputOf } from './decide-measured.ts'
import { formatChange } from '../render/format.ts'
import { joinShortList, nameOf } from '../render/metric-words.ts'
import type { OpenGround } from '../verdict/so-far.ts'

/** Measures in sessions, each of which is a run; `planned` is the last one's. */
export async function measureInSessions(
  settings: Settings,
  baseline: Baseline | null,
  ports: GatePorts,
): Promise<Measured> {
  const entries = baseline === null || baseline.unreadable !== null ? [] : baseline.entries
  const sessions = await measureCommandSessions(settings, {
    ...ports,
    ladder: (series) => recallLadder(entries, series),
    canGoWithout: entries.length > 0,
    measure: async (own, planned) => measureWithoutSecrets(own, planned, ports),
    decideSoFar(soFar) {
      const { word, open } = judgeSoFar(decideInputOf(settings, baseline, sumUpSessions(settings, soFar), ports))
      return { word, why: describeOpen(open) }
    },
  })
  return { ...sumUpSessions(settings, sessions), planned: sessions.at(-1)!.planned }
}

function sumUpSessions(settings: Settings, sessions: readonly Session[]): Pick<Measured, 'runs' | 'sessions'> {
  return {
    runs: sessions.map(({ run }) => run),
    sessions: { fresh: true, most: countHeld(boundsOf(settings), sessions) },
  }
}

/** What another session is for, as half a sentence. */
function describeOpen(grounds: readonly OpenGround[]): string {
  return joinShortList(grounds.map(describeGround), 4)
}

function describeGround(ground: OpenGround): string {
  switch (ground.what) {
    case 'suspect':
      return `${nameOf(ground)} looks worse (${formatChange(ground.change)})`
    case 'wide':
      return `${nameOf(ground)} is ${formatChange(ground.change)} and may be ${formatChange(ground.most)}, which must stay within ${formatChange(ground.needed)}`
    case 'unproven':
      return `${nameOf(ground)} is not proven (${formatChange(ground.change)}, and may be ${formatChange(ground.most)})`
    case 'not-measured':
      return `${nameOf(ground)} is missing: ${ground.why}`
    case 'levels-lost':
      return 'a level was lost'
    case 'errors':
      return 'more requests failed'
  }
}
