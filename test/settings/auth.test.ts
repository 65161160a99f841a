import { describe, expect, test } from 'vitest'
import { hasCredentials } from '../../src/settings/auth.ts'
import { buildControlSettings } from '../../src/run/control.ts'
import { readEnvironment } from '../../src/settings/setting.ts'
import { RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import type { Settings } from '../../src/settings.ts'
import { authWayOf } from '../../src/vendors/vendors.ts'
import { messageOf, problemsOf, resolve } from './support.ts'
import type { Given } from './support.ts'

const WORKSPACE = 'https://w.cloud.databricks.com/serving-endpoints/llm/invocations'
const ROUTE = 'https://9c53.serving.cloud.databricks.com/354/serving-endpoints/llm/invocations'
const BEDROCK = 'https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse-stream'
const AWS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'aws-secret' }
const JOB = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://pipelines.example/id?v=1',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
}

/** A command with words for flags. */
function command(words: string, env: Readonly<Record<string, string>> = {}): Given {
  return { flags: words.split(' '), env }
}

describe('a key that was pasted with what is no part of it is refused, and not shown', () => {
  const SECRET = 'sk-pasted-0123456789'

  test.each([
    ['with quotes', `"${SECRET}"`, 'api-key: is in quotes'],
    ['with single quotes', `'${SECRET}'`, 'api-key: is in quotes'],
    ['with the word before it', `Bearer ${SECRET}`, 'api-key: begins with "Bearer", which the client writes itself'],
    [
      'as a header',
      `Authorization: Bearer ${SECRET}`,
      'api-key: begins with the name of a header, which the client writes itself',
    ],
    ['as another header', `X-Api-Key: ${SECRET}`, 'api-key: begins with the name of a header'],
    ['as an assignment', `export OPENAI_API_KEY=${SECRET}`, 'api-key: begins with the name of a variable'],
    ['as a log shows it', '***', 'api-key: is what logs, pages and instructions show'],
    ['as a page shows it', 'sk-…0123', 'api-key: is what logs, pages and instructions show'],
    ['as instructions have it', '<your key>', 'api-key: is what logs, pages and instructions show'],
    ['with a space in it', `${SECRET} ${SECRET}`, 'api-key: has a space in it'],
    ['over two lines', `${SECRET}\n${SECRET}`, 'api-key: must be one line'],
    ['as a variable', '${PLATEAU_KEY}', 'api-key: is the name of a variable'],
    ['as an expression', '${{ secrets.KEY }}', 'api-key: is the name of a variable'],
  ])('%s', (_, key, message) => {
    const said = messageOf({ env: { PLATEAU_API_KEY: key } })
    expect(said).toContain(message)
    expect(said).not.toContain('0123456789')
  })

  test('where nobody but the user knows what is right, it is sent as it was given', () => {
    const key = `Token ${SECRET}`
    const { settings } = resolve({ flags: ['--auth', 'header:x-gate'], env: { PLATEAU_API_KEY: key } })
    expect(settings.apiKey).toBe(key)
    const pair = 'user:a pass word'
    expect(resolve({ flags: ['--auth', 'basic'], env: { PLATEAU_API_KEY: pair } }).settings.apiKey).toBe(pair)
  })

  test('what stands around it is trimmed', () => {
    expect(resolve({ env: { PLATEAU_API_KEY: ` ${SECRET}\r\n` } }).settings.apiKey).toBe(SECRET)
  })

  test('also what a way takes from the environment', () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: '"aws-secret"' }
    expect(messageOf(command(`--endpoint ${BEDROCK} --auth aws-sigv4`, env))).toContain(
      'AWS_SECRET_ACCESS_KEY: is in quotes',
    )
    const oauth = `--endpoint ${WORKSPACE} --auth databricks-oauth --client-id i --client-secret 'x'`
    expect(messageOf(command(oauth))).toContain('client-secret: is in quotes')
  })
})

