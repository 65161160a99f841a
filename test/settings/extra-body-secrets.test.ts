import { expect, test } from 'vitest'
import { secretValuesOf, withoutSecretValues } from '../../src/settings/extra-body-secrets.ts'
import { messageOf, resolve } from './support.ts'

test.each([
  'key',
  'KEY',
  'api_key',
  'apiKey',
  'APIKey',
  'x-api-key',
  'keys',
  'token',
  'accessToken',
  'HF_TOKEN',
  'hftoken',
  'client_secret',
  'secretValue',
  'password2',
  'Authorization',
  'credentials',
])('what is called %s is secret, wherever it stands', (name) => {
  for (const value of ['sk-1234', ['sk-1234'], { value: 'sk-1234' }]) {
    for (const body of [{ [name]: value }, { outer: [{ [name]: value }], temperature: 0 }]) {
      expect(secretValuesOf(body)).toEqual(['sk-1234'])
      expect(JSON.stringify(withoutSecretValues(body))).toBe(JSON.stringify(body).replace('sk-1234', '(secret)'))
    }
  }
})

test('a number is secret by the name of a password, and a count by the name of tokens', () => {
  expect(secretValuesOf({ password: 123456, min_tokens: 8, stop_token_ids: [1, 2] })).toEqual(['123456'])
})

test('what makes the workload is left as it is', () => {
  const body = {
    top_p: 0.5,
    min_tokens: 8,
    stop_token_ids: [128009],
    skip_special_tokens: true,
    tokenizer: 'fast',
    keyword: 'x',
    monkeypatch: 'y',
    stop: ['</s>'],
    response_format: {
      json_schema: { schema: { properties: { token: { type: 'string' }, key: { type: 'string' } } } },
    },
  }
  expect(secretValuesOf(body)).toEqual([])
  expect(withoutSecretValues(body)).toEqual(body)
  expect(secretValuesOf({ properties: { api_key: 'sk-1234' } })).toEqual(['sk-1234'])
})

test('neither a message nor a list of settings shows the value', () => {
  const broken = messageOf({ flags: ['--extra-body', '{"api_key": "sk-1234'] })
  expect(broken).toBe('extra-body: must be a JSON object, for example {"top_p": 1}')
  expect(messageOf({ flags: ['--extra-body', '{"api_key":', 'sk-1234}'] })).not.toContain('sk-1234')
  const { sources } = resolve({ flags: ['--extra-body', '{"api_key": "sk-1234"}'] })
  expect(sources.find(({ name }) => name === 'extra-body')).toEqual({
    name: 'extra-body',
    value: 'given, not shown',
    source: 'flag',
  })
})
