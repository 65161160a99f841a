import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { toName, readBaselinePlace, renderBaselinePlace } from '../../../src/settings/lists/history-settings.ts'
import { RUN_SETTINGS } from '../../../src/settings/lists/run-settings.ts'
import { readAuth } from '../../../src/settings/auth.ts'
import { readLengths, renderLengths } from '../../../src/settings/values/distributions.ts'
import type { Lengths } from '../../../src/settings/values/distributions.ts'
import { isAllowedHost } from '../../../src/settings/values/urls.ts'
import { readCount, readDuration, readShare } from '../../../src/settings/values/simple.ts'
import { selfSigned } from '../../support/certificate.ts'
import { messageOf, resolve } from '../support.ts'
import { GRAPHEME } from '../../support/text-units.ts'

/** What one setting reads from a text. */
function read(name: string, text: string): unknown {
  const { settings } = resolve({ flags: [`--${name}`, text] })
  const key = name.replace(/-./g, (part) => part[1]!.toUpperCase())
  return (settings as unknown as Record<string, unknown>)[key]
}

test('durations have units, and a plain number is seconds', () => {
  const duration = readDuration()
  expect(['250ms', '8s', '10m', '1h', '1.5s', '8'].map(duration)).toEqual([250, 8000, 600_000, 3_600_000, 1500, 8000])
  for (const text of ['', '-1s', '8 sec', 's', '1e3', '10m30s']) expect(() => duration(text)).toThrow('must be')
})

test('counts may end in k or M', () => {
  expect(['3', '2k', '1.5k', '2M'].map(readCount())).toEqual([3, 2000, 1500, 2_000_000])
  for (const text of ['0', '-3', '1.5', '0x10', '1e3', 'NaN', '']) expect(() => readCount()(text)).toThrow('must be')
})

test('shares are percentages or fractions', () => {
  expect(['5%', '0.05', '0'].map(readShare())).toEqual([0.05, 0.05, 0])
  for (const text of ['5', '101%', '-1%']) expect(() => readShare()(text)).toThrow('must be a share')
  // Whoever writes 1 means 1%.
  expect(() => readShare()('1')).toThrow('did you mean 1%?')
  expect(readShare()('100%')).toBe(1)
})

test('lengths are a number or a distribution', () => {
  expect(readLengths('512')).toEqual({ kind: 'fixed', tokens: 512 })
  expect(readLengths(' normal( 512 , 12.5 ) ')).toEqual({ kind: 'normal', mean: 512, sd: 12.5 })
  expect(readLengths('uniform(10,20)')).toEqual({ kind: 'uniform', min: 10, max: 20 })
  expect(readLengths('lognormal(512,200)')).toEqual({ kind: 'lognormal', mean: 512, sd: 200 })
})

test.each([
  '0',
  '-5',
  '1.5',
  'many',
  'normal(512)',
  'normal(0,1)',
  'normal(10,20)',
  'uniform(20,10)',
  'uniform(1.5,3)',
])('%s is no length', (text) => {
  expect(() => readLengths(text)).toThrow('must be')
})

test('a length that was read prints as a text that reads the same', () => {
  const tokens = fc.integer({ min: 1, max: 100_000 })
  const lengths: fc.Arbitrary<Lengths> = fc.oneof(
    tokens.map((value): Lengths => ({ kind: 'fixed', tokens: value })),
    fc.tuple(tokens, tokens).map(([a, b]): Lengths => ({ kind: 'uniform', min: Math.min(a, b), max: Math.max(a, b) })),
    fc
      .tuple(fc.constantFrom('normal' as const, 'lognormal' as const), tokens, tokens)
      .map(([kind, a, b]): Lengths => ({ kind, mean: Math.max(a, b), sd: Math.min(a, b) })),
  )
  fc.assert(
    fc.property(lengths, (value) => {
      expect(readLengths(renderLengths(value))).toEqual(value)
    }),
  )
})

