import { expect, test } from 'vitest'
import { createRedactor, withoutCommands } from '../src/redact.ts'

const KEY = 'sk-live/9f8e7d6c+5b4a"39281706='

test('the forms that are hidden are told, so that a runner can mask them too', () => {
  const forms = createRedactor().hide(KEY)
  expect(forms).toEqual(
    expect.arrayContaining([
      KEY,
      Buffer.from(KEY).toString('base64'),
      encodeURIComponent(KEY),
      Buffer.from(KEY).toString('hex'),
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

test('what is too short to be a secret has no forms and stays', () => {
  const { hide, redact } = createRedactor()
  expect(hide('abc')).toEqual([])
  expect(redact('abc')).toBe('abc')
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
  expect(withoutCommands('::error::x\n  ::set-env name=a::b\nok')).toBe(': :error::x\n  : :set-env name=a::b\nok')
})
