import { EndpointError } from '../errors.ts'
import type { LevelFrame, LevelShare } from '../load/level/level-tally.ts'
import type { SteeredLevel, Steer } from '../load/level.ts'
import type { Clock } from '../load/ports.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import { isWarm } from '../load/level/board.ts'
import { addQueues, isQueueGrowing, readQueue } from '../load/level/overload.ts'
import { MARKS } from './meeting-place.ts'
import type { Standing } from './meeting-place.ts'
import type { Mark, Meeting } from './meeting.ts'
import type { MeasuredPartLevel } from './part-codec.ts'

/** Takes a shard through a run with the others, and keeps what its part needs. */
export interface ShardSteer extends Steer {
  readonly levels: readonly MeasuredPartLevel[]
}

/**
 * Goes through the levels of a run with the other shards. A level begins when all shards are ready. Its window opens
 * when all workers have warmed up, and ends when it has lasted long enough and all have enough requests. The load
 * goes on until the last counted request of all shards has ended. Each of these moments is `leadMs` after the last
 * shard got there, so that all know of it in time. At a rate they judge together whether the queue of all grows; in a trace
 * everything counts, from its first moment to the last answer of all.
 */
export async function startTogether(meeting: Meeting, clock: Clock, leadMs: number): Promise<ShardSteer> {
  const levels: MeasuredPartLevel[] = []

  /** When the last shard came, by the clock of this one. */
  const gather = async (): Promise<number> => {
    const { marks } = await meeting.holdRound(MARKS.nothing, () => null)
    return meeting.toClock(Math.max(...marks!.map(({ at }) => at)))
  }
  const startAt = (await gather()) + leadMs

  return {
    shard: meeting.shard,
    runId: meeting.id,
    startAt,
    levels,
    async begin() {
      return (await gather()) + leadMs
    },
    async steerLevel({ spec, board, stopping, onOpened, onOver, onStopped }: SteeredLevel) {
      const { values, window } = board
      const stop = (why: NonNullable<Standing['stopped']>): null => {
        board.hold(() => board.stop(why))
        onStopped()
        return null
      }
      /** How all shards stand, when each is ready; null when one has given the level up. */
      const gatherStandings = async (
        isReady: () => boolean,
        more: () => Partial<Standing> = () => ({}),
      ): Promise<readonly Mark<Standing>[] | null> => {
        const { marks, ended } = await meeting.holdRound(
          MARKS.standing,
          // A share that ended without a reason has died.
          () => ({ stopped: board.stopped ?? (stopping.aborted ? 'failing' : null), ...more() }),
          {
            isReady: () => stopping.aborted || board.stopped !== null || isReady(),
            isEnd: ({ stopped }) => stopped !== null,
          },
        )
        return ended === null ? marks : stop(ended.value.stopped!)
      }
      /** When the last shard came; null when one has given the level up. */
      const agree = async (isReady: () => boolean): Promise<number | null> => {
        const marks = await gatherStandings(isReady)
        return marks === null ? null : meeting.toClock(Math.max(...marks.map(({ at }) => at)))
      }
      const checkInTime = (at: number): void => {
        if (clock.now() > at) throw describeLate(meeting, clock.now() - at)
      }

      if (window.isWhole) {
        board.hold(() => window.open(values.scheduleAt))
        onOpened()
        const lastAt = await agree(() => board.hold(() => window.isSatisfied && values.countedOpen === 0))
        if (lastAt === null) return
        board.hold(() => window.cut(lastAt))
        onOver()
        return
      }
      const warmAt = await agree(() => spec.warmupRequests === 0 || isWarm(values))
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
      if (spec.open != null) {
        const isOver = (): boolean => !Number.isNaN(values.outstandingAfter)
        const marks = await gatherStandings(isOver, () =>
          // A level may be given up before its window has ended.
          isOver() ? { queue: readQueue(board, spec.concurrency / meeting.shard.count) } : {},
        )
        if (marks === null) return
        const queue = addQueues(marks.flatMap(({ value }) => value.queue ?? []))
        if (isQueueGrowing(queue)) return void stop('overloaded')
      }
      const doneAt = await agree(() =>
        board.hold(() => {
          window.settle(clock.now())
          return window.endAt !== null && values.countedOpen === 0
        }),
      )
      if (doneAt !== null) onOver()
    },
    async agreeOnEnd(end) {
      const { marks } = await meeting.holdRound(MARKS.levelEnd, () => end)
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
