import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deliver, findJobPage } from '../../src/commands/deliver.ts'
import { historyPlaceOf, recordRun } from '../../src/commands/recorded/record.ts'
import { createOutput } from '../../src/commands/output.ts'
import type { Output } from '../../src/commands/output.ts'
import { runCommand } from '../../src/commands/run.ts'
import { EndpointError } from '../../src/errors.ts'
import type { GateResult } from '../../src/gate.ts'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import type { ReportLimit } from '../../src/report/run-report.ts'
import { redactResult } from '../../src/shell/redact-result.ts'
import { aRecord, aReport } from '../support/builders.ts'
import { temporaryFolder } from '../support/cli.ts'
import { settingsFor } from '../support/run-settings.ts'
import { playCommand } from '../support/virtual/play.ts'
import { looksAt, aRegression, aVerdict } from '../support/verdict-builders.ts'

/** What a command wrote. */
interface Written {
  stdout: string
  readonly lines: string[]
  readonly files: Map<string, string>
}

function anOutput(file?: Output['file']): { output: Output; written: Written } {
  const written: Written = { stdout: '', lines: [], files: new Map() }
  const output: Output = {
    colours: { out: false, log: false },
    isLive: false,
    columns: 80,
    out: (text) => (written.stdout += text),
    log: (line) => written.lines.push(line),
    json: (text) => (written.stdout += text),
    checkWritable: () => {},
    live: () => {},
    redact: (text) => text,
    hide: () => {},
    file: file ?? ((path, parts) => written.files.set(path, [...parts].join(''))),
  }
  return { output, written }
}

function aResult(overrides: Partial<GateResult> = {}): GateResult {
  const report = overrides.report ?? aReport()
  return {
    report,
    reports: [report],
    controls: [],
    rows: [buildRow(report)],
    records: [aRecord()],
    verdict: aVerdict(),
    looks: looksAt(report),
    baseline: null,
    error: null,
    cancelled: false,
    ...overrides,
  }
}

function aLimit(outcome: ReportLimit['outcome']): ReportLimit {
  return { limit: 'ttft-p50@1 <= 100ms', concurrency: 1, outcome, value: 50, bound: null, reason: null }
}

const ERROR = new EndpointError('gone', { tried: 'POST http://h', remedy: 'look' })
const REGRESSED = aVerdict({
  verdict: 'regressed',
  check: 'fail',
  reasons: ['tpot-p50'],
  comparisons: [aRegression()],
})
const FILES =
  '--report-json r.json --verdict-json v.json --records r.jsonl --html r.html --markdown r.md --gitlab-note g.md --junit r.xml --csv r.csv --requests-csv q.csv --openmetrics r.prom'.split(
    ' ',
  )

