import { escapeForHtml, escapeForMarkdown, escapeForTerminal } from '../text.ts'

/**
 * Hides secrets in every form in which a server may echo them. Data for programs is redacted as values, before it
 * becomes text (`redact-result.ts`); text for people passes `redact` once more.
 */
interface Redactor {
  /** From now on this text and its usual encodings are shown as `***`. Returns those forms; none when it is too short. */
  hide(secret: string): readonly string[]
  /** The text without secrets. */
  redact(text: string): string
}

/** Shorter texts are not hidden: they would blot out figures. */
const SHORTEST_SECRET = 4
/** Shorter pieces would match the Base64 of other texts by chance. */
const SHORTEST_WITHIN = 6
/** A secret of at least this length may not even show a beginning longer than `LONGEST_BEGINNING`. */
const LONG_SECRET = 20
const LONGEST_BEGINNING = 12

/** A redactor without secrets. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  let pattern: RegExp | null = null
  /** Matches the beginning of any long secret, so that most texts need only one check. */
  let beginning = /(?!)/

  const redact = (text: string): string => {
    const whole = pattern === null ? text : hideEscaped(text.replace(pattern, '***'), pattern)
    const clean = beginning.test(whole) ? hideBeginnings(whole, secrets) : whole
    return clean.includes('…') ? hideCutSecrets(clean, secrets) : clean
  }

  return {
    redact,
    hide(secret) {
      if (secret.length < SHORTEST_SECRET) return []
      const forms = listForms(secret)
      for (const form of forms) secrets.add(form)
      // The longest first. Case is ignored, because a host or a header may come back in another case.
      const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
      pattern = new RegExp(longestFirst.map(escapeForPattern).join('|'), 'giu')
      const long = longestFirst.filter(({ length }) => length >= LONG_SECRET)
      const beginnings = new Set(long.map((form) => escapeForPattern(form.slice(0, LONGEST_BEGINNING))))
      if (beginnings.size > 0) beginning = new RegExp([...beginnings].join('|'), 'i')
      return forms
    },
  }
}

/**
 * Makes runner commands harmless: in a workflow log, a line that begins with `::` (after spaces and invisible
 * characters) is a command, and so is text after `##[` anywhere in a line.
 */
export function defuseCommands(text: string): string {
  return text
    .replace(/^((?:[^\S\n\r\u2028\u2029]|[\u0085\p{Cf}\p{Default_Ignorable_Code_Point}])*):(?=:)/gmu, '$1: ')
    .replaceAll('##[', '## [')
}

/** How deep nested escapes are read, and in how many ways at most. */
const DEEPEST = 4
const MOST_READINGS = 60

/** Hides secrets that only show when escapes and line ends are removed. */
function hideEscaped(text: string, pattern: RegExp): string {
  let clean = ''
  let from = 0
  for (const [begin, end] of findEscapedPlaces(text, pattern).sort(([a], [b]) => a - b)) {
    if (end <= from) continue
    clean += `${text.slice(from, Math.max(begin, from))}***`
    from = end
  }
  return clean + text.slice(from)
}

/** Where a secret occurs in some reading of a text: each layer of escapes may be of any dialect. */
function findEscapedPlaces(text: string, pattern: RegExp): (readonly [from: number, to: number])[] {
  const places: (readonly [from: number, to: number])[] = []
  const seen = new Set([text])
  let layer: readonly Unfolded[] = [{ text, sourceOf: (from, to) => [from, to] }]
  for (let depth = 1; depth <= DEEPEST; depth++) {
    const next: Unfolded[] = []
    for (const outer of layer) {
      for (const escapes of DIALECTS) {
        const inner = seen.size > MOST_READINGS ? null : unfold(outer.text, escapes)
        if (inner === null || seen.has(inner.text)) continue
        seen.add(inner.text)
        const sourceOf: Unfolded['sourceOf'] = (from, to) => outer.sourceOf(...inner.sourceOf(from, to))
        next.push({ text: inner.text, sourceOf })
        for (const { 0: found, index } of inner.text.matchAll(pattern)) {
          places.push(sourceOf(index, index + found.length))
        }
      }
    }
    layer = next
  }
  return places
}

function listForms(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString('base64')
  // As Windows and Java store it.
  const wide = Buffer.from(secret, 'utf16le')
  // Bytes that are escaped one by one.
  const bytes = Buffer.from(secret).toString('latin1')
  const forms = [
    secret,
    // As texts of others are shown.
    escapeForTerminal(secret, Infinity),
    base64,
    ...listBase64Within(Buffer.from(secret)),
    ...listBase64Within(Buffer.from(base64)),
    ...listBase64Within(wide),
    bytes,
    // Without line ends.
    secret.replace(/\s+/g, ''),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    secret.replaceAll(' ', '+'),
    escapeForJson(secret),
    escapeForJson(escapeForJson(secret)),
    // As in HTML and Markdown.
    ...htmlFormsOf(secret),
    escapeForMarkdown(secret, Infinity),
    ...[Buffer.from(secret), wide].flatMap(numberFormsOf),
    // With a space between all characters, or UTF-16 read as single bytes.
    ...[' ', '\0'].map((between) => Array.from(secret).join(between)),
    ...[`Bearer ${secret}`, `Basic ${base64}`].map((header) =>
      Buffer.from(header)
        .toString('base64')
        .replace(/(?<!=)=+$/, ''),
    ),
  ]
  return [...new Set([...forms, ...[secret, bytes].flatMap(listMisreadings)])].filter(
    (form) => form.length >= SHORTEST_SECRET,
  )
}

