/** A run and its verdict in the formats of others. */
import { describe, expect, test } from 'vitest'
import { encodeLevelsCsv, encodeRequestsCsv } from '../../src/exports/csv.ts'
import { encodeJunit } from '../../src/exports/junit.ts'
import { encodeOpenMetrics } from '../../src/exports/open-metrics.ts'
import { FACTS_IN_ORDER } from '../../src/vocabulary/request-facts.ts'
import { METRIC_NAMES } from '../../src/vocabulary/metrics.ts'
import { aRecord, aReport } from '../support/builders.ts'
import { aSweep, SITUATIONS } from '../support/situations.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

const HOSTILE = '=1+1"<b>&\']]>\u0000\u202E,\n# EOF{}\\'
const REPORT = aReport({ measured: aSweep() })
const MEASURED = Object.entries(SITUATIONS).filter(([, { report }]) => report !== null)

/** The same run as one of a mix, half of whose first level was chat. */
const CHAT = {
  name: HOSTILE,
  requests: { ok: 30, failed: 10 },
  inputTokens: 5_000,
  outputTokens: 900,
  ttftMs: { p50: 41, p95: 77 },
  tpotMs: { p50: 12, p95: null },
  latencyMs: { p50: 900, p95: 1_200 },
}
const MIXED = { ...REPORT, levels: REPORT.levels.map((level, i) => (i === 0 ? { ...level, parts: [CHAT] } : level)) }

/** The same run as one of conversations: two turns of its first level, of which the second stands for all later ones. */
const TURNS = [
  { turn: 1, requests: { ok: 20, failed: 0 }, inputTokens: 96, cachedShare: 0, ttftMs: 41, latencyMs: 900 },
  { turn: 2, requests: { ok: 18, failed: 2 }, inputTokens: 312.5, cachedShare: 0.75, ttftMs: 28, latencyMs: null },
]
const TALKING = {
  ...REPORT,
  levels: REPORT.levels.map((level, i) =>
    i === 0
      ? {
          ...level,
          conversations: {
            turns: [TURNS[0]!, { ...TURNS[1]!, andLater: true as const }],
            whole: 9,
            latencyMs: 1_800,
            spanMs: 2_900,
            endedEarly: 2,
          },
        }
      : level,
  ),
}

/** The cells of each line; a reader of RFC 4180 in a few lines. */
function readCsv(parts: Iterable<string>): string[][] {
  return [...parts]
    .join('')
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    )
}

/** The elements of a document by their names; throws where a tag is not closed or something stands unescaped. */
function readXml(text: string): { name: string; attributes: Record<string, string> }[] {
  const open: string[] = []
  const body = text.replace('<?xml version="1.0" encoding="UTF-8"?>', '')
  const elements = [...body.matchAll(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g)].flatMap(
    ([, ends, name, attributes, isEmpty]) => {
      if (ends === '/') {
        expect(open.pop()).toBe(name)
        return []
      }
      if (isEmpty !== '/') open.push(name!)
      return [
        {
          name: name!,
          attributes: Object.fromEntries([...attributes!.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, k, v]) => [k!, v!])),
        },
      ]
    },
  )
  expect(open).toEqual([])
  const between = body.replaceAll(/<\/?[a-z-]+(?: [a-z]+="[^"<]*")*\/?>/g, '')
  expect(between).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/)
  return elements
}

describe('JUnit', () => {
  test.each(MEASURED)('of "%s" counts what it holds, and fails where the check does', (_, { report, verdict }) => {
    const elements = readXml(encodeJunit(report, verdict))
    const named = (name: string) => elements.filter((element) => element.name === name)
    const { tests, failures, errors, skipped } = named('testsuite')[0]!.attributes
    expect(named('testcase')).toHaveLength(Number(tests))
    expect(named('failure')).toHaveLength(Number(failures))
    expect(named('error')).toHaveLength(Number(errors))
    expect(named('skipped')).toHaveLength(Number(skipped))
    expect(Number(failures) + Number(errors) > 0).toBe(verdict.check === 'fail')
  })

  test('has a case for each metric, with what was found, and the verdict', () => {
    const text = encodeJunit(REPORT, SITUATIONS.regressed.verdict)
    const cases = readXml(text).filter(({ name }) => name === 'testcase')
    expect(cases.map(({ attributes }) => attributes['name'])).toEqual([
      'tpot-p50',
      'plateau-throughput',
      'ttft-p50',
      'error-rate',
      'verdict',
    ])
    expect(text).toMatch(
      /name="tpot-p50"><failure type="plateau" message="[^"]* before, [^"]* now, \+21 % \[\+14, \+29\]; finds \+7\.0 %\. ❌ Regressed"/,
    )
    expect(text).toContain('name="verdict"><system-out>llama-8b: TPOT +21 %')
  })

  test('fails nothing that is only observed', () => {
    const observed = encodeJunit(REPORT, { ...SITUATIONS.regressed.verdict, check: 'warn' })
    expect(observed).toContain('failures="0" errors="0"')
    expect(observed).toContain('Regressed')
  })

  test('shows a hostile name as a name', () => {
    const text = encodeJunit(REPORT, aVerdict({ name: HOSTILE, check: 'fail', verdict: 'not-measured', reasons: [] }))
    expect(readXml(text).filter(({ name }) => name === 'error')).toHaveLength(1)
    expect(text).not.toContain('\u0000')
    expect(text).not.toContain('\u202E')
  })
})

