import type { Api, Delta } from '../api.ts'
import { cutName, parseJson } from '../../json.ts'

/**
 * What all token events of an answer have in common: the bytes before and after their text, and what they say besides
 * it. Between the first token and the last, servers repeat an event in which only the text changes.
 */
export interface EventShape {
  readonly before: Buffer
  readonly after: Buffer
  /** What an event of this shape says. Its text is that of the last match: read it before the next one. */
  readonly delta: Delta
  /** As kept for an answer. */
  readonly servedModel: string | null
  /**
   * Where the event at `from` ends, in bytes; −1 if it has another shape or is not complete before `to`. Without
   * `wantsText` a text without the beginning of a tag is counted but not decoded.
   */
  match(bytes: Buffer, from: number, to: number, wantsText: boolean): number
}

/** Replaces a text, to test the reader. */
const PROBE = 'plateau \u2026 probe'
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LESS_THAN = 0x3c
const OPEN_BRACKET = 0x5b
/** Longer events are parsed. */
const LONGEST_TEXT = 16_384

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
 * times), or whose text does not occur literally.
 *
 * The API's reader confirms that another text in this place changes nothing else.
 *
 * @param frame the bytes of an event around its data, as this framing writes them.
 */
export function learnShape(
  api: Api,
  { json, data, eventName, delta }: ReadEvent,
  frame: { readonly before: string; readonly after: string },
): EventShape | null {
  if (!carriesTextAlone(delta)) return null
  for (const text of listTexts(json, delta.characters!)) {
    const literal = JSON.stringify(text)
    const at = data.indexOf(literal)
    if (at < 0 || data.includes(literal, at + 1)) continue
    const [before, after] = [data.slice(0, at + 1), data.slice(at + literal.length - 1)]
    const probed = parseJson(`${before}${PROBE}${after}`)
    if (probed === undefined || !saysTheSame(api.read(probed, eventName), delta)) continue
    return createShape(Buffer.from(frame.before + before), Buffer.from(after + frame.after), delta)
  }
  return null
}

function carriesTextAlone(delta: Delta): boolean {
  const { text, reasoning, tool, usage, server, finishReason, error, terminal, unknown, concealed, unread } = delta
  const carries = (text || reasoning || tool) && (delta.characters ?? 0) > 0
  const saysMore = usage !== null || server !== undefined || finishReason !== null || error !== null
  return carries && !saysMore && !terminal && !unknown && concealed !== true && !unread && delta.endsAtDone !== true
}

/** Whether an event with the probe as its text says the same except for the text. */
function saysTheSame(probed: Delta, delta: Delta): boolean {
  const expected = delta.content === undefined || delta.content === '' ? delta.content : PROBE
  if (probed.content !== expected || probed.characters !== PROBE.length) return false
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

function createShape(before: Buffer, after: Buffer, learnt: Delta): EventShape {
  const delta = { ...learnt, content: learnt.content ?? '', characters: 0 }
  const hasContent = delta.content !== ''
  const [viewBefore, viewAfter] = [viewOf(before), viewOf(after)]
  // A view of the last read's memory, which nearly always is that of the next one.
  let read = before
  let view = viewBefore
  return {
    before,
    after,
    delta,
    servedModel: delta.servedModel === null ? null : cutName(delta.servedModel),
    match(bytes, from, to, wantsText) {
      const at = from + before.length
      if (at + after.length >= to) return -1
      if (bytes !== read) {
        read = bytes
        view = viewOf(bytes)
      }
      if (!stands(view, from, viewBefore)) return -1
      const most = Math.min(to - after.length, at + LONGEST_TEXT)
      let isPlain = true
      let isWanted = wantsText && hasContent
      let end = at
      for (; end < most; end++) {
        const byte = bytes[end]!
        if (byte === QUOTE) break
        // A control character is not JSON.
        if (byte < 0x20) return -1
        if (byte === BACKSLASH) end++
        if (byte === BACKSLASH || byte > 0x7e) isPlain = false
        else if (byte === LESS_THAN || byte === OPEN_BRACKET) isWanted = hasContent
      }
      if (end === at || end > most || !stands(view, end, viewAfter)) return -1
      if (isPlain && !isWanted) {
        delta.content = ''
        delta.characters = end - at
      } else {
        const text = isPlain ? bytes.toString('latin1', at, end) : readText(bytes.subarray(at, end))
        // An empty text is not a token.
        if (text === null || text === '') return -1
        if (hasContent) delta.content = text
        delta.characters = text.length
      }
      return end + after.length
    },
  }
}

/**
 * Whether the bytes of `expected` are at a place; enough bytes must be there. Compares four at a time, because this
 * runs for every token: Node's comparison takes four times as long, one byte by byte six times.
 */
function stands(view: DataView, from: number, expected: DataView): boolean {
  const { byteLength } = expected
  const words = byteLength - 3
  let i = 0
  for (; i < words; i += 4) if (view.getInt32(from + i) !== expected.getInt32(i)) return false
  for (; i < byteLength; i++) if (view.getUint8(from + i) !== expected.getUint8(i)) return false
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
