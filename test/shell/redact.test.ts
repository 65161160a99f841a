import { expect, test } from 'vitest'
import { createRedactor, defuseCommands } from '../../src/shell/redact.ts'
import { escapeForHtml, escapeForMarkdown } from '../../src/text.ts'

const KEY = 'sk-live/9f8e7d6c+5b4a"39281706='

test('the forms that are hidden are told, so that a runner can mask them too', () => {
  const forms = createRedactor().hide(KEY)
  expect(forms).toEqual(
    expect.arrayContaining([
      KEY,
      Buffer.from(KEY).toString('base64'),
      encodeURIComponent(KEY),
      Buffer.from(KEY).toString('hex'),
      Buffer.from(`Basic ${Buffer.from(KEY).toString('base64')}`)
        .toString('base64')
        .replace(/=+$/, ''),
    ]),
  )
})

test('a secret in a form that was posted is hidden', () => {
  const { hide, redact } = createRedactor()
  hide("it's a (secret)")
  expect(redact(`got secret=${new URLSearchParams({ x: "it's a (secret)" }).toString().slice(2)}&x=1`)).toBe(
    'got secret=***&x=1',
  )
})

test('a secret is hidden in a page and in Markdown, where its signs are escaped', () => {
  const { hide, redact } = createRedactor()
  const secret = 'sk_a*b&c<d"e-0.1'
  hide(secret)
  for (const shown of [escapeForHtml(`model ${secret} x`), escapeForMarkdown(`model ${secret} x`)])
    expect(redact(shown)).toBe('model *** x')
})

test('many echoes and long texts take no time', () => {
  const { hide, redact } = createRedactor()
  hide(KEY)
  expect(redact(`${KEY.slice(0, 12)} `.repeat(20_000)).slice(0, 8)).toBe('*** *** ')
  const long = JSON.stringify({ text: 'x'.repeat(10_000_000) })
  expect(redact(long) === long).toBe(true)
})

test('what is too short to be a secret has no forms and stays', () => {
  const { hide, redact } = createRedactor()
  expect(hide('abc')).toEqual([])
  expect(redact('abc')).toBe('abc')
})

test.each([
  ['as Python escapes it in a page', 'it&#x27;s &lt;a&gt; &quot;secret&quot;'],
  ['as a page has it where quotes need not be escaped', 'it\'s &lt;a&gt; "secret"'],
  ['in a URL of base64', Buffer.from('it\'s <a> "secret"').toString('base64url')],
  ['on one line', 'it\'s <a> "secret"'],
])('a secret with signs is hidden %s', (_, form) => {
  const { hide, redact } = createRedactor()
  hide('it\'s  <a>\t"secret"')
  hide('it\'s <a> "secret"')
  expect(redact(`not ${form}!`)).toBe('not ***!')
})

test('the beginning of a long secret is hidden, too, and what follows it stays', () => {
  const { hide, redact } = createRedactor()
  hide(KEY)
  expect(redact('bad key sk-live/9f8e, sk-live/9f8e7d6c+!')).toBe('bad key ***, ***!')
  expect(redact('sk-live/9f8')).toBe('sk-live/9f8')
})

test('the beginning of a long secret is hidden in any case', () => {
  const { hide, redact } = createRedactor()
  hide(KEY)
  expect(redact('bad key SK-LIVE/9F8E7D6C+!, SK-live/…')).toBe('bad key ***!, ***…')
})

test.each([
  ['a sign of which case has three', '\u212a      !"#$\''],
  ['signs beyond a unit of text', 'pass-🔑-word-🌍'],
  ['bytes of several signs', 'geheim-ä-ö-ü'],
])('a secret with %s is hidden, and with its bytes escaped', (_, secret) => {
  const { hide, redact } = createRedactor()
  hide(secret)
  const bytes = Buffer.from(secret).toString('hex').replaceAll(/../g, '%$&')
  const points = Array.from(secret, (sign) => `&#x${sign.codePointAt(0)!.toString(16)};`).join('')
  expect([secret, bytes, points].map(redact)).toEqual(['***', '***', '***'])
})

test('a secret that holds what looks like an escape is hidden where its other signs are escaped', () => {
  const { hide, redact } = createRedactor()
  hide('ab%41cd\\&efgh')
  expect(redact('x ab%41c&#100;\\&amp;e&#102;gh y')).toBe('x *** y')
})

test('the beginning of a short secret stays: it may be any word', () => {
  const { hide, redact } = createRedactor()
  hide('production-eu-west')
  expect(redact('production-eu')).toBe('production-eu')
})

