import { sha256 } from '../sha256.ts'
import type { z } from 'zod'
import { EndpointError } from '../errors.ts'
import type { Clock } from '../load/ports.ts'
import { renderShard } from '../settings/lists/shard-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { escapeForTerminal } from '../text.ts'
import { MarkError, MARKS, readMark } from './meeting-place.ts'
import type { MeetingPlace } from './meeting-place.ts'
import type { ShardClock } from './part.ts'

/** What meeting the other shards needs. */
export interface MeetingPorts {
  readonly place: MeetingPlace
  readonly clock: Clock
  readonly wallClock: () => Date
  readonly signal: AbortSignal
  /** 16 hex digits of the system's randomness. */
  readonly nonce: () => string
  /** How long to wait for the others. */
  readonly timeoutMs: number
  /** Hides secrets in what the others can read. */
  readonly redact: (text: string) => string
}

/** What one shard left at a round: when, by its clock, and when it was seen, by the reader's clock. */
export interface Mark<T> {
  readonly at: number
  readonly seenAt: number
  readonly value: T
}

/** How a round goes on. */
interface RoundOptions<T> {
  /** Whether this shard is ready for the round; true by default. */
  readonly isReady?: () => boolean
  /** Whether a mark ends the round for all shards at once. */
  readonly isEnd?: (value: T) => boolean
  /** How long to wait for the others; default: as long as for any. */
  readonly timeoutMs?: number
}

/** The marks of all shards, by their numbers; or the one that ended the round. */
type RoundResult<T> =
  { readonly marks: readonly Mark<T>[]; readonly ended: null } | { readonly marks: null; readonly ended: Mark<T> }

/** How often a shard checks, in milliseconds, whether it is ready itself, and whether another has ended the round. */
const TURN_MS = 10
const IDLE_LOOK_MS = 1_000
/** A store may refuse or lose one request. */
const TRIES = 4
const TRY_AGAIN_MS = 500
/** By how much a mark may be later than it is seen, where all clocks are known: more than they may be off. */
const MOST_EARLY_MS = 5_000

/**
 * The shards of one run, which go through the same rounds: each leaves a mark at every round and goes on when all have.
 * So there is no leader, and a mark means that everything before it is done.
 */
export class Meeting {
  readonly shard: Shard
  /** The same for all shards of this run, and for no other run. */
  readonly id: string
  #offsetMs: number | null = null
  readonly #ports: MeetingPorts
  readonly #wallOrigin: number
  #round = 0
  #hasCome = false

  constructor(shard: Shard, id: string, ports: MeetingPorts) {
    this.shard = shard
    this.id = id
    this.#ports = ports
    // From here on only the monotonic clock counts.
    this.#wallOrigin = ports.wallClock().getTime() - ports.clock.now()
  }