describe('a result', () => {
  test.each<[number, string, Partial<GateResult>]>([
    [0, 'nothing changed', {}],
    [1, 'something regressed', { verdict: REGRESSED }],
    [3, 'it could not be measured', { verdict: aVerdict({ verdict: 'not-measured', check: 'fail' }), error: ERROR }],
    [4, 'a release is not proven', { verdict: aVerdict({ check: 'fail', reasons: ['not-proven'] }) }],
    [0, 'what failed is only observed', { verdict: { ...REGRESSED, check: 'warn' } }],
    [130, 'it was interrupted, whatever else', { cancelled: true, verdict: REGRESSED }],
  ])('ends with %i when %s', (code, _, overrides) => {
    const { output, written } = anOutput()
    expect(deliver(settingsFor('http://h'), aResult(overrides), output)).toEqual({ code, written: true })
    expect(written.stdout).toContain('level')
    if (overrides.error !== undefined) expect(written.lines).toContain(ERROR.message)
  })

  test('is text with the verdict below the figures', () => {
    const { output, written } = anOutput()
    deliver(settingsFor('http://h'), aResult({ verdict: { ...REGRESSED, limits: [aLimit('pass')] } }), output)
    expect(written.stdout).toMatch(/^staging · [^]*Limits[^]*❌ llama-8b: TPOT \+21 %/)
    expect(written.lines).toEqual([])
  })

  test('is a note for GitLab with links to the job around it, and to the page where there is one', () => {
    const { output, written } = anOutput()
    const job = findJobPage({ CI_JOB_URL: 'https://gitlab.example.com/a/b/-/jobs/7' })
    const settings = (more: string[]) => settingsFor('http://h', ['--gitlab-note', 'note.md', ...more])
    deliver(settings([]), aResult({ verdict: REGRESSED }), output, job)
    expect(written.files.get('note.md')).toMatch(
      /^### ❌ .*TPOT[^]*\[Run\]\(https:\/\/gitlab\.example\.com\/a\/b\/-\/jobs\/7\)/,
    )
    expect(written.files.get('note.md')).not.toContain('artifacts/browse')
    deliver(settings(['--html', 'r.html']), aResult({ verdict: REGRESSED }), output, job)
    expect(written.files.get('note.md')).toContain('(https://gitlab.example.com/a/b/-/jobs/7/artifacts/browse)')
    deliver(settings([]), aResult({ verdict: REGRESSED }), output, findJobPage({}))
    expect(written.files.get('note.md')).not.toContain('[Run]')
  })

  test('is the report on stdout and the verdict on stderr with --format json', () => {
    const { output, written } = anOutput()
    const result = aResult({ verdict: REGRESSED })
    deliver(settingsFor('http://h', ['--format', 'json']), result, output)
    expect(decodeRunReport(written.stdout)).toEqual(decodeRunReport(encodeRunReport(result.report)))
    expect(written.lines.join('\n')).toContain('❌ llama-8b: TPOT +21 %')
  })

  test('is a comment with --format markdown, without what only GitHub has', () => {
    const { output, written } = anOutput()
    deliver(settingsFor('http://h', ['--format', 'markdown']), aResult({ verdict: REGRESSED }), output)
    expect(written.stdout).toMatch(/^### ❌ llama\\-8b: TPOT/)
    expect(written.stdout).not.toContain('plateau-accept')
    expect(written.stdout).not.toContain('this PR')
  })

  test('is written to every file that was asked for, also when it was interrupted', () => {
    for (const cancelled of [false, true]) {
      const { output, written } = anOutput()
      const records = Array.from({ length: 2500 }, (_, i) => aRecord({ requestId: `request-${i}` }))
      const settings = settingsFor('http://h', [...FILES, '--format', 'json'])
      deliver(settings, aResult({ records, cancelled, verdict: REGRESSED }), output)
      expect(decodeRunReport(written.files.get('r.json')!)).toEqual(decodeRunReport(written.stdout))
      expect(decodeVerdict(written.files.get('v.json')!)).toEqual(JSON.parse(JSON.stringify(REGRESSED)))
      expect(written.files.get('r.html')).toMatch(/^<!doctype html>/i)
      expect(written.files.get('r.md')).toContain('TPOT')
      expect(written.files.get('r.xml')).toContain('name="tpot-p50"><failure')
      expect(written.files.get('r.csv')).toMatch(/^name,startedAt,concurrency/)
      expect(written.files.get('q.csv')!.split('\r\n')).toHaveLength(records.length + 2)
      expect(written.files.get('r.prom')).toMatch(/^plateau_check_failed\{.*\} 1$/m)
      const lines = written.files.get('r.jsonl')!.trimEnd().split('\n')
      expect(lines.map((line) => (JSON.parse(line) as { requestId: string }).requestId)).toEqual(
        records.map(({ requestId }) => requestId),
      )
    }
  })

  test('stands where a file cannot be written, every file is tried, and that is said', () => {
    const tried: string[] = []
    const { output, written } = anOutput((path) => {
      tried.push(path)
      throw new Error('the disk is full')
    })
    const settings = settingsFor('http://h', FILES)
    expect(deliver(settings, aResult(), output)).toEqual({ code: 0, written: false })
    expect(tried.toSorted()).toEqual(FILES.filter((word) => !word.startsWith('--')).toSorted())
    expect(written.stdout).toContain('level')
    expect(written.lines[0]).toBe(
      'report-json: got "r.json"; could not be written: the disk is full; the result stands above',
    )
  })
})

describe('the history of a run', () => {
  test('is the file that the settings name, and grows only when asked', () => {
    expect(historyPlaceOf(settingsFor('http://h', ['--baseline', 'none']))).toEqual({
      store: null,
      joinsHistory: false,
      writes: null,
    })
    const kept = historyPlaceOf(settingsFor('http://h', ['--baseline', 'file:h.json']))
    expect(kept).toEqual({ store: expect.anything(), joinsHistory: false, writes: null })
    expect(historyPlaceOf(settingsFor('http://h', ['--baseline', 'file:h.json', '--append']))).toMatchObject({
      joinsHistory: true,
      writes: 'h.json',
    })
    expect(
      historyPlaceOf(settingsFor('http://h', ['--baseline', 'file:h.json', '--record', 'always'])).joinsHistory,
    ).toBe(true)
  })
})

test('a key that a server echoes as the name of its model does not stand in the history', async () => {
  const path = join(temporaryFolder(), 'history.json')
  const output = createOutput({ write: () => true }, { write: () => true }, {})
  output.hide('sk-9f8e7d6c5b4a')
  const report = aReport()
  const echoing = { ...report, context: { ...report.context, servedModel: 'model sk-9f8e7d6c5b4a' } }
  const history = historyPlaceOf(settingsFor('http://h', ['--baseline', `file:${path}`, '--append']))
  const ports = { env: {}, output, git: async () => null }
  expect(await recordRun(history, redactResult(aResult({ report: echoing }), ports.output.redact), ports)).toBe(true)
  const text = readFileSync(path, 'utf8')
  expect(text).not.toContain('9f8e7d')
  expect(decodeHistory(text).entries[0]!.row.context.servedModel).toBe('model ***')
})

test('a terminal shows what goes on also while no level is measured', async () => {
  const args = '--endpoint http://127.9.9.9:1 --baseline none --concurrency 1 --passes 1 --level-duration 300ms'.split(
    ' ',
  )
  const server = { engine: { decodeMs: 10 }, servedModel: 'simulated' }
  const play = async (isTTY: boolean) => (await playCommand(runCommand, args, server, undefined, { isTTY })).written
  const shown = await play(true)
  const places = ['asking the endpoint what it can', 'sending load until', '1 level × 1 pass', '1 of 1, level 1, 0 s']
  const at = places.map((text) => shown.indexOf(text))
  expect(at).toEqual(at.toSorted((a, b) => a - b))
  expect(at).not.toContain(-1)
  expect(await play(false)).not.toMatch(/asking the endpoint|sending load|█|░/)
})

test('a dry run fits a terminal, and stands on whole lines where somebody may search them', async () => {
  const args = '--endpoint http://127.9.9.9:1 --baseline none --concurrency 1,2,4,8,16,32 --dry-run'.split(' ')
  const server = { engine: {}, servedModel: 'simulated' }
  const play = async (isTTY: boolean) => (await playCommand(runCommand, args, server, undefined, { isTTY })).written
  const longest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length))
  const [narrow, whole] = [await play(true), await play(false)]
  expect(longest(narrow)).toBeLessThanOrEqual(80)
  expect(longest(whole)).toBeGreaterThan(80)
  expect(narrow.split(/\s+/)).toEqual(whole.split(/\s+/))
})

