import { expect, test } from 'vitest'
import { SettingsError } from '../../src/errors.ts'
import { setting } from '../../src/settings/define.ts'
import { resolveFlags } from '../../src/settings/resolve.ts'
import { RUN_SETTINGS } from '../../src/settings.ts'
import { readCount } from '../../src/settings/values.ts'
import { messageOf, problemsOf, resolve } from './support.ts'

const config = ['--config', 'plateau.yml']

test('an endpoint is enough', () => {
  const { settings } = resolve()
  expect(settings.endpoint.href).toBe('http://127.0.0.1:8000/')
  expect(settings).toMatchObject({
    api: 'auto',
    requestTimeoutMs: 300_000,
    readyTimeoutMs: 600_000,
    inputTokens: 'auto',
    outputTokens: { kind: 'fixed', tokens: 128 },
    concurrency: 'auto',
    maxConcurrency: 32,
    passes: 3,
    levelDurationMs: 8000,
    levelRequests: null,
    warmupRequests: 1,
    maxDurationMs: 900_000,
    maxRequests: null,
    maxOutputTokens: 2_000_000,
    limits: [],
    headers: {},
    proxy: null,
    prompts: null,
  })
})

test('every default is a value of its setting', () => {
  for (const setting of Object.values(RUN_SETTINGS)) {
    const text = setting.default
    if (text !== null) expect(() => setting.read(text), setting.name).not.toThrow()
  }
})

test('a flag wins over the file, and the file over the default', () => {
  const files = { 'plateau.yml': 'endpoint: http://file:1\npasses: 5\nseed: 7\n' }
  const { settings, sources } = resolve({ flags: [...config, '--passes', '2'], files })
  expect(settings).toMatchObject({ passes: 2, seed: '7', levelDurationMs: 8000 })
  const sourceOf = Object.fromEntries(sources.map(({ name, source }) => [name, source]))
  expect(sourceOf).toMatchObject({ passes: 'flag', seed: 'file', 'level-duration': 'default', endpoint: 'file' })
})

test('every setting has a source', () => {
  const { sources } = resolve()
  expect(sources.map(({ name }) => name)).toEqual(Object.values(RUN_SETTINGS).map(({ name }) => name))
})

test('the key comes from the environment unless a flag gives it', () => {
  const env = { PLATEAU_API_KEY: 'from-env' }
  expect(resolve({ env }).settings.apiKey).toBe('from-env')
  expect(resolve({ env, flags: ['--api-key=from-flag'] }).settings.apiKey).toBe('from-flag')
})

test('a key in the environment does no harm where no key is sent, even an empty one', () => {
  expect(resolve({ env: { PLATEAU_API_KEY: 'k' }, flags: ['--auth', 'none'] }).settings.apiKey).toBeNull()
  expect(resolve({ env: { PLATEAU_API_KEY: '' }, flags: ['--auth', 'none'] }).settings.apiKey).toBeNull()
})

test('an empty key is a missing secret', () => {
  expect(messageOf({ env: { PLATEAU_API_KEY: '' } })).toBe(
    'api-key: is empty: the secret it comes from is missing; or set auth to none (PLATEAU_API_KEY)',
  )
})

test('a flag takes its value after a space or after =', () => {
  const { settings } = resolve({ flags: ['--passes=4', '--model', 'm=1', '--level-duration', '500ms'] })
  expect(settings).toMatchObject({ passes: 4, model: 'm=1', levelDurationMs: 500 })
})

test('a switch may stand alone', () => {
  expect(resolve({ flags: ['--dry-run', '--passes', '2'] }).settings).toMatchObject({ dryRun: true, passes: 2 })
  expect(resolve({ flags: ['--preflight', 'false'] }).settings.preflight).toBe(false)
  expect(resolve({ flags: ['--preflight=false'] }).settings.preflight).toBe(false)
})

test('all problems are reported at once', () => {
  const flags = [
    '--passes',
    '0',
    '--concurency',
    '4',
    '--output-tokens',
    'many',
    '--model',
    'a',
    '--model',
    'b',
    '--api',
  ]
  expect(problemsOf({ flags }).map(({ setting }) => setting)).toEqual([
    '--concurency',
    '--model',
    '--api',
    'output-tokens',
    'passes',
  ])
})

test('a problem names the setting, what was given and what is allowed', () => {
  expect(messageOf({ flags: ['--passes', '0'] })).toBe('passes: got "0"; must be a whole number from 1 to 20')
})

