import { expect, test } from 'vitest'
import { messageOf, problemsOf, resolve } from '../support.ts'
import type { Given } from '../support.ts'

function file(text: string, ...flags: readonly string[]): Given {
  return { flags: ['--config', 'plateau.yml', ...flags], files: { 'plateau.yml': text } }
}

test('lists and maps may stand where they are natural', () => {
  const text = `
endpoint: http://h:1
concurrency: [1, 2, 8]
limits:
  - ttft-p90@8 <= 800ms
  - error-rate <= 1%
headers:
  X-Team: "42"
extra-body: { top_p: 0.5, stop: [a] }
allowed-hosts: ['http://h:1']
preflight: false
`
  const { settings } = resolve(file(text))
  expect(settings).toMatchObject({
    concurrency: [1, 2, 8],
    headers: { 'x-team': '42' },
    extraBody: { top_p: 0.5, stop: ['a'] },
    allowedHosts: ['http://h:1'],
    preflight: false,
  })
  expect(settings.limits).toHaveLength(2)
})

test('a value is read as it was written', () => {
  const { settings } = resolve(file('endpoint: http://h\nseed: 0x10\nmodel: 1.10\nexpect-version: 0123\n'))
  expect(settings).toMatchObject({ seed: '0x10', model: '1.10', expectVersion: '0123' })
})

test('a block of lines is a list too', () => {
  const { settings } = resolve(
    file('endpoint: http://h\nconcurrency: 1 2\nlimits: |\n  ttft-p90@2 <= 1s\n  error-rate <= 1%\n'),
  )
  expect(settings.limits).toHaveLength(2)
})

test('the settings at the top are those of every scenario, and the scenario wins', () => {
  const text = `
endpoint: http://h
passes: 2
output-tokens: 10
scenarios:
  chat: { passes: 4 }
  long: { nonsense: 1 }
`
  expect(resolve(file(text, '--scenario', 'chat')).settings).toMatchObject({
    passes: 4,
    outputTokens: { tokens: 10 },
    name: 'chat',
  })
})

test('a file with scenarios needs one that it has', () => {
  const text = 'endpoint: http://h\nscenarios:\n  chat: { passes: 4 }\n  long: { passes: 1 }\n'
  expect(messageOf(file(text))).toContain('is required, the file has several settings: one of chat, long')
  expect(messageOf(file(text, '--scenario', 'chta'))).toContain('"chta" is not in the file; it has chat, long')
  expect(messageOf(file('endpoint: http://h', '--scenario', 'chat'))).toContain('the file has no scenarios')
})

test('a bad value says where it stands', () => {
  expect(messageOf(file('endpoint: http://h\npasses:   0\n'))).toBe(
    'passes: got "0"; must be a whole number from 1 to 20; or auto (plateau.yml, line 2, column 11)',
  )
})

test('an unknown key says where it stands and what was meant', () => {
  expect(messageOf(file('endpoint: http://h\nscenarios:\n  a:\n    conccurrency: 4\n', '--scenario', 'a'))).toBe(
    'conccurrency: is not a setting; did you mean concurrency? (plateau.yml, line 4, column 5)',
  )
})

test('text that is not YAML says where', () => {
  expect(messageOf(file('endpoint: http://h\npasses: [1\n'))).toMatch(/plateau\.yml: is not YAML: .*line \d, column \d/)
})

test('of several documents it asks for one', () => {
  expect(messageOf(file('endpoint: http://h\n---\npasses: 1\n'))).toContain(
    'plateau.yml: holds several documents; keep one, and no line "---" after its first setting (plateau.yml, line 2, column 1)',
  )
})

test('a bracket that is missing does not make a page of faults', () => {
  const problems = problemsOf(file(`endpoint: http://h\nconcurrency: ${'[1{'.repeat(40)}\n`))
  const faults = problems.filter(({ setting }) => setting === 'plateau.yml')
  expect(faults).toHaveLength(6)
  expect(faults[5]!.message).toMatch(/^has \d+ more faults of this kind/)
})

