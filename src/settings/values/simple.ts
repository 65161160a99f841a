import { asObject, parseJson } from '../../json.ts'
import { ValueError } from '../../errors.ts'
import { suggestName } from '../nearest.ts'

/** Readers of single values: text in, value out; otherwise a `ValueError` that says what is allowed. */

/** A whole number. */
export function readCount({ min = 1, max = 1_000_000_000 }: { min?: number; max?: number } = {}): (
  text: string,
) => number {
  return (text) => {
    const value = parseScaled(text)
    if (value === null || !Number.isInteger(value) || value < min || value > max) {
      throw new ValueError(`must be a whole number from ${min} to ${max}`)
    }
    return value
  }
}

/** A number, fractions allowed. */
export function readNumber({ min, max }: { min: number; max: number }): (text: string) => number {
  return (text) => {
    const value = parseDecimal(text)
    if (value === null || value < min || value > max) throw new ValueError(`must be a number from ${min} to ${max}`)
    return value
  }
}

/** A share written as `5%` or `0.05`; returns the fraction. */
export function readShare({ min = 0, max = 1 }: { min?: number; max?: number } = {}): (text: string) => number {
  return (text) => {
    const trimmed = text.trim()
    const value = trimmed.endsWith('%') ? parseDecimal(trimmed.slice(0, -1)) : parseDecimal(trimmed)
    const share = value !== null && trimmed.endsWith('%') ? value / 100 : value
    // A bare 1 most often means 1%, not 100%.
    if (share === null || share < min || share > max || (trimmed === '1' && max === 1)) {
      const isBare = share !== null && share >= 1 && share <= 100 * max && !trimmed.endsWith('%')
      const meant = isBare ? `; did you mean ${trimmed}%?` : ', for example 5%'
      throw new ValueError(`must be a share from ${min * 100}% to ${max * 100}%${meant}`)
    }
    return share
  }
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A duration in milliseconds: `250ms`, `8s`, `10m`; a plain number is seconds. */
export function readDuration({ minMs = 0, maxMs = 86_400_000 }: { minMs?: number; maxMs?: number } = {}): (
  text: string,
) => number {
  return (text) => {
    const value = parseDuration(text)
    if (value === null || value < minMs || value > maxMs) {
      throw new ValueError(`must be a duration from ${minMs} ms to ${maxMs / 1000} s, for example 8s, 500ms or 10m`)
    }
    return value
  }
}

/** A duration in milliseconds, or null; a plain number is seconds. */
export function parseDuration(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)(?:\s*(ms|s|m|h))?\s*$/.exec(text)
  return match === null ? null : Number(match[1]) * DURATION_UNITS[match[2] ?? 's']!
}

/** What reads a text as one of few words, or as something else; the words are known, so that a shell can complete them. */
export interface ReadsWords<T> {
  (text: string): T
  readonly words: readonly string[]
}

/** What reads these words, and more besides. What is neither is told which of the words it probably was to be. */
export function offerWords<T>(words: readonly string[], read: (text: string) => T): ReadsWords<T> {
  const readOrSuggest = (text: string): T => {
    try {
      return read(text)
    } catch (error) {
      const word = text.trim()
      const suggestion = /^[\w.-]+$/.test(word) ? suggestName(word, words) : null
      // A reader of other words may have told already.
      const isTold = suggestion === null || !(error instanceof ValueError) || error.message.endsWith('?')
      throw isTold ? error : new ValueError(`${error.message}; ${suggestion}`)
    }
  }
  return Object.assign(readOrSuggest, { words })
}

/** One of a few words. */
export function readChoice<const T extends string>(choices: readonly T[]): ReadsWords<T> {
  const read = (text: string): T => {
    const found = choices.find((choice) => choice === text.trim())
    if (found === undefined) throw new ValueError(`must be one of ${choices.join(', ')}`)
    return found
  }
  return offerWords(choices, read)
}

/** What the settings that are `true` or `false` have in common. */
export const SWITCH = { placeholder: 'true|false', switch: true, read: readSwitch } as const

function readSwitch(text: string): boolean {
  return readChoice(['true', 'false'])(text) === 'true'
}

/** Any text that is not empty. */
export function readText(text: string): string {
  if (text.trim() === '') throw new ValueError('must not be empty')
  return text.trim()
}

/** `none`, or what `read` reads. */
export function allowNone<T>(read: (text: string) => T): (text: string) => T | null {
  const orNone = nameWord('none', read)
  return (text) => (text.trim() === 'none' ? null : orNone(text))
}

/** A word with a meaning of its own, or what `read` reads. */
export function allowWord<const W extends string, T>(word: W, read: (text: string) => T): ReadsWords<W | T> {
  const others = 'words' in read ? (read as ReadsWords<T>).words : []
  const orWord = nameWord(word, read)
  return offerWords([word, ...others], (text) => (text.trim() === word ? word : orWord(text)))
}

function mentionsWord(message: string, word: string): boolean {
  return message.split(/\W+/).includes(word)
}

/** Has a refusal by `read` name the word that is allowed besides what it reads, unless it does or asks whether another one was meant. */
function nameWord<T>(word: string, read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text)
    } catch (error) {
      const isTold = error instanceof ValueError && (error.message.endsWith('?') || mentionsWord(error.message, word))
      if (!(error instanceof ValueError) || isTold) throw error
      throw new ValueError(`${error.message}; or ${word}`)
    }
  }
}

/** A decimal number, or null; no exponents, no hex, no spaces inside. */
export function parseDecimal(text: string): number | null {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null
}

/** A decimal number with an optional k or M, or null. */
export function parseScaled(text: string): number | null {
  const match = /^\s*(-?\d+(?:\.\d+)?)(?:\s*([kM]))?\s*$/.exec(text)
  if (match === null) return null
  return Number(match[1]) * (match[2] === 'M' ? 1_000_000 : match[2] === 'k' ? 1000 : 1)
}

/** The entries of a list separated by commas or line ends; empty entries and `#` comment lines are dropped. */
export function splitList(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** Reads every entry; all their problems become one message. */
export function readEach<T>(entries: readonly string[], read: (entry: string) => T): T[] {
  const values: T[] = []
  const wrong: string[] = []
  for (const entry of entries) {
    try {
      values.push(read(entry))
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      wrong.push(error.message)
    }
  }
  if (wrong.length > 0) throw new ValueError([...new Set(wrong)].join('; and '))
  return values
}

/** A text on one line: not empty, no control characters. */
export function readLine(text: string): string {
  const value = readText(text)
  if (/\p{Cc}/u.test(value)) throw new ValueError('must be one line without control characters')
  return value
}

/** A JSON object. */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> {
  const json = asObject(parseJson(text))
  if (json === null) throw new ValueError('must be a JSON object, for example {"top_p": 1}')
  return json
}