test.each([
  ['--concurency', '--concurrency'],
  ['--level_duration', '--level-duration'],
  ['--limit', '--limits'],
  ['--prompt-file', '--prompts-file'],
])('%s suggests %s', (flag, suggestion) => {
  expect(messageOf({ flags: [flag, '1'] })).toBe(`${flag}: is not a setting; did you mean ${suggestion}?`)
})

test('a name like no other gets no suggestion', () => {
  expect(messageOf({ flags: ['--gpu-memory-utilization', '0.9'] })).toContain('--help lists them')
})

test('a flag without its value says what belongs there', () => {
  expect(messageOf({ flags: ['--api', '--passes', '2'] })).toBe('--api: needs a value: --api NAME')
})

test('a flag given twice is refused', () => {
  expect(messageOf({ flags: ['--passes', '2', '--passes', '3'] })).toBe('--passes: is given twice; give it once')
})

test('a word that belongs to no flag is refused', () => {
  expect(messageOf({ flags: ['--passes', '2', 'fast'] })).toContain('argument after --passes: got "fast"')
})

test('a missing endpoint is a problem', () => {
  expect(messageOf({ flags: [...config], files: { 'plateau.yml': 'passes: 2' } })).toBe(
    'endpoint: is required: --endpoint URL',
  )
})

test('no problem and no source shows a secret', () => {
  const secret = 'sk-Very-Secret'
  const bad = [
    ['--api-key', `${secret}\nline`],
    ['--api-key', 'k', secret],
    ['--api-key', secret, '--api-key', secret],
    ['--headers', `no colon ${secret}`],
    ['--headers', `{"x": {"y": "${secret}"}}`],
    ['--headers', `x: ${secret}\u0000`],
    ['--headers', `${secret} x: y`],
    ['--endpoint', `http://user:${secret}@host`],
    ['--endpoint', `ftp://host/?key=${secret}`],
    ['--proxy', `socks://user:${secret}@host`],
    ['--api-key', secret, '--auth', 'none'],
    ['--api-key', secret, '--headers', `authorization: ${secret}`],
  ]
  for (const flags of bad) {
    const message = messageOf({ flags })
    expect(message, flags.join(' ')).not.toBe('')
    expect(message).not.toContain(secret)
  }
  const { sources } = resolve({
    flags: [
      '--endpoint',
      `http://host/v1?key=${secret}`,
      '--headers',
      `x: ${secret}`,
      '--proxy',
      `http://u:${secret}@p:1`,
    ],
    env: { PLATEAU_API_KEY: secret },
  })
  expect(JSON.stringify(sources)).not.toContain(secret)
})

test('what was given is shown on one line and cut', () => {
  const message = messageOf({ flags: ['--passes', `1\n::error::${'x'.repeat(200)}`] })
  expect(message.split('\n')).toHaveLength(1)
  expect(message.length).toBeLessThan(180)
})

test('other lists resolve the same way', () => {
  const list = {
    slots: setting({ name: 'slots', group: '', help: '', placeholder: 'N', default: '8', read: readCount() }),
    port: setting({ name: 'port', group: '', help: '', placeholder: 'N', default: null, read: readCount() }),
  }
  expect(resolveFlags(list, ['--port', '1'])).toEqual({ slots: 8, port: 1 })
  expect(() => resolveFlags(list, ['--prt', '1', '--slots', '0'])).toThrow(SettingsError)
})

test('the name comes from the scenario, else the model, else the served endpoint, and never from the host', () => {
  const files = { 'plateau.yml': 'endpoint: http://h\nmodel: m\nscenarios: { Chat 8k: { passes: 1 } }' }
  expect(resolve({ flags: [...config, '--scenario', 'Chat 8k'], files }).settings.name).toBe('chat-8k')
  expect(resolve({ flags: ['--model', 'meta-llama/Llama-3.1'] }).settings.name).toBe('meta-llama-llama-3-1')
  const databricks = 'https://secret-host.net/serving-endpoints/my_llm/invocations'
  expect(resolve({ flags: ['--endpoint', databricks] }).settings.name).toBe('my-llm')
  expect(resolve({ flags: ['--endpoint', 'https://secret-host.net/v1'] }).settings).toMatchObject({
    name: 'endpoint',
    endpointLabel: 'endpoint',
    seed: 'endpoint',
  })
})

test('a list of levels says itself where it ends', () => {
  expect(resolve({ flags: ['--concurrency', '64, 1'] }).settings).toMatchObject({
    concurrency: [1, 64],
    maxConcurrency: 64,
  })
})
