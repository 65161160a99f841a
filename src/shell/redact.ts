import { html, markdown } from '../text.ts'

/** Hides secrets in whatever is shown or written, in every form in which a server may echo them. */
export interface Redactor {
  /** From now on this text and its usual encodings are shown as `***`. Returns those forms; none when it is too short. */
  hide(secret: string): readonly string[]
  /** The text as it may be shown. */
  redact(text: string): string
  /** As `redact`, for a result: in JSON only texts that are values change, so that it stays JSON. */
  redactResult(text: string): string
}

/** Shorter texts are not hidden: they would blot out figures. */
const SHORTEST_SECRET = 4
/** Words by which a run passes or fails: a result without them would pass. */
const DECISIONS: ReadonlySet<string> = new Set(['pass', 'warn', 'fail'])
/** Of a secret from this length on not even a beginning longer than `LONGEST_BEGINNING` may show. */
const LONG_SECRET = 20
const LONGEST_BEGINNING = 12
const JSON_TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g

/** A redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  let pattern: RegExp | null = null

  const redact = (text: string): string => {
    const whole = pattern === null ? text : text.replace(pattern, '***')
    const clean = withoutBeginnings(whole, secrets)
    return clean.includes('…') ? withoutCutSecrets(clean, secrets) : clean
  }
  // A secret that is also a number or a name of the format must not break it.
  const redactJson = (json: string): string =>
    json.replace(JSON_TEXT, (found, colon: string | undefined) => {
      if (colon !== undefined) return found
      const text = JSON.parse(found) as string
      const clean = redact(text)
      return clean === text ? found : JSON.stringify(clean)
    })

  return {
    redact,
    redactResult: (text) => (secrets.size > 0 && text.startsWith('{') ? redactJson(text) : redact(text)),
    hide(secret) {
      if (secret.length < SHORTEST_SECRET || DECISIONS.has(secret.toLowerCase())) return []
      const forms = formsOf(secret)
      for (const form of forms) secrets.add(form)
      // The longest first; a host or a header may come back in another case.
      const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
      pattern = new RegExp(longestFirst.map(literally).join('|'), 'gi')
      return forms
    },
  }
}

/** In a workflow log a line that begins with `::` is a command to the runner. */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ')
}

function formsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    inJson(secret),
    inJson(inJson(secret)),
    // As they stand in what is written for readers.
    html(secret, Infinity),
    markdown(secret, Infinity),
    Buffer.from(secret).toString('hex'),
    ...[`Bearer ${secret}`, `Basic ${base64}`].map((header) =>
      Buffer.from(header).toString('base64').replace(/=+$/, ''),
    ),
  ]
}

/** A pattern that matches this text and nothing else. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** A server that shows the beginning of a long secret has shown too much of it. */
function withoutBeginnings(text: string, secrets: ReadonlySet<string>): string {
  let clean = text
  for (const secret of secrets) {
    if (secret.length < LONG_SECRET) continue
    const beginning = secret.slice(0, LONGEST_BEGINNING)
    let shown = ''
    let from = 0
    for (let at = clean.indexOf(beginning); at !== -1; at = clean.indexOf(beginning, from)) {
      let end = LONGEST_BEGINNING
      while (end < secret.length && clean[at + end] === secret[end]) end++
      shown += `${clean.slice(from, at)}***`
      from = at + end
    }
    clean = shown + clean.slice(from)
  }
  return clean
}

/** A server's words are cut to a length: what is left of a secret before the cut goes, too. */
function withoutCutSecrets(text: string, secrets: ReadonlySet<string>): string {
  return text
    .split('…')
    .map((part, i, parts) => (i === parts.length - 1 ? part : withoutBeginning(part, secrets)))
    .join('…')
}

function withoutBeginning(part: string, secrets: ReadonlySet<string>): string {
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= SHORTEST_SECRET; length--) {
      if (part.endsWith(secret.slice(0, length))) return `${part.slice(0, -length)}***`
    }
  }
  return part
}