test('of very many problems twenty are told, and how many more there are', () => {
  const lines = messageOf(file(`endpoint: http://h\n${Array.from({ length: 50 }, (_, i) => `x${i}: 1\n`).join('')}`))
  expect(lines.split('\n')).toHaveLength(21)
  expect(lines.split('\n')[20]).toBe('and 30 more')
})

test('what is there twice is named with its place', () => {
  expect(messageOf(file('endpoint: http://h\npasses: 1\npasses: 2\n'))).toBe(
    'plateau.yml: has "passes" twice; a setting, and a scenario, can be there only once (plateau.yml, line 3, column 1)',
  )
  const text = 'endpoint: http://h\npasses: 0\nscenarios:\n  chat: { seed: 1 }\n  "chat": { seed: 2 }\n'
  expect(messageOf(file(text, '--scenario', 'chat'))).toContain('passes: got "0"')
  expect(messageOf(file(text, '--scenario', 'chat'))).toContain('has "chat" twice; a setting, and a scenario')
  expect(messageOf(file(text, '--scenario', 'chat'))).toContain('line 5, column 3')
})

test.each([
  ['  Chat 8k: { passes: 1 }\n  chat-8k: { passes: 2 }\n', '"Chat 8k" and "chat-8k" have one name, chat-8k'],
  [
    '  chat: { passes: 1 }\n  "ch\\u200bat": { passes: 2 }\n',
    'two of them read "chat", and differ only in what does not show',
  ],
  [
    `  ${'a'.repeat(100)}x: { passes: 1, name: one }\n  ${'a'.repeat(100)}y: { passes: 2, name: two }\n`,
    `two of them read "${'a'.repeat(99)}…", and differ only in what does not show`,
  ],
  ['  a: { name: x }\n  b: { name: x }\n', '"a" and "b" have one name, x'],
  ['  a: { passes: 1 }\n  b: { name: a }\n', '"a" and "b" have one name, a'],
])('scenarios that would share a history are refused: %j', (scenarios, message) => {
  const text = `endpoint: http://h\nscenarios:\n${scenarios}`
  expect(messageOf(file(text, '--scenario', /\w[^:]*/.exec(scenarios)![0]))).toContain(message)
})

test('scenarios whose names have no letter of a slug are told apart by nothing but do not clash', () => {
  const text = 'endpoint: http://h\nscenarios:\n  あ: { passes: 1 }\n  い: { passes: 2 }\n'
  expect(resolve(file(text, '--scenario', 'い')).settings.passes).toBe(2)
})

const ACCEPTED = { metric: 'tpot-p50', at: 0.18, since: '2026-11-20', by: null, form: 'file' }

test.each([
  ['- { metric: tpot-p50, at: 18%, since: 2026-11-20, why: "larger\\n model" }', 'larger model'],
  ['- metric: tpot-p50\n    at: +18 %\n    since: 2026-11-20', null],
  ['- "tpot-p50 +18% since 2026-11-20: larger: model"', 'larger: model'],
  ['- tpot-p50 +18% since 2026-11-20: larger model', 'larger model'],
  ['|\n    # reviewed\n    tpot-p50 18% since 2026-11-20\n', null],
])('a change is accepted as a map or as a line: %j', (value, why) => {
  const text = value.startsWith('|') ? `accept: ${value}` : `accept:\n  ${value}`
  expect(resolve(file(`endpoint: http://h\n${text}\n`)).settings.accept).toEqual([{ ...ACCEPTED, why }])
})

test('maps and lines may stand side by side', () => {
  const text = `endpoint: http://h
accept:
  - { metric: tpot-p50, at: 18%, since: 2026-11-20 }
  - ttft-p50 +5% since 2026-11-21
`
  expect(resolve(file(text)).settings.accept.map(({ metric }) => metric)).toEqual(['tpot-p50', 'ttft-p50'])
})