  /** Goes by the common time from here on, which is this shard's wall clock minus `offsetMs`. */
  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs
  }

  /** The common time of all shards, in milliseconds since 1970; before it is known that of this shard. */
  now(): number {
    return this.#ports.clock.now() + this.#wallOrigin - (this.#offsetMs ?? 0)
  }

  /** A common time on the clock of this shard. */
  toClock(time: number): number {
    return time - this.#wallOrigin + (this.#offsetMs ?? 0)
  }

  /**
   * One round: leaves a mark and waits for those of the others.
   *
   * @param schema what marks of this round say; they come from other machines.
   * @throws EndpointError, with its name, when a shard has left the run, does not come, or leaves something else.
   */
  async holdRound<T>(schema: z.ZodType<T>, value: () => T, options: RoundOptions<T> = {}): Promise<RoundResult<T>> {
    const { clock, place, signal } = this.#ports
    const { isReady = () => true, isEnd = () => false, timeoutMs = this.#ports.timeoutMs } = options
    const round = ++this.#round
    this.#hasCome = false
    const seen = new Map<number, Mark<T>>()
    let cameAt: number | null = null
    let lookedAt = -Infinity
    let trouble: string | null = null
    for (;;) {
      if (signal.aborted) throw refuseToGoOn(place)
      if (cameAt === null && isReady()) {
        const own = { at: this.now(), value: value() }
        await this.#leaveMark(round, own)
        this.#hasCome = true
        cameAt = clock.now()
        seen.set(this.shard.number, { ...own, seenAt: own.at })
        if (isEnd(own.value)) return { marks: null, ended: { ...own, seenAt: own.at } }
      }
      if (cameAt !== null || clock.now() - lookedAt >= IDLE_LOOK_MS) {
        lookedAt = clock.now()
        const missing = this.#listNumbers().filter((number) => !seen.has(number))
        try {
          const texts = await place.get(missing.map((number) => this.#nameOf(round, number)))
          const seenAt = this.now()
          trouble = null
          for (const [i, text] of texts.entries()) {
            if (text === null) continue
            const mark = this.#readMark(text, missing[i]!, schema)
            if (mark === null) continue
            seen.set(missing[i]!, { ...mark, seenAt })
            if (isEnd(mark.value)) return { marks: null, ended: { ...mark, seenAt } }
          }
        } catch (error) {
          if (error instanceof EndpointError) throw error
          trouble = (error as Error).message
        }
      }
      if (seen.size === this.shard.count)
        return { marks: this.#listNumbers().map((number) => seen.get(number)!), ended: null }
      // Waits only from its own mark on: before that, the others' answers may take long.
      if (cameAt !== null && clock.now() - cameAt > timeoutMs) {
        const missing = this.#listNumbers().filter((number) => !seen.has(number))
        throw describeMissing(this.shard, missing, { place, waitMs: timeoutMs, trouble })
      }
      await clock.sleep(cameAt === null ? TURN_MS : place.pollMs, signal)
    }
  }

  /**
   * Says that this shard leaves the run, so that nobody waits for it. Hides secrets in the reason, which a server may
   * have echoed. Ignores errors: there already is a worse one.
   */
  async leave(why: string): Promise<void> {
    const round = this.#hasCome || this.#round === 0 ? this.#round + 1 : this.#round
    const text = JSON.stringify({ at: this.now(), gone: this.#ports.redact(why) })
    await this.#ports.place.put(this.#nameOf(round, this.shard.number), text).catch(() => {})
  }

  #listNumbers(): number[] {
    return listNumbers(this.shard)
  }

  #nameOf(round: number, number: number): string {
    return `plateau-${this.id}-${round}-${number}`
  }

  async #leaveMark(round: number, mark: object): Promise<void> {
    await putSafely(this.#nameOf(round, this.shard.number), JSON.stringify(mark), this.#ports)
  }

  /** Null when it is not whole: it may still be on its way. */
  #readMark<T>(text: string, number: number, schema: z.ZodType<T>): Omit<Mark<T>, 'seenAt'> | null {
    const refuse = (why: string, remedy: string): EndpointError =>
      new EndpointError(`shard ${renderShard({ number, count: this.shard.count })} ${why}`, {
        tried: `rendezvous ${this.#ports.place.where}`,
        remedy,
      })
    try {
      const mark = readMark(text, schema)
      if (mark === null) return null
      if ('gone' in mark) {
        const why = escapeForTerminal(mark.gone, 400)
        throw refuse(`left the run: ${why}`, 'look at what it says itself, and start all shards again')
      }
      if (this.#offsetMs !== null && mark.at > this.now() + MOST_EARLY_MS) {
        throw new MarkError(`at: is ${Math.round((mark.at - this.now()) / 1000)} s later than it was seen`)
      }
      return mark
    } catch (error) {
      if (!(error instanceof MarkError)) throw error
      throw refuse(
        `left a mark that cannot be used: ${escapeForTerminal(error.message, 400)}`,
        'give the shards a rendezvous that nothing else writes to, and start all of them again, by one version of Plateau',
      )
    }
  }
}

/**
 * Waits until all shards of this run are there. Each shard has a nonce, and all must have seen the same ones, so
 * marks of an earlier run in the same place do not count.
 *
 * @throws EndpointError when some do not come in time, or when another process takes part as this shard.
 */
export async function openMeeting(shard: Shard, ports: MeetingPorts): Promise<Meeting> {
  const { place, clock, signal, timeoutMs } = ports
  const nonce = ports.nonce()
  const numbers = listNumbers(shard)
  const nameOf = (word: string, number: number): string => `plateau-${word}-${number}-of-${shard.count}`
  await putSafely(nameOf('hello', shard.number), nonce, ports)
  const startedAt = clock.now()
  let left: string | null = null
  let trouble: string | null = null
  let missing: readonly number[] = numbers
  for (;;) {
    if (signal.aborted) throw refuseToGoOn(place)
    try {
      const nonces = await place.get(numbers.map((number) => nameOf('hello', number)))
      if (nonces[shard.number - 1] !== nonce) throw describeDouble(shard, place)
      trouble = null
      missing = numbers.filter((number) => nonces[number - 1] === null)
      if (missing.length === 0) {
        const id = sha256(nonces.join()).slice(0, 16)
        if (left !== id) await place.put(nameOf('heard', shard.number), id)
        left = id
        const ids = await place.get(numbers.map((number) => nameOf('heard', number)))
        missing = numbers.filter((number) => ids[number - 1] !== id)
        if (missing.length === 0) return new Meeting(shard, id, ports)
      }
    } catch (error) {
      if (error instanceof EndpointError) throw error
      trouble = (error as Error).message
    }
    if (clock.now() - startedAt > timeoutMs)
      throw describeMissing(shard, missing, { place, waitMs: timeoutMs, trouble })
    await clock.sleep(place.pollMs, signal)
  }
}

async function putSafely(name: string, text: string, { place, clock, signal }: MeetingPorts): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await place.put(name, text)
      return
    } catch (error) {
      if (tries < TRIES && !signal.aborted) {
        await clock.sleep(TRY_AGAIN_MS, signal)
        continue
      }
      throw new EndpointError(
        `nothing could be left at the rendezvous: ${escapeForTerminal((error as Error).message)}`,
        {
          tried: `rendezvous ${place.where}`,
          remedy: 'give a folder that this process may write to, or a URL that takes PUT and GET',
          cause: error,
        },
      )
    }
  }
}

