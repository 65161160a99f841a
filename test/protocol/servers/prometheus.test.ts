import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPrometheus } from '../../../src/protocol/servers/prometheus.ts'

const WANTED = new Set(['up', 'app:wait_seconds_sum', 'app_queue'])

function read(...lines: readonly string[]): [name: string, labels: Record<string, string>, value: number][] {
  return readPrometheus(lines.map((line) => `${line}\n`).join(''), WANTED).map(({ name, labels, value }) => [
    name,
    Object.fromEntries(labels),
    value,
  ])
}

test('samples of the names asked for are read, and nothing else', () => {
  const page = [
    '# HELP up Whether it is up',
    '# TYPE up gauge',
    'up 1',
    'up_since 17',
    '',
    'app:wait_seconds_bucket{le="0.5"} 3',
    'app:wait_seconds_sum{model="a",engine="0"} 1.25e-1',
    '# EOF',
  ]
  expect(read(...page)).toEqual([
    ['up', {}, 1],
    ['app:wait_seconds_sum', { model: 'a', engine: '0' }, 0.125],
  ])
})

test.each([
  ['blanks and tabs everywhere', '\t up\t{ a = "1" , b="2" , } \t 3 ', { a: '1', b: '2' }, 3],
  ['a blank before the value is not needed after labels', 'up{a="1"}3', { a: '1' }, 3],
  ['no labels between braces', 'up{} 3', {}, 3],
  ['escapes', String.raw`up{a="q\"b\\c\nd\e"} 3`, { a: String.raw`q"b\c` + '\n' + String.raw`d\e` }, 3],
  ['braces, commas and hashes inside a value', 'up{a="},{# 1"} 3', { a: '},{# 1' }, 3],
  ['a timestamp', 'up{a="1"} 3 1520879607789', { a: '1' }, 3],
  ['an exemplar', 'up{a="1"} 3 1520879607.789 # {trace="x"} 0.67 1520879606', { a: '1' }, 3],
  ['an exemplar without a timestamp', 'up 3 # {trace="x"} 0.67', {}, 3],
  ['a carriage return', 'up 3\r', {}, 3],
  ['a sign and a point', 'up +.5', {}, 0.5],
  ['infinity', 'up +Inf', {}, Infinity],
  ['minus infinity', 'up -inf', {}, -Infinity],
  ['not a number', 'up NaN', {}, NaN],
])('%s', (_, line, labels, value) => {
  expect(read(line)).toEqual([['up', labels, value]])
})

test.each([
  'up',
  'up ',
  'up one',
  'up 0x10',
  'up 1,5',
  'up1',
  'up.5',
  'up{a="1" 3',
  'up{a=1} 3',
  'up{a="1} 3',
  'up{a="1" b="2"} 3',
  'up{1a="1"} 3',
  '{"up", a="1"} 3',
  '<p>up 3</p>',
])('a line like %s is no sample', (line) => {
  expect(read(line, 'app_queue 7')).toEqual([['app_queue', {}, 7]])
})

test('a last line that was cut is not read: half a number is another number', () => {
  expect(readPrometheus('app_queue 7\nup 12', WANTED).map(({ name }) => name)).toEqual(['app_queue'])
})

test('a page without end is read up to a bound', () => {
  const endless = `${'x 1\n'.repeat(100_000)}up 1\n`
  expect(readPrometheus(endless, WANTED)).toEqual([])
  expect(readPrometheus(`${'x'.repeat(5_000_000)}\nup 1\n`, WANTED)).toEqual([])
})

test('a line without end takes no time', () => {
  const digits = '1'.repeat(1_000_000)
  expect(read(`up ${digits}x`, `up{a="${digits}`, 'up 1')).toEqual([['up', {}, 1]])
})

const anyLabels = fc.dictionary(fc.stringMatching(/^[a-z_]\w{0,5}$/), fc.string({ maxLength: 8 }), { maxKeys: 3 })
const anySample = fc.record({
  name: fc.constantFrom('up', 'app:wait_seconds_sum', 'app_queue', 'other'),
  labels: anyLabels,
  value: fc.oneof(fc.double(), fc.integer()),
  timestamp: fc.option(fc.integer(), { nil: null }),
  exemplar: fc.boolean(),
})

test('whatever is written is read back', () => {
  const written = (value: number) => (Math.abs(value) === Infinity ? `${value < 0 ? '-' : '+'}Inf` : String(value))
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  fc.assert(
    fc.property(fc.array(anySample, { maxLength: 6 }), (samples) => {
      const page = samples.map(({ name, labels, value, timestamp, exemplar }) => {
        const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
        const after = `${timestamp === null ? '' : ` ${timestamp}`}${exemplar ? ' # {t="1"} 2 3' : ''}`
        return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${written(value)}${after}\n`
      })
      const expected = samples.filter(({ name }) => WANTED.has(name))
      expect(
        readPrometheus(page.join(''), WANTED).map(({ name, labels, value }) => [
          name,
          Object.fromEntries(labels),
          value,
        ]),
      ).toEqual(expected.map(({ name, labels, value }) => [name, { ...labels }, value]))
    }),
    { numRuns: 200, seed: 1 },
  )
})

test('whatever comes, nothing is thrown', () => {
  const piece = fc.constantFrom('up', 'app_queue', '{', '}', '"', '\\', ',', '=', 'a', ' ', '1', '\n', '#', 'NaN', '\r')
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 40 }), (pieces) => {
      for (const { name, value } of readPrometheus(pieces.join(''), WANTED)) {
        expect(WANTED.has(name)).toBe(true)
        expect(typeof value).toBe('number')
      }
    }),
    { numRuns: 200, seed: 1 },
  )
})
