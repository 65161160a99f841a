/** A text as it was meant, without the escapes and line ends that others put into it, and where its parts stand in what they wrote. */
export interface Unfolded {
  readonly text: string
  /** The place in the escaped text of this stretch of the plain one. */
  sourceOf(from: number, to: number): readonly [from: number, to: number]
}

/**
 * Bytes of a URL, escapes of JSON, XML, HTML, shells and Markdown, and line ends with what indents
 * the next line: each can stand anywhere in a secret.
 */
const FOLD =
  /%[0-9a-f]{2}|\\u\{?0{0,4}[0-9a-f]{2,4}\}?|\\x[0-9a-f]{2}|\\[^a-z0-9\s]|\\[nrt]|&#0{0,6}[0-9]{1,5};|&#x0{0,6}[0-9a-f]{1,4};|&(?:amp|lt|gt|quot|apos|nbsp);|\r?\n[ \t]{0,200}|[\r\u00ad\u200b]/gi

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** Takes one layer of escapes away; null where there is none. */
export function unfold(source: string): Unfolded | null {
  const ends: number[] = []
  const shifts: number[] = []
  const lengths: number[] = []
  const parts: string[] = []
  let length = 0
  let from = 0
  for (const { 0: fold, index } of source.matchAll(FOLD)) {
    const sign = meaningOf(fold.toLowerCase(), fold)
    parts.push(source.slice(from, index), sign)
    length += index - from + sign.length
    from = index + fold.length
    ends.push(length)
    shifts.push(from - length)
    // What stands for nothing is part of no stretch that ends before it.
    lengths.push(sign === '' ? 1 : fold.length)
  }
  if (ends.length === 0) return null
  parts.push(source.slice(from))
  const shiftAt = (place: number): number => shifts[countUpTo(ends, place) - 1] ?? 0
  return {
    text: parts.join(''),
    // Line ends before and behind a stretch are not part of it.
    sourceOf: (begin, end) => [begin + shiftAt(begin), end - 1 + shiftAt(end - 1) + lengthAt(end)],
  }

  /** How long in the source the sign is that ends at `end`. */
  function lengthAt(end: number): number {
    const before = countUpTo(ends, end - 1)
    return ends[before] === end ? lengths[before]! : 1
  }
}

function meaningOf(fold: string, written: string): string {
  if (fold.startsWith('%')) return String.fromCharCode(Number.parseInt(fold.slice(1), 16))
  if (fold.startsWith('\\u') || fold.startsWith('\\x')) {
    return String.fromCharCode(Number.parseInt(fold.slice(2).replace(/[{}]/g, ''), 16))
  }
  if (fold.startsWith('&#x')) return String.fromCharCode(Number.parseInt(fold.slice(3), 16))
  if (fold.startsWith('&#')) return String.fromCharCode(Number.parseInt(fold.slice(2), 10))
  if (fold.startsWith('&')) return NAMED[fold.slice(1, -1)]!
  if (fold === '\\n' || fold === '\\r') return '\n'
  if (fold === '\\t') return '\t'
  return fold.startsWith('\\') ? written.slice(1) : ''
}

/** How many of these numbers, which do not fall, are at most `limit`. */
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
