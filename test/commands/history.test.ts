import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { findReleases, historyCommand } from '../../src/commands/history.ts'
import { createOutput } from '../../src/commands/output.ts'
import { encodeHistory } from '../../src/report/history-codec.ts'
import { HISTORY_SCHEMA } from '../../src/report/history.ts'
import type { HistoryEntry } from '../../src/report/history.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { recordMonths } from '../support/month-history.ts'
import { aStoredHistory, aStoredRun, writeReport } from '../support/stored-runs.ts'

let folder: string
const at = (...path: string[]): string => join(folder, ...path)

/** What the command wrote to stdout and to the log. */
async function show(...argv: string[]) {
  let [out, log] = ['', '']
  const output = createOutput({ write: (text) => (out += text) }, { write: (text) => (log += text) }, {})
  const code = await historyCommand(argv, { env: {}, output, signal: new AbortController().signal })
  return { code, out, log }
}

const keep = (path: string, entries: readonly HistoryEntry[]): void =>
  writeFileSync(path, encodeHistory({ schema: HISTORY_SCHEMA, entries }))

/** Recorded runs under another name. */
const rename = (entries: readonly HistoryEntry[], name: string): HistoryEntry[] =>
  entries.map((entry) => ({ ...entry, row: { ...entry.row, series: { ...entry.row.series, name } } }))

beforeAll(() => {
  folder = temporaryFolder()
  const months = recordMonths({ runs: 30, steps: [{ at: 20, factor: 1.2, mark: 'opens' }] })
  keep(at('history.json'), months)
  keep(at('empty.json'), [])
  const method = { method: 2 }
  const others = rename(recordMonths({ runs: 4 }), 'mistral').map((entry) => ({
    ...entry,
    row: { ...entry.row, series: { ...entry.row.series, ...method } },
  }))
  const own = months.map((entry) => ({ ...entry, row: { ...entry.row, series: { ...entry.row.series, ...method } } }))
  keep(at('both.json'), [...own, ...others])
  mkdirSync(at('artifacts', 'plateau-llama-8b-history'), { recursive: true })
  keep(at('artifacts', 'plateau-llama-8b-history', 'history.json'), months)
  writeReport(at('artifacts', 'plateau-llama-8b', 'report.json'), aStoredRun(9))
  for (const day of [1, 2, 3]) writeReport(at('reports', `${day}.json`), aStoredRun(day))
  const { validity, ...report } = aStoredRun(4)
  writeReport(at('invalid', 'report.json'), { ...report, validity: { ...validity, ok: false } })
})

