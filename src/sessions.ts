import type { MeasuredRun, MeasurePorts, PlannedRun } from './measure.ts'
import { seedRandom } from './random.ts'
import { formatDuration } from './render/format.ts'
import { pluralise } from './text.ts'

/** Which of the two is measured: what may come, or what is. */
export type Side = 'candidate' | 'control'

/** One measurement of both sides, each deployed anew for it. */
export interface Session {
  /** Of the candidate. */
  readonly planned: PlannedRun
  readonly run: MeasuredRun
  /** Null where it could not be measured. */
  readonly control: MeasuredRun | null
  /** What went wrong beside it, a sentence each: after it no other session begins. */
  readonly troubles: readonly string[]
}

/** How many sessions there may be. */
export interface SessionBounds {
  /** At most so many. */
  readonly most: number
  /** Of all of them, in milliseconds: none begins that would end after it, but for the first. Null: no bound. */
  readonly maxDurationMs: number | null
}

/** What the loop over sessions needs. */
export interface SessionPorts extends Pick<MeasurePorts, 'clock' | 'signal' | 'log'> {
  /** Measures both sides once, `first` first; null when it was interrupted before there was anything to judge. */
  readonly measureOnce: (first: Side, number: number) => Promise<Session | null>
  /** Whether these sessions decide it. */
  readonly decideSoFar: (sessions: readonly Session[]) => 'red' | 'green' | 'open'
}

/**
 * Sessions until they decide, until there are as many as wanted, or until the budget holds no further one; which side comes first is a
 * coin that `seed` decides. None when it was interrupted in the first.
 */
export async function measureSessions(
  { most, maxDurationMs }: SessionBounds,
  seed: string,
  { clock, signal, log, measureOnce, decideSoFar }: SessionPorts,
): Promise<readonly Session[]> {
  const coin = seedRandom(`${seed}/sessions`)
  const sessions: Session[] = []
  const from = clock.now()
  for (;;) {
    const startedAt = clock.now()
    const first = coin() < 0.5 ? 'candidate' : 'control'
    log(`session ${sessions.length + 1} of at most ${most}: the ${first} first`)
    const session = await measureOnce(first, sessions.length + 1)
    if (session === null) return sessions
    sessions.push(session)
    if (signal.aborted || !isWhole(session) || sessions.length === most) return sessions
    if (decideSoFar(sessions) !== 'open') return sessions
    const lastedMs = clock.now() - startedAt
    if (maxDurationMs !== null && clock.now() - from + lastedMs > maxDurationMs) {
      log(`not decided; max-duration leaves no time for another session of about ${formatDuration(lastedMs / 1000)}`)
      return sessions
    }
    log('not decided yet: another session')
  }
}

function isWhole({ run, control, troubles }: Session): boolean {
  return control !== null && troubles.length === 0 && run.error === null && run.report.validity.ok
}

/** What the sessions take, in lines for the log, before the first load; `seconds` is one session with all that belongs to it. */
export function describeCost({ most, maxDurationMs }: SessionBounds, seconds: number): readonly string[] {
  const bound = maxDurationMs === null ? Infinity : Math.max(1, Math.floor(maxDurationMs / 1000 / seconds))
  const held = Math.min(most, bound)
  const longest = held === 1 ? '' : `, at most ${formatDuration(held * seconds)} for ${held}`
  const cost = `a session takes about ${formatDuration(seconds)}, and one is enough where it decides${longest}`
  if (bound >= most) return [cost]
  const budget = `max-duration (${formatDuration(maxDurationMs! / 1000)})`
  return [
    cost,
    `  ! ${budget} holds ${pluralise(held, 'session')} of ${most}; for all of them raise it to ${formatDuration(most * seconds)}`,
  ]
}
