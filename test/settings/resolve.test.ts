import { describe, expect, it, test } from 'vitest'
import { SettingsError } from '../../src/errors.ts'
import { defineSetting } from '../../src/settings/setting.ts'
import type { SettingList } from '../../src/settings/setting.ts'
import { ACTION_SETTINGS, COMMAND_SETTINGS, RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { resolveFlags } from '../../src/settings/reading/flags.ts'
import { resolveAtOnce } from '../support/run-settings.ts'
import { readCount } from '../../src/settings/values/simple.ts'
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
    maxConcurrency: null,
    passes: 3,
    levelDurationMs: 'auto',
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
  expect(settings).toMatchObject({ passes: 2, seed: '7', levelDurationMs: 'auto' })
  const sourceOf = Object.fromEntries(sources.map(({ name, source }) => [name, source]))
  expect(sourceOf).toMatchObject({ passes: 'flag', seed: 'file', 'level-duration': 'default', endpoint: 'file' })
})

test('every setting has a source', () => {
  const namesOf = (list: SettingList): string[] => Object.values(list).map(({ name }) => name)
  expect(resolve().sources.map(({ name }) => name)).toEqual(namesOf(COMMAND_SETTINGS))
  expect(resolve({ inputs: {} }).sources.map(({ name }) => name)).toEqual(namesOf(ACTION_SETTINGS))
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
  expect(messageOf({ flags: ['--passes', '0'] })).toBe('passes: got "0"; must be a whole number from 1 to 20; or auto')
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

test('a word after a switch is told what a switch takes', () => {
  expect(messageOf({ flags: ['--self-proof', 'off'] })).toContain(
    'argument after --self-proof: got "off"; belongs to no flag; --self-proof stands alone, or with true or false',
  )
})

test('a missing endpoint is a problem', () => {
  expect(messageOf({ flags: [...config], files: { 'plateau.yml': 'passes: 2' } })).toBe(
    'endpoint: is required: --endpoint URL',
  )
})

test.each([
  ['is not there', {}],
  ['cannot be read', { 'plateau.yml': 'endpoint: [' }],
  ['has a name misspelt', { 'plateau.yml': 'endpont: http://h' }],
  [
    'does not say which scenario',
    { 'plateau.yml': 'scenarios:\n  a: { endpoint: http://h }\n  b: { endpoint: http://i }' },
  ],
])('what a config file that %s was to give is not called missing', (_, files) => {
  const problems = problemsOf({ flags: config, files })
  expect(problems).toHaveLength(1)
  expect(problems.map(({ setting }) => setting)).not.toContain('endpoint')
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
    slots: defineSetting({ name: 'slots', group: '', help: '', placeholder: 'N', default: '8', read: readCount() }),
    port: defineSetting({ name: 'port', group: '', help: '', placeholder: 'N', default: null, read: readCount() }),
  }
  expect(resolveFlags(list, ['--port', '1'])).toEqual({ slots: 8, port: 1 })
  expect(() => resolveFlags(list, ['--prt', '1', '--slots', '0'])).toThrow(SettingsError)
})

test('the name comes from the scenario, else the model, else the served endpoint, and never from the host', () => {
  const files = { 'plateau.yml': 'endpoint: http://h\nmodel: m\nscenarios: { Chat 8k: { passes: 1 } }' }
  expect(resolve({ flags: [...config, '--scenario', 'Chat 8k'], files }).settings.name).toBe('chat-8k')
  expect(resolve({ flags: ['--model', 'meta-llama/Llama-3.1'] }).settings.name).toBe('meta-llama-llama-3-1')
  const databricks = 'https://secret-host.net/serving-endpoints/my_llm'
  for (const path of ['/invocations', '', '/', '/served-models/my_llm-3/invocations', '/served-models/my_llm-3']) {
    expect(resolve({ flags: ['--endpoint', databricks + path] }).settings.name).toBe('my-llm')
  }
  const openAi = 'https://secret-host.net/serving-endpoints/completions'
  expect(resolve({ flags: ['--endpoint', openAi] }).settings.name).toBe('endpoint')
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

test('an input wins over the file, and the file over the default', () => {
  const files = { 'plateau.yml': 'passes: 5\nseed: 7\n' }
  const { settings, sources } = resolve({ inputs: { config: 'plateau.yml', passes: '2' }, files })
  expect(settings).toMatchObject({ passes: 2, seed: '7', levelDurationMs: 'auto', name: 'measure' })
  const sourceOf = Object.fromEntries(sources.map(({ name, source }) => [name, source]))
  expect(sourceOf).toMatchObject({ passes: 'input', seed: 'file', 'level-duration': 'default', endpoint: 'input' })
})

const INPUT_ONLY = {
  endpoint: 'http://evil',
  control: 'http://evil',
  'control-api-key': 'k',
  auth: 'none',
  'client-id': 'i',
  'client-secret': 's',
  'token-url': 'http://evil/t',
  'oidc-audience': 'evil',
  headers: '{ x-key: k }',
  'allowed-hosts': '[evil]',
  'version-url': 'http://evil/v',
  proxy: 'http://evil:1',
  'ca-cert': 'evil.pem',
  'client-cert': 'evil.pem',
  'client-key': 'evil.pem',
  'insecure-tls': 'true',
  'baseline-workflow': '[evil.yml]',
  'api-key': 'k',
  'github-token': 't',
  'let-forks-use-my-key': 'true',
  config: 'other.yml',
}

test.each(Object.entries(INPUT_ONLY))('%s of the action comes from no file', (name, value) => {
  const files = { 'plateau.yml': `${name}: ${value}\n`, 'evil.pem': '-----BEGIN CERTIFICATE-----' }
  const problems = problemsOf({ inputs: { config: 'plateau.yml' }, files })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ setting: name, given: null })
  expect(problems[0]!.message).toMatch(
    /^must not stand in a file; .*use the input .*\(plateau\.yml, line 1, column 1\)$/,
  )
  expect(problems[0]!.message).toContain(`use the input ${name}`)
})

test('the command may have its endpoint in the file', () => {
  const files = { 'plateau.yml': 'endpoint: http://h:1\nheaders: { x: y }\nproxy: http://p:1\n' }
  expect(resolve({ flags: config, files }).settings).toMatchObject({
    endpoint: new URL('http://h:1'),
    headers: { x: 'y' },
  })
})

test('one file serves both: what is for the other one is left alone', () => {
  const files = { 'plateau.yml': 'report-json: /etc/passwd\nhtml: out.html\ncomment: never\nupload: false\n' }
  const action = resolve({ inputs: { config: 'plateau.yml' }, files }).settings
  expect(action).toMatchObject({ reportJson: null, html: null, comment: 'never', upload: false })
  const command = resolve({ flags: [...config, '--endpoint', 'http://h'], files }).settings
  expect(command).toMatchObject({ reportJson: '/etc/passwd', html: 'out.html', comment: 'always', upload: true })
})

test('the action speaks of inputs', () => {
  const message = messageOf({ inputs: { endpoint: ' ', passes: '0', config: 'gone.yml' } })
  expect(message).toContain('config: got "gone.yml"; there is no such file; relative paths start in the workspace; is')
  expect(message).toContain('passes: got "0"; must be a whole number from 1 to 20')
  const withoutEndpoint = () =>
    resolveAtOnce({
      inputs: new Map(),
      env: {},
      readFile: () => '',
      defaults: { baseline: { kind: 'artifact' }, name: 'measure' },
    })
  expect(withoutEndpoint).toThrow('endpoint: is required: give the input endpoint')
})

test('a config file that was read before is not read again', () => {
  const { settings } = resolveAtOnce({
    inputs: new Map([
      ['endpoint', { text: 'http://h', source: 'input', where: null }],
      ['config', { text: 'plateau.yml', source: 'input', where: null }],
      ['prompts-file', { text: 'p.jsonl', source: 'input', where: null }],
    ]),
    env: {},
    readFile: (path) => (path === 'p.jsonl' ? '{"prompt": "from the workspace"}' : 'passes: 9\n'),
    config: { given: new Map([['passes', { text: '4', source: 'file', where: 'plateau.yml' }]]), problems: [] },
    defaults: { baseline: { kind: 'artifact' }, name: 'measure' },
  })
  expect(settings.passes).toBe(4)
  expect(settings.prompts).toHaveLength(1)
})

test('without a clock no day is still to come', () => {
  const { settings } = resolveAtOnce({
    flags: ['--endpoint', 'http://h', '--accept', 'tpot-p50 +18% since 9999-01-01'],
    env: {},
    readFile: () => '',
    defaults: { baseline: { kind: 'file', path: 'h.json' }, name: null },
  })
  expect(settings.accept).toHaveLength(1)
})

describe('a trace', () => {
  const lines = [0, 1, 2, 3].map((i) => ({
    timestamp: 1000 * i,
    input_length: 100 + i,
    ...(i > 0 && { output_length: i }),
  }))
  const files = { 'trace.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') }
  const resolveTrace = (...flags: readonly string[]) =>
    resolve({ flags: ['--trace-file', 'trace.jsonl', ...flags], files })

  it('says when requests are sent and how long they are, and counts all of them', () => {
    const { settings, sources } = resolveTrace()
    expect(settings).toMatchObject({
      trace: { atMs: [0, 1000, 2000, 3000], blockTokens: null },
      prompts: null,
      traceSpeed: [1],
      inputTokens: { kind: 'fixed', tokens: 102 },
      outputTokens: { kind: 'fixed', tokens: 2 },
      prefixCache: 'allow',
      warmupRequests: 0,
      sentPrompts: { form: 'Mooncake', found: 4, sent: 4 },
    })
    expect(sources.find(({ name }) => name === 'rate')!.value).toBe('not used, a trace is given')
  })

  it('has nothing to do with concurrency, nor has a rate, also where a file gives one for others', () => {
    const files = { 'p.yml': 'concurrency: 1, 2\nscenarios:\n  users: {}\n  arrivals:\n    rate: 5, 10\n' }
    const shown = (scenario: string) => {
      const { sources } = resolve({
        flags: ['--endpoint', 'http://h', '--config', 'p.yml', '--scenario', scenario],
        files,
      })
      return ['concurrency', 'trace-speed'].map((name) => sources.find((source) => source.name === name)!.value)
    }
    expect(shown('arrivals')).toEqual(['not used, a rate is given', 'not used, no trace is given'])
    expect(shown('users')).toEqual(['1, 2', 'not used, no trace is given'])
  })

  it('is as long as level-requests and level-duration let it be at the highest speed', () => {
    const listMoments = (...flags: readonly string[]) => resolveTrace(...flags).settings.trace!.atMs
    expect(listMoments('--level-requests', '3')).toEqual([0, 1000, 2000])
    expect(listMoments('--level-duration', '1s')).toEqual([0])
    expect(listMoments('--level-duration', '1s', '--trace-speed', '3,0.5')).toEqual([0, 1000, 2000])
    expect(resolveTrace('--level-requests', '2').settings.sentPrompts).toMatchObject({ found: 4, sent: 2 })
  })

  it('may be prompts with times, which are then what is sent', () => {
    const text = '{"timestamp": 0, "prompt": "a"}\n{"timestamp": 9, "prompt": "b"}'
    const { settings } = resolve({ flags: ['--trace-file', 't'], files: { t: text } })
    expect(settings).toMatchObject({ trace: { atMs: [0, 9], lengths: null }, inputTokens: 'auto' })
    expect(settings.prompts).toHaveLength(2)
  })
})
