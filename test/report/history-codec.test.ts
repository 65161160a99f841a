import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { HISTORY_JSON_SCHEMA } from '../../scripts/docs/json-schemas.ts'
import { decodeHistory, encodeHistory, HistoryError } from '../../src/report/history-codec.ts'
import { mergeHistories } from '../../src/report/history.ts'
import { anEntry, anyEntry, historyOf, realisticEntries } from './history-builders.ts'

const TEXT = encodeHistory(historyOf([anEntry(1), anEntry(2)]))

function changed(change: (history: Record<string, any>) => void): string {
  const history = JSON.parse(TEXT) as Record<string, any>
  change(history)
  return JSON.stringify(history)
}

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 5 }), (entries) => {
      const history = historyOf(entries)
      expect(decodeHistory(encodeHistory(history))).toEqual(history)
    }),
    { numRuns: 100 },
  )
})

test('each entry has a line, so that a change of the file can be read', () => {
  const lines = TEXT.trim().split('\n')
  expect(lines).toHaveLength(4)
  expect(JSON.parse(lines[1]!.replace(/,$/, ''))).toMatchObject({ source: { runId: '1' } })
})

test('100 realistic runs of six levels and three passes, each with its control, are less than a quarter of 1 MiB of zip, so that 400 are less than one', () => {
  const sides = realisticEntries(200, [1, 2, 4, 8, 16, 32], 3)
  const paired = sides.slice(0, 100).map((entry, i) => ({ ...entry, control: sides[100 + i]!.row }))
  const content = new TextEncoder().encode(encodeHistory(historyOf(paired)))
  const zipped = zipSync({ 'history.json': content }).length
  expect(zipped).toBeLessThan(256 * 1024)
  // And they pass the check for zip bombs.
  expect(content.length / zipped).toBeLessThan(50)
})

test('unknown fields are ignored', () => {
  const history = decodeHistory(
    changed(({ entries }) => {
      entries[0].row.future = [1]
      entries[0].row.levels[0].passes[0].figures['power-p50'] = -1
    }),
  )
  expect(history).toEqual(decodeHistory(TEXT))
})

test.each<[path: string, change: (entry: Record<string, any>) => void]>([
  ['row.startedAt', (entry) => (entry['row'].startedAt = 'yesterday')],
  ['row.levels[0].passes[0].figures.ttft-p50', (entry) => (entry['row'].levels[0].passes[0].figures['ttft-p50'] = -50)],
  ['row.levels[0].passes[0].figures.ttft-p50', (entry) => (entry['row'].levels[0].passes[0].figures['ttft-p50'] = 0)],
  ['row.levels[0].passes[0].figures.tpot-p50', (entry) => (entry['row'].levels[0].passes[0].figures['tpot-p50'] = NaN)],
  [
    'row.levels[0].passes[1].figures.throughput',
    (entry) => (entry['row'].levels[0].passes[1].figures.throughput = '9'),
  ],
  ['row.levels[0].tails.ttft-p99', (entry) => (entry['row'].levels[0].tails['ttft-p99'] = -1)],
  ['row.levels[0].passes[0].ok', (entry) => (entry['row'].levels[0].passes[0].ok = -1)],
  ['row.levels[0].passes[0].failed', (entry) => (entry['row'].levels[0].passes[0].failed = 0.5)],
  ['row.levels[0].concurrency', (entry) => (entry['row'].levels[0].concurrency = 0)],
  ['row.levels', (entry) => entry['row'].levels.push(entry['row'].levels[0])],
  ['row.levels', (entry) => (entry['row'].levels = Array(65).fill(entry['row'].levels[0]))],
  ['row.series.key', (entry) => (entry['row'].series.key = 'abc')],
  ['row.within.value', (entry) => (entry['row'].within = { limit: 'x', value: 0 })],
  ['row.traits', (entry) => delete entry['row'].traits],
  ['row.context.servedModel', (entry) => (entry['row'].context.servedModel = 'm'.repeat(20_001))],
  ['source.attempt', (entry) => (entry['source'].attempt = 0)],
  ['source.runId', (entry) => (entry['source'].runId = '')],
  ['source.sha', (entry) => (entry['source'].sha = 'a'.repeat(1001))],
  ['source.url', (entry) => (entry['source'].url = 'javascript:alert(1)')],
  ['verdict', (entry) => (entry['verdict'] = 'great')],
  ['segments.tpot-p50', (entry) => (entry['segments']['tpot-p50'] = 'maybe')],
])('a bad %s is refused with its path', (path, change) => {
  const text = changed(({ entries }) => change(entries[1]))
  expect(() => decodeHistory(text)).toThrow(HistoryError)
  expect(() => decodeHistory(text)).toThrow(`entries[1].${path}: `)
})

