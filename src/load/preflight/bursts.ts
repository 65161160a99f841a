import type { Exchange } from '../ports.ts'

/** Tokens that arrive this close together came out of one buffer. */
const TOGETHER_MS = 2
/** Servers send a few tokens at once when they guess ahead; buffers hold more. */
const FEWEST_EVENTS = 8
/** Pauses that are shorter than this may be the client's own. */
const SHORTEST_PAUSE_MS = 20
/** Of the time between first and last token, the share that the pauses take: what is left is too short to write tokens in. */
const PAUSED_SHARE = 0.9

/** Tokens of one answer arrive in bursts. */
export interface Bursts {
  /** How many there were, at least two. */
  readonly count: number
  /** Token events in each, on average. */
  readonly events: number
  /** Size of the buffer, as far as the bursts tell, in KiB: a power of two. */
  readonly kib: number
}

/**
 * Whether the tokens of one answer, which had the server for itself, arrived in bursts with nothing but pauses between:
 * something holds them back until so many bytes are there. Null when they did not, and when all came at once.
 */
export function burstsOf({ tokenAt, bodyBytes }: Pick<Exchange, 'tokenAt' | 'bodyBytes'>): Bursts | null {
  let count = 1
  let pausedMs = 0
  for (let i = 1; i < tokenAt.length; i++) {
    const gap = tokenAt[i]! - tokenAt[i - 1]!
    if (gap <= TOGETHER_MS) continue
    count++
    pausedMs += gap
  }
  const events = tokenAt.length / count
  if (count < 2 || events < FEWEST_EVENTS || pausedMs / (count - 1) < SHORTEST_PAUSE_MS) return null
  if (pausedMs < PAUSED_SHARE * (tokenAt.at(-1)! - tokenAt[0]!)) return null
  // The last burst is what was left when the answer ended.
  const bytes = bodyBytes / (count - 0.5)
  return { count, events: Math.round(events), kib: 2 ** Math.max(0, Math.round(Math.log2(bytes / 1024))) }
}
