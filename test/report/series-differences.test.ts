import { expect, test } from 'vitest'
import { seriesDifferences } from '../../src/report/series-differences.ts'
import type { SeriesFields, Workload } from '../../src/report/series.ts'
import { RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { SERIES_FIELDS } from '../support/builders.ts'

const SETTING_NAMES = Object.values(RUN_SETTINGS).map(({ name }) => name)

const WORKLOAD_CHANGES: { [Field in keyof Workload]: Workload[Field] } = {
  task: 'embeddings',
  inputTokens: 'normal(512,64)',
  outputTokens: '256',
  promptsHash: 'b'.repeat(64),
  extraBody: '{"temperature":0}',
  headerNames: ['x-team'],
  prefixCache: 'allow',
  sharedPrefixTokens: 100,
  batchSize: 8,
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
  expect(seriesDifferences(SERIES_FIELDS, structuredClone(SERIES_FIELDS))).toEqual([])
})

test.each(CASES)('a different %s is one difference', (field, now) => {
  const differences = seriesDifferences(SERIES_FIELDS, now)
  expect(differences).toHaveLength(1)
  const { setting, before, now: shown } = differences[0]!
  expect(before).not.toBe(shown)
  if (field === 'method') expect(setting).toBeNull()
  else expect(SETTING_NAMES).toContain(setting)
})

test('values are in the words of a reader', () => {
  const now: SeriesFields = { ...SERIES_FIELDS, ...CHANGES, workload: WORKLOAD_CHANGES }
  const shown = seriesDifferences(SERIES_FIELDS, now).map(
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
