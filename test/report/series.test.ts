import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { aFailure, aRecord, SERIES_FIELDS } from '../support/builders.ts'
import { encodeRecords } from '../../src/report/run-report-codec.ts'
import {
  encodeCanonically,
  fitsItsKey,
  findSeriesDifferences,
  addSeriesKey,
  buildSeries,
} from '../../src/report/series.ts'
import type { SeriesFields, SeriesWorkload } from '../../src/report/series.ts'
import { RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { settingsFor } from '../support/run-settings.ts'

test('canonical JSON does not depend on the order of members', () => {
  expect(encodeCanonically({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}')
  expect(encodeCanonically({ a: 1, b: undefined })).toBe('{"a":1}')
})

test('the key is the hash of the fields, whatever their order', () => {
  const { name, ...rest } = SERIES_FIELDS
  expect(addSeriesKey({ ...rest, name }).key).toBe(addSeriesKey(SERIES_FIELDS).key)
  expect(addSeriesKey(SERIES_FIELDS).key).toBe(
    createHash('sha256').update(encodeCanonically(SERIES_FIELDS)).digest('hex'),
  )
})

test('every field of the series makes it another one', () => {
  const others = [
    { ...SERIES_FIELDS, name: 'other' },
    { ...SERIES_FIELDS, passes: 2 },
    { ...SERIES_FIELDS, concurrency: [1, 2] },
    { ...SERIES_FIELDS, method: 2 },
    { ...SERIES_FIELDS, workload: { ...SERIES_FIELDS.workload, outputTokens: '256' } },
  ]
  expect(new Set([SERIES_FIELDS, ...others].map((fields) => addSeriesKey(fields).key)).size).toBe(6)
})

test('a key that is not that of the fields is known, unless they are not whole', () => {
  const series = addSeriesKey(SERIES_FIELDS)
  expect(fitsItsKey(series)).toBe(true)
  expect(fitsItsKey({ ...series, passes: 2 })).toBe(false)
  expect(fitsItsKey({ ...series, method: 2 })).toBe(true)
  const withBody = (extraBody: string) => ({ ...series, workload: { ...series.workload, extraBody } })
  expect(fitsItsKey(withBody('{"top_p":1}'))).toBe(false)
  expect(fitsItsKey(withBody('{"user":"***"}'))).toBe(true)
  expect(fitsItsKey(withBody('{"prompt":"xxx… (SHA-256 0123456789ab)'))).toBe(true)
  expect(fitsItsKey(withBody('x'.repeat(20_000)))).toBe(true)
})

test('a record is one JSON line with the public names', () => {
  const [line] = encodeRecords([aRecord({ ttftMs: 50.123456, connectMs: null })])
  expect(line!.indexOf('\n')).toBe(line!.length - 1)
  const record = JSON.parse(line!) as Record<string, unknown>
  const names =
    'level pass worker phase startMs connectMs ttfbMs firstEventMs ttftMs ttfoMs lastTokenMs endMs inputTokens ' +
    'outputTokens cachedTokens reasoningTokens tokenSource tokenEvents reads windowTokens reconnected finishReason ' +
    'servedModel outcome failure'
  expect(Object.keys(record).slice(0, 25)).toEqual(names.split(' '))
  expect(record).toMatchObject({ ttftMs: 50.123, connectMs: null, outcome: 'ok', failure: null })
})

test('no field of a record is forgotten', () => {
  const record = aFailure('http_429', { retryAfterMs: 1000 })
  const [line] = encodeRecords([record])
  expect(Object.keys(JSON.parse(line!) as object).sort()).toEqual(Object.keys(record).sort())
})

const SETTING_NAMES = Object.values(RUN_SETTINGS).map(({ name }) => name)

const WORKLOAD_CHANGES: { [Field in keyof SeriesWorkload]: SeriesWorkload[Field] } = {
  task: 'embeddings',
  inputTokens: 'normal(512,64)',
  outputTokens: '256',
  promptsHash: 'b'.repeat(64),
  extraBody: '{"temperature":0}',
  headerNames: ['x-team'],
  prefixCache: 'allow',
  sharedPrefixTokens: 100,
  batchSize: 8,
  turns: 'uniform(2,8)',
  thinkTime: 5,
  systemPromptTokens: 800,
}

const CHANGES: { [Field in keyof Omit<SeriesFields, 'workload'>]: SeriesFields[Field] } = {
  name: 'other',
  api: 'openai-completions',
  concurrency: [1, 2, 4],
  passes: 5,
  levelDuration: 20,
  levelRequests: 100,
  connection: 'http/1.1 keep-alive, proxy',
  method: 2,
}

const CASES = [
  ...Object.entries(CHANGES).map(([field, value]) => [field, { ...SERIES_FIELDS, [field]: value }] as const),
  ...Object.entries(WORKLOAD_CHANGES).map(
    ([field, value]) =>
      [`workload.${field}`, { ...SERIES_FIELDS, workload: { ...SERIES_FIELDS.workload, [field]: value } }] as const,
  ),
]

test('equal series differ in nothing', () => {
  expect(findSeriesDifferences(SERIES_FIELDS, structuredClone(SERIES_FIELDS))).toEqual([])
})

test.each(CASES)('a different %s is one difference', (field, now) => {
  const differences = findSeriesDifferences(SERIES_FIELDS, now)
  expect(differences).toHaveLength(1)
  const { setting, before, now: shown } = differences[0]!
  expect(before).not.toBe(shown)
  if (field === 'method') expect(setting).toBeNull()
  else expect(SETTING_NAMES).toContain(setting)
})

test('values are in the words of a reader', () => {
  const now: SeriesFields = { ...SERIES_FIELDS, ...CHANGES, workload: WORKLOAD_CHANGES }
  const shown = findSeriesDifferences(SERIES_FIELDS, now).map(
    ({ setting, before, now }) => `${setting}: ${before} → ${now}`,
  )
  expect(shown).toEqual([
    'task: chat → embeddings',
    'input-tokens: 512 → normal(512,64)',
    'output-tokens: 128 → 256',
    'prompts-file: generated → a file (SHA-256 bbbbbbbbbbbb)',
    'extra-body: none → {"temperature":0}',
    'headers: none → x-team',
    'prefix-cache: avoid → allow',
    'shared-prefix-tokens: 0 tokens → 100 tokens',
    'batch-size: 1 → 8',
    'turns: none → uniform(2,8)',
    'think-time: 0s → 5s',
    'system-prompt-tokens: 0 tokens → 800 tokens',
    'name: llama-8b → other',
    'api: openai-chat → openai-completions',
    'concurrency: auto → 1, 2, 4',
    'passes: 3 → 5',
    'level-duration: 8s → 20s',
    'level-requests: none → 100',
    'proxy: http/1.1 keep-alive → http/1.1 keep-alive, proxy',
    'null: version 1 → version 2',
  ])
})

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