test('a history is shown as text, Markdown, JSON and a page', async () => {
  expect((await show(at('history.json'))).out).toMatch(/^llama-8b\n30 runs in 30 points/)
  expect((await show(at('history.json'), '--format', 'markdown')).out).toMatch(/^### llama/)
  expect((await show(at('history.json'), '--format', 'html')).out).toMatch(/^<!doctype html>/)
  const { out } = await show(at('history.json'), '--format', 'json', '--metrics', 'tpot-p50', '--tolerance', '7%')
  expect(JSON.parse(out)).toMatchObject({
    schema: 'plateau/timeline@1',
    series: [{ name: 'llama-8b', runs: 30, metrics: [{ metric: 'tpot-p50', tolerance: 0.07 }] }],
  })
})

test('a folder of downloaded artifacts is read for the history in it, and one of reports for these', async () => {
  const artifacts = await show(at('artifacts'))
  expect(artifacts.out).toMatch(/^llama-8b\n30 runs/)
  expect(artifacts.log).toBe('1 report beside the history is not shown: the history says what was recorded\n')
  expect((await show(at('reports'))).out).toMatch(/^llama-8b\n3 runs in 3 points/)
  const all = [1, 2, 3].map((day) => at('reports', `${day}.json`))
  expect((await show(...all, at('invalid', 'report.json'))).log).toBe('1 report left out: the run is not valid\n')
})

test('pages and a badge are written for every name, and the list leads to them', async () => {
  const { code, log } = await show(at('both.json'), '--page', at('site'), '--badge', at('badge.json'))
  expect(code).toBe(0)
  const files = ['site/index.html', 'site/llama-8b.html', 'site/mistral.html', 'badge.json']
  expect(log).toBe(`wrote ${files.map((file) => at(file)).join(', ')}\n`)
  expect(readdirSync(at('site')).sort()).toEqual(['index.html', 'llama-8b.html', 'mistral.html'])
  const index = readFileSync(at('site', 'index.html'), 'utf8')
  expect(index).toContain('<a href="llama-8b.html">')
  expect(index).toContain('<a href="mistral.html">')
  expect(JSON.parse(readFileSync(at('badge.json'), 'utf8'))).toMatchObject({
    message: 'llama-8b: TTFT worse since 2026-01-11',
    color: 'red',
  })
  await show(at('history.json'), '--badge', at('badge.svg'))
  expect(readFileSync(at('badge.svg'), 'utf8')).toMatch(/^<svg .*TTFT worse since 2026-01-11/)
})

test('a name that is no file name is not written as one', async () => {
  const method = { method: 2, name: '../../x' }
  const months = recordMonths({ runs: 2 })
  keep(
    at('hostile.json'),
    months.map((entry) => ({ ...entry, row: { ...entry.row, series: { ...entry.row.series, ...method } } })),
  )
  await show(at('hostile.json'), '--page', at('hostile'))
  expect(readdirSync(at('hostile')).sort()).toEqual(['index.html', 'series-1.html'])
})

test('where there is nothing to show it says what that is and what to do', async () => {
  const empty = await show(at('empty.json'), '--page', at('empty'))
  expect(empty).toMatchObject({ code: 0, out: expect.stringContaining('"plateau run --append" adds one') })
  expect(readFileSync(at('empty', 'index.html'), 'utf8')).toContain('The history holds no runs yet')
  expect((await show(at('invalid'))).out).toBe(
    'No valid run: of 1 report none may be used; "plateau report FILE" says why of each.\n',
  )
})

test.each([
  [['none.json'], /place: got "[^"]*none\.json"; there is no such file/],
  [['history.json', '--name', 'other'], /name: got "other"; is not in the history, which has llama-8b$/m],
  [['both.json', '--format', 'html'], /name: is required with --format html, as the history has llama-8b, mistral/],
  [['history.json', '--badge', 'badge.png'], /badge: got "badge\.png"; must end in \.svg or \.json/],
  [['history.json', '--run', '7'], /run: and a place are both given/],
  [['badges'], /place: got "[^"]*badges"; holds no history and no run report/],
])('%s is refused', async ([place, ...flags], message) => {
  if (place === 'badges') mkdirSync(at(place))
  await expect(show(at(place!), ...flags)).rejects.toThrow(message)
  expect(existsSync('badge.png')).toBe(false)
})

test('tags of the repository are releases, where it is the one that was measured', async () => {
  const entries = recordMonths({ runs: 3 })
  const tags = [
    `v1.0\t2026-01-02T00:00:00+01:00\t${'a'.repeat(40)}\t${'b'.repeat(40)}`,
    `v0.9\t2026-01-01T00:00:00+01:00\t${'c'.repeat(40)}\t`,
    'misshapen',
  ].join('\n')
  const git = async ([command]: readonly string[]) => (command === 'cat-file' ? '' : tags)
  expect(await findReleases(entries, git)).toEqual([
    { name: 'v1.0', at: '2026-01-02T00:00:00+01:00', sha: 'b'.repeat(40) },
    { name: 'v0.9', at: '2026-01-01T00:00:00+01:00', sha: 'c'.repeat(40) },
  ])
  expect(await findReleases(entries, async () => null)).toEqual([])
  expect(await findReleases([], git)).toEqual([])
})

test('the history in its usual place is shown over months, with its page and a badge', async () => {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, '.plateau'))
  writeFileSync(join(cwd, '.plateau', 'history.json'), aStoredHistory())
  const { code, stdout, stderr } = await callHere('history --page site/ --badge badge.svg'.split(' '), { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'wrote site/index.html, site/llama-8b.html, badge.svg\n' })
  expect(stdout).toMatch(/^llama-8b\n10 runs in 10 points \([^]*\), from 2026-11-01 to\s+2026-11-10\.\n/)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(readFileSync(join(cwd, 'site', 'llama-8b.html'), 'utf8')).toContain('<h1>llama-8b over time</h1>')
  expect(readFileSync(join(cwd, 'badge.svg'), 'utf8')).toContain('no change seen')
})

test('where nothing is recorded yet it says how to begin', async () => {
  const { code, stderr } = await callHere(['history'], { cwd: temporaryFolder() })
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^place: is not given, and there is no \.plateau\/history\.json here; "plateau run --append" records /,
  )
})
