import type { Api, Delta } from '../api.ts'
import { cutName, parseJson } from '../../json.ts'
import type { Frame } from '../framing/event-reader.ts'
import { findVaryingValues } from './varying-values.ts'
import type { VaryingValue } from './varying-values.ts'

/** A value in the data of an event that may be another one in every event of its shape; `text` is that of the answer. */
export type Place = VaryingValue | (Pick<VaryingValue, 'from' | 'to'> & { readonly kind: 'text' })

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

/**
 * What all token events of an answer have in common: the bytes around their text, and what they say besides it. Between
 * the first token and the last, servers repeat an event in which only the text changes, and values of which nothing is read: the
 * time of the event, its number, random padding; in the next answer, its id.
 *
 * A class, because `match` runs for every token: all shapes share one compiled form of it.
 */
export class EventShape {
  /** The event that it was learnt from. */
  readonly data: string
  /** Which of the values in it vary. */
  readonly varying: readonly VaryingValue[]
  /** What an event of this shape says. Its text is that of the last match: read it before the next one. */
  readonly delta: Delta
  /** As kept for an answer. */
  readonly servedModel: string | null
  readonly #said: { content?: string; characters?: number }
  readonly #hasContent: boolean
  readonly #kinds: readonly Place['kind'][]
  readonly #fixed: readonly FixedBytes[]
  /** A view of the last read's memory, which nearly always is that of the next one. */
  #read: Buffer
  #view: DataView