describe('credentials that do not go with auth are refused', () => {
  test.each<[string, Given, string]>([
    [
      'a secret without its way',
      command('--client-secret s'),
      'client-secret: is for auth: databricks-oauth, and auth is auto',
    ],
    [
      'an id without its way',
      command('--client-id i --auth bearer --api-key k'),
      'client-id: is for auth: databricks-oauth or databricks-oidc, and auth is bearer; change auth or remove it',
    ],
    ['an audience of nobody', command('--oidc-audience a'), 'oidc-audience: is for auth: databricks-oidc'],
    [
      'a place without tokens',
      command('--token-url https://w'),
      'token-url: is for auth: databricks-oauth or databricks-oidc',
    ],
    [
      'a secret where the job proves itself',
      command(`--endpoint ${WORKSPACE} --auth databricks-oidc --client-id i --client-secret s`, JOB),
      'client-secret: is for auth: databricks-oauth, and auth is databricks-oidc',
    ],
    [
      'a key beside OAuth',
      command(`--endpoint ${WORKSPACE} --auth databricks-oauth --client-id i --client-secret s --api-key k`),
      'auth: is databricks-oauth, but an api-key is given; remove one of them',
    ],
    [
      'a key beside AWS credentials',
      command(`--endpoint ${BEDROCK} --auth aws-sigv4 --api-key k`, AWS),
      'auth: is aws-sigv4, but an api-key is given',
    ],
  ])('%s', (_, given, message) => {
    expect(messageOf(given)).toContain(message)
  })

  test.each<[string, Given, string]>([
    ['bearer without a key', command('--auth bearer'), 'auth: is bearer, but there is no key; set PLATEAU_API_KEY'],
    ['basic without a key', command('--auth basic'), 'auth: is basic, but there is no key'],
    ['basic without a user', command('--auth basic --api-key k'), 'api-key: must be user:password with auth: basic'],
    [
      'OAuth without an id and a secret',
      command(`--endpoint ${WORKSPACE} --auth databricks-oauth`),
      'client-id: is needed with auth: databricks-oauth: the application id of the service principal, in PLATEAU_CLIENT_ID or --client-id\nclient-secret: is needed with auth: databricks-oauth; set PLATEAU_CLIENT_SECRET',
    ],
    [
      'OAuth of the action without its secret',
      { inputs: { endpoint: WORKSPACE, auth: 'databricks-oauth', 'client-id': 'i' } },
      'client-secret: is needed with auth: databricks-oauth; give the input client-secret; if it is given, the secret that it comes from is empty',
    ],
    [
      'an identity outside of a job',
      command(`--endpoint ${WORKSPACE} --auth databricks-oidc --client-id i`),
      'auth: is databricks-oidc, which only a job of GitHub Actions with permissions: id-token: write can use',
    ],
    [
      'an identity without the permission',
      { inputs: { endpoint: WORKSPACE, auth: 'databricks-oidc', 'client-id': 'i' } },
      'auth: is databricks-oidc, and this job may not ask GitHub for its identity; give it permissions: id-token: write',
    ],
    [
      'AWS credentials that are not there',
      command(`--endpoint ${BEDROCK} --auth aws-sigv4`, { AWS_ACCESS_KEY_ID: '' }),
      'auth: is aws-sigv4, and the environment has no AWS_ACCESS_KEY_ID, no AWS_SECRET_ACCESS_KEY; set it',
    ],
    [
      'a region that nobody says',
      command('--endpoint http://127.0.0.1:1 --api bedrock --auth aws-sigv4', AWS),
      'the environment has no AWS_REGION',
    ],
    [
      'credentials that break a header',
      command(`--endpoint ${BEDROCK} --auth aws-sigv4`, { ...AWS, AWS_SESSION_TOKEN: 'a\nb' }),
      'AWS_SESSION_TOKEN of the environment has characters that no header can carry',
    ],
  ])('%s', (_, given, message) => {
    expect(messageOf(given)).toContain(message)
  })

  test.each<[string, string, string]>([
    [
      'a client secret for somebody who is not Databricks',
      '--endpoint https://llm.example',
      'llm.example is not a Databricks workspace',
    ],
    [
      'a route-optimised host that gives out no tokens',
      `--endpoint ${ROUTE}`,
      'token-url: is needed for a route-optimised endpoint',
    ],
    [
      'a place for tokens that is not allowed',
      `--endpoint ${ROUTE} --token-url https://evil.example --allowed-hosts *.serving.cloud.databricks.com`,
      'token-url: has the host evil.example, which is not among allowed-hosts',
    ],
    [
      'a header that auth writes',
      `--endpoint ${WORKSPACE} --headers authorization:x`,
      'headers: sets authorization, which auth: databricks-oauth writes',
    ],
  ])('%s', (_, words, message) => {
    const oauth = '--auth databricks-oauth --client-id i --client-secret s'
    expect(messageOf(command(`${oauth} ${words}`))).toContain(message)
  })

  test('a header that carries the key, also where the owner of the host takes every key there', () => {
    const endpoint = 'https://w.cloud.databricks.com/serving-endpoints/anthropic'
    const given = command(`--endpoint ${endpoint} --api anthropic --api-key k --headers authorization:x`)
    expect(messageOf(given)).toContain('headers: sets authorization, which carries the api-key')
  })

  test('an AWS signature for somebody who is not AWS, and one that a header breaks', () => {
    expect(
      messageOf(command('--endpoint https://llm.example/v1 --auth aws-sigv4', { ...AWS, AWS_REGION: 'r' })),
    ).toContain('auth: is aws-sigv4, which signs requests to Amazon Bedrock, and llm.example is none')
    expect(messageOf(command(`--endpoint ${BEDROCK} --auth aws-sigv4 --headers x-amz-date:x`, AWS))).toContain(
      'headers: sets x-amz-date, which auth: aws-sigv4 writes',
    )
  })
})

