import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLatencyBounds, readLimit, readLimits, renderLimit } from '../../../src/settings/values/limits.ts'
import type { Limit } from '../../../src/settings/values/limits.ts'
import { METRIC_NAMES, METRICS } from '../../../src/vocabulary/metrics.ts'

test('a limit is a metric, a level, a bound and a unit', () => {
  expect(readLimit('ttft-p90@8 <= 800ms')).toEqual({
    metric: 'ttft-p90',
    concurrency: 8,
    op: '<=',
    value: 800,
    quantity: 'time',
    text: 'ttft-p90@8 <= 800ms',
  })
  expect(readLimit('latency-p50<=1.5s')).toMatchObject({ value: 1500, concurrency: null })
  expect(readLimit('error-rate ≤ 7 %')).toMatchObject({ value: 0.07, op: '<=' })
  expect(readLimit('plateau-throughput >= 3000tok/s')).toMatchObject({ value: 3000, op: '>=' })
  expect(readLimit('requests-per-second@4 >= 2.5 req/s')).toMatchObject({ value: 2.5 })
})

test('limits stand on lines or between commas, with comments', () => {
  const text = '# the promise\nttft-p90@8 <= 800ms, error-rate <= 1%\n\nplateau-throughput >= 3000tok/s\n'
  expect(readLimits(text).map(renderLimit)).toEqual([
    'ttft-p90@8 <= 800ms',
    'error-rate <= 1%',
    'plateau-throughput >= 3000tok/s',
  ])
})

test.each([
  ['ttft-p90 <= 800', 'ttft-p90 without a unit; write the unit, ms or s, for example 800ms'],
  ['ttft-p90 <= 800%', 'in "%"; write the unit, ms or s'],
  ['error-rate <= 0.01', 'has error-rate at 0.01 without %; is it 1% or 0.01%?'],
  ['error-rate <= 2', 'has error-rate at 2 without %; write 2%'],
  ['throughput@4 >= 300', 'without a unit; write the unit, tok/s or tokens/s'],
  ['ttft-p90 >= 800ms', 'lower is better for ttft-p90, so write <='],
  ['throughput@4 <= 800tok/s', 'higher is better for throughput, so write >='],
  ['ttft-p90 < 800ms', 'so write <='],
  ['ttft-p90 == 800ms', 'so write <='],
  ['ttft <= 800ms', 'did you mean ttft-p50?'],
  ['tftt-p90 <= 800ms', 'did you mean ttft-p90?'],
  ['goodness <= 800ms', /unknown metric "goodness"; known are [a-z]/],
  ['plateau-throughput@8 >= 1tok/s', 'a figure of the whole run; remove the @'],
  ['ttft-p90@ <= 1ms', 'after @ stands a concurrency'],
  ['ttft-p90@0 <= 1ms', 'after @ stands a concurrency'],
  ['ttft-p90@x <= 1ms', 'after @ stands a concurrency'],
  ['error-rate <= 101%', 'at most 100%'],
  ['ttft-p90 <= 0ms', 'must be above 0'],
  ['ttft-p90 <= -5ms', 'not a number with its unit'],
  ['ttft-p90 <= 1e3ms', 'in "e3ms"'],
  ['ttft-p90 800ms', 'not of the form metric[@concurrency] op value unit'],
  ['', 'not of the form'],
])('"%s" is refused', (text, message) => {
  expect(() => readLimit(text)).toThrow(message)
})

test('every limit that is wrong is named', () => {
  expect(() => readLimits('ttft-p90 <= 800, nonsense, error-rate <= 1%')).toThrow(
    /ttft-p90 without a unit.*and.*nonsense/,
  )
})

test('two limits on the same figure are refused', () => {
  expect(() => readLimits('ttft-p90@8 <= 1s, ttft-p90@8 <= 2s')).toThrow('limits ttft-p90@8 twice')
  expect(readLimits('ttft-p90@8 <= 1s, ttft-p90@4 <= 2s')).toHaveLength(2)
})

test('a limit that was read prints as a text that reads the same', () => {
  const limit: fc.Arbitrary<Omit<Limit, 'text'>> = fc
    .record({
      info: fc.constantFrom(...METRICS),
      level: fc.option(fc.integer({ min: 1, max: 4096 })),
      hundredths: fc.integer({ min: 1, max: 9900 }),
    })
    .map(({ info, level, hundredths }) => ({
      metric: info.name,
      concurrency: info.scope === 'run' ? null : level,
      op: info.better === 'lower' ? '<=' : '>=',
      value: info.quantity === 'share' ? hundredths / 100 / 100 : hundredths / 100,
      quantity: info.quantity,
    }))
  fc.assert(
    fc.property(limit, (value) => {
      expect(readLimit(renderLimit(value))).toEqual({ ...value, text: renderLimit(value) })
    }),
  )
})

test('no text makes the reader fail otherwise than with what is allowed', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        readLimits(text)
      } catch (error) {
        expect((error as Error).name).toBe('ValueError')
      }
    }),
  )
})

test('a capacity is a number of requests and has no unit', () => {
  expect(readLimits('capacity >= 16')).toMatchObject([{ value: 16, quantity: 'concurrency', op: '>=' }])
  expect(renderLimit(readLimits('capacity>=16')[0]!)).toBe('capacity >= 16')
  expect(() => readLimits('capacity >= 16req/s')).toThrow('has capacity in "req/s"; it has no unit, write 16')
  expect(() => readLimits('capacity >= many')).toThrow('has " many" for capacity, which is not a number')
  expect(() => readLimits('capacity@8 >= 16')).toThrow('capacity is a figure of the whole run; remove the @')
})

test('throughput-within takes percentiles of times', () => {
  expect(readLatencyBounds('ttft-p90 <= 500ms, tpot-p50 <= 0.05s')).toEqual([
    { metric: 'ttft-p90', valueMs: 500 },
    { metric: 'tpot-p50', valueMs: 50 },
  ])
  expect(() => readLatencyBounds('error-rate <= 1%')).toThrow('percentiles of times without @')
  expect(() => readLatencyBounds('ttft-p90@8 <= 1s')).toThrow('percentiles of times without @')
})

test('metric names are distinct', () => {
  expect(new Set(METRIC_NAMES).size).toBe(METRIC_NAMES.length)
})

test('a level of a rate is named by its requests a second', () => {
  const [limit] = readLimits('ttft-p99@12.5/s <= 800ms')
  expect(limit).toMatchObject({ concurrency: 12.5, load: 'rate' })
  expect(renderLimit(limit!)).toBe('ttft-p99@12.5/s <= 800ms')
  expect(readLimits('ttft-p50@5 <= 1s, ttft-p50@5/s <= 1s')).toHaveLength(2)
  for (const text of ['ttft-p50@0/s <= 1s', 'ttft-p50@5/min <= 1s', 'ttft-p50@/s <= 1s', 'ttft-p50@0.5 <= 1s'])
    expect(() => readLimits(text)).toThrow('after @ stands a concurrency, for example ttft-p50@8, a rate')
})

test('a level of a trace is named by its speed', () => {
  const [limit] = readLimits('ttft-p90@0.5x <= 1s')
  expect(limit).toMatchObject({ concurrency: 0.5, load: 'speed' })
  expect(renderLimit(limit!)).toBe('ttft-p90@0.5x <= 1000ms')
  expect(() => readLimits('ttft-p50@0x <= 1s')).toThrow('or a speed, ttft-p50@2x')
})
