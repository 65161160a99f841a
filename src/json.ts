/** Readers of JSON that others wrote: each gives null for anything but what it asks for. */

export type Json = Readonly<Record<string, unknown>>

/** A JSON object. */
export function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
}

/** A JSON array. */
export function asArray(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null
}

/** A text with at least one character. White space is text. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A finite number. */
export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** More than any answer or context can have. */
const MOST_TOKENS = 1_000_000_000

/** Longer names from servers are cut. */
const LONGEST_NAME = 200

/** A name from a server, cut to a length. The cut is marked, because what is before it may be the beginning of a secret. */
export function cutName(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`
}

/** A token count: a whole number of at least 0, or null. */
export function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : null
}

/** A time in milliseconds: a finite number above 0 (0 means that no time was taken), or null. */
export function asMs(value: unknown): number | null {
  return typeof value === 'number' && value > 0 && value < Infinity ? value : null
}

/** `JSON.parse` that returns undefined (which no JSON text gives) instead of throwing. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `parseJson` that also reads the NaN, Infinity and -Infinity that Python writes and JSON does not have: as null. */
export function parseLooseJson(text: string): unknown {
  const json = parseJson(text)
  return json === undefined ? parseJson(text.replaceAll(new RegExp(NON_NUMBER, 'g'), '$1null')) : json
}

/** NaN, Infinity or -Infinity, if nothing else keeps a text from being JSON; else null. */
export function findNonNumber(text: string): string | null {
  const found = NON_NUMBER.exec(text)?.[2]
  return found === undefined || parseLooseJson(text) === undefined ? null : found
}

const NON_NUMBER = /([[:,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/

/** The texts under `member` in the entries of a list; none when it is not a list. */
export function readNames(list: unknown, member: string): readonly string[] {
  if (!Array.isArray(list)) return []
  const names = list.map((entry: unknown) => asText(asObject(entry)?.[member]))
  return names.filter((name) => name !== null)
}
