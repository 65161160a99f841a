import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { createRedactor } from '../../src/shell/redact.ts'
import { escapeForHtml, escapeForMarkdown, escapeForTerminal, escapeHtml } from '../../src/text.ts'
import { mutated } from './mutate.ts'
import { property } from './property.ts'
import type { Property } from './property.ts'
import { GRAPHEME } from '../support/text-units.ts'

const SIGNS = Array.from('abcdefgXYZ0123456789&<>"\'|*_`\\/+=%$#@!:;,.~[]{}()- é🔑')

const SECRET = fc
  .oneof(
    { arbitrary: fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 12, maxLength: 60 }), weight: 3 },
    { arbitrary: fc.stringMatching(/^sk-[A-Za-z0-9_-]{20,40}$/), weight: 2 },
    { arbitrary: fc.uuid(), weight: 1 },
    { arbitrary: fc.string({ unit: GRAPHEME, minLength: 12, maxLength: 30 }), weight: 1 },
  )
  // What repeats itself is found in any text, and what ends like the beginning of an escape may be one with what follows.
  .filter((secret) => new Set(secret).size > 6 && secret.isWellFormed() && !/^\s|[\s\\%&=]$/.test(secret))

/** A way in which others write a text: each sign of it, or the whole. `of` is 0 to 1 for each sign that may be left as it is. */
type Way = (secret: string, escapes: (at: number) => boolean) => string

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** Each part of a text written as an escape, or as it is where it may stay; the sign that begins escapes never may. */
const each =
  (partsOf: (secret: string) => readonly string[], write: (part: string) => string): Way =>
  (secret, escapes) => {
    const begin = write('a')[0]!
    const parts = partsOf(secret).map((part, i) => (escapes(i) || part === begin || part > '~' ? write(part) : part))
    return parts.join('')
  }

const eachUnit = (write: (code: number) => string): Way =>
  each(
    (secret) => secret.split(''),
    (unit) => write(unit.charCodeAt(0)),
  )
const eachPoint = (write: (code: number) => string): Way =>
  each(
    (secret) => Array.from(secret),
    (sign) => write(sign.codePointAt(0)!),
  )
const eachByte = (write: (byte: number) => string): Way =>
  each(
    (secret) => Buffer.from(secret).toString('latin1').split(''),
    (byte) => write(byte.charCodeAt(0)),
  )

const base64At =
  (before: number): Way =>
  (secret) => {
    const whole = Buffer.from(`${'x'.repeat(before)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '')
    const hangsOnNext = (before + Buffer.byteLength(secret)) % 3 === 0 ? 0 : 1
    return whole.slice(before === 0 ? 0 : before + 1, whole.length - hangsOnNext)
  }

const WAYS: Readonly<Record<string, Way>> = {
  'as it is': (secret) => secret,
  'in other case': (secret) => secret.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()),
  'Base64 behind nothing': base64At(0),
  'Base64 behind one byte': base64At(1),
  'Base64 behind two bytes': base64At(2),
  'Base64 of a URL': (secret, escapes) => base64At(2)(secret, escapes).replaceAll('+', '-').replaceAll('/', '_'),
  hexadecimal: (secret) => Buffer.from(secret).toString('hex'),
  'percent of bytes': eachByte((byte) => `%${hex(byte, 2)}`),
  'percent of bytes, twice': eachByte((byte) => `%25${hex(byte, 2).toUpperCase()}`),
  'a form that was posted': (secret) => new URLSearchParams({ '': secret }).toString().slice(1),
  'escapes of JSON': eachUnit((code) => `\\u${hex(code, 4)}`),
  'escapes of JSON in JSON': eachUnit((code) => `\\\\u${hex(code, 4)}`),
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  'JSON in JSON': (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  'escapes of JavaScript': eachPoint((code) => `\\u{${code.toString(16)}}`),
  'escapes of Python': eachPoint((code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`)),
  'bytes of Python and C': eachByte((byte) => `\\x${hex(byte, 2)}`),
  'octal bytes': eachByte((byte) => `\\${byte.toString(8).padStart(3, '0')}`),
  'escapes of XML': eachPoint((code) => `&#${code};`),
  'hexadecimal escapes of XML': eachPoint((code) => `&#x${code.toString(16).toUpperCase()};`),
  'escapes of XML in JSON': eachPoint((code) => `\\u0026#x${code.toString(16)};`),
  HTML: escapeHtml,
  'HTML twice': (secret) => escapeHtml(escapeHtml(secret)),
  Markdown: (secret) => escapeForMarkdown(secret, Infinity),
  'quoted-printable': eachByte((byte) => `=${hex(byte, 2).toUpperCase()}`),
}