  /** `fixed` are the bytes before, between and after the places. */
  constructor(data: string, fixed: readonly Buffer[], places: readonly Place[], learnt: Delta) {
    const delta = { ...learnt, content: learnt.content ?? '', characters: 0 }
    this.data = data
    this.varying = places.filter((place) => place.kind !== 'text')
    this.delta = delta
    this.#said = delta
    this.#hasContent = delta.content !== ''
    this.servedModel = delta.servedModel === null ? null : cutName(delta.servedModel)
    this.#kinds = places.map(({ kind }) => kind)
    this.#fixed = fixed.map((bytes) => ({ view: viewOf(bytes), length: bytes.length }))
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
    let at = from
    let textAt = 0
    let textEnd = 0
    let isPlain = true
    let isWanted = wantsText && hasContent
    for (let i = 0; ; i++) {
      const expected = fixed[i]!
      if (at + expected.length > to || !stands(view, at, expected)) return -1
      at += expected.length
      if (i === last) break
      const kind = kinds[i]
      if (kind !== 'text') {
        at = kind === 'number' ? passNumber(bytes, at, to) : passString(bytes, at, to)
        if (at < 0) return -1
        continue
      }
      textAt = at
      const most = Math.min(to, at + LONGEST_TEXT)
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
    return at
  }
}

/** The shape that was learnt last from the answers of an endpoint, for those that follow. */
export interface ShapeMemory {
  shape: EventShape | null
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

function passDigits(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++
  return at
}

/**
 * Whether the bytes of `expected` are at a place; enough bytes must be there. Compares four at a time, because this
 * runs for every token: Node's comparison takes four times as long, one byte by byte six times.
 */
function stands(view: DataView, from: number, { view: expected, length }: FixedBytes): boolean {
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

/** A parsed event and what it says. */
export interface ReadEvent {
  readonly json: unknown
  /** The event as received, on one line. */
  readonly data: string
  readonly eventName: string
  readonly delta: Delta
}

/**
 * Learns the shape of a token event that only carries text. Null for an event that says more (a count, an end, server
 * times), or whose text does not occur literally. Where it differs from the event of an `earlier` shape, besides its text, later events may differ, too;
 * and so they may where that shape has already found values to vary.
 *
 * The API's reader confirms that other values in these places change nothing else.
 *
 * @param frame the bytes of an event around its data, as this framing writes them.
 */
export function learnShape(
  api: Api,
  event: ReadEvent,
  frame: Frame,
  earlier: EventShape | null = null,
): EventShape | null {
  if (!carriesTextAlone(event.delta)) return null
  const isComparable = earlier !== null && Math.max(earlier.data.length, event.data.length) <= LONGEST_TEXT
  const varying = (isComparable ? findVaryingValues(event.data, earlier) : null) ?? []
  // Where a value that differs is one that the API reads, the next events may still be like this one.
  return learnAround(api, event, frame, varying) ?? (varying.length > 0 ? learnAround(api, event, frame, []) : null)
}

/**
 * Replace the values in all places at once, to test the reader. Where a member that stands beside the text may hold the same, the longer counts:
 * so the text is the longest value once, and once the shortest.
 */
const PROBES = {
  text: ['plateau \u2026 probe', '\u2026'],
  string: ['', 'plateau probe'],
  number: ['31415926', '0'],
} as const
const EACH_PROBE = [0, 1] as const
type Probe = (typeof EACH_PROBE)[number]

function learnAround(
  api: Api,
  { json, data, eventName, delta }: ReadEvent,
  frame: Frame,
  varying: readonly VaryingValue[],
): EventShape | null {
  for (const text of listTexts(json, delta.characters!)) {
    const literal = JSON.stringify(text)
    const at = data.indexOf(literal)
    if (at < 0 || data.includes(literal, at + 1)) continue
    const place = { from: at + 1, to: at + literal.length - 1, kind: 'text' } as const
    const places = [...varying.filter(({ from }) => from !== place.from), place].sort((a, b) => a.from - b.from)
    const fixed = listFixed(data, places)
    if (EACH_PROBE.every((probe) => saysTheSame(api, eventName, fillIn(fixed, places, probe), { delta, probe })))
      return new EventShape(data, frameAll(fixed, frame), places, delta)
  }
  return null
}

/** What stands before, between and after some places. */
function listFixed(data: string, places: readonly Place[]): string[] {
  return [...places, { from: data.length }].map(({ from }, i) => data.slice(places[i - 1]?.to ?? 0, from))
}

/** The event with probes in all its places. */
function fillIn(fixed: readonly string[], places: readonly Place[], probe: Probe): string {
  return fixed.reduce((before, after, i) => before + PROBES[places[i - 1]!.kind][probe] + after)
}

/** The same in the bytes of the stream. */
function frameAll(fixed: readonly string[], { before, after }: Frame): Buffer[] {
  const last = fixed.length - 1
  return fixed.map((text, i) => Buffer.from((i === 0 ? before : '') + text + (i === last ? after : '')))
}

function carriesTextAlone(delta: Delta): boolean {
  const { text, reasoning, tool, usage, server, finishReason, error, terminal, unknown, concealed, unread } = delta
  const carries = (text || reasoning || tool) && (delta.characters ?? 0) > 0
  const saysMore = usage !== null || server !== undefined || finishReason !== null || error !== null
  return carries && !saysMore && !terminal && !unknown && concealed !== true && !unread && delta.endsAtDone !== true
}

/** Whether an event with the probe as its text says the same except for the text. */
function saysTheSame(
  api: Api,
  eventName: string,
  data: string,
  { delta, probe }: { readonly delta: Delta; readonly probe: Probe },
): boolean {
  const text = PROBES.text[probe]
  const json = parseJson(data)
  if (json === undefined) return false
  const probed = api.read(json, eventName)
  const expected = delta.content === undefined || delta.content === '' ? delta.content : text
  if (probed.content !== expected || probed.characters !== text.length) return false
  return holdsAll(probed, delta) && holdsAll(delta, probed)
}

/** Whether two deltas are the same except for the text. */
function holdsAll(delta: Delta, other: Delta): boolean {
  for (const name in other) {
    const isText = name === 'content' || name === 'characters'
    if (!isText && delta[name as keyof Delta] !== other[name as keyof Delta]) return false
  }
  return true
}

/** All texts in a value with this number of characters, appended to those found before. */
function listTexts(value: unknown, characters: number, found: string[] = []): readonly string[] {
  if (typeof value === 'string' && value.length === characters) found.push(value)
  if (value !== null && typeof value === 'object') {
    for (const member of Object.values(value)) listTexts(member, characters, found)
  }
  return found
}
