import { expect, test } from 'vitest'
import { REPORT_JSON_SCHEMA } from '../../scripts/docs/json-schemas.ts'
import { decodeRunReport, encodeRunReport, ReportError } from '../../src/report/run-report-codec.ts'
import { RATE_FIELDS, TIME_FIELDS } from '../../src/vocabulary/metrics.ts'
import { aLevel, aReport } from '../support/builders.ts'

function changed(change: (report: Record<string, any>) => void): string {
  const report = JSON.parse(encodeRunReport(aReport())) as Record<string, any>
  change(report)
  return JSON.stringify(report)
}

test('what is written is read back, less what is not part of the format', () => {
  const report = aReport({ measured: [aLevel(1), aLevel(2)] })
  const decoded = decodeRunReport(encodeRunReport(report))
  const [first] = report.levels
  expect(decoded.levels[0]!.ttftMs).toEqual(first!.ttftMs)
  expect(decoded).toMatchObject({ schema: 'plateau/run-report@1', series: report.series, plateau: report.plateau })
  expect(decoded.levels[0]).not.toHaveProperty('findings')
  expect(encodeRunReport(decoded)).toBe(encodeRunReport(report))
})

test('the fixed fields are there', () => {
  const report = JSON.parse(encodeRunReport(aReport())) as Record<string, any>
  expect(Object.keys(report)).toEqual(
    'schema tool startedAt durationSeconds series context plan capabilities levels plateau within validity'.split(' '),
  )
  expect(Object.keys(report['levels'][0].ttftMs)).toEqual('n mean sd min p50 p90 p95 p99 max'.split(' '))
})

test('unknown fields are ignored', () => {
  expect(decodeRunReport(changed((report) => (report['future'] = { a: [1] })))).not.toHaveProperty('future')
})

test.each([
  ['levels[0].ttftMs.p50', (report: Record<string, any>) => (report['levels'][0].ttftMs.p50 = 'fast')],
  [
    'levels[0].passes[1].requests.ok',
    (report: Record<string, any>) => (report['levels'][0].passes[1].requests.ok = -1),
  ],
  [
    'levels[0].outputTokensPerSecond',
    (report: Record<string, any>) => (report['levels'][0].outputTokensPerSecond = 'many'),
  ],
  ['plateau.state', (report: Record<string, any>) => (report['plateau'].state = 'great')],
  ['series.key', (report: Record<string, any>) => (report['series'].key = 'abc')],
  ['schema', (report: Record<string, any>) => (report['schema'] = 'plateau/run-report@2')],
  ['startedAt', (report: Record<string, any>) => (report['startedAt'] = 'yesterday')],
  ['levels', (report: Record<string, any>) => (report['levels'] = Array(65).fill(report['levels'][0]))],
  ['context.endpointLabel', (report: Record<string, any>) => (report['context'].endpointLabel = 'x'.repeat(20_001))],
  ['context.host', (report: Record<string, any>) => (report['context'].host = null)],
])('a bad %s is refused with its path', (path, change) => {
  expect(() => decodeRunReport(changed(change))).toThrow(ReportError)
  expect(() => decodeRunReport(changed(change))).toThrow(`${path}: `)
})

test.each([...TIME_FIELDS, ...RATE_FIELDS])('a version that did not know %s has measured none', (field) => {
  const { levels, plateau } = decodeRunReport(
    changed((report) => {
      for (const figures of [report['plateau'], ...report['levels'], ...report['levels'][0].passes])
        delete figures[field]
    }),
  )
  expect([levels[0]![field], levels[0]!.passes[0]![field]]).toEqual([null, null])
  expect(plateau).toMatchObject(RATE_FIELDS.some((rate) => rate === field) ? { [field]: null } : {})
})

test('infinite numbers, prototypes, and what is no JSON are refused', () => {
  const text = encodeRunReport(aReport())
  expect(() => decodeRunReport(text.replace('"durationSeconds": 252', '"durationSeconds": 1e999'))).toThrow(
    'durationSeconds',
  )
  expect(() => decodeRunReport(text.replace('"tool": {', '"tool": { "__proto__": {"a": 1},'))).toThrow('__proto__')
  expect(() => decodeRunReport('{')).toThrow('not JSON')
  expect(() => decodeRunReport('null')).toThrow('report: ')
  expect(() => decodeRunReport(' '.repeat(32 * 1024 * 1024 + 1))).toThrow('longer')
})

test('a figure that is not finite is never written', () => {
  expect(() => encodeRunReport(aReport({ durationSeconds: NaN }))).toThrow('durationSeconds')
})

test('each level stands once, the lowest first', () => {
  const [one, two] = [aLevel(1), aLevel(2)]
  const { plateau } = aReport({ measured: [one] })
  for (const levels of [
    [one, one],
    [two, one],
  ]) {
    expect(() => encodeRunReport({ ...aReport(), plateau, levels })).toThrow('levels: must be by rising concurrency')
  }
})

test('a key of another series is refused', () => {
  const { series, ...rest } = aReport()
  expect(() => encodeRunReport({ ...rest, series: { ...series, passes: 9 } })).toThrow(
    'series.key: is not the key of these fields',
  )
})

test('a byte order mark is no part of the report', () => {
  const text = encodeRunReport(aReport())
  expect(decodeRunReport(`\ufeff${text}`)).toEqual(decodeRunReport(text))
})

test('an absurdly long name costs nothing but its end', () => {
  const report = aReport()
  const { context } = decodeRunReport(
    encodeRunReport({ ...report, context: { ...report.context, servedModel: 'm'.repeat(50_000) } }),
  )
  expect(context.servedModel).toHaveLength(20_000)
})

test('the JSON schema is published', () => {
  const schema = REPORT_JSON_SCHEMA
  expect(schema['title']).toBe('Plateau run report')
  expect(schema['required']).toContain('levels')
  expect(schema['additionalProperties']).toBeUndefined()
})