/** Ends of lines that a text of any of these ways may be broken by, anywhere; the last two are those of quoted-printable. */
const BREAKS = ['\n', '\r\n', '\n    ', '=\r\n', '=\n']

const AROUND = ['', ' ', 'key ', '"', 'a=', '<b>', 'Bearer ', '{"key":"', ':', '%20', '&amp;', '\n', 'token: \\"']

/** Nothing that would make an escape of the last sign of a secret. */
const BEHIND = ['', ' key', '"', '<b>', '}', ';', '&amp;', '\\"', ' \n']

const ECHO = fc.record({
  secret: SECRET,
  way: fc.constantFrom(...Object.keys(WAYS)),
  /** Which signs are escaped: all, or some of them. */
  share: fc.constantFrom(1, 1, 2, 3),
  broken: fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: fc.constantFrom(...BREAKS), weight: 1 }),
  width: fc.integer({ min: 8, max: 20 }),
  inJson: fc.boolean(),
  before: fc.constantFrom(...AROUND),
  after: fc.constantFrom(...BEHIND),
})

/** How much of it still stands somewhere in one piece. */
function longestLeft(text: string, echo: string): number {
  let longest = 0
  for (let from = 0; from + longest < echo.length; from++) {
    while (from + longest < echo.length && text.includes(echo.slice(from, from + longest + 1))) longest++
  }
  return longest
}

export const REDACTION_PROPERTIES: readonly Property[] = [
  property('redaction', 'a secret is found in whatever way it is written', ECHO, (echo) => {
    const { way, share, broken, inJson, width, after } = echo
    // In quoted-printable a bare `=` is no sign, and no line ends within an escape.
    const isMail = way === 'quoted-printable' || broken?.startsWith('=') === true
    const withoutEquals = (text: string): string => (isMail ? text.replaceAll('=', ':') : text)
    const before = withoutEquals(echo.before)
    // Whoever breaks lines takes spaces away, too.
    const secret = withoutEquals(broken === null ? echo.secret : echo.secret.replaceAll(/\s/g, '_'))
    const piece = new RegExp(isMail ? `(?:=..|.){1,${width}}` : `.{1,${width}}`, 'gsu')
    const write = (text: string): string => (inJson ? JSON.stringify(text).slice(1, -1) : text)
    const written = WAYS[way]!(secret, (at) => at % share === 0)
    const lines = broken === null ? [written] : (written.match(piece) ?? [])
    const { hide, redact } = createRedactor()
    hide(secret)
    const shown = redact(write(`${before}${lines.join(broken ?? '')}${after}`))
    for (const line of lines.map(write)) {
      // A last line of a few signs tells nothing.
      const left = line.length < 6 ? 0 : longestLeft(shown, line)
      assert.ok(left < Math.max(6, line.length / 2), `${left} of ${line.length} signs of ${line} are in ${shown}`)
    }
  }),
  property(
    'redaction',
    'a text without a secret stays as it is',
    mutated(['a%20b &lt;c&gt; \\u0041\\n\n  d\\-e &#39; 100 % \\', 'name=3D"x" =\r\n=20 \\x41 \\101 c2stbGl2ZQ== 🔑']),
    (text) => {
      const { hide, redact } = createRedactor()
      hide('sk-live/9f8e7d6c+5b4a"39281706=')
      assert.equal(redact(text), text)
    },
  ),
  property(
    'redaction',
    'what is shown twice hides as much, and escaping shows no more',
    fc.tuple(SECRET, mutated(['bad key KEY, "KEY" (KEY)', '{"error":"KEY","at":["KEY"]}', 'xKEYx…'])),
    ([secret, text]) => {
      const { hide, redact } = createRedactor()
      hide(secret)
      const shown = redact(text.replaceAll('KEY', secret))
      assert.equal(redact(shown), shown)
      for (const escape of [escapeForTerminal, escapeForHtml, escapeForMarkdown]) {
        assert.ok(!redact(escape(text.replaceAll('KEY', secret), Infinity)).includes(secret))
      }
    },
  ),
]
