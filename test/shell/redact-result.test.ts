import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decodeHistory, encodeHistory, historySchema } from '../../src/report/history-codec.ts'
import { decodeRunReport, encodeRunReport, runReportSchema } from '../../src/report/run-report-codec.ts'
import { name, word } from '../../src/report/strict-json.ts'
import { decodeVerdict, encodeVerdict, verdictSchema } from '../../src/report/verdict-codec.ts'
import { redactTexts } from '../../src/shell/redact-result.ts'
import { createRedactor } from '../../src/shell/redact.ts'
import { fullHistory, fullReport, fullVerdict } from '../support/full-results.ts'
import { plantEverywhere, textsIn } from '../support/planted.ts'

/** The formats, and the texts in them that only this program writes; those of a series are bound by its key. */
const FORMATS = {
  report: {
    value: fullReport(),
    schema: runReportSchema,
    encode: encodeRunReport,
    decode: decodeRunReport,
    ours: [
      'context.runner.arch',
      'context.runner.os',
      'imported.tool',
      'levels[].invalidReasons[]',
      'levels[].tokenSources[]',
      'limits[].limit',
      'prompts.container',
      'prompts.form',
      'prompts.leftOut[].why',
      'prompts.length',
      'prompts.noun',
      'tool.name',
      'tool.version',
      'validity.findings[].code',
      'within.limit',
    ],
  },
  verdict: {
    value: fullVerdict(),
    schema: verdictSchema,
    encode: encodeVerdict,
    decode: decodeVerdict,
    ours: [
      'limits[].limit',
      'name',
      'notComparable.differences[].field',
      'notComparable.differences[].setting',
      'reasons[]',
      'whatElseChanged[].what',
    ],
  },
  history: {
    value: fullHistory(),
    schema: historySchema,
    encode: encodeHistory,
    decode: decodeHistory,
    ours: [
      'entries[].control.context.runner.arch',
      'entries[].control.context.runner.os',
      'entries[].control.traits.tokenSource',
      'entries[].control.within.limit',
      'entries[].row.context.runner.arch',
      'entries[].row.context.runner.os',
      'entries[].row.traits.tokenSource',
      'entries[].row.within.limit',
      'entries[].source.runId',
      'entries[].source.triggeredBy',
    ],
  },
} as const

/** A value of a format without this secret. */
function hidden<T>(value: T, schema: z.ZodType<T>, secret: string): T {
  const { hide, redact } = createRedactor()
  hide(secret)
  return redactTexts(value, schema, redact)
}

describe.each(Object.keys(FORMATS) as (keyof typeof FORMATS)[])('a %s', (format) => {
  const { value, schema, encode, decode, ours } = FORMATS[format] as {
    value: object
    schema: z.ZodType<object>
    encode: (value: object) => string
    decode: (text: string) => object
    ours: readonly string[]
  }

  test('stays readable, and as it is but for texts from outside, whatever word of it is a secret', () => {
    const words = [...new Set(encode(value).match(/[A-Za-z0-9:.-]{4,}/g))]
    fc.assert(
      fc.property(fc.constantFrom(...words), (secret) => {
        const clean = hidden(value, schema, secret)
        expect(encode(decode(encode(clean)))).toBe(encode(clean))
        const now = new Map(textsIn(clean).map(({ path, text }) => [path, text]))
        const changed = textsIn(value).filter(({ path, text }) => now.get(path) !== text)
        for (const { text } of changed) expect(text.toLowerCase()).toContain(secret.toLowerCase())
      }),
      { numRuns: 60 },
    )
  })

  test('holds a secret nowhere but in the words that are ours', () => {
    const secret = 'sk-9f8e/7d6c"5b4a'
    const planted = plantEverywhere(value, secret, (changed) => schema.safeParse(changed).success)
    const left = textsIn(hidden(planted, schema, secret)).filter(({ text }) => text.includes(secret))
    expect([...new Set(left.map(({ path }) => path.replaceAll(/\[\d+\]/g, '[]')))].sort()).toEqual(ours)
  })
})

test('a secret that is a word of the format is hidden where others wrote it, and nowhere else', () => {
  const schema = z.object({
    check: z.enum(['fail', 'pass']),
    code: word,
    said: name,
    at: z.iso.datetime(),
    list: z.array(name),
    more: z.record(name, z.union([name, z.number()])),
    maybe: name.nullable(),
    url: name.regex(/^https?:/),
  })
  const value = {
    check: 'fail' as const,
    code: 'fail-first',
    said: 'I fail at 2026-11-22T18:00:00Z',
    at: '2026-11-22T18:00:00Z',
    list: ['fail'],
    more: { fail: 'fail', count: 20261122 },
    maybe: 'failed',
    url: 'https://host/fail',
  }
  expect(hidden(value, schema, 'fail')).toEqual({
    ...value,
    said: 'I *** at 2026-11-22T18:00:00Z',
    list: ['***'],
    more: { fail: '***', count: 20261122 },
    maybe: '***ed',
    url: 'https://host/***',
  })
  expect(hidden(value, schema, '2026-11-22T18:00:00Z')).toEqual({ ...value, said: 'I fail at ***' })
  expect(hidden(value, schema, 'https')).toEqual(value)
})

test('what the schema does not know comes from outside, and a text that does not fit is hidden all the same', () => {
  const schema = z.object({ short: z.string().max(5) }) as z.ZodType<object>
  const value = { short: 'a secret in a long text', unknown: { deep: ['my secret'] } }
  expect(hidden(value, schema, 'secret')).toEqual({ short: 'a *** in a long text', unknown: { deep: ['my ***'] } })
})