function listNumbers({ count }: Shard): number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}

function describeMissing(
  { count }: Shard,
  missing: readonly number[],
  {
    place,
    waitMs,
    trouble,
  }: { readonly place: MeetingPlace; readonly waitMs: number; readonly trouble: string | null },
): EndpointError {
  const names = missing.map((number) => renderShard({ number, count })).join(', ')
  const why = trouble === null ? '' : ` (the last look there: ${escapeForTerminal(trouble)})`
  const noun = missing.length === 1 ? 'shard' : 'shards'
  return new EndpointError(`${noun} ${names} did not come within ${Math.round(waitMs / 1000)} s${why}`, {
    tried: `rendezvous ${place.where}`,
    remedy: `look at what ${missing.length === 1 ? 'it says' : 'they say'}; all shards need one rendezvous, and to be started within rendezvous-timeout`,
  })
}

function describeDouble(shard: Shard, place: MeetingPlace): EndpointError {
  return new EndpointError(`another process takes part as shard ${renderShard(shard)}, too`, {
    tried: `rendezvous ${place.where}`,
    remedy: 'give each process a number of its own, and each run a rendezvous of its own where two run at once',
  })
}

function refuseToGoOn(place: MeetingPlace): EndpointError {
  return new EndpointError('interrupted while the other shards were waited for', {
    tried: `rendezvous ${place.where}`,
    remedy: 'start all shards again',
  })
}

/** Of several looks, the quickest is the most exact. */
const ROUNDS = 6
/** A moment is agreed on at least this long before it comes, so that all shards know of it by then. */
const LEAST_LEAD_MS = 200

/** What the shards know of each other's clocks. */
export interface SharedClocks {
  /** The clock of this shard, relative to the first. */
  readonly own: ShardClock
  /** All clocks, by the numbers of the shards. */
  readonly all: readonly ShardClock[]
  /** How long before it comes a moment must be agreed on. The same in all shards. */
  readonly leadMs: number
}

/**
 * How far the clock of a shard is ahead of the first one's, from the times that marks took to the first shard and
 * back, each by the clocks of its two ends. No mark arrives before it was left, so the quickest in each direction are
 * bounds, however different the directions are.
 */
export function boundOffset(toFirstMs: readonly number[], fromFirstMs: readonly number[]): ShardClock {
  const least = -Math.min(...toFirstMs)
  const most = Math.min(...fromFirstMs)
  return { offsetMs: (least + most) / 2, withinMs: Math.max(0, (most - least) / 2) }
}

/** Exchanges marks until the clocks are known, and sets the meeting to the time of the first shard. */
export async function compareClocks(meeting: Meeting): Promise<SharedClocks> {
  const { number } = meeting.shard
  const toFirst: number[] = []
  const fromFirst: number[] = []
  let seenAt: number[] | null = null
  let leftAt = NaN
  let slowestMs = 0
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = meeting.now()
    const { marks } = await meeting.holdRound(MARKS.seenAt, () => seenAt)
    // In the first round the others may have been late for other reasons.
    if (round > 0) slowestMs = Math.max(slowestMs, meeting.now() - startedAt)
    if (marks === null) continue
    const [first] = marks
    fromFirst.push(first!.seenAt - first!.at)
    const arrivedAt = first!.value?.[number - 1]
    if (arrivedAt !== undefined && !Number.isNaN(leftAt)) toFirst.push(arrivedAt - leftAt)
    leftAt = marks[number - 1]!.at
    seenAt = marks.map((mark) => mark.seenAt)
  }
  const own = number === 1 ? { offsetMs: 0, withinMs: 0 } : boundOffset(toFirst, fromFirst)
  const { marks } = await meeting.holdRound(MARKS.clockFinding, () => ({ clock: own, slowestMs }))
  const all = marks!.map(({ value }) => value.clock)
  meeting.setOffset(own.offsetMs)
  const slowest = Math.max(...marks!.map(({ value }) => value.slowestMs))
  const withinMs = Math.max(...all.map((clock) => clock.withinMs))
  return { own, all, leadMs: LEAST_LEAD_MS + 2 * slowest + 2 * withinMs }
}