test('a dry run counts the prompts of a file, and what each of them asks for', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'prompts.jsonl')
  const lines = [40, 120].map((length) => JSON.stringify({ prompt: 'a'.repeat(length), max_tokens: 30 }))
  writeFileSync(file, lines.join('\n'))
  const args = `--endpoint http://127.9.9.9:1 --baseline none --concurrency 1,2 --dry-run --format json --prompts-file ${file}`
  const server = { engine: {}, servedModel: 'simulated' }
  const { written } = await playCommand(runCommand, args.split(' '), server)
  const { plan } = JSON.parse(written) as { plan: { expected: Record<string, number> } }
  expect(plan.expected['inputTokens']! / plan.expected['requests']!).toBeCloseTo(20, 0)
  expect(plan.expected['outputTokens']! / plan.expected['requests']!).toBeLessThan(31)
  const told = await playCommand(runCommand, args.replace(' --format json', '').split(' '), server)
  expect(told.written).toContain('(before preflight: assumes answers of 1 s and 4 characters a token)')
})

test.each([
  ['in the pause after the first', /run 1 of 3 done/, 'before run 2 was complete: run 1 is judged'],
  ['in the third', /run 2 of 3 done[^]*\n1 of 1/, 'before run 3 was complete: runs 1 to 2 are judged'],
])('of several runs, those before an interrupt are judged: %s', async (_, interruptAt, said) => {
  const limits = ['--runs', '3', '--limits', 'tpot-p50 <= 1ms', '--report-json', join(temporaryFolder(), 'report.json')]
  const args = [
    ...'--endpoint http://127.9.9.9:1 --baseline none --concurrency 1 --passes 1 --soak off'.split(' '),
    ...limits,
  ]
  const server = { engine: { decodeMs: 10 }, servedModel: 'simulated' }
  const { code, written } = await playCommand(runCommand, args, server, undefined, { interruptAt })
  expect(code).toBe(130)
  expect(written).toContain(`\nInterrupted ${said}.\n`)
  expect(written).toContain('limit broken, tpot-p50 <= 1ms')
})

