import { SHORT_TOKENS } from '../../plan/workload.ts'
import type { Exchange } from '../ports.ts'

/**
 * How a worker's first request begins: with a shortened answer that puts it into a phase of its own, one after another or all at once, or with
 * a whole answer.
 */
export type Entry = 'phased' | 'phased-at-once' | 'whole'

/** So many workers at once may wait for their first token while others have not entered yet. */
function countWaiting(workers: number): number {
  return Math.ceil(workers / 16)
}

/** After this many ends, and no first token that let another worker enter, those that wait are waiting for a slot. */
function countEnds(workers: number): number {
  return 2 * countWaiting(workers) + 2
}

/**
 * How many warm-ups of these workers the window waits for, besides that all of them are in. Where they enter one after another the load is steady then, but
 * for the burst of those that entered last; where all enter at once, it is when the shorter half of their first answers has ended.
 */
export function countAwaited(workers: number, entry: Entry): number {
  return workers === 0 ? 0 : Math.floor(workers / (entry === 'phased-at-once' ? 2 : 8)) + 1
}

/** No more tokens than these may well come in one event. */
const FEW_TOKENS = 8

/** Sends a request, and calls `onFirstToken` as `Transport.send` does. */
type SendRequest = (onFirstToken?: () => void) => Promise<Exchange>

/** A request of a worker. */
interface WatchedRequest {
  readonly outputTokens: number
  /** How many it would ask for with a whole answer. */
  readonly fullTokens: number
  /** How its worker enters with it; null where it is in. */
  readonly entry: Entry | null
  /** Called once when its worker is in. */
  readonly onIn: (() => void) | undefined
}

/**
 * Lets the workers of a closed loop enter a level, so that its load is steady as soon as all are in, however many requests the server works on
 * at once.
 *
 * The first ones enter with shortened answers, which puts them into all phases of an answer; each first token lets another one in. Where no
 * first token comes but answers end, every slot is taken: all others enter then, with whole answers. Were those shortened, too, slots would
 * become free faster at first than later, and that wave would go on, since all answers after it are about equally long.
 *
 * Where answers are short, and where nobody can tell whether others wait for a slot, because an answer came in one piece or failed, all others enter at
 * once, in their phases.
 */
export class Entrance {
  readonly #workers: number
  readonly #onMoreAwaited: (more: number) => void
  readonly #outside: ((entry: Entry) => void)[] = []
  /** Requests under way whose first token has not come. */
  #waiting = 0
  /** Answers that have ended since a worker entered. */
  #ends = 0
  /** How all others enter; null while they enter one after another. */
  #rest: Entry | null = null

  /** Calls `onMoreAwaited` when the window has to wait for more warm-ups than those of workers that enter one after another. */
  constructor(workers: number, onMoreAwaited: (more: number) => void) {
    this.#workers = workers
    this.#onMoreAwaited = onMoreAwaited
  }

  /** Whether somebody has not entered yet, so that first tokens matter. */
  get isOpening(): boolean {
    return this.#outside.length > 0
  }

  /** Resolves when a worker may send its first request, which counts as sent then. */
  async enter(): Promise<Entry> {
    return new Promise((resolve) => {
      this.#outside.push(resolve)
      this.#admit()
    })
  }

  /** A worker that is in sends another request. */
  noteSent(): void {
    this.#waiting++
  }

  /** Sends a request that counts as sent, and lets others in by what becomes of it. */
  async watch({ outputTokens, fullTokens, entry, onIn }: WatchedRequest, send: SendRequest): Promise<Exchange> {
    if (entry === 'phased' && fullTokens < SHORT_TOKENS) this.#letAllIn('phased-at-once')
    // The burst of those that enter one after another is over when the last one has its first token.
    let isIn = entry !== 'phased'
    if (isIn) onIn?.()
    if (!this.isOpening && isIn) return send()
    let hasBegun = false
    const note = (): void => {
      this.noteFirstToken()
      if (!isIn) onIn?.()
      isIn = true
    }
    const exchange = await send(() => {
      hasBegun = true
      note()
    })
    if (!hasBegun) note()
    const { failure, firstTokenAt, lastTokenAt } = exchange
    this.noteEnd(!hasBegun || failure !== null || (outputTokens > FEW_TOKENS && firstTokenAt === lastTokenAt))
    return exchange
  }

  /** The first token of a request came. */
  noteFirstToken(): void {
    this.#waiting--
    this.#admit()
  }

  /** A request has ended. One that `tellsNothing` failed or came in one piece. */
  noteEnd(tellsNothing: boolean): void {
    this.#ends++
    if (tellsNothing) this.#letAllIn('phased-at-once')
    else if (this.#ends >= countEnds(this.#workers)) this.#letAllIn('whole')
  }

  /** Lets all in, because the level has ended. */
  end(): void {
    this.#letAllIn('phased-at-once')
  }

  #letAllIn(entry: Entry): void {
    if (this.#rest !== null || !this.isOpening) return
    this.#rest = entry
    this.#onMoreAwaited(countAwaited(this.#workers, entry) - countAwaited(this.#workers, 'phased'))
    this.#admit()
  }

  #admit(): void {
    while (this.isOpening && (this.#rest !== null || this.#waiting < countWaiting(this.#workers))) {
      this.#waiting++
      this.#ends = 0
      this.#outside.shift()!(this.#rest ?? 'phased')
    }
  }
}
