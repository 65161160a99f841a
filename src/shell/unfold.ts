/** A text without the escapes and line ends that others added, and where its parts are in the original. */
export interface Unfolded {
  readonly text: string
  /** The range in the original of this range of the plain text. */
  sourceOf(from: number, to: number): readonly [from: number, to: number]
}

/**
 * A dialect of escapes: most of them at once, or one whose line ends or characters may occur within an escape of
 * another.
 */
type Escapes = (typeof DIALECTS)[number]
export const DIALECTS = ['usual', 'line ends', 'JSON', 'quoted-printable'] as const

const HEX = '[0-9a-fA-F]'

/**
 * Percent-encoding, escapes of JSON, XML, HTML, shells, programming languages and Markdown, and line ends with the
 * indent of the next line: each can occur anywhere in a secret. Quoted-printable (of mail) has its own dialect,
 * because `=`, its escape, is an ordinary character everywhere else.
 */
const FOLDS: Readonly<Record<Escapes, RegExp>> = {
  JSON: new RegExp(`\\\\u${HEX}{4}|\\\\["\\\\/bfnrt]`, 'g'),
  'line ends': /\r?\n[ \t]{0,200}|\r/g,
  usual: new RegExp(
    [
      `%u${HEX}{4}`,
      `%${HEX}{2}`,
      `\\\\U${HEX}{8}`,
      `\\\\u${HEX}{4}`,
      `\\\\u\\{${HEX}{1,6}\\}`,
      `\\\\x${HEX}{2}`,
      '\\\\[0-3][0-7]{2}',
      // A backslash before another escape stands for itself.
      `\\\\(?!&#|&[a-zA-Z]{2,8};|%${HEX}{2})[!-/:-@[-\`{-~]`,
      '\\\\[nrt]',
      '&#0{0,6}[0-9]{1,7};',
      `&#[xX]0{0,6}${HEX}{1,6};`,
      '&[a-zA-Z]{2,8};',
      '\\r?\\n[ \\t]{0,200}',
      '[\\r\\u00ad\\u200b]',
    ].join('|'),
    'g',
  ),
  'quoted-printable': new RegExp(`=${HEX}{2}|=[ \\t]{0,200}\\r?\\n`, 'g'),
}

/** HTML's names of characters that a key may have. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  excl: '!',
  num: '#',
  dollar: '$',
  percnt: '%',
  lpar: '(',
  rpar: ')',
  ast: '*',
  plus: '+',
  comma: ',',
  period: '.',
  sol: '/',
  colon: ':',
  semi: ';',
  equals: '=',
  quest: '?',
  commat: '@',
  lsqb: '[',
  lbrack: '[',
  bsol: '\\',
  rsqb: ']',
  rbrack: ']',
  Hat: '^',
  lowbar: '_',
  grave: '`',
  lcub: '{',
  lbrace: '{',
  vert: '|',
  verbar: '|',
  rcub: '}',
  rbrace: '}',
}

/** Removes one layer of escapes; null when there is none. */
export function unfold(source: string, escapes: Escapes): Unfolded | null {
  const ends: number[] = []
  const shifts: number[] = []
  const lengths: number[] = []
  let length = 0
  let from = 0
  const text = source.replace(FOLDS[escapes], (fold: string, index: number) => {
    const sign = meaningOf(fold)
    length += index - from + sign.length
    from = index + fold.length
    ends.push(length)
    shifts.push(from - length)
    // An escape for nothing belongs to no range that ends before it.
    lengths.push(sign === '' ? 1 : fold.length)
    return sign
  })
  if (ends.length === 0) return null
  const shiftAt = (place: number): number => shifts[countUpTo(ends, place) - 1] ?? 0
  return {
    text,
    // Line ends before and after a range are not part of it.
    sourceOf: (begin, end) => [begin + shiftAt(begin), end - 1 + shiftAt(end - 1) + findLengthAt(end)],
  }

  /** Length in the source of the character that ends at `end`. */
  function findLengthAt(end: number): number {
    const before = countUpTo(ends, end - 1)
    return ends[before] === end ? lengths[before]! : 1
  }
}

/** Without patterns, because a text may be full of escapes. */
function meaningOf(fold: string): string {
  switch (fold[0]) {
    case '%':
      return readPoint(fold[1] === 'u' ? fold.slice(2) : fold.slice(1), 16)
    case '=':
      return readPoint(fold.slice(1), 16)
    case '&':
      if (fold[1] !== '#') return NAMED[fold.slice(1, -1)] ?? fold
      return fold[2] === 'x' || fold[2] === 'X' ? readPoint(fold.slice(3), 16) : readPoint(fold.slice(2), 10)
    case '\\':
      return readBackslash(fold)
    default:
      return ''
  }
}

function readBackslash(fold: string): string {
  const kind = fold[1]!
  if (fold.length > 2) {
    if (kind === 'u' || kind === 'U' || kind === 'x') return readPoint(fold.slice(fold[2] === '{' ? 3 : 2), 16)
    return readPoint(fold.slice(1), 8)
  }
  if (kind === 'n') return '\n'
  if (kind === 'r') return '\r'
  return kind === 't' || kind === 'b' || kind === 'f' ? '\t' : kind
}

/** The character of this number; empty without a number, as in a line end that is removed. */
function readPoint(digits: string, base: number): string {
  const code = Number.parseInt(digits, base)
  if (Number.isNaN(code)) return ''
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
}

/** How many of these ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low
}