test('levels are separated by commas or spaces and come out ascending', () => {
  expect(read('concurrency', '8, 1,2')).toEqual([1, 2, 8])
  expect(read('concurrency', '1 2 4')).toEqual([1, 2, 4])
  expect(read('concurrency', 'auto')).toBe('auto')
})

test.each(['0', '1,-2', '1.5', '1, 1', '', '5000', 'fast'])('"%s" is no list of levels', (text) => {
  expect(messageOf({ flags: ['--concurrency', text] })).toMatch(/^concurrency: .*must/)
})

test.each(['localhost:8000', 'ftp://h', 'http://', 'h', 'file:///etc/passwd', ''])('"%s" is no endpoint', (text) => {
  expect(messageOf({ flags: [`--endpoint=${text}`] })).toContain('must be an http or https URL')
})

test('headers are lines or a JSON object, with lower-case names', () => {
  const expected = { 'x-a': '1: b', 'x-b': '2' }
  expect(read('headers', 'X-A: 1: b\n\nx-b:2')).toEqual(expected)
  expect(read('headers', '{"X-A": "1: b", "x-b": 2}')).toEqual(expected)
})

test('an encoding may be asked for that can be decoded as it arrives, and no other', () => {
  expect(read('headers', 'Accept-Encoding: gzip;q=1.0, br')).toEqual({ 'accept-encoding': 'gzip;q=1.0, br' })
  const message = messageOf({ inputs: { headers: 'Accept-Encoding: gzip, compress' } })
  expect(message).toContain('accept-encoding that cannot be decoded; allowed are gzip, deflate, br, zstd, identity')
})

test.each(['nothing', 'a b: c', 'host: h', 'content-length: 3', 'x: 1\nX: 2', 'x:', 'x: é', '[1]', '{"x": null}'])(
  'headers "%s" are refused',
  (text) => {
    expect(messageOf({ flags: ['--headers', text] })).toMatch(/^headers: /)
  },
)

test('extra members of the body cannot replace what the client writes', () => {
  expect(read('extra-body', '{"top_p": 1, "nested": {"a": [1]}}')).toEqual({ top_p: 1, nested: { a: [1] } })
  expect(messageOf({ flags: ['--extra-body', '{"max_tokens": 1}'] })).toContain('use output-tokens')
  expect(messageOf({ flags: ['--extra-body', '{"stream": false}'] })).toContain('must not set "stream"')
  expect(messageOf({ flags: ['--extra-body', '[1]'] })).toContain('must be a JSON object')
})

test('auth is a word, or a header of its own', () => {
  const flags = ['--api-key', 'k', '--auth', 'header:X-Api-Key']
  expect(resolve({ flags }).settings.auth).toEqual({ kind: 'header', name: 'x-api-key' })
  expect(resolve().settings.auth).toEqual({ kind: 'auto' })
  for (const word of ['bearer', 'basic', 'none', 'databricks-oidc', 'aws-sigv4']) expect(readAuth(word).kind).toBe(word)
  for (const text of ['Bearer', 'oauth', 'header:', 'header:a b', 'header:host']) {
    expect(messageOf({ flags: ['--auth', text] })).toMatch(/^auth: .*must be auto, bearer, basic, .*or header:<name>/)
  }
})

test('none means no limit', () => {
  for (const name of ['level-requests', 'max-requests', 'max-output-tokens', 'proxy']) {
    expect(read(name, 'none')).toBeNull()
  }
  expect(resolve({ flags: ['--max-duration', 'none'] }).settings.maxDurationMs).toBeNull()
})

test('warm-up may be switched off', () => {
  expect(read('warmup-requests', '0')).toBe(0)
})

