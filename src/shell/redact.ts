import { escapeForHtml, escapeForMarkdown, escapeForTerminal } from '../text.ts'
import { DIALECTS, unfold } from './unfold.ts'
import type { Unfolded } from './unfold.ts'
import { domainToUnicode } from 'node:url'

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
      const forms = formsOf(secret)
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

function formsOf(secret: string): readonly string[] {
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
  return [...new Set([...forms, ...[secret, bytes].flatMap(misreadingsOf)])].filter(
    (form) => form.length >= SHORTEST_SECRET,
  )
}

/** How a secret reads when parts of it are mistaken for escapes, as happens when other characters of it are escaped. */
function misreadingsOf(secret: string): readonly string[] {
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
function escapeForPattern(text: string): string {
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

/** Hides the host of an endpoint: everybody can read the comments, summaries, logs and artifacts of a public repository. */
interface HostHider {
  /** From now on these hosts, with or without a port, are shown as `label`. */
  hide(hosts: readonly string[], label?: string | null): void
  /** The text without hosts. A text that is only a host stays: it is a field, which the caller leaves out where needed. */
  redact(text: string): string
}

/** Replaces a host without a label. */
const HIDDEN_HOST = '[host]'

/**
 * A hider without hosts. Once it knows one, it also hides the hosts of URLs that servers name (such as redirects),
 * except those in `shown`.
 */
export function createHostHider(shown: readonly string[]): HostHider {
  const names = new Set<string>()
  let label = HIDDEN_HOST
  let pattern: RegExp | null = null
  return {
    hide(hosts, given = null) {
      for (const host of hosts) for (const form of listForms(host)) names.add(form)
      if (given !== null) label = given
      const source = [...names].sort((a, b) => b.length - a.length).map(patternOf)
      // A label that contains the host is the user's permission to show it.
      const isAllowed = names.size === 0 || new RegExp(source.join('|'), 'i').test(`//${label}`)
      pattern = isAllowed ? null : new RegExp(source.join('|'), 'gi')
    },
    redact(text) {
      if (pattern === null || names.has(text.toLowerCase().replace(PORT, ''))) return text
      return text
        .replace(pattern, () => label)
        .replace(URL_HOST, (whole, scheme: string, host: string) =>
          shown.includes(host.toLowerCase()) || label.startsWith(host) ? whole : `${scheme}${label}`,
        )
    },
  }
}

/** The hosts that a text names: as URLs, or as hosts with or without a port. */
export function listHostsIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).flatMap((word) => {
    const url = word.includes('://') ? word : `https://${word}`
    return word !== '' && URL.canParse(url) ? [new URL(url).hostname] : []
  })
}

const PORT = /:\d{1,5}$/
const URL_HOST = /(\bhttps?:\/\/)([^\s/?#"'`<>,;\\)]{1,300})/gi

/** A host as in a URL, and as people read it. */
function listForms(host: string): readonly string[] {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === '' ? [] : [name, domainToUnicode(name)].filter((form) => form !== '')
}

/** A name without a dot may be any word (`vllm`, `model`), so it counts only where the text uses it as a host. */
function patternOf(name: string): string {
  const host = escapeForPattern(name)
  const bounded = String.raw`(?<![\w.-])${host}\.?(?::\d{1,5})?(?![\w-]|\.\w)`
  if (/[.:]/.test(name)) return bounded
  return String.raw`(?<=\/\/|\bENOTFOUND |\bEAI_AGAIN )${bounded}|(?<![\w.-])${host}:\d{1,5}(?![\w-])`
}