describe('credentials that go together are taken', () => {
  test.each<[string, Given]>([
    [
      'a key for an API with a header of its own, and authorization for a gateway',
      command('--api anthropic --api-key k --headers authorization:x'),
    ],
    [
      'a key for Azure, which has a header of its own, and authorization for a gateway',
      command('--api openai-chat --endpoint https://a.openai.azure.com --api-key k --headers authorization:x'),
    ],
    ['Basic with a user', command('--auth basic --api-key u:p')],
    ['Basic with a Databricks token alone', command(`--endpoint ${WORKSPACE} --auth basic --api-key dapi`)],
    [
      'OAuth through a gateway',
      command(
        '--endpoint https://llm.example --auth databricks-oauth --client-id i --client-secret s --token-url https://w',
      ),
    ],
    [
      'OAuth of a simulated workspace',
      command('--endpoint http://127.0.0.1:1 --api databricks --auth databricks-oauth --client-id i --client-secret s'),
    ],
  ])('%s', (_, given) => {
    expect(problemsOf(given)).toEqual([])
  })

  test('AWS credentials, and the region of the host before that of the environment', () => {
    const env = { ...AWS, AWS_SESSION_TOKEN: ' session ', AWS_REGION: 'us-east-1' }
    const { settings, sources } = resolve(command(`--endpoint ${BEDROCK} --auth aws-sigv4`, env))
    expect(settings.variables).toEqual({ ...AWS, AWS_SESSION_TOKEN: 'session', AWS_REGION: 'us-east-1' })
    expect(regionOf(settings)).toBe('eu-west-1')
    const shown = sources.filter(({ name }) => name.startsWith('AWS_'))
    expect(shown.map(({ name }) => name)).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    expect(new Set(shown.map(({ value }) => value))).toEqual(new Set(['given, not shown']))
    const local = command('--endpoint http://127.0.0.1:1 --api bedrock --auth aws-sigv4', {
      ...AWS,
      AWS_DEFAULT_REGION: 'eu-north-1',
    })
    expect(regionOf(resolve(local).settings)).toBe('eu-north-1')
  })

  test('the identity of a job', () => {
    const inputs = { endpoint: WORKSPACE, auth: 'databricks-oidc', 'client-id': 'i', 'oidc-audience': 'account' }
    const { settings, sources } = resolve({ inputs, env: JOB })
    expect(settings).toMatchObject({
      variables: JOB,
      oidcAudience: 'account',
      clientSecret: null,
    })
    expect(JSON.stringify(sources)).not.toContain('request-token')
  })

  test('nobody reads the environment for a way that does not need it', () => {
    expect(resolve(command('--api-key k', { ...AWS, ...JOB })).settings.variables).toEqual({})
  })
})

