import type { Api, Delta, Usage } from '../api.ts'
import { parseJson } from '../../json.ts'
import type { Frame } from '../framing/event-reader.ts'
import { EventShape, isCount, LONGEST_TEXT } from './event-shape.ts'
import type { CountMember, LearntShape, Place, StatedCount } from './event-shape.ts'

/** A parsed event and what it says. */
export interface ReadEvent {
  readonly json: unknown
  /** The event as received, on one line. */
  readonly data: string
  readonly eventName: string
  readonly delta: Delta
}

/**
 * Learns the shape of an event: of a token, which carries text, and counts where numbers that vary state them, or of one that comes once in an answer, such as its end or its
 * usage. It covers the event of one of the `known` shapes, too, where only values of which nothing is read differ: in that of a later answer they may differ again, and so
 * may those that have already been found to vary. Null for an event that states server times or an error, and for one whose text does not occur literally.
 *
 * The API's reader confirms that other values in these places change nothing else.
 *
 * @param frame the bytes of an event around its data, as this framing writes them.
 */
export function learnShape(
  api: Api,
  event: ReadEvent,
  frame: Frame,
  known: readonly EventShape[] = [],
): LearntShape | null {
  if (!canRecur(event.delta)) return null
  for (const earlier of event.data.length > LONGEST_TEXT ? [] : known) {
    // The name of an event stands in its frame, and says what it is.
    const varying = isSameFrame(earlier.frame, frame) ? findVaryingValues(event.data, earlier) : null
    // Where a value that differs is one that the API reads, the next events may still be like this one.
    const shape = varying === null ? null : learnAround(api, event, frame, varying)
    if (shape !== null) return { shape, covers: earlier }
  }
  const shape = learnAround(api, event, frame, [])
  return shape === null ? null : { shape, covers: null }
}

function isSameFrame(one: Frame, other: Frame): boolean {
  return one.before === other.before && one.after === other.after
}

/** A value in an event that is another one in the next event. */
interface VaryingValue extends Place {
  readonly kind: 'string' | 'number'
  readonly nth: number
}

/** Strings, and the numbers outside them. */
const VALUE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * Members that say what something is, or why it ended (`stop_type`). Readers know some of these words, and take all others for the same: that two of
 * them read alike does not show how a third one is read.
 */
const SAYS_KIND = /(?:type|role|object|reason)$/i

/**
 * The values in which two events of JSON differ (times, numbers of tokens, padding), in their order in `data`. Null where they differ in
 * more: in the members that they have, in what kind of value these are, or in what they say that something is. What has `varied` in the
 * earlier one is among them, even if it is equal in both.
 */
function findVaryingValues(
  data: string,
  { data: earlier, varying: varied }: EventShape,
): readonly VaryingValue[] | null {
  const theirs = earlier.matchAll(VALUE)
  const known = new Set(varied)
  const varying: VaryingValue[] = []
  let nth = -1
  let [end, endOfTheirs] = [0, 0]
  let before = ''
  for (const mine of data.matchAll(VALUE)) {
    const other = theirs.next().value
    const [value] = mine
    const name = before
    before = value
    if (other === undefined || data.slice(end, mine.index) !== earlier.slice(endOfTheirs, other.index)) return null
    end = mine.index + value.length
    endOfTheirs = other.index + other[0].length
    nth++
    if (value === other[0] && !known.has(nth)) continue
    const isString = value.startsWith('"')
    const isName = isString && /^\s*:/.test(data.slice(end, end + 8))
    if (isName || isString !== other[0].startsWith('"') || SAYS_KIND.test(name.slice(1, -1))) return null
    varying.push(
      isString
        ? { from: mine.index + 1, to: end - 1, kind: 'string', nth }
        : { from: mine.index, to: end, kind: 'number', nth },
    )
  }
  return data.slice(end) === earlier.slice(endOfTheirs) ? varying : null
}

/**
 * Replace the values in all places at once, to test the reader. Where a member that stands beside the text may hold the same, the longer counts:
 * so the text is the longest value once, and once the shortest. Counts differ from place to place, by more in one probe than in the other, so
 * that each is known by where it stands.
 */
const PROBES = {
  text: () => ['plateau \u2026 probe', '\u2026'],
  string: () => ['', 'plateau probe'],
  number: () => ['31415926', '0'],
  count: (place: number) => [String(7_000_003 + 1009 * place), String(2 + 3 * place)],
} as const satisfies Record<Place['kind'], (place: number) => readonly [string, string]>
const EACH_PROBE = [0, 1] as const
type Probe = (typeof EACH_PROBE)[number]

function learnAround(api: Api, event: ReadEvent, frame: Frame, varying: readonly VaryingValue[]): EventShape | null {
  const { data, delta } = event
  for (const text of listTextPlaces(event)) {
    const found: readonly Place[] = [...varying.filter(({ from }) => from !== text[0]?.from), ...text].sort(
      (a, b) => a.from - b.from,
    )
    const fixed = listFixed(data, found)
    const counts = findStatedCounts(api, event, fixed, found)
    if (counts === null) continue
    const places = found.map((each, i) =>
      counts.some(({ at }) => at === i) ? { ...each, kind: 'count' as const } : each,
    )
    if (EACH_PROBE.every((probe) => saysTheSame(api, event, { fixed, places, counts, probe })))
      return new EventShape(data, frame, frameAll(fixed, frame), places, { delta, counts, repeats: repeats(delta) })
  }
  return null
}

