import { EndpointError } from '../errors.ts'
import type { LevelFrame, LevelShare } from '../load/level-tally.ts'
import type { SteeredLevel, Steer } from '../load/steer.ts'
import type { Clock } from '../load/ports.ts'
import { renderShard } from '../settings/values/shard.ts'
import { MARKS } from './marks.ts'
import type { Meeting } from './meeting.ts'
import type { MeasuredPartLevel } from './part-codec.ts'

/** Takes a shard through a run with the others, and keeps what its part needs. */
export interface ShardSteer extends Steer {
  readonly levels: readonly MeasuredPartLevel[]
}

/**
 * Goes through the levels of a run with the other shards. A level begins when all shards are ready. Its window opens
 * when all workers have warmed up, and ends when it has lasted long enough and all have enough requests. The load
 * goes on until the last counted request of all shards has ended. Each of these moments is `leadMs` after the last
 * shard got there, so that all know of it in time.
 */
export async function startTogether(
  meeting: Meeting,
  clock: Clock,
  leadMs: number,
  signal: AbortSignal,
): Promise<ShardSteer> {
  const levels: MeasuredPartLevel[] = []

  /** When the last shard came, by the clock of this one. */
  const gather = async (): Promise<number> => {
    const { marks } = await meeting.step(MARKS.nothing, () => null)
    return meeting.toClock(Math.max(...marks!.map(({ at }) => at)))
  }
  const startAt = (await gather()) + leadMs

  return {
    shard: meeting.shard,
    startAt,
    levels,
    async begin() {
      const beginAt = (await gather()) + leadMs
      await clock.sleep(Math.max(0, beginAt - clock.now()), signal)
    },
    async steerLevel({ spec, board, stopping, onOpened, onOver, onStopped }: SteeredLevel) {
      const { values, window } = board
      /** When the last shard came; null when one has given the level up. */
      const agree = async (isReady: () => boolean): Promise<number | null> => {
        const { marks, ended } = await meeting.step(
          MARKS.standing,
          // A share that ended without a reason has died.
          () => ({ stopped: board.stopped ?? (stopping.aborted ? 'failing' : null) }),
          {
            isReady: () => stopping.aborted || board.stopped !== null || isReady(),
            isEnd: ({ stopped }) => stopped !== null,
          },
        )
        if (ended === null) return meeting.toClock(Math.max(...marks.map(({ at }) => at)))
        board.hold(() => board.stop(ended.value.stopped!))
        onStopped()
        return null
      }
      const checkInTime = (at: number): void => {
        if (clock.now() > at) throw describeLate(meeting, clock.now() - at)
      }

      const warmAt = await agree(() => spec.warmupRequests === 0 || values.warmedUp >= values.awaited)
      if (warmAt === null) return
      const openAt = warmAt + leadMs
      checkInTime(openAt)
      board.hold(() => window.open(openAt))
      await clock.sleep(Math.max(0, openAt - clock.now()), stopping)
      onOpened()
      const enoughAt = await agree(() => window.isSatisfied)
      if (enoughAt === null) return
      checkInTime(Math.max(openAt + spec.durationMs, enoughAt + leadMs))
      board.hold(() => window.satisfy(enoughAt + leadMs))
      const doneAt = await agree(() =>
        board.hold(() => {
          window.settle(clock.now())
          return window.endAt !== null && values.countedOpen === 0
        }),
      )
      if (doneAt !== null) onOver()
    },
    async agreeOnEnd(end) {
      const { marks } = await meeting.step(MARKS.levelEnd, () => end)
      return {
        held: marks!.every(({ value }) => value.held),
        isLast: marks!.some(({ value }) => value.isLast),
      }
    },
    keep(whole: LevelFrame, shares: readonly LevelShare[]) {
      const { server: _, ...frame } = whole
      levels.push({ frame, shares })
    },
  }
}

function describeLate({ shard }: Meeting, lateMs: number): EndpointError {
  return new EndpointError(
    `shard ${renderShard(shard)} heard of a window ${Math.ceil(lateMs)} ms after it had begun or ended`,
    {
      tried: 'to measure a level together with the other shards',
      remedy: 'the rendezvous has become slower than it was at the start; use one that is nearer, or start again',
    },
  )
}
