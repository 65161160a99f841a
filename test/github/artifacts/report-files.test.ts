import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  keepFiguresOnly,
  folderOf,
  writeHistoryFile,
  writeReportFiles,
} from '../../../src/github/artifacts/report-files.ts'
import { openSummary } from '../../../src/github/step.ts'
import { decodeRunReport, encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { decodeHistory } from '../../../src/report/history-codec.ts'
import { decodeVerdict } from '../../../src/report/verdict-codec.ts'
import { aRecord, aReport } from '../../support/builders.ts'
import { looksAt, anEntry, aRow, aVerdict } from '../../support/verdict-builders.ts'

const LEG = {
  name: 'llama-8b',
  job: 'measure',
  runId: 1001,
  attempt: 1,
  deferred: false,
  settingsNote: null,
  notes: [],
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a green run leaves report, page and verdict, and no records', () => {
  const folder = folderOf({ RUNNER_TEMP: aFolder() }, 'llama-8b')
  const files = writeReportFiles(folder, {
    verdict: aVerdict(),
    report: aReport(),
    controls: [],
    looks: looksAt(aReport()),
    comparedWith: [],
    records: [aRecord()],
    leg: LEG,
  })
  expect(readdirSync(folder).sort()).toEqual([
    'curve.svg',
    'leg.json',
    'looks.json',
    'report.html',
    'report.json',
    'verdict.json',
  ])
  expect(files.all).toHaveLength(6)
  expect(readFileSync(join(folder, 'curve.svg'), 'utf8')).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  expect(readFileSync(files.reportJson!, 'utf8')).toBe(`${encodeRunReport(aReport())}\n`)
  expect(decodeVerdict(readFileSync(join(folder, 'verdict.json'), 'utf8'))).toEqual(aVerdict())
  expect(readFileSync(files.reportHtml!, 'utf8')).toMatch(/^<!doctype html>/i)
})

test('a red run leaves its records, too, and one with a control the report of that', () => {
  const folder = aFolder()
  const records = Array.from({ length: 250 }, () => aRecord())
  const verdict = aVerdict({ verdict: 'regressed', check: 'fail' })
  const files = writeReportFiles(folder, {
    verdict,
    report: aReport(),
    controls: [aReport({ durationSeconds: 1 }), aReport({ durationSeconds: 2 })],
    looks: null,
    comparedWith: [],
    records,
    leg: LEG,
  })
  expect(files.all).toContain(join(folder, 'records.jsonl'))
  expect(files.all).toContain(join(folder, 'control.json'))
  expect(decodeRunReport(readFileSync(join(folder, 'control.json'), 'utf8')).durationSeconds).toBe(2)
  const lines = readFileSync(join(folder, 'records.jsonl'), 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(250)
  expect(JSON.parse(lines[0]!)).toMatchObject({ outcome: 'ok' })
})

test('what a run was compared with lies beside its report, so that it can be compared again', () => {
  const folder = aFolder()
  const entries = [anEntry()]
  const input = {
    verdict: aVerdict(),
    report: aReport(),
    controls: [],
    looks: null,
    comparedWith: entries,
    records: [],
    leg: LEG,
  }
  const files = writeReportFiles(folder, input)
  expect(files.all).toContain(join(folder, 'baseline.json'))
  expect(decodeHistory(readFileSync(join(folder, 'baseline.json'), 'utf8')).entries).toEqual(entries)
})

test('a run that measured nothing leaves its verdict', () => {
  const folder = aFolder()
  const files = writeReportFiles(folder, {
    verdict: aVerdict(),
    report: null,
    controls: [],
    looks: null,
    comparedWith: [],
    records: [],
    leg: LEG,
  })
  expect(files).toMatchObject({ reportJson: null, reportHtml: null })
  expect(readdirSync(folder).sort()).toEqual(['leg.json', 'verdict.json'])
})

test('the history stands alone in its folder', () => {
  const folder = aFolder()
  const history = writeHistoryFile(folder, '{"entries":[]}')
  expect(readdirSync(history.folder)).toEqual(['history.json'])
  expect(readFileSync(history.path, 'utf8')).toBe('{"entries":[]}')
})

test('in a public repository host, server version and capacity are in nothing that is kept', () => {
  const context = { ...aReport().context, host: 'gpu-7.internal', serverVersion: 'vllm 9.9', provisioned: '8 × H200' }
  const secrets = ['gpu-7.internal', 'vllm 9.9', '8 × H200']
  const change = (what: string, i: number) => ({ what, before: 'old', now: secrets[i]! })
  const kept = { what: 'served model', before: 'a', now: 'b' }
  const row = aRow({ context })
  const bare = keepFiguresOnly({
    report: aReport({ context }),
    controls: [aReport({ context })],
    rows: [row],
    looks: { candidates: [row], controls: [row, null], secondLook: { row, control: row }, limits: [] },
    comparedWith: [anEntry({ row, control: row })],
    verdict: aVerdict({
      whatElseChanged: [...['host', 'server version', 'provisioned capacity'].map(change), kept],
    }),
  })
  for (const secret of secrets) expect(JSON.stringify(bare)).not.toContain(secret)
  expect(bare.verdict.whatElseChanged).toEqual([kept])
  expect(bare.report.context.runner).toEqual(context.runner)
})

test('a summary that GitHub would refuse as a whole is written short, and can be added to', () => {
  const path = join(aFolder(), 'summary.md')
  const summary = openSummary(path)
  summary.write('é'.repeat(600_000), 'Short')
  summary.append('Not delivered')
  expect(readFileSync(path, 'utf8')).toBe('Short\n\nNot delivered\n')
})

test('a runner without a summary loses nothing', () => {
  expect(() => openSummary('').write('full', 'short')).not.toThrow()
})