/** The region that requests are signed for. */
function regionOf(settings: Settings): string | undefined {
  const sign = authWayOf('aws-sigv4')!.createSigner!(settings)
  const { authorization } = sign({ method: 'POST', url: settings.endpoint, body: '' }, new Date(0))
  return authorization?.split('/')[2]
}

test.each<[string, Readonly<Record<string, string>>, boolean]>([
  ['auto', {}, false],
  ['auto', { PLATEAU_API_KEY: 'k' }, true],
  ['auto', { PLATEAU_API_KEY: ' ', ...AWS, ...JOB }, false],
  ['header:x-key', { PLATEAU_API_KEY: 'k' }, true],
  ['databricks-oauth', { PLATEAU_API_KEY: 'k', PLATEAU_CLIENT_ID: 'i' }, false],
  ['databricks-oauth', { PLATEAU_CLIENT_SECRET: 's' }, true],
  ['databricks-oidc', { PLATEAU_CLIENT_ID: 'i' }, false],
  ['databricks-oidc', JOB, true],
  ['aws-sigv4', { AWS_ACCESS_KEY_ID: 'a' }, false],
  ['aws-sigv4', AWS, true],
  ['nonsense', { PLATEAU_API_KEY: 'k' }, true],
])('whether anything proves who asks is known before all else is: auth %s with %j, %s', (auth, env, expected) => {
  const given = new Map([
    ['auth', { text: auth, source: 'input', where: null } as const],
    ...readEnvironment(RUN_SETTINGS, env),
  ])
  expect(hasCredentials(given, env)).toBe(expected)
})

describe('variables of the environment', () => {
  const oauth = `--endpoint ${WORKSPACE} --auth databricks-oauth`

  test('serve many commands: those that auth does not use are left alone, even empty ones', () => {
    const env = { PLATEAU_API_KEY: '', PLATEAU_CLIENT_ID: 'i', PLATEAU_CLIENT_SECRET: 's' }
    expect(resolve(command(oauth, env)).settings).toMatchObject({ apiKey: null, clientId: 'i', clientSecret: 's' })
    expect(resolve(command('--auth none', env)).settings).toMatchObject({
      apiKey: null,
      clientId: null,
      clientSecret: null,
    })
    expect(messageOf(command(oauth, { ...env, PLATEAU_CLIENT_SECRET: '' }))).toBe(
      'client-secret: is empty: the secret it comes from is missing (PLATEAU_CLIENT_SECRET)',
    )
  })

  const DATABRICKS = {
    DATABRICKS_TOKEN: 'dapi-1',
    DATABRICKS_CLIENT_ID: 'id-1',
    DATABRICKS_CLIENT_SECRET: 'secret-1',
    AWS_BEARER_TOKEN_BEDROCK: 'bedrock-1',
  }

  test.each([
    [`--endpoint ${WORKSPACE}`, {}, 'dapi-1'],
    [`--endpoint ${WORKSPACE}`, { DATABRICKS_HOST: 'w.cloud.databricks.com' }, 'dapi-1'],
    [`--endpoint ${WORKSPACE}`, { DATABRICKS_HOST: 'https://w.cloud.databricks.com/' }, 'dapi-1'],
    [`--endpoint ${WORKSPACE}`, { DATABRICKS_HOST: 'https://other.cloud.databricks.com' }, null],
    [`--endpoint ${WORKSPACE}`, { PLATEAU_API_KEY: 'own' }, 'own'],
    [`--endpoint ${WORKSPACE}`, { DATABRICKS_TOKEN: ' ' }, null],
    [`--endpoint ${WORKSPACE} --auth none`, {}, null],
    [`--endpoint ${BEDROCK}`, {}, 'bedrock-1'],
    ['--endpoint https://bedrock-mantle.us-east-1.api.aws/v1 --model m', {}, 'bedrock-1'],
    [
      '--endpoint https://vpce-0a-1b.bedrock-runtime.us-gov-west-1.vpce.amazonaws.com/model/m/converse',
      {},
      'bedrock-1',
    ],
    ['--endpoint https://bedrock.s3.amazonaws.com/model/m/converse', {}, null],
    ['--endpoint https://bedrock-runtime.s3-eu-west-1.amazonaws.com/model/m/converse', {}, null],
    ['--endpoint https://bedrock-runtime.eu-west-1.elb.amazonaws.com/model/m/converse', {}, null],
    ['--endpoint https://x.bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse', {}, null],
    ['--endpoint http://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse', {}, null],
    ['--endpoint https://llm.example/serving-endpoints/llm/invocations', {}, null],
    ['--endpoint https://evil-databricks.com.example', {}, null],
  ])('of Databricks and AWS go to their owner only: %s with %j gives the key %s', (words, more, key) => {
    expect(resolve(command(words, { ...DATABRICKS, ...more })).settings.apiKey).toBe(key)
  })

  test('of Databricks give id and secret where OAuth is asked for, after what is given on purpose', () => {
    expect(resolve(command(oauth, DATABRICKS)).settings).toMatchObject({ clientId: 'id-1', clientSecret: 'secret-1' })
    const given = command(`${oauth} --client-id mine`, { ...DATABRICKS, PLATEAU_CLIENT_SECRET: 'own' })
    expect(resolve(given).settings).toMatchObject({ clientId: 'mine', clientSecret: 'own', apiKey: null })
  })
})