test('an interrupt in the cross-check, which decides nothing, leaves a run that is judged', async () => {
  const report = join(temporaryFolder(), 'report.json')
  const load =
    '--endpoint http://127.9.9.9:1 --baseline none --concurrency 1 --passes 1 --soak off --cross-check three-point'
  const args = [...load.split(' '), '--limits', 'tpot-p50 <= 1ms', '--report-json', report]
  const server = { engine: { decodeMs: 10 }, servedModel: 'simulated' }
  const { code, written } = await playCommand(runCommand, args, server, undefined, {
    interruptAt: /cross-check: answers/,
  })
  expect(code).toBe(130)
  expect(written).toContain('limit broken, tpot-p50 <= 1ms')
  const { validity } = decodeRunReport(readFileSync(report, 'utf8'))
  expect(validity.findings.map(({ message }) => message)).toEqual(['No cross-check: the run was interrupted.'])
})

test('where there is something to compare with, the plan says that what looks worse is measured again, and that takes no longer', async () => {
  const history = `file:${join(temporaryFolder(), 'history.json')}`
  const load =
    '--concurrency 1,4 --passes 2 --level-duration 2s --output-tokens 16 --soak off --metrics tpot-p50 --pause 5s'
  const play = async (decodeMs: number, ...more: string[]) => {
    const args = ['--endpoint', 'http://127.9.9.9:1', '--baseline', history, ...load.split(' '), ...more]
    return playCommand(runCommand, args, { engine: { decodeMs }, servedModel: 'simulated' })
  }
  const said =
    /^what looks worse is measured again \(3 fresh passes over it, after a pause of 5 s\): then about (\d+) s more at most$/m
  expect((await play(10, '--append')).written).not.toMatch(said)
  const { written, lines } = await play(25, '--confirm', '3')
  const at = (text: string) => lines.find((line) => line.text.includes(text))!.at
  expect(written.match(new RegExp(said, 'gm'))).toHaveLength(1)
  expect(lines.at(-1)!.at - at('measuring again after a pause')).toBeLessThan(1.2 * Number(said.exec(written)![1]))
  expect((await play(10, '--dry-run', '--confirm', '3')).written).toMatch(said)
  // Levels that are still to be found may be more.
  const searched = ['--dry-run', '--concurrency', 'auto', '--baseline', 'none', '--control', 'http://127.9.9.9:2']
  expect(
    (
      await playCommand(runCommand, ['--endpoint', 'http://127.9.9.9:1', ...searched], {
        engine: {},
        servedModel: 'simulated',
      })
    ).written,
  ).toMatch(/ s more at most, for 6 levels$/m)
})