test('every bad entry is reported, with the place of the list', () => {
  const text = `endpoint: http://h
accept:
  - { metric: tpot-50, at: 18%, since: 2026-11-20 }
  - { metric: ttft-p50, at: 18, since: 2026-11-20 }
  - { metric: ttft-p50, at: 18%, since: 2026-02-30 }
  - { metric: ttft-p50, at: 18% }
  - { metric: ttft-p50, at: 18%, since: 2026-11-20, reason: x }
  - nonsense
`
  const message = messageOf(file(text))
  for (const part of [
    'has "tpot-50", which cannot be compared; did you mean tpot-p50?',
    'has "18" for ttft-p50; at is how much worse it may be, for example +18%',
    'has "2026-02-30" for ttft-p50; since is a day, for example 2026-11-20',
    'must have since in every entry',
    'has "reason", which is not one of metric, at, since, why',
    'must be lines of metric, how much worse, day and reason',
    '(plateau.yml, line 3, column 3)',
  ]) {
    expect(message).toContain(part)
  }
})

test('a key that a file must not have is refused wherever the file is read', () => {
  const files = { 'plateau.yml': 'api-key: sk-secret\n' }
  const message = messageOf({ inputs: { config: 'plateau.yml' }, files })
  expect(message).toContain(
    'api-key: must not stand in a file; remove it, revoke it if it was shared, and use the input api-key',
  )
  expect(message).not.toContain('sk-secret')
})

test('a key in the file is refused and not shown', () => {
  const message = messageOf(file('endpoint: http://h\napi-key: sk-secret\n'))
  expect(message).toContain('api-key: must not stand in a file; remove it')
  expect(message).toContain('line 2, column 1')
  expect(message).not.toContain('sk-secret')
})

test('what only a flag can say is refused in a file', () => {
  expect(messageOf(file('endpoint: http://h\ndry-run: true\n'))).toContain('use --dry-run')
  expect(messageOf(file('endpoint: http://h\nlet-forks-use-my-key: true\n'))).toContain(
    'let-forks-use-my-key: must not stand in a file; use the input let-forks-use-my-key',
  )
})

test.each([
  ['passes:', 'has no value'],
  ['passes: [1]', 'must be one value'],
  ['passes: { a: 1 }', 'must be one value'],
  ['limits: { a: 1 }', 'must be one value or a list'],
  ['limits: [[a]]', 'must be a list of plain values'],
  ['limits: [{ a: 1 }]', 'must be a list of plain values'],
  ['accept: { metric: a }', 'must be one value or a list of maps'],
  ['accept: [[a]]', 'must be a list of maps or plain values'],
  ['accept: [{ metric: [a] }]', 'must be a list of maps or plain values'],
  ['headers: [a]', 'must be one value or a map'],
  ['scenarios: 4', 'must be a map of names to settings'],
])('%s is refused', (line, message) => {
  expect(messageOf(file(`endpoint: http://h\n${line}\n`))).toContain(message)
})

test.each(['', '# only a comment\n', '- a\n', 'just text\n'])('"%s" is no config file', (text) => {
  expect(messageOf(file(text))).toMatch(/plateau\.yml: (holds no settings|must hold a map)/)
})

test('a file that is not there says so, and other problems are still found', () => {
  const problems = problemsOf({ flags: ['--config', 'gone.yml', '--passes', '0'] })
  expect(problems.map(({ setting }) => setting)).toEqual(['config', 'passes'])
  expect(problems[0]).toMatchObject({ given: 'gone.yml', message: expect.stringContaining('no such file') as string })
})

test('an alias stands for its anchor', () => {
  const text = 'endpoint: http://h\nconcurrency: &levels [1, 2]\nscenarios: { a: { concurrency: *levels } }\n'
  expect(resolve(file(text, '--scenario', 'a')).settings.concurrency).toEqual([1, 2])
})

test('a file cannot reach the prototype', () => {
  expect(messageOf(file('endpoint: http://h\n__proto__: { a: 1 }\n'))).toContain('__proto__: is not a setting')
  resolve(file('endpoint: http://h\nextra-body: { __proto__: { polluted: 1 } }\n'))
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('a byte order mark is no part of the file', () => {
  const { settings } = resolve({
    flags: ['--config', 'c.yml'],
    files: { 'c.yml': '\ufeffendpoint: http://h\npasses: 5\n' },
  })
  expect(settings.passes).toBe(5)
})