describe('the key of the control', () => {
  const CONTROL = ['--control', 'https://control.example']
  const settingsOf = (given: Given) => buildControlSettings(resolve(given).settings)

  test('is that of the endpoint unless it has one of its own', () => {
    const env = { PLATEAU_API_KEY: 'key-of-the-endpoint' }
    expect(settingsOf({ flags: CONTROL, env })?.apiKey).toBe('key-of-the-endpoint')
    const own = settingsOf({ flags: CONTROL, env: { ...env, PLATEAU_CONTROL_API_KEY: 'another-key' } })
    expect(own).toMatchObject({ apiKey: 'another-key', endpoint: new URL('https://control.example') })
    expect(settingsOf({ env })).toBeNull()
  })

  test('in the environment is nobody’s where there is no control, even when it is empty', () => {
    for (const key of ['another-key', '']) expect(messageOf({ env: { PLATEAU_CONTROL_API_KEY: key } })).toBe('')
    expect(messageOf({ flags: CONTROL, env: { PLATEAU_CONTROL_API_KEY: '' } })).toContain('control-api-key: is empty')
  })

  test('that another tool’s variable gives for the endpoint goes to no other host', () => {
    const env = { DATABRICKS_TOKEN: 'dapi-1' }
    const elsewhere = ['--endpoint', WORKSPACE, ...CONTROL]
    expect(messageOf({ flags: elsewhere, env })).toContain(
      'control: has another host than the endpoint, and api-key comes from DATABRICKS_TOKEN, which is not for it',
    )
    expect(messageOf({ flags: [...elsewhere, '--control-api-key', 'k'], env })).toBe('')
    expect(messageOf({ flags: elsewhere, env: { ...env, PLATEAU_API_KEY: 'k' } })).toBe('')
    const beside = WORKSPACE.replace('/llm/', '/main/')
    expect(messageOf({ flags: ['--endpoint', WORKSPACE, '--control', beside], env })).toBe('')
  })

  test('of a way of one owner goes to no host of another', () => {
    const oauth = `--endpoint ${WORKSPACE} --auth databricks-oauth --client-id i --client-secret s-123456`
    expect(messageOf(command(`${oauth} --control https://control.example`))).toContain(
      'control.example is not a Databricks workspace',
    )
  })
})

test('what the run promises of its endpoint is not asked of the control', () => {
  const flags =
    '--control http://127.0.0.1:1 --control-model main --model new --expect-version 2 --limits error-rate<=1% --server-metrics http://127.0.0.1:8000/m'
  const { settings } = resolve({ flags: flags.split(' ') })
  expect(buildControlSettings(settings)).toMatchObject({
    model: 'main',
    expectVersion: null,
    limits: [],
    serverMetrics: 'off',
    endpointLabel: 'new (control)',
    seed: settings.seed,
  })
})
