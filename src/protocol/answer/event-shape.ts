import type { Delta, Usage } from '../api.ts'
import { cutName, parseJson } from '../../json.ts'
import type { Frame, Seal } from '../framing/event-reader.ts'

/**
 * A value in the data of an event that may be another one in every event of its shape: the `text` of the answer, a `count` of tokens, or a
 * string or a number of which nothing is read.
 */
export interface Place {
  /** Where it stands in the text of the event; of a string without its quotes. */
  readonly from: number
  readonly to: number
  readonly kind: 'string' | 'number' | 'text' | 'count'
  /** Which of the values of the event it is; null for the text. */
  readonly nth: number | null
}

/** A count that an event states: the number in the place `at`, and what the reader adds to it. */
export interface StatedCount {
  readonly member: CountMember
  readonly at: number
  readonly added: number
}

/** The members of `Usage` that are counts. */
export type CountMember = {
  [Member in keyof Usage]-?: number | null extends Usage[Member] ? Member : never
}[keyof Usage]

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LESS_THAN = 0x3c
const OPEN_BRACKET = 0x5b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
/** Bytes that all events of a shape have, with their length, which takes longer to read from a view. */
interface FixedBytes {
  readonly view: DataView
  readonly length: number
}

/** Longer texts are parsed. */
export const LONGEST_TEXT = 16_384
/** Counts of more digits are parsed: every number of so many digits is one that readers take for a count. */
const MOST_DIGITS = 9

/** What an event of a shape says, but for its text and its counts. */
interface ShapeContent {
  readonly delta: Delta
  /** Whether it says nothing else, so that one such event may follow another. */
  readonly repeats: boolean
  readonly counts: readonly StatedCount[]
}

/**
 * What all token events of an answer have in common: the bytes around their text, and what they say besides it. Between
 * the first token and the last, servers repeat an event in which only the text changes, the count of tokens so far, and values of which
 * nothing is read: the time of the event, its number, random padding; in the next answer, its id. And what all answers of an endpoint begin
 * or end with, which has no text.
 *
 * A class, because `match` runs for every token: all shapes share one compiled form of it.
 */
export class EventShape {
  /** The event that it was learnt from, and the bytes around it. */
  readonly data: string
  readonly frame: Frame
  /** Which of the values in it vary. */
  readonly varying: readonly number[]
  /** What an event of this shape says. Its text and its counts are those of the last match: read them before the next one. */
  readonly delta: Delta
  /** Whether it says nothing but a text and counts, so that one such event may follow another. */
  readonly repeats: boolean
  /** As kept for an answer. */
  readonly servedModel: string | null
  readonly #said: { content?: string; characters?: number }
  readonly #hasContent: boolean
  readonly #kinds: readonly Place['kind'][]
  readonly #fixed: readonly FixedBytes[]
  readonly #counts: readonly StatedCount[]
  /** What the delta states: changed by every match. */
  readonly #usage: { -readonly [Member in CountMember]: number | null } | null
  /** The counts in its places, by the number of the place. */
  readonly #counted: number[]
  readonly #seal: Seal | null
  /** A view of the last read's memory, which nearly always is that of the next one. */
  #read: Buffer
  #view: DataView

  /** `fixed` are the bytes before, between and after the places, with those of the frame inside of its seal. */
  constructor(
    data: string,
    frame: Frame,
    fixed: readonly Buffer[],
    places: readonly Place[],
    { delta: learnt, counts, repeats }: ShapeContent,
  ) {
    const usage = learnt.usage === null ? null : { ...learnt.usage }
    const delta = { ...learnt, content: learnt.content ?? '', characters: 0, usage }
    this.data = data
    this.frame = frame
    this.varying = places.flatMap(({ nth }) => nth ?? [])
    this.delta = delta
    this.repeats = repeats
    this.#said = delta
    this.#hasContent = delta.content !== ''
    this.servedModel = delta.servedModel === null ? null : cutName(delta.servedModel)
    this.#kinds = places.map(({ kind }) => kind)
    this.#fixed = fixed.map((bytes) => ({ view: viewOf(bytes), length: bytes.length }))
    this.#counts = counts
    this.#usage = usage
    this.#counted = places.map(() => 0)
    this.#seal = frame.seal ?? null
    this.#read = fixed[0]!
    this.#view = this.#fixed[0]!.view
  }