/** Where the text of an event may stand, one after another; in the place of one, nothing where it has no text. */
function listTextPlaces({ json, data, delta }: ReadEvent): readonly (readonly [] | readonly [Place])[] {
  if (!carriesText(delta)) return [[]]
  return listTexts(json, delta.characters!).flatMap((text) => {
    const literal = JSON.stringify(text)
    const at = data.indexOf(literal)
    if (at < 0 || data.includes(literal, at + 1)) return []
    return [[{ from: at + 1, to: at + literal.length - 1, kind: 'text', nth: null }] as const]
  })
}

const COUNT_MEMBERS = [
  'inputTokens',
  'outputTokens',
  'reasoningTokens',
  'cachedTokens',
  'totalTokens',
] as const satisfies readonly CountMember[]

/** The counts that an event states in these places. Null where its usage depends on the numbers in them in another way. */
function findStatedCounts(
  api: Api,
  { data, eventName, delta: { usage } }: ReadEvent,
  fixed: readonly string[],
  found: readonly Place[],
): readonly StatedCount[] | null {
  if (usage === null) return []
  const places = found.map((place) => (place.kind === 'number' ? { ...place, kind: 'count' as const } : place))
  const probed = EACH_PROBE.map((probe) => readProbe(api, eventName, fillIn(fixed, places, probe))?.usage ?? null)
  const counts: StatedCount[] = []
  for (const member of COUNT_MEMBERS) {
    const stated = usage[member]
    const others = probed.map((other) => other?.[member] ?? null)
    if (others.every((other) => other === stated)) continue
    const at = places.findIndex(({ kind, from, to }, place) => {
      const own = data.slice(from, to)
      if (kind !== 'count' || stated === null || !isCount(own) || stated < Number(own)) return false
      const added = stated - Number(own)
      return EACH_PROBE.every((probe) => others[probe] === Number(PROBES.count(place)[probe]) + added)
    })
    if (at < 0) return null
    counts.push({ member, at, added: stated! - Number(data.slice(places[at]!.from, places[at]!.to)) })
  }
  return counts
}

function readProbe(api: Api, eventName: string, data: string): Delta | null {
  const json = parseJson(data)
  return json === undefined ? null : api.read(json, eventName)
}

/** What stands before, between and after some places. */
function listFixed(data: string, places: readonly Place[]): string[] {
  return [...places, { from: data.length }].map(({ from }, i) => data.slice(places[i - 1]?.to ?? 0, from))
}

/** The event with probes in all its places. */
function fillIn(fixed: readonly string[], places: readonly Place[], probe: Probe): string {
  return fixed.reduce((before, after, i) => before + PROBES[places[i - 1]!.kind](i - 1)[probe] + after)
}

/** The same in the bytes of the stream. */
function frameAll(fixed: readonly string[], { before, after }: Frame): Buffer[] {
  const last = fixed.length - 1
  return fixed.map((text, i) => Buffer.from((i === 0 ? before : '') + text + (i === last ? after : '')))
}

function carriesText({ text, reasoning, tool, characters }: Delta): boolean {
  return (text || reasoning || tool) && (characters ?? 0) > 0
}

/** Whether it says nothing but a text and counts, so that others like it may follow in the same answer. */
function repeats(delta: Delta): boolean {
  const { finishReason, terminal, concealed, endsAtDone } = delta
  const saysNoMore = finishReason === null && !terminal && concealed !== true && endsAtDone !== true
  return canRecur(delta) && carriesText(delta) && saysNoMore
}

/** Whether another answer may say the same, in an event that means no harm. */
export function canRecur(delta: Delta): boolean {
  const { server, error, unknown, unread, content } = delta
  return server === undefined && error === null && !unknown && !unread && (carriesText(delta) || !content)
}

/** Whether an event with the probe in its places says the same except for its text and its counts. */
function saysTheSame(
  api: Api,
  { eventName, delta }: ReadEvent,
  {
    fixed,
    places,
    counts,
    probe,
  }: {
    readonly fixed: readonly string[]
    readonly places: readonly Place[]
    readonly counts: readonly StatedCount[]
    readonly probe: Probe
  },
): boolean {
  const text = PROBES.text()[probe]
  const probed = readProbe(api, eventName, fillIn(fixed, places, probe))
  if (probed === null) return false
  const content = delta.content === undefined || delta.content === '' ? delta.content : text
  const usage = delta.usage === null ? null : { ...delta.usage, ...countsOf(counts, probe) }
  const said = carriesText(delta) ? { ...delta, content, characters: text.length } : delta
  return holdsSame(probed, { ...said, usage } as Delta)
}

/** What is stated where a probe stands in the places of counts. */
function countsOf(counts: readonly StatedCount[], probe: Probe): Partial<Usage> {
  return Object.fromEntries(
    counts.map(({ member, at, added }) => [member, Number(PROBES.count(at)[probe]) + added] as const),
  )
}

/** Whether two deltas say the same. */
function holdsSame({ usage, ...one }: Delta, { usage: otherUsage, ...other }: Delta): boolean {
  return (
    holdsAll(one, other) &&
    holdsAll(other, one) &&
    holdsAll(usage ?? {}, otherUsage ?? {}) &&
    holdsAll(otherUsage ?? {}, usage ?? {})
  )
}

/** Whether all members of an object are the same in another one. */
function holdsAll(other: object, one: object): boolean {
  return Object.entries(one).every(([name, value]) => (other as Readonly<Record<string, unknown>>)[name] === value)
}

/** All texts in a value with this number of characters, appended to those found before. */
function listTexts(value: unknown, characters: number, found: string[] = []): readonly string[] {
  if (typeof value === 'string' && value.length === characters) found.push(value)
  if (value !== null && typeof value === 'object') {
    for (const member of Object.values(value)) listTexts(member, characters, found)
  }
  return found
}