describe('the levels as CSV', () => {
  const [head, ...rows] = readCsv(encodeLevelsCsv(REPORT))

  test('have a line for each pass and one for all of them', () => {
    expect(rows).toHaveLength(REPORT.levels.length * 4)
    expect(rows.slice(0, 4).map((row) => row[head!.indexOf('pass')])).toEqual(['1', '2', '3', 'all'])
    for (const row of rows) expect(row).toHaveLength(head!.length)
  })

  test('have the figures of the report under the names of the metrics', () => {
    for (const [i, level] of REPORT.levels.entries()) {
      const row = rows[i * 4 + 3]!
      expect(Number(row[head!.indexOf('tpot-p50')])).toBeCloseTo(level.tpotMs!.p50!, 6)
      expect(Number(row[head!.indexOf('throughput')])).toBeCloseTo(level.outputTokensPerSecond!, 4)
      expect(row[head!.indexOf('error-rate')]).toBe('0')
    }
    expect(METRIC_NAMES.filter((name) => !head!.includes(name))).toEqual([
      'plateau-throughput',
      'throughput-within',
      'capacity',
    ])
  })

  test('have a line for each part of a mix, by its name, and its figures alone', () => {
    const [names, ...mixed] = readCsv(encodeLevelsCsv(MIXED))
    const ofParts = mixed.filter((row) => row[names!.indexOf('part')] !== '')
    expect(ofParts).toHaveLength(1)
    expect(mixed).toHaveLength(rows.length + 1)
    const cells = Object.fromEntries(names!.map((name, i) => [name, ofParts[0]![i]]))
    const { concurrency } = MIXED.levels[0]!
    expect(cells).toMatchObject({ concurrency: String(concurrency), pass: 'all', ok: '30', failed: '10' })
    expect(cells).toMatchObject({ 'ttft-p50': '41', 'ttft-p95': '77', 'ttft-p90': '', 'tpot-p95': '', throughput: '' })
    expect(cells).toMatchObject({ 'latency-p95': '1200', 'error-rate': '0.25' })
    expect(cells['part']).toMatch(/^'=1\+1"/)
  })

  test('have a line for each turn of conversations, with what a prefix cache held of it', () => {
    const [names, ...talking] = readCsv(encodeLevelsCsv(TALKING))
    const ofTurns = talking
      .map((row) => Object.fromEntries(names!.map((name, i) => [name, row[i]])))
      .filter(({ turn }) => turn !== '')
    expect(talking).toHaveLength(rows.length + 2)
    expect(ofTurns).toMatchObject([
      { turn: '1', pass: 'all', ok: '20', inputTokens: '96', cachedShare: '0', 'ttft-p50': '41', 'latency-p50': '900' },
      { turn: '2+', failed: '2', inputTokens: '312.5', cachedShare: '0.75', 'ttft-p50': '28', 'latency-p50': '' },
    ])
    expect(ofTurns[1]).toMatchObject({
      'error-rate': '0.1',
      'ttft-p90': '',
      'tpot-p50': '',
      windowSeconds: '',
      part: '',
    })
  })

  test('let no spreadsheet run a name, and keep each cell in its place', () => {
    const hostile = { ...REPORT, series: { ...REPORT.series, name: HOSTILE } }
    for (const row of readCsv(encodeLevelsCsv(hostile)).slice(1)) {
      expect(row).toHaveLength(head!.length)
      expect(row[0]).toMatch(/^'=1\+1"/)
    }
  })
})

test('the requests as CSV say of which part, conversation and turn each is', () => {
  const told = { part: 'chat', conversation: 3, turn: 2, turns: 4, thinkMs: 1_500, cutShort: true, cachedTokens: 96 }
  const [head, row] = readCsv(encodeRequestsCsv([aRecord(told)]))
  for (const [name, value] of Object.entries(told)) expect(row![head!.indexOf(name)]).toBe(String(value))
})

test('the requests as CSV have each fact under its name, and nothing where there is none', () => {
  const record = aRecord({ requestId: '@cmd, "x"', serverRequestId: '=1+1,"<b>', cachedTokens: null })
  const [head, row] = readCsv(encodeRequestsCsv([record]))
  const of = (name: string) => row![head!.indexOf(name)]
  expect(head).toEqual(FACTS_IN_ORDER.map(({ name }) => name))
  expect(row).toHaveLength(head!.length)
  expect(of('requestId')).toBe(`'@cmd, "x"`)
  expect(of('serverRequestId')).toBe(`'=1+1,"<b>`)
  expect(of('cachedTokens')).toBe('')
  expect(Number(of('endMs'))).toBeCloseTo(record.endMs, 6)
})

describe('OpenMetrics', () => {
  const LINE = /^(?:# (?:TYPE|UNIT|HELP) [a-z_]+ .+|[a-z_]+\{(?:[a-z]+="(?:[^"\\]|\\["\\])*",?)+\} -?[\d.e+-]+|# EOF)$/

  test('has only lines of that format, in base units, and ends as it must', () => {
    const text = encodeOpenMetrics(REPORT, aVerdict({ comparisons: [aRegression()] }))
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(LINE)
    expect(text).toMatch(/# EOF\n$/)
    const { p50 } = REPORT.levels[0]!.ttftMs!
    expect(text).toContain(
      `plateau_ttft_seconds{series="${REPORT.series.name}",concurrency="1",percentile="p50"} ${p50! / 1000}`,
    )
    expect(text).toContain('# UNIT plateau_ttft_seconds seconds')
    expect(text).toContain('plateau_verdict_info{')
    expect(text).toMatch(/plateau_change_ratio\{[^}]*metric="tpot-p50",verdict="regressed"\} 0\.2/)
  })

  test('says of each family what it is once, in one block', () => {
    const text = encodeOpenMetrics(REPORT, aVerdict())
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
    expect(new Set(types).size).toBe(types.length)
    const order = [...text.matchAll(/^([a-z_]+)\{/gm)].map(([, name]) => name!.replace(/_info$/, ''))
    expect([...new Set(order)]).toEqual(types)
    expect(order.filter((name, i) => name !== order[i - 1])).toEqual(types)
  })

  test('has the figures of each part of a mix under names of their own', () => {
    const lines = encodeOpenMetrics(MIXED, aVerdict()).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(LINE)
    const ofParts = lines.filter((line) => line.includes(',part="'))
    expect(ofParts).toHaveLength(7)
    for (const line of ofParts) expect(line).toMatch(/^plateau_part_/)
    expect(ofParts.filter((line) => line.startsWith('plateau_part_ttft_seconds{'))[0]).toMatch(
      /percentile="p50"\} 0\.041$/,
    )
    expect(lines).toContain('# UNIT plateau_part_error_rate_ratio ratio')
    expect(lines.filter((line) => !line.includes('plateau_part_'))).toEqual(
      encodeOpenMetrics(REPORT, aVerdict()).trimEnd().split('\n'),
    )
  })

  test('tells parts apart whose names are shown alike', () => {
    const long = 'x'.repeat(1_100)
    const names = ['chat', 'chat\u200b', 'chat (3)', 'chat\u2060', `${long}a`, `${long}b`]
    const parts = names.map((name) => ({ ...CHAT, name }))
    const twins = { ...REPORT, levels: REPORT.levels.map((level, i) => (i === 0 ? { ...level, parts } : level)) }
    const shares = [
      ...encodeOpenMetrics(twins, aVerdict()).matchAll(/^plateau_part_error_rate_ratio\{.*part="([^"]*)"/gm),
    ]
    const cut = `${'x'.repeat(989)}…`
    const shown = ['chat', 'chat (2)', 'chat (3)', 'chat (4)', cut, `${cut} (2)`]
    expect(shares.map(([, name]) => name)).toEqual(shown)
  })

  test('has the figures of each turn of conversations under names of their own', () => {
    const lines = encodeOpenMetrics(TALKING, aVerdict()).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(LINE)
    const ofTurns = lines.filter((line) => line.includes(',turn="'))
    expect(ofTurns.map((line) => line.replace(/series="[^"]*",concurrency="1",/, ''))).toEqual([
      'plateau_turn_ttft_seconds{turn="1",percentile="p50"} 0.041',
      'plateau_turn_ttft_seconds{turn="2+",percentile="p50"} 0.028',
      'plateau_turn_latency_seconds{turn="1",percentile="p50"} 0.9',
      'plateau_turn_error_rate_ratio{turn="1"} 0',
      'plateau_turn_error_rate_ratio{turn="2+"} 0.1',
      'plateau_turn_input_cached_ratio{turn="1"} 0',
      'plateau_turn_input_cached_ratio{turn="2+"} 0.75',
      'plateau_turn_input_tokens{turn="1"} 96',
      'plateau_turn_input_tokens{turn="2+"} 312.5',
    ])
    expect(lines.filter((line) => !line.includes('plateau_turn_'))).toEqual(
      encodeOpenMetrics(REPORT, aVerdict()).trimEnd().split('\n'),
    )
  })

  test('keeps a hostile name inside its label', () => {
    const text = encodeOpenMetrics({ ...REPORT, series: { ...REPORT.series, name: HOSTILE } }, aVerdict())
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(LINE)
    expect(text.match(/^# EOF$/gm)).toHaveLength(1)
  })
})