  /**
   * Where the event at `from` ends, in bytes; −1 if it has another shape or is not complete before `to`. Without
   * `wantsText` a text without the beginning of a tag is counted but not decoded.
   */
  match(bytes: Buffer, from: number, to: number, wantsText: boolean): number {
    if (bytes !== this.#read) {
      this.#read = bytes
      this.#view = viewOf(bytes)
    }
    const view = this.#view
    const fixed = this.#fixed
    const kinds = this.#kinds
    const last = kinds.length
    const hasContent = this.#hasContent
    const seal = this.#seal
    const end = seal === null ? to : seal.open(bytes, from, to)
    if (end < 0) return -1
    let at = seal === null ? from : from + seal.before
    let textAt = 0
    let textEnd = 0
    let isPlain = true
    let isWanted = wantsText && hasContent
    for (let i = 0; ; i++) {
      const expected = fixed[i]!
      if (at + expected.length > end || !hasBytesAt(view, at, expected)) return -1
      at += expected.length
      if (i === last) break
      const kind = kinds[i]
      if (kind !== 'text') {
        const begin = at
        at =
          kind === 'number'
            ? passNumber(bytes, at, end)
            : kind === 'count'
              ? passCount(bytes, at, end)
              : passString(bytes, at, end)
        if (at < 0) return -1
        if (kind === 'count') this.#counted[i] = readCount(bytes, begin, at)
        continue
      }
      textAt = at
      const most = Math.min(end, at + LONGEST_TEXT)
      for (; at < most; at++) {
        const byte = bytes[at]!
        if (byte === QUOTE) break
        // A control character is not JSON.
        if (byte < 0x20) return -1
        if (byte === BACKSLASH) at++
        if (byte === BACKSLASH || byte > 0x7e) isPlain = false
        else if (byte === LESS_THAN || byte === OPEN_BRACKET) isWanted = hasContent
      }
      if (at === textAt) return -1
      textEnd = at
    }
    if (isPlain && !isWanted) {
      this.#said.content = ''
      this.#said.characters = textEnd - textAt
    } else {
      const text = isPlain ? bytes.toString('latin1', textAt, textEnd) : readText(bytes.subarray(textAt, textEnd))
      // An empty text is not a token.
      if (text === null || text === '') return -1
      if (hasContent) this.#said.content = text
      this.#said.characters = text.length
    }
    for (const { member, at, added } of this.#counts) this.#usage![member] = this.#counted[at]! + added
    if (seal === null) return at
    return at === end ? end + seal.after : -1
  }
}

/** Of so many events that are not expected the shapes are kept; the Responses API frames a text with nine. */
const MOST_RARE = 12

/** What the answers of an endpoint have taught so far, for those that follow. */
export interface ShapeMemory {
  /** The shape of the token events that are expected: like the last one that was followed by another. */
  shape: EventShape | null
  /** Those of all other events, as of the ones that come once in an answer, at its beginning and its end; the last learnt first. */
  readonly rare: EventShape[]
  /** How many events a shape was looked for in. */
  lessons: number
}

/** Nothing is known yet. */
export function createShapeMemory(): ShapeMemory {
  return { shape: null, rare: [], lessons: 0 }
}

/** A shape that was learnt. */
export interface LearntShape {
  readonly shape: EventShape
  /** The earlier one, all of whose events have this shape, too; null where there is none. */
  readonly covers: EventShape | null
}

/** Keeps a shape, in place of the one that it covers; `isExpected` where others like it may follow at once, if it repeats. */
export function keepShape(memory: ShapeMemory, { shape, covers }: LearntShape, isExpected: boolean): void {
  const { rare, shape: expected } = memory
  if (covers !== null && covers !== expected) rare.splice(rare.indexOf(covers), 1)
  if (shape.repeats && (isExpected || (covers !== null && covers === expected))) {
    memory.shape = shape
    if (expected !== null && covers !== expected) rare.unshift(expected)
  } else rare.unshift(shape)
  if (rare.length > MOST_RARE) rare.pop()
}

/** Expects more events of the rare shape at that place, and those that were expected no more: they may come again, in this answer or in another. */
export function expectRare(memory: ShapeMemory, nth: number): void {
  const { rare, shape: expected } = memory
  memory.shape = rare[nth]!
  if (expected === null) rare.splice(nth, 1)
  else rare[nth] = expected
}

/** Where the string at a place ends, without its quote; −1 where it is not plain. */
function passString(bytes: Buffer, from: number, to: number): number {
  let at = from
  for (; at < to; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return -1
  }
  return -1
}

/** Where the number at a place ends; −1 where there is none, or one with an exponent. */
function passNumber(bytes: Buffer, from: number, to: number): number {
  const begin = bytes[from] === MINUS ? from + 1 : from
  const at = passDigits(bytes, begin, to)
  // One that begins with a zero is not JSON.
  if (at === begin || (bytes[begin] === ZERO && at > begin + 1)) return -1
  if (at === to || bytes[at] !== POINT) return at
  const end = passDigits(bytes, at + 1, to)
  return end === at + 1 ? -1 : end
}

/** Where the count at a place ends; −1 where there is none, or one that readers may take for something else (0, a fraction). */
function passCount(bytes: Buffer, from: number, to: number): number {
  const at = passDigits(bytes, from, Math.min(to, from + MOST_DIGITS))
  return at === from || bytes[from] === ZERO ? -1 : at
}

/** Whether a number is written as a count that shapes read. */
export function isCount(text: string): boolean {
  return passCount(Buffer.from(text), 0, text.length) === text.length
}

function readCount(bytes: Buffer, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) count = 10 * count + bytes[at]! - ZERO
  return count
}

function passDigits(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++
  return at
}

/**
 * Whether the bytes of `expected` are at a place; enough bytes must be there. Compares four at a time, because this
 * runs for every token: Node's comparison takes four times as long, one byte by byte six times.
 */
function hasBytesAt(view: DataView, from: number, { view: expected, length }: FixedBytes): boolean {
  const words = length - 3
  let i = 0
  for (; i < words; i += 4) if (view.getInt32(from + i, true) !== expected.getInt32(i, true)) return false
  for (; i < length; i++) if (view.getUint8(from + i) !== expected.getUint8(i)) return false
  return true
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text between the quotes of a JSON string; null where they are not those. */
function readText(bytes: Uint8Array): string | null {
  const text = parseJson(`"${decoder.decode(bytes)}"`)
  return typeof text === 'string' ? text : null
}