/** How a secret reads when parts of it are mistaken for escapes, as happens when other characters of it are escaped. */
function listMisreadings(secret: string): readonly string[] {
  const readings: string[] = []
  for (let read = unfold(secret, 'usual'); read !== null && readings.length < DEEPEST;) {
    readings.push(read.text)
    read = unfold(read.text, 'usual')
  }
  return readings.filter(({ length }) => length >= SHORTEST_WITHIN)
}

/** The secret in the Base64 of a longer text: the part that depends neither on what comes before nor after. */
function listBase64Within(secret: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), secret]).toString('base64url')
    const hangsOnNext = (before + secret.length) % 3 === 0 ? 0 : 1
    const own = encoded.slice(before === 0 ? 0 : before + 1, encoded.length - hangsOnNext)
    const forms = before === 0 ? [encoded, own] : [own]
    return forms
      .filter(({ length }) => length >= SHORTEST_WITHIN)
      .flatMap((form) => [form, form.replaceAll('-', '+').replaceAll('_', '/')])
  })
}

/** Its bytes as numbers, as in dumps and lists. */
function numberFormsOf(bytes: Buffer): readonly string[] {
  const hex = bytes.toString('hex')
  const pairs = hex.match(/../g) ?? []
  return [hex, pairs.join(':'), pairs.join(' '), bytes.join(','), bytes.join(', ')]
}

/** Other programs escape apostrophes in hexadecimal, or do not escape quotes. */
function htmlFormsOf(secret: string): readonly string[] {
  const escaped = escapeForHtml(secret, Infinity)
  return [escaped, escaped.replaceAll('&#39;', '&#x27;'), escaped.replaceAll('&quot;', '"').replaceAll('&#39;', "'")]
}

/** A pattern that matches this text and nothing else. */
export function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function escapeForJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Hides the beginnings of long secrets, in any case. */
function hideBeginnings(text: string, secrets: ReadonlySet<string>): string {
  let clean = text
  for (const secret of secrets) {
    if (secret.length < LONG_SECRET) continue
    const beginning = new RegExp(escapeForPattern(secret.slice(0, LONGEST_BEGINNING)), 'gi')
    let shown = ''
    let from = 0
    for (let found = beginning.exec(clean); found !== null; found = beginning.exec(clean)) {
      let end = LONGEST_BEGINNING
      while (end < secret.length && isSameLetter(clean[found.index + end], secret[end]!)) end++
      shown += `${clean.slice(from, found.index)}***`
      from = found.index + end
      beginning.lastIndex = from
    }
    clean = shown + clean.slice(from)
  }
  return clean
}

function isSameLetter(one: string | undefined, other: string): boolean {
  return one === other || one?.toLowerCase() === other.toLowerCase()
}

/** Server texts are cut to a length; hides what is left of a secret before the cut. */
function hideCutSecrets(text: string, secrets: ReadonlySet<string>): string {
  return text
    .split('…')
    .map((part, i, parts) => (i === parts.length - 1 ? part : hideBeginning(part, secrets)))
    .join('…')
}

function hideBeginning(part: string, secrets: ReadonlySet<string>): string {
  if (part.length < SHORTEST_SECRET) return part
  for (const secret of secrets) {
    const [end, beginning] = [part.slice(-secret.length).toLowerCase(), secret.toLowerCase()]
    const last = end.at(-1)
    for (let length = Math.min(secret.length - 1, part.length); length >= SHORTEST_SECRET; length--) {
      // The last character rules most lengths out.
      if (beginning[length - 1] !== last) continue
      if (end.endsWith(beginning.slice(0, length))) return `${part.slice(0, -length)}***`
    }
  }
  return part
}

/** A text without the escapes and line ends that others added, and where its parts are in the original. */
interface Unfolded {
  readonly text: string
  /** The range in the original of this range of the plain text. */
  sourceOf(from: number, to: number): readonly [from: number, to: number]
}

/**
 * A dialect of escapes: most of them at once, or one whose line ends or characters may occur within an escape of
 * another.
 */
type Escapes = (typeof DIALECTS)[number]
const DIALECTS = ['usual', 'line ends', 'JSON', 'quoted-printable'] as const

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
function unfold(source: string, escapes: Escapes): Unfolded | null {
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