test('a baseline is a place', () => {
  expect(read('baseline', 'file: a b/history.json')).toEqual({ kind: 'file', path: 'a b/history.json' })
  expect(read('baseline', 'none')).toEqual({ kind: 'none' })
  const { settings } = resolve({ inputs: { baseline: 'release-asset:history.json' } })
  expect(settings.baseline).toEqual({ kind: 'release-asset', asset: 'history.json' })
  for (const text of ['cache', 'file:', 'release-asset: ', 'artifacts', 'none: x']) {
    expect(messageOf({ flags: ['--baseline', text] })).toContain('must be artifact, file:<path>')
  }
})

test('a baseline prints as it was written', () => {
  for (const text of ['none', 'artifact', 'file:h.json', 'release-asset:h.json']) {
    expect(renderBaselinePlace(readBaselinePlace(text))).toBe(text)
  }
})

test('workflow files are named with or without their folder', () => {
  const inputs = { 'baseline-workflow': '.github/workflows/nightly.yml, gate.yaml' }
  expect(resolve({ inputs }).settings.baselineWorkflow).toEqual(['nightly.yml', 'gate.yaml'])
  for (const text of ['../x.yml', 'gate', 'a/b.yml']) {
    expect(messageOf({ inputs: { 'baseline-workflow': text } })).toContain('must be files of .github/workflows')
  }
})

test('metrics are names of what can be compared', () => {
  expect(read('metrics', 'ttft-p50, tpot-p99\nplateau-throughput')).toEqual([
    'ttft-p50',
    'tpot-p99',
    'plateau-throughput',
  ])
  expect(read('metrics', 'auto')).toBe('auto')
  const message = messageOf({ flags: ['--metrics', 'tftt-p50, error-rate, goodness'] })
  expect(message).toContain('has "tftt-p50", which cannot be compared; did you mean ttft-p50?')
  expect(message).toMatch(/has "goodness", which cannot be compared; known are [a-z]/)
  expect(message).toContain('has "error-rate"')
  expect(messageOf({ flags: ['--metrics', 'ttft-p50 , ttft-p50'] })).toContain('must name each metric once')
  expect(messageOf({ flags: ['--metrics', ' , '] })).toContain('must be auto or names of metrics')
})

test('a name has only letters that every file system takes', () => {
  expect(messageOf({ flags: ['--name', 'Llama 8B/chat'] })).toContain('for example llama-8b-chat')
})

describe('a client certificate and its key', () => {
  const [mine, other] = [selfSigned(), selfSigned()]
  const flags = ['--endpoint', 'https://h', '--client-cert', 'c.pem', '--client-key', 'k.pem']
  const files = { 'c.pem': mine.cert, 'k.pem': mine.key }

  test('are read, from one file or from two', () => {
    expect(resolve({ flags, files }).settings.clientPem).toEqual(mine)
    const both = { 'c.pem': mine.cert + mine.key, 'k.pem': mine.cert + mine.key }
    expect(resolve({ flags, files: both }).settings.clientPem).toEqual({ cert: both['c.pem'], key: both['k.pem'] })
    expect(resolve({ flags: flags.slice(0, 2) }).settings.clientPem).toBeNull()
  })

  test.each([
    [{ 'c.pem': mine.key }, 'client-cert: got "c.pem"; holds no PEM certificate'],
    [
      { 'c.pem': '-----BEGIN CERTIFICATE-----\nMII\n' },
      'client-cert: got "c.pem"; holds a certificate that cannot be read; write it anew from its source',
    ],
    [{ 'k.pem': mine.cert }, 'client-key: got "k.pem"; holds no PEM key'],
    [
      { 'k.pem': '-----BEGIN PRIVATE KEY-----\nMII\n' },
      'client-key: got "k.pem"; holds a key that cannot be read; write it anew from its source',
    ],
    [
      { 'k.pem': other.key },
      'client-key: got "k.pem"; holds another key than that of client-cert; give the two that belong together',
    ],
    [
      { 'k.pem': '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n' },
      'holds a key under a passphrase; write it without one',
    ],
    [
      { 'k.pem': '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMII\n' },
      'holds a key under a passphrase; write it without one',
    ],
  ])('that cannot be used are refused, in words that show nothing of them: %#', (bad, says) => {
    const message = messageOf({ flags, files: { ...files, ...bad } })
    expect(message).toContain(says)
    expect(message).not.toContain(mine.key.split('\n')[1])
    expect(message).not.toContain('MII')
  })
})

