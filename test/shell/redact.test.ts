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

test('the beginning of a short secret stays: it may be any word', () => {
  const { hide, redact } = createRedactor()
  hide('production-eu-west')
  expect(redact('production-eu')).toBe('production-eu')
})

test('a line that begins like a command to the runner is none any more', () => {
  expect(defuseCommands('::error::x\n  ::set-env name=a::b\nok')).toBe(': :error::x\n  : :set-env name=a::b\nok')
})
