import { expect, test } from 'vitest'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { METRIC_NAMES } from '../../src/vocabulary/metrics.ts'
import { findNearest } from '../../src/settings/nearest.ts'
import { messageOf } from './support.ts'

const NAMES = Object.values(COMMAND_SETTINGS).map(({ name }) => name)

test.each([
  ['concurency', 'concurrency'],
  ['modle', 'model'],
  ['Level_Duration', 'level-duration'],
  ['gaet', 'gate'],
  ['toleranc', 'tolerance'],
  ['report', 'report-json'],
])('%s is a misspelt %s', (text, name) => {
  expect(findNearest(text, NAMES)).toBe(name)
})

test.each(['fast', 'zap', 'tap', 'horse', 'hate', 'x', 'qqq', 'verbose', 'hats'])(
  '%s is like no setting, and nothing is suggested',
  (text) => {
    expect(findNearest(text, NAMES)).toBeNull()
    expect(findNearest(text, METRIC_NAMES)).toBeNull()
  },
)

test.each([
  ['url', 'endpoint'],
  ['users', 'concurrency'],
  ['max_tokens', 'output-tokens'],
  ['num-prompts', 'level-requests'],
  ['timeout', 'request-timeout'],
  ['history', 'baseline'],
])('%s is what other tools call %s', (text, name) => {
  expect(findNearest(text, NAMES)).toBe(name)
})

test.each([
  ['itl-p99', 'inter-chunk-p99'],
  ['p99_ttft_ms', 'ttft-p99'],
  ['mean-tpot', 'tpot-p50'],
  ['e2e-p90', 'latency-p90'],
  ['errors', 'error-rate'],
  ['rps', 'requests-per-second'],
])('the metric %s of other tools is %s here', (text, name) => {
  expect(findNearest(text, METRIC_NAMES)).toBe(name)
})

test('what other tools call something is only suggested where that can be given', () => {
  expect(findNearest('history', ['since', 'tolerance'])).toBeNull()
})

test.each(['qps', 'request_rate', 'rps'])('--%s of other tools is --rate here', (flag) => {
  expect(messageOf({ flags: [`--${flag}`, '5'] })).toBe(`--${flag}: is not a setting; did you mean --rate?`)
})
