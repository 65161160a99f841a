import { escapeForHtml, escapeForMarkdown, escapeForTerminal } from '../text.ts'
import { DIALECTS, unfold } from './unfold.ts'
import type { Unfolded } from './unfold.ts'

/**
 * Hides secrets, in every form in which a server may echo them. What is written for programs is redacted as a value, before
 * it is text (`redact-result.ts`); what people read passes `redact` once more.
 */
export interface Redactor {
  /** From now on this text and its usual encodings are shown as `***`. Returns those forms; none when it is too short. */
  hide(secret: string): readonly string[]
  /** The text as it may be shown. */
  redact(text: string): string
}

/** Shorter texts are not hidden: they would blot out figures. */
const SHORTEST_SECRET = 4
/** In the Base64 of something else shorter pieces are chance. */
const SHORTEST_WITHIN = 6
/** Of a secret from this length on not even a beginning longer than `LONGEST_BEGINNING` may show. */
const LONG_SECRET = 20
const LONGEST_BEGINNING = 12

/** A redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  let pattern: RegExp | null = null
  /** That of any of the long ones: most texts have none, and are then looked through once for all. */
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
      const forms = formsOf(secret)
      for (const form of forms) secrets.add(form)
      // The longest first; a host or a header may come back in another case.
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
 * In a workflow log a line that begins with `::` is a command to the runner, which passes over spaces and what cannot be seen
 * before it, and so is what follows `##[` anywhere in a line.
 */
export function defuseCommands(text: string): string {
  return text
    .replace(/^((?:[^\S\n\r\u2028\u2029]|[\u0085\p{Cf}\p{Default_Ignorable_Code_Point}])*):(?=:)/gmu, '$1: ')
    .replaceAll('##[', '## [')
}

/** Escapes within escapes are looked through this deep, and so many ways to read them. */
const DEEPEST = 4
const MOST_READINGS = 60

/** Hides what is a secret only when escapes and line ends are taken away. */
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

/** Where it stands in some reading of a text: each layer of escapes may be of any dialect. */
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

function formsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString('base64')
  // As Windows and Java keep it.
  const wide = Buffer.from(secret, 'utf16le')
  // Bytes that are escaped one by one.
  const bytes = Buffer.from(secret).toString('latin1')
  const forms = [
    secret,
    // As everything that others wrote is shown.
    escapeForTerminal(secret, Infinity),
    base64,
    ...base64Within(Buffer.from(secret)),
    ...base64Within(Buffer.from(base64)),
    ...base64Within(wide),
    bytes,
    // A text whose line ends are taken away.
    secret.replace(/\s+/g, ''),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    secret.replaceAll(' ', '+'),
    escapeForJson(secret),
    escapeForJson(escapeForJson(secret)),
    // As they stand in what is written for readers.
    ...htmlFormsOf(secret),
    escapeForMarkdown(secret, Infinity),
    ...[Buffer.from(secret), wide].flatMap(numberFormsOf),
    // What puts a sign between all others, or reads signs of two bytes as two.
    ...[' ', '\0'].map((between) => Array.from(secret).join(between)),
    ...[`Bearer ${secret}`, `Basic ${base64}`].map((header) =>
      Buffer.from(header)
        .toString('base64')
        .replace(/(?<!=)=+$/, ''),
    ),
  ]
  return [...new Set([...forms, ...[secret, bytes].flatMap(misreadingsOf)])].filter(
    (form) => form.length >= SHORTEST_SECRET,
  )
}

/** What looks like an escape in a secret is taken for one where other signs of it are escaped. */
function misreadingsOf(secret: string): readonly string[] {
  const readings: string[] = []
  for (let read = unfold(secret, 'usual'); read !== null && readings.length < DEEPEST;) {
    readings.push(read.text)
    read = unfold(read.text, 'usual')
  }
  return readings.filter(({ length }) => length >= SHORTEST_WITHIN)
}

/** The secret in the Base64 of a longer text: what of it hangs neither on what stands before nor on what follows. */
function base64Within(secret: Buffer): readonly string[] {
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

/** Its bytes as numbers, as dumps and lists have them. */
function numberFormsOf(bytes: Buffer): readonly string[] {
  const hex = bytes.toString('hex')
  const pairs = hex.match(/../g) ?? []
  return [hex, pairs.join(':'), pairs.join(' '), bytes.join(','), bytes.join(', ')]
}

/** Others escape apostrophes by their number in hexadecimal, or no quotes at all. */
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

/** A server that shows the beginning of a long secret has shown too much of it, in whatever case. */
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

/** A server's words are cut to a length: what is left of a secret before the cut goes, too. */
function hideCutSecrets(text: string, secrets: ReadonlySet<string>): string {
  return text
    .split('…')
    .map((part, i, parts) => (i === parts.length - 1 ? part : hideBeginning(part, secrets)))
    .join('…')
}

function hideBeginning(part: string, secrets: ReadonlySet<string>): string {
  for (const secret of secrets) {
    const [end, beginning] = [part.slice(-secret.length).toLowerCase(), secret.toLowerCase()]
    const last = end.at(-1)
    for (let length = Math.min(secret.length - 1, part.length); length >= SHORTEST_SECRET; length--) {
      // Most lengths are out by their last sign.
      if (beginning[length - 1] !== last) continue
      if (end.endsWith(beginning.slice(0, length))) return `${part.slice(0, -length)}***`
    }
  }
  return part
}
