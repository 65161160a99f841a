import type { Random } from '../../src/random.ts'

/** What one read brings, and when, in milliseconds after the request. */
export interface Piece {
  readonly bytes: Buffer
  readonly atMs: number
}

const GAP_MS = 8
/** Times of which sums are exact. */
const STEPS_PER_MS = 64
const LF = 0x0a
const CR = 0x0d

/** When event `index` is complete. */
export function completeAt(index: number): number {
  return (index + 1) * GAP_MS
}

/**
 * The body in pieces: cut after each of its events, which end at `ends`, and at `cuts`. The piece with the byte that completes
 * event i comes at its time, every other one between the times of two events: a reader that waits for more bytes than an event
 * has, or takes it for complete with fewer, gives it another time.
 */
export function piecesOf(body: Buffer, ends: readonly number[], cuts: readonly number[] = []): Piece[] {
  // The LF of a CRLF comes with its CR, unless it is cut there.
  const afterEvents = ends.map((end) => (body[end - 1] === CR && body[end] === LF ? end + 1 : end))
  const bounds = [...new Set([...afterEvents, ...cuts, body.length])]
    .filter((bound) => bound > 0 && bound <= body.length)
    .sort((a, b) => a - b)
  const pieces: Piece[] = []
  let waiting: Buffer[] = []
  let from = 0
  let event = 0
  for (const to of bounds) {
    const bytes = body.subarray(from, to)
    const isComplete = ends[event] !== undefined && ends[event]! <= to
    if (isComplete) {
      pieces.push(...between(waiting, event), { bytes, atMs: completeAt(event++) })
      waiting = []
    } else waiting.push(bytes)
    from = to
  }
  return [...pieces, ...between(waiting, event)]
}

/** Pieces at even times before that of this event. */
function between(pieces: readonly Buffer[], event: number): Piece[] {
  return pieces.map((bytes, i) => {
    const ms = (GAP_MS * (i + 1)) / (pieces.length + 1)
    return { bytes, atMs: completeAt(event - 1) + Math.floor(ms * STEPS_PER_MS) / STEPS_PER_MS }
  })
}

/** Up to two places in each event, any byte. */
export function randomCuts(ends: readonly number[], random: Random): number[] {
  return ends.flatMap((end, i) => {
    const from = ends[i - 1] ?? 0
    return Array.from({ length: Math.floor(random() * 3) }, () => from + Math.floor(random() * (end - from + 1)))
  })
}

/** Every place where a body of this length can be cut, or that many of them by chance. */
export function singleCuts(length: number, most: number, random: Random): number[] {
  const all = Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1)
  if (all.length <= most) return all
  return Array.from({ length: most }, () => all[Math.floor(random() * all.length)]!)
}
