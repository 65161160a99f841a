import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { averageLengths, computeRepeatedShare } from '../../src/settings/trace.ts'
import { parseTraceFile } from '../../src/settings/trace-file.ts'
import { resolveSettings } from '../../src/settings.ts'
import { PARQUET_FILES } from './prompts-file/parquet-files.ts'

function writeLines(...lines: readonly object[]): string {
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

function readTrace(content: string | Uint8Array, column: string | null = null) {
  const { file, problems } = parseTraceFile(content, column)
  expect(problems).toEqual([])
  return file!
}

function listFaults(content: string): string[] {
  const { file, problems } = parseTraceFile(content)
  expect(file).toBeNull()
  expect(problems.every(({ setting }) => setting === 'trace-file')).toBe(true)
  return problems.map(({ message }) => message)
}

const MOONCAKE = [
  { timestamp: 27_000, input_length: 1000, output_length: 50, hash_ids: [46, 47] },
  { timestamp: 27_000, input_length: 1600, output_length: 7, hash_ids: [46, 47, 9, 12] },
  { timestamp: 30_500, input_length: 512, output_length: 52, hash_ids: [46] },
]

describe('a trace of lengths', () => {
  it('is read as Mooncake writes it: milliseconds after the first request, lengths, and blocks of 512 tokens by their ids', () => {
    const { trace, prompts, account } = readTrace(writeLines(...MOONCAKE))
    expect(trace).toEqual({
      atMs: [0, 0, 3_500],
      blockTokens: 512,
      lengths: [
        { inputTokens: 1000, outputTokens: 50, blocks: [0, 1] },
        { inputTokens: 1600, outputTokens: 7, blocks: [0, 1, 2, 3] },
        { inputTokens: 512, outputTokens: 52, blocks: [0] },
      ],
    })
    expect(prompts).toBeNull()
    expect(account).toMatchObject({ form: 'Mooncake', container: 'JSON lines', found: 3, leftOut: [], ignored: [] })
  })

  it('may be packed, and its blocks may be of another power of two', () => {
    const lines = [
      { timestamp: 0, input_length: 100, hash_ids: ['a', 'b'] },
      { timestamp: 5, input_length: 130, hash_ids: ['a', 'b', 'c'] },
    ]
    const { trace, account } = readTrace(gzipSync(writeLines(...lines)))
    expect(trace).toMatchObject({ atMs: [0, 5], blockTokens: 64 })
    expect(trace.lengths![1]).toEqual({ inputTokens: 130, outputTokens: null, blocks: [0, 1, 2] })
    expect(account.container).toBe('JSON lines, gzip')
  })

  it.each([
    {
      form: 'Azure',
      text: 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109',
      atMs: [0, 4314.579],
    },
    {
      form: 'BurstGPT',
      text: 'Timestamp,Model,Request tokens,Response tokens\n5,ChatGPT,472,18\n45.5,ChatGPT,1087,230\n46,GPT-4,3,0',
      atMs: [0, 40_500],
    },
    {
      form: 'Bailian',
      text: writeLines(
        { chat_id: 1, parent_chat_id: -1, timestamp: 61.114, input_length: 20, output_length: 3, hash_ids: [5, 6] },
        { chat_id: 2, parent_chat_id: 1, timestamp: 62, input_length: 16, output_length: 3, hash_ids: [5] },
      ),
      atMs: [0, 886],
    },
  ])('is told from others, with its unit of time: $form', ({ form, text, atMs }) => {
    const { trace, account } = readTrace(text)
    expect(account.form).toBe(form)
    expect(trace.atMs).toEqual(atMs.map((ms) => expect.closeTo(ms, 3)))
    expect(trace.lengths).toHaveLength(2)
    expect(trace.blockTokens).toBe(form === 'Bailian' ? 16 : null)
  })

  it('leaves out what got no answer, and counts it', () => {
    const { trace, account } = readTrace(
      writeLines(
        { timestamp: 0, input_length: 9, output_length: 0 },
        { timestamp: 4, input_length: 0, output_length: 9 },
        { timestamp: 7, input_length: 9, output_length: 9 },
        { timestamp: 9, input_length: 8, output_length: 1 },
      ),
    )
    expect(trace.atMs).toEqual([0, 2])
    expect(account.leftOut).toEqual([
      { why: 'without an answer', count: 1 },
      { why: 'without input', count: 1 },
    ])
  })

  it('says how long its requests are, and how much of them a cache that forgets nothing would hold', () => {
    const { trace } = readTrace(writeLines(...MOONCAKE))
    expect(averageLengths(trace.lengths!)).toEqual({ input: 1037, output: 36 })
    // All but 576 tokens of the second, and all of the third.
    expect(computeRepeatedShare(trace)).toBeCloseTo((1024 + 512) / 3112)
    expect(computeRepeatedShare({ ...trace, lengths: null })).toBe(0)
  })
})

describe('times beside prompts', () => {
  it('are taken with prompts of any form of a prompts file, with the length of their answers', () => {
    const { trace, prompts, account } = readTrace(
      writeLines(
        { timestamp: 1_700_000_000.5, text_input: 'Why is the sky blue?', output_length: 5, model: 'a' },
        { timestamp: 1_700_000_001, text_input: '' },
        { timestamp: 1_700_000_002, text_input: 'And the sea?' },
      ),
    )
    expect(trace).toEqual({ atMs: [0, 1_500], lengths: null, blockTokens: null })
    expect(prompts).toEqual([
      { kind: 'prompt', text: 'Why is the sky blue?', maxTokens: 5 },
      { kind: 'prompt', text: 'And the sea?', maxTokens: null },
    ])
    expect(account).toMatchObject({ form: 'GenAI-Perf', found: 3, ignored: ['model'] })
    expect(account.leftOut).toEqual([{ why: 'with an empty prompt', count: 1 }])
  })

  it.each([
    { member: 'delay', values: [700, 20, 30], atMs: [0, 20, 50] },
    { member: 'arrival_time', values: [0.5, 0.75, 2], atMs: [0, 250, 1_500] },
    { member: 'timestamp', values: ['1753780607550317897', '1753780607650317897'], atMs: [0, 100] },
    { member: 'timestamp', values: ['2026-01-31T12:00:00+01:00', '2026-01-31T11:00:00.25Z'], atMs: [0, 250] },
  ])('may be $values.0 and so on as "$member"', ({ member, values, atMs }) => {
    const { trace } = readTrace(writeLines(...values.map((value) => ({ [member]: value, prompt: 'Why?' }))))
    expect(trace.atMs).toEqual(atMs.map((ms) => expect.closeTo(ms, 0)))
  })

  it('stand beside a member that is named', () => {
    const { prompts } = readTrace(writeLines({ timestamp: 0, input_text: 'Why?' }), 'input_text')
    expect(prompts).toEqual([{ kind: 'prompt', text: 'Why?', maxTokens: null }])
  })
})

describe('a trace in Parquet', () => {
  const resolve = async (file: Uint8Array, ...flags: string[]) =>
    resolveSettings({
      flags: ['--endpoint', 'http://127.0.0.1:1', '--trace-file', 't', ...flags],
      env: {},
      readFile: () => expect.fail('it is no text'),
      readBytes: () => file,
      defaults: { baseline: { kind: 'none' }, name: null },
    })
  const bytesOf = (name: keyof typeof PARQUET_FILES): Buffer => Buffer.from(PARQUET_FILES[name], 'base64')

  it('is read as the same trace in JSON lines, with times, lengths and blocks', async () => {
    const { settings } = await resolve(bytesOf('mooncake'))
    expect(settings.trace).toEqual(readTrace(writeLines(...MOONCAKE)).trace)
    expect(settings.sentPrompts).toMatchObject({ form: 'Mooncake', container: 'Parquet', found: 3, sent: 3 })
  })

  it('is told by the names of its columns, however they are written, and its dates are times', async () => {
    const { settings } = await resolve(bytesOf('azure'))
    expect(settings.sentPrompts).toMatchObject({ form: 'Azure', container: 'Parquet', found: 2 })
    expect(settings.trace).toMatchObject({
      atMs: [0, 4315],
      lengths: [
        { inputTokens: 374, outputTokens: 44 },
        { inputTokens: 396, outputTokens: 109 },
      ],
    })
  })

  it('is refused with the row and what to do where it is none', async () => {
    await expect(resolve(bytesOf('snappy'))).rejects.toThrow('trace-file: got "t"; row 1: says nowhere when it came')
    await expect(resolve(bytesOf('azure').subarray(0, 300))).rejects.toThrow(
      'trace-file: got "t"; is a Parquet file that is broken or cut off; download it again',
    )
  })
})

describe('a trace that cannot be replayed', () => {
  it.each([
    { what: 'that is empty', text: '\n', says: /^has no requests; put one JSON object on each line/ },
    {
      what: 'that goes backwards',
      text: writeLines(...[7, 9, 8].map((timestamp) => ({ timestamp, input_length: 1 }))),
      says: /^line 3: came before the request above it \("timestamp" 8\); sort the file by its times \(jq -cs 'sort_by\(\.timestamp\)\[\]'\)$/,
    },
    {
      what: 'that is longer than any',
      text: writeLines({ arrival_time: 0, input_length: 0 }, { arrival_time: 1e307, input_length: 1 }),
      says: /^line 2: came more than ten years after the first request \("arrival_time" 1e\+307\); correct its time/,
    },
    {
      what: 'with a gap that is longer than any',
      text: writeLines({ delay: 0, prompt: 'a' }, { delay: 1e308, prompt: 'a' }),
      says: /^line 2: came more than ten years after the first request \("delay" 1e\+308\)/,
    },
    {
      what: 'with a gap below 0',
      text: writeLines({ delay: 0, prompt: 'a' }, { delay: -1, prompt: 'a' }),
      says: /^line 2: "delay" must be 0 or more, and is -1$/,
    },
    {
      what: 'with a length below 0',
      text: writeLines({ timestamp: 0, input_length: -4 }),
      says: /^line 1: "input_length" must be a whole number of tokens from 0, and is -4$/,
    },
    {
      what: 'with half a token',
      text: writeLines({ timestamp: 0, input_length: 4, output_length: 1.5 }),
      says: /^line 1: "output_length" must be a whole number of tokens from 0, and is 1\.5$/,
    },
    {
      what: 'without lengths',
      text: writeLines({ timestamp: 0, hash_ids: [1] }),
      says: /^line 1: must have a prompt or "input_length" beside its time/,
    },
    {
      what: 'without times',
      text: writeLines({ input_length: 4 }),
      says: /^line 1: says nowhere when it came .* are for prompts-file, at a rate$/,
    },
    {
      what: 'in which one has no time',
      text: writeLines({ timestamp: 0, input_length: 4 }, { input_length: 4 }),
      says: /^line 2: has no "timestamp", which the first request has$/,
    },
    {
      what: 'with a time that is none',
      text: writeLines({ timestamp: 'noon', input_length: 4 }),
      says: /^line 1: "timestamp" must be a number of milliseconds, or a date such as 2026-01-31T12:00:00Z, and is "noon"$/,
    },
    {
      what: 'whose blocks do not cover the input',
      text: writeLines(...MOONCAKE, { timestamp: 40_000, input_length: 513, hash_ids: [46] }),
      says: /^line 4: has 1 "hash_ids" for 513 input tokens, which make 2 blocks of 512; each request needs one for every block/,
    },
    {
      what: 'whose blocks are no list',
      text: writeLines({ timestamp: 0, input_length: 4, hash_ids: 'a' }),
      says: /^line 1: "hash_ids" must be a list of numbers or texts, and is "a"$/,
    },
    {
      what: 'in which nothing was answered',
      text: writeLines({ timestamp: 0, input_length: 4, output_length: 0 }),
      says: /^has no request that can be sent: all are without an answer$/,
    },
    {
      what: 'that is no JSON',
      text: '{"timestamp": 0, "input_length": 3}\n{"timestamp": 1',
      says: /^line 2: is not JSON; .* for example \{"timestamp": 0, /,
    },
    { what: 'that is a page', text: '<!doctype html>', says: /^is a page/ },
  ])('is refused with the line and what to do: one $what', ({ text, says }) => {
    const faults = listFaults(text)
    expect(faults[0]).toMatch(says)
    expect(faults).toHaveLength(1)
  })
})
