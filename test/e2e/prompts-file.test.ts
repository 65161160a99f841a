import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { PARQUET_FILES } from '../settings/prompts-file/parquet-files.ts'
import { plateau, STEADY_RUN, temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

test('prompts of a Parquet file are sent, and report and text say which', async () => {
  const file = join(temporaryFolder(), 'prompts')
  writeFileSync(file, Buffer.from(PARQUET_FILES.snappy, 'base64'))
  const choice = ['--prompts-file', file, '--prompts-length', '..4', '--prompts-sample', '1', '--seed', 'a']
  const steady = STEADY_RUN.filter((flag) => flag !== '--input-tokens' && flag !== '40')
  const run = ['run', '--endpoint', virtualServer([]), '--concurrency', '1', '--passes', '1', ...steady]
  const { stdout, stderr, code } = await plateau([...run, ...choice, '--format', 'json'])
  expect(code, stderr).toBe(0)
  const { prompts, series } = decodeRunReport(stdout)
  expect(series.workload.promptsHash).toMatch(/^[0-9a-f]{64}$/)
  expect(prompts).toEqual({
    form: '',
    noun: 'prompt',
    container: 'Parquet',
    found: 3,
    leftOut: [
      { why: 'with an empty prompt', count: 1 },
      { why: 'not at most 4 characters long', count: 1 },
    ],
    ignored: ['topic'],
    sent: 1,
    length: 'at most 4 characters',
    seed: 'a',
  })
})
