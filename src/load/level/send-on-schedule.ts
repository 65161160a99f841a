import type { Arrival } from '../../plan/arrivals.ts'
import type { Clock } from '../ports.ts'

/** What is sent when it is due: `Ready` before that, `Due` from then on. */
interface ScheduledLoad<Ready, Due> {
  /** Makes a request, before it is due: that takes time. */
  prepare(number: number): Ready
  /** It is due. Null: nothing more is to be sent. */
  take(ready: Ready, dueAt: number): Due | null
  /** Every connection is in use: it waits for one, and its time runs. */
  onWaiting(due: Due): void
  /** Sends it on a connection that is its own until it has ended, and resolves then, to what follows it: the next turn of its conversation. */
  send(slot: number, due: Due): Promise<Follower | null>
}

/** A request that is due because another one was answered. */
interface Follower {
  readonly number: number
  readonly dueAt: number
}

/** The most requests, due already or at one moment, that are sent in one go before answers are read. */
const MOST_AT_ONCE = 16

/**
 * Sends the requests of a schedule that began at `beganAt`, each when it is due, whatever became of those before it, and then what follows each. Goes on until
 * `stopping` aborts, the schedule ends or there is nothing more to send, and resolves when all requests have ended. Each has one of `slots` to itself; the one used
 * last is taken first, because its connection is warm.
 *
 * @returns those that still waited for a slot.
 */
export async function sendOnSchedule<Ready, Due>(
  arrivals: Iterator<Arrival, void>,
  slots: readonly number[],
  { clock, stopping, beganAt }: { readonly clock: Clock; readonly stopping: AbortSignal; readonly beganAt: number },
  load: ScheduledLoad<Ready, Due>,
): Promise<readonly Due[]> {
  const free = slots.toReversed()
  const waiting: Due[] = []
  const carrying = new Set<Promise<void>>()

  const carry = async (slot: number, first: Due): Promise<void> => {
    await send(slot, first)
    while (waiting.length > 0 && !stopping.aborted) await send(slot, waiting.shift()!)
    free.push(slot)
  }
  const send = async (slot: number, due: Due): Promise<void> => {
    const next = await load.send(slot, due)
    if (next !== null && !stopping.aborted) keep(follow(next))
  }
  const keep = (carried: Promise<void>): void => {
    const kept = carried.finally(() => carrying.delete(kept))
    carrying.add(kept)
  }
  const begin = (due: Due): void => {
    const slot = free.pop()
    if (slot !== undefined) return keep(carry(slot, due))
    waiting.push(due)
    load.onWaiting(due)
  }
  const sleepUntil = async (dueAt: number): Promise<void> => {
    do await clock.sleep(Math.max(0, dueAt - clock.now()), stopping)
    while (clock.now() < dueAt && !stopping.aborted)
  }
  const follow = async ({ number, dueAt }: Follower): Promise<void> => {
    const ready = load.prepare(number)
    if (clock.now() < dueAt) await sleepUntil(dueAt)
    const due = stopping.aborted ? null : load.take(ready, dueAt)
    if (due !== null) begin(due)
  }

  const takeTogether = groupByMoment(arrivals)
  const prepared: { readonly ready: Ready; readonly dueAt: number }[] = []
  let inOneGo = 0
  while (!stopping.aborted) {
    // All that are due at one moment are made ready before it.
    if (prepared.length === 0)
      for (const { number, atMs } of takeTogether())
        prepared.push({ ready: load.prepare(number), dueAt: beganAt + atMs })
    const next = prepared.shift()
    if (next === undefined) break
    const { ready, dueAt } = next
    if (clock.now() >= dueAt && ++inOneGo < MOST_AT_ONCE) {
      // It is late already.
    } else {
      inOneGo = 0
      await sleepUntil(dueAt)
    }
    if (stopping.aborted) break
    const due = load.take(ready, dueAt)
    if (due === null) break
    begin(due)
  }
  while (carrying.size > 0) await Promise.all(carrying)
  return waiting
}

/** Takes arrivals in groups: those at the same moment, up to `MOST_AT_ONCE`; none when there are no more. */
function groupByMoment(arrivals: Iterator<Arrival, void>): () => Arrival[] {
  let next = arrivals.next()
  return () => {
    const group: Arrival[] = []
    while (next.done !== true && group.length < MOST_AT_ONCE && next.value.atMs === (group[0] ?? next.value).atMs) {
      group.push(next.value)
      next = arrivals.next()
    }
    return group
  }
}
