import { describe, expect, test } from 'vitest'
import { HISTORY_COMMAND_SETTINGS } from '../../src/commands/history.ts'
import { REPORT_COMMAND_SETTINGS } from '../../src/commands/report.ts'
import type { Setting, SettingList } from '../../src/settings/setting.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { METRIC_NAMES } from '../../src/vocabulary/metrics.ts'
import { findNearest } from '../../src/settings/nearest.ts'
import type { ReadsWords } from '../../src/settings/values/simple.ts'
import { SIMULATOR_SETTINGS } from '../../src/simulator/settings/settings.ts'
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

describe('a value that is one of few words', () => {
  const NAMED: readonly (readonly [SettingList, string, string, string])[] = [
    [COMMAND_SETTINGS, 'api', 'opnai-chat', 'openai-chat'],
    [COMMAND_SETTINGS, 'api', 'rerank', 'openai-rerank'],
    [COMMAND_SETTINGS, 'api', 'chta', 'openai-chat'],
    [COMMAND_SETTINGS, 'api', 'embedding', 'openai-embeddings'],
    [COMMAND_SETTINGS, 'api', 'vllm', 'openai-chat'],
    [COMMAND_SETTINGS, 'api', 'claude', 'anthropic'],
    [COMMAND_SETTINGS, 'api', 'llama.cpp', 'llamacpp'],
    [COMMAND_SETTINGS, 'api', 'atuo', 'auto'],
    [COMMAND_SETTINGS, 'slo', 'e2e <= 5s', 'latency'],
    [COMMAND_SETTINGS, 'slo', 'p99 ttft <= 5s', 'ttft'],
    [COMMAND_SETTINGS, 'metrics', 'throughput', 'plateau-throughput'],
    [COMMAND_SETTINGS, 'metrics', 'tps', 'plateau-throughput'],
    [COMMAND_SETTINGS, 'limits', 'tps >= 100', 'throughput'],
    [COMMAND_SETTINGS, 'task', 'embedings', 'embeddings'],
    [COMMAND_SETTINGS, 'auth', 'baerer', 'bearer'],
    [COMMAND_SETTINGS, 'auth', 'header', 'header:x-api-key'],
    [COMMAND_SETTINGS, 'arrivals', 'poison', 'poisson'],
    [COMMAND_SETTINGS, 'gate', 'relese', 'release'],
    [COMMAND_SETTINGS, 'passes', 'AUTO', 'auto'],
    [COMMAND_SETTINGS, 'baseline', 'artefact', 'artifact'],
    [SIMULATOR_SETTINGS, 'auth', 'beaerer', 'bearer'],
    [SIMULATOR_SETTINGS, 'fault', 'stal', 'stall'],
  ]
  test.each(NAMED.map(([list, ...words]) => [...words, list] as const))('%s: %s is %s', (name, given, meant, list) => {
    const setting = Object.values(list).find((each) => each.name === name)!
    expect(() => setting.read(given)).toThrow(`; did you mean ${meant}?`)
  })

  test('every setting that takes nothing else tells of a misspelt one, and of nothing that is no misspelling', () => {
    const lists = [COMMAND_SETTINGS, SIMULATOR_SETTINGS, REPORT_COMMAND_SETTINGS, HISTORY_COMMAND_SETTINGS]
    const readers = lists.flatMap((list) => Object.values<Setting<unknown>>(list).map(({ read }) => read))
    const complain = (read: (text: string) => unknown, text: string): string | null => {
      try {
        read(text)
        return null
      } catch (error) {
        return (error as Error).message
      }
    }
    const told = readers
      .filter((read): read is ReadsWords<unknown> => 'words' in read)
      .flatMap((read) => {
        expect(complain(read, '?') ?? '').not.toContain('did you mean')
        return read.words.map((word) => ({ word, message: complain(read, `${word}x`) }))
      })
      .filter(({ message }) => message !== null)
    expect(told.length).toBeGreaterThan(60)
    for (const { word, message } of told) expect(message).toContain(`did you mean ${word}?`)
  })
})
