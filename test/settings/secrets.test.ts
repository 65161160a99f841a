import { AB_SETTINGS } from '../../src/commands/ab.ts'
import {
  findSecretsInBody,
  findSecretsInHeaders,
  findSecrets,
  findSecretsInEnvironment,
  findSecretsInherited,
  replaceSecretValues,
} from '../../src/settings/secrets.ts'
import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { COMPARE_SETTINGS } from '../../src/commands/compare.ts'
import { defineSetting } from '../../src/settings/setting.ts'
import { ENDPOINT_SETTINGS } from '../../src/settings/lists/endpoint-settings.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { readFlags } from '../../src/settings/reading/flags.ts'
import { createRedactor } from '../../src/shell/redact.ts'
import { messageOf, resolve } from './support.ts'
import type { Given } from './support.ts'

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
      expect(new Set(findSecretsInBody(JSON.stringify(body)))).toEqual(new Set(['sk-1234']))
      expect(JSON.stringify(replaceSecretValues(body))).toBe(JSON.stringify(body).replace('sk-1234', '(secret)'))
    }
  }
})

test('a number is secret by the name of a password, and a count by the name of tokens', () => {
  const counts = { min_tokens: 8, stop_token_ids: [1, 2] }
  expect(replaceSecretValues({ password: 123456, ...counts })).toEqual({ password: '(secret)', ...counts })
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
  expect(findSecretsInBody(JSON.stringify(body))).toEqual([])
  expect(replaceSecretValues(body)).toEqual(body)
  expect(replaceSecretValues({ properties: { api_key: 'sk-1234' } })).toEqual({ properties: { api_key: '(secret)' } })
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

/** What is left of a text when everything that was given and is secret is hidden. */
function shown(given: Given, text: string): string {
  const { hide, redact } = createRedactor()
  for (const secret of resolve(given).secrets) hide(secret)
  return redact(text)
}

const WORKSPACE = ['--endpoint', 'http://127.0.0.1:1/serving-endpoints/llm/invocations']
const base64 = (text: string): string => Buffer.from(text).toString('base64')

test.each<[string, string, readonly string[]]>([
  [
    'user and password',
    '--auth basic --api-key somebody:pass-word-1',
    ['somebody:pass-word-1', 'pass-word-1', base64('somebody:pass-word-1')],
  ],
  [
    'user and password of the control',
    '--auth basic --api-key a:b --control http://127.0.0.1:2/?sig=of-control --control-api-key other:pass-word-2',
    ['pass-word-2', base64('other:pass-word-2'), 'of-control'],
  ],
  ['a Databricks token as a password', '--auth basic --api-key dapi-0123', ['dapi-0123', base64('token:dapi-0123')]],
  [
    'the secret of a service principal',
    '--auth databricks-oauth --client-id an-id --client-secret dose/01+23',
    ['dose/01+23', 'dose%2F01%2B23', base64('an-id:dose/01+23')],
  ],
  [
    'a key of the query',
    '--expect-version 1 --version-url http://127.0.0.1:1/v?sig=a%2Fb-77&key-without-name',
    ['a/b-77', 'a%2Fb-77'],
  ],
  [
    'a key without a name',
    '--expect-version 1 --version-url http://127.0.0.1:1/v?key-without-name',
    ['key-without-name'],
  ],
  ['the password of a proxy', '--proxy http://user-of-it:pass%2Fword@127.0.0.1:1', ['pass/word', 'user-of-it']],
  ['a token with signs', '--headers X-Token:Bearer=ab12:cd34:ef56', ['ab12:cd34:ef56']],
  ['a header', '--headers {"X-Token":"Bearer-9:tok-5544332211"}', ['Bearer-9:tok-5544332211', 'tok-5544332211']],
  ['a member of the body', '--extra-body {"auth":{"api_key":"mem-11223344"}}', ['mem-11223344']],
])('%s is shown nowhere, as it is or as it is sent', (_, flags, forms) => {
  const given = { flags: [...WORKSPACE, ...flags.split(' ')] }
  for (const form of forms) expect(shown(given, `it was ${form}, really`), form).toBe('it was ***, really')
})

test('what came from the environment is shown nowhere', () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'aws/secret',
    AWS_SESSION_TOKEN: 'aws-session',
    AWS_REGION: 'eu-west-1',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1/identity',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  }
  const aws = { flags: ['--endpoint', 'http://127.0.0.1:1/model/m/invoke', '--auth', 'aws-sigv4'], env }
  expect(shown(aws, 'AKIDEXAMPLE aws/secret aws-session eu-west-1')).toBe('*** *** *** eu-west-1')
  const oidc = { flags: [...WORKSPACE, '--auth', 'databricks-oidc', '--client-id', 'an-id'], env }
  expect(shown(oidc, 'request-token')).toBe('***')
})

const NEW = defineSetting({
  name: 'x-token',
  group: '',
  help: '',
  placeholder: '',
  default: null,
  env: 'X_TOKEN',
  secret: true,
  read: String,
})

test('a setting that is newly marked as secret is found without any other edit', () => {
  const list = { ...ENDPOINT_SETTINGS, x: NEW }
  const { given } = readFlags(list, ['--x-token', ' new-secret-1 ', '--endpoint', 'http://127.0.0.1?k=in-the-query'])
  expect(findSecrets(list, given)).toEqual(expect.arrayContaining(['new-secret-1', 'in-the-query']))
  expect(findSecretsInEnvironment(list, { X_TOKEN: 'new-secret-2' })).toContain('new-secret-2')
})

test('the command line that is shown to people with an old Node hides the value of every secret flag', () => {
  const entry = readFileSync(new URL('../../src/cli.ts', import.meta.url), 'utf8')
  const hidden = /\^\(--\?\(\?:([a-z|-]+)\)\)/.exec(entry)![1]!.split('|')
  const lists = [...Object.values(COMMAND_SETTINGS), ...Object.values(COMPARE_SETTINGS), ...Object.values(AB_SETTINGS)]
  const secret = lists.filter((each: { readonly secret?: boolean }) => each.secret === true).map(({ name }) => name)
  expect([...hidden].sort()).toEqual([...new Set(secret)].sort())
})

test('a value of headers that cannot be read is hidden all the same, and nothing that is not there', () => {
  expect(findSecretsInHeaders('[{"Authorization":"Bearer abcdefgh123"}]')).toContain('abcdefgh123')
  expect(findSecretsInHeaders('{"a":{"b":"secret-key-1"}}')).toContain('secret-key-1')
  expect(findSecretsInHeaders('{"a":{"b":"secret-key-1"}}').join()).not.toContain('[object')
})

test('what is secret by its name is hidden however short it is, unless it is a number', () => {
  const headers = findSecretsInHeaders('X-Api-Key: hunter2\nAuthorization: Bearer s3cr3t\nX-Tenant: acme\nX-Key: 1234')
  expect(headers).toEqual(expect.arrayContaining(['hunter2', 's3cr3t', 'Bearer s3cr3t']))
  for (const word of ['Bearer', 'acme', '1234']) expect(headers).not.toContain(word)
  expect(findSecretsInHeaders('{"x-api-key": "hunter2"}')).toContain('hunter2')
  expect(findSecretsInBody('{"routing": {"api_key": "hunter2"}, "min_tokens": 8, "mode": "eu"}')).toEqual([
    'hunter2',
    'hunter2',
  ])
})

test('what a started server inherits and may write is secret by the name of its variable, and nothing where none is started', () => {
  const env = { HF_TOKEN: 'hf-12345678', VLLM_API_KEY: ' k-87654321 ', MAX_TOKENS: '8', HOME: '/home/somebody' }
  const { given } = readFlags(AB_SETTINGS, ['--a', 'serve old', '--b', 'serve new'])
  expect(findSecretsInherited(AB_SETTINGS, given, env)).toEqual(['hf-12345678', 'k-87654321'])
  const without = readFlags(COMMAND_SETTINGS, ['--endpoint', 'http://h']).given
  expect(findSecretsInherited(COMMAND_SETTINGS, without, env)).toEqual([])
})
