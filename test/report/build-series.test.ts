import { expect, test } from 'vitest'
import { buildSeries } from '../../src/report/build-series.ts'
import { settingsFor } from '../support/run-settings.ts'

const seriesWith = (extraBody: Record<string, unknown>) =>
  buildSeries({
    settings: settingsFor('http://h', ['--extra-body', JSON.stringify(extraBody)]),
    api: 'openai-chat',
    task: 'chat',
  })

test('a secret of extra-body stands in no series, and another one makes no other series', () => {
  const one = seriesWith({ api_key: 'sk-1234', top_p: 1 })
  expect(one.workload.extraBody).toBe('{"api_key":"(secret)","top_p":1}')
  expect(seriesWith({ top_p: 1, api_key: 'sk-5678' })).toEqual(one)
  expect(seriesWith({ top_p: 0.5, api_key: 'sk-1234' }).key).not.toBe(one.key)
})

test('a shorter prompt that auto took is part of what is compared, and a length that was set is not touched', () => {
  const inputTokens = (flags: readonly string[], shrunkTo: number | null) =>
    buildSeries({ settings: settingsFor('http://h', flags), api: 'openai-chat', task: 'chat', shrunkTo }).workload
      .inputTokens
  expect(inputTokens([], null)).toBe('auto')
  expect(inputTokens([], 256)).toBe('auto, 256')
  expect(inputTokens(['--input-tokens', '512'], null)).toBe('512')
})