test('prototypes, infinite numbers, too many entries, and what is no JSON are refused', () => {
  for (const name of ['__proto__', '\\u005f_proto__', '__\\u0070roto__'])
    expect(() => decodeHistory(TEXT.replace('"source":{', `"source":{"${name}":{"a":1},`))).toThrow('"__proto__"')
  expect(() => decodeHistory(TEXT.replace(/"ttft-p50":[\d.]+/, '"ttft-p50":1e999'))).toThrow('ttft-p50')
  expect(() => decodeHistory(TEXT.replace(/"ttft-p50":[\d.]+/, '"ttft-p50":NaN'))).toThrow('not JSON')
  expect(() => decodeHistory('null')).toThrow('history: ')
  expect(() => decodeHistory('')).toThrow('not JSON')
  expect(() => decodeHistory('[]')).toThrow(HistoryError)
  const many = changed((history) => (history['entries'] = Array(20_001).fill(0)))
  expect(() => decodeHistory(many)).toThrow('entries')
})

test('a history of a newer version says what to do', () => {
  const newer = TEXT.replace('plateau/history@1', 'plateau/history@2')
  expect(() => decodeHistory(newer)).toThrow('a newer version of Plateau wrote; update')
  expect(() => decodeHistory(TEXT.replace('plateau/history@1', 'other/history@1'))).toThrow('schema: ')
})

test('a key of another series is refused', () => {
  const { row, ...entry } = anEntry(1)
  const moved = { ...entry, row: { ...row, series: { ...row.series, passes: 9 } } }
  expect(() => encodeHistory(historyOf([moved]))).toThrow('entries[0].row.series.key: is not the key of these fields')
})

test('a byte order mark is no part of the history', () => {
  expect(decodeHistory(`\ufeff${TEXT}`)).toEqual(decodeHistory(TEXT))
})

test('a figure that is not finite is never written', () => {
  const entry = anEntry(1)
  const bad = { ...entry, row: { ...entry.row, within: { limit: 'x', value: Infinity } } }
  expect(() => encodeHistory(historyOf([bad]))).toThrow('entries[0].row.within.value')
})

test('no invisible or reordering sign of a server stands in the file', () => {
  const { row } = anEntry(1)
  const entry = anEntry(1, { row: { context: { ...row.context, servedModel: 'a\u202eb' } } })
  const text = encodeHistory(historyOf([entry]))
  expect(text).not.toContain('\u202e')
  expect(decodeHistory(text).entries[0]!.row.context.servedModel).toBe('a\u202eb')
})

test('the JSON schema is published', () => {
  const schema = HISTORY_JSON_SCHEMA
  expect(schema['title']).toBe('Plateau history')
  expect(schema['required']).toEqual(['schema', 'entries'])
})

describe('merging', () => {
  test('an entry that several histories have stands once, oldest first', () => {
    const merged = mergeHistories([historyOf([anEntry(3), anEntry(1)]), historyOf([anEntry(1), anEntry(2)])], 400)
    expect(merged.entries).toEqual([anEntry(1), anEntry(2), anEntry(3)])
  })

  test('attempts, and runs of one workflow run, stay apart', () => {
    const entries = [
      anEntry(1),
      anEntry(1, { source: { attempt: 2 } }),
      anEntry(1, { name: 'other' }),
      anEntry(2, { source: { runId: '1' } }),
    ]
    expect(mergeHistories([historyOf(entries)], 400).entries).toHaveLength(4)
  })

  test('of each name the newest stay', () => {
    const entries = [anEntry(1), anEntry(2), anEntry(3), anEntry(0, { name: 'rare' })]
    const kept = mergeHistories([historyOf(entries)], 2).entries
    expect(kept).toEqual([anEntry(0, { name: 'rare' }), anEntry(2), anEntry(3)])
  })

  test('the order of histories, and merging again, make no difference', () => {
    const histories = fc.array(fc.array(anyEntry, { maxLength: 6 }).map(historyOf), { maxLength: 4 })
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 5 }), (all, keep) => {
        const merged = mergeHistories(all, keep)
        expect(mergeHistories(all.toReversed(), keep)).toEqual(merged)
        expect(mergeHistories([merged], keep)).toEqual(merged)
        expect(mergeHistories([merged, ...all], keep)).toEqual(merged)
        const inSteps = all.reduce((sum, history) => mergeHistories([sum, history], keep), historyOf([]))
        expect(inSteps).toEqual(merged)
      }),
      { numRuns: 100 },
    )
  })
})
