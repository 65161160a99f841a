import { expect, test } from 'vitest'
import { deliver } from '../../src/commands/run.ts'
import type { Output } from '../../src/commands/output.ts'
import { EndpointError } from '../../src/errors.ts'
import type { GateResult } from '../../src/gate.ts'
import { decodeRunReport } from '../../src/report/run-report.ts'
import { readLimit } from '../../src/settings/limits.ts'
import type { LimitResult } from '../../src/verdict/limits.ts'
import { aRecord, aReport } from '../support/builders.ts'
import { settingsFor } from '../support/run-settings.ts'

/** What a command wrote. */
interface Written {
  stdout: string
  readonly lines: string[]
  readonly files: Map<string, string>
}

function anOutput(file?: Output['file']): { output: Output; written: Written } {
  const written: Written = { stdout: '', lines: [], files: new Map() }
  const output: Output = {
    isTerminal: false,
    out: (text) => (written.stdout += text),
    log: (line) => written.lines.push(line),
    checkWritable: () => {},
    live: () => {},
    redact: (text) => text,
    hide: () => {},
    file: file ?? ((path, parts) => written.files.set(path, [...parts].join(''))),
  }
  return { output, written }
}

function aResult(overrides: Partial<GateResult> = {}): GateResult {
  return { report: aReport(), records: [aRecord()], limits: [], error: null, cancelled: false, ...overrides }
}

function aLimit(outcome: LimitResult['outcome']): LimitResult {
  const limit = readLimit('ttft-p50@1 <= 100ms')
  return { limit, concurrency: 1, outcome, value: 50, bound: null, reason: null }
}

const INVALID = aReport({ validity: { ok: false, findings: [] } })
const ERROR = new EndpointError('gone', { tried: 'POST http://h', remedy: 'look' })

test.each<[number, string, Partial<GateResult>]>([
  [0, 'a valid run', {}],
  [0, 'limits kept', { limits: [aLimit('pass')] }],
  [1, 'a limit broken', { limits: [aLimit('pass'), aLimit('fail'), aLimit('not-measured')] }],
  [3, 'a limit that is not measured', { limits: [aLimit('pass'), aLimit('not-measured')] }],
  [3, 'a run that is not valid', { report: INVALID }],
  [3, 'an endpoint that refused in the middle', { error: ERROR }],
  [1, 'a limit broken before the endpoint refused', { error: ERROR, limits: [aLimit('fail')] }],
  [130, 'an interrupt, whatever the limits say', { cancelled: true, limits: [aLimit('fail')] }],
])('%i for %s', (code, _, overrides) => {
  const { output, written } = anOutput()
  expect(deliver(settingsFor('http://h'), aResult(overrides), output)).toBe(code)
  expect(written.stdout).toContain('level')
  if (overrides.error !== undefined) expect(written.lines).toContain(ERROR.message)
})

test('an interrupt before anything was measured writes nothing', () => {
  const { output, written } = anOutput()
  expect(deliver(settingsFor('http://h', ['--report-json', 'r.json']), 'interrupted', output)).toBe(130)
  expect(written).toEqual({ stdout: '', lines: ['interrupted before anything was measured'], files: new Map() })
})

test('report and records are written, also of an interrupted run', () => {
  for (const cancelled of [false, true]) {
    const { output, written } = anOutput()
    const settings = settingsFor('http://h', ['--report-json', 'r.json', '--records', 'r.jsonl', '--format', 'json'])
    const records = Array.from({ length: 2500 }, (_, i) => aRecord({ requestId: `request-${i}` }))
    deliver(settings, aResult({ records, cancelled }), output)
    expect(decodeRunReport(written.files.get('r.json')!)).toEqual(decodeRunReport(written.stdout))
    const lines = written.files.get('r.jsonl')!.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { requestId: string }).requestId)).toEqual(
      records.map(({ requestId }) => requestId),
    )
  }
})

test('2 when a file cannot be written, after the result and with every file tried; a broken limit weighs more', () => {
  const tried: string[] = []
  const { output, written } = anOutput((path) => {
    tried.push(path)
    throw new Error('the disk is full')
  })
  const settings = settingsFor('http://h', ['--report-json', 'r.json', '--records', 'r.jsonl'])
  expect(deliver(settings, aResult(), output)).toBe(2)
  expect(tried).toEqual(['r.json', 'r.jsonl'])
  expect(written.stdout).toContain('level')
  expect(written.lines[0]).toBe(
    'report-json: got "r.json"; could not be written: the disk is full; the result stands above',
  )
  expect(deliver(settings, aResult({ limits: [aLimit('fail')] }), output)).toBe(1)
})

test.each([
  [0, 'every limit is kept', { limits: [aLimit('pass')] }],
  [1, 'a limit is broken, whatever else is not measured', { limits: [aLimit('not-measured'), aLimit('fail')] }],
  [3, 'a limit is not measured', { limits: [aLimit('pass'), aLimit('not-measured')] }],
  [3, 'the run is not valid', { report: aReport({ validity: { ok: false, findings: [] } }) }],
  [3, 'the endpoint ended it', { error: ERROR }],
] as const)('%i when %s', (code, _, result) => {
  const { output } = anOutput()
  expect(deliver(settingsFor('http://h', []), aResult(result), output)).toBe(code)
})
