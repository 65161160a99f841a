import type { Api, Delta } from '../api.ts'
import { parseJson } from '../../json.ts'
import type { Frame } from '../framing/event-reader.ts'
import { EventShape, LONGEST_TEXT } from './event-shape.ts'
import type { Place } from './event-shape.ts'
import { findVaryingValues } from './varying-values.ts'
import type { VaryingValue } from './varying-values.ts'

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
 * times), or whose text does not occur literally. What it differs in from the event of an `earlier` shape, besides its text, may be anything in later
 * ones, too, and what has varied by then.
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
  // Where something is read of what differs, the next events may still be like this one.
  return learnAround(api, event, frame, varying) ?? (varying.length > 0 ? learnAround(api, event, frame, []) : null)
}

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