test('a line that begins like a command to the runner is none any more', () => {
  expect(defuseCommands('::error::x\n  ::set-env name=a::b\nok')).toBe(': :error::x\n  : :set-env name=a::b\nok')
  // What .NET takes for space or does not see.
  expect(defuseCommands('\u0085::error::x\n\u200b ::error::y')).toBe('\u0085: :error::x\n\u200b : :error::y')
  expect(defuseCommands('model ##[add-mask]x')).toBe('model ## [add-mask]x')
})

/** Ways in which others write a text, each sign or the whole of it. */
const WRITTEN: Readonly<Record<string, (text: string) => string>> = {
  'in Base64 behind nothing': (text) => Buffer.from(`${text} and more`).toString('base64'),
  'in Base64 behind one byte': (text) => Buffer.from(`x${text} and more`).toString('base64'),
  'in Base64 behind two bytes': (text) => Buffer.from(`xx${text} and`).toString('base64'),
  'in Base64 of a URL': (text) => Buffer.from(`xx${text}??>>`).toString('base64url'),
  'in Base64 of several lines': (text) => wrap(Buffer.from(`x${text} and`).toString('base64'), 10, '\r\n'),
  'in Base64 of Base64': (text) => Buffer.from(Buffer.from(text).toString('base64')).toString('base64'),
  'in Base64 of signs of two bytes': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  'in hexadecimal with colons': (text) => Buffer.from(text).toString('hex').match(/../g)!.join(':'),
  'as a list of bytes': (text) => Buffer.from(text).join(', '),
  'with a blank between its signs': (text) => Array.from(text).join(' '),
  'with every byte percent-encoded': (text) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&'),
  'percent-encoded twice': (text) => Buffer.from(text).toString('hex').replaceAll(/../g, '%25$&'),
  'with escapes of JSON': (text) => escapeEach(text, (code) => `\\u${code.toString(16).padStart(4, '0')}`),
  'with escapes of JSON in JSON': (text) => escapeEach(text, (code) => `\\\\u${code.toString(16).padStart(4, '0')}`),
  'with escapes of XML': (text) => escapeEach(text, (code) => `&#${code};`),
  'with hexadecimal escapes of XML': (text) => escapeEach(text, (code) => `&#x${code.toString(16).toUpperCase()};`),
  'with some of its signs escaped': (text) =>
    escapeEach(text, (code) => (code % 2 ? `%${code.toString(16)}` : `&#${code};`)),
  'with every second sign escaped as in JSON': (text) =>
    escapeEach(text, (code, i) => (i % 2 ? String.fromCharCode(code) : `\\u${code.toString(16).padStart(4, '0')}`)),
  'with octal bytes': (text) => escapeEach(text, (code) => `\\${code.toString(8).padStart(3, '0')}`),
  'with names of HTML': (text) => text.replaceAll('/', '&sol;').replaceAll('+', '&plus;').replaceAll('=', '&equals;'),
  'as quoted-printable': (text) => escapeEach(text, (code) => `=${code.toString(16).toUpperCase()}`),
  'as quoted-printable on several lines': (text) => wrap(text.replaceAll('=', '=3D'), 9, '=\r\n'),
  'as quoted-printable in JSON': (text) => JSON.stringify(wrap(text.replaceAll('=', '=3D'), 9, '=\r\n')).slice(1, -1),
  'with escapes that a line end cuts, in JSON': (text) =>
    JSON.stringify(wrap(Buffer.from(text).toString('hex').replaceAll(/../g, '%$&'), 10, '\n')).slice(1, -1),
  'on several lines': (text) => wrap(text, 9, '\n    '),
  'on several lines of a text in JSON': (text) => wrap(text, 9, '\\n'),
}

function wrap(text: string, width: number, by: string): string {
  return text.match(new RegExp(`.{1,${width}}`, 'g'))!.join(by)
}

function escapeEach(text: string, escape: (code: number, place: number) => string): string {
  return Array.from(text, (sign, i) => escape(sign.charCodeAt(0), i)).join('')
}

test.each(Object.keys(WRITTEN))('a secret is hidden %s, and what stands around it stays', (way) => {
  const { hide, redact } = createRedactor()
  hide(KEY)
  const shown = redact(`before%20 \n ${WRITTEN[way]!(KEY)}\n &amp; behind`)
  expect(shown).toMatch(/^before%20 \n \S*\*\*\*\S*\n &amp; behind$/)
  // What may be left of its surroundings in Base64.
  expect(shown.length).toBeLessThan(60)
})

test('a text with escapes and no secret stays as it is', () => {
  const { hide, redact } = createRedactor()
  hide(KEY)
  const text = 'a%20b &lt;c&gt; \\u0041\\n\n  d\\-e &#39; 100 % &#9999999; =3D=\r\n \\'
  expect(redact(text)).toBe(text)
})
