import { expect, test } from 'vitest'
import { resolveSettings } from '../../../src/settings.ts'
import { readParquet } from '../../../src/settings/prompts-file/parquet.ts'
import { readRows } from '../../../src/settings/prompts-file/parquet-thread.ts'
import { PARQUET_FILES } from './parquet-files.ts'

const PROMPTS = { column: null, others: [] }

const bytesOf = (name: keyof typeof PARQUET_FILES): Buffer => Buffer.from(PARQUET_FILES[name], 'base64')

/** The settings of a run with a file of prompts, or what is said of it. */
async function resolve(file: Uint8Array, ...flags: string[]) {
  return resolveSettings({
    flags: ['--endpoint', 'http://127.0.0.1:1', '--prompts-file', 'p', ...flags],
    env: {},
    readFile: () => expect.fail('it is no text'),
    readBytes: () => file,
    defaults: { baseline: { kind: 'none' }, name: null },
  })
}

test.each(['snappy', 'zstd', 'gzip'] as const)('prompts are read from Parquet with %s', async (name) => {
  const { settings } = await resolve(bytesOf(name))
  expect(settings.prompts).toEqual([
    { kind: 'prompt', text: 'Why?', maxTokens: 5 },
    { kind: 'prompt', text: 'How? ä', maxTokens: 6 },
  ])
  expect(settings.sentPrompts).toMatchObject({
    container: 'Parquet',
    found: 3,
    sent: 2,
    leftOut: [{ why: 'with an empty prompt', count: 1 }],
    ignored: ['topic'],
  })
})

test('lists of objects are read from every group of rows', async () => {
  const { settings } = await resolve(bytesOf('conversations'))
  expect(settings.prompts).toEqual([
    { kind: 'prompt', text: 'Why?', maxTokens: null },
    { kind: 'prompt', text: 'How?', maxTokens: null },
  ])
  expect(settings.sentPrompts).toMatchObject({ form: 'ShareGPT' })
})

test('prompts-column names a column of Parquet, and a sample is drawn of it', async () => {
  const { settings } = await resolve(bytesOf('snappy'), '--prompts-column', 'topic', '--prompts-sample', '2')
  expect(settings.prompts).toHaveLength(2)
  for (const prompt of settings.prompts!) expect(prompt).toMatchObject({ text: expect.stringMatching(/^[abc]$/) })
})

test.each([
  [
    'another compression',
    bytesOf('lz4'),
    'is a Parquet file compressed with LZ4, which is not read; write it as JSON lines',
  ],
  ['no end', bytesOf('snappy').subarray(0, 200), 'is a Parquet file that is broken or cut off'],
  ['nothing in it', Buffer.from('PAR1\u0015\u0004\u0015\u0010'), 'is a Parquet file that is broken or cut off'],
])('a Parquet file with %s is refused with what to do', async (_, file, message) => {
  await expect(resolve(file)).rejects.toThrow(message)
})

test('a column that is not there is told with those that are', async () => {
  await expect(resolve(bytesOf('snappy'), '--prompts-column', 'text')).rejects.toThrow(
    'row 1: has no "text", which prompts-column names; it has "prompt", "topic", "max_tokens"',
  )
})

test('a Parquet file that is cut anywhere is refused', async () => {
  const whole = bytesOf('conversations')
  for (let length = 4; length < whole.length; length++) {
    expect(await readRows(whole.subarray(0, length), PROMPTS)).toHaveProperty('refusal')
  }
})

test('a Parquet file whose reader comes to no end is refused, with one byte of it wrong', async () => {
  const broken = bytesOf('conversations')
  broken[141]! ^= 0xff
  expect(await readParquet(broken, PROMPTS, { heapMb: 64, ms: 400 })).toEqual({
    refusal: expect.stringMatching(/takes more memory or time to read than a whole one can/),
  })
})