test('a CA file must hold a certificate', () => {
  const flags = ['--endpoint', 'https://h', '--ca-cert', 'ca.pem']
  const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n'
  expect(resolve({ flags, files: { 'ca.pem': pem } }).settings.caCertPem).toBe(pem)
  expect(messageOf({ flags, files: { 'ca.pem': 'key' } })).toContain('holds no PEM certificate')
  expect(messageOf({ flags })).toBe(
    'ca-cert: got "ca.pem"; there is no such file; relative paths start in the current directory',
  )
})

test.each([
  ['https://a.example.com', '*.example.com', true],
  ['https://example.com', '*.example.com', false],
  ['https://evilexample.com', '*.example.com', false],
  ['https://example.com.evil.net', 'example.com', false],
  ['http://a.example.com', '*.example.com', false],
  ['http://a.example.com', 'http://*.example.com', true],
  ['https://h', 'h', true],
  ['https://h:8000', 'h', false],
  ['https://h:8000', 'h:8000', true],
  ['http://h:8000', 'h:8000', false],
  ['http://h:8000', 'http://h:8000', true],
  ['http://h:8000', 'http://h', false],
  ['http://h', 'http://h', true],
  ['https://h', 'http://h', false],
  ['http://localhost:8000', 'localhost', true],
  ['http://127.0.0.1:8001', '127.0.0.1:8000', false],
  ['https://h', 'h:443', true],
  ['http://[::1]:8000', '[::1]', true],
  ['http://[::1]:8000', '[::1]:8000', true],
])('%s under allowed host %s: %s', (url, host, expected) => {
  expect(isAllowedHost(new URL(url), [host])).toBe(expected)
})

test('a refusal names each word that a setting takes besides what it reads', () => {
  const taken = Object.values(RUN_SETTINGS).flatMap(({ name, read }) =>
    ['auto', 'none', 'file'].flatMap((word) => {
      const [ofWord, ofOther] = [word, 'wrong'].map((text) => tryRead(read, text))
      const isTaken = 'value' in ofWord! && ofWord.value === (word === 'none' ? null : word)
      return isTaken && 'refused' in ofOther! ? [{ name, word, refused: ofOther.refused }] : []
    }),
  )
  expect(taken.length).toBeGreaterThan(20)
  for (const { name, word, refused } of taken) expect(`${name}: ${refused}`).toContain(word)
})

/** What a reader makes of a text, or what it says against it. */
function tryRead(read: (text: string) => unknown, text: string): { value: unknown } | { refused: string } {
  try {
    return { value: read(text) }
  } catch (error) {
    return { refused: (error as Error).message }
  }
}

test('a name cannot end as the names of artifacts do', () => {
  for (const name of ['llama-history', 'llama-attempt-2'])
    expect(messageOf({ flags: ['--name', name] })).toContain('must not end in -history or -attempt-<number>')
  expect(read('name', 'history-of-llama')).toBe('history-of-llama')
})

test('a name that is made of a text is one that a run takes, whatever the text ends in', () => {
  const ends = fc.constantFrom('', '-history', ' Attempt-2', '/history', '-attempt-2-')
  const texts = fc.tuple(fc.string({ unit: GRAPHEME, maxLength: 80 }), ends).map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, (text) => {
      const name = toName(text)
      if (name !== '') expect(read('name', name)).toBe(name)
    }),
  )
  expect(resolve({ flags: ['--model', 'chat-history'] }).settings.name).toBe('chat-history-run')
})
