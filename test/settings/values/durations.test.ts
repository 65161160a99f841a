import { expect, it } from 'vitest'
import { ValueError } from '../../../src/settings/define.ts'
import { meanDuration, readDurations, renderDurations } from '../../../src/settings/values/distributions.ts'

const read = readDurations(3_600_000)

it.each([
  ['5s', { kind: 'fixed', ms: 5000 }, 5, 5000],
  ['0', { kind: 'fixed', ms: 0 }, 0, 0],
  ['uniform(0s, 500ms)', { kind: 'uniform', min: 0, max: 500 }, 'uniform(0s,0.5s)', 250],
  ['normal(5s,1s)', { kind: 'normal', mean: 5000, sd: 1000 }, 'normal(5s,1s)', 5000],
  ['lognormal(1m,20)', { kind: 'lognormal', mean: 60_000, sd: 20_000 }, 'lognormal(60s,20s)', 60_000],
] as const)('reads %s', (text, durations, rendered, mean) => {
  expect(read(text)).toEqual(durations)
  expect(renderDurations(durations)).toBe(rendered)
  expect(read(String(rendered))).toEqual(durations)
  expect(meanDuration(durations)).toBe(mean)
})

it.each([
  '',
  '-1s',
  '2h',
  'soon',
  'uniform(8s,2s)',
  'uniform(1s,2h)',
  'normal(1s,2s)',
  'lognormal(0s,0s)',
  'normal(1s)',
  'normal(a,b)',
])('refuses %j, and says what is allowed', (text) => {
  expect(() => read(text)).toThrow(ValueError)
  expect(() => read(text)).toThrow(/must be a duration from 0 to 3600 s, .*for example 5s or lognormal\(5s,2s\)/)
})
