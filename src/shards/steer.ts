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
import type { MeasuredPartLevel } from './part.ts'

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

  /** When all begin: soon after the last shard came, by the clock of this one. */
  const gather = async (): Promise<number> => {
    const { marks } = await meeting.holdRound(MARKS.nothing, () => null)
    return meeting.toClock(Math.max(...marks!.map(({ at }) => at))) + leadMs
  }

  return {
    shard: meeting.shard,
    runId: meeting.id,
    startAt: await gather(),
    levels,
    begin: gather,
    steerLevel: async (level) => new LevelSteering(level, { meeting, clock, leadMs }).steer(),
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

/** How shards agree on a moment. */
interface SteeringPorts {
  readonly meeting: Meeting
  readonly clock: Clock
  readonly leadMs: number
}

/** Takes a shard through one level with the others. */
class LevelSteering {
  readonly #level: SteeredLevel
  readonly #ports: SteeringPorts

  constructor(level: SteeredLevel, ports: SteeringPorts) {
    this.#level = level
    this.#ports = ports
  }

  /** Ends when the level may, or when it was given up anywhere. */
  async steer(): Promise<void> {
    const { board, spec, onOver } = this.#level
    const { values, window } = board
    const { clock } = this.#ports
    if (window.isWhole) return this.#steerTrace()
    const warmAt = await this.#agree(() => spec.warmupRequests === 0 || isWarm(values))
    if (warmAt === null) return
    const openAt = await this.#openWindow(warmAt)
    const enoughAt = await this.#agree(() => window.isSatisfied)
    if (enoughAt === null) return
    this.#endWindow(openAt, enoughAt)
    if (spec.open != null && !(await this.#keepsUp(spec.concurrency))) return
    const doneAt = await this.#agree(() =>
      board.hold(() => {
        window.settle(clock.now())
        return window.endAt !== null && values.countedOpen === 0
      }),
    )
    if (doneAt !== null) onOver()
  }

  /** In a trace everything counts. */
  async #steerTrace(): Promise<void> {
    const { board, onOpened, onOver } = this.#level
    const { values, window } = board
    board.hold(() => window.open(values.scheduleAt))
    onOpened()
    const lastAt = await this.#agree(() => board.hold(() => window.isSatisfied && values.countedOpen === 0))
    if (lastAt === null) return
    board.hold(() => window.cut(lastAt))
    onOver()
  }

  /** Opens the window for all at the same moment, and waits for it. */
  async #openWindow(warmAt: number): Promise<number> {
    const { board, stopping, onOpened } = this.#level
    const { clock, leadMs } = this.#ports
    const openAt = warmAt + leadMs
    this.#checkInTime(openAt)
    board.hold(() => board.window.open(openAt))
    await clock.sleep(Math.max(0, openAt - clock.now()), stopping)
    onOpened()
    return openAt
  }

  /** Lets the window end for all at the same moment. */
  #endWindow(openAt: number, enoughAt: number): void {
    const { board, spec } = this.#level
    const agreedAt = enoughAt + this.#ports.leadMs
    this.#checkInTime(Math.max(openAt + spec.durationMs, agreedAt))
    board.hold(() => board.window.satisfy(agreedAt))
  }

  /** Whether the server keeps up with the requests of all shards; gives the level up where it does not. False, too, where another has. */
  async #keepsUp(ratePerSecond: number): Promise<boolean> {
    const { board } = this.#level
    const isOver = (): boolean => !Number.isNaN(board.values.outstandingAfter)
    const marks = await this.#gatherStandings(isOver, () =>
      // A level may be given up before its window has ended.
      isOver() ? { queue: readQueue(board, ratePerSecond / this.#ports.meeting.shard.count) } : {},
    )
    if (marks === null) return false
    if (!isQueueGrowing(addQueues(marks.flatMap(({ value }) => value.queue ?? [])))) return true
    this.#stop('overloaded')
    return false
  }

  /** When the last shard was ready; null when one has given the level up. */
  async #agree(isReady: () => boolean): Promise<number | null> {
    const marks = await this.#gatherStandings(isReady)
    return marks === null ? null : this.#ports.meeting.toClock(Math.max(...marks.map(({ at }) => at)))
  }

  /** How all shards stand, when each is ready; null when one has given the level up. */
  async #gatherStandings(
    isReady: () => boolean,
    more: () => Partial<Standing> = () => ({}),
  ): Promise<readonly Mark<Standing>[] | null> {
    const { board, stopping } = this.#level
    const { marks, ended } = await this.#ports.meeting.holdRound(
      MARKS.standing,
      // A share that ended without a reason has died.
      () => ({ stopped: board.stopped ?? (stopping.aborted ? 'failing' : null), ...more() }),
      {
        isReady: () => stopping.aborted || board.stopped !== null || isReady(),
        isEnd: ({ stopped }) => stopped !== null,
      },
    )
    if (ended !== null) this.#stop(ended.value.stopped!)
    return ended === null ? marks : null
  }

  #stop(why: NonNullable<Standing['stopped']>): void {
    const { board, onStopped } = this.#level
    board.hold(() => board.stop(why))
    onStopped()
  }

  #checkInTime(at: number): void {
    const { meeting, clock } = this.#ports
    if (clock.now() > at) throw describeLate(meeting, clock.now() - at)
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
