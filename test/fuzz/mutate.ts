import * as fc from 'fast-check'
import { CODE_POINT } from '../support/text-units.ts'

/** Inputs that begin as what honest servers, people and older versions write, and are then changed as no honest one would. */

/** What breaks readers, wherever it is put. */
const HOSTILE = [
  '\0',
  '\uFEFF',
  '\r',
  '\r\n',
  '\n\n',
  '\u2028',
  '\u0085',
  '\u202E',
  '\u200B',
  '\uD800',
  '\uDC00',
  '🔑',
  '"',
  "'",
  '\\',
  '\\u0000',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '[['.repeat(60),
  '{"a":'.repeat(60),
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '-1',
  '9'.repeat(400),
  '0.1e-999',
  '9007199254740993',
  '"__proto__":{"polluted":1},',
  '"constructor":{"prototype":{"polluted":1}},',
  'null',
  'true',
  '""',
  'data: ',
  'data:\n\n',
  'event: error\n',
  'error: {"code":500}\n',
  ': note\n',
  'id: 1\n',
  '[DONE]',
  '\n::error::x\n',
  '##[error]x',
  '<script>alert(1)</script>',
  '-->',
  '`',
  '|',
  '@everyone',
  'https://evil.example/?q=1',
  '![x](https://evil.example/x.png)',
  '%',
  '@',
  '?',
  '#',
  '&',
  '*a',
  '&a',
  '- ',
  '  ',
  '\t',
] as const

/** One change. Places are shares of the length, so that they stay places of a text that got shorter. */
interface Change {
  readonly kind: 'flip' | 'drop' | 'double' | 'insert' | 'replace' | 'cut' | 'number' | 'repeat'
  readonly at: number
  readonly length: number
  readonly by: string
}

const CHANGE: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('flip', 'drop', 'double', 'insert', 'insert', 'replace', 'cut', 'number', 'repeat'),
  at: fc.integer({ min: 0, max: 9_999 }).map((share) => share / 10_000),
  length: fc.integer({ min: 1, max: 40 }),
  by: fc.oneof({ arbitrary: fc.constantFrom(...HOSTILE), weight: 6 }, fc.string({ unit: CODE_POINT, maxLength: 8 })),
})

const NUMBER = /-?\d+(?:\.\d+)?/g
const NUMBERS = ['-1', '0', '1e400', '1e-400', '0.5', '1'.repeat(30), 'NaN', '-0', '"7"', 'null', '[1]']

function change(text: string, { kind, at, length, by }: Change): string {
  const from = Math.floor(at * text.length)
  const to = from + length
  switch (kind) {
    case 'flip':
      return text === ''
        ? by
        : text.slice(0, from) + String.fromCharCode(text.charCodeAt(from) ^ (1 << (length % 8))) + text.slice(from + 1)
    case 'drop':
      return text.slice(0, from) + text.slice(to)
    case 'double':
      return text.slice(0, to) + text.slice(from)
    case 'insert':
      return text.slice(0, from) + by + text.slice(from)
    case 'replace':
      return text.slice(0, from) + by + text.slice(to)
    case 'cut':
      return text.slice(0, from)
    case 'repeat':
      return text.slice(0, to) + text.slice(from, to).repeat(length) + text.slice(to)
    case 'number': {
      NUMBER.lastIndex = from
      const found = NUMBER.exec(text)
      const number = NUMBERS[length % NUMBERS.length]!
      return found === null ? text : text.slice(0, found.index) + number + text.slice(found.index + found[0].length)
    }
  }
}

/** One of these texts, or two of them after one another, with up to five changes. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const text = fc.constantFrom(...texts)
  const begun = fc.oneof(
    { arbitrary: text, weight: 5 },
    fc.tuple(text, text).map(([one, two]) => one.slice(0, one.length >> 1) + two.slice(two.length >> 1)),
  )
  return fc.tuple(begun, fc.array(CHANGE, { maxLength: 5 })).map(([begin, changes]) => changes.reduce(change, begin))
}

/** The same of bytes: every sign of HOSTILE comes in UTF-8, and what is flipped or cut may be any byte. */
export function mutatedBytes(documents: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  return mutated(documents.map((bytes) => Buffer.from(bytes).toString('latin1'))).map((text) =>
    Buffer.from(
      // What changes put in beyond a byte goes in as UTF-8.
      text.replace(/[\u0100-\u{10ffff}]+/gu, (signs) => Buffer.from(signs).toString('latin1')),
      'latin1',
    ),
  )
}

/** Values that a member of a document may have and should not. */
const VALUES: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  'NaN',
  'x'.repeat(30_000),
  '\uD800\u0000\u202E',
  '<img src=x onerror=alert(1)> `|@a',
  '::error::x\n::warning::y',
  -1,
  0,
  -0,
  0.5,
  1e-300,
  1e15,
  1e300,
  2 ** 53,
  [],
  [[]],
  {},
  [{}],
  Array.from({ length: 200 }, () => 1),
  { length: 3 },
  { toString: 1, valueOf: 2, hasOwnProperty: 3, constructor: 4 },
]

interface Edit {
  readonly at: number
  readonly value: unknown
  readonly kind: 'set' | 'delete' | 'double' | 'swap'
}

const EDIT: fc.Arbitrary<Edit> = fc.record({
  at: fc.integer({ min: 0, max: 999_999 }),
  value: fc.constantFrom(...VALUES),
  kind: fc.constantFrom('set', 'set', 'delete', 'double', 'swap'),
})

/** The JSON of one of these values with up to four members changed, and now and then its text, too. */
export function mutatedJson(values: readonly unknown[]): fc.Arbitrary<string> {
  const texts = values.map((value) => JSON.stringify(value))
  const edited = fc
    .tuple(fc.constantFrom(...texts), fc.array(EDIT, { minLength: 1, maxLength: 4 }))
    .map(([text, edits]) => {
      const root = { value: JSON.parse(text) as unknown }
      for (const edit of edits) if ('value' in root) applyEdit(root, edit)
      return JSON.stringify(root.value) ?? 'null'
    })
  return fc.oneof({ arbitrary: edited, weight: 4 }, mutated(texts))
}

function applyEdit(root: object, { at, value, kind }: Edit): void {
  const places = placesIn(root)
  const [holder, key] = places[at % places.length]!
  // The next input must begin with the same value.
  if (kind === 'set') holder[key] = structuredClone(value)
  else if (kind === 'delete') Reflect.deleteProperty(holder, key)
  else if (kind === 'double' && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]))
  else {
    const [other, otherKey] = places[(at * 7) % places.length]!
    holder[key] = structuredClone(other[otherKey])
  }
}

type Place = readonly [holder: Record<string, unknown>, key: string]

function placesIn(value: object): Place[] {
  const places: Place[] = []
  const visit = (holder: Record<string, unknown>): void => {
    for (const [key, member] of Object.entries(holder)) {
      places.push([holder, key])
      if (typeof member === 'object' && member !== null) visit(member as Record<string, unknown>)
    }
  }
  visit(value as Record<string, unknown>)
  return places
}
