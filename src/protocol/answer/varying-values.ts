import { parseJson } from '../../json.ts'

/** A value in an event that is another one in the next event. */
export interface VaryingValue {
  /** Where it stands in the text of the event; of a string without its quotes. */
  readonly from: number
  readonly to: number
  readonly kind: 'string' | 'number'
  /** Which of the values of the event it is. */
  readonly nth: number
}

/** Strings, and the numbers outside them. */
const VALUE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * Members that say what something is. Readers know some of these words, and take all others for the same: that two of them read alike does
 * not show how a third one is read.
 */
const WORDS_OF_KIND: ReadonlySet<unknown> = new Set(['type', 'role', 'object'])

/**
 * The values in which two events of JSON differ (times, numbers of tokens, padding), in their order in `data`. Null where they differ in
 * more: in the members that they have, in what kind of value these are, or in what they say that something is. What has `varied` in the
 * earlier one is among them, even if it is equal in both.
 */
export function findVaryingValues(
  data: string,
  { data: earlier, varying: varied }: { readonly data: string; readonly varying: readonly number[] },
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
    if (isName || isString !== other[0].startsWith('"') || WORDS_OF_KIND.has(parseJson(name))) return null
    varying.push(
      isString
        ? { from: mine.index + 1, to: end - 1, kind: 'string', nth }
        : { from: mine.index, to: end, kind: 'number', nth },
    )
  }
  return data.slice(end) === earlier.slice(endOfTheirs) ? varying : null
}
